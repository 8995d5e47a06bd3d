#include "engine/wiring/machines.h"

#include <algorithm>

#include "engine/core/address.h"
#include "engine/core/text.h"

namespace holdfast {

bool same_link(const std::string& a, const std::string& b) {
  const std::string one = address_bytes(a);
  const std::string other = address_bytes(b);
  constexpr std::size_t kIpv4 = 4;
  return one.size() == kIpv4 && other.size() == kIpv4 && one.substr(0, 3) == other.substr(0, 3);
}

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address == "[::1]" ||
         starts_with(address, "127.");
}

void Machines::add(const std::string& host, const std::string& address, int port) {
  const std::string machine = address + ":" + std::to_string(port);
  by_host_[host] = machine;
  addresses_[machine] = address;
  for (const std::string& name : {address, host}) {
    if (is_loopback(name)) continue;
    auto& known = by_address_[name];
    if (std::find(known.begin(), known.end(), machine) == known.end()) known.push_back(machine);
  }
}

std::string Machines::of(const std::string& host) const {
  const auto found = by_host_.find(host);
  return found == by_host_.end() ? "" : found->second;
}

std::string Machines::at(const std::string& address, const std::string& from) const {
  if (is_loopback(address)) return from;
  const auto found = by_address_.find(address);
  return found == by_address_.end() || found->second.size() != 1 ? "" : found->second.front();
}

const std::string& Machines::address(const std::string& machine) const {
  static const std::string kNone;
  const auto found = addresses_.find(machine);
  return found == addresses_.end() ? kNone : found->second;
}

Machines machines_of(const Inventory& inventory) {
  Machines out;
  for (const InventoryHost& host : inventory.hosts()) {
    const auto settings = connection_settings(host);
    if (!settings) continue;
    const bool local = settings->transport == "local";
    out.add(host.name, local ? "localhost" : settings->address, settings->port.value_or(22));
  }
  return out;
}

}  // namespace holdfast
