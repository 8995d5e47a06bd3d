#include <algorithm>

#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/stated.h"
#include "resources/unpack/origin.h"
#include "resources/unpack/tree.h"

namespace holdfast {
namespace {

std::vector<Attribute> attributes() {
  std::vector<Attribute> out{
      {.name = "version",
       .doc = "The archive is unpacked to a folder of this name inside the one that the resource "
              "names; versions lie there side by side. Not stated: to the named folder itself."},
      {.name = "path", .type = {TypeKind::Path}, .doc = "The archive is this file of the host."},
      {.name = "content",
       .doc = "The archive's bytes: by `source`, a file of the project.",
       .content = true}};
  for (Attribute& attribute : origin_attributes()) out.push_back(std::move(attribute));
  const std::vector<Attribute> own{
      {.name = "strip",
       .type = {.kind = TypeKind::Int, .min = 0, .max = 9},
       .doc = "So many folders at the archive's top are left out, each the only thing there.",
       .default_value = 0},
      {.name = "owner", .doc = "Account that owns all of it. Not stated: root."},
      {.name = "group", .doc = "Group of all of it. Not stated: root."},
      {.name = "link",
       .type = {TypeKind::Path},
       .doc = "A symbolic link that leads to what was unpacked: switched in one move once it is "
              "whole."},
      {.name = "keep",
       .type = {.kind = TypeKind::Int, .min = 1, .max = 1000},
       .doc = "So many older versions stay; others are removed. The one that `link` led to before "
              "is always one of them. Not stated: all stay."},
      {.name = "current", .doc = "Where `link` leads.", .computed = true},
      {.name = "surplus",
       .type = Type::list_of({}),
       .doc = "Versions to remove.",
       .computed = true}};
  out.insert(out.end(), own.begin(), own.end());
  return out;
}

const Schema& archive_schema() {
  static const Schema kSchema{
      .kind = "archive",
      .doc =
          "An archive (tar, also by gzip, xz, zstd or bzip2, or zip), judged by its digest, "
          "unpacked beside its place and put there whole; versions side by side, one of them "
          "switched to by a link.",
      .name_doc = "The folder that holds the versions, or, without `version`, what was unpacked.",
      .name_type = {.kind = TypeKind::Path},
      .attributes = attributes(),
      .scheduling = Scheduling::Passive,
      .examples = {"- archive: /opt/app/releases\n  version: 1.2.3\n"
                   "  url: https://files.example.com/app-1.2.3.tar.gz\n"
                   "  sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\n"
                   "  strip: 1\n  link: /opt/app/current\n  keep: 3\n",
                   "- archive: /opt/tools/node-20.11.1\n  path: /var/cache/node-20.11.1.tar.gz\n"
                   "  sha256: bf3a779bef19452da90fb88358ec2c57e0d2f882839b20dc6afc297b6aafc0d7\n"
                   "  strip: 1\n",
                   "- archive: /opt/site/releases\n  version: \"7\"\n  source: site-7.tar.gz\n"
                   "  owner: www-data\n  group: www-data\n  link: /opt/site/current\n",
                   "- archive: /opt/tools/old\n  ensure: absent\n"}};
  return kSchema;
}

std::string version_of(const Resource& resource) {
  return stated_text(resource.desired, "version");
}

/// Where the archive is unpacked to.
std::string folder_of(const Resource& resource) {
  const std::string version = version_of(resource);
  return version.empty() ? resource.name : resource.name + "/" + version;
}

bool plain_version(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '+' || c == '~';
  };
  return !text.empty() && text.size() <= 128 && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), plain);
}

/// As the mark says it.
bool plain_account(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '@';
  });
}

/// Absolute, of a link at `path`.
std::string leads_to(const std::string& path, const std::string& target) {
  return normalise_path(starts_with(target, "/") ? target : parent_path(path) + "/" + target);
}

std::string join_list(const State& state, std::string_view name) {
  return printable(join(stated_list(state, name), ", "));
}

