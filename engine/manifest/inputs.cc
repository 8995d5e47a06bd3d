#include <algorithm>

#include "engine/core/text.h"
#include "engine/manifest/scope.h"

namespace holdfast {
namespace {

bool keeps_form(const Type& type) {
  return type.kind == TypeKind::Duration || type.kind == TypeKind::Size;
}

/// An empty variable gives an input no value, unless that may be anything.
bool gives(const Value& value, const Input& input) {
  return !value.is_null() || input.type.kind == TypeKind::Any;
}

}  // namespace

Value read_input(const YamlNode& node, const Input& input, const std::string& what,
                 const ExpressionReader& reader, Diagnostics& diagnostics) {
  Value typed = typed_attribute(node, input.attribute(), what, {.reader = &reader}, diagnostics);
  if (!keeps_form(input.type) || typed.is_null() || typed.is_unknown()) return typed;
  Diagnostics said_already;
  return typed_node(node, Type{}, what, {.reader = &reader}, said_already);
}

DocumentScope::DocumentScope(const Document& document, const HostScope& host,
                             const ExpressionReader& reader, std::map<std::string, Value> with)
    : document_(document), host_(host), reader_(reader.with(*this)), with_(std::move(with)) {}

Result<Value> DocumentScope::stated_input(const Input& input) const {
  const std::string what = "input '" + input.name + "'";
  const auto given = with_.find(input.name);
  if (given != with_.end() && gives(given->second, input)) return given->second;
  const auto typed = [&](const Value& value, const Position& where) -> Result<Value> {
    Result<Value> out = typed_value(value, input.type, what, where);
    if (!out && input.attribute().secret) {
      return fail(hidden_error(out.error(), input.type, what));
    }
    return !out || !keeps_form(input.type) || !value.is_text() ? out : value;
  };
  if (const std::string* text = host_.world().set_text(input.name)) {
    const std::string flag = "--set " + input.name + "=";
    const auto shown = std::make_shared<const Source>(
        Source{"command line", input.attribute().secret ? flag + "…" : flag + *text});
    const Position asked{shown, 1, static_cast<int>(flag.size()) + 1,
                         static_cast<int>(std::max<std::size_t>(text->size(), 1))};
    const bool structured = input.type.kind == TypeKind::List || input.type.kind == TypeKind::Map;
    if (!structured) return typed(Value(*text), asked);
    auto parsed = parse_yaml(std::make_shared<const Source>(Source{"--set " + input.name, *text}));
    if (!parsed) return fail(std::move(parsed.error()));
    return typed(parsed->empty() ? Value() : yaml12_value(parsed->front()), asked);
  }
  HF_TRY(const std::optional<Value> variable, host_.variable(input.name));
  const auto defined = host_.host().variables.find(input.name);
  if (variable && gives(*variable, input)) return typed(*variable, defined->second.where);
  if (input.fallback != nullptr) {
    Diagnostics problems;
    Value out = read_input(*input.fallback, input, "the default of " + what, reader_, problems);
    if (problems.failed()) return fail(problems.errors().front());
    return out;
  }
  if (input.refused) return Value(Unknown{"it has an error"});
  Error missing{
      .code = Code::InputMissing,
      .message = what + " of '" + printable(document_.name) + "' has no value",
      .where = input.where,
      .hint = "give it by a host or group variable, --set " + input.name + "=VALUE, or a default"};
  if (variable) missing.notes.push_back({defined->second.where, "this variable is empty"});
  return fail(on_host(std::move(missing), host_.host().name));
}

Result<Value> DocumentScope::input(const Input& input) const {
  HF_TRY(Value value, stated_input(input));
  return input.attribute().secret ? made_secret(value) : value;
}

Result<std::optional<Value>> DocumentScope::local(const std::string& name) const {
  const Input* declared = document_.input(name);
  const VariableNode* variable = nullptr;
  for (const VariableNode& candidate : document_.vars) {
    if (candidate.name == name) variable = &candidate;
  }
  if (declared == nullptr && (variable == nullptr || host_.world().set_text(name) != nullptr)) {
    return std::optional<Value>();
  }
  const auto known = known_.find(name);
  if (known != known_.end()) {
    if (!known->second) return fail(known->second.error());
    return std::optional<Value>(*known->second);
  }
  if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) {
    return fail(
        Error{.code = Code::VariableCycle,
              .message = "'" + name + "' refers to itself: " + join(asked_, " → ") + " → " + name,
              .where = declared != nullptr ? declared->where : variable->where});
  }
  asked_.push_back(name);
  Result<Value> value = Value();
  if (declared != nullptr) {
    value = input(*declared);
  } else {
    Diagnostics problems;
    value = typed_node(*variable->node, Type{.kind = TypeKind::Any}, "'" + name + "'",
                       {.reader = &reader_}, problems);
    if (problems.failed()) value = fail(problems.errors().front());
  }
  asked_.pop_back();
  known_.emplace(name, value);
  if (!value) return fail(value.error());
  return std::optional<Value>(*value);
}

Result<std::optional<Value>> DocumentScope::find(const std::string& name) const {
  HF_TRY(std::optional<Value> own, local(name));
  if (own) return own;
  return host_.find(name);
}

std::vector<std::string> DocumentScope::names() const {
  std::vector<std::string> out;
  for (const Input& input : document_.inputs) out.push_back(input.name);
  for (const VariableNode& variable : document_.vars) out.push_back(variable.name);
  for (std::string& name : host_.names()) out.push_back(std::move(name));
  return out;
}

Error DocumentScope::undefined_here(Error error, const std::string& name) const {
  return host_.undefined_here(std::move(error), name);
}

Result<void> DocumentScope::check(const Input& input, const Value& value) const {
  if (input.check == nullptr || value.find_unknown() != nullptr) return {};
  HF_TRY(const Value holds, reader_.condition(*input.check));
  if (holds.find_unknown() != nullptr || truthy(holds)) return {};
  const std::string shown =
      value.holds_secret() ? "its value" : "'" + printable(value.display()) + "'";
  return fail(on_host({.code = Code::InputInvalid,
                       .message = "input '" + input.name + "' of '" + printable(document_.name) +
                                  "' refuses " + shown,
                       .where = input.check->where,
                       .hint = "it must hold: " + printable(input.check->scalar)},
                      host_.host().name));
}

void DocumentScope::check_inputs(const Position& used_at, Diagnostics& diagnostics) const {
  for (const Input& input : document_.inputs) {
    auto value = local(input.name);
    if (!value) {
      Error error = std::move(value.error());
      if (error.code == Code::InputMissing && used_at.known()) {
        error.notes.push_back({error.where, "the input"});
        error.where = used_at;
        error.hint = "give it by `with: {" + input.name + ": VALUE}`, or a host or group variable";
        // Whoever asks for it later says the same, so that it is said once.
        known_.insert_or_assign(input.name, fail(error));
      }
      diagnostics.error(std::move(error));
      continue;
    }
    if (auto good = check(input, **value); !good) diagnostics.error(std::move(good.error()));
  }
}

}  // namespace holdfast
