#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/inventory/inventory.h"
#include "engine/manifest/document.h"
#include "engine/manifest/expressions.h"
#include "engine/template/template.h"

namespace holdfast {

class HostScope;

/// What all hosts of one run share.
class World {
 public:
  World(const Inventory& inventory, const std::map<std::string, Value>& facts,
        const std::map<std::string, std::string>& set, std::string environment = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const Inventory& inventory() const { return inventory_; }
  /// A host's facts, marked as its own report; Unknown where there are none.
  Value facts(const std::string& host) const;
  /// Group names to their hosts.
  const Value& groups() const { return groups_; }
  /// Every host's variables. While they are being made, one that asks for them sees those that are
  /// no expressions.
  const Value& hostvars();
  /// --set.
  const std::string* set_text(const std::string& name) const;
  /// Name of the environment that was chosen, "" where there is none.
  const std::string& environment() const { return environment_; }
  const HostScope& scope(const std::string& host);

 private:
  Value variables_of(const InventoryHost& host, bool rendered);

  const Inventory& inventory_;
  const std::map<std::string, Value>& facts_;
  const std::map<std::string, std::string>& set_;
  std::string environment_;
  Value groups_;
  std::optional<Value> plain_hostvars_;
  std::optional<Value> hostvars_;
  bool making_hostvars_ = false;
  std::map<std::string, std::unique_ptr<HostScope>> scopes_;
};

/// A host's variables and what holdfast adds to them. Expressions in variables are evaluated when
/// they are asked for, once.
class HostScope : public Scope {
 public:
  HostScope(World& world, const InventoryHost& host) : world_(world), host_(host) {}
  Result<std::optional<Value>> find(const std::string& name) const override;
  std::vector<std::string> names() const override;
  Error undefined_here(Error error, const std::string& name) const override;
  /// A host variable's value, rendered; nullopt where the host has none of that name.
  Result<std::optional<Value>> variable(const std::string& name) const;
  /// Variables are evaluated again when they are next asked for.
  void forget() const { known_.clear(); }
  const InventoryHost& host() const { return host_; }
  World& world() const { return world_; }

 private:
  std::optional<Value> special(const std::string& name) const;
  Result<Value> rendered(const Value& value, const Position& where) const;

  World& world_;
  const InventoryHost& host_;
  mutable std::map<std::string, Result<Value>> known_;
  mutable std::vector<std::string> asked_;
};

/// Inputs and vars of one manifest or one use of a module, over its host's variables.
class DocumentScope : public Scope {
 public:
  /// @param with  Values that a user of the module gave, typed already.
  DocumentScope(const Document& document, const HostScope& host, const ExpressionReader& reader,
                std::map<std::string, Value> with);
  Result<std::optional<Value>> find(const std::string& name) const override;
  std::vector<std::string> names() const override;
  Error undefined_here(Error error, const std::string& name) const override;
  /// Evaluates and checks every input. @param used_at  Where a module is used; errors about missing
  /// values point there.
  void check_inputs(const Position& used_at, Diagnostics& diagnostics) const;
  const ExpressionReader& reader() const { return reader_; }

 private:
  Result<Value> input(const Input& input) const;
  Result<Value> stated_input(const Input& input) const;
  Result<std::optional<Value>> local(const std::string& name) const;
  Result<void> check(const Input& input, const Value& value) const;

  const Document& document_;
  const HostScope& host_;
  ExpressionReader reader_;
  std::map<std::string, Value> with_;
  mutable std::map<std::string, Result<Value>> known_;
  mutable std::vector<std::string> asked_;
};

/// An input's value as `with` or `default` write it. Durations and sizes keep their written form in
/// expressions ("30s"), so that they can be passed on and put into other programs' files.
Value read_input(const YamlNode& node, const Input& input, const std::string& what,
                 const ExpressionReader& reader, Diagnostics& diagnostics);
/// A text as --set gives it, by YAML 1.2's rules.
Value set_value(const std::string& text);

}  // namespace holdfast
