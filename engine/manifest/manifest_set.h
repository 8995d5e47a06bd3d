#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/manifest/declare.h"
#include "engine/manifest/document.h"
#include "engine/manifest/expressions.h"
#include "engine/manifest/files.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/scope.h"

namespace holdfast {

/// What a ManifestSet holds. Its caches change behind a const set, so one thread at a time.
struct ManifestSet::Impl {
  Impl(const Project& in, const Registry& kinds, const LoadOptions& asked)
      : project(in),
        registry(kinds),
        options(asked),
        files(std::make_unique<ProjectFiles>(in, asked.trust == Trust::Full)),
        expressions(std::make_unique<Expressions>()),
        tags(std::make_unique<Tags>(*files, asked.trust)) {}

  Owner owner(const Document& document, const std::string& host) const {
    return Owner{project.name, options.environment, document.name, host};
  }
  /// The hosts of one manifest that --limit leaves.
  Result<std::vector<std::string>> hosts_of(const Document& document,
                                            const Inventory& inventory) const;

  Project project;
  const Registry& registry;
  LoadOptions options;
  std::vector<std::shared_ptr<const Document>> manifests{};
  std::vector<std::shared_ptr<const Document>> modules{};
  LeftOut left_out{};
  bool templates_by_expression = false;  ///< Which template files there are isn't known yet.
  std::unique_ptr<ProjectFiles> files;
  std::unique_ptr<Expressions> expressions;
  std::unique_ptr<Tags> tags;
};

/// Checks what is literal and parses every expression, before any host is known.
void check_document(const Document& document, ManifestSet::Impl& set, Diagnostics& diagnostics);

/// Makes the declarations of one host after the other.
class Expansion {
 public:
  Expansion(const ManifestSet::Impl& set, World& world, Catalog& catalog)
      : set_(set), world_(world), catalog_(catalog) {}
  /// @param manifests  Those that are for this host, in order.
  void add_host(const std::string& host, const std::vector<const Document*>& manifests,
                Diagnostics& diagnostics);

 private:
  void items(const std::vector<Item>& all, const ExpressionReader& reader, const Scope& scope,
             const Inherited& around);
  void each(const Item& item, const ExpressionReader& reader, const Scope& scope,
            const Inherited& around);
  void one(const Item& item, const ExpressionReader& reader, const Scope& scope,
           const Inherited& around);
  void resource(const Item& item, const ExpressionReader& reader, const Inherited& around);
  void use(const Item& item, const ExpressionReader& reader, const Inherited& around);
  void refuse_twins(const Declaration& made);
  bool too_many(const Position& where);

  const ManifestSet::Impl& set_;
  World& world_;
  Catalog& catalog_;
  Diagnostics* sink_ = nullptr;
  std::string host_;
  const Document* manifest_ = nullptr;
  std::map<std::string, std::size_t> addresses_;  ///< Of this host, to their declarations.
  std::map<std::string, std::size_t> identities_;
  int rank_ = 0;
  std::size_t steps_ = 0;
  bool all_names_known_ = true;  ///< Of this manifest on this host.
};

/// Says that `for_each` got something that it can't go through.
Error not_a_loop(const Item& item, const YamlNode& node, const Value& value);
/// A kind's own rules, where nothing that they look at is unknown.
void check_by_kind(const Declaration& declaration, const Kind& kind, Diagnostics& diagnostics);

/// Hands errors on, those of `to` included, in the order of the files. The same mistake at the same
/// place is told once, with the hosts that it was found on.
/// @param all_hosts  How many there are: what is so on all of them is told without their names.
void report_in_order(const Diagnostics& found, const ProjectFiles& files, Diagnostics& to,
                     std::size_t all_hosts = 0);

}  // namespace holdfast
