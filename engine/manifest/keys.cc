#include "engine/manifest/keys.h"

#include <algorithm>

#include "engine/core/suggest.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void check_keys(const YamlNode& node, const std::vector<std::string>& allowed,
                const std::string& what, Code code, Diagnostics& diagnostics) {
  for (const YamlNode::Entry& entry : node.entries) {
    if (std::find(allowed.begin(), allowed.end(), entry.key) != allowed.end()) continue;
    std::string hint = did_you_mean(entry.key, allowed);
    if (hint.empty()) hint = "its keys are " + join(allowed, ", ");
    diagnostics.error(Error{.code = code,
                            .message = what + " has no key '" + printable(entry.key) + "'",
                            .where = entry.where,
                            .hint = std::move(hint)});
  }
}

bool names_misspelt(const YamlNode& node, const std::vector<std::string>& allowed) {
  return std::any_of(node.entries.begin(), node.entries.end(), [&](const YamlNode::Entry& entry) {
    if (std::find(allowed.begin(), allowed.end(), entry.key) != allowed.end()) return false;
    return entry.value.kind == YamlNode::Kind::Mapping ||
           !did_you_mean(entry.key, {"inputs", "vars", "include"}).empty();
  });
}

bool require_mapping(const YamlNode& node, const std::string& what, Code code,
                     Diagnostics& diagnostics) {
  if (node.kind == YamlNode::Kind::Mapping) return true;
  const char* got = node.kind == YamlNode::Kind::Sequence ? "a list"
                    : node.kind == YamlNode::Kind::Null   ? "nothing"
                                                          : "a text";
  diagnostics.error(
      Error{.code = code, .message = what + " is a mapping, not " + got, .where = node.where});
  return false;
}

std::vector<const YamlNode*> one_or_more(const YamlNode& node) {
  std::vector<const YamlNode*> out;
  if (node.kind == YamlNode::Kind::Sequence && node.tag.empty()) {
    for (const YamlNode& item : node.items) out.push_back(&item);
  } else if (node.kind != YamlNode::Kind::Null) {
    out.push_back(&node);
  }
  return out;
}

bool plain_name(std::string_view name) {
  if (name.empty() || name[0] == '-' || name[0] == '.') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return letter(c) || digit(c) || c == '_' || c == '.' || c == '-';
  });
}

bool identifier(std::string_view name) {
  if (name.empty() || digit(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return letter(c) || digit(c) || c == '_'; });
}

}  // namespace holdfast
