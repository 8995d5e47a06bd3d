#include "engine/template/operators.h"

#include "engine/core/text.h"
#include "engine/template/unicode.h"

namespace holdfast::jinja {
namespace {

int order(double a, double b) { return a < b ? -1 : a > b ? 1 : 0; }

/// Exact also where a whole number has more digits than a double.
int compare_numbers(const Number& a, const Number& b) {
  if (!a.real && !b.real) return a.whole < b.whole ? -1 : a.whole > b.whole ? 1 : 0;
  if (a.real != b.real) {
    const double real = a.real ? a.floating : b.floating;
    const std::int64_t whole = a.real ? b.whole : a.whole;
    constexpr double kLimit = 9223372036854775808.0;
    if (real >= kLimit) return a.real ? 1 : -1;
    if (real >= -kLimit) {
      const auto cut = static_cast<std::int64_t>(real);
      int found = cut < whole ? -1 : cut > whole ? 1 : order(real - static_cast<double>(cut), 0);
      return a.real ? found : -found;
    }
  }
  return order(a.as_double(), b.as_double());
}

bool equal_maps(const ValueMap& a, const ValueMap& b, Budget& budget) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a) {
    if (!budget.spend_items(8 + b.size() / 8)) return false;
    const Value* other = b.find(key);
    if (other == nullptr || !equal(value, *other, budget)) return false;
  }
  return true;
}

bool equal_lists(const ValueList& a, const ValueList& b, Budget& budget) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!budget.spend_items(8) || !equal(a[i], b[i], budget)) return false;
  }
  return true;
}

}  // namespace

std::optional<Number> number_of(const Value& value) {
  if (value.is_int()) return Number{.whole = value.as_int()};
  if (value.is_bool()) return Number{.whole = value.as_bool() ? 1 : 0};
  if (value.is_float()) return Number{.real = true, .floating = value.as_float()};
  return std::nullopt;
}

std::string a_type(const Value& value) {
  if (value.is_null()) return "null";
  return "a " + std::string(value.type_name());
}

std::string shown(const Value& value) {
  if (value.is_text()) return "the text " + in_quotes(value.as_text());
  if (value.is_null() || value.is_bool() || value.is_int() || value.is_float()) {
    return value.display();
  }
  return a_type(value);
}

bool equal(const Value& a, const Value& b, Budget& budget) {
  if (is_bytes(a) && is_bytes(b)) return a.bytes() == b.bytes();
  const auto left = number_of(a);
  const auto right = number_of(b);
  if (left && right) {
    return !(left->real && left->floating != left->floating) &&
           !(right->real && right->floating != right->floating) &&
           compare_numbers(*left, *right) == 0;
  }
  if (a.is_list() && b.is_list()) return equal_lists(a.as_list(), b.as_list(), budget);
  if (a.is_map() && b.is_map()) return equal_maps(a.as_map(), b.as_map(), budget);
  return a.is_null() && b.is_null();
}

Result<int> compare(const Value& a, const Value& b, Budget& budget) {
  if (is_bytes(a) && is_bytes(b)) return order(a.bytes().compare(b.bytes()), 0);
  const auto left = number_of(a);
  const auto right = number_of(b);
  if (left && right) return compare_numbers(*left, *right);
  if (a.is_list() && b.is_list()) {
    const ValueList& x = a.as_list();
    const ValueList& y = b.as_list();
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      if (!budget.spend_items(8)) return 0;
      if (!equal(x[i], y[i], budget)) return compare(x[i], y[i], budget);
    }
    return x.size() < y.size() ? -1 : x.size() > y.size() ? 1 : 0;
  }
  return fail(Code::TemplateType, shown(a) + " and " + shown(b) + " have no order",
              "convert one of them, for example with `| int` or `| string`");
}

Result<bool> contains(const Value& haystack, const Value& needle, Budget& budget) {
  if (haystack.is_map()) {
    budget.spend_items(haystack.as_map().size() + 8);
    return is_bytes(needle) && haystack.as_map().find(needle.bytes()) != nullptr;
  }
  if (haystack.is_list()) {
    for (const Value& item : haystack.as_list()) {
      if (!budget.spend_items(8)) return false;
      if (equal(item, needle, budget)) return true;
    }
    return false;
  }
  if (is_bytes(haystack) && is_bytes(needle)) {
    budget.spend_text(haystack.bytes().size());
    return haystack.bytes().find(needle.bytes()) != std::string_view::npos;
  }
  if (is_bytes(haystack)) {
    return fail(Code::TemplateType, "'in' looks for a text in a text, not for " + shown(needle),
                "convert it with `| string`");
  }
  return fail(Code::TemplateType, "'in' can't look into " + shown(haystack));
}

Result<Value> compared(Operator what, const Value& a, const Value& b, Budget& budget) {
  Mixture mixture(budget);
  const bool member = what == Operator::In || what == Operator::NotIn;
  mixture.add(a);
  // Looking for a key leaves a map's values alone, which may be many, or unknown.
  member&& b.is_map() ? mixture.touch(b) : mixture.add(b);
  if (mixture.unknown()) return mixture.moved({});
  if (member) {
    HF_TRY(const bool found, contains(b, a, budget));
    return mixture.moved(found == (what == Operator::In));
  }
  if (what == Operator::Equal || what == Operator::NotEqual) {
    return mixture.moved(equal(a, b, budget) == (what == Operator::Equal));
  }
  const auto nan = [](const Value& v) { return v.is_float() && v.as_float() != v.as_float(); };
  if (nan(a) || nan(b)) return mixture.moved(false);
  HF_TRY(const int found, compare(a, b, budget));
  switch (what) {
    case Operator::Less:
      return mixture.moved(found < 0);
    case Operator::LessEqual:
      return mixture.moved(found <= 0);
    case Operator::Greater:
      return mixture.moved(found > 0);
    default:
      return mixture.moved(found >= 0);
  }
}

}  // namespace holdfast::jinja
