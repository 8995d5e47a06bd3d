#include <algorithm>

#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/apt/programs.h"
#include "resources/apt/version.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

enum Phase { Look, Transaction, Mark };

const Schema& package_schema() {
  static const Schema kSchema = {
      .kind = "package",
      .doc = "A Debian package, by apt.",
      .name_doc = "The package, with its architecture where that is not the host's: libc6:i386.",
      .attributes =
          {{.name = "version",
            .doc = "The version, exact or with one * at its end: 1.2.3-4, 1.2*. Not stated: "
                   "whatever is installed, else what apt prefers."},
           {.name = "hold",
            .type = {TypeKind::Bool},
            .doc = "Whether apt leaves the version alone in every upgrade."},
           {.name = "manual",
            .type = {TypeKind::Bool},
            .doc = "Whether it counts as installed on request, so that autoremove leaves it.",
            .default_value = true},
           {.name = "purge",
            .type = {TypeKind::Bool},
            .doc = "With ensure: absent, its configuration files go too.",
            .default_value = false},
           {.name = "recommends",
            .type = {TypeKind::Bool},
            .doc = "Whether what it recommends is installed with it.",
            .default_value = false},
           {.name = "allow_downgrade",
            .type = {TypeKind::Bool},
            .doc = "Whether the version may be an older one than is installed.",
            .default_value = false},
           {.name = "lists_max_age",
            .type = {TypeKind::Duration},
            .doc = "Package lists older than this are fetched before an install. Not stated: only "
                   "where they don't know what is wanted."},
           {.name = "lock_timeout",
            .type = {TypeKind::Duration},
            .doc =
                "How long to wait while another program (unattended-upgrades) works on packages.",
            .default_value = 120.0}},
      .examples = {"- package: nginx\n",
                   "- package: docker-ce\n"
                   "  version: \"5:27.*\"\n"
                   "  hold: true\n",
                   "- package: telnetd\n"
                   "  ensure: absent\n"
                   "  purge: true\n"}};
  return kSchema;
}

/// Debian policy 5.6.1, with an architecture.
bool valid_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  const auto word = [](std::string_view text, std::string_view more) {
    return text.size() > 1 && std::all_of(text.begin(), text.end(), [&](char c) {
             return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    more.find(c) != std::string_view::npos;
           });
  };
  const std::string_view stem = name.substr(0, colon);
  const bool starts_well =
      !stem.empty() && std::string_view("+-.").find(stem[0]) == std::string_view::npos;
  // apt reads a last + or - as "install" or "remove".
  const bool ends_well = !stem.empty() && stem.back() != '-' && stem.back() != '.';
  return starts_well && ends_well && word(stem, "+-.") &&
         (colon == std::string_view::npos || word(name.substr(colon + 1), "-"));
}

/// Debian policy 5.6.12, and one * at the end.
bool valid_version(std::string_view version) {
  if (ends_with(version, "*")) version.remove_suffix(1);
  return !version.empty() && version[0] >= '0' && version[0] <= '9' &&
         std::all_of(version.begin(), version.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view(".+-~:").find(c) != std::string_view::npos;
         });
}

std::chrono::seconds seconds(const State& state, std::string_view name, int fallback) {
  return std::chrono::duration_cast<std::chrono::seconds>(
      stated_duration(state, name, std::chrono::seconds(fallback)));
}

std::optional<std::chrono::seconds> lists_age(const State& state) {
  if (stated(state, "lists_max_age") == nullptr) return std::nullopt;
  return seconds(state, "lists_max_age", 0);
}

