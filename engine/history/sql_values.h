#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holdfast {

/// Numbers as a database takes and gives them; 0 of what is none.
std::string decimal(std::int64_t number);
std::int64_t number_of(const std::string& digits);
/// Every value but a document comes from somewhere outside.
std::vector<std::string> all_printable(std::vector<std::string> values);

}  // namespace holdfast
