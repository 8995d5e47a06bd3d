#include "tests/property/judge.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <sstream>

namespace holdfast::property {
namespace {

using Json = nlohmann::ordered_json;
using Matches = std::function<bool(const Difference&)>;

bool starts(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

/// Section and line of each line; one of an access list is told with the path that it belongs to.
std::vector<std::pair<std::string, std::string>> parse(const std::string& snapshot) {
  std::vector<std::pair<std::string, std::string>> out;
  std::istringstream in(snapshot);
  std::string line, section, file;
  while (std::getline(in, line)) {
    if (starts(line, "== ")) {
      section = line.substr(3);
    } else if (starts(line, "# file: ")) {
      file = line.substr(8);
    } else if (!line.empty()) {
      const bool list = starts(section, "access lists");
      out.emplace_back(section, list ? file + "\t" + line : line);
    }
  }
  return out;
}

/// The path that a line of the sections on files is about; "".
std::string path_of(const Difference& d) {
  if (d.section == "paths" || starts(d.section, "access lists"))
    return d.line.substr(0, d.line.find('\t'));
  if (d.section == "content") return d.line.substr(d.line.find("  ") + 2);
  return {};
}

Matches path(const std::string& exact) {
  return [exact](const Difference& d) { return path_of(d) == exact; };
}
Matches below(const std::string& folder) {
  return [folder](const Difference& d) { return starts(path_of(d), folder + "/"); };
}
Matches line_of(const std::string& section, const std::string& start) {
  return [section, start](const Difference& d) {
    return d.section == section && starts(d.line, start);
  };
}

const Json* attribute(const Json& row, const std::string& name) {
  for (const Json& a : row.at("attributes"))
    if (a.at("name") == name) return &a;
  return nullptr;
}

/// Both sides of an attribute that is a list of texts.
std::set<std::string> texts_of(const Json& row, const std::string& name) {
  std::set<std::string> out;
  const Json* found = attribute(row, name);
  for (const char* side : {"before", "after"}) {
    if (found == nullptr || !found->contains(side)) continue;
    const Json& value = found->at(side);
    if (value.is_string()) out.insert(value.get<std::string>());
    if (!value.is_array()) continue;
    for (const Json& one : value)
      if (one.is_string()) out.insert(one.get<std::string>());
  }
  return out;
}

void account_files(std::vector<Matches>& out) {
  for (const char* file : {"passwd", "shadow", "group", "gshadow", "subuid", "subgid"})
    out.push_back(path("/etc/" + std::string(file)));
}

std::vector<Matches> of_directory(const Json& row, const std::string& name) {
  std::vector<Matches> out{path(name)};
  if (row.at("action") == "delete") out.push_back(below(name));
  for (const std::string& entry : texts_of(row, "entries")) {
    out.push_back(path(name + "/" + entry));
    out.push_back(below(name + "/" + entry));
  }
  return out;
}

std::vector<Matches> of_user(const Json& row, const std::string& name) {
  const std::string action = row.at("action"), home = "/home/" + name;
  std::vector<Matches> out{line_of("accounts", name + ":")};
  account_files(out);
  for (const std::string& group : texts_of(row, "groups"))
    out.push_back(line_of("accounts", group + ":"));
  // Who goes leaves the groups of which drawn_accounts.cc makes members.
  if (action == "delete") {
    for (const char* group : {"adm:", "users:", "hfg"}) out.push_back(line_of("accounts", group));
  }
  const bool says_so = row.at("brings").dump().find("in its home") != std::string::npos;
  if (action == "create" || says_so || action == "delete") {
    out.push_back(path(home));
    out.push_back(below(home));
  }
  if (action == "create" && attribute(row, "home") != nullptr) {
    out.push_back(path(home + "-new"));
    out.push_back(below(home + "-new"));
  }
  return out;
}

std::vector<Matches> of_key(const Json& row) {
  std::vector<Matches> out;
  const std::string steps = row.at("steps").dump();
  for (const std::string user : {"plain", "hfu0", "hfu1", "hfu2"}) {
    if (steps.find(user) == std::string::npos) continue;
    out.push_back(path("/home/" + user + "/.ssh"));
    out.push_back(path("/home/" + user + "/.ssh/authorized_keys"));
  }
  return out;
}

std::vector<Matches> of_unit(const std::string& name) {
  const std::string unit = "/etc/systemd/system/" + name;
  std::vector<Matches> out{path(unit), path(unit + ".d"), below(unit + ".d"),
                           line_of("units", name + " ")};
  for (const char* target : {"multi-user", "timers", "sysinit"})
    out.push_back(path(std::string("/etc/systemd/system/") + target + ".target.wants/" + name));
  return out;
}

bool in_filter(const Difference& d) { return d.section == "packet filter"; }

std::vector<Matches> of_firewall(const Json& row) {
  std::vector<Matches> out{below("/etc/ufw"), path("/etc/default/ufw"), in_filter};
  if (row.at("brings").dump().find("kernel settings") != std::string::npos) {
    out.push_back([](const Difference& d) {
      return d.section == "kernel settings of the network" &&
             d.line.find(".accept_redirects = ") != std::string::npos;
    });
  }
  return out;
}

std::vector<Matches> of_nftables(std::string name) {
  std::replace(name.begin(), name.end(), ' ', '-');
  std::vector<Matches> out = of_unit("nftables-" + name + ".service");
  out.push_back(path("/etc/nftables-" + name + ".nft"));
  out.emplace_back(in_filter);
  return out;
}

std::vector<Matches> of_sysctl(const std::string& name) {
  std::vector<Matches> out{path("/etc/sysctl.d/60-holdfast-" + name + ".conf"),
                           line_of("kernel settings of the network", name + " ")};
  // The kernel sets what hosts and routers do by default when one becomes the other.
  if (name == "net.ipv4.ip_forward")
    out.push_back(line_of("kernel settings of the network", "net.ipv4.conf."));
  return out;
}

std::vector<Matches> of_package(const std::string& name) {
  return {[name](const Difference& d) {
    const bool tool = name == "hf-tool" && d.line.find("hf-libdep") != std::string::npos;
    return tool || d.line.find(name) != std::string::npos;
  }};
}

std::vector<Matches> of_file(const Json& row, const std::string& name) {
  std::vector<Matches> out{path(name)};
  // drawn_files.cc gives a file another name; it stays the same file unless it is replaced.
  if (row.at("action") == "update" && attribute(row, "content") == nullptr)
    out.push_back(path(name + "-too"));
  return out;
}

std::vector<Matches> of_group(const std::string& name) {
  std::vector<Matches> out{line_of("accounts", name + ":")};
  account_files(out);
  return out;
}

/// What was unpacked, the folder that holds versions, and the link beside it.
std::vector<Matches> of_archive(const std::string& name) {
  return {path(name), below(name), path(name + "-now")};
}

std::vector<Matches> of_docker(const std::string& name) {
  const std::string folder = name == "docker" ? "/etc/docker" : "/etc/hf-p-docker";
  return {path(folder), path(folder + "/daemon.json")};
}

std::vector<Matches> of_timer(const std::string& name) {
  std::vector<Matches> out = of_unit(name + ".timer");
  for (Matches& one : of_unit(name + ".service")) out.push_back(std::move(one));
  return out;
}

/// What a change of a kind may touch.
std::vector<Matches> touches(const Json& row) {
  const std::string kind = row.at("kind"), name = row.at("name");
  if (kind == "file") return of_file(row, name);
  for (const char* one : {"symlink", "json_file", "download", "deploy_state"})
    if (kind == one) return {path(name)};
  if (kind == "directory") return of_directory(row, name);
  if (kind == "command") return {path("/srv/p/made-" + name.substr(name.size() - 1))};
  if (kind == "group") return of_group(name);
  if (kind == "user") return of_user(row, name);
  if (kind == "authorized_key") return of_key(row);
  if (kind == "systemd_unit") return of_unit(name);
  if (kind == "timer") return of_timer(name);
  if (kind == "firewall") return of_firewall(row);
  if (kind == "firewall_rule")
    return {path("/etc/ufw/user.rules"), path("/etc/ufw/user6.rules"), in_filter};
  if (kind == "nftables") return of_nftables(name);
  if (kind == "sysctl") return of_sysctl(name);
  if (kind == "package") return of_package(name);
  if (kind == "sshd_setting") return {path("/etc/ssh/sshd_config.d/" + name + ".conf")};
  if (kind == "sudo_rule") return {path("/etc/sudoers.d/" + name)};
  if (kind == "archive") return of_archive(name);
  if (kind == "docker_daemon") return of_docker(name);
  if (kind == "logrotate") return {path("/etc/logrotate.d/" + name)};
  if (kind == "grafana_provider")
    return {path("/etc/grafana/provisioning/dashboards/" + name + ".yaml")};
  if (kind == "grafana_dashboard") return {path("/srv/p/dashboards/" + name + ".json")};
  return {};
}

bool changes(const Json& row) {
  static const std::set<std::string> kChanging{"create", "update", "replace", "delete", "run"};
  return kChanging.count(row.at("action").get<std::string>()) > 0;
}

}  // namespace

std::vector<Difference> differences(const std::string& before, const std::string& after) {
  const auto old_lines = parse(before), new_lines = parse(after);
  const std::set<std::pair<std::string, std::string>> old_set(old_lines.begin(), old_lines.end()),
      new_set(new_lines.begin(), new_lines.end());
  std::vector<Difference> out;
  for (const auto& line : old_lines)
    if (new_set.count(line) == 0) out.push_back({line.first, line.second, false});
  for (const auto& line : new_lines)
    if (old_set.count(line) == 0) out.push_back({line.first, line.second, true});
  return out;
}

std::string text_of(const std::vector<Difference>& all) {
  std::string out;
  for (const Difference& d : all) out += (d.came ? "> " : "< ") + d.section + ": " + d.line + "\n";
  return out;
}

std::vector<std::string> lies(const Json& rows, const std::vector<Difference>& changed) {
  std::vector<std::string> out;
  std::vector<bool> named(changed.size());
  for (const Json& row : rows) {
    if (!changes(row)) continue;
    const std::vector<Matches> all = touches(row);
    bool seen = false;
    for (std::size_t i = 0; i < changed.size(); ++i) {
      if (!std::any_of(all.begin(), all.end(), [&](const Matches& one) { return one(changed[i]); }))
        continue;
      seen = named[i] = true;
    }
    if (!seen)
      out.push_back("planned, but nothing has changed: " + row.at("action").get<std::string>() +
                    " " + row.at("address").get<std::string>());
  }
  for (std::size_t i = 0; i < changed.size(); ++i)
    if (!named[i]) out.push_back("changed, but not planned: " + text_of({changed[i]}));
  return out;
}

}  // namespace holdfast::property
