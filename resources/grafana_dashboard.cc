#include <algorithm>

#include "engine/core/text.h"
#include "resources/grafana/normal.h"
#include "resources/grafana/place.h"
#include "resources/grafana/queries.h"
#include "resources/grafana/server.h"
#include "resources/path.h"
#include "resources/promql/uses.h"
#include "resources/rendered_file.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

std::vector<Attribute> attributes() {
  std::vector<Attribute> out{
      {.name = "content",
       .doc = "The dashboard as JSON, as Grafana exports it. `source:` takes a file of the project "
              "as it is, `template:` renders one.",
       .required = true,
       .raw = true,
       .content = true,
       .placed = true},
      {.name = "provision",
       .type = Type::one_of({"file", "api"}),
       .doc = "How it gets there: `file`, on Grafana's own host, into a folder that a "
              "`grafana_provider` states; or `api`, by Grafana's HTTP API.",
       .default_value = "file"},
      {.name = "datasources",
       .type = Type::map_of({}),
       .doc = "Uids of data sources by the names that the dashboard has for them: `{DS_PROMETHEUS: "
              "prometheus}`. Where it is stated, it knows all of them."},
      {.name = "path",
       .type = {TypeKind::Path},
       .doc = "Of `file`: the folder of its file. Not stated: " + std::string(kGrafanaDashboards) +
              "."},
      {.name = "folder",
       .doc =
           "Of `api`: uid of the folder that shows it. Not stated: none; it is moved out of any."}};
  out = with_grafana_server(std::move(out));
  for (const auto& [name, doc] : {std::pair{"owner", "Owner of its file: root."},
                                  {"group", "Group of its file: root."},
                                  {"mode", "Permissions of its file."}}) {
    out.push_back({.name = name, .doc = doc, .computed = true});
  }
  return out;
}

const Schema& grafana_dashboard_schema() {
  static const Schema kSchema{
      .kind = "grafana_dashboard",
      .doc =
          "A dashboard, from a file on Grafana's own host or by its API. Compared place by place, "
          "panel by panel; what Grafana sets by itself is no difference.",
      .name_doc = "Its uid: at most 40 letters, digits, `-` and `_`.",
      .attributes = attributes(),
      .scheduling = Scheduling::Passive,
      .examples = {"- grafana_dashboard: runners\n  content: |\n    {\"title\": \"Runners\", "
                   "\"panels\": [{\"type\": \"stat\", \"title\": \"CPU\", \"datasource\": "
                   "\"Prometheus\",\n      \"targets\": [{\"refId\": \"A\", \"expr\": "
                   "\"runner_cpu_usage_percent\"}]}]}\n  datasources: {Prometheus: prometheus}\n",
                   "- grafana_dashboard: runners\n  content: |\n    {\"title\": \"Runners\", "
                   "\"panels\": [{\"type\": \"text\", \"title\": \"Note\"}]}\n  provision: "
                   "api\n  folder: runners\n  server: http://127.0.0.1:3000\n  through: ssh\n  "
                   "token: !env GRAFANA_TOKEN\n",
                   "- grafana_dashboard: old\n  ensure: absent\n"}};
  return kSchema;
}

bool by_api(const Resource& resource) {
  return stated_text(resource.desired, "provision") == "api";
}

std::map<std::string, std::string> sources_of(const Resource& resource) {
  std::map<std::string, std::string> out;
  for (const auto& [name, uid] : stated_pairs(resource.desired, "datasources")) out[name] = uid;
  return out;
}

/// The text as it goes to the server or its host. "" where it isn't known.
std::string placed_text(const Resource& resource) {
  const Value* content = stated(resource.desired, "content");
  if (content == nullptr) return {};
  return placed_dashboard(content->bytes(), resource.name, sources_of(resource));
}

ValueMap model_of(std::string_view text) {
  JsonMistake ignored;
  const auto root = parse_json_text(text, ignored);
  return root && root->is_map() ? json_value(*root).as_map() : ValueMap();
}

GrafanaState state_of(const std::string& folder, ValueMap model) {
  ValueMap out;
  out.set("folder", folder);
  out.set("model", Value(std::move(model)));
  return Value(std::move(out));
}

/// The half of the kind that speaks with a server.
class ByApi {
 public:
  explicit ByApi(const Resource& resource) : resource_(resource) {}

  std::vector<ServerQuery> queries() const {
    std::vector<ServerQuery> out{dashboard()};
    if (resource_.absent) return out;
    if (const std::string folder = folder_uid(); !folder.empty()) {
      out.push_back(grafana_query(resource_, GrafanaObject::Folder, folder));
    }
    for (const std::string& name : sources_by_name(placed_text(resource_))) {
      out.push_back(source(name));
    }
    return out;
  }

  State desired() const {
    State out = place();
    for (const char* name : {"content", "datasources", "folder"}) {
      const Value* value = resource_.get(name);
      if (value != nullptr && value->find_unknown() != nullptr) out.set(name, *value);
    }
    out.set("folder", folder_uid());
    for (const auto& [name, value] : dashboard_places(model_of(placed_text(resource_)))) {
      out.set(name, value);
    }
    return out;
  }

