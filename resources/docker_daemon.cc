#include <algorithm>
#include <set>

#include "engine/core/text.h"
#include "resources/json/merged_file.h"
#include "resources/path.h"
#include "resources/stated.h"
#include "resources/systemd/programs.h"

namespace holdfast {
namespace {

Attribute key(const char* name, Type type, const char* doc) {
  return {.name = name, .type = std::move(type), .doc = doc};
}

std::vector<Attribute> attributes() {
  const Type count{.kind = TypeKind::Int, .min = 1, .max = 1000};
  const Type number{.kind = TypeKind::Int, .min = -1};
  const Type limit = Type::object(
      {{.name = "soft", .type = number, .doc = "What a process starts with.", .required = true},
       {.name = "hard", .type = number, .doc = "How far it may raise it.", .required = true}});
  return {
      key("log_driver", {}, "Where containers' output goes: `json-file`, `local`, `journald` …"),
      key("log_opts", Type::map_of({TypeKind::Text}),
          "Options of the log driver: `max-size: 10m`, `max-file: 3`."),
      key("max_concurrent_downloads", count, "Layers that are fetched at once."),
      key("max_concurrent_uploads", count, "Layers that are pushed at once."),
      key("default_ulimits", Type::map_of(limit),
          "Limits of containers by their name: `nofile: {soft: 64000, hard: 64000}`."),
      key("live_restore", {TypeKind::Bool}, "Containers run on while the daemon is down."),
      key("data_root", {TypeKind::Path}, "Folder of images, containers and volumes."),
      key("storage_driver", {}, "How layers are stored: `overlay2`."),
      key("registry_mirrors", Type::list_of({TypeKind::Url}), "Mirrors of Docker Hub."),
      key("insecure_registries", Type::list_of({}), "Registries without a certificate to trust."),
      key("labels", Type::list_of({}), "Labels of the daemon: `key=value`."),
      key("debug", {TypeKind::Bool}, "It says more in its log."),
      key("shutdown_timeout", number, "Seconds that containers get to stop."),
      key("features", Type::map_of({TypeKind::Bool}), "Switches of features."),
      key("settings", Type::map_of({TypeKind::Any}),
          "Any other key of daemon.json, under its own name, merged as by `json_file`."),
      key("remove", Type::list_of({}), "Keys that must not be there, as JSON pointers: `/debug`."),
      {.name = "config",
       .type = {TypeKind::Path},
       .doc = "The daemon's file.",
       .default_value = "/etc/docker/daemon.json",
       .identity = true}};
}

const Schema& docker_daemon_schema() {
  static const Schema kSchema{
      .kind = "docker_daemon",
      .doc =
          "Keys of Docker's daemon.json, merged into what is there, and put in force: reloaded "
          "where "
          "that is enough, restarted where it must be.",
      .name_doc = "The daemon's service: `docker`.",
      .attributes = attributes(),
      .scheduling = Scheduling::Batched,
      .can_be_absent = false,
      .examples = {"- docker_daemon: docker\n  log_driver: json-file\n  log_opts: {max-size: 10m, "
                   "max-file: 3}\n  max_concurrent_downloads: 3\n  max_concurrent_uploads: 5\n  "
                   "default_ulimits:\n    nofile: {soft: 64000, hard: 64000}\n",
                   "- docker_daemon: docker\n  live_restore: true\n  settings:\n    "
                   "default-address-pools:\n      - {base: 10.200.0.0/16, size: 24}\n  remove: "
                   "[/debug]\n"}};
  return kSchema;
}

const Query kContainers{"docker", "docker"};

/// Its own name in daemon.json; "" of an attribute that is none.
std::string key_of(const std::string& attribute) {
  if (attribute == "settings" || attribute == "remove" || attribute == "config") return {};
  std::string out = attribute;
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

/// {soft, hard} by name as the daemon wants them.
Value ulimits(const Value& stated_limits) {
  ValueMap out;
  for (const auto& [name, limit] : stated_limits.as_map()) {
    ValueMap one;
    one.set("Name", name);
    if (limit.is_map()) {
      one.set("Hard", stated_int(limit.as_map(), "hard", 0));
      one.set("Soft", stated_int(limit.as_map(), "soft", 0));
    }
    out.set(name, std::move(one));
  }
  return out;
}

JsonWishes wishes_of(const Resource& resource) {
  ValueMap all;
  for (const Attribute& attribute : docker_daemon_schema().attributes) {
    const Value* value = stated(resource.desired, attribute.name);
    const std::string key = key_of(attribute.name);
    if (value == nullptr || key.empty()) continue;
    all.set(key, attribute.name == "default_ulimits" && value->is_map() ? ulimits(*value) : *value);
  }
  const Value* settings = stated(resource.desired, "settings");
  if (settings != nullptr && settings->is_map()) {
    for (const auto& [name, value] : settings->as_map()) all.set(name, value);
  }
  JsonWishes out{.set = json_leaves(all)};
  for (const std::string& text : stated_list(resource.desired, "remove")) {
    if (auto path = read_json_pointer(text)) out.remove.push_back(std::move(*path));
  }
  return out;
}

std::string config_of(const Resource& resource) {
  return stated_text(resource.desired, "config", "/etc/docker/daemon.json");
}

std::string unit_of(const Resource& resource) {
  return ends_with(resource.name, ".service") ? resource.name : resource.name + ".service";
}

/// dockerd takes a new value of these without a restart.
bool reloads(std::string_view pointer) {
  static const std::set<std::string, std::less<>> kLive{"debug",
                                                        "labels",
                                                        "live-restore",
                                                        "max-concurrent-downloads",
                                                        "max-concurrent-uploads",
                                                        "max-download-attempts",
                                                        "default-runtime",
                                                        "runtimes",
                                                        "authorization-plugins",
                                                        "insecure-registries",
                                                        "registry-mirrors",
                                                        "shutdown-timeout",
                                                        "features"};
  const auto path = read_json_pointer(pointer);
  return path && !path->empty() && kLive.count(path->front()) > 0;
}

bool restarts(const State& desired, const State& seen) {
  return std::any_of(desired.begin(), desired.end(), [&](const auto& one) {
    const Value* found = seen.find(one.first);
    const bool same = found != nullptr && *found == one.second;
    return starts_with(one.first, "/") && !same && !reloads(one.first);
  });
}

// dockerd of Docker 23 and later judges a file; before it is installed, nobody can.
constexpr const char* kTry = R"sh(
PATH=$PATH:/usr/sbin
command -v dockerd >/dev/null || exit 0
dockerd --help 2>/dev/null | grep -q -- '--validate' || exit 0
dockerd --validate --config-file "$1"
)sh";

// The package that makes the folder may come in the same run.
constexpr const char* kFolder = "[ ! -d \"$1\" ] || exit 0\nmkdir -m 0755 -- \"$1\"\n";
constexpr const char* kFolderBefore = "[ ! -d \"$1\" ] || echo there\n";
constexpr const char* kFolderUndo =
    "[ -s \"$HF_CAPTURE\" ] || [ ! -d \"$1\" ] || rmdir -- \"$1\" 2>/dev/null || true\n";

// What installs the daemon mostly starts it, too.
constexpr const char* kLate = R"sh(
command -v systemctl >/dev/null || exit 0
systemctl is-active --quiet -- "$1" || exit 0
exec systemctl restart -- "$1"
)sh";

Run restart_late(const std::string& unit) {
  Run run{.argv = {"sh", "-c", kLate, "docker-late", unit},
          .limit = std::chrono::minutes(5),
          .undo = Argv{"sh", "-c", kLate, "docker-late", unit},
          .undo_order = Run::UndoOrder::Last,
          .restarts = {unit},
          .undo_stops = {unit},
          .note = "restart " + unit + " if it runs by now"};
  run.rehearsal = NotRehearsed{"it acts on running services", false};
  return run;
}

Run make_folder(const std::string& folder) {
  return Run{.argv = {"sh", "-c", kFolder, "docker-folder", folder},
             .capture = {"sh", "-c", kFolderBefore, "docker-folder-before", folder},
             .undo = Argv{"sh", "-c", kFolderUndo, "docker-folder-undo", folder},
             .rehearsal = Rehearsal{},
             .note = "make " + folder};
}

class DockerDaemonKind final : public Kind {
 public:
  const Schema& schema() const override { return docker_daemon_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::DockerDaemonInvalid,
                             "docker_daemon '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    const bool plain = !resource.name.empty() && resource.name.front() != '-' &&
                       std::all_of(resource.name.begin(), resource.name.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
                       });
    if (!plain) refuse("", "not a service's name", "`docker`");
    const Value* settings = stated(resource.desired, "settings");
    if (settings != nullptr && settings->is_map()) {
      for (const auto& [name, value] : settings->as_map()) {
        std::string attribute = name;
        std::replace(attribute.begin(), attribute.end(), '-', '_');
        if (!key_of(attribute).empty() && schema().find(attribute) != nullptr) {
          refuse("settings", "'" + printable(name) + "' has an attribute of its own",
                 "write `" + attribute + ":`");
        }
      }
    }
    for (const std::string& text : stated_list(resource.desired, "remove")) {
      if (read_json_pointer(text)) continue;
      refuse("remove", "'" + printable(text) + "' is no JSON pointer",
             "such as /log-opts/max-size");
    }
    const JsonWishes wishes = wishes_of(resource);
    for (const std::string& both : json_contradictions(wishes)) refuse("remove", both);
    if (wishes.set.empty() && wishes.remove.empty() &&
        Value(resource.desired).find_unknown() == nullptr) {
      refuse("", "it states no key");
    }
    return errors;
  }

