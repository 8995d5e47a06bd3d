#include "engine/manifest/scalar_types.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "engine/core/suggest.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

using Read = tl::expected<Value, ScalarRefusal>;

bool only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view kDigits = "0123456789";

tl::unexpected<ScalarRefusal> refuse(const Type& type, std::string hint = {}) {
  return tl::unexpected<ScalarRefusal>(ScalarRefusal{needed(type), std::move(hint)});
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = problem == std::errc{} && end == text.data() + text.size();
  return good ? std::optional(value) : std::nullopt;
}

Read read_bool(std::string_view text, const Type& type) {
  const std::string word = to_lower(text);
  if (word == "true" || word == "yes" || word == "on") return Value(true);
  if (word == "false" || word == "no" || word == "off") return Value(false);
  return refuse(type);
}

Read read_int(std::string_view text, const Type& type) {
  const std::string_view digits = starts_with(text, "-") ? text.substr(1) : text;
  if (digits.empty() || !only(digits, kDigits)) return refuse(type);
  if (digits.size() > 1 && digits[0] == '0') {
    return refuse(type, "leading zeros could mean an octal number: leave them out");
  }
  const auto value = whole(text);
  if (!value) return refuse(type);
  const bool fits = (!type.min || *value >= *type.min) && (!type.max || *value <= *type.max);
  return fits ? Read(Value(*value)) : refuse(type);
}

Read read_float(std::string_view text, const Type& type) {
  double value = 0;
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (problem != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return refuse(type);
  }
  return Value(value);
}

Read read_path(std::string_view text, const Type& type) {
  if (!starts_with(text, "/")) return refuse(type, "a path on a host begins with '/'");
  for (const std::string_view part : split(text, '/')) {
    if (part == "..") return refuse(type, "'..' isn't followed: write the path that is meant");
  }
  return Value(normalise_path(text));
}

/// One clause "ug=rw" into the three digits; false where it can't be read.
bool add_clause(std::string_view clause, std::array<int, 3>& digits, int& special,
                std::array<bool, 3>& stated) {
  const std::size_t equals = clause.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  std::string who(clause.substr(0, equals));
  if (who == "a") who = "ugo";
  for (const char c : who) {
    const std::size_t index = std::string_view("ugo").find(c);
    if (index == std::string_view::npos || stated[index]) return false;
    stated[index] = true;
    for (const char right : clause.substr(equals + 1)) {
      if (right == 'r') digits[index] |= 4;
      if (right == 'w') digits[index] |= 2;
      if (right == 'x') digits[index] |= 1;
      if (right == 's' && index < 2) special |= index == 0 ? 4 : 2;
      if (right == 't' && index == 2) special |= 1;
      const bool fits = right == 's' ? index < 2 : right != 't' || index == 2;
      if (std::string_view("rwxst").find(right) == std::string_view::npos || !fits) return false;
    }
  }
  return true;
}

Read read_mode(std::string_view text, const Type& type) {
  if (!text.empty() && only(text, "01234567")) {
    if (text.size() == 3) return Value("0" + std::string(text));
    if (text.size() == 4) return Value(text);
    return refuse(type, "write three or four octal digits");
  }
  if (text.find('=') == std::string_view::npos) {
    const bool relative = text.find_first_of("+-") != std::string_view::npos;
    return refuse(type, relative ? "a mode is stated whole, not changed: u=rw,g=r,o=" : "");
  }
  std::array<int, 3> digits{};
  std::array<bool, 3> stated{};
  int special = 0;
  for (const std::string_view clause : split(text, ',')) {
    if (!add_clause(clause, digits, special, stated)) return refuse(type);
  }
  if (!stated[0] || !stated[1] || !stated[2]) {
    return refuse(type, "state all of u, g and o: u=rw,go=r");
  }
  std::string out = std::to_string(special);
  for (const int digit : digits) out += std::to_string(digit);
  return Value(out);
}

struct Unit {
  std::string_view name;
  double factor;
};

/// The number before one of the units; nullopt where there is none.
template <std::size_t N>
std::optional<double> with_unit(std::string_view text, const std::array<Unit, N>& units) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  for (const Unit& unit : units) {
    if (text.substr(end) != unit.name || end == 0) continue;
    double value = 0;
    const auto [stop, problem] =
        std::from_chars(text.data(), text.data() + end, value, std::chars_format::fixed);
    if (problem != std::errc{} || stop != text.data() + end) return std::nullopt;
    return value * unit.factor;
  }
  return std::nullopt;
}

Read read_duration(std::string_view text, const Type& type) {
  static constexpr std::array<Unit, 5> kUnits{
      {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};
  const auto seconds = with_unit(text, kUnits);
  if (!seconds || *seconds > 1e9) {
    return refuse(type,
                  whole(text) ? "a number alone has no unit: " + std::string(text) + "s?" : "");
  }
  return Value(*seconds);
}

Read read_size(std::string_view text, const Type& type) {
  static constexpr std::array<Unit, 9> kUnits{{{"B", 1},
                                               {"KiB", 1024.0},
                                               {"MiB", 1048576.0},
                                               {"GiB", 1073741824.0},
                                               {"TiB", 1099511627776.0},
                                               {"KB", 1e3},
                                               {"MB", 1e6},
                                               {"GB", 1e9},
                                               {"TB", 1e12}}};
  const auto bytes = with_unit(text, kUnits);
  if (!bytes || *bytes > 9e18 || *bytes != std::floor(*bytes)) {
    return refuse(type,
                  whole(text) ? "a number alone has no unit: " + std::string(text) + "B?" : "");
  }
  const auto count = static_cast<std::int64_t>(*bytes);
  const bool fits = (!type.min || count >= *type.min) && (!type.max || count <= *type.max);
  return fits ? Read(Value(count)) : refuse(type);
}

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> buffer{};
  return ::inet_pton(AF_INET, text.c_str(), buffer.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), buffer.data()) == 1;
}

