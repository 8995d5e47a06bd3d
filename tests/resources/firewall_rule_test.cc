#include <gtest/gtest.h>

#include "engine/core/kind.h"
#include "engine/plan/diff.h"
#include "resources/ufw/rule.h"
#include "tests/resources/make.h"
#include "tests/resources/ufw.h"

namespace holdfast {

std::unique_ptr<Kind> make_firewall_rule_kind();

namespace {

constexpr const char* kHead =
    "file /etc/ufw/ufw.conf\nfile /etc/default/ufw\nfile /etc/ufw/user.rules\n"
    "file /etc/ufw/user6.rules\nconf ENABLED=yes\nconf LOGLEVEL=low\nconf IPV6=yes\n"
    "conf DEFAULT_INPUT_POLICY=\"DROP\"\nconf DEFAULT_OUTPUT_POLICY=\"ACCEPT\"\n"
    "conf DEFAULT_FORWARD_POLICY=\"DROP\"\nlimit6\nlive\n";

Answers store(const std::string& rules, const std::string& head = kHead) {
  return ufw_answers(head + rules);
}

State rule(const char* action, std::vector<std::pair<std::string, Value>> fields,
           std::vector<std::pair<std::string, Value>> more = {}) {
  State out;
  out.set(action, state(std::move(fields)));
  for (auto& [name, value] : more) out.set(name, value);
  return out;
}

struct RuleCase {
  const char* name;
  State desired;
  const char* rules;
  const char* steps;
  const char* reason = "";
  bool absent = false;
};
class FirewallRulePlan : public testing::TestWithParam<RuleCase> {};

TEST_P(FirewallRulePlan, ChangesOnlyWhatDiffers) {
  const RuleCase& c = GetParam();
  const auto kind = make_firewall_rule_kind();
  const Resource resource = resource_of("r", c.desired, c.absent);
  EXPECT_TRUE(kind->check(resource).empty());
  const auto seen = kind->read(resource, store(c.rules));
  ASSERT_TRUE(seen) << seen.error().message;
  const Change change = diff(*kind, resource, *seen);
  const bool quiet = change.action == Action::None;
  const auto steps = quiet ? std::vector<PhasedStep>{} : kind->steps(resource, change);
  EXPECT_EQ(forward_text(steps), c.steps);
  if (c.reason[0] != '\0') {
    EXPECT_EQ(change.reason, c.reason);
  }
}

constexpr const char* kSsh4 = "4 ### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n";
constexpr const char* kSshBoth =
    "4 ### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in comment=616263\n"
    "6 ### tuple ### allow tcp 22 ::/0 any ::/0 in comment=616263\n";
constexpr const char* kDenied =
    "4 ### tuple ### deny tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n"
    "6 ### tuple ### deny tcp 22 ::/0 any ::/0 in\n";
constexpr const char* kAfterAllow =
    "4 ### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n"
    "4 ### tuple ### deny any any 0.0.0.0/0 any 203.0.113.0/24 in\n";
constexpr const char* kAfterOut =
    "4 ### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 out\n"
    "4 ### tuple ### reject any any 0.0.0.0/0 any 10.0.0.0/8 in\n"
    "4 ### tuple ### deny any any 0.0.0.0/0 any 203.0.113.0/24 in\n"
    "4 ### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n";

INSTANTIATE_TEST_SUITE_P(
    Table, FirewallRulePlan,
    testing::Values(
        RuleCase{"Converged", rule("allow", {{"port", "22/tcp"}}), kSshBoth, ""},
        RuleCase{"New", rule("allow", {{"port", "22/tcp"}}, {{"comment", "by hand"}}), "",
                 "0 ufw "
                 "'[\"rule\",\"allow\",\"in\",\"proto\",\"tcp\",\"from\",\"any\",\"to\",\"any\","
                 "\"port\",\"22\",\"comment\",\"by hand\"]'\n"},
        RuleCase{"OneFamilyMissing", rule("allow", {{"port", "22/tcp"}}), kSsh4,
                 "0 ufw "
                 "'[\"rule\",\"allow\",\"in\",\"proto\",\"tcp\",\"from\",\"any\",\"to\",\"any\","
                 "\"port\",\"22\"]'\n",
                 "allow allow in 22/tcp from any (IPv4 only) -> allow in 22/tcp from any"},
        RuleCase{"OneFamilyWanted", rule("allow", {{"port", "22/tcp"}, {"from", "0.0.0.0/0"}}),
                 kSsh4, ""},
        RuleCase{"OtherActionKeepsComment", rule("limit", {{"port", "22/tcp"}}), kSshBoth,
                 "0 ufw "
                 "'[\"rule\",\"limit\",\"in\",\"proto\",\"tcp\",\"from\",\"any\",\"to\",\"any\","
                 "\"port\",\"22\",\"comment\",\"abc\"]'\n"},
        RuleCase{"CommentTakenAway", rule("allow", {{"port", "22/tcp"}}, {{"comment", ""}}),
                 kSshBoth,
                 "0 ufw "
                 "'[\"rule\",\"allow\",\"in\",\"proto\",\"tcp\",\"from\",\"any\",\"to\",\"any\","
                 "\"port\",\"22\"]'\n"},
        RuleCase{"Gone", rule("allow", {{"port", "22/tcp"}}), kSshBoth,
                 "0 ufw "
                 "'[\"rule\",\"delete\",\"allow\",\"in\",\"proto\",\"tcp\",\"from\",\"any\",\"to\","
                 "\"any\",\"port\",\"22\"]'\n",
                 "", true},
        RuleCase{"AnotherActionIsNotTheRuleThatGoes", rule("allow", {{"port", "22/tcp"}}), kDenied,
                 "", "", true},
        RuleCase{
            "MovesToTheFront", rule("deny", {{"from", "203.0.113.9/24"}}, {{"position", "first"}}),
            kAfterAllow,
            "0 ufw '[\"drop\",\"deny\",\"in\",\"from\",\"203.0.113.0/24\",\"to\",\"any\"]' "
            "'[\"rule\",\"prepend\",\"deny\",\"in\",\"from\",\"203.0.113.0/24\",\"to\",\"any\"]'"
            "\n",
            "position later -> first"},
        RuleCase{"FirstAmongItsKind",
                 rule("deny", {{"from", "203.0.113.0/24"}}, {{"position", "first"}}), kAfterOut,
                 ""},
        RuleCase{"Routed",
                 rule("allow", {{"routed", true},
                                {"interface", "eth0"},
                                {"out_interface", "eth1"},
                                {"from", "2001:DB8::1"},
                                {"log", "all"}}),
                 "",
                 "0 ufw "
                 "'[\"rule\",\"route\",\"allow\",\"in\",\"on\",\"eth0\",\"out\",\"on\",\"eth1\","
                 "\"log-all\",\"from\",\"2001:db8::1\",\"to\",\"any\"]'\n"}),
    [](const auto& p) { return p.param.name; });

TEST(FirewallRule, LeavesOutIpv6LimitsWhereTheHostHasNone) {
  const auto kind = make_firewall_rule_kind();
  const Resource resource = resource_of("r", rule("limit", {{"port", "22/tcp"}}));
  std::string head = kHead;
  head.erase(head.find("limit6\n"), 7);
  const auto seen = kind->read(
      resource, store("4 ### tuple ### limit tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n", head));
  ASSERT_TRUE(seen && *seen);
  EXPECT_EQ(diff(*kind, resource, *seen).action, Action::None);
}

TEST(FirewallRule, ReadsWhatUfwWrites) {
  struct Line {
    const char* text;
    UfwTuple tuple;
  };
  const Line lines[] = {
      {"### tuple ### allow tcp 9101 0.0.0.0/0 any 192.168.0.200 in comment=616263",
       {"allow", "tcp 9101 0.0.0.0/0 any 192.168.0.200 in", "in", "abc"}},
      {"### tuple ### route:deny_log-all any any ::/0 any 2001:db8::1 in_eth0!out_eth1",
       {"deny_log-all", "route any any ::/0 any 2001:db8::1 in_eth0!out_eth1", "route", ""}},
      {"### tuple ### allow tcp 80,443 0.0.0.0/0 any 0.0.0.0/0 WWW%20Full - out_wg0",
       {"allow", "app WWW%20Full 0.0.0.0/0 any 0.0.0.0/0 out_wg0", "out", ""}},
      {"### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0",
       {"allow", "tcp 22 0.0.0.0/0 any 0.0.0.0/0 in", "in", ""}}};
  for (const Line& line : lines) {
    const auto tuple = ufw_tuple(line.text);
    ASSERT_TRUE(tuple) << line.text;
    EXPECT_EQ(tuple->action, line.tuple.action);
    EXPECT_EQ(tuple->matches, line.tuple.matches);
    EXPECT_EQ(tuple->chain, line.tuple.chain);
    EXPECT_EQ(tuple->comment, line.tuple.comment);
  }
  EXPECT_FALSE(ufw_tuple("### tuple ### allow tcp"));
  EXPECT_FALSE(ufw_tuple("-A ufw-user-input -p tcp --dport 22 -j ACCEPT"));
}

TEST(FirewallRule, SpellsAddressesAsUfwDoes) {
  EXPECT_EQ(normal_ipv4("10.1.2.3/8"), "10.0.0.0/8");
  EXPECT_EQ(normal_ipv4("10.1.2.3/32"), "10.1.2.3");
  EXPECT_EQ(normal_ipv4("1.2.3.4/0"), "0.0.0.0/0");
  EXPECT_EQ(normal_ipv6("2001:DB8:0:0::5/64"), "2001:db8::5/64");
  EXPECT_EQ(normal_ipv6("fe80::1/128"), "fe80::1");
  for (const char* text :
       {"10.0.0", "10.0.0.1/33", "10.0.0.1/", "a.b", "10.0.0.1/x", "", "01.2.3.4.5"}) {
    EXPECT_FALSE(normal_ipv4(text)) << text;
    EXPECT_FALSE(normal_ipv6(text)) << text;
  }
}

TEST(FirewallRule, TakesAllTrafficWhereThatIsSaid) {
  const auto kind = make_firewall_rule_kind();
  const Resource all = resource_of("r", rule("deny", {{"from", "any"}, {"direction", "out"}}));
  EXPECT_TRUE(kind->check(all).empty());
}

TEST(FirewallRule, KnowsTheSameTrafficByItsTuple) {
  const auto kind = make_firewall_rule_kind();
  const auto identity = [&](State desired) {
    return kind->identity(resource_of("any name", std::move(desired)));
  };
  EXPECT_EQ(identity(rule("allow", {{"port", "443,80/tcp"}})),
            identity(rule("deny", {{"port", "80,443"}, {"proto", "tcp"}})));
  EXPECT_EQ(identity(rule("allow", {{"port", "22"}})),
            identity(rule("deny", {{"port", "22"}, {"from", "::/0"}})));
  EXPECT_NE(identity(rule("allow", {{"port", "22"}})),
            identity(rule("allow", {{"port", "22"}, {"direction", "out"}})));
  const Resource unknown = resource_of("r", rule("allow", {{"from", Unknown{"facts of h3"}}}));
  EXPECT_EQ(kind->identity(unknown), kind->Kind::identity(unknown));
}

TEST(FirewallRule, SaysWhatItOpensAndShuts) {
  const auto kind = make_firewall_rule_kind();
  const Change made{.action = Action::Create};
  const Change gone{.action = Action::Delete};
  const Resource allow = resource_of("r", rule("allow", {{"port", "20:25/tcp"}}));
  const Resource deny = resource_of("r", rule("deny", {{"from", "10.0.0.0/8"}}));
  EXPECT_TRUE(kind->effects(allow, made).privileged);
  EXPECT_FALSE(kind->effects(allow, gone).privileged);
  EXPECT_FALSE(kind->effects(deny, made).privileged);
  EXPECT_TRUE(kind->effects(deny, gone).privileged);
}

TEST(FirewallRule, RulesOfOppositeSensesCantBothBeFirst) {
  const auto kind = make_firewall_rule_kind();
  const Links open =
      kind->links(resource_of("a", rule("allow", {{"port", "22"}}, {{"position", "first"}})));
  const Links shut =
      kind->links(resource_of("b", rule("deny", {{"port", "23"}}, {{"position", "first"}})));
  EXPECT_EQ(open.provides.back(), shut.needs.back());
  EXPECT_EQ(shut.provides.back(), open.needs.back());
}

struct WrongRule {
  const char* name;
  State desired;
  const char* message;
};
class FirewallRuleCheck : public testing::TestWithParam<WrongRule> {};

TEST_P(FirewallRuleCheck, RefusesWhatCantBe) {
  const auto errors = make_firewall_rule_kind()->check(resource_of("r", GetParam().desired));
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors[0].message, "firewall_rule 'r'" + std::string(GetParam().message));
  EXPECT_FALSE(errors[0].hint.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, FirewallRuleCheck,
    testing::Values(
        WrongRule{"Nothing", {}, " does nothing"},
        WrongRule{"Two",
                  state({{"allow", state({{"port", "22"}})}, {"deny", state({{"port", "22"}})}}),
                  " says 'allow' and 'deny'"},
        WrongRule{"Which", rule("allow", {}), " doesn't say which traffic"},
        WrongRule{"WhichWay", rule("deny", {{"direction", "out"}, {"log", "all"}}),
                  " doesn't say which traffic"},
        WrongRule{"Port", rule("allow", {{"port", "0/tcp"}}), ": '0' is no port"},
        WrongRule{"PortName", rule("allow", {{"port", "ssh"}}), ": 'ssh' is no port"},
        WrongRule{"PortRange", rule("allow", {{"port", "9:3/tcp"}}), ": '9:3' is no port"},
        WrongRule{"PortInjection", rule("allow", {{"port", "22;reboot"}}),
                  ": '22;reboot' is no port"},
        WrongRule{"ManyPorts", rule("allow", {{"port", "80,443"}}),
                  ": several ports need a protocol"},
        WrongRule{"Protocols", rule("allow", {{"port", "80/tcp"}, {"proto", "udp"}}),
                  ": '80/tcp' does not go with protocol 'udp'"},
        WrongRule{"Portless", rule("allow", {{"port", "80"}, {"proto", "gre"}}),
                  ": protocol 'gre' has no ports"},
        WrongRule{"HostName", rule("allow", {{"from", "web1"}}),
                  ": 'web1' is no address or network"},
        WrongRule{"Families", rule("allow", {{"from", "10.0.0.1"}, {"to", "::1"}}),
                  ": '10.0.0.1' and '::1' are of two address families, or the protocol is not of "
                  "theirs"},
        WrongRule{"Interface", rule("allow", {{"interface", "eth0; x"}}),
                  ": 'eth0; x' is no interface's name"},
        WrongRule{"OutInterface", rule("allow", {{"out_interface", "eth0"}}),
                  ": 'out_interface' is for routed rules only"},
        WrongRule{"AppAndPort", rule("allow", {{"app", "OpenSSH"}, {"port", "22"}}),
                  ": an application profile brings its own ports and protocol"},
        WrongRule{"Comment", rule("allow", {{"port", "22"}}, {{"comment", "it's"}}),
                  ": ufw does not take the comment 'it's'"},
        WrongRule{"CommentLine", rule("allow", {{"port", "22"}}, {{"comment", "a\nb"}}),
                  ": ufw does not take the comment 'a\\nb'"}),
    [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace holdfast
