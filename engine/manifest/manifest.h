#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/kind.h"
#include "engine/core/value.h"
#include "engine/inventory/inventory.h"
#include "engine/manifest/project.h"

namespace holdfast {

/// Who made an object: two owners on one host never touch each other's.
struct Owner {
  std::string project, environment, manifest, host;  ///< host: the inventory's name.
  auto operator<=>(const Owner&) const = default;
  std::string text() const;  ///< "paws360/staging/site on h1".
};

/// A resource that another one speaks of: `file /etc/a`, or on another host.
struct Reference {
  std::string address;
  std::optional<std::string> host{};
  Position where{};
  /// Of `restart_on` and `reload_on` to a host that --limit leaves out: a digest of what is
  /// declared there, "" until that was looked at.
  std::optional<std::string> elsewhere{};
};

enum class FailurePolicy { Rollback, RollbackAll, Stop };

struct Provided;

/// One resource of one host, rendered and typed, with what all kinds share.
struct Declaration {
  std::string host;
  Owner owner;
  Resource resource;
  std::vector<Reference> requires_{}, before{}, restart_on{}, reload_on{};
  std::set<std::string> tags{};
  std::optional<FailurePolicy> on_failure{};
  bool protect = false;
  bool audit = false;
  bool keep = false;                 ///< rollback: never.
  std::optional<std::string> was{};  ///< Its former name.
  std::string renamed_to{};          ///< Of an orphan: address of what says `was:` of it.
  std::optional<std::chrono::milliseconds> timeout{};
  std::optional<Unknown>
      when_unknown{};   ///< `when` isn't known yet: neither changed nor an orphan.
  std::string alias{};  ///< as: a shorter name for references.
  std::shared_ptr<const Provided> provides{};  ///< nullptr: it says nothing of that.
  int rank = 0;  ///< Place in file order over all manifests of the run, on this host.
  std::set<std::string> reported_by{};  ///< Hosts whose own report went into name or attributes.
  std::set<std::string> trust_facts{};  ///< Those of them that may open a door here.
};

/// What an error left out of a catalog, so that nobody is told that it isn't there.
struct LeftOut {
  bool anything = false;          ///< Not even their names are known.
  std::set<std::string> names{};  ///< Of resources, whatever their kind.
  /// @param address  "file /etc/motd".
  bool may_be(std::string_view address) const;
};

/// Everything that a run's manifests want, host by host, in file order.
struct Catalog {
  std::vector<Declaration> declarations;
  std::vector<std::string>
      hosts;                  ///< In scope, in inventory order, those without resources included.
  std::vector<Owner> owners;  ///< Judged by this run (for orphans), host by host.
  std::vector<Owner> unsure;  ///< Never judged: not all that they want is known by name.
  std::map<std::string, FailurePolicy> on_failure;  ///< Of each manifest.
  LeftOut left_out;
  std::vector<std::string> inputs;  ///< Files read (manifests, modules, templates, sources): path.
};

/// What tags may touch on the controller (design.md, Trust).
enum class Trust {
  Offline,    ///< validate: nothing is resolved; tags are unknown of their type.
  Untrusted,  ///< plan --untrusted: no tag is resolved, rows are unknown (needs trust).
  Limited,    ///< !env and !file inside the project; the rest is an error that says how to trust.
  Full
};

struct LoadOptions {
  Trust trust = Trust::Limited;
  std::map<std::string, std::string> set{};  ///< --set NAME=VALUE.
  std::string environment{};
  std::vector<std::string> limit{};  ///< --limit patterns.
};

/// The run's manifests, parsed and checked as far as that can be done without a host. Immutable.
class ManifestSet {
 public:
  /// Reads manifests with their includes and modules, and checks all that needs no host. Everything
  /// that is wrong goes to `diagnostics`, in the files' order.
  /// @param paths  Absolute, or relative to the current folder.
  static ManifestSet load(const std::vector<std::string>& paths, const Project& project,
                          const Registry& registry, const LoadOptions& options,
                          Diagnostics& diagnostics);
  /// Whether anything asks for `facts` (of any host), so that one round trip must go before.
  bool needs_facts() const;
  /// The same, with what the inventory's variables ask for.
  bool needs_facts(const Inventory& inventory) const;
  /// The secret inputs that --set gives: these stand in a command line, and would in a plan file.
  std::vector<std::string> secrets_set() const;
  /// Hosts in scope, in inventory order: what the manifests' `hosts:` patterns and --limit leave.
  /// @param left  Hosts of the inventory that are looked at even where no pattern names them.
  std::vector<std::string> hosts(const Inventory& inventory, Diagnostics& diagnostics,
                                 const std::set<std::string>& left = {}) const;
  /// Renders, types and checks every resource of every host. What `load` said already isn't said
  /// again, if `diagnostics` is the same.
  /// @param facts  By host, a map or Unknown with its cause; a host that isn't in it has unknown
  /// facts. @param left  As for `hosts`.
  Catalog expand(const Inventory& inventory, const std::map<std::string, Value>& facts,
                 Diagnostics& diagnostics, const std::set<std::string>& left = {}) const;
  /// Where the value of a name on a host comes from, one line a layer, the winning one first
  /// (`holdfast why`).
  Result<std::string> why(const Inventory& inventory, const std::string& host,
                          const std::string& name) const;

  /// Hands errors on, those of `to` included, in the order of the files, one mistake once.
  void report(const Diagnostics& found, Diagnostics& to) const;

  struct Impl;

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Reads a YAML value by a schema's type. All errors are added; the value is null then.
Value typed_value(const struct YamlNode& node, const Type& type, const std::string& what,
                  Diagnostics& diagnostics);
/// The same for a value that an expression gave.
Result<Value> typed_value(const Value& value, const Type& type, const std::string& what,
                          Position where);

}  // namespace holdfast
