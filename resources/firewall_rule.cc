#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "engine/wiring/ends.h"
#include "resources/stated.h"
#include "resources/ufw/batch.h"
#include "resources/ufw/rule.h"
#include "resources/ufw/way_in.h"

namespace holdfast {
namespace {

Type match_type() {
  return Type::object(
      {{.name = "port", .doc = "22/tcp, 53, 80,443/tcp, 6000:6007/udp. Not stated: any."},
       {.name = "proto",
        .type = Type::one_of({"tcp", "udp", "any", "esp", "ah", "gre", "igmp", "ipv6", "vrrp"}),
        .doc = "The protocol, where the port doesn't say it."},
       {.name = "from",
        .doc = "An address, a network, or any: any IPv4 and any IPv6 address. 0.0.0.0/0 and ::/0 "
               "are any of one family. Not stated: any."},
       {.name = "from_port", .doc = "As port, of where it comes from."},
       {.name = "to", .doc = "As from, of where it goes."},
       {.name = "app", .doc = "A profile of /etc/ufw/applications.d, in place of port and proto."},
       {.name = "direction",
        .type = Type::one_of({"in", "out"}),
        .doc = "Whether it comes to the host or from it.",
        .default_value = "in"},
       {.name = "interface", .doc = "Only by this interface."},
       {.name = "routed",
        .type = {TypeKind::Bool},
        .doc = "For traffic that passes through the host, not for its own.",
        .default_value = false},
       {.name = "out_interface", .doc = "Of routed traffic: by which interface it leaves."},
       {.name = "log",
        .type = Type::one_of({"new", "all"}),
        .doc = "Log new connections that match, or every packet."}});
}

std::vector<Attribute> attributes() {
  std::vector<Attribute> out;
  const std::pair<const char*, const char*> actions[] = {
      {"allow", "Lets it through."},
      {"deny", "Drops it silently."},
      {"reject", "Turns it away with an answer."},
      {"limit", "Lets it through, but not an address that tries six times in 30 seconds."}};
  for (const auto& [name, doc] : actions) {
    out.push_back({.name = name, .type = match_type(), .doc = doc});
  }
  out.push_back(
      {.name = "comment", .doc = "A text that `ufw status` shows. Not stated: left alone."});
  out.push_back({.name = "position",
                 .type = Type::one_of({"first"}),
                 .doc =
                     "first: ahead of all rules that do the opposite (allow and limit let "
                     "through, deny and reject don't). Not stated: a new rule goes to the end."});
  return out;
}

const Schema& rule_schema() {
  static const Schema kSchema = {
      .kind = "firewall_rule",
      .doc = "One rule of the host's firewall, by ufw.",
      .name_doc = "What it is for, in words.",
      .attributes = attributes(),
      .scheduling = Scheduling::Batched,
      .examples = {"- firewall_rule: ssh\n"
                   "  limit: {port: 22/tcp}\n",
                   "- firewall_rule: exporter\n"
                   "  allow: {port: 9101/tcp, from: 192.168.0.200}\n"
                   "  comment: Prometheus scrapes the health of the runner\n",
                   "- firewall_rule: scanners\n"
                   "  deny: {from: 203.0.113.0/24}\n"
                   "  position: first\n"}};
  return kSchema;
}

/// Nothing stated would be everything, which nobody means by leaving it all out.
bool says_which(const ValueMap& match) {
  constexpr const char* kNarrowing[] = {"port", "proto", "from",      "from_port",
                                        "to",   "app",   "interface", "out_interface"};
  return std::any_of(std::begin(kNarrowing), std::end(kNarrowing),
                     [&](const char* name) { return match.find(name) != nullptr; });
}

const char* stated_action(const State& state) {
  for (const char* action : kUfwActions) {
    const Value* value = state.find(action);
    if (value != nullptr && !value->is_null()) return action;
  }
  return nullptr;
}

std::string stored_action(const UfwRule& rule) {
  return rule.action + (rule.log.empty() ? "" : "_" + rule.log);
}

/// Whether an action, as stored, lets through.
bool opens(std::string_view action) {
  return starts_with(action, "allow") || starts_with(action, "limit");
}

/// What one of ufw's two lists says of a rule.
struct Standing {
  bool wanted = false;   ///< The rule belongs in this list.
  std::string action{};  ///< "" : it isn't there.
  std::string comment{};
  bool first = true;  ///< Nothing that does the opposite stands ahead of it.
};

Standing standing(const ValueMap& store, const UfwRule& rule, bool v6) {
  Standing out;
  const bool limited = rule.action == "limit" && !stated_bool(store, "limit6", true);
  out.wanted = v6 ? rule.ipv6() && !limited : rule.ipv4();
  const Value* rules = store.find(v6 ? "rules6" : "rules4");
  if (!out.wanted || rules == nullptr || !rules->is_list()) return out;
  const std::string wanted = rule.tuple(v6);
  const std::string chain = rule.routed ? "route" : rule.direction;
  bool opposed = false;
  for (const Value& item : rules->as_list()) {
    const ValueMap& other = item.as_map();
    if (other.find("matches")->as_text() == wanted) {
      out.action = other.find("action")->as_text();
      out.comment = other.find("comment")->as_text();
      out.first = !opposed;
      return out;
    }
    opposed = opposed || (other.find("chain")->as_text() == chain &&
                          opens(other.find("action")->as_text()) != opens(rule.action));
  }
  return out;
}

/// "allow in 22/tcp from any", and what differs from that: "deny in …", "… (IPv4 only)".
std::string found_text(const UfwRule& rule, const Standing& v4, const Standing& v6) {
  const std::string wanted = stored_action(rule);
  const auto right = [&](const Standing& s) { return !s.wanted || s.action == wanted; };
  if (right(v4) && right(v6)) return rule.text();
  const auto with = [&](std::string_view action) {
    return std::string(action) + rule.text().substr(rule.action.size());
  };
  if (v4.wanted && v6.wanted && v4.action != v6.action) {
    if (v6.action.empty()) return with(v4.action) + " (IPv4 only)";
    if (v4.action.empty()) return with(v6.action) + " (IPv6 only)";
    return with("IPv4 " + v4.action + ", IPv6 " + v6.action);
  }
  return with("(" + (v4.wanted ? v4.action : v6.action) + ")");
}

bool lets_tcp_in(const UfwRule& rule) {
  return !rule.routed && rule.direction == "in" && (rule.proto == "any" || rule.proto == "tcp");
}

/// "22,8000:8010"; none for "any".
std::vector<PortRange> port_ranges(std::string_view ports) {
  std::vector<PortRange> out;
  if (ports == "any") return out;
  for (const std::string_view part : split(ports, ',')) {
    const std::size_t colon = part.find(':');
    const int first = std::atoi(std::string(part).c_str());
    const bool range = colon != std::string_view::npos;
    out.push_back({first, range ? std::atoi(std::string(part.substr(colon + 1)).c_str()) : first});
  }
  return out;
}

class FirewallRuleKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return rule_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const std::string who = "firewall_rule '" + printable(resource.name) + "'";
    std::string given;
    for (const char* action : kUfwActions) {
      const Value* value = resource.get(action);
      if (value == nullptr || value->is_null()) continue;
      if (!given.empty()) {
        errors.push_back(wrong(resource, action, Code::FirewallInvalid,
                               who + " says '" + given + "' and '" + action + "'",
                               "A rule does one thing; make two of it."));
      }
      given = action;
      if (value->find_unknown() != nullptr || !value->is_map()) continue;
      const auto rule = ufw_rule(action, value->as_map());
      if (!says_which(value->as_map())) {
        errors.push_back(wrong(resource, action, Code::FirewallInvalid,
                               who + " doesn't say which traffic",
                               "Where all of it is meant, say `from: any`."));
      } else if (!rule) {
        errors.push_back(wrong(resource, action, Code::FirewallInvalid,
                               who + ": " + rule.error().message, rule.error().hint));
      }
    }
    if (given.empty()) {
      errors.push_back(wrong(resource, "", Code::FirewallInvalid, who + " does nothing",
                             "Give one of allow, deny, reject, limit."));
    }
    check_comment(resource, who, errors);
    return errors;
  }

