#include <fnmatch.h>

#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/core/yaml.h"
#include "resources/path.h"
#include "resources/prometheus/ends.h"
#include "resources/prometheus/proof.h"
#include "resources/prometheus/rules.h"
#include "resources/prometheus/server.h"
#include "resources/prometheus/stage.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const std::vector<std::string> kList{"rule_files"};

Attribute text_map(const char* name, const char* doc) {
  return {.name = name, .type = Type::map_of({}), .doc = doc, .raw = true};
}

Type rule_type() {
  return Type::object(
      {{.name = "alert", .doc = "Name of an alert."},
       {.name = "record", .doc = "Name of the metric that a recording makes."},
       {.name = "expr", .doc = "The expression.", .required = true},
       {.name = "for",
        .type = {TypeKind::Duration},
        .doc = "For how long it must hold before the alert fires."},
       {.name = "keep_firing_for",
        .type = {TypeKind::Duration},
        .doc = "For how long an alert fires on. From Prometheus 2.42 on."},
       text_map("labels", "Labels of the alert, or of the metric. `{{ }}` is Prometheus' own."),
       text_map("annotations", "Texts of the alert. `{{ }}` is Prometheus' own.")});
}

Type groups_type() {
  return Type::list_of(Type::object({{.name = "name", .doc = "Its name.", .required = true},
                                     {.name = "interval",
                                      .type = {TypeKind::Duration},
                                      .doc = "How often; else as `evaluation_interval` says."},
                                     {.name = "query_offset",
                                      .type = {TypeKind::Duration},
                                      .doc = "How far back it looks. From Prometheus 2.53 on."},
                                     {.name = "limit",
                                      .type = {.kind = TypeKind::Int, .min = 0, .max = 1000000000},
                                      .doc = "Most alerts or series of a rule; 0: any number."},
                                     {.name = "rules",
                                      .type = Type::list_of(rule_type()),
                                      .doc = "Its rules.",
                                      .required = true}}));
}

Schema make_schema() {
  std::vector<Attribute> attributes{
      {.name = "groups", .type = groups_type(), .doc = "The groups of rules."},
      {.name = "content",
       .doc = "Instead of `groups`: the text of a file of rules, as it is.",
       .raw = true,
       .content = true,
       .placed = true},
      {.name = "path",
       .type = {TypeKind::Path},
       .doc = "The file. Not stated: /etc/prometheus/rules.d/NAME.yml, and that folder is made."}};
  for (Attribute& one : server_attributes(kPrometheus)) attributes.push_back(std::move(one));
  attributes.push_back({.name = "listed",
                        .type = {TypeKind::Bool},
                        .doc = "Whether `rule_files` of its configuration names the file.",
                        .computed = true});
  for (const auto& [name, doc] : {std::pair{"owner", "Owner of the file: root."},
                                  {"group", "Group of the file: root."},
                                  {"mode", "Permissions of the file: 0644."}}) {
    attributes.push_back({.name = name, .doc = doc, .computed = true});
  }
  return {.kind = "prometheus_rules",
          .doc =
              "Alerts and recordings of a Prometheus server: a file of rules, listed in its "
              "configuration, judged by promtool, and seen loaded in the running server.",
          .name_doc = "Name of the file below /etc/prometheus/rules.d, without `.yml`.",
          .attributes = std::move(attributes),
          .scheduling = Scheduling::Batched,
          .examples = {"- prometheus_rules: runners\n  groups:\n    - name: runners\n      rules:\n"
                       "        - alert: RunnerOffline\n          expr: runner_status == 0\n"
                       "          for: 5m\n          labels: {severity: critical}\n"
                       "          annotations:\n            summary: \"{{ $labels.hostname }} is "
                       "offline\"\n",
                       "- prometheus_rules: hosts\n  content: |\n    groups:\n      - name: "
                       "hosts\n        rules:\n"
                       "          - record: job:up:sum\n            expr: sum by (job) (up)\n",
                       "- prometheus_rules: old\n  ensure: absent\n"}};
}

const Schema& rules_schema() {
  static const Schema kSchema = make_schema();
  return kSchema;
}

std::string usual_path(const Resource& resource) {
  return "/etc/prometheus/rules.d/" + resource.name + ".yml";
}
std::string path_of(const Resource& resource) {
  return stated_text(resource.desired, "path", usual_path(resource));
}

/// What is remembered, so that a removal knows it.
void add_given(const Resource& resource, State& out) {
  add_server(resource, kPrometheus, out);
  if (path_of(resource) != usual_path(resource)) out.set("path", path_of(resource));
}

