#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "engine/wiring/ends.h"
#include "resources/stated.h"
#include "resources/ufw/batch.h"
#include "resources/ufw/way_in.h"

namespace holdfast {
namespace {

Type policy() { return Type::one_of({"allow", "deny", "reject"}); }

const Schema& firewall_schema() {
  static const Schema kSchema = {
      .kind = "firewall",
      .doc =
          "The host's firewall, by ufw: on or off, and what becomes of traffic that no rule "
          "speaks of.",
      .name_doc = "ufw: a host has one firewall.",
      .name_type = Type::one_of({"ufw"}),
      .attributes =
          {{.name = "enabled",
            .type = {TypeKind::Bool},
            .doc = "Whether it is on, now and after a boot.",
            .default_value = true},
           {.name = "incoming", .type = policy(), .doc = "What comes in and no rule matches."},
           {.name = "outgoing", .type = policy(), .doc = "What goes out and no rule matches."},
           {.name = "routed", .type = policy(), .doc = "What passes through and no rule matches."},
           {.name = "logging",
            .type = Type::one_of({"off", "low", "medium", "high", "full"}),
            .doc = "How much is logged."},
           {.name = "ipv6", .type = {TypeKind::Bool}, .doc = "Whether it filters IPv6 too."},
           {.name = "keep_ssh",
            .type = {TypeKind::Bool},
            .doc = "Whether a firewall is refused that would shut out the SSH connection by which "
                   "the run itself came.",
            .default_value = true}},
      .scheduling = Scheduling::Batched,
      .can_be_absent = false,
      .examples = {"- firewall: ufw\n"
                   "  enabled: true\n"
                   "  incoming: deny\n"
                   "  outgoing: allow\n"}};
  return kSchema;
}

class FirewallKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return firewall_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    if (resource.name == "ufw") return {};
    return {wrong(resource, "", Code::FirewallInvalid,
                  "holdfast knows no firewall '" + printable(resource.name) + "'",
                  "A host has one firewall: - firewall: ufw")};
  }

  /// On last: the rules are there before it shuts anything out.
  Links links(const Resource&) const override {
    return {.provides = {"firewall:ufw"}, .needs = {"package:ufw", "ufw:rule"}};
  }

  void ends(const Resource& resource, Ends& ends) const override {
    const std::string incoming = stated_text(resource.desired, "incoming");
    const bool shut = incoming == "deny" || incoming == "reject";
    if (shut && stated_bool(resource.desired, "enabled", true)) ends.walls.push_back({});
  }

  std::vector<Query> queries(const Resource&) const override { return {kUfwStore, kLogin}; }

  State desired(const Resource& resource) const override {
    State out = resource.desired;
    out.erase("keep_ssh");
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& answer = answers.at(kUfwStore);
    // Not installed yet: everything is to be made.
    if (answer.is_null()) return std::nullopt;
    State seen;
    for (const auto& [name, value] : desired(resource)) {
      if (!answer.is_map()) {
        seen.set(name, answer);
      } else if (const Value* found = answer.as_map().find(name)) {
        seen.set(name, *found);
      }
    }
    return seen;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    std::vector<UfwCommand> commands;
    if (const AttributeChange* ipv6 = change.find("ipv6")) {
      commands.push_back({"ipv6", ipv6->after == Value(true) ? "yes" : "no"});
    }
    for (const char* direction : {"incoming", "outgoing", "routed"}) {
      if (const AttributeChange* policy = change.find(direction)) {
        commands.push_back({"default", direction, std::string(policy->after.bytes())});
      }
    }
    if (const AttributeChange* logging = change.find("logging")) {
      commands.push_back({"logging", std::string(logging->after.bytes())});
    }
    const AttributeChange* enabled = change.find("enabled");
    const bool off = enabled != nullptr && enabled->after == Value(false);
    const bool tightens = change.find("incoming") != nullptr || (enabled != nullptr && !off);
    if (tightens && !off && stated_bool(resource.desired, "keep_ssh", true)) {
      commands.push_back({"keep-ssh"});
    }
    if (enabled != nullptr) commands.push_back({off ? "disable" : "enable"});
    return {{0, ufw_batch(commands)}};
  }

  Effects effects(const Resource&, const Change& change) const override {
    Effects effects;
    const AttributeChange* enabled = change.find("enabled");
    const bool stays_on = enabled == nullptr;
    if (enabled != nullptr && enabled->after == Value(false)) {
      effects.brings.emplace_back("turns the firewall off");
      effects.privileged = change.before.has_value();
    } else if (enabled != nullptr) {
      effects.brings.emplace_back(
          "turns the firewall on; ufw loads kernel settings of its own (/etc/ufw/sysctl.conf)");
    }
    bool policies = false;
    for (const char* direction : {"incoming", "outgoing", "routed"}) {
      const AttributeChange* policy = change.find(direction);
      if (policy == nullptr) continue;
      policies = true;
      if (policy->after == Value("allow") && change.before) effects.privileged = true;
    }
    if (policies && stays_on) {
      effects.brings.emplace_back("ufw reloads: under a second without rules");
    }
    return effects;
  }

  std::optional<WayIn> way_in(const Resource&, const Change& change,
                              const Surroundings& surroundings) const override {
    const bool says = change.find("enabled") != nullptr || change.find("incoming") != nullptr ||
                      change.find("ipv6") != nullptr;
    return says ? ufw_way_in(surroundings) : std::nullopt;
  }
};

}  // namespace

std::unique_ptr<Kind> make_firewall_kind() { return std::make_unique<FirewallKind>(); }

}  // namespace holdfast