  /// What it matches, whatever is done with it: two rules that match the same contradict each
  /// other.
  std::string identity(const Resource& resource) const override {
    const auto rule = stated_rule(resource);
    if (!rule) return Kind::identity(resource);
    // Of one family or of both: either way they meet in a list.
    UfwRule any = *rule;
    for (std::string* end : {&any.from, &any.to}) {
      if (*end == "0.0.0.0/0" || *end == "::/0") *end = "any";
    }
    return "firewall_rule " + any.tuple(false);
  }

  Links links(const Resource& resource) const override {
    Links links{.provides = {"ufw:rule"}, .needs = {"package:ufw"}};
    const char* action = stated_action(resource.desired);
    if (action == nullptr || stated_text(resource.desired, "position") != "first") return links;
    // Rules that open and rules that shut can't both stand first: stating both is a circle.
    const bool opening = opens(action);
    links.provides.emplace_back(opening ? "ufw:opening-rules-first" : "ufw:shutting-rules-first");
    links.needs.emplace_back(opening ? "ufw:shutting-rules-first" : "ufw:opening-rules-first");
    return links;
  }

  /// A rule that isn't known yet may open anything.
  void ends(const Resource& resource, Ends& ends) const override {
    const char* action = stated_action(resource.desired);
    const Value* value = action == nullptr ? nullptr : resource.get(action);
    if (value == nullptr || !opens(action)) return;
    const auto rule = stated_rule(resource);
    if (rule && !lets_tcp_in(*rule)) return;
    Opening opening;
    if (rule && rule->app.empty()) {
      opening.ports = port_ranges(rule->to_port);
      if (rule->from != "any") opening.from = rule->from;
    }
    ends.openings.push_back(std::move(opening));
  }