  std::string identity(const Resource& resource) const override {
    return "docker_daemon " + config_of(resource);
  }

  Links links(const Resource& resource) const override {
    Links out{.provides = {"path:" + config_of(resource)},
              .needs = {"path:" + parent_path(config_of(resource)), "package:docker.io",
                        "package:docker-ce"}};
    if (const Value* root = stated(resource.desired, "data_root")) {
      out.needs.push_back("path:" + std::string(root->bytes()));
    }
    return out;
  }

  std::vector<Query> queries(const Resource& resource) const override {
    const std::string path = config_of(resource);
    return {{"stat", path},
            {"stat", parent_path(path)},
            {"content", path},
            {"systemd", unit_of(resource)},
            kContainers};
  }

  State desired(const Resource& resource) const override {
    State out;
    const Value stated_all(resource.desired);
    if (const Unknown* cause = stated_all.find_unknown()) {
      out.set("settings", *cause);
      return out;
    }
    add_json_wishes(wishes_of(resource), out);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const std::string path = config_of(resource);
    const Value& stat = answers.at({"stat", path});
    const Value& bytes = answers.at({"content", path});
    for (const Value* answer : {&stat, &bytes}) {
      if (answer->is_unknown()) {
        return unknown_state(desired(resource), answer->as_unknown().cause);
      }
    }
    State state;
    if (stat.is_map()) {
      const std::string& type = stat.as_map().find("type")->as_text();
      if (type != "file") return fail(other_type(resource, type, "remove " + path));
      state.set("type", type);
      const Value* content = bytes.is_map() ? bytes.as_map().find("content") : nullptr;
      HF_CHECK(read_json_wishes(resource, path, content == nullptr ? Value("") : *content,
                                wishes_of(resource), state));
    }
    add_daemon(resource, answers, state);
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    const std::string path = config_of(resource);
    std::vector<PhasedStep> out;
    const State& before = *change.before;
    const bool there = before.find("type") != nullptr;
    if (!there && !stated_bool(before, "folder", false)) {
      out.push_back({0, make_folder(parent_path(path))});
    }
    const Value text = json_after(wishes_of(resource), change);
    WriteFile write{.path = path,
                    .content = text,
                    .expect = there ? expect_of(before) : Expect{.what = Expect::What::Absent},
                    .validate = {"sh", "-c", kTry, "docker-try", "%s"}};
    if (!there) {
      write.owner = "root";
      write.group = "root";
      write.mode = text.is_secret() ? "0600" : "0644";
    }
    out.push_back({1, std::move(write)});
    if (!stated_bool(before, "runs", false)) {
      out.push_back({2, restart_late(unit_of(resource))});
      return out;
    }
    Run run = start_unit(restart_due(before) ? "restart" : "reload-or-restart", unit_of(resource));
    if (!restart_due(before)) {
      run.restarts.clear();
      run.undo_stops.clear();
    }
    out.push_back({2, std::move(run)});
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    if (!change.before) return out;
    const State& before = *change.before;
    out.makes = before.find("type") == nullptr;
    for (const AttributeChange& one : change.attributes) {
      const bool replaced = !one.before.is_null() && starts_with(one.name, "/");
      out.one_way = out.one_way || (replaced && one.after.holds_secret());
    }
    const std::string unit = printable(unit_of(resource));
    if (!stated_bool(before, "runs", false)) {
      out.brings.push_back("restarts " + unit + " if it is started meanwhile: now it doesn't run");
    } else if (!restart_due(before)) {
      out.brings.push_back("reloads " + unit + "; containers run on");
    } else {
      out.brings.push_back("restarts " + unit);
      out.brings.push_back(containers(before));
    }
    return out;
  }

