#include "tests/property/maker.h"

namespace holdfast::property {
namespace {

const std::vector<std::string> kUnits{"hf-p0.service", "hf-p1.service", "hf-p2.timer",
                                      "hf-pv.service"};
const std::vector<std::string> kSettings{"net.ipv4.conf.lo.log_martians",
                                         "net.ipv4.conf.lo.arp_ignore", "net.ipv4.tcp_rmem",
                                         "net.ipv4.ip_forward"};
const std::vector<std::string> kPackages{"hf-hello", "hf-tool", "hf-config", "hf-daemon"};
constexpr int kVendorUnit = 3;

std::string unit_text(int slot, int which) {
  if (kUnits[static_cast<std::size_t>(slot)].find(".timer") != std::string::npos) {
    return std::string("[Timer]\nOnCalendar=*-*-* 04:0") + (which == 0 ? "0" : "5") +
           ":00\nUnit=systemd-tmpfiles-clean.service\n[Install]\nWantedBy=timers.target\n";
  }
  return std::string("[Unit]\nDescription=") + (which == 0 ? "one" : "other") +
         "\n[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n";
}

}  // namespace

void Maker::unit(const Item& item) {
  const std::string& name = kUnits[static_cast<std::size_t>(item.slot)];
  const bool vendor = item.slot == kVendorUnit;
  const std::string folder = vendor ? "/usr/lib/systemd/system/" : "/etc/systemd/system/";
  const std::string put = "printf %s " + q(unit_text(item.slot, 0)) + " >" + folder + name;
  const std::string drop_in =
      "mkdir /etc/systemd/system/" + name +
      ".d; printf '[Unit]\\nDescription=by a drop-in\\n' >/etc/systemd/system/" + name +
      ".d/50-own.conf";
  int start = item.start % 6;
  if (vendor && start == 0) start = 1;
  reload_ = reload_ || start != 0;
  if (start != 0) shell(6, put);
  if (start == 2 || start == 3) shell(10, "systemctl -q enable --now " + name);
  if (start == 3) shell(6, drop_in);
  if (start == 4) shell(10, "systemctl -q enable " + name);
  if (start == 5) shell(11, drop_in);  // after systemd has read the rest
  add(wanted_unit(item, name, vendor, start != 0));
}

Json Maker::wanted_unit(const Item& item, const std::string& name, bool vendor, bool there) {
  Json wanted{{"systemd_unit", name}};
  const int wish = item.wish % 8;
  if (!vendor && (!there || wish <= 2))
    wanted["content"] = unit_text(item.slot, wish == 1 ? 1 : item.detail % 2);
  switch (wish) {
    case 1:
      wanted["enabled"] = true;
      wanted["state"] = "running";
      break;
    case 2:
      wanted["state"] = "stopped";
      break;
    case 3:
      wanted["drop_ins"] = {{"50-own.conf", "[Unit]\nDescription=by holdfast\n"},
                            {"60-more.conf", "[Unit]\nPartOf=multi-user.target\n"}};
      break;
    case 4:
      if (vendor) {
        wanted["masked"] = true;
        wanted["state"] = "stopped";
      }
      break;
    case 5:
      wanted["enabled"] = item.detail % 2 == 0;
      break;
    case 6:
      wanted["state"] = item.detail % 2 == 0 ? "running" : "stopped";
      break;
    case 7:
      if (!vendor && there) wanted = {{"systemd_unit", name}, {"ensure", "absent"}};
      if (vendor) wanted["drop_ins"] = {{"50-own.conf", ""}};
      break;
    default:
      break;
  }
  if (wanted.size() == 1) wanted["enabled"] = true;
  return wanted;
}

void Maker::timer(const Item& item) {
  const std::string name = "hf-pt" + std::to_string(item.slot);
  const std::string at = "/etc/systemd/system/" + name;
  const int start = item.start % 4;
  if (start != 0) {
    reload_ = true;
    shell(6, "printf '[Service]\\nType=oneshot\\nExecStart=/bin/true\\n' >" + at + ".service");
    shell(6, "printf '[Timer]\\nOnCalendar=*-*-* 05:00\\n[Install]\\nWantedBy=timers.target\\n' >" +
                 at + ".timer");
  }
  if (start == 2) shell(10, "systemctl -q enable --now " + name + ".timer");
  if (start == 3) shell(10, "systemctl -q start " + name + ".timer");
  Json wanted{{"timer", name}, {"run", Json::array({"/bin/true", "it's", "%n $HOME"})}};
  if (item.wish % 5 == 1) wanted["run"] = "echo \"$HOME\" >/dev/null\n";
  if (item.wish % 5 == 2) wanted["user"] = "plain";
  wanted["on_calendar"] =
      one_of(std::array{"daily", "Mon..Fri 04:30", "*-*-01 03:00"}, item.detail);
  if (item.wish % 5 == 3) wanted["persistent"] = true;
  if (item.wish % 5 == 4 && start != 0) wanted = {{"timer", name}, {"ensure", "absent"}};
  add(wanted);
}

void Maker::sysctl(const Item& item) {
  const std::string& name = kSettings[static_cast<std::size_t>(item.slot)];
  const auto value = [&](int which) -> std::string {
    if (name == "net.ipv4.tcp_rmem")
      return which % 2 == 0 ? "4096 131072 6291456" : "8192 131072 4194304";
    return std::to_string(which % 2);
  };
  if (item.start % 4 == 1) shell(7, "sysctl -qw " + name + "='" + value(1) + "'");
  if (item.start % 4 >= 2)
    shell(7, "echo '" + name + " = " + value(item.start) + "' >/etc/sysctl.d/60-holdfast-" + name +
                 ".conf");
  if (item.start % 4 == 3) shell(7, "sysctl -qw " + name + "='" + value(1) + "'");
  if (item.wish % 3 == 2) {
    add({{"sysctl", name}, {"ensure", "absent"}});
  } else {
    add({{"sysctl", name}, {"value", value(item.wish + item.detail)}});
  }
}

void Maker::package(const Item& item) {
  const std::string& name = kPackages[static_cast<std::size_t>(item.slot)];
  const bool versions = name != "hf-tool";
  const std::string install = "DEBIAN_FRONTEND=noninteractive apt-get -q -y install >/dev/null ";
  const int start = item.start % 4;
  if (start != 0) shell(3, install + name + (versions ? start == 2 ? "=1.1" : "=1.0" : ""));
  if (start == 3) shell(3, "apt-mark -q hold " + name);
  Json wanted{{"package", name}};
  switch (item.wish % 5) {
    case 1:
      if (versions) {
        wanted["version"] = "1.1";
        wanted["hold"] = true;
      }
      break;
    case 2:
      if (versions) {
        wanted["version"] = "1.0";
        wanted["allow_downgrade"] = true;
        wanted["hold"] = false;
      }
      break;
    case 3:
      wanted["hold"] = true;
      break;
    case 4:
      if (start != 3) wanted["ensure"] = "absent";
      break;
    default:
      break;
  }
  add(wanted);
}

}  // namespace holdfast::property
