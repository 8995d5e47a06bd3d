#include "tests/property/maker.h"

namespace holdfast::property {

void Maker::group(const Item& item) {
  const std::string name = "hfg" + std::to_string(item.slot);
  switch (item.start % 4) {
    case 1:
      shell(1, "groupadd " + name);
      break;
    case 2:
      shell(1, "groupadd " + name + "; usermod -aG " + name + " plain");
      break;
    case 3:
      shell(1, "groupadd -g " + std::to_string(2600 + item.slot) + " " + name);
      break;
    default:
      break;
  }
  Json wanted{{"group", name}};
  if (item.wish % 4 == 1) wanted["gid"] = 2700 + item.slot;
  if (item.wish % 4 == 2) wanted["system"] = true;
  if (group_goes(item)) wanted["ensure"] = "absent";
  add(wanted);
}

void Maker::user(const Item& item) {
  const std::string name = "hfu" + std::to_string(item.slot), home = "/home/" + name;
  switch (item.start % 6) {
    case 1:
      shell(2, "useradd -m " + name);
      break;
    case 2:
      shell(2, "useradd -m -s /bin/bash -c 'of the tests' -G adm,users " + name + "; echo x >" +
                   home + "/x; mkdir " + home + "/folder; chown -R " + name + ": " + home);
      break;
    case 3:
      shell(2, "useradd -r " + name);
      break;
    case 4:
      shell(2, "useradd -m -e 2020-01-01 -p '!*' " + name);
      break;
    case 5:
      shell(2, "useradd -m -p '$6$a$b' " + name);
      break;
    default:
      break;
  }
  add(wanted_user(item, name, group_of(item.detail)));
}

Json Maker::wanted_user(const Item& item, const std::string& name, const std::string& group) {
  const std::string home = "/home/" + name;
  Json wanted{{"user", name}};
  switch (item.wish % 14) {
    case 1:
      wanted["shell"] = item.detail % 2 == 0 ? "/bin/bash" : "/usr/sbin/nologin";
      break;
    case 2:
      wanted["comment"] = "what it's for";
      break;
    case 3:
      wanted["groups"] = Json::array({group});
      break;
    case 4:
      wanted["groups"] = Json::array({group});
      wanted["append_groups"] = true;
      break;
    case 5:
      wanted["home"] = home + "-new";
      break;
    case 6:
      wanted["expires"] = item.detail % 2 == 0 ? "2030-01-01" : "never";
      break;
    case 7:
      wanted["locked"] = true;
      break;
    case 8:
      wanted["password"] = "$6$holdfast$" + std::string(40, 'x');
      break;
    case 9:
      wanted["uid"] = 2800 + item.slot;
      break;
    case 10:
      wanted["group"] = group;
      break;
    case 11:
      wanted["system"] = true;
      wanted["create_home"] = true;
      break;
    default:
      break;
  }
  if (account_goes(item)) wanted = {{"user", name}, {"ensure", "absent"}};
  if (account_goes(item) && item.wish % 14 == 13) wanted["remove_home"] = true;
  if (!account_goes(item) && item.other % 3 == 1) wanted["shell"] = "/bin/dash";
  return wanted;
}

std::string Maker::holder(const Item& item) const {
  const Item* user = find("user", item.other % slots("user"));
  const bool has_home = user != nullptr && !account_goes(*user) && user->wish % 14 != 5 &&
                        user->start % 6 != 3 && (user->start % 6 != 0 || user->wish % 14 != 5);
  return has_home ? "hfu" + std::to_string(user->slot) : "plain";
}

void Maker::key(const Item& item) {
  const std::string user = holder(item);
  std::string blob =
      "AAAAC3NzaC1lZDI1NTE5AAAAIA" + std::string(41, 'A') + static_cast<char>('E' + 4 * item.slot);
  blob.back() = static_cast<char>("EIM"[item.slot % 3]);
  const std::string line = "ssh-ed25519 " + blob;
  const bool user_is_there = user == "plain" || find("user", user.back() - '0')->start % 6 != 0;
  if (user_is_there) {
    switch (item.start % 5) {
      case 1:
        keys_[user] += "# nothing of it yet\n";
        break;
      case 2:
        keys_[user] += line + "\n";
        break;
      case 3:
        keys_[user] += "restrict,command=\"/bin/true\" " + line + " somebody@somewhere\n";
        break;
      case 4:
        keys_[user] += line + " last";
        keys_[user] += item.other % 2 == 0 ? "\n" : "\n\n";
        break;
      default:
        break;
    }
  }
  Json wanted{
      {"authorized_key", "key " + std::to_string(item.slot)}, {"user", user}, {"key", line}};
  if (item.wish % 4 == 1) wanted["options"] = "from=\"192.0.2.1\",no-pty";
  if (item.wish % 4 == 2) wanted["comment"] = "whose it is";
  if (item.wish % 4 == 3) wanted["ensure"] = "absent";
  add(wanted);
}

}  // namespace holdfast::property
