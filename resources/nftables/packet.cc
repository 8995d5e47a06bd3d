#include "resources/nftables/packet.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using Json = nlohmann::json;

constexpr unsigned kSyn = 2, kAck = 16;
constexpr std::array<const char*, 8> kFlags = {"fin", "syn", "rst", "psh",
                                               "ack", "urg", "ecn", "cwr"};

Truth truth(bool holds) { return holds ? Truth::Yes : Truth::No; }

Truth in_prefix(const std::string& address, const Json& prefix) {
  return in_network(address,
                    prefix.value("addr", "") + "/" + std::to_string(prefix.value("len", -1)));
}

/// What a packet has in one place. Nothing: it can't be known.
struct Field {
  std::optional<std::string> text{};
  std::optional<std::int64_t> number{};
  std::vector<std::string> also{};  ///< Other names of the same value.
  bool absent = false;              ///< Packets like this one have no such place.
  bool empty = false;               ///< A card that they don't go through.
  std::string never{};              ///< Something that it is not, where the rest is unknown.
};

Field named(std::string text, std::vector<std::string> also = {}) {
  return {.text = std::move(text), .also = std::move(also)};
}
Field numbered(std::int64_t number) { return {.number = number}; }
Field absent() { return {.absent = true}; }

class Asked {
 public:
  explicit Asked(const NftPacket& packet) : packet_(packet) {}

  Field field(const Json& left) const {
    if (left.contains("payload")) return payload(left["payload"]);
    if (left.contains("meta")) return meta(left["meta"].value("key", ""));
    if (left.contains("ct")) return ct(left["ct"].value("key", ""));
    return {};
  }

  /// TCP flags that are surely set, and surely not.
  struct Flags {
    unsigned set, clear;
  };
  Flags flags() const {
    if (packet_.fresh) return {kSyn, ~kSyn};
    return {kAck, packet_.incoming ? kSyn : 0U};
  }

 private:
  bool v6() const { return packet_.login.ipv6(); }
  const std::string& source() const {
    return packet_.incoming ? packet_.login.client : packet_.login.server;
  }
  const std::string& target() const {
    return packet_.incoming ? packet_.login.server : packet_.login.client;
  }

  Field payload(const Json& asked) const {
    const std::string protocol = asked.value("protocol", "");
    const std::string field = asked.value("field", "");
    if (protocol == "ip" || protocol == "ip6") {
      if ((protocol == "ip6") != v6()) return absent();
      if (field == "saddr") return named(source());
      if (field == "daddr") return named(target());
      if (field == "protocol" || field == "nexthdr") return named("tcp", {"6"});
      if (field == "version") return numbered(v6() ? 6 : 4);
      return {};
    }
    if (protocol == "tcp" || protocol == "th") {
      const bool own = (field == "dport") == packet_.incoming;
      if (field == "dport" || field == "sport") {
        return own ? numbered(packet_.login.port) : Field{};
      }
      return {};
    }
    // Raw bytes and what is below IP may be anything; another protocol than TCP is not there.
    return protocol.empty() || protocol == "ether" || protocol == "vlan" ? Field{} : absent();
  }

  Field meta(const std::string& key) const {
    const bool in = key == "iifname" || key == "iif";
    if (in || key == "oifname" || key == "oif")
      return in == packet_.incoming ? card() : Field{.empty = true};
    if (key == "l4proto") return named("tcp", {"6"});
    if (key == "nfproto") return v6() ? named("ipv6", {"10"}) : named("ipv4", {"2"});
    if (key == "protocol") return v6() ? named("ip6", {"ipv6"}) : named("ip");
    return {};
  }

  Field card() const {
    const Login& login = packet_.login;
    if (login.local()) return named("lo");
    if (!login.interface.empty()) return named(login.interface);
    return {.never = "lo"};
  }

  Field ct(const std::string& key) const {
    if (key == "state") return named(packet_.fresh ? "new" : "established");
    if (key == "direction") return named(packet_.incoming ? "original" : "reply");
    return {};
  }

