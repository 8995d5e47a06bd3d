#include "resources/nftables/table.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::size_t kLongestName = 64;

bool valid_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || name.size() > kLongestName || !(letter(name[0]) || name[0] == '_')) {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}

/// Families whose tables can stand on a host before it has a network card.
bool valid_family(std::string_view family) {
  return family == "ip" || family == "ip6" || family == "inet" || family == "arp" ||
         family == "bridge";
}

struct Keeper {
  std::string_view families;  ///< "" : any.
  std::string_view name;      ///< With a `*` at its end: what begins so.
  std::string_view who;
};

// The names that these programs take, whatever the host has of them today.
constexpr Keeper kKeepers[] = {
    {"ip ip6", "filter", "iptables, which ufw and Docker use"},
    {"ip ip6", "nat", "iptables, which ufw and Docker use"},
    {"ip ip6", "mangle", "iptables, which ufw and Docker use"},
    {"ip ip6", "raw", "iptables, which ufw and Docker use"},
    {"ip ip6", "security", "iptables, which ufw and Docker use"},
    {"arp", "filter", "arptables"},
    {"bridge", "filter", "ebtables"},
    {"bridge", "nat", "ebtables"},
    {"bridge", "broute", "ebtables"},
    {"", "docker*", "Docker"},
    {"", "firewalld*", "firewalld"},
    {"", "libvirt*", "libvirt"},
    {"", "netavark*", "Podman"},
    {"", "kube-*", "Kubernetes"},
    {"", "cilium*", "Cilium"},
    {"", "f2b-*", "fail2ban"},
    {"", "crowdsec*", "CrowdSec"},
    {"", "sshguard*", "sshguard"},
    {"", "lxd*", "LXD"},
    {"", "incus*", "Incus"},
    {"", "lxc*", "LXC"},
    {"", "io.systemd.*", "systemd"},
};

bool takes(const Keeper& keeper, const NftTable& table) {
  const std::vector<std::string_view> families = split(keeper.families, ' ');
  const bool family = keeper.families.empty() ||
                      std::find(families.begin(), families.end(), table.family) != families.end();
  if (!family) return false;
  if (!ends_with(keeper.name, "*")) return keeper.name == table.name;
  return starts_with(table.name, keeper.name.substr(0, keeper.name.size() - 1));
}

}  // namespace

std::string NftSubject::file() const {
  return "/etc/nftables-" + (table ? table->family + "-" + table->name : "ruleset") + ".nft";
}

std::string NftSubject::unit() const {
  return "nftables-" + (table ? table->family + "-" + table->name : "ruleset") + ".service";
}

std::optional<NftTable> nft_table(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string_view word : split(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  if (words.size() == 1) words.insert(words.begin(), "ip");
  if (words.size() != 2 || !valid_family(words[0]) || !valid_name(words[1])) return std::nullopt;
  return NftTable{words[0], words[1]};
}

Result<NftSubject> nft_subject(std::string_view name) {
  if (name == "ruleset") return NftSubject{};
  // A family that goes without saying is one that somebody will look for in vain.
  const auto table =
      trim(name).find(' ') == std::string_view::npos ? std::nullopt : nft_table(name);
  if (table) return NftSubject{table};
  return fail(Code::NftInvalid, "'" + printable(name) + "' is no table of nftables",
              "Its family (inet, ip, ip6, arp, bridge) and a name: `inet guard`; or `ruleset`, for "
              "all tables of the host that no other program keeps.");
}

std::string nft_keeper(const NftTable& table) {
  for (const Keeper& keeper : kKeepers) {
    if (takes(keeper, table)) return std::string(keeper.who);
  }
  return {};
}

}  // namespace holdfast
