#include "resources/ufw/rule.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "engine/core/text.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

constexpr const char* kAnywhere4 = "0.0.0.0/0";
constexpr const char* kAnywhere6 = "::/0";

/// Digits only, at most `most`; nullopt otherwise.
std::optional<int> number(std::string_view text, int most) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  int out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out <= most ? std::optional(out) : std::nullopt;
}

tl::unexpected<Error> refuse(std::string message, std::string hint) {
  return fail(Code::FirewallInvalid, std::move(message), std::move(hint));
}

constexpr const char* kPortHint =
    "A port, a range or a list, with a protocol: 22/tcp, 6000:6007/udp, 80,443/tcp.";

/// "443,80" becomes "80,443": ufw keeps ports sorted. A single port stands alone; nullopt for what
/// is no list of ports and ranges.
std::optional<std::string> normal_ports(std::string_view text) {
  if (text == "any") return "any";
  std::vector<std::tuple<int, int, int>> ports;  // first, whether a range, last
  int parts = 0;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t colon = part.find(':');
    const auto first = number(part.substr(0, colon), 65535);
    const auto last =
        colon == std::string_view::npos ? first : number(part.substr(colon + 1), 65535);
    if (!first || !last || *first < 1) return std::nullopt;
    if (colon != std::string_view::npos && *first >= *last) return std::nullopt;
    const bool range = colon != std::string_view::npos;
    ports.emplace_back(*first, range ? 1 : 0, *last);
    parts += range ? 2 : 1;
  }
  if (parts > 15) return std::nullopt;  // as many as iptables matches
  std::sort(ports.begin(), ports.end());
  std::vector<std::string> out;
  for (const auto& [first, range, last] : ports) {
    out.push_back(std::to_string(first) + (range == 1 ? ":" + std::to_string(last) : ""));
  }
  return join(out, ",");
}

bool several(const std::string& ports) { return ports.find_first_of(",:") != std::string::npos; }

bool valid_interface(std::string_view name) {
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-.+,=%@").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= 15 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), word);
}

bool valid_profile(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (name.empty() || name == "all" || !letter(name[0])) return false;
  if (name.find_first_not_of("0123456789") == std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || std::string_view(" _-.+").find(c) != std::string_view::npos;
  });
}

Result<std::string> address(const ValueMap& fields, std::string_view name) {
  const std::string text = stated_text(fields, name, "any");
  if (text == "any") return text;
  if (auto normal = normal_ipv6(text)) return *normal;
  if (auto normal = normal_ipv4(text)) return *normal;
  return refuse(
      "'" + printable(text) + "' is no address or network",
      "An address (10.0.0.1, 2001:db8::1), a network with its prefix length (10.0.0.0/8), "
      "or any. A host's name has to be looked up: ufw takes addresses only.");
}

/// `port: 22/tcp` with or without `proto`.
Result<void> read_ports(const ValueMap& fields, UfwRule& rule) {
  std::string port = stated_text(fields, "port", "any");
  rule.proto = stated_text(fields, "proto", "any");
  if (const std::size_t slash = port.find('/'); slash != std::string::npos) {
    const std::string proto = port.substr(slash + 1);
    if ((proto != "tcp" && proto != "udp") || (rule.proto != "any" && rule.proto != proto)) {
      return refuse("'" + printable(port) + "' does not go with protocol '" +
                        printable(rule.proto == "any" ? proto : rule.proto) + "'",
                    kPortHint);
    }
    rule.proto = proto;
    port.resize(slash);
  }
  const std::string from_port = stated_text(fields, "from_port", "any");
  const auto to = normal_ports(port);
  const auto from = normal_ports(from_port);
  if (!to) return refuse("'" + printable(port) + "' is no port", kPortHint);
  if (!from) return refuse("'" + printable(from_port) + "' is no port", kPortHint);
  rule.to_port = *to;
  rule.from_port = *from;
  const bool carries_ports = rule.proto == "tcp" || rule.proto == "udp";
  if ((several(*to) || several(*from)) && !carries_ports) {
    return refuse("several ports need a protocol", "Write 80,443/tcp.");
  }
  if ((*to != "any" || *from != "any") && rule.proto != "any" && !carries_ports) {
    return refuse("protocol '" + printable(rule.proto) + "' has no ports", "Leave the port out.");
  }
  return {};
}

