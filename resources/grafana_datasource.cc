#include <algorithm>

#include "engine/core/text.h"
#include "engine/plan/written_only.h"
#include "resources/grafana/lint.h"
#include "resources/grafana/server.h"
#include "resources/json/merge.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

constexpr const char* kSecret = "secret ";

const Schema& grafana_datasource_schema() {
  static const Schema kSchema{
      .kind = "grafana_datasource",
      .doc =
          "A data source of a Grafana server, by its API. Its secrets are written and never "
          "read: whether they are the stated ones, the host's record tells.",
      .name_doc = "Its name, as dashboards may speak of it.",
      .attributes = with_grafana_server(
          {{.name = "uid",
            .doc = "Its uid, as dashboards speak of it. Not stated: its name, if that can be one.",
            .identity = true},
           {.name = "type", .doc = "`prometheus`, `loki`, `alertmanager` …", .required = true},
           {.name = "url", .type = {TypeKind::Url}, .doc = "What it asks."},
           {.name = "access",
            .type = Type::one_of({"proxy", "direct"}),
            .doc = "Whether Grafana asks, or the browser.",
            .default_value = "proxy"},
           {.name = "is_default",
            .type = {TypeKind::Bool},
            .doc = "Panels that name none have this one."},
           {.name = "basic_auth_user",
            .doc = "Login that it gives there; the password is the secret `basicAuthPassword`."},
           {.name = "json",
            .type = Type::map_of({TypeKind::Any}),
            .doc = "Settings of its type (jsonData), merged: `{httpMethod: POST}`."},
           {.name = "secrets",
            .type = Type::map_of({TypeKind::Secret}),
            .doc = "Secrets of its type (secureJsonData): `{httpHeaderValue1: !env KEY}`."}}),
      .scheduling = Scheduling::Passive,
      .examples = {
          "- grafana_datasource: Prometheus\n  uid: prometheus\n  type: prometheus\n  url: "
          "http://localhost:9090\n  is_default: true\n  json: {httpMethod: POST}\n  "
          "server: http://127.0.0.1:3000\n  through: ssh\n  token: !env GRAFANA_TOKEN\n",
          "- grafana_datasource: old\n  ensure: absent\n  server: "
          "https://grafana.example.org\n  user: admin\n  password: !env PASSWORD\n"}};
  return kSchema;
}

std::string uid_of(const Resource& resource) {
  return stated_text(resource.desired, "uid", resource.name);
}

/// Attributes and the fields of the API that they are.
constexpr std::pair<const char*, const char*> kFields[] = {{"type", "type"},
                                                           {"url", "url"},
                                                           {"access", "access"},
                                                           {"is_default", "isDefault"},
                                                           {"basic_auth_user", "basicAuthUser"}};

std::vector<JsonLeaf> settings(const Resource& resource) {
  const Value* json = stated(resource.desired, "json");
  return json != nullptr && json->is_map() ? json_leaves(json->as_map()) : std::vector<JsonLeaf>();
}

const Value* at_path(const Value* value, const JsonPath& path) {
  for (const std::string& key : path) {
    if (value == nullptr || !value->is_map()) return nullptr;
    value = value->as_map().find(key);
  }
  return value;
}

Value with_path(const Value* old, const JsonPath& path, std::size_t from, const Value& value) {
  if (from == path.size()) return value;
  ValueMap map = old != nullptr && old->is_map() ? old->as_map() : ValueMap();
  map.set(path[from], with_path(map.find(path[from]), path, from + 1, value));
  return Value(std::move(map));
}

std::string setting_name(const JsonPath& path) { return "json" + json_pointer(path); }

class GrafanaDatasourceKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return grafana_datasource_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_grafana_server(resource, Code::GrafanaDatasourceInvalid);
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint) {
      errors.push_back(wrong(resource, attribute, Code::GrafanaDatasourceInvalid,
                             "grafana_datasource '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    const std::string uid = uid_of(resource);
    if (uid.empty() || !is_grafana_uid(uid)) {
      refuse("uid", "'" + printable(uid) + "' is no uid that Grafana takes",
             "give `uid`: at most 40 letters, digits, '-' and '_'");
    }
    const Value* json = stated(resource.desired, "json");
    if (json != nullptr && json->holds_secret()) {
      refuse("json", "a secret among settings that everybody may read", "put it under `secrets`");
    }
    return errors;
  }

  std::string identity(const Resource& resource) const override {
    return "grafana_datasource " + uid_of(resource);
  }

  void ends(const Resource& resource, Ends& ends) const override {
    add_grafana_sole(resource, GrafanaObject::Source, uid_of(resource), desired(resource),
                     Code::GrafanaDatasourceInvalid, ends);
  }

  Links links(const Resource& resource) const override {
    Links out{.provides = {"grafana-source:" + resource.name}};
    if (uid_of(resource) != resource.name) {
      out.provides.push_back("grafana-source:" + uid_of(resource));
    }
    add_grafana_links(resource, out);
    return out;
  }

  std::vector<Query> queries(const Resource&) const override { return {}; }
  std::vector<ServerQuery> server_queries(const Resource& resource) const override {
    return {query(resource)};
  }

  State desired(const Resource& resource) const override {
    State out;
    out.set("name", resource.name);
    for (const auto& [attribute, field] : kFields) {
      const Value* value = resource.get(attribute);
      if (value != nullptr && !value->is_null()) out.set(attribute, *value);
    }
    for (const JsonLeaf& leaf : settings(resource)) out.set(setting_name(leaf.path), leaf.value);
    for (const auto& [name, value] : secrets(resource)) out.set(kSecret + name, value);
    out.set("uid", uid_of(resource));
    add_grafana_server(resource, out);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at(query(resource).key());
    if (seen.is_unknown()) return unknown_state(desired(resource), seen.as_unknown().cause);
    if (!seen.is_map()) return std::nullopt;
    if (stated_bool(seen.as_map(), "provisioned", false)) {
      return fail(wrong(resource, "", Code::GrafanaFromFile,
                        "grafana_datasource '" + printable(resource.name) +
                            "' comes from a file on Grafana's own host",
                        "only that file changes it"));
    }
    const Value* fields = stated(seen.as_map(), "fields");
    if (fields == nullptr || !fields->is_map()) {
      return unknown_state(desired(resource), "the server's answer has no fields");
    }
    State out;
    out.set("name", stated_text(fields->as_map(), "name"));
    for (const auto& [attribute, field] : kFields) {
      const Value* value = fields->as_map().find(field);
      if (value != nullptr) out.set(attribute, *value);
    }
    for (const JsonLeaf& leaf : settings(resource)) {
      const Value* value = at_path(fields->as_map().find("jsonData"), leaf.path);
      if (value != nullptr) out.set(setting_name(leaf.path), *value);
    }
    for (const std::string& name : stated_list(seen.as_map(), "secrets")) {
      out.set(kSecret + name, kWrittenOnly);
    }
    out.set("uid", uid_of(resource));
    out.set("fields", *fields);
    add_grafana_server(resource, out);
    return out;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    GrafanaAct act{.object = GrafanaObject::Source, .uid = uid_of(resource)};
    ValueMap fields;
    if (change.before) {
      const Value* old = stated(*change.before, "fields");
      fields = old != nullptr && old->is_map() ? old->as_map() : ValueMap();
      act.from = state_of(fields);
    }
    if (change.action == Action::Delete) return {grafana_step(resource, act)};
    for (const auto& [attribute, field] : kFields) {
      const Value* value = stated(resource.desired, attribute);
      if (value != nullptr) fields.set(field, *value);
    }
    fields.set("name", resource.name);
    if (fields.find("access") == nullptr) fields.set("access", "proxy");
    if (stated(resource.desired, "basic_auth_user") != nullptr) fields.set("basicAuth", true);
    Value json = fields.find("jsonData") == nullptr ? Value(ValueMap()) : *fields.find("jsonData");
    for (const JsonLeaf& leaf : settings(resource))
      json = with_path(&json, leaf.path, 0, leaf.value);
    fields.set("jsonData", json);
    act.to = state_of(fields);
    const std::optional<Secret> carried = carried_secrets(resource, change);
    act.secrets = carried.has_value();
    return {grafana_step(resource, act, carried)};
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    const bool known = change.before.has_value();
    if (known && change.action == Action::Delete && holds_secrets(*change.before)) {
      out.irreversible.emplace_back(
          "its secrets go with it: Grafana tells them to nobody, so they would have to be set "
          "anew");
    }
    if (known && change.action == Action::Update && carried_secrets(resource, change)) {
      out.one_way = true;
    }
    return out;
  }

 private:
  static ServerQuery query(const Resource& resource) {
    return grafana_query(resource, GrafanaObject::Source, uid_of(resource));
  }

  static GrafanaState state_of(const ValueMap& fields) {
    ValueMap out;
    out.set("fields", Value(fields));
    return Value(std::move(out));
  }

  static std::vector<std::pair<std::string, Value>> secrets(const Resource& resource) {
    std::vector<std::pair<std::string, Value>> out;
    const Value* given = stated(resource.desired, "secrets");
    if (given == nullptr || !given->is_map()) return out;
    for (const auto& [name, value] : given->as_map()) out.emplace_back(name, value);
    return out;
  }

  static bool holds_secrets(const State& before) {
    return std::any_of(before.begin(), before.end(),
                       [](const auto& entry) { return starts_with(entry.first, kSecret); });
  }

  /// Those that change; the others stay as they are.
  static std::optional<Secret> carried_secrets(const Resource& resource, const Change& change) {
    ValueMap out;
    for (const auto& [name, value] : secrets(resource)) {
      if (change.find(kSecret + name) != nullptr) out.set(name, std::string(value.bytes()));
    }
    if (out.empty()) return std::nullopt;
    return Secret(json_text(Value(std::move(out)), {.newline = "", .unit = ""}, ""));
  }
};

}  // namespace

std::unique_ptr<Kind> make_grafana_datasource_kind() {
  return std::make_unique<GrafanaDatasourceKind>();
}

}  // namespace holdfast