 private:
  static bool restart_due(const State& before) { return stated_bool(before, "restart", false); }

  /// What a restart would end counts only where one is due: containers come and go.
  void add_daemon(const Resource& resource, const Answers& answers, State& state) const {
    const Value& folder = answers.at({"stat", parent_path(config_of(resource))});
    if (state.find("type") == nullptr) state.set("folder", folder.is_map());
    const Value& unit = answers.at({"systemd", unit_of(resource)});
    const bool runs = unit.is_map() && (stated_text(unit.as_map(), "ActiveState") == "active" ||
                                        stated_text(unit.as_map(), "ActiveState") == "reloading");
    state.set("runs", runs);
    if (!runs || !restarts(desired(resource), state)) return;
    state.set("restart", true);
    const Value& names = answers.at(kContainers);
    state.set("containers", names.is_unknown() ? Value(names.as_unknown().cause) : names);
    const Value* text = state.find("text");
    JsonMistake ignored;
    const auto root = text == nullptr ? std::nullopt : parse_json_text(text->bytes(), ignored);
    const JsonNode* live = root ? json_exact(*root, {"live-restore"}) : nullptr;
    state.set("live_restore", live != nullptr && live->truth);
  }

  static std::string containers(const State& before) {
    const Value* names = before.find("containers");
    if (names == nullptr || !names->is_list()) {
      return "which containers run can't be told: " +
             printable(names == nullptr ? "not asked" : names->bytes());
    }
    const std::vector<std::string> all = stated_list(before, "containers");
    if (all.empty()) return "no container runs";
    const bool live = stated_bool(before, "live_restore", false);
    return (live ? "containers that run on (live-restore): " : "ends containers that run: ") +
           printable(join(all, ", "));
  }
};

}  // namespace

std::unique_ptr<Kind> make_docker_daemon_kind() { return std::make_unique<DockerDaemonKind>(); }

}  // namespace holdfast
