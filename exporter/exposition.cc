#include "exporter/exposition.h"

#include <array>
#include <charconv>

namespace holdfast::exporter {
namespace {

/// The length of the UTF-8 character that `text` begins with; 0: it begins with none.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xC2 && lead < 0xE0   ? 2
                           : lead >= 0xE0 && lead < 0xF0 ? 3
                           : lead >= 0xF0 && lead < 0xF5 ? 4
                                                         : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t k = 1; k < size; ++k) {
    if ((byte(k) & 0xC0U) != 0x80) return 0;
  }
  // Longer than needed, half of a surrogate pair, beyond the last one.
  const unsigned second = byte(1);
  const bool wrong = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                     (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return wrong ? 0 : size;
}

std::string_view type_name(MetricType type, Format format) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Info:
      return format == Format::OpenMetrics ? "info" : "gauge";
    case MetricType::Gauge:
      break;
  }
  return "gauge";
}

template <class... Form>
void append_number(std::string& out, Form... form) {
  // The largest double has 309 digits.
  std::array<char, 400> digits{};
  const auto done = std::to_chars(digits.data(), digits.data() + digits.size(), form...);
  out.append(digits.data(), done.ptr);
}

}  // namespace

std::string escaped_label(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  while (!value.empty()) {
    const std::size_t size = character(value);
    const std::string_view one = value.substr(0, size == 0 ? 1 : size);
    if (size == 0) {
      out += "\xEF\xBF\xBD";
    } else if (one == "\\" || one == "\"") {
      out += '\\';
      out += one;
    } else if (one == "\n") {
      out += "\\n";
    } else {
      out += one;
    }
    value.remove_prefix(one.size());
  }
  return out;
}

void Exposition::metric(std::string_view name, MetricType type, std::string_view help,
                        std::string_view unit) {
  name_ = name;
  // OpenMetrics speaks of the family, whose samples have the suffix.
  if (format_ == Format::OpenMetrics && type != MetricType::Gauge) {
    name.remove_suffix(name.size() - name.rfind('_'));
  }
  const auto line = [&](std::string_view keyword, std::string_view text) {
    out_.append("# ").append(keyword).append(" ").append(name).append(" ").append(text) += '\n';
  };
  line("HELP", help);
  line("TYPE", type_name(type, format_));
  if (format_ == Format::OpenMetrics && !unit.empty()) line("UNIT", unit);
}

void Exposition::label(std::string_view name, std::string_view value, bool first) {
  out_ += first ? '{' : ',';
  out_.append(name).append("=\"").append(escaped_label(value)) += '"';
}

void Exposition::begin_sample(const Labels& labels) {
  out_ += name_;
  bool first = true;
  for (const Labels* some : {&common_, &labels}) {
    for (const auto& [name, value] : *some) {
      label(name, value, first);
      first = false;
    }
  }
  out_ += first ? " " : "} ";
}

void Exposition::sample(double value, const Labels& labels) {
  begin_sample(labels);
  append_number(out_, value, std::chars_format::fixed);
  out_ += '\n';
}

void Exposition::sample(std::uint64_t value, const Labels& labels) {
  begin_sample(labels);
  append_number(out_, value);
  out_ += '\n';
}

std::string Exposition::finish() && {
  if (format_ == Format::OpenMetrics) out_ += "# EOF\n";
  return std::move(out_);
}

}  // namespace holdfast::exporter
