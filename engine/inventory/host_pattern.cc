#include "engine/inventory/host_pattern.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>

#include "engine/core/text.h"
#include "engine/inventory/python_text.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostHosts = 100'000;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool hex_digit(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Python's int(text) for what people write: spaces around, a sign, single underscores.
std::optional<std::int64_t> python_int(std::string_view text) {
  text = python_strip(text);
  std::string digits;
  const bool negative = starts_with(text, "-");
  if (negative || starts_with(text, "+")) text.remove_prefix(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool joint = text[i] == '_' && i > 0 && i + 1 < text.size() && text[i - 1] != '_';
    if (!joint && !digit(text[i])) return std::nullopt;
    if (!joint) digits += text[i];
  }
  const auto value = whole_number(digits);
  return value && negative ? std::optional(-*value) : value;
}

/// Bytes of a range "[1:3]", "[a:f:2]" at the beginning of a text whose ends satisfy `fits`; 0:
/// none.
std::size_t range_size(std::string_view text,
                       const std::function<bool(std::string_view, std::string_view)>& fits) {
  const auto close = text.find(']');
  if (!starts_with(text, "[") || close == std::string_view::npos) return 0;
  const std::vector<std::string_view> parts = split(text.substr(1, close - 1), ':');
  if (parts.size() != 2 && parts.size() != 3) return 0;
  if (parts.size() == 3 &&
      (parts[2].empty() || !std::all_of(parts[2].begin(), parts[2].end(), digit))) {
    return 0;
  }
  return !parts[0].empty() && !parts[1].empty() && fits(parts[0], parts[1]) ? close + 1 : 0;
}

bool all_are(std::string_view a, std::string_view b, bool (*is)(char)) {
  return std::all_of(a.begin(), a.end(), is) && std::all_of(b.begin(), b.end(), is);
}

std::size_t name_range(std::string_view text) {
  return range_size(text, [](std::string_view a, std::string_view b) {
    const bool letters = a.size() == 1 && b.size() == 1 && letter(a[0]) && letter(b[0]);
    return letters || all_are(a, b, digit);
  });
}

std::size_t hex_range(std::string_view text) {
  return range_size(
      text, [](std::string_view a, std::string_view b) { return all_are(a, b, hex_digit); });
}

/// Labels of word characters, hyphens and ranges, joined by dots; none ends with - or _. IPv4
/// addresses are such names, too.
bool is_host_name(std::string_view text) {
  bool first = true;
  char last = '\0';
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '.') {
      if (first || last == '-' || last == '_') return false;
      first = true;
      ++at;
      continue;
    }
    const std::size_t range = name_range(text.substr(at));
    if (range > 0) {
      at += range;
    } else if (c == '-' && !first) {
      ++at;
    } else if (!python_word(next_code_point(text, at))) {
      return false;
    }
    last = text[at - 1];
    first = false;
  }
  return !first && last != '-' && last != '_';
}

/// Bytes of one group of an IPv6 address (or a range of them) at the beginning of a text; 0: none.
std::size_t ipv6_group(std::string_view text) {
  if (const std::size_t range = hex_range(text); range > 0) return range;
  std::size_t size = 0;
  while (size < 4 && size < text.size() && hex_digit(text[size])) ++size;
  return size;
}

/// Whether the text begins like an IPv6 address, which is all that Ansible asks.
bool is_ipv6(std::string_view text) {
  if (starts_with(text, "::")) return true;
  for (int groups = 1; groups <= 8; ++groups) {
    const std::size_t size = ipv6_group(text);
    if (size == 0) return false;
    text.remove_prefix(size);
    if (groups == 8) return true;
    if (starts_with(text, "::") && groups <= 6) return true;
    if (!starts_with(text, ":")) return groups == 7 && starts_with(text, ".");
    text.remove_prefix(1);
  }
  return false;
}

/// "[anything]:22".
std::optional<HostAddress> bracketed_port(std::string_view text) {
  const auto close = text.rfind("]:");
  if (!starts_with(text, "[") || close == std::string_view::npos || close < 2) return std::nullopt;
  const std::string_view digits = text.substr(close + 2);
  const auto port = whole_number(digits);
  if (!port || !digit(digits[0])) return std::nullopt;
  return HostAddress{std::string(text.substr(1, close - 1)), port};
}

/// "name:22", where colons inside of ranges don't count.
std::optional<HostAddress> plain_port(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ']') return std::nullopt;
    if (text[at] == '[') {
      at = text.find(']', at);
      if (at == std::string_view::npos) return std::nullopt;
    } else if (text[at] == ':') {
      const std::string_view digits = text.substr(at + 1);
      const auto port = whole_number(digits);
      if (!port || !digit(digits[0])) return std::nullopt;
      return HostAddress{std::string(text.substr(0, at)), port};
    }
  }
  return std::nullopt;
}

Error range_error(std::string_view text, const std::string& why) {
  return Error{.code = Code::HostPatternInvalid,
               .message = "the host range in '" + printable(text) + "' " + why,
               .hint = "write [01:10], [1:9:2] or [a:f]"};
}