Result<void> read_interfaces(const ValueMap& fields, UfwRule& rule) {
  rule.routed = stated_bool(fields, "routed", false);
  rule.direction = stated_text(fields, "direction", "in");
  const std::string interface = stated_text(fields, "interface");
  const std::string out = stated_text(fields, "out_interface");
  for (const std::string& name : {interface, out}) {
    if (name.empty() || valid_interface(name)) continue;
    return refuse("'" + printable(name) + "' is no interface's name",
                  "At most 15 letters, digits and _-.+,=%@.");
  }
  if (!out.empty() && !rule.routed) {
    return refuse("'out_interface' is for routed rules only",
                  "State routed: true, or direction: out with interface.");
  }
  if (rule.routed && rule.direction != "in") {
    return refuse("a routed rule has no direction 'out'",
                  "State where the traffic leaves by out_interface.");
  }
  if (rule.direction == "out") {
    rule.out = interface;
  } else {
    rule.in = interface;
    rule.out = out;
  }
  return {};
}

std::string joined_interfaces(const UfwRule& rule) {
  if (!rule.in.empty() && !rule.out.empty()) return "in_" + rule.in + "!out_" + rule.out;
  // ufw names the rule's direction before a single interface; a routed rule that only leaves by one
  // has direction out.
  if (!rule.in.empty()) return "in_" + rule.in;
  if (!rule.out.empty()) return "out_" + rule.out;
  return rule.direction;
}

std::string spaced(std::string text) {
  for (std::size_t at = text.find(' '); at != std::string::npos; at = text.find(' ', at)) {
    text.replace(at, 1, "%20");
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view hex) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]);
    const int low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

}  // namespace

std::optional<std::string> normal_ipv4(std::string_view text) {
  const std::size_t slash = text.find('/');
  in_addr bits{};
  if (inet_pton(AF_INET, std::string(text.substr(0, slash)).c_str(), &bits) != 1) {
    return std::nullopt;
  }
  int prefix = 32;
  if (slash != std::string_view::npos) {
    const auto length = number(text.substr(slash + 1), 32);
    if (!length) return std::nullopt;
    prefix = *length;
  }
  const std::uint32_t mask = prefix == 0 ? 0U : ~std::uint32_t{0} << (32 - prefix);
  bits.s_addr &= htonl(mask);
  std::array<char, INET_ADDRSTRLEN> out{};
  inet_ntop(AF_INET, &bits, out.data(), out.size());
  return std::string(out.data()) + (prefix == 32 ? "" : "/" + std::to_string(prefix));
}

std::optional<std::string> normal_ipv6(std::string_view text) {
  const std::size_t slash = text.find('/');
  in6_addr bits{};
  if (inet_pton(AF_INET6, std::string(text.substr(0, slash)).c_str(), &bits) != 1) {
    return std::nullopt;
  }
  int prefix = 128;
  if (slash != std::string_view::npos) {
    const auto length = number(text.substr(slash + 1), 128);
    if (!length) return std::nullopt;
    prefix = *length;
  }
  // ufw leaves the host bits of an IPv6 network as they are.
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(AF_INET6, &bits, out.data(), out.size());
  return std::string(out.data()) + (prefix == 128 ? "" : "/" + std::to_string(prefix));
}

Result<UfwRule> ufw_rule(const std::string& action, const ValueMap& fields) {
  UfwRule rule;
  rule.action = action;
  const std::string log = stated_text(fields, "log");
  if (!log.empty()) rule.log = log == "all" ? "log-all" : "log";
  HF_TRY(rule.from, address(fields, "from"));
  HF_TRY(rule.to, address(fields, "to"));
  HF_CHECK(read_ports(fields, rule));
  HF_CHECK(read_interfaces(fields, rule));
  rule.app = stated_text(fields, "app");
  if (!rule.app.empty() && !valid_profile(rule.app)) {
    return refuse("'" + printable(rule.app) + "' is no application profile's name",
                  "See `ufw app list` on the host.");
  }
  if (!rule.app.empty() && (rule.to_port != "any" || rule.proto != "any")) {
    return refuse("an application profile brings its own ports and protocol",
                  "Leave port and proto out, or app.");
  }
  if (!rule.ipv4() && !rule.ipv6()) {
    return refuse("'" + rule.from + "' and '" + rule.to +
                      "' are of two address families, or the "
                      "protocol is not of theirs",
                  "Make a rule for each.");
  }
  return rule;
}

