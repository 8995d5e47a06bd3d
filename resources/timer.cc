#include <algorithm>
#include <array>

#include "engine/core/text.h"
#include "engine/plan/diff.h"
#include "resources/account.h"
#include "resources/stated.h"
#include "resources/systemd/unit_steps.h"
#include "resources/systemd/unit_text.h"

namespace holdfast {

std::unique_ptr<Kind> make_systemd_unit_kind();

namespace {

const Schema& timer_schema() {
  static const Schema kSchema{
      .kind = "timer",
      .doc =
          "A command that systemd runs again and again: NAME.timer and NAME.service, written, "
          "judged, enabled and started.",
      .name_doc = "The units' name without suffix: `backup`.",
      .attributes =
          {{.name = "run",
            .type = {TypeKind::Any},
            .doc = "What runs: a list of words (a program by its absolute path, and its "
                   "arguments), or "
                   "a text for `/bin/sh -c`.",
            .required = true},
           {.name = "user", .doc = "Account as which it runs. Not stated: root."},
           {.name = "group", .doc = "Group as which it runs. Not stated: the account's own."},
           {.name = "directory", .type = {TypeKind::Path}, .doc = "Folder in which it runs."},
           {.name = "environment",
            .type = Type::map_of({TypeKind::Text}),
            .doc = "Its environment. Anybody on the host can read it."},
           {.name = "on_calendar",
            .type = {TypeKind::Any},
            .doc = "When, as in systemd.time(7): `daily`, `Mon..Fri 04:30`; or a list."},
           {.name = "on_boot", .type = {TypeKind::Duration}, .doc = "So long after each boot."},
           {.name = "every",
            .type = {TypeKind::Duration},
            .doc =
                "So long after it began last, for the first time so long after the timer starts."},
           {.name = "persistent",
            .type = {TypeKind::Bool},
            .doc = "What was missed while the host was off is made up for.",
            .default_value = false},
           {.name = "randomized_delay",
            .type = {TypeKind::Duration},
            .doc = "Later by up to so long, at random."},
           {.name = "time_limit",
            .type = {TypeKind::Duration},
            .doc = "It is ended after so long."},
           {.name = "description", .doc = "What systemd calls it. Not stated: its name."},
           {.name = "service_text",
            .doc = "The text of NAME.service.",
            .content = true,
            .computed = true},
           {.name = "timer_text",
            .doc = "The text of NAME.timer.",
            .content = true,
            .computed = true},
           {.name = "enabled",
            .type = {TypeKind::Bool},
            .doc = "Whether the timer starts at boot: it does.",
            .computed = true},
           {.name = "state", .doc = "Whether the timer runs: it does.", .computed = true},
           {.name = "service_loaded",
            .type = {TypeKind::Bool},
            .doc = "Whether systemd works with what the file says.",
            .computed = true},
           {.name = "timer_loaded",
            .type = {TypeKind::Bool},
            .doc = "Whether systemd works with what the file says.",
            .computed = true}},
      .scheduling = Scheduling::Batched,
      .examples = {"- timer: prune-images\n  run: [/usr/bin/docker, image, prune, --force]\n  "
                   "on_calendar: Sun 03:00\n  persistent: true\n  randomized_delay: 30m\n",
                   "- timer: check-in\n  run: |\n    date >/var/lib/runner/last\n    chmod 644 "
                   "/var/lib/runner/last\n  user: runner\n  every: 15m\n  on_boot: 2m\n",
                   "- timer: old-backup\n  ensure: absent\n"}};
  return kSchema;
}

/// A word of a command line or a setting, in double quotes, as systemd.syntax(7) reads it.
std::string quoted(std::string_view text, bool command) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      if (c == '%' || (c == '$' && command)) out += c;
      out += c;
    }
  }
  return out + "\"";
}

std::vector<std::string> texts_of(const Resource& resource, std::string_view name) {
  const Value* value = stated(resource.desired, name);
  if (value == nullptr) return {};
  return value->is_list() ? stated_list(resource.desired, name)
                          : std::vector<std::string>{std::string(value->bytes())};
}

std::string exec_start(const Resource& resource) {
  const Value* run = stated(resource.desired, "run");
  std::vector<std::string> words = texts_of(resource, "run");
  if (run != nullptr && !run->is_list()) words = {"/bin/sh", "-c", words.empty() ? "" : words[0]};
  std::string out;
  for (const std::string& word : words) {
    out += (out.empty() ? "" : " ") + quoted(word, true);
  }
  return out;
}

std::string seconds(const Resource& resource, const char* name) {
  const auto limit = stated_duration(resource.desired, name, std::chrono::milliseconds(0));
  return std::to_string(limit.count()) + "ms";
}

std::string description(const Resource& resource) {
  std::string text = stated_text(resource.desired, "description", resource.name);
  std::string out;
  for (const char c : text) out += c == '%' ? "%%" : std::string(1, c);
  return "# Written by holdfast.\n[Unit]\nDescription=" + out + "\n";
}

