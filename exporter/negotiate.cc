#include "exporter/negotiate.h"

#include <algorithm>
#include <string>

#include "exporter/numbers.h"

namespace holdfast::exporter {
namespace {

constexpr std::string_view kText = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kOpenMetrics =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";
constexpr std::string_view kOldOpenMetrics =
    "application/openmetrics-text; version=0.0.1; charset=utf-8";

std::string_view take_until(std::string_view& text, char end) {
  const std::string_view out = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), out.size() + 1));
  return out;
}

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '"') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

/// "0.75" in thousandths; nothing that can't be read is wished for.
int thousandths(std::string_view text) {
  const std::string_view whole = take_until(text, '.');
  if (whole == "1") return 1000;
  if (whole != "0") return 0;
  std::string digits(text.substr(0, 3));
  digits.resize(3, '0');
  return whole_number<int>(digits).value_or(0);
}

struct Wish {
  std::string type;
  std::string version;
  int quality = 1000;
};

Wish parse_wish(std::string_view text) {
  Wish out;
  out.type = lower(take_until(text, ';'));
  while (!text.empty()) {
    const std::string parameter = lower(take_until(text, ';'));
    if (parameter.starts_with("version=")) out.version = parameter.substr(8);
    if (parameter.starts_with("q="))
      out.quality = thousandths(std::string_view(parameter).substr(2));
  }
  return out;
}

}  // namespace

Negotiated negotiate(std::string_view accept) {
  int text = 0;
  int open = 0;
  int old = 0;
  while (!accept.empty()) {
    const Wish wish = parse_wish(take_until(accept, ','));
    if (wish.type == "application/openmetrics-text") {
      if (wish.version.empty() || wish.version == "1.0.0") open = std::max(open, wish.quality);
      if (wish.version == "0.0.1") old = std::max(old, wish.quality);
    } else if (wish.type == "text/plain" || wish.type == "text/*" || wish.type == "*/*") {
      text = std::max(text, wish.quality);
    }
  }
  if (std::max(open, old) == 0 || std::max(open, old) < text) return {Format::Text, kText};
  return {Format::OpenMetrics, open >= old ? kOpenMetrics : kOldOpenMetrics};
}

}  // namespace holdfast::exporter
