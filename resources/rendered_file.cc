#include "resources/rendered_file.h"

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

Value as_secret_as(const Resource& resource, std::string text) {
  return Value(resource.desired).holds_secret() ? Value(Secret(std::move(text)))
                                                : Value(std::move(text));
}

std::optional<State> unknown(const Kind& kind, const Resource& resource, const std::string& cause) {
  State out = unknown_state(kind.schema(), cause);
  for (const auto& [name, value] : resource.desired) out.set(name, Unknown{cause});
  return out;
}

}  // namespace

std::vector<Attribute> RenderedFileKind::with_file_attributes(std::vector<Attribute> own) {
  own.push_back(
      {.name = "content", .doc = "The text of its file.", .content = true, .computed = true});
  for (const auto& [name, doc] : {std::pair{"owner", "Owner of its file: root."},
                                  {"group", "Group of its file: root."},
                                  {"mode", "Permissions of its file."}}) {
    own.push_back({.name = name, .doc = doc, .computed = true});
  }
  return own;
}

Links RenderedFileKind::links(const Resource& resource) const {
  return {.provides = {"path:" + path(resource)}, .needs = {"path:" + parent_path(path(resource))}};
}

std::vector<Query> RenderedFileKind::queries(const Resource& resource) const {
  const std::string at = path(resource);
  return {{"stat", at}, {"stat", parent_path(at)}, {"digest", at}};
}

State RenderedFileKind::desired(const Resource& resource) const {
  State out;
  for (const auto& [name, value] : resource.desired) out.set(name, value);
  const Value stated_all(resource.desired);
  if (const Unknown* cause = stated_all.find_unknown()) {
    out.set("content", *cause);
    return out;
  }
  const RenderedFile wanted = file(resource);
  out.set("content", as_secret_as(resource, std::string(kDigestPrefix) + sha256_hex(wanted.text)));
  out.set("owner", "root");
  out.set("group", "root");
  out.set("mode", wanted.mode);
  return out;
}

Result<std::optional<State>> RenderedFileKind::read(const Resource& resource,
                                                    const Answers& answers) const {
  const std::string at = path(resource);
  const Value& seen = answers.at({"stat", at});
  const Value& digest = answers.at({"digest", at});
  for (const Value* answer : {&seen, &digest}) {
    if (answer->is_unknown()) return unknown(*this, resource, answer->as_unknown().cause);
  }
  if (!seen.is_map()) return std::nullopt;
  const ValueMap& stat = seen.as_map();
  const std::string& type = stat.find("type")->as_text();
  if (type != "file") return fail(other_type(resource, type, "remove " + at));
  if (!digest.is_map()) return unknown(*this, resource, "it changed while it was looked at");
  State state;
  // The text tells whether they are so.
  for (const auto& [name, value] : resource.desired) state.set(name, value);
  state.set("type", type);
  for (const char* name : {"owner", "group", "mode"}) state.set(name, *stat.find(name));
  state.set("content", as_secret_as(resource, std::string(kDigestPrefix) +
                                                  digest.as_map().find("digest")->as_text()));
  return state;
}

std::vector<PhasedStep> RenderedFileKind::steps(const Resource& resource,
                                                const Change& change) const {
  if (change.action == Action::None) return {};
  const Expect expect = expect_of(change.before);
  if (change.action == Action::Delete) return {{0, Remove{path(resource), expect}}};
  RenderedFile wanted = file(resource);
  return {{0, WriteFile{.path = std::move(wanted.path),
                        .content = as_secret_as(resource, std::move(wanted.text)),
                        .owner = "root",
                        .group = "root",
                        .mode = std::move(wanted.mode),
                        .expect = expect,
                        .validate = std::move(wanted.validate)}}};
}

std::vector<std::string> RenderedFileKind::missing(const Resource& resource,
                                                   const Answers& answers) const {
  Resource at = resource;
  at.name = path(resource);
  return missing_folder(at, answers);
}

std::map<std::string, std::string> RenderedFileKind::text_paths(const Resource& resource) const {
  return {{"content", path(resource)}};
}

Value RenderedFileKind::text(const Resource& resource, std::string_view attribute) const {
  if (attribute != "content" || resource.absent) return {};
  return as_secret_as(resource, file(resource).text);
}

}  // namespace holdfast