  std::vector<Query> queries(const Resource&) const override { return {kUfwStore, kLogin}; }

  /// The rule in ufw's normal form, as a line of text.
  State desired(const Resource& resource) const override {
    State out;
    for (const auto& [name, value] : resource.desired) {
      const char* action = stated_action(resource.desired);
      if (action == nullptr || name != action) {
        out.set(name, value);
        continue;
      }
      const auto rule = stated_rule(resource);
      const Unknown* unknown = value.find_unknown();
      out.set(name, rule ? Value(rule->text())
                         : Value(unknown != nullptr ? *unknown : Unknown{"not valid"}));
    }
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& answer = answers.at(kUfwStore);
    if (answer.is_null()) return std::nullopt;
    const auto rule = stated_rule(resource);
    if (!answer.is_map() || !rule) return unknown_state(resource, answer);
    const Standing v4 = standing(answer.as_map(), *rule, false);
    const Standing v6 = standing(answer.as_map(), *rule, true);
    // What does something else with the same traffic is not the rule that is to go.
    const std::string stored = stored_action(*rule);
    const auto there = [&](const Standing& s) {
      return resource.absent ? s.action == stored : !s.action.empty();
    };
    if (!there(v4) && !there(v6)) return std::nullopt;
    State seen;
    seen.set(rule->action, found_text(*rule, v4, v6));
    seen.set("comment", v4.action.empty() ? v6.comment : v4.comment);
    if (!v4.action.empty() && !v6.action.empty() && v4.comment != v6.comment) {
      seen.set("comment", v4.comment + " (IPv6: " + v6.comment + ")");
    }
    const bool first = (v4.first || v4.action.empty()) && (v6.first || v6.action.empty());
    seen.set("position", first ? "first" : "later");
    return seen;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    const auto rule = stated_rule(resource);
    if (!rule) return {};
    const auto command = [&](const char* operation, std::string_view verb, bool with_comment) {
      UfwCommand out = {operation};
      if (rule->routed) out.emplace_back("route");
      if (!verb.empty()) out.emplace_back(verb);
      for (std::string& word : rule->words()) out.push_back(std::move(word));
      const std::string comment = comment_of(resource, change);
      if (with_comment && !comment.empty()) out.insert(out.end(), {"comment", comment});
      return out;
    };
    if (change.action == Action::Delete)
      return {{0, ufw_batch({command("rule", "delete", false)})}};
    if (stated_text(resource.desired, "position") != "first") {
      return {{0, ufw_batch({command("rule", "", true)})}};
    }
    std::vector<UfwCommand> commands;
    if (change.before) commands.push_back(command("drop", "", false));
    commands.push_back(command("rule", "prepend", true));
    return {{0, ufw_batch(commands)}};
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects effects;
    const auto rule = stated_rule(resource);
    if (!rule) return effects;
    const bool opening = opens(rule->action);
    const bool removed = change.action == Action::Delete;
    effects.privileged = opening != removed;
    return effects;
  }

  std::optional<WayIn> way_in(const Resource& resource, const Change&,
                              const Surroundings& surroundings) const override {
    const auto rule = stated_rule(resource);
    const auto login = login_of(surroundings.answers, kLogin);
    if (!rule || !login || !may_concern(*rule, *login)) return std::nullopt;
    return ufw_way_in(surroundings);
  }

 private:
  static void check_comment(const Resource& resource, const std::string& who,
                            std::vector<Error>& errors) {
    const std::string comment = stated_text(resource.desired, "comment");
    const bool word =
        comment == "in" || comment == "out" || comment == "log" || comment == "log-all";
    if (!word && comment.find('\'') == std::string::npos && !has_control(comment)) return;
    errors.push_back(wrong(resource, "comment", Code::FirewallInvalid,
                           who + ": ufw does not take the comment '" + printable(comment) + "'",
                           "No ', no control characters, and not just one of ufw's own words."));
  }

  static Result<std::optional<State>> unknown_state(const Resource& resource, const Value& answer) {
    State seen;
    const Value cause = answer.is_unknown() ? answer : Value(Unknown{"its rule is not known yet"});
    for (const auto& [name, value] : resource.desired) seen.set(name, cause);
    return seen;
  }

  /// A comment that the manifest says nothing of is kept.
  static std::string comment_of(const Resource& resource, const Change& change) {
    if (resource.get("comment") != nullptr) return stated_text(resource.desired, "comment");
    return change.before ? stated_text(*change.before, "comment") : "";
  }
};

}  // namespace

std::unique_ptr<Kind> make_firewall_rule_kind() { return std::make_unique<FirewallRuleKind>(); }

}  // namespace holdfast
