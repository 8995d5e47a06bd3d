#include "engine/observe/facts.h"

#include <charconv>

#include "engine/core/text.h"

namespace holdfast {
namespace {

std::int64_t number(std::string_view text) {
  std::int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

Value address_entry(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ' ');
  ValueMap entry;
  if (parts.size() != 3) return {};
  entry.set("interface", parts[0]);
  entry.set("family", parts[1] == "inet6" ? "ipv6" : "ipv4");
  entry.set("address", parts[2]);
  return entry;
}

/// Debian's and Ubuntu's both say "debian": what most conditions are about.
std::string family_of(const ValueMap& os) {
  const Value* like = os.find("like");
  const Value* id = os.find("id");
  if (like != nullptr && !like->as_text().empty())
    return std::string(split(like->as_text(), ' ').back());
  return id != nullptr ? id->as_text() : "";
}

std::string route_interface(std::string_view route) {
  const std::vector<std::string_view> words = split(route, ' ');
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "dev") return std::string(words[i + 1]);
  }
  return {};
}

/// Each leaf is marked too: an expression may pick any of them.
Value marked(const ValueMap& facts, const std::string& host) {
  ValueMap out;
  for (const auto& [name, value] : facts) out.set(name, value.tainted({host}));
  return Value(std::move(out)).tainted({host});
}

}  // namespace

Value parse_facts(std::string_view text, const std::string& host) {
  static const ValueMap kOsNames = [] {
    ValueMap names;
    names.set("ID", "id");
    names.set("VERSION_ID", "version");
    names.set("VERSION_CODENAME", "codename");
    names.set("ID_LIKE", "like");
    names.set("PRETTY_NAME", "name");
    return names;
  }();
  ValueMap facts;
  ValueMap os;
  ValueList addresses;
  std::string route;
  facts.set("systemd", 0);
  for (const std::string_view line : lines(text)) {
    const auto at = line.find('=');
    if (at == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, at);
    const std::string_view value = line.substr(at + 1);
    if (starts_with(key, "os.")) {
      if (const Value* name = kOsNames.find(key.substr(3))) os.set(name->as_text(), value);
    } else if (key == "address") {
      if (Value entry = address_entry(value); entry.is_map()) addresses.push_back(std::move(entry));
    } else if (key == "route") {
      if (route.empty()) route = route_interface(value);
    } else if (key == "memory_kib") {
      facts.set("memory_mib", number(value) / 1024);
    } else if (key == "cpus" || key == "systemd") {
      facts.set(std::string(key), number(value));
    } else {
      facts.set(std::string(key), value);
    }
  }
  os.set("family", family_of(os));
  if (const Value* id = os.find("id")) facts.set("distribution", *id);
  ValueMap default_ipv4;
  for (const Value& address : addresses) {
    if (address.is_map() && *address.as_map().find("family") == Value("ipv4") &&
        *address.as_map().find("interface") == Value(route)) {
      default_ipv4 = address.as_map();
      break;
    }
  }
  facts.set("default_ipv4", default_ipv4);
  facts.set("addresses", std::move(addresses));
  facts.set("os", std::move(os));
  return marked(facts, host);
}

Value unknown_facts(const std::string& host) {
  const Unknown cause{"facts of " + host};
  ValueMap os;
  for (const char* name : {"id", "version", "codename", "like", "name", "family"}) {
    os.set(name, cause);
  }
  ValueMap facts;
  facts.set("os", std::move(os));
  for (const char* name : {"arch", "kernel", "hostname", "fqdn", "cpus", "memory_mib", "systemd",
                           "distribution", "addresses", "default_ipv4"}) {
    facts.set(name, cause);
  }
  return marked(facts, host);
}

}  // namespace holdfast
