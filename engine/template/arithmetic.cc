#include <cmath>

#include "engine/core/text.h"
#include "engine/template/format.h"
#include "engine/template/operators.h"
#include "engine/template/python_text.h"

namespace holdfast::jinja {
namespace {

std::string_view symbol(Operator what) {
  switch (what) {
    case Operator::Add:
    case Operator::Plus:
      return "+";
    case Operator::Subtract:
    case Operator::Negate:
      return "-";
    case Operator::Multiply:
      return "*";
    case Operator::Divide:
      return "/";
    case Operator::FloorDivide:
      return "//";
    case Operator::Modulo:
      return "%";
    default:
      return "**";
  }
}

tl::unexpected<Error> too_large() {
  return fail(Code::TemplateLimit, "the result is a whole number of more than 64 bits",
              "make one side a float with `| float`");
}

tl::unexpected<Error> zero_division() { return fail(Code::TemplateType, "division by zero"); }

/// 0 where an exponentiation overflows or there are too many steps: a square each, so at most 63.
bool power(std::int64_t base, std::int64_t exponent, std::int64_t& out) {
  out = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(out, base, &out)) return false;
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return false;
  }
  return true;
}

Result<Value> calculate_whole(Operator what, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  bool overflow = false;
  const bool divides = what == Operator::FloorDivide || what == Operator::Modulo;
  if (divides && b == 0) return zero_division();
  if (divides && b == -1) {
    if (what == Operator::Modulo) return Value(std::int64_t{0});
    overflow = __builtin_sub_overflow(std::int64_t{0}, a, &out);
    return overflow ? Result<Value>(too_large()) : Value(out);
  }
  switch (what) {
    case Operator::Add:
      overflow = __builtin_add_overflow(a, b, &out);
      break;
    case Operator::Subtract:
      overflow = __builtin_sub_overflow(a, b, &out);
      break;
    case Operator::Multiply:
      overflow = __builtin_mul_overflow(a, b, &out);
      break;
    case Operator::FloorDivide:
      out = a / b - ((a % b != 0 && ((a < 0) != (b < 0))) ? 1 : 0);
      break;
    case Operator::Modulo:
      out = a % b + ((a % b != 0 && ((a < 0) != (b < 0))) ? b : 0);
      break;
    default:
      overflow = !power(a, b, out);
  }
  if (overflow) return too_large();
  return Value(out);
}

Result<Value> calculate_real(Operator what, double a, double b) {
  if (what != Operator::Power && b == 0 &&
      (what == Operator::Divide || what == Operator::FloorDivide || what == Operator::Modulo)) {
    return zero_division();
  }
  switch (what) {
    case Operator::Add:
      return Value(a + b);
    case Operator::Subtract:
      return Value(a - b);
    case Operator::Multiply:
      return Value(a * b);
    case Operator::Divide:
      return Value(a / b);
    case Operator::FloorDivide:
      return Value(std::floor(a / b));
    case Operator::Modulo: {
      const double rest = std::fmod(a, b);
      return Value(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
    }
    default:
      break;
  }
  if (a == 0 && b < 0) return zero_division();
  const double out = std::pow(a, b);
  if (std::isnan(out) && !std::isnan(a) && !std::isnan(b)) {
    return fail(Code::TemplateType, "a broken power of a negative number is no real number");
  }
  if (std::isinf(out) && !std::isinf(a) && !std::isinf(b)) {
    return fail(Code::TemplateLimit, "the result is too large for a number");
  }
  return Value(out);
}

Result<Value> calculate_numbers(Operator what, const Number& a, const Number& b) {
  const bool whole =
      !a.real && !b.real && what != Operator::Divide && !(what == Operator::Power && b.whole < 0);
  if (whole) return calculate_whole(what, a.whole, b.whole);
  return calculate_real(what, a.as_double(), b.as_double());
}

Result<Value> repeated(const Value& what, std::int64_t times, Budget& budget) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  const std::size_t size = what.is_list() ? what.as_list().size() : what.bytes().size();
  if (size > 0 && count > kMaxText / size) {
    return fail(Code::TemplateLimit, "repeating it " + std::to_string(times) +
                                         " times is more than a template may make");
  }
  if (what.is_list()) {
    ValueList out;
    if (!budget.spend_items(size * count)) return Value();
    for (std::size_t i = 0; i < count; ++i) {
      out.insert(out.end(), what.as_list().begin(), what.as_list().end());
    }
    return Value(std::move(out));
  }
  std::string out;
  if (!budget.spend_text(size * count)) return Value();
  out.reserve(size * count);
  for (std::size_t i = 0; i < count; ++i) out += what.bytes();
  return Value(std::move(out));
}

