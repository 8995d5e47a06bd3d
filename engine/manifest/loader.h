#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "engine/manifest/document.h"
#include "engine/manifest/files.h"

namespace holdfast {

/// Reads manifests and, as they are named, the modules and files that belong to them: their shape,
/// not yet their values. Everything wrong goes to `diagnostics`.
class Loader {
 public:
  Loader(ProjectFiles& files, const Registry& registry, Diagnostics& diagnostics)
      : files_(files), registry_(registry), diagnostics_(diagnostics) {}

  /// The manifests of one file, in order.
  std::vector<std::shared_ptr<const Document>> manifests(const std::string& path);
  /// Every module that was used, each once, in the order of first use.
  const std::vector<std::shared_ptr<const Document>>& modules() const { return modules_; }
  const LeftOut& left_out() const { return left_out_; }

 private:
  struct Opening {
    std::string path;
    Position where;
  };

  std::vector<std::shared_ptr<const YamlNode>> documents(const std::string& path,
                                                         const Position& where);
  bool only_resources_slip(const YamlNode& root) const;
  std::shared_ptr<Document> read(std::shared_ptr<const YamlNode> root, const std::string& path);
  void read_hosts(Document& out, const YamlNode& node);
  void read_inputs(Document& out, const YamlNode& node);
  void read_input(Document& out, const YamlNode::Entry& entry);
  void read_vars(Document& out, const YamlNode& node);
  void read_includes(Document& out, const YamlNode& node);
  void include(Document& out, const std::string& path, const Position& where);
  bool usable_name(const std::string& name, const Position& where, const Document& document);

  std::vector<Item> read_items(const YamlNode& node);
  std::optional<Item> read_item(const YamlNode& node);
  void leave_out(const YamlNode& node);
  void read_block(Item& item, const std::vector<const YamlNode::Entry*>& entries);
  void read_use(Item& item, const std::vector<const YamlNode::Entry*>& entries);
  void read_resource(Item& item, const std::vector<const YamlNode::Entry*>& entries);
  bool find_kind(const YamlNode& node, std::string& kind, Item& item,
                 std::vector<const YamlNode::Entry*>& rest);
  void refuse_kind(const YamlNode& node, const std::string& word, const Position& where);

  std::shared_ptr<const Document> module(const YamlNode& name);
  Result<std::string> find_module(const YamlNode& name) const;
  bool opens(const std::string& path, const Position& where);

  void error(Code code, std::string message, const Position& where, std::string hint = {}) {
    diagnostics_.error(Error{
        .code = code, .message = std::move(message), .where = where, .hint = std::move(hint)});
  }

  ProjectFiles& files_;
  const Registry& registry_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::shared_ptr<const Document>> known_;
  std::vector<std::shared_ptr<const Document>> modules_;
  LeftOut left_out_;
  std::vector<Position> slips_;   ///< Where a text had to be repaired to be read on.
  std::vector<Opening> opening_;  ///< Modules and includes being read, for cycles.
};

}  // namespace holdfast
