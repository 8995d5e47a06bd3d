#include "exporter/http_request.h"

#include <algorithm>

namespace holdfast::exporter {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

bool is_token(std::string_view text) {
  constexpr std::string_view kAllowed =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return !text.empty() && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

bool is_visible(char c) { return c > 0x20 && c < 0x7F; }

bool is_field_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y; });
}

/// "/metrics?x=1", or as a proxy would ask, "http://host/metrics".
bool parse_target(std::string_view target, HttpRequest& request) {
  if (!std::all_of(target.begin(), target.end(), is_visible)) return false;
  if (target.starts_with("http://")) {
    target.remove_prefix(7);
    const std::size_t slash = target.find('/');
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (!target.starts_with('/') && target != "*") return false;
  request.path = target.substr(0, target.find_first_of("?#"));
  return true;
}

/// @param needs_host  Whether it is of HTTP/1.1, which asks for that header.
bool parse_request_line(std::string_view line, HttpRequest& request, bool& needs_host) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.rfind(' ');
  if (first == std::string_view::npos || first == second) return false;
  const std::string_view version = line.substr(second + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  needs_host = version == "HTTP/1.1";
  request.method = line.substr(0, first);
  return is_token(request.method) &&
         parse_target(line.substr(first + 1, second - first - 1), request);
}

/// Whether what came of the first line can still become one; tells other protocols early.
bool may_begin_request(std::string_view bytes) {
  const std::string_view method = bytes.substr(0, bytes.find(' '));
  return is_token(method) && method.size() <= 32 &&
         std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return is_visible(c) || c == ' ' || c == '\r'; });
}

bool parse_header(std::string_view line, HttpRequest& request, int& hosts) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
  const std::string_view value = line.substr(colon + 1);
  if (!std::all_of(value.begin(), value.end(), is_field_text)) return false;
  const std::string_view name = line.substr(0, colon);
  if (same_word(name, "host")) ++hosts;
  if (same_word(name, "accept")) request.accept = trimmed(value);
  return true;
}

RequestState parse_headers(std::string_view rest, HttpRequest& request, bool needs_host) {
  int hosts = 0;
  for (int count = 0;; ++count) {
    const std::size_t end = rest.find(kLineEnd);
    if (end == std::string_view::npos) return RequestState::Unfinished;
    if (end == 0) break;
    if (count == kMostHeaders) return RequestState::TooLong;
    if (!parse_header(rest.substr(0, end), request, hosts)) return RequestState::Bad;
    rest.remove_prefix(end + kLineEnd.size());
  }
  return hosts > 1 || (needs_host && hosts == 0) ? RequestState::Bad : RequestState::Whole;
}

}  // namespace

RequestState parse_request(std::string_view bytes, HttpRequest& request) {
  request = {};
  if (bytes.empty()) return RequestState::Unfinished;
  const bool full = bytes.size() >= kMostRequest;
  bytes = bytes.substr(0, kMostRequest);
  const std::size_t end = bytes.find(kLineEnd);
  if (end == std::string_view::npos) {
    if (!may_begin_request(bytes)) return RequestState::Bad;
    return full ? RequestState::TooLong : RequestState::Unfinished;
  }
  bool needs_host = false;
  if (!parse_request_line(bytes.substr(0, end), request, needs_host)) return RequestState::Bad;
  const RequestState state =
      parse_headers(bytes.substr(end + kLineEnd.size()), request, needs_host);
  return state == RequestState::Unfinished && full ? RequestState::TooLong : state;
}

}  // namespace holdfast::exporter
