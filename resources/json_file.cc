#include "engine/core/text.h"
#include "resources/json/merged_file.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& json_file_schema() {
  static const Schema kSchema{
      .kind = "json_file",
      .doc =
          "Keys of a JSON file that is somebody else's, too: set or removed, everything else in it "
          "stays as it is. `ensure: absent` removes the whole file.",
      .name_doc = "Absolute path of the file.",
      .name_type = {.kind = TypeKind::Path},
      .attributes =
          {{.name = "set",
            .type = Type::map_of({TypeKind::Any}),
            .doc = "What the file must say. A map is merged into the one that is there, at any "
                   "depth; a list and everything else takes the place of what is there."},
           {.name = "remove",
            .type = Type::list_of({}),
            .doc = "Keys that must not be there, as JSON pointers: `/log-opts/max-size`. In a key, "
                   "`/` is written `~1` and `~` is written `~0`."},
           {.name = "owner", .doc = "Account that owns it, by name or number. New files: root."},
           {.name = "group", .doc = "Group, by name or number. New files: root."},
           {.name = "mode",
            .type = {.kind = TypeKind::Mode},
            .doc = "Permissions. New files: 0644, or 0600 if a value is secret."},
           {.name = "validate",
            .type = Type::list_of({}),
            .doc = "A command, as a list of words, that must succeed before the new text takes the "
                   "file's place; the word `%s` stands for the path of the new text."}},
      .scheduling = Scheduling::Passive,
      .examples = {
          "- json_file: /etc/docker/daemon.json\n  set:\n    log-driver: json-file\n    "
          "log-opts: {max-size: 10m, max-file: \"3\"}\n",
          "- json_file: /etc/exporter/settings.json\n  set:\n    listen: 127.0.0.1:9101\n  "
          "remove: [/debug, /labels/old]\n  mode: 0640\n",
          "- json_file: /etc/exporter/old.json\n  ensure: absent\n"}};
  return kSchema;
}

JsonWishes wishes_of(const Resource& resource) {
  JsonWishes out;
  const Value* set = stated(resource.desired, "set");
  if (set != nullptr && set->is_map()) out.set = json_leaves(set->as_map());
  for (const std::string& text : stated_list(resource.desired, "remove")) {
    if (auto path = read_json_pointer(text)) out.remove.push_back(std::move(*path));
  }
  return out;
}

class JsonFileKind final : public Kind {
 public:
  const Schema& schema() const override { return json_file_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_path_name(resource);
    for (Error& error : check_validate(resource, Code::JsonFileInvalid)) {
      errors.push_back(std::move(error));
    }
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint) {
      errors.push_back(wrong(resource, attribute, Code::JsonFileInvalid,
                             "json_file '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    for (const std::string& text : stated_list(resource.desired, "remove")) {
      if (read_json_pointer(text)) continue;
      refuse("remove", "'" + printable(text) + "' is no JSON pointer",
             "such as /log-opts/max-size");
    }
    const JsonWishes wishes = wishes_of(resource);
    for (const std::string& both : json_contradictions(wishes)) refuse("remove", both, {});
    if (!resource.absent && resource.get("set") == nullptr && resource.get("remove") == nullptr) {
      refuse("", "it says nothing of the file's keys", "give `set` or `remove`");
    }
    return errors;
  }

  Links links(const Resource& resource) const override { return path_links(resource); }

  std::vector<Query> queries(const Resource& resource) const override {
    return {{"stat", resource.name},
            {"stat", parent_path(resource.name)},
            {resource.absent ? "digest" : "content", resource.name}};
  }

  std::vector<std::string> missing(const Resource& resource,
                                   const Answers& answers) const override {
    return missing_folder(resource, answers);
  }

  State desired(const Resource& resource) const override {
    State out;
    if (const Value* set = resource.get("set"); set != nullptr && set->is_unknown()) {
      out.set("set", *set);
    }
    add_json_wishes(wishes_of(resource), out);
    for (const char* name : {"owner", "group", "mode"}) {
      if (const Value* value = stated(resource.desired, name)) out.set(name, *value);
    }
    return out;
  }

  State creation_defaults(const Resource& resource) const override {
    State out;
    out.set("owner", "root");
    out.set("group", "root");
    out.set("mode", wishes_of(resource).secret() ? "0600" : "0644");
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at({"stat", resource.name});
    if (seen.is_unknown()) return unknown(resource, seen.as_unknown().cause);
    const Value& bytes = answers.at({resource.absent ? "digest" : "content", resource.name});
    if (bytes.is_unknown()) return unknown(resource, bytes.as_unknown().cause);
    if (!seen.is_map()) return std::nullopt;
    const ValueMap& stat = seen.as_map();
    const std::string& type = stat.find("type")->as_text();
    if (type != "file") {
      return fail(other_type(resource, type,
                             type == "link" ? "name the path that it leads to"
                                            : "remove it first, or use another path"));
    }
    State state;
    state.set("type", type);
    add_ownership(resource, stat, state);
    state.set("mode", *stat.find("mode"));
    if (!bytes.is_map()) return unknown(resource, "it changed while it was looked at");
    if (resource.absent) {
      state.set("content",
                std::string(kDigestPrefix) + std::string(bytes.as_map().find("digest")->bytes()));
      return state;
    }
    HF_CHECK(read_json_wishes(resource, resource.name, *bytes.as_map().find("content"),
                              wishes_of(resource), state));
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    std::vector<PhasedStep> out;
    if (change.action == Action::None) return out;
    if (change.action == Action::Delete) {
      out.push_back({0, Remove{resource.name, expect_of(change.before)}});
      return out;
    }
    if (change.before && !changes_json(change)) {
      add_ownership_steps(resource, change, out);
      return out;
    }
    const State defaults = change.before ? State{} : creation_defaults(resource);
    const auto metadata = [&](const char* name) {
      const Value* fallback = defaults.find(name);
      auto text = text_after(resource, change, name);
      return text || fallback == nullptr ? text : std::optional(fallback->as_text());
    };
    out.push_back({0, WriteFile{.path = resource.name,
                                .content = json_after(wishes_of(resource), change),
                                .owner = metadata("owner"),
                                .group = metadata("group"),
                                .mode = metadata("mode"),
                                .expect = expect_of(change.before),
                                .validate = stated_list(resource.desired, "validate")}});
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    const bool access = grants_access(resource.name);
    const AttributeChange* mode = change.find("mode");
    const bool sets_id = mode != nullptr && (mode_bits(mode->after.bytes()) & 06000) != 0;
    const bool deleted = change.action == Action::Delete;
    out.privileged = !deleted && (access || sets_id);
    out.one_way = (deleted && access) || changes_secret(change);
    return out;
  }

 private:
  /// Every key that is stated, too.
  std::optional<State> unknown(const Resource& resource, const std::string& cause) const {
    State out = unknown_state(schema(), cause);
    for (const auto& [name, value] : desired(resource)) out.set(name, Unknown{cause});
    return out;
  }

  static bool changes_secret(const Change& change) {
    if (change.action != Action::Update) return false;
    for (const AttributeChange& one : change.attributes) {
      if (starts_with(one.name, "/") && one.after.holds_secret()) return true;
    }
    return false;
  }
};

}  // namespace

std::unique_ptr<Kind> make_json_file_kind() { return std::make_unique<JsonFileKind>(); }

}  // namespace holdfast
