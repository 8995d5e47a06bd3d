#include "resources/promql/functions.h"

#include <map>

#include "engine/core/suggest.h"
#include "resources/promql/lexer.h"

namespace holdfast::promql {
namespace {

/// Each line: what the functions take and give (s scalar, v instant vector, m range vector, t
/// text), and how often the last argument may stand there.
struct Group {
  std::string_view names;
  std::string_view takes;
  char gives = 'v';
  int variadic = 0;
};

constexpr Group kGroups[] = {
    {"abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg "
     "histogram_count histogram_stddev histogram_stdvar histogram_sum ln log10 log2 rad sgn sin "
     "sinh sort sort_desc sqrt tan tanh timestamp",
     "v"},
    {"absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta "
     "increase irate last_over_time mad_over_time max_over_time min_over_time present_over_time "
     "rate resets stddev_over_time stdvar_over_time sum_over_time ts_of_first_over_time "
     "ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time",
     "m"},
    {"day_of_month day_of_week day_of_year days_in_month hour minute month year", "v", 'v', 1},
    {"clamp", "vss"},
    {"clamp_max clamp_min", "vs"},
    {"double_exponential_smoothing holt_winters", "mss"},
    {"histogram_fraction", "ssv"},
    {"histogram_quantile", "sv"},
    {"info", "vv", 'v', 1},
    {"label_join", "vttt", 'v', -1},
    {"label_replace", "vtttt"},
    {"pi time", "", 's'},
    {"predict_linear", "ms"},
    {"quantile_over_time", "sm"},
    {"round", "vs", 'v', 1},
    {"scalar", "v", 's'},
    {"sort_by_label sort_by_label_desc", "vt", 'v', -1},
    {"vector", "s"},
};

ValueType type_of(char letter) {
  switch (letter) {
    case 's':
      return ValueType::Scalar;
    case 'm':
      return ValueType::Matrix;
    case 't':
      return ValueType::String;
    default:
      return ValueType::Vector;
  }
}

std::map<std::string_view, Function> make_functions() {
  std::map<std::string_view, Function> out;
  for (const Group& group : kGroups) {
    std::vector<ValueType> arguments;
    for (const char letter : group.takes) arguments.push_back(type_of(letter));
    std::string_view rest = group.names;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(' '));
      out[name] = {name, arguments, group.variadic, type_of(group.gives)};
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
  }
  return out;
}

const std::map<std::string_view, Function>& functions() {
  static const std::map<std::string_view, Function> kFunctions = make_functions();
  return kFunctions;
}

}  // namespace

std::string type_text(ValueType type) {
  switch (type) {
    case ValueType::Scalar:
      return "a scalar";
    case ValueType::Vector:
      return "an instant vector";
    case ValueType::Matrix:
      return "a range vector";
    case ValueType::String:
      return "a text";
    case ValueType::Any:
      break;
  }
  return "anything";
}

const Function* find_function(std::string_view name) {
  const auto found = functions().find(name);
  return found == functions().end() ? nullptr : &found->second;
}

std::string meant_function(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [known, function] : functions()) names.emplace_back(known);
  for (const std::string_view known : aggregations()) names.emplace_back(known);
  const std::vector<std::string> near = nearest(name, names);
  return near.empty() ? "" : near.front();
}

}  // namespace holdfast::promql
