#include "engine/core/text.h"
#include "resources/grafana/lint.h"
#include "resources/grafana/server.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& grafana_folder_schema() {
  static const Schema kSchema{
      .kind = "grafana_folder",
      .doc = "A folder for dashboards on a Grafana server, by its API.",
      .name_doc = "Its uid: at most 40 letters, digits, `-` and `_`.",
      .attributes = with_grafana_server(
          {{.name = "title", .doc = "What Grafana shows. Not stated: its uid."}}),
      .scheduling = Scheduling::Passive,
      .examples = {"- grafana_folder: runners\n  title: Runners\n  server: "
                   "http://127.0.0.1:3000\n  through: ssh\n  token: !env GRAFANA_TOKEN\n",
                   "- grafana_folder: old\n  ensure: absent\n  server: "
                   "https://grafana.example.org\n  token: !env GRAFANA_TOKEN\n"}};
  return kSchema;
}

GrafanaState state_of(const std::string& title) {
  ValueMap out;
  out.set("title", title);
  return Value(std::move(out));
}

class GrafanaFolderKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return grafana_folder_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_grafana_server(resource, Code::GrafanaFolderInvalid);
    if (resource.name.empty() || !is_grafana_uid(resource.name)) {
      errors.push_back(wrong(resource, "", Code::GrafanaFolderInvalid,
                             "grafana_folder '" + printable(resource.name) + "' is no uid",
                             "at most 40 letters, digits, '-' and '_'; the title is `title`"));
    }
    return errors;
  }

  void ends(const Resource& resource, Ends& ends) const override {
    add_grafana_sole(resource, GrafanaObject::Folder, resource.name, desired(resource),
                     Code::GrafanaFolderInvalid, ends);
  }

  Links links(const Resource& resource) const override {
    Links out{.provides = {"grafana-folder:" + resource.name}};
    add_grafana_links(resource, out);
    return out;
  }

  std::vector<Query> queries(const Resource&) const override { return {}; }
  std::vector<ServerQuery> server_queries(const Resource& resource) const override {
    return {query(resource)};
  }

  State desired(const Resource& resource) const override {
    State out;
    const Value* title = resource.get("title");
    const bool said = title != nullptr && !title->is_null();
    out.set("title", said ? *title : Value(resource.name));
    add_grafana_server(resource, out);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at(query(resource).key());
    if (seen.is_unknown()) return unknown_state(desired(resource), seen.as_unknown().cause);
    if (!seen.is_map()) return std::nullopt;
    State out;
    out.set("title", stated_text(seen.as_map(), "title"));
    add_grafana_server(resource, out);
    return out;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    GrafanaAct act{.object = GrafanaObject::Folder, .uid = resource.name};
    if (change.before) act.from = state_of(stated_text(*change.before, "title"));
    if (change.action != Action::Delete) {
      act.to = state_of(stated_text(resource.desired, "title", resource.name));
    }
    return {grafana_step(resource, act)};
  }

 private:
  static ServerQuery query(const Resource& resource) {
    return grafana_query(resource, GrafanaObject::Folder, resource.name);
  }
};

}  // namespace

std::unique_ptr<Kind> make_grafana_folder_kind() { return std::make_unique<GrafanaFolderKind>(); }

}  // namespace holdfast
