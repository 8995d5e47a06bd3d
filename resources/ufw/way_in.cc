#include "resources/ufw/way_in.h"

#include <algorithm>

#include "engine/core/address.h"
#include "engine/core/text.h"
#include "resources/stated.h"

namespace holdfast {

const Query kUfwStore{"ufw", "store"};

namespace {

/// A line of one of ufw's lists.
struct Line {
  std::string action, matches, chain;
};

bool lets_in(std::string_view action) {
  return starts_with(action, "allow") || starts_with(action, "limit");
}

Truth has_port(std::string_view ports, int wanted) {
  if (ports == "any") return Truth::Yes;
  for (const std::string_view part : split(ports, ',')) {
    const std::size_t colon = part.find(':');
    const int first = std::atoi(std::string(part).c_str());
    const int last = colon == std::string_view::npos
                         ? first
                         : std::atoi(std::string(part.substr(colon + 1)).c_str());
    if (first <= wanted && wanted <= last) return Truth::Yes;
  }
  return Truth::No;
}

Truth has_address(std::string_view network, const std::string& address) {
  if (network == "0.0.0.0/0" || network == "::/0") return Truth::Yes;
  return in_network(address, network);
}

/// "tcp 22 0.0.0.0/0 any 10.0.0.0/8 in_eth0", "app OpenSSH 0.0.0.0/0 any 0.0.0.0/0 in".
Truth concerns(const Line& line, const Login& login) {
  if (line.chain != "in") return Truth::No;
  const std::vector<std::string_view> words = split(line.matches, ' ');
  if (words.size() != 6) return Truth::Maybe;
  Truth out = Truth::Yes;
  if (words[0] == "app") {
    out = words[1] == "OpenSSH" && login.port == 22 ? Truth::Yes : Truth::Maybe;
  } else {
    if (words[0] != "any" && words[0] != "tcp") return Truth::No;
    out = has_port(words[1], login.port);
  }
  out = both(out, has_address(words[2], login.server));
  out = both(out, words[3] == "any" ? Truth::Yes : Truth::Maybe);
  out = both(out, has_address(words[4], login.client));
  return both(out, words[5] == "in" ? Truth::Yes : Truth::Maybe);
}

std::vector<Line> stored_lines(const ValueMap& store, bool v6) {
  std::vector<Line> out;
  const Value* rules = store.find(v6 ? "rules6" : "rules4");
  if (rules == nullptr || !rules->is_list()) return out;
  for (const Value& item : rules->as_list()) {
    const ValueMap& rule = item.as_map();
    out.push_back(
        {stated_text(rule, "action"), stated_text(rule, "matches"), stated_text(rule, "chain")});
  }
  return out;
}

/// What the rules that are stated make of the list.
void put_stated(std::vector<Line>& lines, const Surroundings& surroundings, bool v6) {
  for (const Resource* resource : surroundings.beside) {
    if (resource->kind != "firewall_rule") continue;
    const auto rule = stated_rule(*resource);
    if (!rule || !(v6 ? rule->ipv6() : rule->ipv4())) continue;
    const Line line{rule->action, rule->tuple(v6), rule->routed ? "route" : rule->direction};
    const auto same = std::find_if(lines.begin(), lines.end(),
                                   [&](const Line& l) { return l.matches == line.matches; });
    if (resource->absent) {
      if (same != lines.end() && starts_with(same->action, rule->action)) lines.erase(same);
      continue;
    }
    const bool first = stated_text(resource->desired, "position") == "first";
    if (same != lines.end() && !first) {
      same->action = line.action;
      continue;
    }
    if (same != lines.end()) lines.erase(same);
    lines.insert(first ? lines.begin() : lines.end(), line);
  }
}

std::string words_of(const Line& line) {
  return "ufw's rule '" + line.action + " " + line.matches + "'";
}

WayIn judged(const std::vector<Line>& lines, const std::string& policy, const Login& login) {
  WayIn out{.login = login.text(), .why = {}};
  const bool open_end = policy == "allow";
  std::optional<bool> so_far;  // What an earlier rule may have done.
  std::string doubt;
  const auto end = [&](bool open, const std::string& why) {
    const bool sure = !so_far || *so_far == open;
    out.verdict = !sure  ? WayIn::Verdict::Unclear
                  : open ? WayIn::Verdict::Open
                         : WayIn::Verdict::Shut;
    out.why = sure ? why : doubt;
    return out;
  };
  for (const Line& line : lines) {
    const Truth holds = concerns(line, login);
    if (holds == Truth::No) continue;
    const bool open = lets_in(line.action);
    if (holds == Truth::Yes) return end(open, words_of(line));
    if (!so_far || *so_far != open) doubt = words_of(line);
    // One that opens and one that shuts: nothing more can be told.
    if (so_far && *so_far != open) {
      so_far.reset();
      out.why = doubt;
      return out;
    }
    so_far = open;
  }
  const std::string missing = "a firewall_rule that allows " + std::to_string(login.port) + "/tcp";
  return end(open_end, "no rule of ufw speaks of it, and what comes in is " +
                           (open_end ? "let through" : "denied; " + missing + " is missing"));
}

}  // namespace

std::optional<UfwRule> stated_rule(const Resource& resource) {
  for (const char* action : kUfwActions) {
    const Value* fields = stated(resource.desired, action);
    if (fields == nullptr) continue;
    if (fields->find_unknown() != nullptr || !fields->is_map()) return std::nullopt;
    auto rule = ufw_rule(action, fields->as_map());
    return rule ? std::optional(std::move(*rule)) : std::nullopt;
  }
  return std::nullopt;
}

bool may_concern(const UfwRule& rule, const Login& login) {
  const bool v6 = login.ipv6();
  if (!(v6 ? rule.ipv6() : rule.ipv4())) return false;
  const Line line{rule.action, rule.tuple(v6), rule.routed ? "route" : rule.direction};
  return concerns(line, login) != Truth::No;
}

std::optional<WayIn> ufw_way_in(const Surroundings& surroundings) {
  const auto login = login_of(surroundings.answers, kLogin);
  const Value& answer = surroundings.answers.at(kUfwStore);
  if (!login || login->local() || answer.is_unknown()) return std::nullopt;
  static const ValueMap kNotInstalled;
  const ValueMap& store = answer.is_map() ? answer.as_map() : kNotInstalled;
  bool on = stated_bool(store, "enabled", false);
  bool filters6 = stated_bool(store, "ipv6", true);
  // As Debian ships it.
  std::string policy = stated_text(store, "incoming", "deny");
  for (const Resource* resource : surroundings.beside) {
    if (resource->kind != "firewall") continue;
    on = stated_bool(resource->desired, "enabled", on);
    filters6 = stated_bool(resource->desired, "ipv6", filters6);
    policy = stated_text(resource->desired, "incoming", policy);
  }
  const bool v6 = login->ipv6();
  if (!on || (v6 && !filters6)) return std::nullopt;
  std::vector<Line> lines = stored_lines(store, v6);
  put_stated(lines, surroundings, v6);
  return judged(lines, policy, *login);
}

}  // namespace holdfast
