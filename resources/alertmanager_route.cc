#include <algorithm>
#include <array>
#include <map>

#include "engine/core/text.h"
#include "engine/wiring/ends.h"
#include "resources/path.h"
#include "resources/prometheus/proof.h"
#include "resources/prometheus/server.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const std::vector<std::string> kList{"route", "routes"};

/// Attributes of a route by their names in the file, in the order in which they are written.
constexpr std::array<const char*, 9> kKeys = {"receiver",
                                              "matchers",
                                              "group_by",
                                              "group_wait",
                                              "group_interval",
                                              "repeat_interval",
                                              "continue",
                                              "mute_time_intervals",
                                              "active_time_intervals"};

Schema make_schema() {
  const auto duration = [](const char* name, const char* doc) {
    return Attribute{.name = name, .type = {TypeKind::Duration}, .doc = doc};
  };
  std::vector<Attribute> attributes{
      {.name = "receiver",
       .doc =
           "The receiver, by its name in the configuration. Receivers hold secrets: they are made "
           "there, and no output shows one.",
       .required = true},
      {.name = "matchers",
       .type = Type::list_of({}),
       .doc = "Which alerts go there: all of them must hold. `severity=\"critical\"`, "
              "`team=~\"a|b\"`. None: every alert.",
       .required = true},
      {.name = "group_by",
       .type = Type::list_of({}),
       .doc = "Labels by which alerts are put together; `...` keeps each on its own. Else as the "
              "route above says, as all that follows."},
      duration("group_wait", "How long a new group waits for more alerts."),
      duration("group_interval", "How long until a group is told of new alerts."),
      duration("repeat_interval", "How long until a group that still fires is told again."),
      {.name = "continue",
       .type = {TypeKind::Bool},
       .doc = "Whether routes behind this one may take its alerts, too.",
       .default_value = false},
      {.name = "mute_time_intervals",
       .type = Type::list_of({}),
       .doc = "Names of time intervals in which it is silent."},
      {.name = "active_time_intervals",
       .type = Type::list_of({}),
       .doc = "Names of time intervals in which alone it is not."}};
  for (Attribute& one : server_attributes(kAlertmanager)) attributes.push_back(std::move(one));
  attributes.push_back(
      {.name = "route", .doc = "The route as it stands in the configuration.", .computed = true});
  return {.kind = "alertmanager_route",
          .doc =
              "A route of Alertmanager: which alerts go to which receiver. It comes before the "
              "routes that are there, which keep their order, and is judged by amtool.",
          .name_doc = "A name; it stands in a comment above the route, by which it is found again.",
          .attributes = std::move(attributes),
          .scheduling = Scheduling::Batched,
          .examples = {"- alertmanager_route: github-runners\n  receiver: oncall-sre\n  matchers: "
                       "['component=\"github-runner\"']\n  group_by: [alertname, hostname]\n"
                       "  group_wait: 10s\n  repeat_interval: 4h\n",
                       "- alertmanager_route: old\n  ensure: absent\n"}};
}

const Schema& route_schema() {
  static const Schema kSchema = make_schema();
  return kSchema;
}

bool is_duration(std::string_view key) {
  return key == "group_wait" || key == "group_interval" || key == "repeat_interval";
}

struct Matcher {
  std::string label, op, value;
};

std::optional<Matcher> read_matcher(std::string_view text) {
  text = trim(text);
  const auto at = text.find_first_of("=!");
  if (at == std::string_view::npos) return std::nullopt;
  Matcher out{.label = std::string(trim(text.substr(0, at))), .op = {}, .value = {}};
  const std::string_view rest = text.substr(at);
  for (const char* op : {"=~", "!~", "!=", "="}) {
    if (!out.op.empty() || !starts_with(rest, op)) continue;
    out.op = op;
  }
  if (!label_name(out.label) || out.op.empty()) return std::nullopt;
  std::string_view value = trim(rest.substr(out.op.size()));
  const bool quoted = value.size() > 1 && value.front() == '"' && value.back() == '"';
  if (quoted) value = value.substr(1, value.size() - 2);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '"') return std::nullopt;
    if (value[i] == '\\' && ++i == value.size()) return std::nullopt;
  }
  const bool bare = value.find_first_of(" ,{}=~!") == std::string_view::npos;
  if (!quoted && (!bare || value.empty())) return std::nullopt;
  out.value = std::string(value);
  return out;
}

