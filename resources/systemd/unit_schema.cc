#include "resources/systemd/unit_schema.h"

#include "engine/core/text.h"
#include "resources/stated.h"
#include "resources/systemd/unit_steps.h"
#include "resources/systemd/unit_text.h"

namespace holdfast {
namespace {

std::vector<Attribute> attributes() {
  return {
      {.name = "content",
       .doc =
           "The unit file, written to /etc/systemd/system/NAME. Not stated: the unit is somebody "
           "else's (a package's), and only what else is stated here is managed.",
       .content = true,
       .definition = true,
       .placed = true},
      {.name = "drop_ins",
       .type = Type::map_of({TypeKind::Text}),
       .doc = "Settings on top of a unit: file name (*.conf) to text, in "
              "/etc/systemd/system/NAME.d/. An empty text removes that file; others there are left "
              "alone.",
       .definition = true},
      {.name = "enabled",
       .type = {TypeKind::Bool},
       .doc = "Whether it starts at boot, as its [Install] section says."},
      {.name = "masked", .type = {TypeKind::Bool}, .doc = "Whether nothing at all can start it."},
      {.name = "state",
       .type = Type::one_of({"running", "stopped"}),
       .doc = "Whether it runs. A unit that ends by itself (Type=oneshot without "
              "RemainAfterExit=yes) has no use for this."},
      {.name = "settle",
       .type = {TypeKind::Duration},
       .doc = "After a start it must still run this long later; else the step has failed.",
       .default_value = 0.3},
      {.name = "verify",
       .type = {TypeKind::Bool},
       .doc = "Whether `systemd-analyze verify` judges the files before systemd loads them.",
       .default_value = true},
      {.name = "loaded",
       .type = {TypeKind::Bool},
       .doc = "Whether systemd works with what the unit's files say now: where it says that it "
              "doesn't (NeedDaemonReload), they are loaded.",
       .default_value = true},
      {.name = "reads",
       .type = Type::list_of({TypeKind::Path}),
       .doc = "Paths that its program reads: refused before any host is touched where the unit's "
              "own sandbox (ProtectHome, InaccessiblePaths …) hides one. What its command line and "
              "its environment name is looked at anyway."},
      {.name = "writes",
       .type = Type::list_of({TypeKind::Path}),
       .doc = "Paths that its program writes: refused where its sandbox hides one, or makes it "
              "read-only (ProtectSystem, ReadOnlyPaths)."}};
}

bool has_install(const Value& content) {
  for (const UnitSetting& setting : unit_settings(content.bytes())) {
    if (setting.section == "Install") return true;
  }
  return false;
}

bool ends_by_itself(const Value& content) {
  bool oneshot = false;
  bool remains = false;
  for (const UnitSetting& setting : unit_settings(content.bytes())) {
    if (setting.section != "Service") continue;
    if (setting.key == "Type") oneshot = setting.value == "oneshot";
    if (setting.key == "RemainAfterExit") {
      remains = setting.value == "yes" || setting.value == "true" || setting.value == "1" ||
                setting.value == "on";
    }
  }
  return oneshot && !remains;
}

/// What a resource may not say, found one rule at a time.
class Rules {
 public:
  explicit Rules(const Resource& resource)
      : resource_(resource), who_("systemd_unit '" + printable(resource.name) + "'") {}

  std::vector<Error> all() {
    if (!valid_unit_name(resource_.name)) {
      refuse("", who_ + " is no unit's name",
             "A name and its suffix: nginx.service, backup.timer, runner@a.service.");
    }
    about_templates();
    about_content();
    about_masks();
    about_drop_ins();
    return std::move(errors_);
  }

 private:
  void refuse(std::string_view attribute, std::string message, std::string hint) {
    errors_.push_back(
        wrong(resource_, attribute, Code::UnitInvalid, std::move(message), std::move(hint)));
  }

  void about_templates() {
    if (!is_unit_template(resource_.name)) return;
    for (const char* name : {"enabled", "masked", "state"}) {
      if (stated(resource_.desired, name) == nullptr) continue;
      refuse(name, who_ + " is a template: '" + name + "' belongs to its instances",
             "State it for an instance, such as " +
                 resource_.name.substr(0, resource_.name.find('@') + 1) + "a" +
                 resource_.name.substr(resource_.name.rfind('.')) + ".");
    }
  }

  void about_content() {
    const Value* content = stated(resource_.desired, "content");
    if (content == nullptr) return;
    if (stated_bool(resource_.desired, "enabled", false) && !has_install(*content)) {
      refuse("enabled", who_ + " has no [Install] section, so it can't be enabled",
             "Add [Install] with WantedBy=multi-user.target, or leave 'enabled' out.");
    }
    if (stated_text(resource_.desired, "state") == "running" && ends_by_itself(*content)) {
      refuse("state", who_ + " ends by itself (Type=oneshot), so it can't stay running",
             "Add RemainAfterExit=yes, or leave 'state' out and start it by a timer.");
    }
  }

  void about_masks() {
    if (!stated_bool(resource_.desired, "masked", false)) return;
    for (const char* name : {"content", "drop_ins"}) {
      if (stated(resource_.desired, name) == nullptr) continue;
      refuse("masked", who_ + " is masked and has '" + name + "'",
             "A masked unit is a link to /dev/null; leave one of them out.");
    }
    if (stated_bool(resource_.desired, "enabled", false) ||
        stated_text(resource_.desired, "state") == "running") {
      refuse("masked", who_ + " can't be masked and also be enabled or running",
             "Leave one of them out.");
    }
  }

  void about_drop_ins() {
    for (const auto& [file, text] : drop_ins(resource_.desired)) {
      const bool plain = file.find('/') == std::string::npos && file.size() > 5 && file[0] != '.' &&
                         ends_with(file, ".conf") && !has_control(file);
      if (plain) continue;
      refuse("drop_ins", who_ + ": '" + printable(file) + "' is no drop-in's name",
             "systemd reads NAME.conf only, for example 50-limits.conf.");
    }
  }

  const Resource& resource_;
  std::string who_;
  std::vector<Error> errors_;
};

}  // namespace

const Schema& unit_schema() {
  static const Schema kSchema = {
      .kind = "systemd_unit",
      .doc =
          "A systemd unit of any type: its file, its drop-ins, whether it is enabled, masked and "
          "running.",
      .name_doc = "The unit with its suffix: exporter.service, backup.timer, runner@a.service.",
      .attributes = attributes(),
      .scheduling = Scheduling::Batched,
      .restartable = true,
      .examples = {"- systemd_unit: runner-exporter.service\n"
                   "  content: |\n"
                   "    [Service]\n"
                   "    ExecStart=/usr/local/bin/runner-exporter\n"
                   "    [Install]\n"
                   "    WantedBy=multi-user.target\n"
                   "  enabled: true\n"
                   "  state: running\n"
                   "  restart_on: [file /etc/runner-exporter.env]\n",
                   "- systemd_unit: nginx.service\n"
                   "  drop_ins:\n"
                   "    50-limits.conf: |\n"
                   "      [Service]\n"
                   "      MemoryMax=512M\n",
                   "- systemd_unit: apt-daily.timer\n"
                   "  masked: true\n"
                   "  state: stopped\n"}};
  return kSchema;
}

std::vector<Error> unit_errors(const Resource& resource) { return Rules(resource).all(); }

}  // namespace holdfast
