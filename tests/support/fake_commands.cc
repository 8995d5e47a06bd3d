#include <algorithm>

#include "engine/core/text.h"
#include "resources/account.h"
#include "resources/authorized_key_program.h"
#include "resources/user_programs.h"
#include "tests/support/fake_archives.h"
#include "tests/support/fake_host.h"
#include "tests/support/fake_nft.h"
#include "tests/support/fake_packages.h"
#include "tests/support/fake_ufw.h"
#include "tests/support/fake_units.h"

namespace holdfast {
namespace {

FakeHost::Outcome refused(std::string why) { return {.status = 9, .output = std::move(why)}; }

/// The value of `--name VALUE`; nullopt where the flag isn't there.
std::optional<std::string> flag(const Argv& arguments, std::string_view name) {
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    if (arguments[i] == name) return arguments[i + 1];
  }
  return std::nullopt;
}

bool has_flag(const Argv& arguments, std::string_view name) {
  return std::find(arguments.begin(), arguments.end(), name) != arguments.end();
}

std::int64_t free_id(const FakeHost& host) {
  std::int64_t id = 1000;
  for (const auto& [name, account] : host.accounts) id = std::max(id, account.uid + 1);
  for (const auto& [name, group] : host.groups) id = std::max(id, group.gid + 1);
  return id;
}

std::string group_of(const FakeHost& host, std::int64_t gid) {
  for (const auto& [name, group] : host.groups) {
    if (group.gid == gid) return name;
  }
  return {};
}

void set_groups(FakeHost& host, const std::string& user, const std::string& list, bool append) {
  for (auto& [name, group] : host.groups) {
    if (!append) group.members.erase(user);
  }
  for (const std::string_view name : split(list, ',')) {
    if (!name.empty()) host.groups[std::string(name)].members.insert(user);
  }
}

/// What useradd and usermod share.
FakeHost::Outcome set_account(FakeHost& host, const std::string& name, const Argv& arguments) {
  FakeHost::Account& account = host.accounts[name];
  if (const auto uid = flag(arguments, "--uid")) account.uid = std::stoll(*uid);
  if (const auto group = flag(arguments, "--gid")) {
    if (host.groups.count(*group) == 0) return refused("group '" + *group + "' does not exist");
    account.gid = host.groups[*group].gid;
  }
  if (const auto comment = flag(arguments, "--comment")) account.comment = *comment;
  if (const auto home = flag(arguments, "--home")) account.home = *home;
  if (const auto shell = flag(arguments, "--shell")) account.shell = *shell;
  if (const auto day = flag(arguments, "--expiredate")) {
    const auto days = days_of_date(*day);
    account.expires = days ? std::to_string(*days) : *day;
  }
  if (const auto groups = flag(arguments, "--groups")) {
    set_groups(host, name, *groups, has_flag(arguments, "--append"));
  }
  return {};
}

FakeHost::Outcome add_account(FakeHost& host, const std::string& name, Argv arguments) {
  if (host.accounts.count(name) > 0) return refused("user '" + name + "' already exists");
  if (!flag(arguments, "--gid")) {
    const std::int64_t gid = free_id(host);
    if (host.groups.count(name) == 0) host.groups[name] = {.gid = gid};
    arguments.insert(arguments.end(), {"--gid", name});
  }
  host.accounts[name].uid = free_id(host);
  const FakeHost::Outcome outcome = set_account(host, name, arguments);
  const FakeHost::Account& account = host.accounts[name];
  if (has_flag(arguments, "--create-home") && host.files.count(account.home) == 0) {
    host.files[account.home] = {
        .type = "directory", .owner = name, .group = group_of(host, account.gid), .mode = "0755"};
  }
  return outcome;
}

void drop_account(FakeHost& host, const std::string& name) {
  host.accounts.erase(name);
  for (auto& [group_name, group] : host.groups) group.members.erase(name);
  const auto own = host.groups.find(name);
  if (own != host.groups.end() && own->second.members.empty()) host.groups.erase(own);
}

FakeHost::Outcome useradd(FakeHost& host, const FakeHost::Call& call) {
  return add_account(host, call.arguments.back(), call.arguments);
}

FakeHost::Outcome add_user_program(FakeHost& host, const FakeHost::Call& call) {
  return add_account(host, call.arguments.front(), call.arguments);
}

FakeHost::Outcome before_user(FakeHost& host, const FakeHost::Call& call) {
  std::string out;
  if (host.accounts.count(call.arguments[0]) > 0) out += "account\n";
  if (host.groups.count(call.arguments[0]) > 0) {
    out += "group " + std::to_string(host.groups[call.arguments[0]].gid) + "\n";
  }
  if (host.files.count(call.arguments[1]) > 0) out += "home\n";
  return {.output = out};
}

FakeHost::Outcome drop_user(FakeHost& host, const FakeHost::Call& call) {
  if (call.capture.find("account\n") != std::string::npos) return {};
  drop_account(host, call.arguments[0]);
  const auto group = call.capture.find("group ");
  if (group != std::string::npos)
    host.groups[call.arguments[0]].gid = std::stoll(call.capture.substr(group + 6));
  if (call.capture.find("home\n") == std::string::npos) host.files.erase(call.arguments[1]);
  return {};
}

FakeHost::Outcome delete_user(FakeHost& host, const FakeHost::Call& call) {
  drop_account(host, call.arguments[0]);
  return {};
}

FakeHost::Outcome restore_user(FakeHost& host, const FakeHost::Call& call) {
  const Argv& a = call.arguments;
  if (host.groups.count(a[2]) == 0) host.groups[a[2]] = {.gid = std::stoll(a[3])};
  const FakeHost::Outcome made =
      add_account(host, a[0],
                  {"--uid", a[1], "--gid", a[2], "--home", a[4], "--shell", a[5], "--comment", a[6],
                   "--groups", a[7]});
  const std::vector<std::string_view> fields = split(trim(call.capture), ':');
  host.accounts[a[0]].hash = fields[1];
  host.accounts[a[0]].expires = fields[7];
  return made;
}

FakeHost::Outcome restore_password(FakeHost& host, const FakeHost::Call& call) {
  host.accounts[call.arguments[0]].hash = split(call.capture, ':')[1];
  return {};
}

/// NAME, then FIELD MADE WAS each, of groups those that it came into and those that it left.
FakeHost::Outcome restore_account(FakeHost& host, const FakeHost::Call& call) {
  const Argv& a = call.arguments;
  if (host.accounts.count(a[0]) == 0) return {};
  Argv flags;
  for (std::size_t n = 1; n + 2 < a.size(); n += 3) {
    if (a[n] != "groups") {
      flags.insert(flags.end(), {"--" + a[n], a[n + 2]});
      continue;
    }
    for (const std::string_view group : split(a[n + 1], ',')) {
      host.groups[std::string(group)].members.erase(a[0]);
    }
    if (!a[n + 2].empty()) set_groups(host, a[0], a[n + 2], true);
  }
  return set_account(host, a[0], flags);
}

FakeHost::Outcome usermod(FakeHost& host, const FakeHost::Call& call) {
  const std::string name = call.arguments.back();
  if (host.accounts.count(name) == 0) return refused("no such account");
  std::string& hash = host.accounts[name].hash;
  if (has_flag(call.arguments, "--lock")) hash = "!" + hash;
  if (has_flag(call.arguments, "--unlock")) hash = hash.substr(1);
  return set_account(host, name, call.arguments);
}

FakeHost::Outcome chpasswd(FakeHost& host, const FakeHost::Call& call) {
  const auto colon = call.input.find(':');
  const std::string name = call.input.substr(0, colon);
  if (host.accounts.count(name) == 0) return refused("no such account");
  host.accounts[name].hash = trim(call.input.substr(colon + 1));
  return {};
}

FakeHost::Outcome getent(FakeHost& host, const FakeHost::Call& call) {
  const std::string& name = call.arguments.back();
  if (call.arguments[0] != "shadow" || host.accounts.count(name) == 0) return {.status = 2};
  const FakeHost::Account& account = host.accounts[name];
  return {.output = name + ":" + account.hash + ":1:0:99999:7::" + account.expires + ":\n"};
}

FakeHost::Outcome groupadd(FakeHost& host, const FakeHost::Call& call) {
  const std::string& name = call.arguments.back();
  const bool forced = std::count(call.arguments.begin(), call.arguments.end(), "--force") > 0;
  if (host.groups.count(name) > 0) {
    return forced ? FakeHost::Outcome{} : refused("group '" + name + "' already exists");
  }
  const auto gid = flag(call.arguments, "--gid");
  host.groups[name] = {.gid = gid ? std::stoll(*gid) : free_id(host)};
  return {};
}

FakeHost::Outcome groupdel(FakeHost& host, const FakeHost::Call& call) {
  host.groups.erase(call.arguments.back());
  return {};
}

FakeHost::Outcome restore_group(FakeHost& host, const FakeHost::Call& call) {
  const Argv& a = call.arguments;
  if (host.groups.count(a[0]) == 0) host.groups[a[0]] = {.gid = std::stoll(a[1])};
  return {};
}

FakeHost::Outcome groupmod(FakeHost& host, const FakeHost::Call& call) {
  host.groups[call.arguments.back()].gid = std::stoll(flag(call.arguments, "--gid").value_or("0"));
  return {};
}

FakeHost::Outcome gpasswd(FakeHost& host, const FakeHost::Call& call) {
  FakeHost::Group& group = host.groups[call.arguments.back()];
  group.members.clear();
  const std::string members = flag(call.arguments, "--members").value_or("");
  for (const std::string_view member : split(members, ',')) {
    if (!member.empty()) group.members.emplace(member);
  }
  return {};
}

FakeHost::Outcome sysctl(FakeHost& host, const FakeHost::Call& call) {
  const std::string& word = call.arguments.back();
  std::string name = word.substr(0, word.find('='));
  if (name.find('/') == std::string::npos) std::replace(name.begin(), name.end(), '.', '/');
  if (host.settings.count(name) == 0) return refused("cannot stat /proc/sys/" + name);
  host.settings[name] = word.substr(word.find('=') + 1);
  return {};
}

/// PATH NAME MADE BEFORE
FakeHost::Outcome put_sysctl_back(FakeHost& host, const FakeHost::Call& call) {
  std::string& now = host.settings[call.arguments[0]];
  if (now != call.arguments[2] && now != call.arguments[3]) return refused("somebody else set it");
  now = call.arguments[3];
  return {};
}

std::string without_key(const std::string& text, const std::string& key) {
  std::string out;
  for (const std::string_view line : lines(text)) {
    if (line.find(key) == std::string_view::npos) out += std::string(line) + "\n";
  }
  return out;
}

FakeHost::Outcome edit_key(FakeHost& host, const FakeHost::Call& call) {
  const Argv& a = call.arguments;
  std::string path = a[2];
  if (host.accounts.count(a[1]) == 0) {
    return a[0] == "set" ? refused("there is no account") : FakeHost::Outcome{.output = "nodir\n"};
  }
  const std::string folder = host.accounts[a[1]].home + "/.ssh";
  if (path.empty()) path = folder + "/authorized_keys";
  const auto file = host.files.find(path);
  const bool exists = file != host.files.end();
  if (a[0] == "capture") {
    if (exists) return {.output = "file\n" + file->second.content};
    return {.output = host.files.count(parent_path(path)) > 0 ? "nofile\n" : "nodir\n"};
  }
  if (a[0] == "undo") {
    const std::size_t end = call.capture.find('\n') + 1;
    if (starts_with(call.capture, "file\n")) {
      if (exists) file->second.content = call.capture.substr(end);
      return {};
    }
    host.files.erase(path);
    if (starts_with(call.capture, "nodir\n")) host.files.erase(parent_path(path));
    return {};
  }
  const std::string line = call.input.substr(0, call.input.find('\n'));
  if (!exists && line.empty()) return {};
  if (host.files.count(folder) == 0 && a[2].empty()) {
    host.files[folder] = {.type = "directory", .owner = a[1], .group = a[1], .mode = "0700"};
  }
  FakeHost::Node& node = host.files[path];
  if (!exists) node = {.owner = a[1], .group = a[1], .mode = "0600"};
  node.content = without_key(node.content, a[3]) + (line.empty() ? "" : line + "\n");
  return {};
}

/// yaml/edit_list.sh, for lists at the top or one below, at two or four spaces.
FakeHost::Outcome edit_list_of(FakeHost& host, const FakeHost::Call& call) {
  const Argv& a = call.arguments;
  const auto file = host.files.find(a[1]);
  if (file == host.files.end()) {
    return a[0] == "set" ? refused("there is no " + a[1]) : FakeHost::Outcome{.output = "none\n"};
  }
  std::string& text = file->second.content;
  if (a[0] == "capture") return {.output = "file\n" + text};
  if (a[0] == "undo") {
    if (starts_with(call.capture, "file\n")) text = call.capture.substr(5);
    return {};
  }
  const auto end = call.input.find('\n');
  const std::size_t size = std::stoull(call.input);
  const std::string old = call.input.substr(end + 1, size);
  std::string item = call.input.substr(end + 1 + size);
  if (!old.empty()) {
    const auto at = text.find(old);
    if (at == std::string::npos) return refused("the entry stands there no more");
    text.replace(at, old.size(), item);
    return {};
  }
  const std::string margin(a[4].empty() ? 2 : 4, ' ');
  std::string moved;
  for (const std::string_view line : lines(item)) moved += margin + std::string(line) + "\n";
  const std::string list = (a[4].empty() ? a[3] : "  " + a[4]) + ":\n";
  if (text.find(list) == std::string::npos) {
    if (!a[4].empty() && text.find(a[3] + ":\n") == std::string::npos) text += a[3] + ":\n";
    const auto top = a[4].empty() ? text.size() : text.find(a[3] + ":\n") + a[3].size() + 2;
    text.insert(top, list);
  }
  text.insert(text.find(list) + list.size(), moved);
  return {};
}

FakeHost::Outcome make_config_folder(FakeHost& host, const FakeHost::Call& call) {
  host.make_folder(call.arguments[0]);
  return {};
}

FakeHost::Outcome before_config_folder(FakeHost& host, const FakeHost::Call& call) {
  return {.output = host.files.count(call.arguments[0]) > 0 ? "there\n" : ""};
}

FakeHost::Outcome drop_config_folder(FakeHost& host, const FakeHost::Call& call) {
  if (call.capture.empty()) host.files.erase(call.arguments[0]);
  return {};
}

FakeHost::Outcome nothing(FakeHost&, const FakeHost::Call&) { return {}; }

FakeHost::Outcome openssl(FakeHost& host, const FakeHost::Call& call) {
  for (const char* name : {"-keyout", "-out"}) {
    if (const auto path = flag(call.arguments, name)) host.files[*path] = {.content = "pem"};
  }
  return {};
}

FakeHost::Outcome remove_files(FakeHost& host, const FakeHost::Call& call) {
  for (const std::string& path : call.arguments) host.files.erase(path);
  return {};
}

FakeHost::Outcome loginctl(FakeHost& host, const FakeHost::Call& call) {
  const std::string path = "/var/lib/systemd/linger/" + call.arguments.back();
  if (call.arguments.front() == "enable-linger") host.files[path] = {};
  if (call.arguments.front() == "disable-linger") host.files.erase(path);
  return {};
}

/// No file of a home knows its account's numbers here.
FakeHost::Outcome restore_numbers(FakeHost& host, const FakeHost::Call& call) {
  const Argv& a = call.arguments;
  if (host.accounts.count(a[0]) == 0) return {};
  return set_account(host, a[0], {a.begin() + 2, a.end()});
}

using Command = FakeHost::Outcome (*)(FakeHost&, const FakeHost::Call&);

const std::map<std::string, Command>& programs() {
  static const std::map<std::string, Command> kPrograms{{"true", nothing},
                                                        {"useradd", useradd},
                                                        {"usermod", usermod},
                                                        {"chpasswd", chpasswd},
                                                        {"getent", getent},
                                                        {"groupadd", groupadd},
                                                        {"groupdel", groupdel},
                                                        {"groupmod", groupmod},
                                                        {"gpasswd", gpasswd},
                                                        {"sysctl", sysctl},
                                                        {"systemctl", systemctl},
                                                        {"openssl", openssl},
                                                        {"rm", remove_files},
                                                        {"loginctl", loginctl},
                                                        {"apt-get", apt_get},
                                                        {"apt-mark", apt_mark},
                                                        {"/usr/bin/python3", ufw_commands}};
  return kPrograms;
}

/// Programs of sh: by their text, or by the name that they are given.
const std::map<std::string_view, Command>& scripts() {
  static const std::map<std::string_view, Command> kScripts{
      {kAddUser, add_user_program},
      {"before-user", before_user},
      {"drop-user", drop_user},
      {kDeleteUser, delete_user},
      {"restore-user", restore_user},
      {"see-account", nothing},
      {"restore-account", restore_account},
      {"restore-password", restore_password},
      {kBeforeNumbers, nothing},
      {"restore-numbers", restore_numbers},
      {"usermod", usermod},
      {"before-group", nothing},
      {"drop-group", groupdel},
      {"restore-group", restore_group},
      {"groupmod", groupmod},
      {"gpasswd", gpasswd},
      {"see-sysctl", nothing},
      {"put-sysctl-back", put_sysctl_back},
      {kEditKey, edit_key},
      {"unpack", unpack_archive},
      {"unpack-undo", undo_archive},
      {"deploy-state", put_state},
      {"deploy-state-undo", undo_download},
      {"download", put_download},
      {"download-before", capture_download},
      {"download-undo", undo_download},
      {"apt-capture", capture_packages},
      {"account-order", nothing},
      {"apt-mark-undo", undo_mark},
      {"apt-marks", nothing},
      {"apt-refresh", nothing},
      {"apt-remove", remove_packages},
      {"apt-undo", undo_packages},
      {"ufw-capture", capture_ufw},
      {"nftables-load", load_nft},
      {"nftables-capture", capture_nft},
      {"docker-late", nothing},
      {"edit-list", edit_list_of},
      {"config-folder", make_config_folder},
      {"config-folder-before", before_config_folder},
      {"config-folder-undo", drop_config_folder},
      {"config-reload", nothing},
      {"sshd-reload", nothing},
      {"sshd-prove", nothing},
      {"nftables-undo", undo_nft},
      {"nftables-boot", nothing},
      {"verify", nothing},
      {"start", start_units},
      {"restart", start_units},
      {"settled", look_at_units},
      {"systemctl", systemctl},
      {"find /srv -type f | wc -l >/run/files", nothing}};
  return kScripts;
}

}  // namespace

FakeHost::Outcome FakeHost::run(const Argv& argv, const std::string& input,
                                const std::string& capture) {
  Call call{.arguments = {}, .name = argv.at(0), .input = input, .capture = capture};
  if (call.name != "sh") {
    const auto found = programs().find(call.name);
    if (found == programs().end()) return {.status = 127, .output = call.name + ": not found"};
    call.arguments.assign(argv.begin() + 1, argv.end());
    return found->second(*this, call);
  }
  auto found = scripts().find(argv.at(2));
  if (argv.size() > 3) {
    call.name = argv[3];
    call.arguments.assign(argv.begin() + 4, argv.end());
    if (found == scripts().end()) found = scripts().find(call.name);
  }
  if (found == scripts().end()) return {.status = 127, .output = "unknown script " + call.name};
  return found->second(*this, call);
}

}  // namespace holdfast
