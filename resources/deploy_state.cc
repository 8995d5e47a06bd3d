#include "engine/core/text.h"
#include "resources/json/document.h"
#include "resources/path.h"
#include "resources/stated.h"
#include "resources/unpack/origin.h"
#include "resources/unpack/programs.h"

namespace holdfast {
namespace {

const Schema& deploy_state_schema() {
  static const Schema kSchema{
      .kind = "deploy_state",
      .doc =
          "A JSON file that tells other programs which version of an application is deployed: "
          "`current_version`, `previous_version`, `deploy_start`, `last_deploy_timestamp`.",
      .name_doc = "Absolute path of the file.",
      .name_type = {.kind = TypeKind::Path},
      .attributes = {{.name = "version",
                      .doc = "The version that is deployed; what the file said before becomes "
                             "`previous_version`.",
                      .required = true},
                     {.name = "fields",
                      .type = Type::map_of({TypeKind::Text}),
                      .doc = "More fields, written when the version changes: who, from where."}},
      .scheduling = Scheduling::Passive,
      .examples = {"- deploy_state: /var/lib/paws360-production-state.json\n  version: 1.2.3\n"
                   "  fields: {deployed_by: ann, deploy_runner: runner-1}\n",
                   "- deploy_state: /var/lib/old-state.json\n  ensure: absent\n"}};
  return kSchema;
}

bool own_field(std::string_view name) {
  return name == "current_version" || name == "previous_version" || name == "deploy_start" ||
         name == "last_deploy_timestamp";
}

/// With empty times: the host's clock fills them in.
std::string text_of(const Resource& resource, const Change& change) {
  ValueMap out;
  out.set("current_version", stated_text(resource.desired, "version"));
  const Value* before = change.before ? change.before->find("version") : nullptr;
  out.set("previous_version", before == nullptr ? Value() : *before);
  out.set("last_deploy_timestamp", "");
  out.set("deploy_start", "");
  for (const auto& [name, value] : stated_pairs(resource.desired, "fields")) out.set(name, value);
  return json_text(out, JsonLayout{}, "") + "\n";
}

Run write_state(const Resource& resource, const Change& change) {
  const std::string folder = parent_path(resource.name);
  const std::string name = resource.name.substr(folder == "/" ? 1 : folder.size() + 1);
  const std::string version = stated_text(resource.desired, "version");
  const std::string token = stage_token(resource.name, version);
  const Expect expect = expect_of(change.before);
  const std::string old = expect.what == Expect::What::Absent ? "absent" : "file:" + expect.digest;
  Run run{.argv = {"sh", "-c", state_program(), "deploy-state", folder, name, token, old},
          .input = text_of(resource, change),
          .capture = {"sh", "-c", put_capture_program(), "download-before", folder, name},
          .undo = Argv{"sh", "-c", state_undo_program(), "deploy-state-undo", folder, name, token,
                       old, version},
          .note = "write " + printable(resource.name)};
  run.rehearsal = Rehearsal{};
  return run;
}

class DeployStateKind final : public Kind {
 public:
  const Schema& schema() const override { return deploy_state_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_path_name(resource);
    const auto refuse = [&](const char* attribute, const std::string& why) {
      errors.push_back(wrong(resource, attribute, Code::DeployStateInvalid,
                             "deploy_state '" + printable(resource.name) + "': " + why));
    };
    const std::string version = stated_text(resource.desired, "version");
    if (has_control(version) || version.find_first_of("\"\\") != std::string::npos) {
      refuse("version", "'" + printable(version) + "' is no version");
    }
    for (const auto& [name, value] : stated_pairs(resource.desired, "fields")) {
      if (own_field(name)) refuse("fields", "`" + printable(name) + "` is written by itself");
    }
    const Value* fields = stated(resource.desired, "fields");
    if (fields != nullptr && fields->holds_secret()) {
      refuse("fields", "everybody on the host may read the file: no place for a secret");
    }
    return errors;
  }

  Links links(const Resource& resource) const override { return path_links(resource); }

  std::vector<Query> queries(const Resource& resource) const override {
    return {{"stat", resource.name},
            {"stat", parent_path(resource.name)},
            {"digest", resource.name},
            {"content", resource.name}};
  }

  std::vector<std::string> missing(const Resource& resource,
                                   const Answers& answers) const override {
    return missing_folder(resource, answers);
  }

  State desired(const Resource& resource) const override {
    State out;
    if (const Value* version = resource.get("version")) out.set("version", *version);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at({"stat", resource.name});
    const Value& digest = answers.at({"digest", resource.name});
    const Value& bytes = answers.at({"content", resource.name});
    if (seen.is_unknown()) return unknown_state(schema(), seen.as_unknown().cause);
    if (!seen.is_map()) return unseen(schema(), digest);
    const std::string type = stated_text(seen.as_map(), "type");
    if (type != "file") return fail(other_type(resource, type, "remove it first"));
    if (digest.is_unknown()) return unknown_state(schema(), digest.as_unknown().cause);
    if (bytes.is_unknown()) return unknown_state(schema(), bytes.as_unknown().cause);
    State state;
    state.set("type", type);
    if (digest.is_map()) {
      state.set("content", std::string(kDigestPrefix) + digest.as_map().find("digest")->as_text());
    }
    const Value* text = bytes.is_map() ? bytes.as_map().find("content") : nullptr;
    JsonMistake ignored;
    const auto json = text == nullptr ? std::nullopt : parse_json_text(text->bytes(), ignored);
    const JsonMember* version = json && json->is_map() ? json->find("current_version") : nullptr;
    // A text that tells no version is written anew.
    if (version != nullptr && version->value.type == JsonNode::Type::Text) {
      state.set("version", version->value.text);
    }
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    if (change.action == Action::Delete) {
      return {{0, Remove{resource.name, expect_of(change.before)}}};
    }
    return {{0, write_state(resource, change)}};
  }
};

}  // namespace

std::unique_ptr<Kind> make_deploy_state_kind() { return std::make_unique<DeployStateKind>(); }

}  // namespace holdfast
