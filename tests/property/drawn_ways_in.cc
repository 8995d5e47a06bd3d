#include "tests/property/maker.h"

namespace holdfast::property {

void Maker::firewall(const Item& item) {
  const int start = item.start % 4;
  // And out to where the lab's packages come from.
  shell(7, "ufw allow 22/tcp; ufw allow out 8000/tcp");
  if (start == 2) shell(7, "ufw default deny outgoing; ufw logging off");
  if (start == 3) shell(7, "ufw default allow incoming");
  if (start != 0) shell(7, "ufw --force enable");
  Json wanted{{"firewall", "ufw"}, {"enabled", item.wish % 3 != 1}};
  if (item.detail % 2 == 1)
    wanted["incoming"] = one_of(std::array{"deny", "reject", "allow"}, item.detail);
  if (item.detail % 3 == 1) wanted["outgoing"] = one_of(std::array{"allow", "deny"}, item.other);
  if (item.detail % 5 == 1)
    wanted["logging"] = one_of(std::array{"low", "off", "medium"}, item.other);
  if (item.detail % 7 == 1) wanted["ipv6"] = item.other % 2 == 0;
  if (item.detail % 4 == 3) wanted["routed"] = one_of(std::array{"deny", "allow"}, item.other);
  add(wanted);
}

void Maker::rule(const Item& item) {
  const std::string port = std::to_string(8001 + item.slot);
  switch (item.start % 5) {
    case 1:
      shell(7, "ufw allow " + port + "/tcp");
      break;
    case 2:
      shell(7, "ufw deny " + port + "/tcp");
      break;
    case 3:
      shell(7, "ufw allow " + port + "/tcp comment 'was here'");
      break;
    case 4:
      shell(7, "ufw limit " + port + "/tcp");
      break;
    default:
      break;
  }
  const std::string action = one_of(std::array{"allow", "deny", "reject", "limit"}, item.detail);
  Json match{{"port", port + "/tcp"}};
  if (item.wish % 6 == 1) match["from"] = "192.0.2.7";
  if (item.wish % 6 == 5) match["log"] = "new";
  Json wanted{{"firewall_rule", "rule " + port}, {action, match}};
  if (item.wish % 6 == 2) wanted["comment"] = "what it is for";
  if (item.wish % 6 == 3 && (action == "deny" || action == "reject")) wanted["position"] = "first";
  if (item.wish % 6 == 4) wanted["ensure"] = "absent";
  add(wanted);
}

void Maker::nftables(const Item& item) {
  const std::string name = item.slot == 0 ? "inet hfp" : "ip hfq";
  const std::string old =
      "table " + name +
      " {\n  set s { type inet_service; elements = { 8080, 9100 } }\n  chain input {\n"
      "    type filter hook input priority 5; policy accept;\n    tcp dport @s drop\n  }\n}\n";
  if (item.start % 3 == 1) shell(7, "printf %s " + q(old) + " | nft -f -");
  if (item.start % 3 == 2)
    shell(7, "nft add table " + name + "; nft add chain " + name + " c; nft add rule " + name +
                 " c counter accept comment '\"by hand\"'");
  const std::string rule =
      one_of(std::array{"tcp dport { 8001, 8003-8005 } drop", "tcp dport 8001 counter reject",
                        "ct state invalid drop comment \"it's\"",
                        "ip saddr 192.0.2.0/24 limit rate 5/minute accept"},
             item.detail);
  Json wanted{
      {"nftables", name},
      {"content", "chain input {\n  type filter hook input priority filter; policy accept;\n  " +
                      rule + "\n}\n"}};
  if (item.wish % 4 == 1)
    wanted["content"] =
        "set s {\n  type inet_service\n  flags interval\n  elements = { 8080, 9100-9200 }\n}\n" +
        wanted["content"].get<std::string>();
  if (item.wish % 4 == 3 && item.start % 3 != 0)
    wanted = {{"nftables", name}, {"ensure", "absent"}};
  add(wanted);
}

void Maker::sshd_setting(const Item& item) {
  const std::string name = std::to_string(10 + item.slot) + "-hf-p";
  const std::string file = "/etc/ssh/sshd_config.d/" + name + ".conf";
  // Each slot has keywords of its own: the first file that sets one wins.
  const std::string keyword = item.slot == 0 ? "MaxAuthTries" : "X11Forwarding";
  const auto value = [&](int which) -> std::string {
    if (item.slot == 0) return std::to_string(3 + which % 3);
    return which % 2 == 0 ? "yes" : "no";
  };
  if (item.start % 3 != 0)
    shell(7,
          "echo '" + keyword + " " + value(item.start) + "' >" + file + "; systemctl reload ssh");
  if (item.start % 3 == 2) shell(7, "chmod 600 " + file);
  Json wanted{{"sshd_setting", name}, {"settings", {{keyword, value(item.detail)}}}};
  if (item.wish % 4 == 1 && item.slot == 0)
    wanted["settings"]["LoginGraceTime"] = 60 + item.detail % 3;
  if (item.wish % 4 == 2 && item.slot == 1) wanted["settings"]["PermitEmptyPasswords"] = false;
  if (item.wish % 4 == 3) wanted = {{"sshd_setting", name}, {"ensure", "absent"}};
  add(wanted);
}

void Maker::sudo_rule(const Item& item) {
  const std::string name = "hf-p" + std::to_string(item.slot), file = "/etc/sudoers.d/" + name;
  if (item.start % 3 == 1)
    shell(7, "echo 'plain ALL=(root) /bin/true' >" + file + "; chmod 440 " + file);
  if (item.start % 3 == 2)
    shell(7, "echo '%adm ALL=(ALL:ALL) NOPASSWD: /bin/true \"\"' >" + file + "; chmod 400 " + file +
                 "; chown root:adm " + file);
  Json wanted{{"sudo_rule", name},
              {"commands", Json::array({"/usr/bin/systemctl restart a.service"})}};
  if (item.detail % 2 == 0) {
    wanted["users"] = Json::array({owner_of(item.other)});
  } else {
    wanted["groups"] = Json::array({group_of(item.other)});
  }
  if (item.wish % 5 == 1) wanted["nopasswd"] = true;
  if (item.wish % 5 == 2) wanted["run_as"] = Json::array({"plain", ":adm"});
  if (item.wish % 5 == 3) wanted["options"] = Json::array({"!requiretty"});
  if (item.wish % 5 == 4) wanted = {{"sudo_rule", name}, {"ensure", "absent"}};
  add(wanted);
}

}  // namespace holdfast::property
