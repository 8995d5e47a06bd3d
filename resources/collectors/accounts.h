#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// A line of the group database.
struct GroupLine {
  std::string name;
  std::int64_t gid = 0;
  std::vector<std::string> members{};  ///< In the line's order.
};
std::optional<GroupLine> read_group_line(std::string_view line);

}  // namespace holdfast
