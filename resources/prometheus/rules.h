#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// The rules of a file, as the tree that Prometheus reads: {groups: [{name, rules: […]}]}.

/// Where something stands in a tree: keys and indexes from the root.
using TreePath = std::vector<std::variant<std::string, std::size_t>>;

/// What is surely wrong with rules.
struct RuleMistake {
  TreePath path;
  std::string what;
  std::size_t offset = 0;  ///< In the text at that path;
  std::size_t length = 0;  ///< 0: the whole of it.
};

/// Structure, names, durations, expressions and templates of a tree. @param root  All of a file.
std::vector<RuleMistake> check_rules(const Value& root);

/// The tree of what `groups` states: durations as Prometheus writes them.
Value rule_tree(const Value& groups);

/// The place of a mistake in the manifest: in `groups`, or in the text of `content`.
Position place_of(const Resource& resource, const RuleMistake& mistake);

/// The same of a path in any other attribute, from its value down.
Position place_in_attribute(const Resource& resource, const std::string& attribute,
                            const TreePath& path);

}  // namespace holdfast
