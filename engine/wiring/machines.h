#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/inventory/inventory.h"

namespace holdfast {

/// The machines that an inventory's names lead to, as far as names and addresses tell.
class Machines {
 public:
  /// Two hosts of one address and port are one machine.
  void add(const std::string& host, const std::string& address, int port = 22);
  /// Of a host of the inventory; "" where it isn't known.
  std::string of(const std::string& host) const;
  /// Of an address or a name, as a program on the machine `from` sees it; "" where no host or more
  /// than one can be meant.
  std::string at(const std::string& address, const std::string& from) const;
  /// By which it is reached.
  const std::string& address(const std::string& machine) const;

 private:
  std::map<std::string, std::string> by_host_, addresses_;
  std::map<std::string, std::vector<std::string>> by_address_;
};

Machines machines_of(const Inventory& inventory);
/// Whether two addresses are surely on one link, so that neither is hidden behind another one.
bool same_link(const std::string& a, const std::string& b);
/// "localhost", 127.0.0.1, ::1 …
bool is_loopback(const std::string& address);

}  // namespace holdfast