  const NftPacket& packet_;
};

bool wildcard(const std::string& pattern, const std::string& name) {
  return ends_with(pattern, "*") && starts_with(name, pattern.substr(0, pattern.size() - 1));
}

Truth equals_text(const Field& field, const std::string& wanted) {
  if (!field.text) {
    if (!field.never.empty() && field.never == wanted) return Truth::No;
    return field.number ? truth(std::to_string(*field.number) == wanted) : Truth::Maybe;
  }
  const std::string mine = address_bytes(*field.text);
  if (!mine.empty()) return truth(mine == address_bytes(wanted));
  const bool other = std::find(field.also.begin(), field.also.end(), wanted) != field.also.end();
  return truth(*field.text == wanted || other || wildcard(wanted, *field.text));
}

Truth in_range(const Field& field, const Json& range) {
  if (!range.is_array() || range.size() != 2) return Truth::Maybe;
  if (field.number && range[0].is_number() && range[1].is_number()) {
    return truth(range[0] <= *field.number && *field.number <= range[1]);
  }
  if (!field.text || !range[0].is_string() || !range[1].is_string()) return Truth::Maybe;
  const std::string mine = address_bytes(*field.text);
  const std::string low = address_bytes(range[0]);
  const std::string high = address_bytes(range[1]);
  if (mine.empty() || low.empty()) return Truth::Maybe;
  return truth(mine.size() == low.size() && low <= mine && mine <= high);
}

/// One value, prefix or range.
Truth equals_one(const Field& field, const Json& wanted) {
  if (field.absent || field.empty) return Truth::No;
  if (wanted.is_number()) {
    if (field.number) return truth(wanted == *field.number);
    return equals_text(field, std::to_string(wanted.get<std::int64_t>()));
  }
  if (wanted.is_string()) return equals_text(field, wanted);
  if (wanted.is_object() && wanted.contains("prefix")) {
    return field.text ? in_prefix(*field.text, wanted["prefix"]) : Truth::Maybe;
  }
  if (wanted.is_object() && wanted.contains("range")) return in_range(field, wanted["range"]);
  return Truth::Maybe;
}

std::optional<unsigned> flag_bits(const Json& value) {
  if (value.is_number()) return value.get<unsigned>();
  if (value.is_string()) {
    for (std::size_t i = 0; i < kFlags.size(); ++i) {
      if (value == kFlags[i]) return 1U << i;
    }
    return std::nullopt;
  }
  const Json* list = &value;
  if (value.is_object() && value.contains("|")) list = &value["|"];
  if (!list->is_array()) return std::nullopt;
  unsigned out = 0;
  for (const Json& part : *list) {
    const auto bits = flag_bits(part);
    if (!bits) return std::nullopt;
    out |= *bits;
  }
  return out;
}

bool asks_flags(const Json& left) {
  return left.is_object() && left.contains("payload") &&
         left["payload"].value("protocol", "") == "tcp" &&
         left["payload"].value("field", "") == "flags";
}

/// `tcp flags & (fin | syn) == syn`, `tcp flags syn`.
std::optional<Truth> match_flags(const Json& left, const std::string& op, const Json& right,
                                 const Asked& asked) {
  const bool masked = left.is_object() && left.contains("&") && left["&"].size() == 2;
  if (!asks_flags(masked ? left["&"][0] : left)) return std::nullopt;
  const auto mask = masked ? flag_bits(left["&"][1]) : std::optional<unsigned>(0xFFU);
  const auto wanted = flag_bits(right);
  if (!mask || !wanted) return Truth::Maybe;
  const auto [set, clear] = asked.flags();
  if (op == "in") {
    if ((set & *mask & *wanted) != 0) return Truth::Yes;
    return (*mask & *wanted & ~clear) == 0 ? Truth::No : Truth::Maybe;
  }
  const bool known = (*mask & ~(set | clear)) == 0;
  const bool differs = (*wanted & clear) != 0 || (*mask & set & ~*wanted) != 0;
  const Truth same = differs ? Truth::No : known ? Truth::Yes : Truth::Maybe;
  return op == "!=" ? !same : op == "==" ? same : Truth::Maybe;
}

