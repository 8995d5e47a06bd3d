#pragma once

#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/yaml.h"

namespace holdfast {

/// Refuses every key of a mapping that isn't one of `allowed`, with the nearest.
/// @param what  "a manifest", "file '/etc/motd'": the error says that it has no such key.
void check_keys(const YamlNode& node, const std::vector<std::string>& allowed,
                const std::string& what, Code code, Diagnostics& diagnostics);
/// Whether a key of a manifest that isn't one of `allowed` may stand for what gives names to
/// expressions: `inputs`, `vars`, `include`.
bool names_misspelt(const YamlNode& node, const std::vector<std::string>& allowed);
/// Whether the node is a mapping; an error says what it is instead, otherwise.
bool require_mapping(const YamlNode& node, const std::string& what, Code code,
                     Diagnostics& diagnostics);
/// A list's items, or the one node that stands for a list of one. Empty where there is nothing.
std::vector<const YamlNode*> one_or_more(const YamlNode& node);
/// Letters, digits, '_', '.', '-', not beginning with '-' or '.'.
bool plain_name(std::string_view name);
/// What an expression can name: letters, digits and '_', not beginning with a digit.
bool identifier(std::string_view name);

}  // namespace holdfast
