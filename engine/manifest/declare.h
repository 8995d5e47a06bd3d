#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/manifest/document.h"
#include "engine/manifest/expressions.h"
#include "engine/manifest/manifest.h"

namespace holdfast {

/// What blocks, modules and the manifest around a resource hand down to it.
struct Inherited {
  std::string path;  ///< "second-exporter/".
  std::vector<Reference> requires_{}, before{};
  std::set<std::string> tags{};
  std::set<std::string> trust_facts{};
  std::optional<FailurePolicy> on_failure{};
  bool protect = false;
  bool audit = false;
  bool sensitive = false;
  bool keep = false;
  std::optional<std::chrono::milliseconds> timeout{};
  std::optional<Unknown> unknown{};     ///< `when` or `for_each` around it isn't known yet.
  std::set<std::string> reported_by{};  ///< Hosts whose report decides that it is wanted at all.
};

/// Turns items into declarations, as far as its reader knows the values. The same code checks what
/// is literal before any host is known and renders for each host.
class Declarer {
 public:
  /// @param inventory  nullptr where there is none yet.
  Declarer(const Registry& registry, ProjectFiles& files, const Inventory* inventory,
           Diagnostics& diagnostics)
      : registry_(registry), files_(files), inventory_(inventory), diagnostics_(diagnostics) {}

  /// A resource, without its host and owner. nullopt where it can't even be named.
  std::optional<Declaration> declare(const Item& item, const Inherited& around,
                                     const ExpressionReader& reader);
  /// What a block or a module hands down, beside `when`, `for_each` and `as`.
  Inherited inherit(const Item& item, const Inherited& around, const ExpressionReader& reader);
  /// `when`: false only if it is known to be. @param here  Gets what it rests on, and that it isn't
  /// known where it isn't.
  bool wanted(const Item& item, const ExpressionReader& reader, Inherited& here);
  /// `as` of a module, with its slash.
  std::string instance_path(const Item& item, const ExpressionReader& reader);

 private:
  Value common(const Item& item, std::string_view name, const ExpressionReader& reader);
  std::vector<Reference> references(const Item& item, std::string_view name,
                                    const ExpressionReader& reader);
  void add_common(Declaration& out, const Item& item, const ExpressionReader& reader);
  void add_provided(Declaration& out, const Item& item, const ExpressionReader& reader);
  bool add_name(Declaration& out, const Item& item, const ExpressionReader& reader);
  void add_attributes(Declaration& out, const Item& item, const ExpressionReader& reader);
  void add_content(Declaration& out, const Item& item, const ExpressionReader& reader);
  std::optional<Value> content_of(const YamlNode::Entry& entry, const std::string& what,
                                  const ExpressionReader& reader);
  void note_origin(Declaration& out, const Attribute& attribute, const YamlNode& node);
  void note_origin(Declaration& out, const Attribute& attribute, const YamlNode::Entry& file);
  void add_defaults(Declaration& out, const Item& item);
  void add_reporters(Declaration& out);

  const Registry& registry_;
  ProjectFiles& files_;
  const Inventory* inventory_;
  Diagnostics& diagnostics_;
};

}  // namespace holdfast