class PackageKind final : public Kind {
 public:
  const Schema& schema() const override { return package_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const std::string who = "package '" + printable(resource.name) + "'";
    if (!valid_name(resource.name)) {
      errors.push_back(wrong(resource, "", Code::PackageInvalid, who + " is no package's name",
                             "Lower-case letters, digits and +-., two at least."));
    }
    const std::string version = stated_text(resource.desired, "version");
    if (stated(resource.desired, "version") != nullptr && !valid_version(version)) {
      errors.push_back(wrong(resource, "version", Code::PackageInvalid,
                             who + ": '" + printable(version) + "' is no version",
                             "A Debian version, or its beginning and one *: 1.2.3-4, 1.2*."));
    }
    if (resource.absent && stated(resource.desired, "version") != nullptr) {
      errors.push_back(wrong(resource, "version", Code::PackageInvalid,
                             who + " is to be absent and has a version", "Leave one of them out."));
    }
    if (!resource.absent && stated_bool(resource.desired, "purge", false)) {
      errors.push_back(wrong(resource, "purge", Code::PackageInvalid,
                             who + ": 'purge' goes with ensure: absent", "Leave it out."));
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    return {.provides = {"package:" + resource.name.substr(0, resource.name.find(':'))}};
  }

  std::vector<Query> queries(const Resource& resource) const override {
    return {dpkg_query(resource)};
  }

  /// What is true of an installed package; the rest says how it comes there.
  State desired(const Resource& resource) const override {
    State out;
    for (const char* name : {"version", "hold", "manual"}) {
      if (const Value* value = resource.get(name)) out.set(name, *value);
    }
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& answer = answers.at(dpkg_query(resource));
    if (answer.is_null()) return std::nullopt;
    State seen;
    if (!answer.is_map()) {
      for (const auto& [name, value] : desired(resource)) seen.set(name, answer);
      return seen;
    }
    const ValueMap& package = answer.as_map();
    if (stated_bool(package, "missing", false)) {
      return fail(Code::NoDpkg, "package '" + printable(resource.name) + "': the host has no dpkg",
                  "Leave it out there with 'when: facts.os.family == \"debian\"'.");
    }
    const std::string status = stated_text(package, "status");
    if (status.empty()) return std::nullopt;
    const std::string kept = stated_text(package, "kept");
    if (resource.absent && !kept.empty()) {
      return fail(Code::PackageKept, "package '" + printable(resource.name) +
                                         "' is not removed by dpkg: " + printable(kept));
    }
    const char condition = status.size() > 1 ? status[1] : '?';
    if (condition == 'c') {
      if (!resource.absent || !stated_bool(resource.desired, "purge", false)) return std::nullopt;
      seen.set("files", "configuration only");
      return seen;
    }
    const bool broken = condition == 'H' || condition == 'U' || condition == 'F' ||
                        (status.size() > 2 && status[2] == 'R');
    if (broken) {
      return fail(Code::PackageBroken,
                  "package '" + printable(resource.name) +
                      "' is half installed (dpkg: " + printable(trim(status)) + ")",
                  "Run `dpkg --configure -a` on the host, then plan again.");
    }
    const std::string version = stated_text(package, "version");
    const std::string wanted = stated_text(resource.desired, "version");
    const bool older =
        !wanted.empty() && !ends_with(wanted, "*") && compare_versions(wanted, version) < 0;
    if (older && !stated_bool(resource.desired, "allow_downgrade", false)) {
      return fail(wrong(resource, "version", Code::PackageDowngrade,
                        "package '" + printable(resource.name) + "' is at " + printable(version) +
                            ", newer than the stated " + printable(wanted),
                        "`allow_downgrade: true` agrees to the older one."));
    }
    seen.set("version", version_matches(version, wanted) ? wanted : version);
    seen.set("hold", status[0] == 'h');
    seen.set("manual", !stated_bool(package, "auto", false));
    if (!stated_bool(package, "to_be_had", true)) seen.set("lost", version);
    return seen;
  }

  std::vector<std::string> needed_by(const Resource& resource,
                                     const Answers& answers) const override {
    std::vector<std::string> out;
    const Value& answer = answers.at(dpkg_query(resource));
    const Value* all = answer.is_map() ? answer.as_map().find("needed_by") : nullptr;
    if (all == nullptr) return out;
    for (const Value& other : all->as_list()) out.push_back("package:" + other.as_text());
    return out;
  }

  std::vector<std::string> notes(const Resource& resource, const Change& change,
                                 const Answers& answers) const override {
    const Value& answer = answers.at(dpkg_query(resource));
    const bool comes = change.action == Action::Create || change.find("version") != nullptr;
    if (!answer.is_map() || (!comes && change.action != Action::Delete)) return {};
    std::vector<std::string> out;
    if (comes && !stated_bool(answer.as_map(), "listed", true)) {
      const std::string version = stated_text(resource.desired, "version");
      out.push_back("no package list of the host knows " +
                    (version.empty() ? "it" : "version " + printable(version) + " of it") +
                    " yet: apply fetches them first");
    }
    if (const Value* lockers = answer.as_map().find("lockers")) {
      out.push_back("waits up to " + std::to_string(lock_timeout(resource).count()) +
                    " s for the lock of apt, held by " + processes(*lockers));
    }
    return out;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    const State& state = resource.desired;
    const std::chrono::seconds lock = lock_timeout(resource);
    std::vector<PhasedStep> out;
    if (change.action == Action::Delete) {
      return {
          {Transaction, remove_package(resource.name, stated_bool(state, "purge", false), lock)}};
    }
    const bool transaction = !change.before || change.find("version") != nullptr;
    if (transaction) {
      const std::string version = stated_text(state, "version");
      const std::string wanted = resource.name + (version.empty() ? "" : "=" + version);
      out.push_back({Look, refresh_lists(wanted, lists_age(state), lock)});
      out.push_back({Transaction, install_package(wanted, options(state, change, lock))});
    }
    mark(resource, change, transaction, out);
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects effects;
    const bool goes = change.action == Action::Delete || change.find("version") != nullptr;
    const std::string lost = change.before ? stated_text(*change.before, "lost") : "";
    if (goes && !lost.empty()) {
      effects.irreversible.push_back("no package list has its version " + printable(lost) +
                                     " any more, nor has apt's cache");
    }
    if (change.action == Action::Delete) {
      if (stated_bool(resource.desired, "purge", false)) {
        effects.irreversible.emplace_back("its configuration files are deleted");
      }
    } else if (change.before && change.find("version") != nullptr) {
      effects.brings.emplace_back("its services restart");
    }
    return effects;
  }

 private:
  static std::chrono::seconds lock_timeout(const Resource& resource) {
    return seconds(resource.desired, "lock_timeout", 120);
  }

  /// "process 12 (apt-get)".
  static std::string processes(const Value& lockers) {
    std::vector<std::string> out;
    for (const Value& locker : lockers.as_list()) {
      const std::string& text = locker.as_text();
      const std::size_t space = text.find(' ');
      out.push_back("process " + printable(text.substr(0, space)) + " (" +
                    printable(text.substr(std::min(space + 1, text.size()))) + ")");
    }
    return join(out, ", ");
  }

  /// With what is wanted: where that means that the installed version goes, the host looks whether
  /// it can be had again.
  static Query dpkg_query(const Resource& resource) {
    const std::string wanted = resource.absent ? "-" : stated_text(resource.desired, "version");
    return {"dpkg", resource.name + (wanted.empty() ? "" : " " + wanted)};
  }

  static InstallOptions options(const State& state, const Change& change,
                                std::chrono::seconds lock) {
    // Who states `hold` answers for the version of a held package.
    const bool held = change.before && stated_bool(*change.before, "hold", false);
    return {.recommends = stated_bool(state, "recommends", false),
            .downgrade = stated_bool(state, "allow_downgrade", false),
            .change_held = held && stated(state, "hold") != nullptr,
            .lock_timeout = lock};
  }

  static void mark(const Resource& resource, const Change& change, bool transaction,
                   std::vector<PhasedStep>& out) {
    const bool hold = stated_bool(resource.desired, "hold", false);
    const bool held = change.before && stated_bool(*change.before, "hold", false);
    // dpkg forgets a hold when it unpacks.
    const bool again = hold && transaction;
    if (again || (change.find("hold") != nullptr && hold != held)) {
      out.push_back({Mark, mark_package(hold ? "hold" : "unhold", resource.name)});
    }
    const AttributeChange* manual = change.find("manual");
    if (manual == nullptr) return;
    const bool on = manual->after == Value(true);
    // apt marks what it installs by name as manual.
    if (on && transaction) return;
    out.push_back({Mark, mark_package(on ? "manual" : "auto", resource.name)});
  }
};

}  // namespace

std::unique_ptr<Kind> make_package_kind() { return std::make_unique<PackageKind>(); }

}  // namespace holdfast
