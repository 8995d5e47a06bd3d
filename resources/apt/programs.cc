#include "resources/apt/programs.h"

namespace holdfast {

std::string_view apt_look_sh();
std::string_view apt_mark_undo_sh();
std::string_view apt_refresh_sh();
std::string_view apt_remove_sh();
std::string_view apt_undo_sh();

namespace {

constexpr std::chrono::minutes kLimit{30};

constexpr const char* kNotRehearsed = "it works on the whole system, by programs of the packages";

/// Nobody is asked; other services are not restarted behind the plan's back.
std::vector<std::pair<std::string, std::string>> quiet() {
  return {{"DEBIAN_FRONTEND", "noninteractive"},
          {"NEEDRESTART_MODE", "l"},
          {"APT_LISTCHANGES_FRONTEND", "none"}};
}

Argv looking(const char* name, std::string_view what) {
  return {"sh", "-c", std::string(apt_look_sh()).append(what), name};
}

// What a transaction can change, as it was, and when that was.
Argv capture_program() { return looking("apt-capture", "date '+time %s'\nlook\n"); }

Argv undo_program() { return looking("apt-undo", apt_undo_sh()); }

std::string name_of(const std::string& wanted) { return wanted.substr(0, wanted.find('=')); }

}  // namespace

Run refresh_lists(const std::string& wanted, std::optional<std::chrono::seconds> max_age,
                  std::chrono::seconds lock_timeout) {
  Run run;
  run.rehearsal = NotRehearsed{kNotRehearsed};
  run.argv = {"sh",
              "-c",
              std::string(apt_refresh_sh()),
              "apt-refresh",
              max_age ? std::to_string(max_age->count()) : "any",
              std::to_string(lock_timeout.count())};
  run.operands = {wanted};
  run.joinable = true;
  run.limit = kLimit;
  run.environment = quiet();
  // Lists are a cache of what the mirrors say.
  run.undo = Argv{"true"};
  run.note = "look up";
  return run;
}

Run install_package(const std::string& wanted, const InstallOptions& options) {
  Run run;
  run.rehearsal = NotRehearsed{kNotRehearsed};
  run.argv = {"apt-get",
              "-y",
              "-q",
              "-o",
              "DPkg::Lock::Timeout=" + std::to_string(options.lock_timeout.count()),
              "-o",
              "Dpkg::Use-Pty=0",
              "-o",
              "Dpkg::Options::=--force-confdef",
              "-o",
              "Dpkg::Options::=--force-confold",
              options.recommends ? "--install-recommends" : "--no-install-recommends",
              "--no-remove"};
  if (options.downgrade) run.argv.emplace_back("--allow-downgrades");
  if (options.change_held) run.argv.emplace_back("--allow-change-held-packages");
  run.argv.insert(run.argv.end(), {"install", "--"});
  run.operands = {wanted};
  run.joinable = true;
  run.limit = kLimit;
  run.environment = quiet();
  run.capture = capture_program();
  run.undo = undo_program();
  run.undo_operands = {name_of(wanted)};
  return run;
}

Run remove_package(const std::string& name, bool purge, std::chrono::seconds lock_timeout) {
  Run run;
  run.rehearsal = NotRehearsed{kNotRehearsed};
  run.argv = {"sh",
              "-c",
              std::string(apt_remove_sh()),
              "apt-remove",
              purge ? "purge" : "remove",
              std::to_string(lock_timeout.count())};
  run.operands = {name};
  run.joinable = true;
  run.limit = kLimit;
  run.environment = quiet();
  run.capture = capture_program();
  run.undo = undo_program();
  run.undo_operands = {name};
  run.note = purge ? "purge" : "uninstall";
  return run;
}

Run mark_package(const std::string& verb, const std::string& name) {
  const auto opposite = [&] {
    if (verb == "hold") return "unhold";
    if (verb == "unhold") return "hold";
    return verb == "auto" ? "manual" : "auto";
  };
  Run run;
  run.rehearsal = NotRehearsed{kNotRehearsed};
  run.argv = {"apt-mark", verb, "--"};
  run.operands = {name};
  run.joinable = true;
  if (verb == "auto" || verb == "manual") {
    run.capture = looking("apt-marks", "look_at_marks\n");
    Argv undo = looking("apt-mark-undo", apt_mark_undo_sh());
    undo.emplace_back(opposite());
    run.undo = std::move(undo);
  } else {
    run.undo = Argv{"apt-mark", opposite(), "--"};
  }
  run.undo_operands = {name};
  return run;
}

}  // namespace holdfast
