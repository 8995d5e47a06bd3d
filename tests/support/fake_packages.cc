#include "tests/support/fake_packages.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {
namespace {

std::string package_line(const std::string& name, const FakeHost::Package& package) {
  return "package " + name + " " + package.version + " " + package.status + " " +
         (package.automatic ? "auto" : "manual") + "\n";
}

}  // namespace

std::string package_text(const FakeHost& host, const std::vector<std::string>& names) {
  std::string out;
  std::string missing;
  std::string automatic;
  for (const std::string& name : names) {
    const auto found = host.packages.find(name);
    if (found == host.packages.end()) {
      missing += "dpkg-query: no packages found matching " + name + "\n";
      continue;
    }
    out += name + "\tamd64\t" + found->second.version + "\t" + found->second.status + " \n";
    if (found->second.automatic) automatic += name + "\n";
  }
  return out + "errors\n" + missing + "auto\n" + automatic;
}

std::string packages_snapshot(const FakeHost& host) {
  std::string out;
  for (const auto& [name, package] : host.packages) out += package_line(name, package);
  return out;
}

/// `install -- NAME[=VERSION]…`; a version's * stands for what the lists have.
FakeHost::Outcome apt_get(FakeHost& host, const FakeHost::Call& call) {
  const auto operands = std::find(call.arguments.begin(), call.arguments.end(), "--");
  if (operands == call.arguments.end()) return {.status = 100, .output = "what?"};
  for (auto spec = operands + 1; spec != call.arguments.end(); ++spec) {
    const std::size_t equals = spec->find('=');
    std::string version = equals == std::string::npos ? "1.0" : spec->substr(equals + 1);
    if (ends_with(version, "*")) version.back() = '1';
    // dpkg forgets a hold when it unpacks; apt marks what is asked for by name.
    host.packages[spec->substr(0, equals)] = {.version = version};
  }
  return {};
}

FakeHost::Outcome apt_mark(FakeHost& host, const FakeHost::Call& call) {
  const std::string& verb = call.arguments.at(0);
  for (std::size_t i = 2; i < call.arguments.size(); ++i) {
    const auto found = host.packages.find(call.arguments[i]);
    if (found == host.packages.end()) return {.status = 100, .output = "no such package"};
    if (verb == "hold") found->second.status = "hi";
    if (verb == "unhold") found->second.status = "ii";
    if (verb == "auto" || verb == "manual") found->second.automatic = verb == "auto";
  }
  return {};
}

FakeHost::Outcome capture_packages(FakeHost& host, const FakeHost::Call&) {
  return {.output = packages_snapshot(host)};
}

/// remove|purge LOCK_TIMEOUT NAME…
FakeHost::Outcome remove_packages(FakeHost& host, const FakeHost::Call& call) {
  for (std::size_t i = 2; i < call.arguments.size(); ++i) {
    if (call.arguments[0] == "purge") {
      host.packages.erase(call.arguments[i]);
    } else {
      host.packages[call.arguments[i]].status = "rc";
    }
  }
  return {};
}

FakeHost::Outcome undo_packages(FakeHost& host, const FakeHost::Call& call) {
  for (const std::string& name : call.arguments) host.packages.erase(name);
  for (const std::string_view line : lines(call.capture)) {
    const auto fields = split(line, ' ');
    const std::string name(fields.at(1));
    if (std::find(call.arguments.begin(), call.arguments.end(), name) == call.arguments.end()) {
      continue;
    }
    host.packages[name] = {.version = std::string(fields.at(2)),
                           .status = std::string(fields.at(3)),
                           .automatic = fields.at(4) == "auto"};
  }
  return {};
}

}  // namespace holdfast
