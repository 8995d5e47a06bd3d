#include "engine/template/format.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "engine/core/text.h"
#include "engine/template/numbers.h"
#include "engine/template/operators.h"
#include "engine/template/python_text.h"
#include "engine/template/text_functions.h"
#include "engine/template/unicode.h"

namespace holdfast::jinja {
namespace {

constexpr std::int64_t kMaxWidth = 10'000;

/// One conversion, as both notations mean it.
struct Spec {
  char type = 's';
  char align = '\0';  ///< < > ^ =
  std::string fill = " ";
  char sign = '-';
  bool alternate = false;
  bool group = false;  ///< Thousands parted by commas.
  std::int64_t width = 0;
  std::int64_t precision = -1;
};

tl::unexpected<Error> wrong(std::string message) {
  return fail(Code::TemplateType, "the format " + std::move(message));
}

std::string in_base(std::uint64_t number, unsigned base, bool large) {
  const std::string_view digits = large ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out;
  do {
    out.insert(out.begin(), digits[number % base]);
    number /= base;
  } while (number > 0);
  return out;
}

std::string grouped(std::string digits) {
  const auto end = std::min(digits.find('.'), digits.size());
  for (auto at = static_cast<std::ptrdiff_t>(end) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

Result<std::string> aligned(const Spec& spec, const std::string& text, Padding otherwise) {
  if (spec.align == '^') {
    // Unlike str.center, a format always puts the odd character to the right.
    const auto size = static_cast<std::int64_t>(character_count(text));
    HF_TRY(const std::string half,
           padded(text, size + std::max<std::int64_t>(spec.width - size, 0) / 2, spec.fill,
                  Padding::Left));
    return padded(half, spec.width, spec.fill, Padding::Right);
  }
  if (spec.align == '<') otherwise = Padding::Right;
  if (spec.align == '>') otherwise = Padding::Left;
  return padded(text, spec.width, spec.fill, otherwise);
}

/// Sign, prefix and digits brought to the width.
Result<std::string> number_text(const Spec& spec, bool negative, const std::string& prefix,
                                std::string digits) {
  if (spec.group) digits = grouped(std::move(digits));
  std::string head = negative ? "-" : spec.sign == '+' ? "+" : spec.sign == ' ' ? " " : "";
  head += prefix;
  if (spec.align == '=') {
    const auto room = spec.width - static_cast<std::int64_t>(head.size());
    HF_TRY(digits, padded(digits, room, spec.fill, Padding::Left));
    return head + digits;
  }
  return aligned(spec, head + digits, Padding::Left);
}

Result<std::string> whole_text(const Spec& spec, std::int64_t number) {
  const bool negative = number < 0;
  const auto size =
      negative ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number);
  const unsigned base = spec.type == 'x' || spec.type == 'X' ? 16U
                        : spec.type == 'o'                   ? 8U
                        : spec.type == 'b'                   ? 2U
                                                             : 10U;
  std::string digits = in_base(size, base, spec.type == 'X');
  while (static_cast<std::int64_t>(digits.size()) < spec.precision) digits.insert(0, "0");
  const std::string prefix =
      spec.alternate && base != 10 ? std::string("0") + spec.type : std::string();
  return number_text(spec, negative, prefix, std::move(digits));
}

Result<std::string> real_text(const Spec& spec, double number) {
  const bool negative = std::signbit(number) && !std::isnan(number);
  const auto precision =
      static_cast<int>(spec.precision < 0 ? 6 : std::min<std::int64_t>(spec.precision, 300));
  const char type = spec.type == '%' ? 'f' : spec.type;
  const double size = std::fabs(spec.type == '%' ? number * 100 : number);
  const std::array<char, 6> form = {'%', '.', '*', type, '\0', '\0'};
  std::array<char, 700> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), form.data(), precision, size);
  std::string digits(buffer.data(), static_cast<std::size_t>(length));
  if (spec.type == '%') digits += '%';
  return number_text(spec, negative, {}, std::move(digits));
}

Result<std::string> text_text(const Spec& spec, std::string text) {
  if (spec.precision >= 0 && character_count(text) > static_cast<std::size_t>(spec.precision)) {
    std::string cut;
    const auto all = characters(text);
    for (std::size_t i = 0; i < static_cast<std::size_t>(spec.precision); ++i) cut += all[i];
    text = std::move(cut);
  }
  return aligned(spec, text, Padding::Right);
}

Result<std::string> converted(const Spec& spec, const Value& value, Budget& budget) {
  if (spec.width > kMaxWidth || spec.precision > kMaxWidth) {
    return fail(Code::TemplateLimit, "a width of more than " + std::to_string(kMaxWidth));
  }
  Mixture ignored(budget);
  if (spec.type == 's') return text_text(spec, to_text(value, ignored, budget));
  if (spec.type == 'r') return text_text(spec, to_repr(value, ignored, budget));
  if (spec.type == 'c' && (value.is_text() || value.is_secret())) {
    if (character_count(value.bytes()) != 1) return wrong("%c needs one character");
    return text_text(spec, std::string(value.bytes()));
  }
  const auto number = number_of(value);
  if (!number) {
    return wrong("'" + std::string(1, spec.type) + "' needs a number, not " + shown(value));
  }
  if (spec.type == 'c') {
    if (number->real || number->whole < 0 || number->whole > 0x10FFFF ||
        (number->whole >= 0xD800 && number->whole <= 0xDFFF)) {
      return wrong("'c' needs the number of a character");
    }
    return text_text(spec, encode_utf8(static_cast<std::uint32_t>(number->whole)));
  }
  if (std::string_view("dxXob").find(spec.type) == std::string_view::npos) {
    return real_text(spec, number->as_double());
  }
  if (!number->real) return whole_text(spec, number->whole);
  if (spec.type != 'd') return wrong("'" + std::string(1, spec.type) + "' needs a whole number");
  HF_TRY(const std::int64_t whole, truncated(number->floating));
  return whole_text(spec, whole);
}

/// Digits at `at`, which moves behind them; -1 where there are none.
std::int64_t digits_at(std::string_view text, std::size_t& at) {
  std::int64_t number = -1;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    number = std::min<std::int64_t>(std::max<std::int64_t>(number, 0) * 10 + (text[at] - '0'),
                                    kMaxWidth + 1);
  }
  return number;
}

