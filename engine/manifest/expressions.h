#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "engine/core/error.h"
#include "engine/core/yaml.h"
#include "engine/manifest/files.h"
#include "engine/manifest/tags.h"
#include "engine/manifest/typed.h"
#include "engine/template/template.h"

namespace holdfast {

/// Every expression of a run's manifests, parsed once. Not thread-safe.
class Expressions {
 public:
  /// nullptr: the scalar holds nothing to render.
  Result<const Template*> text(const YamlNode& scalar);
  /// A bare expression, as in `when`.
  Result<const Template*> condition(const YamlNode& scalar);
  /// A template file.
  Result<const Template*> file(const std::shared_ptr<const Source>& source);
  /// Whether one of those parsed so far asks for facts.
  bool ask_for_facts() const { return ask_for_facts_; }

 private:
  Result<const Template*> keep(Result<Template> parsed, const void* key, std::string_view text);

  std::unordered_map<const void*, Result<Template>> known_;
  bool ask_for_facts_ = false;
};

/// Whether a template asks for facts; one that takes `hostvars` by a computed name may.
bool asks_for_facts(const Template& parsed, std::string_view text);

/// Reads what doesn't stand for itself: with a scope the expression's value, without one Unknown,
/// once it is known to be well-formed.
class ExpressionReader : public NodeReader {
 public:
  ExpressionReader(Expressions& expressions, Tags& tags, const Scope* scope)
      : expressions_(expressions), tags_(tags), scope_(scope) {}

  Result<std::optional<Value>> read(const YamlNode& node, bool raw) const override;
  bool may_give_nothing(const YamlNode& node) const override;
  /// A bare expression's value.
  Result<Value> condition(const YamlNode& scalar) const;
  Result<Value> file(const std::shared_ptr<const Source>& source) const;
  bool checks_only() const { return scope_ == nullptr; }
  /// The parsed text, for questions about it.
  Result<const Template*> parsed(const YamlNode& scalar) const { return expressions_.text(scalar); }
  ExpressionReader with(const Scope& scope) const { return {expressions_, tags_, &scope}; }

 private:
  Result<Value> value(const Result<const Template*>& parsed) const;

  Expressions& expressions_;
  Tags& tags_;
  const Scope* scope_;
};

}  // namespace holdfast
