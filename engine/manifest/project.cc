#include "engine/manifest/project.h"

#include <sys/stat.h>

#include <filesystem>
#include <utility>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/core/yaml.h"
#include "engine/manifest/keys.h"
#include "engine/manifest/manifest.h"
#include "engine/manifest/retention.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFileName = "holdfast.yaml";

/// The folder of the nearest holdfast.yaml; "" where there is none.
std::string find_project(const fs::path& start) {
  struct stat first {};
  if (::stat(start.c_str(), &first) != 0) return {};
  for (fs::path folder = start;; folder = folder.parent_path()) {
    std::error_code ignored;
    struct stat here {};
    const bool same_disk = ::stat(folder.c_str(), &here) == 0 && here.st_dev == first.st_dev;
    if (!same_disk) return {};
    if (fs::exists(fs::symlink_status(folder / kFileName, ignored))) return folder.string();
    const bool top = fs::exists(folder / ".git", ignored) || folder == folder.parent_path();
    if (top) return {};
  }
}

class ProjectReader {
 public:
  ProjectReader(Project& project, Diagnostics& diagnostics)
      : project_(project), diagnostics_(diagnostics) {}

  void read(const YamlNode& root) {
    if (!require_mapping(root, kFileName, Code::ProjectInvalid, diagnostics_)) return;
    check_keys(root,
               {"project", "environments", "default", "module_path", "parallel", "on_failure",
                "history", "retention"},
               kFileName, Code::ProjectInvalid, diagnostics_);
    if (const YamlNode* name = root.find("project")) read_name(*name);
    if (const YamlNode* environments = root.find("environments")) read_environments(*environments);
    read_default(root.find("default"));
    if (const YamlNode* folders = root.find("module_path")) {
      project_.module_path = texts(*folders, "'module_path'");
    }
    if (const YamlNode* parallel = root.find("parallel")) {
      const Value count = typed(
          *parallel, Type{.kind = TypeKind::Int, .min = 1, .max = kMaxParallel}, "'parallel'");
      if (count.is_int()) project_.parallel = static_cast<int>(count.as_int());
    }
    if (const YamlNode* history = root.find("history")) read_history(*history);
    if (const YamlNode* policy = root.find("on_failure")) {
      const Value word =
          typed(*policy, Type::one_of({"rollback", "rollback_all", "stop"}), "'on_failure'");
      if (word.is_text()) project_.on_failure = word.as_text();
    }
    if (const YamlNode* retention = root.find("retention")) {
      read_retention(*retention, project_.retention, diagnostics_);
    }
  }

 private:
  Value typed(const YamlNode& node, const Type& type, const std::string& what) {
    return typed_value(node, type, what, diagnostics_);
  }

  void error(std::string message, const Position& where, std::string hint = {}) {
    diagnostics_.error(Error{.code = Code::ProjectInvalid,
                             .message = std::move(message),
                             .where = where,
                             .hint = std::move(hint)});
  }

  std::vector<std::string> texts(const YamlNode& node, const std::string& what) {
    std::vector<std::string> out;
    for (const YamlNode* item : one_or_more(node)) {
      const Value text = typed(*item, Type{}, what);
      if (text.is_text() && !text.as_text().empty()) out.push_back(text.as_text());
    }
    return out;
  }

  void read_name(const YamlNode& node) {
    const Value name = typed(node, Type{}, "'project'");
    if (!name.is_text()) return;
    project_.name = name.as_text();
    if (plain_name(project_.name)) return;
    error("the project's name '" + printable(project_.name) + "' can't be used", node.where,
          "letters, digits, '_', '.' and '-'");
  }