  Result<std::optional<State>> read(const Answers& answers) const {
    const Value& seen = answers.at(dashboard().key());
    if (seen.is_unknown()) return unknown_state(desired(), seen.as_unknown().cause);
    if (!seen.is_map()) return std::nullopt;
    const Value* model = stated(seen.as_map(), "model");
    if (model == nullptr || !model->is_map()) {
      return unknown_state(desired(), "the server's answer has no dashboard");
    }
    if (stated_bool(seen.as_map(), "provisioned", false)) return fail(from_file());
    std::map<std::string, std::string> sources;
    const std::string text = resource_.absent ? "" : placed_text(resource_);
    for (const std::string& name : sources_by_name(text)) {
      const Value& answer = answers.at(source(name).key());
      if (answer.is_unknown()) return unknown_state(desired(), answer.as_unknown().cause);
      if (answer.is_map()) sources[name] = stated_text(answer.as_map(), "uid");
    }
    State out = place();
    out.set("folder", stated_text(seen.as_map(), "folder"));
    for (auto& [name, value] : dashboard_places(model_of(text), model->as_map(), sources)) {
      out.set(name, value);
    }
    out.set("model", *model);
    return out;
  }

  std::vector<PhasedStep> steps(const Change& change) const {
    GrafanaAct act{.object = GrafanaObject::Dashboard, .uid = resource_.name};
    if (change.before) {
      const Value* model = stated(*change.before, "model");
      act.from = state_of(stated_text(*change.before, "folder"),
                          model == nullptr ? ValueMap() : model->as_map());
    }
    if (change.action != Action::Delete) {
      act.to = state_of(folder_uid(), model_of(placed_text(resource_)));
    }
    return {grafana_step(resource_, act)};
  }

  std::vector<std::string> missing(const Answers& answers) const {
    std::vector<std::string> out;
    const std::string folder = folder_uid();
    if (!folder.empty() &&
        answers.at(grafana_query(resource_, GrafanaObject::Folder, folder).key()).is_null()) {
      out.push_back("grafana-folder:" + folder);
    }
    for (const std::string& name : sources_by_name(placed_text(resource_))) {
      if (answers.at(source(name).key()).is_null()) out.push_back("grafana-source:" + name);
    }
    return out;
  }

  Links links() const {
    Links out;
    add_grafana_links(resource_, out);
    if (resource_.absent) return out;
    if (const std::string folder = folder_uid(); !folder.empty()) {
      out.needs.push_back("grafana-folder:" + folder);
    }
    for (const std::string& name : sources_by_name(placed_text(resource_))) {
      out.needs.push_back("grafana-source:" + name);
    }
    for (const auto& [name, uid] : sources_of(resource_)) {
      out.needs.push_back("grafana-source:" + uid);
    }
    return out;
  }

 private:
  std::string folder_uid() const { return stated_text(resource_.desired, "folder"); }
  ServerQuery dashboard() const {
    return grafana_query(resource_, GrafanaObject::Dashboard, resource_.name);
  }
  ServerQuery source(const std::string& name) const {
    return {grafana_server(resource_), grafana_source_question(name)};
  }

  State place() const {
    State out;
    out.set("provision", "api");
    add_grafana_server(resource_, out);
    return out;
  }

  Error from_file() const {
    return wrong(resource_, "provision", Code::GrafanaFromFile,
                 "grafana_dashboard '" + printable(resource_.name) +
                     "' comes from a file on Grafana's own host, so its API refuses to change it",
                 "state it with `provision: file` there, or take that file away first");
  }

  const Resource& resource_;
};

