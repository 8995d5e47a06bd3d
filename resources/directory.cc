#include <fnmatch.h>

#include <algorithm>

#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& directory_schema() {
  static const Schema kSchema{
      .kind = "directory",
      .doc =
          "A folder: its owner, group and mode, and, where it says so, that nothing else is in "
          "it. Its parent must exist.",
      .name_doc = "Absolute path of the folder.",
      .name_type = {.kind = TypeKind::Path},
      .attributes =
          {{.name = "owner", .doc = "Account that owns it, by name or number. New ones: root."},
           {.name = "group", .doc = "Group, by name or number. New ones: root."},
           {.name = "mode",
            .type = {.kind = TypeKind::Mode},
            .doc = "Permissions. New ones: 0755."},
           {.name = "purge",
            .type = {.kind = TypeKind::Bool},
            .doc = "Remove what lies directly in it and no resource manages, folders with all that "
                   "they hold."},
           {.name = "keep",
            .type = Type::list_of({}),
            .doc = "Names that a purge spares, as shell patterns (`*.local`)."},
           {.name = "entries",
            .type = Type::list_of({}),
            .doc = "What a purge finds to remove.",
            .computed = true},
           {.name = "type", .doc = "What lies at the path.", .immutable = true, .computed = true}},
      .scheduling = Scheduling::Passive,
      .examples = {"- directory: /srv/app\n  owner: www-data\n  mode: 0750\n",
                   "- directory: /etc/app/conf.d\n  purge: true\n  keep: [\"*.local\"]\n",
                   "- directory: /opt/old-app\n  ensure: absent\n"}};
  return kSchema;
}

bool purges(const Resource& resource) {
  return !resource.absent && stated_bool(resource.desired, "purge", false);
}

/// Without which a host is none any more: everything at the top, and these.
bool systems_own(std::string_view path) {
  static constexpr std::string_view kOwn[] = {
      "/etc/ssh",         "/etc/pam.d",     "/etc/systemd",     "/etc/systemd/system",
      "/etc/apt",         "/etc/network",   "/etc/sudoers.d",   "/etc/ssl",
      "/usr/bin",         "/usr/sbin",      "/usr/lib",         "/usr/lib64",
      "/usr/libexec",     "/usr/local",     "/usr/share",       "/usr/local/bin",
      "/usr/local/sbin",  "/usr/local/lib", "/var/lib",         "/var/log",
      "/var/cache",       "/var/spool",     "/var/lib/dpkg",    "/var/lib/apt",
      "/var/lib/systemd", "/lib/systemd",   "/usr/lib/systemd", "/boot/grub",
      "/run/systemd"};
  const bool shallow = std::count(path.begin(), path.end(), '/') < 2;
  return shallow || std::find(std::begin(kOwn), std::end(kOwn), path) != std::end(kOwn);
}

class DirectoryKind final : public Kind {
 public:
  const Schema& schema() const override { return directory_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors = check_path_name(resource);
    if (systems_own(resource.name) && (resource.absent || purges(resource))) {
      errors.push_back(wrong(resource, purges(resource) ? "purge" : "ensure",
                             Code::DirectoryInvalid,
                             "directory '" + printable(resource.name) +
                                 "': the system's own folders are neither purged nor removed",
                             "name a folder further down"));
    }
    if (stated(resource.desired, "keep") != nullptr && !purges(resource)) {
      errors.push_back(wrong(resource, "keep", Code::DirectoryInvalid,
                             "directory '" + printable(resource.name) + "': `keep` without a purge",
                             "add `purge: true`"));
    }
    if (resource.absent && !resource.managed_children.empty()) {
      errors.push_back(wrong(resource, "ensure", Code::DirectoryInvalid,
                             "directory '" + printable(resource.name) + "' is to be absent, but '" +
                                 printable(*resource.managed_children.begin()) +
                                 "' in it is managed",
                             "take one of the two out"));
    }
    return errors;
  }

  Links links(const Resource& resource) const override { return path_links(resource); }

  std::vector<Query> queries(const Resource& resource) const override {
    std::vector<Query> out{{"stat", resource.name}, {"stat", parent_path(resource.name)}};
    if (purges(resource) || resource.absent) out.push_back({"listing", resource.name});
    return out;
  }

  std::vector<std::string> missing(const Resource& resource,
                                   const Answers& answers) const override {
    return missing_folder(resource, answers);
  }

  State desired(const Resource& resource) const override {
    State out;
    out.set("type", "directory");
    for (const char* name : {"owner", "group", "mode"}) {
      if (const Value* value = resource.get(name)) out.set(name, *value);
    }
    if (purges(resource)) out.set("entries", ValueList{});
    return out;
  }

