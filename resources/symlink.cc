#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& symlink_schema() {
  static const Schema kSchema{
      .kind = "symlink",
      .doc = "A symbolic link. A regular file at its path is replaced; a folder is not.",
      .name_doc = "Absolute path of the link itself.",
      .name_type = {.kind = TypeKind::Path},
      .attributes = {{.name = "target",
                      .doc = "What it points to, kept as it is written: absolute, or relative to "
                             "the link's folder. It need not exist.",
                      .required = true},
                     {.name = "owner", .doc = "Account that owns the link. New ones: root."},
                     {.name = "group", .doc = "Group of the link. New ones: root."},
                     {.name = "type",
                      .doc = "What lies at the path: a regular file is replaced.",
                      .immutable = true,
                      .computed = true}},
      .scheduling = Scheduling::Passive,
      .examples = {"- symlink: /etc/localtime\n  target: /usr/share/zoneinfo/UTC\n",
                   "- symlink: /usr/local/bin/app\n  target: ../lib/app/bin/app\n",
                   "- symlink: /etc/nginx/sites-enabled/default\n  ensure: absent\n"}};
  return kSchema;
}

class SymlinkKind final : public Kind {
 public:
  const Schema& schema() const override { return symlink_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_path_name(resource);
    const Value* target = stated(resource.desired, "target");
    if (target == nullptr) return errors;
    const auto refuse = [&](const char* why) {
      errors.push_back(wrong(resource, "target", Code::SymlinkInvalid,
                             "symlink '" + printable(resource.name) + "': " + why));
    };
    const std::string_view text = target->bytes();
    if (text.empty()) refuse("`target` is empty");
    if (text == resource.name) refuse("it would point to itself");
    if (text.size() > 4095) refuse("`target` is longer than 4095 bytes");
    if (text.find('\0') != std::string_view::npos) refuse("`target` holds a NUL");
    return errors;
  }

  Links links(const Resource& resource) const override {
    Links links = path_links(resource);
    const std::string target = stated_text(resource.desired, "target");
    if (resource.absent || target.empty()) return links;
    const std::string whole =
        starts_with(target, "/") ? target : parent_path(resource.name) + "/" + target;
    links.needs.push_back("path:" + without_dots(whole));
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
    out.set("type", "link");
    for (const char* name : {"target", "owner", "group"}) {
      if (const Value* value = resource.get(name)) out.set(name, *value);
    }
    return out;
  }

  State creation_defaults(const Resource&) const override {
    State out;
    out.set("owner", "root");
    out.set("group", "root");
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at({"stat", resource.name});
    if (seen.is_unknown()) return unknown_state(schema(), seen.as_unknown().cause);
    if (!seen.is_map()) return unseen(schema(), answers.at({"digest", resource.name}));
    const ValueMap& stat = seen.as_map();
    const std::string& type = stat.find("type")->as_text();
    const bool replaceable = type == "file" && !resource.absent;
    if (type != "link" && !replaceable) {
      return fail(other_type(resource, type, "remove it first, or use another path"));
    }
    State state;
    state.set("type", type);
    if (const Value* target = stat.find("target")) state.set("target", *target);
    add_ownership(resource, stat, state);
    const Value& digest = answers.at({"digest", resource.name});
    if (type == "file" && digest.is_map()) {
      state.set("content", std::string(kDigestPrefix) + digest.as_map().find("digest")->as_text());
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
    const bool is_new = change.action != Action::Update;
    if (is_new || change.find("target") != nullptr) {
      // A link can only be made anew: what is not stated stays as the old one's.
      const auto kept = [&](const char* name) {
        auto text = text_after(resource, change, name);
        const Value* old = change.before && !text ? change.before->find(name) : nullptr;
        return old == nullptr ? text : std::optional(std::string(old->bytes()));
      };
      out.push_back({0, Link{.path = resource.name,
                             .target = stated_text(resource.desired, "target"),
                             .owner = kept("owner"),
                             .group = kept("group"),
                             .expect = expect_of(change.before)}});
      return out;
    }
    SetOwner set{.path = resource.name, .expect = expect_metadata_of(change)};
    if (const auto* owner = change.find("owner")) set.owner = std::string(owner->after.bytes());
    if (const auto* group = change.find("group")) set.group = std::string(group->after.bytes());
    out.push_back({0, set});
    return out;
  }

 private:
  /// "/a/b/../c" becomes "/a/c": as text, for edges only.
  static std::string without_dots(const std::string& path) {
    std::vector<std::string> parts;
    for (const std::string_view part : split(path, '/')) {
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.emplace_back(part);
      } else if (!parts.empty()) {
        parts.pop_back();
      }
    }
    return "/" + join(parts, "/");
  }
};

}  // namespace

std::unique_ptr<Kind> make_symlink_kind() { return std::make_unique<SymlinkKind>(); }

}  // namespace holdfast