Result<Value> percent(const Value& format, const Term& right, Budget& budget) {
  FormatArguments arguments;
  if (right.value.is_map()) {
    for (const auto& [key, value] : right.value.as_map()) arguments.named.emplace_back(key, value);
  }
  if (right.tuple) {
    arguments.positional = right.value.as_list();
  } else {
    arguments.positional.push_back(right.value);
  }
  HF_TRY(std::string out, format_percent(format.bytes(), arguments, budget));
  return Value(std::move(out));
}

/// Texts and lists: joining, repeating, formatting. Nothing where the operator isn't one of these.
std::optional<Result<Value>> combined(Operator what, const Term& a, const Term& b, Mixture& mixture,
                                      Budget& budget) {
  const Value& left = a.value;
  const Value& right = b.value;
  if (what == Operator::Add && is_bytes(left) && is_bytes(right)) {
    mixture.add(left);
    mixture.add(right);
    if (!budget.spend_text(left.bytes().size() + right.bytes().size())) return Value();
    return mixture.built(std::string(left.bytes()) + std::string(right.bytes()));
  }
  if (what == Operator::Add && left.is_list() && right.is_list()) {
    if (!budget.spend_items(left.as_list().size() + right.as_list().size())) return Value();
    ValueList out = left.as_list();
    out.insert(out.end(), right.as_list().begin(), right.as_list().end());
    return mixture.moved(std::move(out));
  }
  if (what == Operator::Modulo && is_bytes(left)) {
    mixture.add(left);
    mixture.add(right);
    if (mixture.unknown()) return mixture.moved({});
    auto out = percent(left, b, budget);
    if (!out && mixture.secret()) {
      return fail(Code::TemplateType, "the format and its values don't fit (not shown: a secret)");
    }
    if (!out) return out;
    return mixture.built(std::move(*out));
  }
  if (what != Operator::Multiply) return std::nullopt;
  const bool swap = left.is_int() || left.is_bool();
  const Value& many = swap ? right : left;
  const auto times = number_of(swap ? left : right);
  if (!times || times->real || !(is_bytes(many) || many.is_list())) return std::nullopt;
  auto out = repeated(many, times->whole, budget);
  if (!out) return out;
  if (many.is_secret()) mixture.add(many);
  return mixture.built(std::move(*out));
}

}  // namespace

Result<Value> calculate(Operator what, const Term& a, const Term& b, Budget& budget) {
  Mixture mixture(budget);
  mixture.touch(a.value);
  mixture.touch(b.value);
  if (mixture.unknown()) return mixture.moved({});
  if (auto out = combined(what, a, b, mixture, budget)) return *std::move(out);
  const auto left = number_of(a.value);
  const auto right = number_of(b.value);
  if (left && right) {
    HF_TRY(Value out, calculate_numbers(what, *left, *right));
    return mixture.moved(std::move(out));
  }
  std::string hint;
  if (a.value.is_secret() || b.value.is_secret()) {
    hint = "a number made from a secret would be shown; join it as a text with ~";
  } else if (what == Operator::Add && (a.value.is_text() || b.value.is_text())) {
    hint = "join texts with ~, or convert with `| int`";
  } else if (a.value.is_text() || b.value.is_text()) {
    hint = "convert the text with `| int` or `| float`";
  }
  return fail(
      Code::TemplateType,
      in_quotes(symbol(what)) + " can't work on " + shown(a.value) + " and " + shown(b.value),
      std::move(hint));
}

Result<Value> signed_value(Operator what, const Value& a, Budget& budget) {
  Mixture mixture(budget);
  mixture.touch(a);
  if (mixture.unknown()) return mixture.moved({});
  const auto number = number_of(a);
  if (!number) {
    return fail(Code::TemplateType, in_quotes(symbol(what)) + " needs a number, not " + shown(a));
  }
  if (what == Operator::Plus) {
    return mixture.moved(number->real ? Value(number->floating) : Value(number->whole));
  }
  if (number->real) return mixture.moved(-number->floating);
  HF_TRY(Value out, calculate_whole(Operator::Subtract, 0, number->whole));
  return mixture.moved(std::move(out));
}

}  // namespace holdfast::jinja