class GrafanaDashboardKind final : public RenderedFileKind, public Wired {
 public:
  const Schema& schema() const override { return grafana_dashboard_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = by_api(resource)
                                    ? check_grafana_server(resource, Code::GrafanaDashboardInvalid)
                                    : std::vector<Error>();
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint) {
      errors.push_back(wrong(resource, attribute, Code::GrafanaDashboardInvalid,
                             "grafana_dashboard '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    if (resource.name.empty() || !is_grafana_uid(resource.name)) {
      refuse("", "not a uid that Grafana takes", "at most 40 letters, digits, '-' and '_'");
    }
    const auto only = [&](const char* attribute, const std::string& how) {
      const Value* value = resource.get(attribute);
      if (value == nullptr || value->is_null()) return;
      refuse(attribute, std::string("`") + attribute + "` is of `provision: " + how + "`",
             std::string_view(attribute) == "folder" ? "`grafana_provider` says into which folder"
                                                     : "");
    };
    if (by_api(resource)) {
      only("path", "file");
    } else {
      for (const char* name : {"folder", "server", "token", "user", "password"}) only(name, "api");
    }
    check_text(resource, errors);
    return errors;
  }

  /// Whatever way it gets there: one dashboard, one way.
  std::string identity(const Resource& resource) const override {
    return "grafana_dashboard " + resource.name;
  }

  void ends(const Resource& resource, Ends& ends) const override {
    if (by_api(resource)) {
      add_grafana_sole(resource, GrafanaObject::Dashboard, resource.name, desired(resource),
                       Code::GrafanaDashboardInvalid, ends);
    }
    for (const PanelQuery& query : panel_queries(resource)) {
      add_metric_uses(query.expr, PromqlFrom::Grafana,
                      printable(query.panel) + " of dashboard '" + printable(resource.name) + "'",
                      query.place, {}, ends);
    }
  }

  Links links(const Resource& resource) const override {
    return by_api(resource) ? ByApi(resource).links() : RenderedFileKind::links(resource);
  }
  std::vector<Query> queries(const Resource& resource) const override {
    return by_api(resource) ? std::vector<Query>() : RenderedFileKind::queries(resource);
  }
  std::vector<ServerQuery> server_queries(const Resource& resource) const override {
    return by_api(resource) ? ByApi(resource).queries() : std::vector<ServerQuery>();
  }
  State desired(const Resource& resource) const override {
    if (by_api(resource)) return ByApi(resource).desired();
    State out = RenderedFileKind::desired(resource);
    out.erase("through");
    return out;
  }
  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    return by_api(resource) ? ByApi(resource).read(answers)
                            : RenderedFileKind::read(resource, answers);
  }
  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    return by_api(resource) ? ByApi(resource).steps(change)
                            : RenderedFileKind::steps(resource, change);
  }
  std::vector<std::string> missing(const Resource& resource,
                                   const Answers& answers) const override {
    return by_api(resource) ? ByApi(resource).missing(answers)
                            : RenderedFileKind::missing(resource, answers);
  }
  std::map<std::string, std::string> text_paths(const Resource& resource) const override {
    return by_api(resource) ? std::map<std::string, std::string>()
                            : RenderedFileKind::text_paths(resource);
  }

 protected:
  std::string path(const Resource& resource) const override {
    return stated_text(resource.desired, "path", kGrafanaDashboards) + "/" + resource.name +
           ".json";
  }

  RenderedFile file(const Resource& resource) const override {
    return {.path = path(resource), .text = placed_text(resource), .mode = "0644", .validate = {}};
  }

 private:
  static void check_text(const Resource& resource, std::vector<Error>& errors) {
    const Value* content = stated(resource.desired, "content");
    if (content == nullptr || resource.absent) return;
    const std::string label = "grafana_dashboard '" + printable(resource.name) + "': ";
    if (content->holds_secret()) {
      errors.push_back(wrong(resource, "content", Code::GrafanaDashboardInvalid,
                             label + "a secret in a dashboard, which everybody may read there",
                             "a `grafana_datasource` keeps secrets"));
      return;
    }
    JsonMistake mistake;
    const auto root = parse_json_text(content->bytes(), mistake);
    if (!root) {
      Error error = wrong(resource, "content", Code::GrafanaDashboardNoJson,
                          label + "no JSON: line " + std::to_string(mistake.line) + ", column " +
                              std::to_string(mistake.column) + ": " + mistake.what,
                          "Grafana exports a dashboard as JSON: Share, Export");
      error.where = resource.place_in("content", mistake.line, mistake.column, 1);
      errors.push_back(std::move(error));
      return;
    }
    DashboardSurroundings around{.uid = resource.name};
    if (stated(resource.desired, "datasources") != nullptr) around.sources = sources_of(resource);
    for (DashboardFlaw& flaw : dashboard_flaws(*root, around)) {
      const TextPlace place = text_place(content->bytes(), flaw.at);
      const int length = static_cast<int>(std::min<std::size_t>(flaw.length, 40));
      Error error = wrong(resource, "content", Code::GrafanaDashboardFlawed,
                          label + "line " + std::to_string(place.line) + ": " + flaw.what,
                          std::move(flaw.hint));
      error.where = resource.place_in("content", place.line, place.column, length);
      errors.push_back(std::move(error));
    }
  }
};

}  // namespace

std::vector<PanelQuery> panel_queries(const Resource& resource) {
  std::vector<PanelQuery> out;
  const Value* content = stated(resource.desired, "content");
  if (content == nullptr || resource.absent) return out;
  for (DashboardQuery& query : dashboard_queries(content->bytes())) {
    const TextPlace place = text_place(content->bytes(), query.at);
    // The quote before it counts.
    const int length = static_cast<int>(std::min<std::size_t>(query.expr.size() + 2, 80));
    const Position where = resource.place_in("content", place.line, place.column, length);
    out.push_back({std::move(query.owner), std::move(query.expr), where});
  }
  return out;
}

std::unique_ptr<Kind> make_grafana_dashboard_kind() {
  return std::make_unique<GrafanaDashboardKind>();
}

}  // namespace holdfast
