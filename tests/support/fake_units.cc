#include "tests/support/fake_units.h"

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr const char* kFolder = "/etc/systemd/system/";

/// All that systemd would read for a unit; "" where there is nothing.
std::string text_on_disk(const FakeHost& host, const std::string& unit) {
  std::string out;
  for (const std::string& folder :
       {std::string("/usr/lib/systemd/system/"), std::string(kFolder)}) {
    for (const auto& [path, node] : host.files) {
      const bool own = path == folder + unit || starts_with(path, folder + unit + ".d/");
      if (own && node.type == "file") out += node.content + "\n";
    }
  }
  return out;
}

/// systemd reads a unit that it doesn't know yet when it is asked for it.
std::string text_as_loaded(const FakeHost& host, const std::string& name) {
  const auto found = host.units.find(name);
  if (found != host.units.end() && found->second.loaded) return *found->second.loaded;
  return text_on_disk(host, name);
}

}  // namespace

std::string unit_text(const FakeHost& host, const std::vector<std::string>& units) {
  std::string out;
  for (const std::string& name : units) {
    const auto found = host.units.find(name);
    const FakeHost::Unit unit = found == host.units.end() ? FakeHost::Unit{} : found->second;
    const std::string loaded = text_as_loaded(host, name);
    const bool stale = loaded != text_on_disk(host, name);
    const char* load = unit.masked ? "masked" : loaded.empty() ? "not-found" : "loaded";
    const char* file = unit.masked ? "masked" : unit.enabled ? "enabled" : "disabled";
    out += "Id=" + name + "\nLoadState=" + load + "\n";
    out += std::string("ActiveState=") + (unit.active ? "active" : "inactive") + "\n";
    out += std::string("SubState=") + (unit.active ? "running" : "dead") + "\n";
    out += std::string("UnitFileState=") + (loaded.empty() && !unit.masked ? "" : file) + "\n";
    out += std::string("NeedDaemonReload=") + (stale ? "yes" : "no") + "\n";
    if (unit.starts > 0) out += "InvocationID=" + std::to_string(unit.starts) + "\n";
    out += "Result=success\nType=simple\n\n";
  }
  return out;
}

FakeHost::Outcome systemctl(FakeHost& host, const FakeHost::Call& call) {
  const std::string verb = call.arguments.empty() ? "" : call.arguments.front();
  if (verb == "daemon-reload") {
    for (auto& [name, unit] : host.units) {
      const std::string text = text_on_disk(host, name);
      // systemd forgets what nothing runs or refers to.
      unit.loaded = text.empty() || !unit.active ? std::nullopt : std::optional(text);
    }
    return {};
  }
  for (const std::string& name : call.arguments) {
    if (name == verb || starts_with(name, "-")) continue;
    FakeHost::Unit& unit = host.units[name];
    const bool exists = !text_on_disk(host, name).empty();
    if (verb == "mask" || verb == "unmask") unit.masked = verb == "mask";
    if (verb == "disable") unit.enabled = false;
    if (verb == "stop") unit.active = false;
    if (verb == "enable" || verb == "start" || verb == "restart") {
      if (!exists) return {.status = 5, .output = "Unit " + name + " not found."};
      (verb == "enable" ? unit.enabled : unit.active) = true;
      if (verb != "enable") unit.loaded = text_as_loaded(host, name);
      if (verb != "enable") ++unit.starts;
    }
  }
  return {};
}

FakeHost::Outcome start_units(FakeHost& host, const FakeHost::Call& call) {
  // VERB UNIT…, or, of the undo of a removal, only the units.
  const bool removal_undo = call.arguments.empty() || call.arguments.front() != call.name;
  if (removal_undo)
    systemctl(host, {.arguments = {"daemon-reload"}, .name = "systemctl", .input = {}});
  Argv arguments{call.name};
  arguments.insert(arguments.end(), call.arguments.begin() + (removal_undo ? 0 : 1),
                   call.arguments.end());
  return systemctl(host, {.arguments = arguments, .name = "systemctl", .input = {}});
}

FakeHost::Outcome look_at_units(FakeHost& host, const FakeHost::Call& call) {
  for (const std::string& name : call.arguments) {
    if (!host.units[name].active) return {.status = 1, .output = name + " is inactive"};
  }
  return {};
}

}  // namespace holdfast