  /// A place, or `{to: PLACE, required: true}`.
  void read_history(const YamlNode& node) {
    project_.history_where = node.where;
    const YamlNode* place = &node;
    if (node.kind == YamlNode::Kind::Mapping) {
      check_keys(node, {"to", "required"}, "'history'", Code::ProjectInvalid, diagnostics_);
      place = node.find("to");
      if (const YamlNode* required = node.find("required")) {
        const Value truth =
            typed(*required, Type{.kind = TypeKind::Bool}, "'required' of 'history'");
        project_.history_required = truth.is_bool() && truth.as_bool();
      }
    }
    if (place == nullptr) return;
    const Value text = typed(*place, Type{}, "'history'");
    if (text.is_text()) project_.history = text.as_text();
  }

  void read_environments(const YamlNode& node) {
    if (!require_mapping(node, "'environments'", Code::ProjectInvalid, diagnostics_)) return;
    for (const YamlNode::Entry& entry : node.entries) {
      if (!plain_name(entry.key)) {
        error("the environment's name '" + printable(entry.key) + "' can't be used", entry.where,
              "letters, digits, '_', '.' and '-'");
        continue;
      }
      project_.environments[entry.key] = environment(entry);
    }
  }

  Environment environment(const YamlNode::Entry& entry) {
    Environment out;
    out.name = entry.key;
    out.where = entry.where;
    const std::string what = "environment '" + entry.key + "'";
    if (!require_mapping(entry.value, what, Code::ProjectInvalid, diagnostics_)) return out;
    check_keys(entry.value, {"inventory", "manifests", "protect"}, what, Code::ProjectInvalid,
               diagnostics_);
    if (const YamlNode* inventory = entry.value.find("inventory")) {
      const Value path = typed(*inventory, Type{}, "'inventory' of " + what);
      if (path.is_text()) out.inventory = path.as_text();
    }
    if (out.inventory.empty()) error(what + " needs an 'inventory'", entry.where);
    if (const YamlNode* manifests = entry.value.find("manifests")) {
      out.manifests = texts(*manifests, "'manifests' of " + what);
    }
    if (out.manifests.empty()) error(what + " needs 'manifests'", entry.where);
    if (const YamlNode* protect = entry.value.find("protect")) {
      const Value truth = typed(*protect, Type{.kind = TypeKind::Bool}, "'protect' of " + what);
      out.protect = truth.is_bool() && truth.as_bool();
    }
    return out;
  }

  void read_default(const YamlNode* node) {
    if (node == nullptr) {
      if (project_.environments.size() == 1) {
        project_.default_environment = project_.environments.begin()->first;
      }
      return;
    }
    const Value name = typed(*node, Type{}, "'default'");
    if (!name.is_text()) return;
    if (project_.environments.count(name.as_text()) > 0) {
      project_.default_environment = name.as_text();
      return;
    }
    std::vector<std::string> names;
    for (const auto& [known, environment] : project_.environments) names.push_back(known);
    error("there is no environment '" + printable(name.as_text()) + "'", node->where,
          did_you_mean(name.as_text(), names));
  }

  Project& project_;
  Diagnostics& diagnostics_;
};

}  // namespace

Project load_project(const std::string& folder, Diagnostics& diagnostics) {
  std::error_code problem;
  const fs::path start = fs::absolute(folder.empty() ? "." : folder, problem).lexically_normal();
  Project project;
  project.folder = normalise_path(start.string());
  project.module_path = {"manifests"};
  const std::string found = find_project(project.folder);
  if (found.empty()) return project;
  project.folder = found;
  project.found = true;
  auto source = load_source((fs::path(found) / kFileName).string());
  if (!source) {
    diagnostics.error(std::move(source.error()));
    return project;
  }
  auto documents = parse_yaml(std::make_shared<const Source>(Source{kFileName, (*source)->text}));
  if (!documents) {
    diagnostics.error(std::move(documents.error()));
    return project;
  }
  if (documents->size() > 1) {
    diagnostics.error(Error{.code = Code::ProjectInvalid,
                            .message = "holdfast.yaml holds more than one document",
                            .where = documents->at(1).where});
  }
  if (!documents->empty()) ProjectReader(project, diagnostics).read(documents->front());
  return project;
}

}  // namespace holdfast
