#include <algorithm>

#include "engine/core/text.h"
#include "resources/grafana/place.h"
#include "resources/json/document.h"
#include "resources/rendered_file.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& grafana_provider_schema() {
  static const Schema kSchema{
      .kind = "grafana_provider",
      .doc =
          "A folder of a Grafana server's own host, from which it takes dashboards: a file below "
          "its provisioning/dashboards. Grafana reads it when it starts: restart it on this.",
      .name_doc = "What Grafana calls it, and its file's name: letters, digits, `_` and `-`.",
      .attributes = RenderedFileKind::with_file_attributes(
          {{.name = "path",
            .type = {TypeKind::Path},
            .doc = "Folder of the dashboards' files, which Grafana's account must be able to read.",
            .default_value = kGrafanaDashboards},
           {.name = "folder",
            .doc = "Title of the folder that shows them in Grafana. Not stated: none."},
           {.name = "folder_uid", .doc = "Uid of that folder. Not stated: Grafana makes one up."},
           {.name = "interval",
            .type = {TypeKind::Duration},
            .doc = "How often Grafana looks for changed files.",
            .default_value = 10.0},
           {.name = "allow_ui_updates",
            .type = {TypeKind::Bool},
            .doc = "Dashboards may be saved in a browser, until their file changes next.",
            .default_value = false},
           {.name = "keep_deleted",
            .type = {TypeKind::Bool},
            .doc = "A dashboard stays in Grafana when its file is removed.",
            .default_value = false},
           {.name = "provisioning",
            .type = {TypeKind::Path},
            .doc = "Grafana's folder of that name.",
            .default_value = kGrafanaProvisioning,
            .identity = true}}),
      .scheduling = Scheduling::Passive,
      .examples = {"- grafana_provider: runners\n  folder: Runners\n  folder_uid: runners\n",
                   "- grafana_provider: own\n  path: /srv/dashboards\n  interval: 30s\n  "
                   "allow_ui_updates: true\n",
                   "- grafana_provider: old\n  ensure: absent\n"}};
  return kSchema;
}

class GrafanaProviderKind final : public RenderedFileKind {
 public:
  const Schema& schema() const override { return grafana_provider_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::GrafanaProviderInvalid,
                             "grafana_provider '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    if (resource.name.empty() || !is_grafana_uid(resource.name) || resource.name[0] == '-') {
      refuse("", "not a name for its file", "at most 40 letters, digits, '-' and '_'");
    }
    const std::string uid = stated_text(resource.desired, "folder_uid");
    if (!is_grafana_uid(uid)) {
      refuse("folder_uid", "'" + printable(uid) + "' is no uid that Grafana takes",
             "at most 40 letters, digits, '-' and '_'");
    }
    if (!uid.empty() && stated_text(resource.desired, "folder").empty()) {
      refuse("folder_uid", "a folder's uid without its title", "give `folder`");
    }
    const auto interval = stated_duration(resource.desired, "interval", std::chrono::seconds(10));
    if (interval < std::chrono::seconds(1)) {
      refuse("interval", "Grafana looks at most once a second");
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    Links out = RenderedFileKind::links(resource);
    out.needs.emplace_back("package:grafana");
    out.needs.push_back("path:" + stated_text(resource.desired, "path", kGrafanaDashboards));
    return out;
  }

 protected:
  std::string path(const Resource& resource) const override {
    return stated_text(resource.desired, "provisioning", kGrafanaProvisioning) + "/dashboards/" +
           resource.name + ".yaml";
  }

  RenderedFile file(const Resource& resource) const override {
    const State& given = resource.desired;
    const auto quoted = [](const std::string& text) {
      return json_text(Value(text), {.newline = "", .unit = ""}, "");
    };
    const auto truth = [&](const char* name) {
      return std::string(stated_bool(given, name, false) ? "true" : "false");
    };
    const auto interval = stated_duration(given, "interval", std::chrono::seconds(10));
    std::string text =
        "# Written by holdfast.\napiVersion: 1\nproviders:\n  - name: " + quoted(resource.name) +
        "\n    type: file\n";
    if (const std::string folder = stated_text(given, "folder"); !folder.empty()) {
      text += "    folder: " + quoted(folder) + "\n";
    }
    if (const std::string uid = stated_text(given, "folder_uid"); !uid.empty()) {
      text += "    folderUid: " + quoted(uid) + "\n";
    }
    text +=
        "    disableDeletion: " + truth("keep_deleted") +
        "\n    allowUiUpdates: " + truth("allow_ui_updates") + "\n    updateIntervalSeconds: " +
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(interval).count()) +
        "\n    options:\n      path: " + quoted(stated_text(given, "path", kGrafanaDashboards)) +
        "\n";
    return {.path = path(resource), .text = text, .mode = "0644", .validate = {}};
  }
};

}  // namespace

std::unique_ptr<Kind> make_grafana_provider_kind() {
  return std::make_unique<GrafanaProviderKind>();
}

}  // namespace holdfast
