#include "tests/property/drawn.h"

#include <algorithm>

#include "tests/property/maker.h"

namespace holdfast {
std::string_view clean_up_sh();
}

namespace holdfast::property {
namespace {

struct Table {
  const char* kind;
  int slots;
  int likely;  ///< Against the others.
};
constexpr std::array kTables{Table{"file", 8, 24},
                             Table{"directory", 4, 14},
                             Table{"symlink", 4, 10},
                             Table{"command", 2, 4},
                             Table{"sysctl", 4, 7},
                             Table{"group", 3, 6},
                             Table{"user", 3, 9},
                             Table{"authorized_key", 3, 7},
                             Table{"systemd_unit", 4, 10},
                             Table{"firewall_rule", 4, 6},
                             Table{"firewall", 1, 3},
                             Table{"package", 4, 2},
                             Table{"json_file", 2, 5},
                             Table{"timer", 2, 4},
                             Table{"nftables", 2, 5},
                             Table{"sshd_setting", 2, 4},
                             Table{"sudo_rule", 2, 4},
                             Table{"archive", 2, 6},
                             Table{"download", 3, 6},
                             Table{"deploy_state", 2, 4},
                             Table{"logrotate", 2, 4},
                             Table{"docker_daemon", 2, 5},
                             Table{"grafana_provider", 2, 3},
                             Table{"grafana_dashboard", 2, 3}};

}  // namespace

Case Maker::make() {
  look_ahead();
  using Make = void (Maker::*)(const Item&);
  static const std::map<std::string, Make> kMakers{
      {"group", &Maker::group},
      {"user", &Maker::user},
      {"authorized_key", &Maker::key},
      {"directory", &Maker::directory},
      {"file", &Maker::file},
      {"symlink", &Maker::symlink},
      {"json_file", &Maker::json_file},
      {"command", &Maker::command},
      {"systemd_unit", &Maker::unit},
      {"timer", &Maker::timer},
      {"sysctl", &Maker::sysctl},
      {"package", &Maker::package},
      {"firewall", &Maker::firewall},
      {"firewall_rule", &Maker::rule},
      {"nftables", &Maker::nftables},
      {"sshd_setting", &Maker::sshd_setting},
      {"sudo_rule", &Maker::sudo_rule},
      {"archive", &Maker::archive},
      {"download", &Maker::download},
      {"deploy_state", &Maker::deploy_state},
      {"logrotate", &Maker::logrotate},
      {"docker_daemon", &Maker::docker_daemon},
      {"grafana_provider", &Maker::grafana_provider},
      {"grafana_dashboard", &Maker::grafana_dashboard}};
  for (const Item& item : items_) (this->*kMakers.at(item.kind))(item);
  for (const auto& [user, lines] : keys_) {
    const std::string folder = "/home/" + user + "/.ssh";
    shell(8, "mkdir -p -m 700 " + folder + "; printf %s " + q(lines) + " >" + folder +
                 "/authorized_keys; chmod 600 " + folder + "/authorized_keys; chown -R " + user +
                 ": " + folder);
  }
  if (reload_) shell(9, "systemctl daemon-reload");
  Case out{.prepare = "set -e\nmkdir -p /srv/p\n", .resources = std::move(resources_)};
  for (const auto& [phase, text] : shell_) out.prepare += text;
  return out;
}

const Item* Maker::find(const std::string& kind, int slot) const {
  const auto found = std::find_if(items_.begin(), items_.end(), [&](const Item& item) {
    return item.kind == kind && item.slot == slot;
  });
  return found == items_.end() ? nullptr : &*found;
}

void Maker::look_ahead() {
  for (const Item& item : items_) {
    if (item.kind == "group" && !group_goes(item))
      groups_.push_back("hfg" + std::to_string(item.slot));
    if (item.kind == "user" && !account_goes(item))
      owners_.push_back("hfu" + std::to_string(item.slot));
  }
  const Item* folder = find("directory", 0);
  inside_ = folder != nullptr && !folder_goes(*folder);
}

std::string Maker::group_of(int number) const {
  return groups_.empty() || number % 3 == 0
             ? "adm"
             : groups_[static_cast<std::size_t>(number) % groups_.size()];
}

std::string Maker::owner_of(int number) const {
  return owners_.empty() || number % 2 == 0
             ? "plain"
             : owners_[static_cast<std::size_t>(number) % owners_.size()];
}

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    for (const Table& table : kTables)
      out.insert(out.end(), static_cast<std::size_t>(table.likely), table.kind);
    return out;
  }();
  return all;
}

int slots(const std::string& kind) {
  return std::find_if(kTables.begin(), kTables.end(),
                      [&](const Table& table) { return table.kind == kind; })
      ->slots;
}

Case make_case(const std::vector<Item>& items) { return Maker(items).make(); }

std::string clean_up() { return std::string(clean_up_sh()); }

}  // namespace holdfast::property