bool UfwRule::ipv4() const {
  return from.find(':') == std::string::npos && to.find(':') == std::string::npos;
}

bool UfwRule::ipv6() const {
  const auto six = [](const std::string& text) {
    return text == "any" || text.find(':') != std::string::npos;
  };
  return six(from) && six(to) && proto != "igmp" && proto != "ipv6";
}

Argv UfwRule::words() const {
  Argv all = {action};
  if (!in.empty()) all.insert(all.end(), {"in", "on", in});
  if (!out.empty()) all.insert(all.end(), {"out", "on", out});
  if (in.empty() && out.empty() && !routed) all.push_back(direction);
  if (!log.empty()) all.push_back(log);
  if (proto != "any") all.insert(all.end(), {"proto", proto});
  all.insert(all.end(), {"from", from});
  if (from_port != "any") all.insert(all.end(), {"port", from_port});
  all.insert(all.end(), {"to", to});
  if (!app.empty()) {
    all.insert(all.end(), {"app", app});
  } else if (to_port != "any") {
    all.insert(all.end(), {"port", to_port});
  }
  return all;
}

std::string UfwRule::tuple(bool v6) const {
  const std::string anywhere = v6 ? kAnywhere6 : kAnywhere4;
  const std::string source = from == "any" ? anywhere : from;
  const std::string target = to == "any" ? anywhere : to;
  const std::string head = routed ? "route " : "";
  const std::string tail = joined_interfaces(*this);
  if (!app.empty()) {
    return head + "app " + spaced(app) + " " + target + " " + from_port + " " + source + " " + tail;
  }
  return head + proto + " " + to_port + " " + target + " " + from_port + " " + source + " " + tail;
}

std::string UfwRule::text() const {
  std::string text = action + (routed ? " routed" : " " + direction);
  if (!in.empty()) text += " on " + in;
  if (!out.empty()) text += (routed ? " to " : " on ") + out;
  if (!log.empty()) text += " " + log;
  if (!app.empty()) {
    text += " app " + app;
  } else if (to_port != "any") {
    text += " " + to_port + (proto == "any" ? "" : "/" + proto);
  } else if (proto != "any") {
    text += " " + proto;
  }
  text += " from " + from + (from_port == "any" ? "" : " port " + from_port);
  return text + (to == "any" ? "" : " to " + to);
}

std::optional<UfwTuple> ufw_tuple(std::string_view line) {
  constexpr std::string_view kHead = "### tuple ### ";
  if (!starts_with(line, kHead)) return std::nullopt;
  UfwTuple out;
  if (const std::size_t at = line.find(" comment="); at != std::string_view::npos) {
    out.comment = from_hex(trim(line.substr(at + 9))).value_or("");
    line = line.substr(0, at);
  }
  std::vector<std::string> fields;
  for (const std::string_view field : split(line.substr(kHead.size()), ' ')) {
    if (!field.empty()) fields.emplace_back(field);
  }
  if (fields.size() < 6 || fields.size() > 9) return std::nullopt;
  const bool routed = starts_with(fields[0], "route:");
  out.action = routed ? fields[0].substr(6) : fields[0];
  // Six or eight fields: an old file, where every rule was for what comes in.
  const std::string tail = fields.size() % 2 == 1 ? fields.back() : "in";
  const bool app = fields.size() >= 8;
  const std::string ends = " " + fields[3] + " " + fields[4] + " " + fields[5] + " " + tail;
  out.matches = routed ? "route " : "";
  out.matches += app ? "app " + fields[6] + (fields[7] == "-" ? "" : "!" + fields[7]) + ends
                     : fields[1] + " " + fields[2] + ends;
  out.chain = routed ? "route" : std::string(split(tail, '_').front());
  return out;
}

}  // namespace holdfast