bool is_host_name(std::string_view text) {
  if (ends_with(text, ".")) text.remove_suffix(1);
  if (text.empty() || text.size() > 253) return false;
  for (const std::string_view label : split(text, '.')) {
    const std::string lower = to_lower(label);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
      return false;
    }
    if (!only(lower, "abcdefghijklmnopqrstuvwxyz0123456789-_")) return false;
  }
  // Digits and dots alone are an address, and this one wasn't one.
  return !only(text, "0123456789.");
}

Read read_host(std::string_view text, const Type& type) {
  if (is_address(std::string(text)) || is_host_name(text)) return Value(text);
  return refuse(type);
}

Read read_url(std::string_view text, const Type& type) {
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos || mark == 0) {
    return refuse(type, "a URL begins with a scheme, such as https://");
  }
  const std::string scheme = to_lower(text.substr(0, mark));
  const std::string_view rest = text.substr(mark + 3);
  const bool plain =
      printable(text) == text && text.find_first_of(" \"<>\\") == std::string_view::npos;
  const bool has_host = !rest.empty() && rest[0] != '/' && rest[0] != ':';
  const bool good_scheme = only(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+.-") &&
                           only(scheme.substr(0, 1), "abcdefghijklmnopqrstuvwxyz");
  if (!plain || !good_scheme || (!has_host && scheme != "file" && scheme != "unix")) {
    return refuse(type);
  }
  return Value(text);
}

Read read_choice(std::string_view text, const Type& type) {
  for (const std::string& choice : type.choices) {
    if (choice == text) return Value(text);
  }
  return refuse(type, did_you_mean(text, type.choices));
}

std::string range(const Type& type) {
  if (type.min && type.max) {
    return " from " + std::to_string(*type.min) + " to " + std::to_string(*type.max);
  }
  if (type.min) return " of at least " + std::to_string(*type.min);
  if (type.max) return " of at most " + std::to_string(*type.max);
  return {};
}

}  // namespace

std::string written(const Value& value, const Type& type) {
  if (type.kind == TypeKind::Duration && value.is_float()) {
    const auto milliseconds = static_cast<std::int64_t>(std::llround(value.as_float() * 1000));
    for (const auto& [name, unit] :
         {std::pair{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}}) {
      if (milliseconds >= unit && milliseconds % unit == 0) {
        return std::to_string(milliseconds / unit) + name;
      }
    }
    return std::to_string(milliseconds) + "ms";
  }
  if (type.kind == TypeKind::Size && value.is_int()) {
    const std::int64_t bytes = value.as_int();
    for (const auto& [name, bits] : {std::pair{"GiB", 30}, {"MiB", 20}, {"KiB", 10}}) {
      const std::int64_t unit = std::int64_t{1} << bits;
      if (bytes >= unit && bytes % unit == 0) return std::to_string(bytes / unit) + name;
    }
    return std::to_string(bytes) + "B";
  }
  return value.display();
}

std::string needed(const Type& type) {
  switch (type.kind) {
    case TypeKind::Text:
    case TypeKind::Secret:
      return "a text";
    case TypeKind::Bool:
      return "true or false";
    case TypeKind::Int:
      return "a whole number" + range(type);
    case TypeKind::Float:
      return "a number";
    case TypeKind::Port:
      return "a port from 1 to 65535";
    case TypeKind::Path:
      return "an absolute path";
    case TypeKind::Mode:
      return "a mode such as 0644 or u=rw,go=r";
    case TypeKind::Duration:
      return "a duration such as 500ms, 30s, 5m, 2h or 1d";
    case TypeKind::Size:
      return "a size such as 10KiB, 10MiB or 1GB" + range(type);
    case TypeKind::Url:
      return "a URL";
    case TypeKind::Host:
      return "a host name or an address";
    case TypeKind::OneOf:
      return (type.choices.size() == 1 ? "" : "one of ") + join(type.choices, ", ");
    case TypeKind::List:
      return "a list";
    case TypeKind::Map:
    case TypeKind::Object:
      return "a mapping";
    case TypeKind::Any:
      return "a value";
  }
  return "a value";
}

Read read_scalar(std::string_view text, const Type& type) {
  static const Type kPortRange{.kind = TypeKind::Port, .min = 1, .max = 65535};
  if (text.find('\0') != std::string_view::npos) {
    return refuse(type, "the text holds a NUL byte");
  }
  switch (type.kind) {
    case TypeKind::Bool:
      return read_bool(text, type);
    case TypeKind::Int:
      return read_int(text, type);
    case TypeKind::Float:
      return read_float(text, type);
    case TypeKind::Port:
      return read_int(text, kPortRange);
    case TypeKind::Path:
      return read_path(text, type);
    case TypeKind::Mode:
      return read_mode(text, type);
    case TypeKind::Duration:
      return read_duration(text, type);
    case TypeKind::Size:
      return read_size(text, type);
    case TypeKind::Url:
      return read_url(text, type);
    case TypeKind::Host:
      return read_host(text, type);
    case TypeKind::OneOf:
      return read_choice(text, type);
    case TypeKind::Secret:
      return Value(Secret(std::string(text)));
    case TypeKind::Text:
    case TypeKind::Any:
      return Value(text);
    case TypeKind::List:
    case TypeKind::Map:
    case TypeKind::Object:
      break;
  }
  return refuse(type);
}

}  // namespace holdfast
