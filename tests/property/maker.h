#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "engine/core/shell_quote.h"
#include "tests/property/drawn.h"

namespace holdfast::property {

using Json = nlohmann::ordered_json;

template <std::size_t n>
std::string one_of(const std::array<const char*, n>& choices, int number) {
  return choices[static_cast<std::size_t>(number) % n];
}

constexpr std::array<const char*, 8> kModes{"0644", "0600", "0755", "0640",
                                            "0700", "2750", "1777", "0000"};

inline std::string q(const std::string& text) { return shell_quote(text); }

/// Makes a case: what is there before in phases (accounts before files that are theirs), then the
/// resources in the items' order.
class Maker {
 public:
  explicit Maker(std::vector<Item> items) : items_(std::move(items)) {}

  Case make();

 private:
  void shell(int phase, const std::string& line) { shell_[phase] += line + "\n"; }
  void add(Json resource) { resources_.push_back(std::move(resource)); }
  const Item* find(const std::string& kind, int slot) const;

  static bool account_goes(const Item& item) { return item.wish % 14 >= 12 && item.start % 6 != 0; }
  static bool folder_goes(const Item& item) { return item.wish % 6 == 5; }
  static bool group_goes(const Item& item) { return item.wish % 4 == 3 && item.start % 4 != 0; }

  /// What will be there for others to rest on.
  void look_ahead();
  std::string group_of(int number) const;
  std::string owner_of(int number) const;
  /// Whose key it is: somebody who has a home.
  std::string holder(const Item& item) const;

  void group(const Item& item);
  void user(const Item& item);
  static Json wanted_user(const Item& item, const std::string& name, const std::string& group);
  void key(const Item& item);

  void directory(const Item& item);
  void file(const Item& item);
  void symlink(const Item& item);
  void json_file(const Item& item);
  void command(const Item& item);

  void unit(const Item& item);
  static Json wanted_unit(const Item& item, const std::string& name, bool vendor, bool there);
  void timer(const Item& item);
  void sysctl(const Item& item);
  void package(const Item& item);

  void firewall(const Item& item);
  void rule(const Item& item);
  void nftables(const Item& item);
  void sshd_setting(const Item& item);
  void sudo_rule(const Item& item);

  void archive(const Item& item);
  void download(const Item& item);
  void deploy_state(const Item& item);

  void logrotate(const Item& item);
  void docker_daemon(const Item& item);
  void grafana_provider(const Item& item);
  void grafana_dashboard(const Item& item);
  /// A file that somebody else wrote there before, or none.
  void found(int start, const std::string& path, const std::string& text);

  std::vector<Item> items_;
  std::vector<std::string> groups_, owners_;  ///< That will be there.
  bool inside_ = false;                       ///< The folder of some files will be there.
  bool reload_ = false;
  std::map<int, std::string> shell_;
  std::map<std::string, std::string> keys_;  ///< Account to the text of its file.
  Json resources_ = Json::array();
};

}  // namespace holdfast::property