/// The file's bytes.
std::string file_text(const Resource& resource) {
  const Value* groups = stated(resource.desired, "groups");
  if (groups == nullptr) return stated_text(resource.desired, "content");
  return "# Written by holdfast.\n" + yaml_lines(rule_tree(*groups));
}

/// What Prometheus reads in it; Null where it is no YAML.
Value file_tree(const Resource& resource) {
  if (const Value* groups = stated(resource.desired, "groups")) return rule_tree(*groups);
  const auto documents = parse_yaml(
      std::make_shared<const Source>(Source{"rules", stated_text(resource.desired, "content")}));
  return documents && !documents->empty() ? yaml12_value(documents->front()) : Value();
}

Value digest_of(const Resource& resource) {
  const std::string digest = std::string(kDigestPrefix) + sha256_hex(file_text(resource));
  return Value(resource.desired).holds_secret() ? Value(Secret(digest)) : Value(digest);
}

/// Whether an entry of `rule_files` leads to the file.
bool leads_to(const std::string& entry, const std::string& config, const std::string& path) {
  const std::string whole = starts_with(entry, "/") ? entry : parent_path(config) + "/" + entry;
  return fnmatch(whole.c_str(), path.c_str(), FNM_PATHNAME) == 0;
}

class PrometheusRulesKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return rules_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_server(resource, Code::PrometheusRulesInvalid);
    const auto refuse = [&](std::string_view attribute, const std::string& why,
                            std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::PrometheusRulesInvalid,
                             "prometheus_rules '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    if (!file_name(resource.name)) refuse("", "not a file's name", "letters, digits, - _ and .");
    const std::string path = stated_text(resource.desired, "path");
    if (!path.empty() && (has_control(path) || path.find_first_of("*?[\\") != std::string::npos)) {
      refuse("path", "'" + printable(path) + "' would be read as a pattern");
    }
    if (resource.absent || Value(resource.desired).find_unknown() != nullptr) return errors;
    const bool groups = resource.get("groups") != nullptr;
    if (groups == (resource.get("content") != nullptr)) {
      refuse(groups ? "content" : "", groups ? "`groups` and a text" : "it states no rules",
             "give one of groups, content, source, template");
      return errors;
    }
    if (!groups && !check_text(resource, errors)) return errors;
    for (const RuleMistake& mistake : check_rules(file_tree(resource))) {
      refuse("", mistake.what);
      errors.back().where = place_of(resource, mistake);
    }
    return errors;
  }

  std::string identity(const Resource& resource) const override {
    return "prometheus_rules " + path_of(resource);
  }

  void ends(const Resource& resource, Ends& ends) const override {
    if (Value(resource.desired).find_unknown() != nullptr) return;
    add_rule_ends(resource, file_tree(resource), ends);
    for (Alert& alert : ends.alerts) alert.url = server_of(resource, kPrometheus).url;
    RuleFile file;
    file.text = file_text(resource);
    ends.rules.push_back(std::move(file));
  }

  std::string staged(const Resource& resource, const ProofStage& stage) const override {
    return prometheus_stage(resource, stage);
  }

  Links links(const Resource& resource) const override {
    return {.provides = {"path:" + path_of(resource)},
            .needs = {"path:" + parent_path(path_of(resource)),
                      "path:" + server_of(resource, kPrometheus).config, "package:prometheus",
                      "unit:" + server_of(resource, kPrometheus).unit}};
  }

  std::vector<Query> queries(const Resource& resource) const override {
    const std::string path = path_of(resource);
    return {{"stat", path}, {"digest", path}, {"content", server_of(resource, kPrometheus).config}};
  }

  State desired(const Resource& resource) const override {
    State out;
    const Value stated_all(resource.desired);
    if (const Unknown* cause = stated_all.find_unknown()) {
      out.set("content", *cause);
      return out;
    }
    out.set("content", digest_of(resource));
    out.set("owner", "root");
    out.set("group", "root");
    out.set("mode", "0644");
    out.set("listed", true);
    add_given(resource, out);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const std::string path = path_of(resource);
    const MonitoringServer server = server_of(resource, kPrometheus);
    const Value& stat = answers.at({"stat", path});
    const Value& digest = answers.at({"digest", path});
    const Value& config = answers.at({"content", server.config});
    for (const Value* answer : {&stat, &digest, &config}) {
      if (answer->is_unknown()) return unknown_state(schema(), answer->as_unknown().cause);
    }
    State state;
    if (stat.is_map()) {
      HF_CHECK(add_own_file(resource, path, stat.as_map(), state));
      if (!digest.is_map()) return unknown_state(schema(), "it changed while it was looked at");
      const std::string seen =
          std::string(kDigestPrefix) + digest.as_map().find("digest")->as_text();
      state.set("content",
                Value(resource.desired).holds_secret() ? Value(Secret(seen)) : Value(seen));
    }
    const Value text = content_text(config);
    HF_TRY(const YamlListText list, config_list(resource, server.config, kList, text));
    bool listed = false;
    for (const YamlListItem& item : list.items) {
      if (!item.value.is_text()) continue;
      listed = listed || leads_to(item.value.as_text(), server.config, path);
      if (item.value.as_text() == path) state.set("entry", item_bytes(item, text));
    }
    if (state.empty()) return std::nullopt;
    state.set("listed", listed);
    add_given(resource, state);
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    return change.action == Action::Delete ? removal(resource, *change.before)
                                           : update(resource, change);
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    if (change.action != Action::None) {
      out.brings.push_back("reloads " + printable(server_of(resource, kPrometheus).unit));
    }
    return out;
  }

  std::map<std::string, std::string> text_paths(const Resource& resource) const override {
    return {{"content", path_of(resource)}};
  }
  Value text(const Resource& resource, std::string_view attribute) const override {
    if (attribute != "content" || resource.absent) return {};
    const std::string text = file_text(resource);
    return Value(resource.desired).holds_secret() ? Value(Secret(text)) : Value(text);
  }

 private:
  /// A text that is no YAML says why.
  static bool check_text(const Resource& resource, std::vector<Error>& errors) {
    const std::string text = stated_text(resource.desired, "content");
    const auto documents = parse_yaml(std::make_shared<const Source>(Source{"rules", text}));
    if (documents && documents->size() == 1) return true;
    Error error = wrong(resource, "content", Code::PrometheusRulesInvalid,
                        "prometheus_rules '" + printable(resource.name) + "': " +
                            (documents ? "not one document of YAML" : documents.error().message));
    if (!documents && documents.error().where.known()) {
      const Position& at = documents.error().where;
      error.where = resource.place_in("content", at.line, at.column, at.length);
    }
    errors.push_back(std::move(error));
    return false;
  }

  static Run edit(const Resource& resource, Value old, const std::string& item) {
    const MonitoringServer server = server_of(resource, kPrometheus);
    return edit_list({.file = server.config,
                      .path = kList,
                      .check = server.validate ? kCheckPrometheus : "",
                      .old = std::move(old),
                      .item = item,
                      .note = (item.empty() ? "unlist " : "list ") + path_of(resource) + " in " +
                              server.config});
  }

  static std::vector<PhasedStep> removal(const Resource& resource, const State& before) {
    std::vector<PhasedStep> out;
    if (const Value* entry = before.find("entry")) out.push_back({0, edit(resource, *entry, "")});
    if (before.find("type") != nullptr) {
      out.push_back({1, Remove{path_of(resource), expect_of(before)}});
    }
    add_end(resource, out);
    return out;
  }

  std::vector<PhasedStep> update(const Resource& resource, const Change& change) const {
    std::vector<PhasedStep> out;
    const std::string path = path_of(resource);
    const bool there = change.before && change.before->find("type") != nullptr;
    const bool listed = change.before && stated_bool(*change.before, "listed", false);
    if (!there || change.find("content") != nullptr || change.find("owner") != nullptr ||
        change.find("group") != nullptr || change.find("mode") != nullptr) {
      if (!there && resource.get("path") == nullptr) {
        out.push_back({0, make_config_folder(parent_path(path))});
      }
      WriteFile write{
          .path = path,
          .content = text(resource, "content"),
          .owner = "root",
          .group = "root",
          .mode = "0644",
          .expect = there ? expect_of(change.before) : Expect{.what = Expect::What::Absent}};
      if (server_of(resource, kPrometheus).validate) {
        write.validate = {"sh", "-c", kCheckRules, "promtool-rules", "%s"};
      }
      out.push_back({1, std::move(write)});
    }
    if (!listed) out.push_back({2, edit(resource, {}, yaml_item(Value(path)))});
    add_end(resource, out);
    return out;
  }

  static void add_end(const Resource& resource, std::vector<PhasedStep>& out) {
    const MonitoringServer server = server_of(resource, kPrometheus);
    out.push_back({3, reload_server(server)});
    if (server.wait.count() == 0) return;
    std::vector<std::string> read{server.config};
    if (!resource.absent) read.push_back(path_of(resource));
    out.push_back({4, prove_rules(server, path_of(resource),
                                  resource.absent ? Value() : file_tree(resource), read)});
  }
};

}  // namespace

std::unique_ptr<Kind> make_prometheus_rules_kind() {
  return std::make_unique<PrometheusRulesKind>();
}

}  // namespace holdfast