/// Without the backslashes that quotes need.
std::string unescaped(const std::string& value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    out += value[i];
  }
  return out;
}

/// As Alertmanager itself writes a matcher.
std::string matcher_text(const std::string& text) {
  const auto matcher = read_matcher(text);
  return matcher ? matcher->label + matcher->op + "\"" + matcher->value + "\"" : text;
}

Value normal(std::string_view key, const Value& value) {
  if (is_duration(key) && value.is_text()) {
    const auto seconds = read_prometheus_duration(value.as_text());
    return seconds ? Value(*seconds) : value;
  }
  if (key != "matchers" || !value.is_list()) return value;
  ValueList out;
  for (const Value& one : value.as_list()) {
    out.emplace_back(one.is_text() ? Value(matcher_text(one.as_text())) : one);
  }
  return out;
}

Value written(std::string_view key, const Value& value) {
  const Value same = normal(key, value);
  return same.is_float() ? Value(prometheus_duration(same.as_float())) : same;
}

ValueMap route_of(const Resource& resource) {
  ValueMap out;
  for (const char* key : kKeys) {
    const Value* value = stated(resource.desired, key);
    const bool empty = value != nullptr && value->is_list() && value->as_list().empty();
    if (value == nullptr || empty || *value == Value(false)) continue;
    out.set(key, written(key, *value));
  }
  return out;
}

/// A route in one form, whoever wrote it.
Value route_form(const ValueMap& route) {
  std::map<std::string, Value> sorted;
  for (const auto& [key, value] : route) {
    const bool empty = value.is_list() && value.as_list().empty();
    if (empty || value.is_null() || value == Value(false)) continue;
    sorted.emplace(key, written(key, value));
  }
  ValueMap out;
  for (auto& [key, value] : sorted) out.set(key, std::move(value));
  return out;
}

class AlertmanagerRouteKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return route_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_server(resource, Code::AlertmanagerRouteInvalid);
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::AlertmanagerRouteInvalid,
                             "alertmanager_route '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    if (trim(resource.name) != resource.name || resource.name.empty() ||
        has_control(resource.name)) {
      refuse("", "not a name");
    }
    for (const std::string& one : stated_list(resource.desired, "matchers")) {
      if (read_matcher(one)) continue;
      refuse("matchers", "'" + printable(one) + "' is no matcher", "such as severity=\"critical\"");
    }
    for (const std::string& one : stated_list(resource.desired, "group_by")) {
      if (one == "..." || label_name(one)) continue;
      refuse("group_by", "'" + printable(one) + "' is no label's name");
    }
    for (const char* key : {"group_interval", "repeat_interval"}) {
      const Value* value = stated(resource.desired, key);
      if (value != nullptr && *value == Value(0.0)) refuse(key, "an interval of nothing");
    }
    if (Value(resource.desired).holds_secret()) {
      refuse("", "a secret would stand in a comment or a route", "secrets belong to receivers");
    }
    return errors;
  }

  std::string identity(const Resource& resource) const override {
    return "alertmanager_route " + server_of(resource, kAlertmanager).config + " " + resource.name;
  }

  void ends(const Resource& resource, Ends& ends) const override {
    Route route;
    route.where = resource.place_in("receiver", 1, 1, 1);
    route.receiver = stated_text(resource.desired, "receiver");
    route.config = server_of(resource, kAlertmanager).config;
    constexpr double kUsualWait = 30;
    const Value* wait = stated(resource.desired, "group_wait");
    route.wait = wait != nullptr && wait->is_float() ? wait->as_float() : kUsualWait;
    route.takes = resource.place_in("matchers", 1, 1, 1);
    for (const std::string& one : stated_list(resource.desired, "matchers")) {
      const auto matcher = read_matcher(one);
      if (matcher)
        route.matchers.push_back({matcher->label, matcher->op, unescaped(matcher->value)});
    }
    if (!route.receiver.empty()) ends.routes.push_back(std::move(route));
  }

  Links links(const Resource& resource) const override {
    const MonitoringServer server = server_of(resource, kAlertmanager);
    return {.needs = {"path:" + server.config, "package:prometheus-alertmanager",
                      "unit:" + server.unit}};
  }

  std::vector<Query> queries(const Resource& resource) const override {
    return {{"content", server_of(resource, kAlertmanager).config}};
  }

  State desired(const Resource& resource) const override {
    State out;
    const Value stated_all(resource.desired);
    if (const Unknown* cause = stated_all.find_unknown()) {
      out.set("receiver", *cause);
      return out;
    }
    out.set("route", route_form(route_of(resource)));
    add_server(resource, kAlertmanager, out);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const MonitoringServer server = server_of(resource, kAlertmanager);
    const Value& config = answers.at({"content", server.config});
    if (config.is_unknown()) return unknown_state(desired(resource), config.as_unknown().cause);
    // Whoever may read it: it holds the receivers' secrets.
    const Value text = content_text(config);
    if (text.is_null()) return std::nullopt;
    const Value hidden = Secret(std::string(text.bytes()));
    HF_TRY(const YamlListText list, config_list(resource, server.config, kList, hidden));
    if (!resource.absent) HF_CHECK(check_receiver(resource, server.config, list.root));
    const YamlListItem* found = find(resource, list);
    if (found == nullptr) return std::nullopt;
    State state;
    state.set("route", found->value.is_map() ? route_form(found->value.as_map()) : found->value);
    state.set("entry", item_bytes(*found, hidden));
    add_server(resource, kAlertmanager, state);
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    const MonitoringServer server = server_of(resource, kAlertmanager);
    const Value* entry = change.before ? change.before->find("entry") : nullptr;
    const bool goes = change.action == Action::Delete;
    const char* verb = goes ? "remove" : entry == nullptr ? "add" : "change";
    std::vector<PhasedStep> out;
    out.push_back({0, edit_list({.file = server.config,
                                 .path = kList,
                                 .check = server.validate ? kCheckAlertmanager : "",
                                 .old = entry == nullptr ? Value() : *entry,
                                 .item = goes ? ""
                                              : "# " + mark_of(resource) + "\n" +
                                                    yaml_item(Value(route_of(resource))),
                                 .note = std::string(verb) + " route " + printable(resource.name) +
                                         " in " + server.config})});
    out.push_back({1, reload_server(server)});
    if (server.wait.count() > 0) {
      out.push_back(
          {2, prove_reload(server, PrometheusQuestion::Family::Alertmanager, {server.config})});
    }
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    if (change.action != Action::None) {
      out.brings.push_back("reloads " + printable(server_of(resource, kAlertmanager).unit));
    }
    return out;
  }

 private:
  /// By its comment; one that says just the same is ours as well.
  static const YamlListItem* find(const Resource& resource, const YamlListText& list) {
    for (const YamlListItem& item : list.items) {
      if (item.mark == mark_of(resource)) return &item;
    }
    const Value wanted = route_form(route_of(resource));
    for (const YamlListItem& item : list.items) {
      if (!item.mark.empty() || resource.absent || !item.value.is_map()) continue;
      if (route_form(item.value.as_map()) == wanted) return &item;
    }
    return nullptr;
  }

  static Result<void> check_receiver(const Resource& resource, const std::string& config,
                                     const Value& root) {
    std::vector<std::string> names;
    const Value* receivers = root.is_map() ? stated(root.as_map(), "receivers") : nullptr;
    if (receivers != nullptr && receivers->is_list()) {
      for (const Value& one : receivers->as_list()) {
        if (one.is_map()) names.push_back(stated_text(one.as_map(), "name"));
      }
    }
    const std::string wanted = stated_text(resource.desired, "receiver");
    if (std::find(names.begin(), names.end(), wanted) != names.end()) return {};
    return fail(wrong(resource, "receiver", Code::ReceiverMissing,
                      "alertmanager_route '" + printable(resource.name) + "': " +
                          printable(config) + " has no receiver '" + printable(wanted) + "'",
                      names.empty() ? "it has none" : "it has " + printable(join(names, ", "))));
  }
};

}  // namespace

std::unique_ptr<Kind> make_alertmanager_route_kind() {
  return std::make_unique<AlertmanagerRouteKind>();
}

}  // namespace holdfast