  State creation_defaults(const Resource&) const override {
    State out;
    out.set("owner", "root");
    out.set("group", "root");
    out.set("mode", "0755");
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& seen = answers.at({"stat", resource.name});
    if (seen.is_unknown()) return unknown_state(schema(), seen.as_unknown().cause);
    if (!seen.is_map()) return std::nullopt;
    const ValueMap& stat = seen.as_map();
    const std::string& type = stat.find("type")->as_text();
    if (type != "directory") {
      return fail(other_type(resource, type,
                             type == "link"
                                 ? "name the folder that it leads to, or remove the link "
                                   "first (`symlink`, `ensure: absent`)"
                                 : "remove it first, or use another path"));
    }
    State state;
    state.set("type", type);
    add_ownership(resource, stat, state);
    state.set("mode", *stat.find("mode"));
    if (purges(resource) || resource.absent) {
      add_entries(resource, answers.at({"listing", resource.name}), state);
    }
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    std::vector<PhasedStep> out;
    switch (change.action) {
      case Action::None:
      case Action::Run:
        break;
      case Action::Delete:
        out.push_back({0, Remove{resource.name, {.what = Expect::What::Directory}}});
        break;
      case Action::Create:
      case Action::Replace:
        out.push_back({0, MakeDirectory{.path = resource.name,
                                        .owner = text_after(resource, change, "owner"),
                                        .group = text_after(resource, change, "group"),
                                        .mode = text_after(resource, change, "mode")}});
        break;
      case Action::Update:
        update(resource, change, out);
    }
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    out.one_way = takes_access(resource, change);
    if (change.action != Action::Delete || !change.before) return out;
    const Value* entries = change.before->find("entries");
    if (entries == nullptr || !entries->is_list() || entries->as_list().empty()) return out;
    const std::size_t count = entries->as_list().size();
    const std::size_t folders = folders_among(*change.before);
    out.brings.push_back("removes all that is in " + printable(resource.name) + ": " +
                         std::to_string(count) + (count == 1 ? " entry" : " entries") +
                         (folders == 0 ? ""
                          : folders == 1
                              ? ", with all that is in 1 folder"
                              : ", with all that is in " + std::to_string(folders) + " folders"));
    return out;
  }

 private:
  static bool spared(const Resource& resource, const std::vector<std::string>& keep,
                     const std::string& name) {
    if (resource.managed_children.count(name) > 0) return true;
    return std::any_of(keep.begin(), keep.end(), [&](const std::string& pattern) {
      return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
    });
  }

  /// Whether keys, sudo rules and the like go with it.
  static bool takes_access(const Resource& resource, const Change& change) {
    const bool purged = change.find("entries") != nullptr;
    if (!change.before || (change.action != Action::Delete && !purged)) return false;
    const Value* entries = change.before->find("entries");
    if (entries == nullptr || !entries->is_list()) return false;
    return std::any_of(
        entries->as_list().begin(), entries->as_list().end(),
        [&](const Value& name) { return grants_access(resource.name + "/" + name.as_text()); });
  }

  static std::size_t folders_among(const State& before) {
    const Value* types = before.find("entry_types");
    if (types == nullptr) return 0;
    const ValueMap& all = types->as_map();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& entry) {
      return entry.second == Value("directory");
    }));
  }

  /// `entries`: names, sorted; `entry_types`: theirs.
  static void add_entries(const Resource& resource, const Value& listing, State& state) {
    if (listing.is_unknown()) {
      state.set("entries", listing);
      return;
    }
    const std::vector<std::string> keep = stated_list(resource.desired, "keep");
    ValueList names;
    ValueMap types;
    if (listing.is_list()) {
      for (const Value& entry : listing.as_list()) {
        const std::string& name = entry.as_map().find("name")->as_text();
        if (!resource.absent && spared(resource, keep, name)) continue;
        names.emplace_back(name);
        types.set(name, *entry.as_map().find("type"));
      }
    }
    state.set("entries", std::move(names));
    state.set("entry_types", std::move(types));
  }

  static Expect expect_entry(const Change& change, const std::string& name) {
    const Value* types = change.before ? change.before->find("entry_types") : nullptr;
    const Value* type = types == nullptr ? nullptr : types->as_map().find(name);
    if (type == nullptr) return {};
    if (*type == Value("file")) return {.what = Expect::What::File};
    if (*type == Value("link")) return {.what = Expect::What::Link};
    if (*type == Value("directory")) return {.what = Expect::What::Directory};
    return {};
  }

  static void update(const Resource& resource, const Change& change, std::vector<PhasedStep>& out) {
    add_ownership_steps(resource, change, out);
    const AttributeChange* entries = change.find("entries");
    if (entries == nullptr || !entries->before.is_list()) return;
    for (const Value& name : entries->before.as_list()) {
      out.push_back(
          {0, Remove{resource.name + "/" + name.as_text(), expect_entry(change, name.as_text())}});
    }
  }
};

}  // namespace

std::unique_ptr<Kind> make_directory_kind() { return std::make_unique<DirectoryKind>(); }

}  // namespace holdfast