const Value* named(const FormatArguments& arguments, std::string_view name) {
  for (const auto& [key, value] : arguments.named) {
    if (key == name) return &value;
  }
  return nullptr;
}

/// Takes arguments by their order.
class Supply {
 public:
  explicit Supply(const FormatArguments& arguments) : arguments_(arguments) {}
  Result<Value> next() {
    if (next_ < arguments_.positional.size()) return arguments_.positional[next_++];
    return wrong("has more places than arguments");
  }
  bool used_up() const { return next_ >= arguments_.positional.size(); }
  bool untouched() const { return next_ == 0; }

 private:
  const FormatArguments& arguments_;
  std::size_t next_ = 0;
};

/// Flags, width and precision of a % conversion.
Result<Spec> percent_spec(std::string_view format, std::size_t& at, Supply& supply) {
  Spec spec{.align = '>'};
  bool zero = false;
  bool left = false;
  for (; at < format.size(); ++at) {
    const char c = format[at];
    if (c == '-') left = true;
    if (c == '0') zero = true;
    if (c == '+' || (c == ' ' && spec.sign != '+')) spec.sign = c;
    if (c == '#') spec.alternate = true;
    if (std::string_view("-0+ #").find(c) == std::string_view::npos) break;
  }
  const auto measure = [&](std::int64_t& out) -> Result<void> {
    if (at < format.size() && format[at] == '*') {
      ++at;
      HF_TRY(const Value value, supply.next());
      if (!value.is_int()) return wrong("'*' needs a whole number");
      out = value.as_int();
      return {};
    }
    out = digits_at(format, at);
    return {};
  };
  HF_CHECK(measure(spec.width));
  if (at < format.size() && format[at] == '.') {
    ++at;
    HF_CHECK(measure(spec.precision));
    spec.precision = std::max<std::int64_t>(spec.precision, 0);
  }
  while (at < format.size() && std::string_view("hlL").find(format[at]) != std::string_view::npos) {
    ++at;
  }
  if (at >= format.size()) return wrong("ends inside of a conversion");
  spec.type = format[at++];
  if (spec.type == 'i' || spec.type == 'u') spec.type = 'd';
  if (std::string_view("srdxXoceEfFgG").find(spec.type) == std::string_view::npos) {
    return wrong("has no conversion " + in_quotes(std::string(1, spec.type)));
  }
  const bool text = spec.type == 's' || spec.type == 'r' || spec.type == 'c';
  if (zero && !left && !text) {
    spec.align = '=';
    spec.fill = "0";
  }
  if (left || spec.width < -1) spec.align = '<';
  if (spec.width < -1) spec.width = spec.width < -kMaxWidth ? kMaxWidth + 1 : -spec.width;
  return spec;
}

}  // namespace