/// The elements of a named set; null where the kernel or a program fills it.
const Json* elements_of(const std::string& name, const Json& sets, const Json& table) {
  static const Json kNone = Json::array();
  for (const Json& object : sets) {
    const char* what = object.contains("set") ? "set" : object.contains("map") ? "map" : nullptr;
    if (what == nullptr) continue;
    const Json& set = object[what];
    const bool same = set.value("name", "") == name &&
                      set.value("table", "") == table.value("name", "") &&
                      set.value("family", "") == table.value("family", "");
    if (!same) continue;
    for (const Json& flag : set.value("flags", Json::array())) {
      if (flag == "dynamic" || flag == "timeout") return nullptr;
    }
    if (set.contains("size") && !set.contains("elem")) return nullptr;
    return set.contains("elem") ? &set["elem"] : &kNone;
  }
  return nullptr;
}

const Json& plain(const Json& element) {
  const bool wrapped = element.is_object() && element.contains("elem");
  return wrapped ? element["elem"].at("val") : element;
}

}  // namespace

std::string NftPacket::text() const {
  if (fresh) return "a new login";
  return incoming ? "packets of an open login" : "answers to a login";
}

Truth nft_equals(const Json& left, const Json& right, const NftPacket& packet, const Json& sets,
                 const Json& table) {
  if (right.is_string() && starts_with(right.get_ref<const std::string&>(), "@")) {
    const Json* elements = elements_of(right.get<std::string>().substr(1), sets, table);
    if (elements == nullptr) return Truth::Maybe;
    return nft_equals(left, Json{{"set", *elements}}, packet, sets, table);
  }
  const bool set = right.is_object() && right.contains("set");
  if (set || right.is_array()) {
    Truth out = Truth::No;
    for (const Json& element : set ? right["set"] : right) {
      // Of a map: the key.
      const bool pair = set && element.is_array() && element.size() == 2;
      out = either(out, nft_equals(left, plain(pair ? element[0] : element), packet, sets, table));
    }
    return out;
  }
  if (left.is_object() && left.contains("concat")) {
    if (!right.is_object() || !right.contains("concat")) return Truth::Maybe;
    const Json& parts = left["concat"];
    const Json& wanted = right["concat"];
    Truth out = parts.size() == wanted.size() ? Truth::Yes : Truth::Maybe;
    for (std::size_t i = 0; i < std::min(parts.size(), wanted.size()); ++i) {
      out = both(out, nft_equals(parts[i], wanted[i], packet, sets, table));
    }
    return out;
  }
  return equals_one(Asked(packet).field(left), right);
}

Truth nft_matches(const Json& match, const NftPacket& packet, const Json& sets, const Json& table) {
  const std::string op = match.value("op", "==");
  const Json& left = match.at("left");
  const Json& right = match.at("right");
  const Asked asked(packet);
  if (const auto flags = match_flags(left, op, right, asked)) return *flags;
  const Field field = asked.field(left);
  // Also of `!=`: the packet never gets as far as the comparison.
  if (field.absent) return Truth::No;
  if (op == "==" || op == "in") return nft_equals(left, right, packet, sets, table);
  if (op == "!=") {
    // Kernels differ on what isn't what.
    if (field.empty) return Truth::Maybe;
    if (left.is_object() && left.contains("concat")) {
      for (const Json& part : left["concat"]) {
        if (asked.field(part).absent) return Truth::No;
      }
    }
    return !nft_equals(left, right, packet, sets, table);
  }
  if (!field.number || !right.is_number()) return Truth::Maybe;
  const auto other = right.get<std::int64_t>();
  if (op == "<") return truth(*field.number < other);
  if (op == ">") return truth(*field.number > other);
  if (op == "<=") return truth(*field.number <= other);
  if (op == ">=") return truth(*field.number >= other);
  return Truth::Maybe;
}

}  // namespace holdfast
