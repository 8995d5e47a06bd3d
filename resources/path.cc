#include "resources/path.h"

#include <algorithm>

#include "engine/core/text.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

std::string_view text_in(const State& state, std::string_view name) {
  const Value* value = state.find(name);
  return value == nullptr ? std::string_view{} : value->bytes();
}

}  // namespace

std::vector<Error> check_path_name(const Resource& resource) {
  const std::string& path = resource.name;
  const auto refuse = [&](std::string why, std::string hint) {
    return std::vector<Error>{wrong(resource, "", Code::PathInvalid,
                                    resource.kind + " '" + printable(path) + "': " + std::move(why),
                                    std::move(hint))};
  };
  if (!starts_with(path, "/")) return refuse("not an absolute path", "begin it with '/'");
  if (path == "/") return refuse("the root folder is not for a manifest", {});
  if (path.find('\0') != std::string::npos) return refuse("a path can't hold a NUL", {});
  for (const std::string_view part : split(path, '/')) {
    if (part == "..") return refuse("'..' in a path", "write the path that it leads to");
    if (part.size() > 255) return refuse("a name is at most 255 bytes long", {});
  }
  if (path.size() > 4095) return refuse("a path is at most 4095 bytes long", {});
  for (const std::string_view own : {"/var/lib/holdfast", "/run/holdfast"}) {
    if (path == own || starts_with(path, std::string(own) + "/")) {
      return refuse("what holdfast remembers of a host is not for a manifest", {});
    }
  }
  return {};
}

Links path_links(const Resource& resource) {
  Links links{.provides = {"path:" + resource.name},
              .needs = {"path:" + parent_path(resource.name)}};
  if (const auto owner = optional_text(resource, "owner")) links.needs.push_back("user:" + *owner);
  if (const auto group = optional_text(resource, "group")) {
    links.needs.push_back("group:" + *group);
  }
  return links;
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void add_ownership(const Resource& resource, const ValueMap& seen, State& state) {
  const auto add = [&](const char* name, const char* number) {
    const bool numeric = is_number(stated_text(resource.desired, name));
    const Value* value = seen.find(numeric ? number : name);
    if (value == nullptr) return;
    state.set(name, value->is_int() ? Value(std::to_string(value->as_int())) : *value);
  };
  add("owner", "uid");
  add("group", "gid");
}

std::optional<std::string> optional_text(const Resource& resource, std::string_view name) {
  const Value* value = stated(resource.desired, name);
  if (value == nullptr) return std::nullopt;
  return std::string(value->bytes());
}

std::optional<std::string> text_after(const Resource& resource, const Change& change,
                                      std::string_view name) {
  const AttributeChange* found = change.find(name);
  if (found != nullptr && !found->after.is_null()) return std::string(found->after.bytes());
  return optional_text(resource, name);
}

State unknown_state(const Schema& schema, const std::string& cause) {
  State out;
  for (const Attribute& attribute : schema.attributes) out.set(attribute.name, Unknown{cause});
  return out;
}

State unknown_state(const State& wanted, const std::string& cause) {
  State out;
  for (const auto& [name, value] : wanted) out.set(name, Unknown{cause});
  return out;
}

std::optional<State> unseen(const Schema& schema, const Value& digest) {
  if (!digest.is_unknown()) return std::nullopt;
  return unknown_state(schema, digest.as_unknown().cause);
}

std::vector<std::string> missing_folder(const Resource& resource, const Answers& answers) {
  const std::string folder = parent_path(resource.name);
  const Value& seen = answers.at({"stat", folder});
  if (seen.is_unknown()) return {};
  if (seen.is_map()) {
    const std::string& type = seen.as_map().find("type")->as_text();
    if (type == "directory" || type == "link") return {};
  }
  return {"path:" + folder};
}

Expect expect_of(const std::optional<State>& before) {
  if (!before) return {.what = Expect::What::Absent};
  const std::string_view type = text_in(*before, "type");
  if (type == "link") {
    return {.what = Expect::What::Link, .digest = std::string(text_in(*before, "target"))};
  }
  if (type == "directory") return {.what = Expect::What::Directory};
  if (type != "file") return {};
  const std::string_view content = text_in(*before, "content");
  if (!starts_with(content, kDigestPrefix)) return {.what = Expect::What::File};
  return {.what = Expect::What::File, .digest = std::string(content.substr(kDigestPrefix.size()))};
}

ExpectMetadata expect_metadata_of(const Change& change) {
  const auto seen = [&](const char* name) -> std::optional<std::string> {
    const AttributeChange* attribute = change.find(name);
    if (attribute == nullptr || !attribute->before.is_text()) return std::nullopt;
    return attribute->before.as_text();
  };
  return {.owner = seen("owner"), .group = seen("group"), .mode = seen("mode")};
}

void add_ownership_steps(const Resource& resource, const Change& change,
                         std::vector<PhasedStep>& out) {
  const ExpectMetadata expect = expect_metadata_of(change);
  SetOwner set{.path = resource.name, .expect = {.owner = expect.owner, .group = expect.group}};
  if (const auto* owner = change.find("owner")) set.owner = std::string(owner->after.bytes());
  if (const auto* group = change.find("group")) set.group = std::string(group->after.bytes());
  // Owner first: a change of it takes the set-user-id bit away.
  const bool owned_anew = set.owner || set.group;
  if (owned_anew) out.push_back({0, set});
  if (const auto mode = text_after(resource, change, "mode");
      mode && (change.find("mode") != nullptr || (owned_anew && (mode_bits(*mode) & 06000) != 0))) {
    // Its own change of the owner may have changed the mode, too.
    out.push_back(
        {0, SetMode{resource.name, *mode, {.mode = owned_anew ? std::nullopt : expect.mode}}});
  }
}

int mode_bits(std::string_view text) {
  int bits = 0;
  for (const char c : text) bits = bits * 8 + (c - '0');
  return bits;
}

std::vector<Error> check_validate(const Resource& resource, Code code) {
  if (stated(resource.desired, "validate") == nullptr) return {};
  const std::vector<std::string> validate = stated_list(resource.desired, "validate");
  if (std::find(validate.begin(), validate.end(), "%s") != validate.end()) return {};
  return {wrong(resource, "validate", code,
                resource.kind + " '" + printable(resource.name) +
                    "': `validate` has no word '%s' for the new text's path",
                "such as [visudo, -cf, \"%s\"]")};
}

Error other_type(const Resource& resource, std::string_view found, std::string_view hint) {
  return wrong(resource, "", Code::PathIsOther,
               resource.kind + " '" + printable(resource.name) + "': there is a " +
                   std::string(found) + " at that path",
               std::string(hint));
}

bool grants_access(std::string_view path) {
  static constexpr std::string_view kExact[] = {"/etc/sudoers", "/etc/passwd", "/etc/shadow",
                                                "/etc/group", "/etc/gshadow"};
  static constexpr std::string_view kBelow[] = {"/etc/sudoers.d/", "/etc/pam.d/",
                                                "/etc/polkit-1/rules.d/", "/etc/doas.d/"};
  for (const std::string_view exact : kExact) {
    if (path == exact) return true;
  }
  for (const std::string_view below : kBelow) {
    if (starts_with(path, below)) return true;
  }
  return ends_with(path, "/.ssh/authorized_keys") || ends_with(path, "/.ssh/authorized_keys2");
}

}  // namespace holdfast
