#include "engine/history/sql_values.h"

#include <charconv>

#include "engine/core/text.h"

namespace holdfast {

std::string decimal(std::int64_t number) { return std::to_string(number); }

std::int64_t number_of(const std::string& digits) {
  std::int64_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

std::vector<std::string> all_printable(std::vector<std::string> values) {
  for (std::string& value : values) value = printable(value);
  return values;
}

}  // namespace holdfast
