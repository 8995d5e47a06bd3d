#include "engine/manifest/document.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/keys.h"
#include "engine/manifest/loader.h"
#include "engine/manifest/type_syntax.h"
#include "engine/template/expression_parser.h"
#include "engine/template/template.h"

namespace holdfast {
namespace {

constexpr std::array<std::string_view, 9> kReserved{"item",
                                                    "index",
                                                    "facts",
                                                    "groups",
                                                    "hostvars",
                                                    "group_names",
                                                    "inventory_hostname",
                                                    "inventory_hostname_short",
                                                    "loop"};

std::vector<std::string> manifest_keys() {
  return {"manifest", "description", "hosts",   "inputs",   "vars",
          "rollout",  "on_failure",  "include", "resources"};
}

}  // namespace

const YamlNode* Item::find_common(std::string_view key) const {
  const auto found = common.find(key);
  return found == common.end() ? nullptr : &found->second->value;
}

std::string Item::label() const {
  const std::string word = what == What::Block ? "block" : what == What::Use ? "use" : "";
  return (kind != nullptr ? kind->schema().kind : word) + " '" +
         printable(name != nullptr ? name->scalar : "") + "'";
}

Attribute Input::attribute() const {
  return Attribute{.name = name, .type = type, .secret = secret || type.kind == TypeKind::Secret};
}

const Input* Document::input(std::string_view wanted) const {
  for (const Input& candidate : inputs) {
    if (candidate.name == wanted) return &candidate;
  }
  return nullptr;
}

std::optional<FailurePolicy> parse_policy(std::string_view word) {
  if (word == "rollback") return FailurePolicy::Rollback;
  if (word == "rollback_all") return FailurePolicy::RollbackAll;
  if (word == "stop") return FailurePolicy::Stop;
  return std::nullopt;
}

std::vector<std::shared_ptr<const YamlNode>> Loader::documents(const std::string& path,
                                                               const Position& where) {
  const auto located = [&](Error problem) {
    if (!problem.where.known()) problem.where = where;
    diagnostics_.error(std::move(problem));
    left_out_.anything = true;
  };
  auto source = files_.text(path);
  if (!source) {
    located(std::move(source.error()));
    return {};
  }
  ParsedYaml parsed = parse_yaml_on(*source);
  for (Error& problem : parsed.errors) {
    if (problem.code == Code::DuplicateKey) {
      diagnostics_.error(std::move(problem));
      continue;
    }
    slips_.push_back(problem.where);
    located(std::move(problem));
  }
  std::vector<std::shared_ptr<const YamlNode>> out;
  for (YamlNode& document : parsed.documents) {
    if (document.kind == YamlNode::Kind::Null && parsed.documents.size() > 1) continue;
    out.push_back(std::make_shared<const YamlNode>(std::move(document)));
  }
  if (out.empty() && parsed.errors.empty()) {
    error(Code::ManifestShape, "'" + printable(files_.shown(path)) + "' holds no manifest",
          Position{*source, 1, 1});
  }
  return out;
}

std::vector<std::shared_ptr<const Document>> Loader::manifests(const std::string& path) {
  std::vector<std::shared_ptr<const Document>> out;
  opening_.push_back(Opening{path, {}});
  for (auto& root : documents(path, {})) {
    auto document = read(std::move(root), path);
    if (!document) continue;
    if (!document->has_hosts) {
      error(Code::ManifestShape, "'" + printable(document->name) + "' has no 'hosts'",
            document->where,
            "a manifest without hosts is a module: `- use: " + printable(document->name) +
                "` in another one");
    }
    out.push_back(std::move(document));
  }
  opening_.pop_back();
  return out;
}

std::shared_ptr<Document> Loader::read(std::shared_ptr<const YamlNode> root,
                                       const std::string& path) {
  if (root->kind == YamlNode::Kind::Sequence) {
    error(Code::ManifestShape, "a manifest is a mapping, not a list", root->where,
          "of a playbook each play is a manifest: `hosts:` and `resources:` without a '-'");
    return nullptr;
  }
  if (!require_mapping(*root, "a manifest", Code::ManifestShape, diagnostics_)) return nullptr;
  auto out = std::make_shared<Document>();
  out->path = files_.shown(path);
  out->where = root->where;
  out->name = std::filesystem::path(path).stem().string();
  out->roots.push_back(root);
  check_keys(*root, manifest_keys(), "a manifest", Code::UnknownAttribute, diagnostics_);
  out->names_known = !names_misspelt(*root, manifest_keys()) && only_resources_slip(*root);
  if (const YamlNode* name = root->find("manifest")) {
    const Value text = typed_value(*name, Type{}, "'manifest'", diagnostics_);
    if (text.is_text()) out->name = text.as_text();
    out->where = name->where;
    if (text.is_text() && !plain_name(out->name)) {
      error(Code::ManifestShape, "the manifest's name '" + printable(out->name) + "' can't be used",
            name->where, "letters, digits, '_', '.' and '-'");
    }
  }
  if (const YamlNode* rollout = root->find("rollout")) {
    error(Code::NotAllowedHere, "'rollout' isn't supported yet", rollout->where,
          "hosts run side by side; take them in turns with --limit");
  }
  if (const YamlNode* hosts = root->find("hosts")) read_hosts(*out, *hosts);
  const std::size_t errors = diagnostics_.errors().size();
  if (const YamlNode* inputs = root->find("inputs")) read_inputs(*out, *inputs);
  if (diagnostics_.errors().size() > errors) out->names_known = false;
  if (const YamlNode* policy = root->find("on_failure")) {
    const Value word = typed_value(*policy, Type::one_of({"rollback", "rollback_all", "stop"}),
                                   "'on_failure'", diagnostics_);
    if (word.is_text()) out->on_failure = parse_policy(word.as_text());
  }
  if (const YamlNode* includes = root->find("include")) read_includes(*out, *includes);
  if (const YamlNode* vars = root->find("vars")) read_vars(*out, *vars);
  if (const YamlNode* resources = root->find("resources")) {
    for (Item& item : read_items(*resources)) out->items.push_back(std::move(item));
  }
  return out;
}

void Loader::read_hosts(Document& out, const YamlNode& node) {
  out.has_hosts = true;
  for (const YamlNode* item : one_or_more(node)) {
    const Value pattern = typed_value(*item, Type{}, "'hosts'", diagnostics_);
    if (!pattern.is_text()) continue;
    if (Template::has_markup(pattern.as_text())) {
      error(Code::ManifestShape, "'hosts' takes no expression", item->where,
            "name all that it may mean, and say by --limit which of them");
      return;
    }
    out.hosts.emplace_back(pattern.as_text(), item->where);
  }
  if (out.hosts.empty()) {
    error(Code::MissingAttribute, "'hosts' names no host", node.where,
          "`all`, a group, a host or a pattern such as web:!h3");
  }
}

/// Whether what had to be repaired to read this document stands among its resources, not where
/// names get their values.
bool Loader::only_resources_slip(const YamlNode& root) const {
  return std::all_of(slips_.begin(), slips_.end(), [&](const Position& slip) {
    std::string section;
    for (const YamlNode::Entry& entry : root.entries) {
      if (entry.where.source == slip.source && entry.where.line <= slip.line) section = entry.key;
    }
    return section.empty() || section == "resources";
  });
}

/// A name that is taken leaves an expression with another's value; one that can't be used, with
/// none.
bool Loader::usable_name(const std::string& name, const Position& where, const Document& document) {
  if (jinja::fixed_word(name)) {
    error(Code::NotAllowedHere, "'" + name + "' is a word of expressions, and names nothing there",
          where);
    return false;
  }
  if (!identifier(name)) {
    error(Code::ManifestShape, "'" + printable(name) + "' can't be used as a name in expressions",
          where, "letters, digits and '_', not beginning with a digit");
    return false;
  }
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
    error(Code::NotAllowedHere, "the name '" + name + "' is taken by holdfast", where);
    return false;
  }
  const Input* input = document.input(name);
  if (input == nullptr) return true;
  diagnostics_.error(Error{.code = Code::NotAllowedHere,
                           .message = "'" + name + "' is an input already",
                           .where = where,
                           .notes = {{input->where, "the input"}}});
  return false;
}