Result<std::string> format_percent(std::string_view format, const FormatArguments& arguments,
                                   Budget& budget) {
  std::string out;
  Supply supply(arguments);
  for (std::size_t at = 0; at < format.size();) {
    if (format[at] != '%') {
      const std::size_t end = std::min(format.find('%', at), format.size());
      out += format.substr(at, end - at);
      at = end;
      continue;
    }
    ++at;
    if (at < format.size() && format[at] == '%') {
      out += '%';
      ++at;
      continue;
    }
    std::optional<Value> value;
    if (at < format.size() && format[at] == '(') {
      const auto end = format.find(')', at);
      if (end == std::string_view::npos) return wrong("needs ')' after '%('");
      const std::string_view name = format.substr(at + 1, end - at - 1);
      const Value* found = named(arguments, name);
      if (found == nullptr) return wrong("has no argument " + in_quotes(name));
      value = *found;
      at = end + 1;
    }
    HF_TRY(const Spec spec, percent_spec(format, at, supply));
    if (!value) {
      HF_TRY(value, supply.next());
    }
    HF_TRY(const std::string text, converted(spec, *value, budget));
    out += text;
    if (out.size() > kMaxText || !budget.spend_text(256 + text.size())) break;
  }
  const bool by_name = !arguments.named.empty() && supply.untouched();
  if (!by_name && !supply.used_up()) return wrong("has fewer places than arguments");
  budget.spend_text(out.size());
  return out;
}

namespace {

/// What stands behind the colon of a replacement field.
Result<Spec> brace_spec(std::string_view text, const Value& value) {
  Spec spec;
  std::size_t at = 0;
  const std::vector<std::string_view> all = characters(text);
  const auto is_align = [](std::string_view c) {
    return c == "<" || c == ">" || c == "^" || c == "=";
  };
  if (all.size() > 1 && is_align(all[1])) {
    spec.fill = all[0];
    spec.align = all[1][0];
    at = all[0].size() + 1;
  } else if (!all.empty() && is_align(all[0])) {
    spec.align = all[0][0];
    at = 1;
  }
  const auto take = [&](char c) {
    if (at >= text.size() || text[at] != c) return false;
    ++at;
    return true;
  };
  for (const char sign : {'+', '-', ' '}) {
    if (take(sign)) spec.sign = sign;
  }
  spec.alternate = take('#');
  if (take('0') && spec.align == '\0') {
    spec.align = '=';
    spec.fill = "0";
  }
  spec.width = digits_at(text, at);
  spec.group = take(',');
  if (take('.')) {
    spec.precision = digits_at(text, at);
    if (spec.precision < 0) return wrong("needs a number after '.'");
  }
  const bool number = value.is_int() || value.is_float();
  spec.type = value.is_int() ? 'd' : value.is_float() && spec.precision >= 0 ? 'g' : 's';
  if (number && spec.align == '\0') spec.align = '>';
  if (at < text.size()) spec.type = text[at++];
  if (at < text.size() ||
      std::string_view("sdxXobceEfFgG%").find(spec.type) == std::string_view::npos) {
    return wrong("can't read " + in_quotes(text));
  }
  if (spec.type == 's' && spec.align == '=') return wrong("'=' is for numbers");
  return spec;
}

/// One field "name!r:spec" without its braces. @param automatic  The number of the next {}.
Result<std::string> brace_field(std::string_view field, const FormatArguments& arguments,
                                std::size_t& automatic, Budget& budget) {
  const auto colon = field.find(':');
  std::string_view name = field.substr(0, colon);
  const std::string_view rest =
      colon == std::string_view::npos ? std::string_view() : field.substr(colon + 1);
  const bool repr = ends_with(name, "!r");
  if (repr || ends_with(name, "!s")) name.remove_suffix(2);
  if (name.find_first_of(".[!") != std::string_view::npos) {
    return wrong("takes only names and numbers in {}, not " + in_quotes(name));
  }
  Value value;
  if (name.find_first_not_of("0123456789") == std::string_view::npos) {
    std::size_t unused = 0;
    const auto index =
        name.empty() ? automatic++ : static_cast<std::size_t>(digits_at(name, unused));
    if (index >= arguments.positional.size()) return wrong("has more places than arguments");
    value = arguments.positional[index];
  } else {
    const Value* found = named(arguments, name);
    if (found == nullptr) return wrong("has no argument " + in_quotes(name));
    value = *found;
  }
  Mixture ignored(budget);
  if (repr) value = Value(to_repr(value, ignored, budget));
  HF_TRY(const Spec spec, brace_spec(rest, value));
  return converted(spec, value, budget);
}

}  // namespace

Result<std::string> format_braces(std::string_view format, const FormatArguments& arguments,
                                  Budget& budget) {
  std::string out;
  std::size_t automatic = 0;
  for (std::size_t at = 0; at < format.size(); ++at) {
    const char c = format[at];
    if (c != '{' && c != '}') {
      out += c;
      continue;
    }
    if (at + 1 < format.size() && format[at + 1] == c) {
      out += c;
      ++at;
      continue;
    }
    const auto end = format.find('}', at);
    if (c == '}' || end == std::string_view::npos)
      return wrong("has a single '" + std::string(1, c) + "'");
    HF_TRY(const std::string text,
           brace_field(format.substr(at + 1, end - at - 1), arguments, automatic, budget));
    out += text;
    at = end;
    if (out.size() > kMaxText || !budget.spend_text(256 + text.size())) break;
  }
  budget.spend_text(out.size());
  return out;
}

}  // namespace holdfast::jinja