class ArchiveKind final : public Kind {
 public:
  const Schema& schema() const override { return archive_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_path_name(resource);
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::ArchiveInvalid,
                             "archive '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    const std::string version = version_of(resource);
    if (stated(resource.desired, "version") != nullptr && !plain_version(version)) {
      refuse("version", "'" + printable(version) + "' is no name of a version's folder",
             "letters, digits, '.', '_', '-', '+' and '~', not '.' or '-' first");
    }
    const std::string link = stated_text(resource.desired, "link");
    if (!link.empty() && is_within(link, folder_of(resource))) {
      refuse("link", "`link` would lie where the archive is unpacked to");
    }
    if (resource.absent) {
      if (resource.get("version") != nullptr) {
        refuse("version", "`ensure: absent` removes every version",
               "leave `version` out; old versions go by `keep`");
      }
      return errors;
    }
    int given = 0;
    for (const char* name : {"url", "path", "content"}) given += resource.get(name) != nullptr;
    if (given != 1) {
      refuse("", given == 0 ? "it says nothing of where the archive is" : "it has several sources",
             "exactly one of `url`, `path` and `source`");
    }
    if (stated(resource.desired, "keep") != nullptr && version.empty() &&
        resource.get("version") == nullptr) {
      refuse("keep", "`keep` counts versions, and there is no `version`");
    }
    for (const char* name : {"owner", "group"}) {
      const std::string text = stated_text(resource.desired, name);
      if (stated(resource.desired, name) != nullptr && (text.empty() || !plain_account(text))) {
        refuse(name, "'" + printable(text) + "' is no account's or group's name");
      }
    }
    for (Error& error : check_origin(resource, Code::ArchiveInvalid)) {
      errors.push_back(std::move(error));
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    const std::string folder = folder_of(resource);
    Links out{.provides = {"path:" + folder}, .needs = {"path:" + parent_path(folder)}};
    for (std::string& token : origin_needs(resource)) out.needs.push_back(std::move(token));
    for (const char* name : {"tar", "xz-utils", "zstd", "bzip2", "unzip"}) {
      out.needs.push_back(std::string("package:") + name);
    }
    if (const auto owner = optional_text(resource, "owner")) out.needs.push_back("user:" + *owner);
    if (const auto group = optional_text(resource, "group")) out.needs.push_back("group:" + *group);
    const std::string link = stated_text(resource.desired, "link");
    if (link.empty()) return out;
    out.provides.push_back("path:" + link);
    out.needs.push_back("path:" + parent_path(link));
    return out;
  }

  std::vector<Query> queries(const Resource& resource) const override {
    const std::string folder = folder_of(resource);
    std::vector<Query> out{
        trees_query(resource.name), {"stat", folder}, {"stat", parent_path(folder)}};
    const std::string link = stated_text(resource.desired, "link");
    if (!link.empty()) out.insert(out.end(), {{"stat", link}, {"stat", parent_path(link)}});
    return out;
  }

  std::vector<std::string> missing(const Resource& resource,
                                   const Answers& answers) const override {
    Resource at = resource;
    at.name = folder_of(resource);
    std::vector<std::string> out = missing_folder(at, answers);
    at.name = stated_text(resource.desired, "link");
    if (at.name.empty()) return out;
    for (std::string& token : missing_folder(at, answers)) out.push_back(std::move(token));
    return out;
  }

  State desired(const Resource& resource) const override {
    State out;
    for (const char* name : {"version", "sha256", "strip", "owner", "group", "link"}) {
      const Value* value = resource.get(name);
      if (value != nullptr && !value->is_null()) out.set(name, *value);
    }
    if (const Value* sha256 = out.find("sha256"); sha256 == nullptr || sha256->is_text()) {
      const std::string digest = origin_of(resource).sha256;
      const Value* bytes = resource.get("content");
      if (!digest.empty()) out.set("sha256", digest);
      if (digest.empty() && bytes != nullptr && bytes->is_unknown()) out.set("sha256", *bytes);
    }
    if (out.find("link") != nullptr) {
      const Value so_far(out);
      const Unknown* cause = so_far.find_unknown();
      out.set("current", cause == nullptr ? Value(folder_of(resource)) : Value(*cause));
    }
    if (stated(resource.desired, "keep") != nullptr) out.set("surplus", ValueList());
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const std::string folder = folder_of(resource);
    const Value& trees = answers.at(trees_query(resource.name));
    const Value& place = answers.at({"stat", folder});
    for (const Value* answer : {&trees, &place}) {
      if (answer->is_unknown()) return unknown_state(schema(), answer->as_unknown().cause);
    }
    State state;
    HF_TRY(const bool linked, read_link(resource, answers, state));
    const std::string version = version_of(resource);
    const ValueMap* tree = tree_in(trees, version.empty() ? "." : version);
    if (tree == nullptr && place.is_map() && !resource.absent) {
      return fail(wrong(resource, "", Code::ArchiveElsewhere,
                        "archive '" + printable(resource.name) + "': " + printable(folder) +
                            " is there, and no archive was unpacked to it",
                        "remove it first, or give the archive another folder or `version`"));
    }
    const std::vector<std::string> versions = newest_first(trees);
    // A link that leads elsewhere is nobody's to remove.
    const bool ours =
        linked && (!resource.absent || is_within(stated_text(state, "current"), resource.name));
    if (tree == nullptr && versions.empty() && !ours) return std::nullopt;
    state.set("there", tree != nullptr);
    ValueList all;
    for (const std::string& one : versions) all.emplace_back(one);
    state.set("versions", std::move(all));
    if (tree != nullptr) {
      if (!version.empty()) state.set("version", version);
      add_tree(*tree, state);
    } else if (const std::string now = current_version(resource, state, versions); !now.empty()) {
      state.set("version", now);
      if (const ValueMap* other = tree_in(trees, now)) add_tree(*other, state);
    }
    add_surplus(resource, versions, state);
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    if (change.action == Action::Delete) return removal(resource, *change.before);
    std::vector<PhasedStep> out;
    const bool there = change.before && stated_bool(*change.before, "there", false);
    const bool differs = std::any_of(change.attributes.begin(), change.attributes.end(),
                                     [](const AttributeChange& one) {
                                       return one.name == "sha256" || one.name == "owner" ||
                                              one.name == "group" || one.name == "strip";
                                     });
    if (!there || differs) {
      out = unpack_steps(origin_of(resource),
                         {.folder = folder_of(resource),
                          .owner = stated_text(resource.desired, "owner"),
                          .group = stated_text(resource.desired, "group"),
                          .strip = stated_int(resource.desired, "strip", 0)},
                         there);
    }
    const std::string link = stated_text(resource.desired, "link");
    const std::string seen = change.before ? stated_text(*change.before, "target") : "";
    if (!link.empty() && (!change.before || change.find("current") != nullptr)) {
      Expect expect{.what = Expect::What::Absent};
      if (!seen.empty()) expect = {.what = Expect::What::Link, .digest = seen};
      out.push_back({1, Link{.path = link,
                             .target = folder_of(resource),
                             .owner = "root",
                             .group = "root",
                             .expect = expect}});
    }
    if (change.before && change.find("surplus") != nullptr) {
      for (const std::string& version : stated_list(*change.before, "surplus")) {
        out.push_back(
            {2, Remove{resource.name + "/" + version, {.what = Expect::What::Directory}}});
      }
    }
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    if (change.action == Action::Delete) {
      const std::string versions = join_list(*change.before, "versions");
      if (!versions.empty()) out.brings.push_back("removes " + versions);
      return out;
    }
    const bool there = change.before && stated_bool(*change.before, "there", false);
    out.makes = !change.before || stated_list(*change.before, "versions").empty();
    if (!there || change.find("sha256") != nullptr) {
      out.brings.push_back("unpacks " + shown_origin(origin_of(resource)) + " to " +
                           printable(folder_of(resource)));
    }
    if (there && change.find("sha256") != nullptr) {
      out.brings.push_back("takes the place of what is there: for a moment nothing is");
    }
    if (change.before && change.find("surplus") != nullptr) {
      out.brings.push_back("removes " + join_list(*change.before, "surplus"));
    }
    return out;
  }

 private:
  static void add_tree(const ValueMap& tree, State& state) {
    for (const char* name : {"sha256", "owner", "group"}) {
      if (const Value* value = tree.find(name)) state.set(name, *value);
    }
    std::int64_t strip = 0;
    for (const char c : stated_text(tree, "strip")) strip = strip * 10 + (c - '0');
    state.set("strip", strip);
  }

  /// `link`, `current` and the link's own `target`. Whether there is one.
  static Result<bool> read_link(const Resource& resource, const Answers& answers, State& state) {
    const std::string link = stated_text(resource.desired, "link");
    if (link.empty()) return false;
    const Value& seen = answers.at({"stat", link});
    if (seen.is_unknown()) {
      state.set("link", seen);
      state.set("current", seen);
      return true;
    }
    if (!seen.is_map()) return false;
    const std::string type = stated_text(seen.as_map(), "type");
    if (type != "link") {
      return fail(wrong(resource, "link", Code::PathIsOther,
                        "archive '" + printable(resource.name) + "': there is a " + type + " at " +
                            printable(link),
                        "remove it first, or give another `link`"));
    }
    const std::string target = stated_text(seen.as_map(), "target");
    state.set("link", link);
    state.set("target", target);
    state.set("current", leads_to(link, target));
    return true;
  }

  /// Those in the folder, not the folder itself.
  static std::vector<std::string> newest_first(const Value& trees) {
    std::vector<std::pair<std::int64_t, std::string>> found;
    for (const auto& [name, tree] : trees.as_map()) {
      if (!plain_version(name) || tree_in(trees, name) == nullptr) continue;
      found.emplace_back(stated_int(tree.as_map(), "time", 0), name);
    }
    std::sort(found.rbegin(), found.rend());
    std::vector<std::string> out;
    for (auto& [time, name] : found) out.push_back(std::move(name));
    return out;
  }

  /// What the link leads to, else the newest one.
  static std::string current_version(const Resource& resource, const State& state,
                                     const std::vector<std::string>& versions) {
    const std::string now = stated_text(state, "current");
    if (!now.empty() && parent_path(now) == resource.name) {
      const std::string name = now.substr(resource.name.size() + 1);
      if (std::find(versions.begin(), versions.end(), name) != versions.end()) return name;
    }
    return versions.empty() ? "" : versions.front();
  }

  static void add_surplus(const Resource& resource, const std::vector<std::string>& versions,
                          State& state) {
    const std::int64_t keep = stated_int(resource.desired, "keep", 0);
    if (keep == 0) return;
    const std::string wanted = version_of(resource);
    const std::string now = stated_text(state, "current");
    std::int64_t kept = 0;
    for (const std::string& one : versions)
      kept += one != wanted && resource.name + "/" + one == now;
    ValueList surplus;
    for (const std::string& one : versions) {
      if (one == wanted || resource.name + "/" + one == now) continue;
      if (resource.managed_children.count(one) > 0) continue;
      if (++kept > keep) surplus.emplace_back(one);
    }
    state.set("surplus", std::move(surplus));
  }

  static std::vector<PhasedStep> removal(const Resource& resource, const State& before) {
    std::vector<PhasedStep> out;
    const std::string link = stated_text(resource.desired, "link");
    const std::string target = stated_text(before, "target");
    if (!target.empty() && is_within(stated_text(before, "current"), resource.name)) {
      out.push_back({0, Remove{link, {.what = Expect::What::Link, .digest = target}}});
    }
    for (const std::string& version : stated_list(before, "versions")) {
      if (resource.managed_children.count(version) > 0) continue;
      out.push_back({0, Remove{resource.name + "/" + version, {.what = Expect::What::Directory}}});
    }
    if (version_of(resource).empty() && stated_bool(before, "there", false)) {
      out.push_back({0, Remove{resource.name, {.what = Expect::What::Directory}}});
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Kind> make_archive_kind() { return std::make_unique<ArchiveKind>(); }

}  // namespace holdfast
