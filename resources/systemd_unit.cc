#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/stated.h"
#include "resources/systemd/unit_ends.h"
#include "resources/systemd/unit_schema.h"
#include "resources/systemd/unit_steps.h"
#include "resources/systemd/unit_text.h"

namespace holdfast {
namespace {

/// An answer of the collector `digest`: null where there is no such file.
Value file_digest(const Answers& answers, const std::string& path) {
  const Value& answer = answers.at({"digest", path});
  if (!answer.is_map()) return answer;
  const Value* digest = answer.as_map().find("digest");
  return digest == nullptr ? Value() : *digest;
}

std::string property(const ValueMap& unit, std::string_view name) {
  return stated_text(unit, name);
}

/// "running", "starting", "restarting (exit-code)", "stopped", "failed (exit-code)".
std::string activity(const ValueMap& unit, bool want_stopped) {
  const std::string active = property(unit, "ActiveState");
  const std::string result = " (" + property(unit, "Result") + ")";
  if (active == "failed") return want_stopped ? "stopped" : "failed" + result;
  if (active == "inactive") return "stopped";
  if (want_stopped) return "running";
  if (active == "activating") {
    const bool again = property(unit, "SubState") == "auto-restart";
    return again ? "restarting" + result : "starting";
  }
  return active == "deactivating" ? "stopping" : "running";
}

bool is_enabled(const ValueMap& unit) {
  const std::string state = property(unit, "UnitFileState");
  return state == "enabled" || state == "alias" || state == "indirect";
}

class SystemdUnitKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return unit_schema(); }
  std::vector<Error> check(const Resource& resource) const override {
    return unit_errors(resource);
  }

  Links links(const Resource& resource) const override {
    Links links;
    const std::string& name = resource.name;
    links.provides.push_back("unit:" + name);
    const Value* content = stated(resource.desired, "content");
    if (content != nullptr) {
      links.provides.push_back("path:" + unit_path(name));
      links.needs = unit_needs(name, content->bytes());
    } else if (ends_with(name, ".timer")) {
      links.needs = unit_needs(name, "");
    }
    if (content == nullptr) links.needs.push_back("path:" + unit_path(name));
    for (const auto& [file, text] : drop_ins(resource.desired)) {
      links.provides.push_back("path:" + drop_in_path(name, file));
      for (std::string& need : unit_needs(name, text.bytes())) {
        links.needs.push_back(std::move(need));
      }
    }
    if (const std::string whole = template_of(name); !whole.empty()) {
      links.needs.push_back("unit:" + whole);
    }
    return links;
  }

  void ends(const Resource& resource, Ends& ends) const override { add_unit_ends(resource, ends); }

  std::vector<Query> queries(const Resource& resource) const override {
    const std::string& name = resource.name;
    std::vector<Query> out;
    // systemctl refuses to speak of a template.
    if (!is_unit_template(name)) out.push_back({"systemd", name});
    if (resource.absent) {
      out.push_back({"stat", unit_path(name)});
      out.push_back({"stat", unit_folder(name)});
    }
    if (resource.absent || stated(resource.desired, "content") != nullptr) {
      out.push_back({"digest", unit_path(name)});
    }
    for (const auto& [file, text] : drop_ins(resource.desired)) {
      out.push_back({"digest", drop_in_path(name, file)});
    }
    if (!resource.absent && !drop_ins(resource.desired).empty()) {
      out.push_back({"stat", unit_folder(name)});
    }
    return out;
  }

  State desired(const Resource& resource) const override {
    State out;
    for (const auto& [name, value] : resource.desired) {
      if (name == "content") {
        out.set(name, text_digest(value));
      } else if (name == "drop_ins" && value.is_map()) {
        ValueMap digests;
        for (const auto& [file, text] : value.as_map()) {
          if (text.find_unknown() != nullptr || !text.bytes().empty()) {
            digests.set(file, text_digest(text));
          }
        }
        out.set(name, std::move(digests));
      } else if (name != "settle" && name != "verify" && name != "reads" && name != "writes" &&
                 !(name == "loaded" && is_unit_template(resource.name))) {
        out.set(name, value);
      }
    }
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const std::string& name = resource.name;
    State seen = files_seen(resource, answers);
    const bool has_files = seen.find("file") != nullptr;
    if (is_unit_template(name)) return has_files ? std::optional(std::move(seen)) : std::nullopt;
    const Value& answer = answers.at({"systemd", name});
    if (answer.is_null()) {
      return fail(Code::NoSystemd,
                  "systemd_unit '" + printable(name) + "': the host has no systemd",
                  "Leave the unit out there with 'when: facts.systemd'.");
    }
    if (!answer.is_map()) {
      for (const auto& [attribute, value] : desired(resource)) seen.set(attribute, answer);
      return seen;
    }
    const ValueMap& unit = answer.as_map();
    if (resource.absent) return absent_seen(resource, unit, std::move(seen));
    const bool found = property(unit, "LoadState") != "not-found";
    if (!found && !has_files && seen.find("folder") == nullptr) return std::nullopt;
    HF_CHECK(can_enable(resource, unit, seen));
    seen.set("enabled", is_enabled(unit));
    const bool masked = property(unit, "LoadState") == "masked";
    seen.set("masked", masked);
    // A drop-in of what is masked is never read, and systemd never stops to ask for it.
    const bool unread = property(unit, "NeedDaemonReload") == "yes" &&
                        !(masked && property(unit, "UnitFileState") == "masked");
    seen.set("loaded", found && !unread);
    if (property(unit, "CanReload") == "yes") seen.set("reloads", true);
    seen.set("state", activity(unit, stated_text(resource.desired, "state") == "stopped"));
    return seen;
  }

