#include "tests/support/fake_packages.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {
namespace {

std::string package_line(const std::string& name, const FakeHost::Package& package) {
  return "package " + name + " " + package.version + " " + package.status + " " +
         (package.automatic ? "auto" : "manual") + "\n";
}

bool installed(const FakeHost::Package& package) { return package.status[1] == 'i'; }

/// What dpkg has against the removal of these packages.
std::string removal_text(const FakeHost& host, const std::vector<std::string>& going) {
  std::string out;
  for (const std::string& name : going) {
    std::string users;
    for (const auto& [other, package] : host.packages) {
      const bool stays = std::find(going.begin(), going.end(), other) == going.end();
      const auto needed = std::find(package.needs.begin(), package.needs.end(), name);
      if (stays && installed(package) && needed != package.needs.end())
        users += " " + other + " depends on " + name + ".\n";
    }
    if (!users.empty())
      out += "dpkg: dependency problems prevent removal of " + name + ":\n" + users + "\n";
  }
  return out;
}

/// The sections that come only where something is to go.
std::string going_text(const FakeHost& host, const std::vector<std::string>& going) {
  if (going.empty()) return {};
  std::string out = "old:\n";
  std::string sources;
  for (const std::string& name : going) {
    const std::string& version = host.packages.at(name).version;
    out += name + "\t" + version + "\tamd64\t-\n";
    sources += name + " | " + version + " | http://x Packages\n";
  }
  return out + "to-be-had:\n" + sources + "needed:\n" + removal_text(host, going);
}

}  // namespace

std::string package_text(const FakeHost& host, const std::vector<std::string>& names) {
  std::string out;
  std::string missing;
  std::string automatic;
  std::vector<std::string> going;
  for (const std::string& key : names) {
    const std::string name = key.substr(0, key.find(' '));
    const auto found = host.packages.find(name);
    if (found == host.packages.end()) {
      missing += "dpkg-query: no packages found matching " + name + "\n";
      continue;
    }
    out += name + "\tamd64\t" + found->second.version + "\t" + found->second.status + " \n";
    if (found->second.automatic) automatic += name + "\n";
    if (ends_with(key, " -") && installed(found->second)) going.push_back(name);
  }
  return out + "errors\n" + missing + "auto\n" + automatic + going_text(host, going);
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

/// auto|manual NAME…
FakeHost::Outcome undo_mark(FakeHost& host, const FakeHost::Call& call) {
  FakeHost::Call mark = call;
  mark.arguments.insert(mark.arguments.begin() + 1, "--");
  return apt_mark(host, mark);
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
