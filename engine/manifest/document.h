#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/kind.h"
#include "engine/core/yaml.h"
#include "engine/manifest/manifest.h"

namespace holdfast {

struct Document;

/// One entry of `resources:`, unrendered: which keys there are and what they are for. Points into
/// the YAML of its document.
struct Item {
  enum class What { Resource, Block, Use } what = What::Resource;
  const Kind* kind = nullptr;      ///< Resource.
  const YamlNode* name = nullptr;  ///< Resource: its name. Block: its title. Use: the module.
  Position where{};                ///< Of the kind.
  std::map<std::string, const YamlNode::Entry*, std::less<>> common{};  ///< What all kinds share.
  std::vector<const YamlNode::Entry*> attributes{};  ///< The kind's own, `source`, `template` too.
  std::vector<Item> items{};                         ///< Block.
  std::shared_ptr<const Document> module{};          ///< Use; null where it couldn't be read.
  std::vector<const YamlNode::Entry*> with{};        ///< Use.

  const YamlNode* find_common(std::string_view key) const;
  /// "file '/etc/motd'", for messages; the name as written.
  std::string label() const;
};

/// A typed parameter of a manifest.
struct Input {
  std::string name;
  Type type{};
  const YamlNode* fallback = nullptr;  ///< `default`.
  const YamlNode* check = nullptr;
  bool secret = false;
  bool refused = false;  ///< What it says of itself has an error, which is told.
  Position where{};

  /// As an attribute, so that both are read alike.
  Attribute attribute() const;
};

struct VariableNode {
  std::string name;
  const YamlNode* node = nullptr;
  Position where{};
};

/// A manifest or a module: one YAML document, with what it includes.
struct Document {
  std::string name;
  std::string path;  ///< As shown.
  Position where{};
  std::vector<std::pair<std::string, Position>> hosts{};  ///< Patterns.
  bool has_hosts = false;
  std::vector<Input> inputs{};
  std::vector<VariableNode> vars{};  ///< Those of included files first; later ones win.
  std::optional<FailurePolicy> on_failure{};
  std::vector<Item> items{};
  /// False: inputs or variables may be missing for a reason that has been told.
  bool names_known = true;
  std::vector<std::shared_ptr<const YamlNode>> roots{};  ///< Keeps the nodes alive.

  const Input* input(std::string_view name) const;
};

std::optional<FailurePolicy> parse_policy(std::string_view word);

}  // namespace holdfast