  std::string life(const Resource& resource, const Answers& answers) const override {
    if (is_unit_template(resource.name)) return {};
    const Value& answer = answers.at({"systemd", resource.name});
    return answer.is_map() ? property(answer.as_map(), "InvocationID") : "";
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    return unit_steps(resource, change);
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects effects;
    const std::string verb = unit_verb(resource, change);
    const std::string name = printable(resource.name);
    if (verb == "start") effects.brings.push_back("starts " + name);
    if (verb == "stop") effects.brings.push_back("stops " + name);
    if (verb == "restart") effects.brings.push_back("restarts " + name);
    if (verb == "reload-or-restart") effects.brings.push_back("reloads " + name);
    for (const char* text : {"content", "drop_ins"}) {
      const Value* value = resource.get(text);
      effects.one_way =
          effects.one_way || (change.action == Action::Update && change.find(text) != nullptr &&
                              value != nullptr && value->holds_secret());
    }
    return effects;
  }

  std::map<std::string, std::string> text_paths(const Resource& resource) const override {
    if (stated(resource.desired, "content") == nullptr) return {};
    return {{"content", unit_path(resource.name)}};
  }

 private:
  /// Content and drop-ins as digests; "file" and "folder" where there is one.
  static State files_seen(const Resource& resource, const Answers& answers) {
    State seen;
    const std::string& name = resource.name;
    if (resource.absent || stated(resource.desired, "content") != nullptr) {
      const Value digest = file_digest(answers, unit_path(name));
      if (!digest.is_null()) seen.set("file", true);
      seen.set("content", digest);
    }
    if (stated(resource.desired, "drop_ins") != nullptr) {
      ValueMap digests;
      for (const auto& [file, text] : drop_ins(resource.desired)) {
        const Value digest = file_digest(answers, drop_in_path(name, file));
        if (!digest.is_null()) digests.set(file, digest);
      }
      if (!digests.empty()) seen.set("file", true);
      seen.set("drop_ins", std::move(digests));
    }
    if (answers.at({"stat", unit_folder(name)}).is_map()) seen.set("folder", true);
    return seen;
  }

  static Result<std::optional<State>> absent_seen(const Resource& resource, const ValueMap& unit,
                                                  State seen) {
    const bool masked = property(unit, "LoadState") == "masked";
    const bool ours = masked || seen.find("file") != nullptr || seen.find("folder") != nullptr;
    const std::string fragment = property(unit, "FragmentPath");
    if (!ours && !fragment.empty() && property(unit, "LoadState") == "loaded") {
      return fail(wrong(resource, "ensure", Code::UnitInvalid,
                        "systemd_unit '" + printable(resource.name) + "' can't be absent: " +
                            printable(fragment) + " is not an administrator's file",
                        "Remove the package that brought it, or state masked: true and state: "
                        "stopped."));
    }
    if (!ours) return std::nullopt;
    seen.set("enabled", is_enabled(unit));
    if (masked) seen.set("masked", true);
    seen.set("state", activity(unit, false));
    return seen;
  }

  /// Only what the host has now is judged: a unit file that is about to be replaced is not.
  static Result<void> can_enable(const Resource& resource, const ValueMap& unit,
                                 const State& seen) {
    if (!stated_bool(resource.desired, "enabled", false)) return {};
    const Value* content = stated(resource.desired, "content");
    const Value* digest = seen.find("content");
    if (content != nullptr && (digest == nullptr || !(*digest == text_digest(*content)))) return {};
    const std::string state = property(unit, "UnitFileState");
    if (state != "static" && state != "generated" && state != "transient") return {};
    return fail(wrong(
        resource, "enabled", Code::UnitCannotBeEnabled,
        "systemd_unit '" + printable(resource.name) + "' is " + state + ": it can't be enabled",
        state == "static" ? "It has no [Install] section; what needs it starts it. "
                            "Leave 'enabled' out."
                          : "A generator or a program made it. Leave 'enabled' out."));
  }
};

}  // namespace

std::unique_ptr<Kind> make_systemd_unit_kind() { return std::make_unique<SystemdUnitKind>(); }

}  // namespace holdfast