std::string service_text(const Resource& resource) {
  std::string out = description(resource) + "\n[Service]\nType=oneshot\n";
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) out += std::string(key) + "=" + value + "\n";
  };
  add("User", stated_text(resource.desired, "user"));
  add("Group", stated_text(resource.desired, "group"));
  add("WorkingDirectory", stated_text(resource.desired, "directory"));
  for (const auto& [name, value] : stated_pairs(resource.desired, "environment")) {
    add("Environment", quoted(name + "=" + value, false));
  }
  if (stated(resource.desired, "time_limit") != nullptr) {
    add("TimeoutStartSec", seconds(resource, "time_limit"));
  }
  add("ExecStart", exec_start(resource));
  return out;
}

std::string timer_text(const Resource& resource) {
  std::string out = description(resource) + "\n[Timer]\n";
  for (const std::string& one : texts_of(resource, "on_calendar"))
    out += "OnCalendar=" + one + "\n";
  const auto after = [&](const char* name, const char* key) {
    if (stated(resource.desired, name) == nullptr) return;
    out += std::string(key) + "=" + seconds(resource, name) + "\n";
  };
  after("on_boot", "OnBootSec");
  after("every", "OnActiveSec");
  after("every", "OnUnitActiveSec");
  after("randomized_delay", "RandomizedDelaySec");
  if (stated_bool(resource.desired, "persistent", false)) out += "Persistent=true\n";
  return out + "\n[Install]\nWantedBy=timers.target\n";
}

/// Which attribute of the timer is which of a unit's.
struct Part {
  const char *unit, *of_unit, *own;
};
constexpr std::array<Part, 6> kParts{{{".service", "content", "service_text"},
                                      {".service", "loaded", "service_loaded"},
                                      {".timer", "content", "timer_text"},
                                      {".timer", "loaded", "timer_loaded"},
                                      {".timer", "enabled", "enabled"},
                                      {".timer", "state", "state"}}};
constexpr std::array<const char*, 2> kUnits{".service", ".timer"};

/// One of the two units, as a resource of its own.
Resource unit_of(const Resource& resource, const std::string& suffix) {
  Resource out = resource;
  out.kind = "systemd_unit";
  out.name = resource.name + suffix;
  out.desired = {};
  if (resource.absent) return out;
  const bool timer = suffix == ".timer";
  out.desired.set("content", timer ? timer_text(resource) : service_text(resource));
  out.desired.set("loaded", true);
  if (!timer) return out;
  out.desired.set("enabled", true);
  out.desired.set("state", "running");
  out.desired.set("settle", 0.0);
  return out;
}