void Loader::read_inputs(Document& out, const YamlNode& node) {
  if (!require_mapping(node, "'inputs'", Code::ManifestShape, diagnostics_)) return;
  for (const YamlNode::Entry& entry : node.entries) {
    if (usable_name(entry.key, entry.where, out)) read_input(out, entry);
  }
}

void Loader::read_input(Document& out, const YamlNode::Entry& entry) {
  const std::string what = "input '" + entry.key + "'";
  const std::size_t errors = diagnostics_.errors().size();
  if (!require_mapping(entry.value, what, Code::InputInvalid, diagnostics_)) return;
  check_keys(entry.value, {"type", "default", "doc", "check", "secret"}, what,
             Code::UnknownAttribute, diagnostics_);
  Input input{.name = entry.key, .where = entry.where};
  const YamlNode* type = entry.value.find("type");
  if (type == nullptr) {
    error(Code::MissingAttribute, what + " needs a 'type'", entry.where, "for example: type: text");
  } else {
    const Value text = typed_value(*type, Type{}, "'type' of " + what, diagnostics_);
    if (text.is_text()) {
      auto parsed = parse_type(text.as_text(), type->where);
      if (parsed) input.type = std::move(*parsed);
      if (!parsed) diagnostics_.error(std::move(parsed.error()));
    }
  }
  if (const YamlNode* secret = entry.value.find("secret")) {
    const Value truth =
        typed_value(*secret, Type{.kind = TypeKind::Bool}, "'secret' of " + what, diagnostics_);
    input.secret = truth.is_bool() && truth.as_bool();
  }
  if (const YamlNode* doc = entry.value.find("doc")) {
    typed_value(*doc, Type{}, "'doc' of " + what, diagnostics_);
  }
  input.fallback = entry.value.find("default");
  input.check = entry.value.find("check");
  input.refused = diagnostics_.errors().size() > errors;
  out.inputs.push_back(std::move(input));
}

void Loader::read_vars(Document& out, const YamlNode& node) {
  if (!require_mapping(node, "'vars'", Code::ManifestShape, diagnostics_)) {
    out.names_known = false;
    return;
  }
  for (const YamlNode::Entry& entry : node.entries) {
    if (usable_name(entry.key, entry.where, out)) {
      out.vars.push_back(VariableNode{entry.key, &entry.value, entry.where});
    } else {
      out.names_known = false;
    }
  }
}

}  // namespace holdfast
