#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/stated.h"
#include "resources/unpack/origin.h"

namespace holdfast {
namespace {

std::vector<Attribute> attributes() {
  std::vector<Attribute> out = origin_attributes();
  for (Attribute& attribute : out) {
    attribute.required = attribute.name == "url" || attribute.name == "sha256";
  }
  const std::vector<Attribute> own{
      {.name = "owner", .doc = "Account that owns it, by name or number. New files: root."},
      {.name = "group", .doc = "Group, by name or number. New files: root."},
      {.name = "mode", .type = {TypeKind::Mode}, .doc = "Permissions. New files: 0644."}};
  out.insert(out.end(), own.begin(), own.end());
  return out;
}

const Schema& download_schema() {
  static const Schema kSchema{
      .kind = "download",
      .doc =
          "A file that the host fetches by itself from a URL, judged by its digest before it "
          "takes its place. Where the digest is right already, nothing is fetched.",
      .name_doc = "Absolute path of the file.",
      .name_type = {.kind = TypeKind::Path},
      .attributes = attributes(),
      .scheduling = Scheduling::Passive,
      .examples = {"- download: /opt/cache/actions-runner-linux-x64-2.329.0.tar.gz\n"
                   "  url: https://github.com/actions/runner/releases/download/v2.329.0/"
                   "actions-runner-linux-x64-2.329.0.tar.gz\n"
                   "  sha256: 194f1e1e4bd02f80b7e9633fc546084d8d4e19f3928a324d512ea53430102e1d\n",
                   "- download: /usr/local/bin/tool\n"
                   "  url: https://files.example.com/tool-1.4\n"
                   "  sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\n"
                   "  headers: {Authorization: !env FILES_TOKEN}\n  mode: 0755\n",
                   "- download: /opt/cache/old.tar.gz\n  ensure: absent\n"}};
  return kSchema;
}

class DownloadKind final : public Kind {
 public:
  const Schema& schema() const override { return download_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_path_name(resource);
    if (resource.absent) return errors;
    for (Error& error : check_origin(resource, Code::DownloadInvalid)) {
      errors.push_back(std::move(error));
    }
    for (const char* name : {"owner", "group"}) {
      if (!has_control(stated_text(resource.desired, name))) continue;
      errors.push_back(wrong(resource, name, Code::DownloadInvalid,
                             "download '" + printable(resource.name) + "': `" + name +
                                 "` is no account's or group's name"));
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    Links links = path_links(resource);
    for (std::string& token : origin_needs(resource)) links.needs.push_back(std::move(token));
    return links;
  }

  std::vector<Query> queries(const Resource& resource) const override {
    return {
        {"stat", resource.name}, {"stat", parent_path(resource.name)}, {"digest", resource.name}};
  }

  std::vector<std::string> missing(const Resource& resource,
                                   const Answers& answers) const override {
    return missing_folder(resource, answers);
  }

  State desired(const Resource& resource) const override {
    State out;
    for (const char* name : {"sha256", "owner", "group", "mode"}) {
      const Value* value = resource.get(name);
      if (value == nullptr || value->is_null()) continue;
      const bool digest = std::string_view(name) == "sha256" && value->is_text();
      out.set(name, digest ? Value(to_lower(value->as_text())) : *value);
    }
    return out;
  }

  State creation_defaults(const Resource&) const override {
    State out;
    out.set("owner", "root");
    out.set("group", "root");
    out.set("mode", "0644");
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at({"stat", resource.name});
    const Value& digest = answers.at({"digest", resource.name});
    if (seen.is_unknown()) return unknown_state(schema(), seen.as_unknown().cause);
    if (!seen.is_map()) return unseen(schema(), digest);
    const ValueMap& stat = seen.as_map();
    const std::string& type = stat.find("type")->as_text();
    if (type != "file") {
      return fail(other_type(resource, type, "remove it first, or use another path"));
    }
    State state;
    state.set("type", type);
    add_ownership(resource, stat, state);
    state.set("mode", *stat.find("mode"));
    if (digest.is_map()) {
      const std::string& text = digest.as_map().find("digest")->as_text();
      state.set("sha256", text);
      state.set("content", std::string(kDigestPrefix) + text);
    } else {
      state.set("sha256",
                digest.is_unknown() ? digest : Value(Unknown{"it changed while it was looked at"}));
    }
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    std::vector<PhasedStep> out;
    if (change.action == Action::None) return out;
    if (change.action == Action::Delete) {
      out.push_back({0, Remove{resource.name, expect_of(change.before)}});
      return out;
    }
    const bool fresh = change.action == Action::Create;
    if (!fresh && change.find("sha256") == nullptr) {
      add_ownership_steps(resource, change, out);
      return out;
    }
    const State defaults = fresh ? creation_defaults(resource) : State{};
    const auto wanted = [&](const char* name) {
      return text_after(resource, change, name).value_or(stated_text(defaults, name));
    };
    const std::string mode = change.before ? stated_text(*change.before, "mode", "0600") : "0644";
    out.push_back({0, put_file(origin_of(resource), {.path = resource.name,
                                                     .owner = wanted("owner"),
                                                     .group = wanted("group"),
                                                     .mode = wanted("mode"),
                                                     .expect = expect_of(change.before),
                                                     .secret = (mode_bits(mode) & 4) == 0})});
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    const bool sets_id = change.find("mode") != nullptr &&
                         (mode_bits(change.find("mode")->after.bytes()) & 06000) != 0;
    const bool access = grants_access(resource.name);
    out.privileged = change.action != Action::Delete && (sets_id || access);
    out.one_way = change.action == Action::Delete && access;
    if (change.action == Action::Create || change.find("sha256") != nullptr) {
      out.brings.push_back("fetches " + shown_origin(origin_of(resource)));
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Kind> make_download_kind() { return std::make_unique<DownloadKind>(); }

}  // namespace holdfast
