#include "resources/systemd/unit_steps.h"

#include <algorithm>

#include "engine/core/hash.h"
#include "resources/stated.h"
#include "resources/systemd/programs.h"

namespace holdfast {
namespace {

enum Phase { kRetire, kUnlink, kFiles, kVerify, kEnable, kReload, kRun, kSettled };

constexpr std::chrono::milliseconds kSettle{300};

/// The steps of one change, phase by phase.
class UnitSteps {
 public:
  UnitSteps(const Resource& resource, const Change& change)
      : resource_(resource), change_(change), name_(resource.name) {
    if (change.before) before_ = *change.before;
  }

  std::vector<PhasedStep> removal() {
    if (runs()) add(kRetire, retire_unit(name_));
    if (stated_bool(before_, "enabled", false)) add(kUnlink, link_unit("disable", name_));
    if (stated_bool(before_, "masked", false)) add(kUnlink, link_unit("unmask", name_));
    if (!stated_text(before_, "content").empty()) {
      add(kFiles, Remove{unit_path(name_),
                         {.what = Expect::What::File, .digest = stated_text(before_, "content")}});
    }
    if (stated_bool(before_, "folder", false)) {
      add(kFiles, Remove{unit_folder(name_), {.what = Expect::What::Directory, .digest = {}}});
    }
    add(kReload, reload_systemd());
    return std::move(out_);
  }

  std::vector<PhasedStep> update() {
    links();
    files();
    if (loads_ || change_.find("loaded") != nullptr) add(kReload, reload_systemd());
    if (const std::string verb = run_verb(); verb == "stop") {
      add(kRun, stop_unit(name_));
    } else if (!verb.empty()) {
      Run run = start_unit(verb, name_);
      // A unit that can be reloaded runs on.
      if (verb == "reload-or-restart" && stated_bool(before_, "reloads", false)) {
        run.restarts.clear();
        run.undo_stops.clear();
      }
      add(kRun, std::move(run));
      const auto settle = stated_duration(resource_.desired, "settle", kSettle);
      if (settle.count() > 0) add(kSettled, settled_unit(name_, settle));
    }
    return std::move(out_);
  }

  /// start, stop, restart, reload-or-restart, or "".
  std::string run_verb() const {
    const std::string wanted = stated_text(resource_.desired, "state");
    if (wanted == "stopped") return runs() ? "stop" : "";
    const bool redefined =
        change_.find("content") != nullptr || change_.find("drop_ins") != nullptr;
    if (runs() && (redefined || change_.restart_due)) return "restart";
    if (runs() && change_.reload_due) return "reload-or-restart";
    return wanted == "running" && !runs() ? "start" : "";
  }

  bool runs() const {
    const std::string state = stated_text(before_, "state");
    return state == "running" || state == "starting" || state == "stopping";
  }

 private:
  template <class S>
  void add(Phase phase, S step) {
    out_.push_back({phase, std::move(step)});
  }

  void links() {
    if (const AttributeChange* masked = change_.find("masked")) {
      const bool on = masked->after == Value(true);
      add(on ? kEnable : kUnlink, link_unit(on ? "mask" : "unmask", name_));
      loads_ = true;
    }
    if (const AttributeChange* enabled = change_.find("enabled")) {
      const bool on = enabled->after == Value(true);
      // A new unit is not enabled: nothing to disable.
      if (on || change_.before) add(kEnable, link_unit(on ? "enable" : "disable", name_));
      loads_ = true;
    }
  }

  void files() {
    bool written = false;
    if (const AttributeChange* content = change_.find("content")) {
      write(unit_path(name_), *resource_.get("content"), content->before);
      written = true;
    }
    if (const AttributeChange* changed = change_.find("drop_ins")) {
      static const ValueMap kNone;
      const ValueMap& old = changed->before.is_map() ? changed->before.as_map() : kNone;
      written = drop_in_files(old) || written;
    }
    if (written && stated_bool(resource_.desired, "verify", true)) {
      add(kVerify, verify_units(name_));
    }
    loads_ = loads_ || written;
  }

  bool drop_in_files(const ValueMap& old) {
    bool folder = stated_bool(before_, "folder", false);
    for (const auto& [file, text] : drop_ins(resource_.desired)) {
      const Value* before = old.find(file);
      if (text.bytes().empty()) {
        if (before == nullptr) continue;
        add(kFiles, Remove{drop_in_path(name_, file),
                           {.what = Expect::What::File, .digest = std::string(before->bytes())}});
        continue;
      }
      if (before != nullptr && *before == text_digest(text)) continue;
      if (!folder) add(kFiles, MakeDirectory{.path = unit_folder(name_)});
      folder = true;
      write(drop_in_path(name_, file), text, before == nullptr ? Value() : *before);
    }
    return true;
  }

  void write(const std::string& path, const Value& text, const Value& before) {
    Expect expect{.what = Expect::What::Absent, .digest = {}};
    if (!before.is_null()) {
      expect = {.what = Expect::What::File, .digest = std::string(before.bytes())};
    }
    add(kFiles, WriteFile{.path = path,
                          .content = text,
                          .owner = "root",
                          .group = "root",
                          .mode = text.is_secret() ? "0600" : "0644",
                          .expect = expect});
  }

  const Resource& resource_;
  const Change& change_;
  const std::string& name_;
  State before_{};
  std::vector<PhasedStep> out_{};
  bool loads_ = false;
};

}  // namespace

std::string unit_path(const std::string& name) { return "/etc/systemd/system/" + name; }
std::string unit_folder(const std::string& name) { return unit_path(name) + ".d"; }
std::string drop_in_path(const std::string& name, const std::string& file) {
  return unit_folder(name) + "/" + file;
}

Value text_digest(const Value& content) {
  if (const Unknown* unknown = content.find_unknown()) return *unknown;
  const std::string digest = sha256_hex(content.bytes());
  return content.is_secret() ? Value(Secret(digest)) : Value(digest);
}

/// The drop-ins that a manifest states: file name to text.
const ValueMap& drop_ins(const State& state) {
  static const ValueMap kNone;
  const Value* value = stated(state, "drop_ins");
  return value != nullptr && value->is_map() ? value->as_map() : kNone;
}

std::vector<PhasedStep> unit_steps(const Resource& resource, const Change& change) {
  UnitSteps steps(resource, change);
  std::vector<PhasedStep> out = change.action == Action::Delete ? steps.removal() : steps.update();
  std::stable_sort(out.begin(), out.end(),
                   [](const PhasedStep& a, const PhasedStep& b) { return a.phase < b.phase; });
  return out;
}

std::string unit_verb(const Resource& resource, const Change& change) {
  const UnitSteps steps(resource, change);
  if (change.action == Action::Delete) return steps.runs() ? "stop" : "";
  return steps.run_verb();
}

}  // namespace holdfast