class TimerKind final : public Kind {
 public:
  const Schema& schema() const override { return timer_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::TimerInvalid,
                             "timer '" + printable(resource.name) + "': " + why, std::move(hint)));
    };
    if (!valid_unit_name(resource.name + ".service") ||
        resource.name.find('@') != std::string::npos || ends_with(resource.name, ".timer") ||
        ends_with(resource.name, ".service")) {
      refuse("", "not the name of a unit without its suffix", "such as backup");
    }
    if (resource.absent) return errors;
    const auto given = [&](const char* name) { return resource.get(name) != nullptr; };
    const bool calendar =
        given("on_calendar") && (stated(resource.desired, "on_calendar") == nullptr ||
                                 !texts_of(resource, "on_calendar").empty());
    if (!calendar && !given("on_boot") && !given("every")) {
      refuse("", "it says nothing of when", "give `on_calendar`, `on_boot` or `every`");
    }
    if (!calendar && stated_bool(resource.desired, "persistent", false)) {
      refuse("persistent", "`persistent` makes up for times of `on_calendar` only");
    }
    check_run(resource, refuse);
    for (const char* name : {"on_calendar", "user", "group", "directory", "description"}) {
      for (const std::string& one : texts_of(resource, name)) {
        if (has_control(one) || trim(one).empty()) {
          refuse(name, "`" + std::string(name) + "` is one line of text");
        }
      }
    }
    for (const auto& [name, value] : stated_pairs(resource.desired, "environment")) {
      if (name.empty() || name.find('=') != std::string::npos || has_control(name + value)) {
        refuse("environment", "'" + printable(name) + "' can't be set so");
      }
    }
    for (const char* name : {"run", "environment"}) {
      const Value* value = stated(resource.desired, name);
      if (value == nullptr || !value->holds_secret()) continue;
      refuse(name, "a secret in `" + std::string(name) + "` would be there for all to read",
             "put it into a `file` that the program reads");
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    Links out;
    for (const char* suffix : kUnits) {
      Links one = unit_->links(unit_of(resource, suffix));
      for (std::string& token : one.provides) out.provides.push_back(std::move(token));
      for (std::string& token : one.needs) out.needs.push_back(std::move(token));
    }
    std::erase_if(out.needs, [&](const std::string& token) {
      return std::find(out.provides.begin(), out.provides.end(), token) != out.provides.end();
    });
    return out;
  }

  std::vector<Query> queries(const Resource& resource) const override {
    std::vector<Query> out;
    for (const char* suffix : kUnits) {
      for (Query& query : unit_->queries(unit_of(resource, suffix)))
        out.push_back(std::move(query));
    }
    return out;
  }

  State desired(const Resource& resource) const override {
    State out;
    for (const auto& [name, value] : resource.desired) out.set(name, value);
    const Value stated_all(resource.desired);
    if (const Unknown* cause = stated_all.find_unknown()) {
      out.set("service_text", *cause);
      return out;
    }
    for (const Part& part : kParts) {
      const State unit = unit_->desired(unit_of(resource, part.unit));
      if (const Value* value = unit.find(part.of_unit)) out.set(part.own, *value);
    }
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    State out;
    ValueMap units;
    for (const char* suffix : kUnits) {
      HF_TRY(auto seen, unit_->read(unit_of(resource, suffix), answers));
      if (!seen) continue;
      // A job that is under way is left to its end, and no reason to plan again.
      if (std::string_view(suffix) == ".service" && seen->find("state") != nullptr) {
        seen->set("state", "stopped");
      }
      for (const Part& part : kParts) {
        const Value* value = seen->find(part.of_unit);
        if (value != nullptr && std::string_view(part.unit) == suffix) out.set(part.own, *value);
      }
      units.set(suffix, std::move(*seen));
    }
    if (units.empty()) return std::nullopt;
    // The texts tell whether they are so.
    for (const auto& [name, value] : resource.desired) out.set(name, value);
    out.set("units", std::move(units));
    return out;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None) return {};
    std::vector<PhasedStep> out;
    for (const char* suffix : kUnits) {
      const Resource unit = unit_of(resource, suffix);
      const Change part = part_of(unit, change, suffix);
      if (part.action == Action::None) continue;
      for (PhasedStep& step : unit_steps(unit, part)) out.push_back(std::move(step));
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const PhasedStep& a, const PhasedStep& b) { return a.phase < b.phase; });
    const std::vector<std::string> calendar = texts_of(resource, "on_calendar");
    for (PhasedStep& step : out) {
      auto* write = std::get_if<WriteFile>(&step.step);
      if (write == nullptr || calendar.empty() || !ends_with(write->path, ".timer")) continue;
      write->validate = {"systemd-analyze", "calendar", "--"};
      write->validate.insert(write->validate.end(), calendar.begin(), calendar.end());
    }
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    const Resource unit = unit_of(resource, ".timer");
    const std::string verb = unit_verb(unit, part_of(unit, change, ".timer"));
    if (verb == "start") out.brings.push_back("starts " + printable(unit.name));
    if (verb == "stop") out.brings.push_back("stops " + printable(unit.name));
    if (verb == "restart") out.brings.push_back("restarts " + printable(unit.name));
    return out;
  }

  std::map<std::string, std::string> text_paths(const Resource& resource) const override {
    return {{"service_text", unit_path(resource.name + ".service")},
            {"timer_text", unit_path(resource.name + ".timer")}};
  }

  Value text(const Resource& resource, std::string_view attribute) const override {
    if (resource.absent) return {};
    if (attribute == "service_text") return service_text(resource);
    return attribute == "timer_text" ? Value(timer_text(resource)) : Value();
  }

 private:
  template <class Refuse>
  static void check_run(const Resource& resource, const Refuse& refuse) {
    const Value* run = stated(resource.desired, "run");
    if (run == nullptr) return;
    if (!run->is_list()) {
      if (!run->is_text() && !run->is_secret()) refuse("run", "`run` is a text or a list of words");
      if (trim(run->bytes()).empty()) refuse("run", "`run` is empty");
      if (run->bytes().find('\0') != std::string_view::npos) refuse("run", "`run` holds a NUL");
      return;
    }
    const std::vector<std::string> words = texts_of(resource, "run");
    if (words.empty() || words.size() != run->as_list().size()) {
      return refuse("run", "`run` is a list of texts", "quote numbers and truths");
    }
    if (!starts_with(words[0], "/")) {
      refuse("run", "'" + printable(words[0]) + "' is not an absolute path",
             "such as /usr/bin/env");
    }
  }

  /// What a change means for one of the units.
  Change part_of(const Resource& unit, const Change& change, const char* suffix) const {
    const Value* units = change.before ? change.before->find("units") : nullptr;
    const Value* seen = units == nullptr ? nullptr : units->as_map().find(suffix);
    return diff(*unit_, unit, seen == nullptr ? std::nullopt : std::optional(seen->as_map()));
  }

  std::unique_ptr<Kind> unit_ = make_systemd_unit_kind();
};

}  // namespace

std::unique_ptr<Kind> make_timer_kind() { return std::make_unique<TimerKind>(); }

}  // namespace holdfast