/// One range, taken apart.
struct HostRange {
  std::string head, tail;
  std::vector<std::string> members;
};

Result<std::vector<std::string>> letter_range(std::string_view text, std::size_t begin,
                                              std::size_t end, std::int64_t step) {
  if (begin > end) return fail(range_error(text, "begins after its end"));
  if (step == 0) return fail(range_error(text, "has a step of 0"));
  std::vector<std::string> out;
  for (std::size_t i = begin; step > 0 && i <= end; i += static_cast<std::size_t>(step)) {
    out.emplace_back(1, kLetters[i]);
    if (step > 100) break;
  }
  return out;
}

Result<std::vector<std::string>> number_range(std::string_view text, std::string_view begin_text,
                                              std::string_view end_text,
                                              std::optional<std::int64_t> step, std::size_t width) {
  const auto begin = python_int(begin_text);
  const auto end = python_int(end_text);
  if (!begin || !end || !step) return fail(range_error(text, "can't be read"));
  if (*step == 0) return fail(range_error(text, "has a step of 0"));
  constexpr std::int64_t kFar = 1'000'000'000'000;
  if (std::max({std::abs(*begin), std::abs(*end), std::abs(*step)}) > kFar) {
    return fail(range_error(text, "has more digits than holdfast counts with"));
  }
  std::vector<std::string> out;
  const std::int64_t stop = *end + 1;
  if ((stop - *begin) / *step > static_cast<std::int64_t>(kMostHosts)) {
    return fail(range_error(text, "makes more than 100,000 hosts"));
  }
  for (std::int64_t i = *begin; *step > 0 ? i < stop : i > stop; i += *step) {
    std::string number = std::to_string(i);
    if (number.size() < width) number.insert(0, width - number.size(), '0');
    out.push_back(std::move(number));
  }
  return out;
}

/// Takes the first range of a text apart, exactly as Ansible does: the first [ and the first ].
Result<HostRange> first_range(std::string_view text) {
  std::string marked(text);
  if (const auto open = marked.find('['); open != std::string::npos) marked[open] = '|';
  if (const auto close = marked.find(']'); close != std::string::npos) marked[close] = '|';
  const std::vector<std::string_view> parts = split(marked, '|');
  if (parts.size() != 3) return fail(range_error(text, "has no end, or the name holds a '|'"));
  const std::vector<std::string_view> bounds = split(parts[1], ':');
  if (bounds.size() != 2 && bounds.size() != 3) {
    return fail(range_error(text, "must be BEGIN:END or BEGIN:END:STEP"));
  }
  const std::string_view begin = bounds[0].empty() ? std::string_view("0") : bounds[0];
  const std::string_view end = bounds[1];
  if (end.empty()) return fail(range_error(text, "has no end"));
  const bool padded = begin[0] == '0' && begin.size() > 1;
  if (padded && begin.size() != end.size()) {
    return fail(range_error(text, "begins with a zero, so both its ends need as many digits"));
  }
  const auto step = bounds.size() == 3 ? python_int(bounds[2]) : std::optional<std::int64_t>(1);
  const auto first = kLetters.find(begin);
  const auto last = kLetters.find(end);
  HostRange out{std::string(parts[0]), std::string(parts[2]), {}};
  if (first != std::string_view::npos && last != std::string_view::npos && step) {
    HF_TRY(out.members, letter_range(text, first, last, *step));
  } else {
    HF_TRY(out.members, number_range(text, begin, end, step, padded ? begin.size() : 0));
  }
  return out;
}

Result<void> expand(std::string_view text, std::vector<std::string>& out) {
  HF_TRY(const HostRange range, first_range(text));
  for (const std::string& member : range.members) {
    std::string name = range.head + member + range.tail;
    if (name.find('[') != std::string::npos) {
      HF_CHECK(expand(name, out));
    } else {
      out.push_back(std::move(name));
    }
    if (out.size() > kMostHosts) return fail(range_error(text, "makes more than 100,000 hosts"));
  }
  return {};
}

}  // namespace

std::optional<HostAddress> parse_host_address(std::string_view text, bool ranges) {
  HostAddress out{std::string(text)};
  if (auto found = bracketed_port(out.host)) out = *found;
  if (auto found = plain_port(out.host)) out = *found;
  if (!is_host_name(out.host) && !is_ipv6(out.host)) return std::nullopt;
  if (!ranges && out.host.find('[') != std::string::npos) return std::nullopt;
  return out;
}

Result<HostNames> expand_host_pattern(std::string_view text) {
  const HostAddress address =
      parse_host_address(text, true).value_or(HostAddress{std::string(text)});
  HostNames out{.names = {}, .port = address.port};
  if (address.host.find('[') == std::string::npos) {
    out.names.push_back(address.host);
    return out;
  }
  HF_CHECK(expand(address.host, out.names));
  return out;
}

}  // namespace holdfast
