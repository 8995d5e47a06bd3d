#include "resources/ufw/way_in.h"

#include <gtest/gtest.h>

#include "tests/resources/make.h"

namespace holdfast {

std::unique_ptr<Collector> make_ufw_collector();
std::unique_ptr<Collector> make_login_collector();
std::unique_ptr<Kind> make_firewall_kind();
std::unique_ptr<Kind> make_firewall_rule_kind();

namespace {

using V = WayIn::Verdict;

Answers answers(const std::string& rules, const char* on = "yes",
                const char* login = "192.0.2.7 50000 192.0.2.80 22") {
  Answers out;
  const std::string stored =
      std::string("file /etc/ufw/ufw.conf\nconf ENABLED=") + on +
      "\nconf LOGLEVEL=low\nconf IPV6=yes\nconf DEFAULT_INPUT_POLICY=\"DROP\"\n" + rules +
      (std::string(on) == "yes" ? "live\n" : "");
  out.set(kUfwStore, make_ufw_collector()->parse({"store"}, stored)->at(0));
  out.set(
      kLogin,
      make_login_collector()->parse({"connection"}, std::string("login ") + login + "\n")->at(0));
  return out;
}

Resource rule(const char* action, State fields, State more = {}, bool absent = false) {
  State desired = std::move(more);
  desired.set(action, std::move(fields));
  Resource out = resource_of("r", std::move(desired), absent);
  out.kind = "firewall_rule";
  return out;
}
Resource firewall(State desired) {
  Resource out = resource_of("ufw", std::move(desired));
  out.kind = "firewall";
  return out;
}

struct Case {
  const char* name;
  std::string rules;
  std::vector<Resource> beside;
  V verdict;
  const char* why = "";
};
class UfwWayIn : public testing::TestWithParam<Case> {};

TEST_P(UfwWayIn, LooksAtWhatIsStoredAndStated) {
  const Case& c = GetParam();
  std::vector<const Resource*> beside;
  for (const Resource& resource : c.beside) beside.push_back(&resource);
  const Answers seen = answers(c.rules);
  const auto got = ufw_way_in({seen, beside});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->verdict, c.verdict) << got->why;
  EXPECT_NE(got->why.find(c.why), std::string::npos) << got->why;
}

constexpr const char* kSsh = "4 ### tuple ### limit tcp 22 0.0.0.0/0 any 0.0.0.0/0 in\n";
constexpr const char* kScanners = "4 ### tuple ### deny any any 0.0.0.0/0 any 192.0.2.0/24 in\n";
constexpr const char* kCard = "4 ### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in_eth0\n";

INSTANTIATE_TEST_SUITE_P(
    Table, UfwWayIn,
    testing::Values(
        Case{"NoRule",
             "",
             {},
             V::Shut,
             "no rule of ufw speaks of it, and what comes in is denied; a firewall_rule that "
             "allows 22/tcp is missing"},
        Case{"Limit", kSsh, {}, V::Open, "limit tcp 22"},
        Case{"DeniedByDefault", "", {firewall({})}, V::Shut},
        Case{"FirstWins", std::string(kScanners) + kSsh, {}, V::Shut, "deny any any"},
        Case{"LaterDeny", std::string(kSsh) + kScanners, {}, V::Open},
        Case{"OtherPort",
             "4 ### tuple ### allow tcp 80,443 0.0.0.0/0 any 0.0.0.0/0 in\n",
             {},
             V::Shut},
        Case{"OtherClient",
             "4 ### tuple ### allow any any 0.0.0.0/0 any 198.51.100.0/24 in\n",
             {},
             V::Shut},
        Case{"IPv6Only", "6 ### tuple ### allow tcp 22 ::/0 any ::/0 in\n", {}, V::Shut},
        Case{"Interface", kCard, {}, V::Unclear, "in_eth0"},
        Case{"Profile",
             "4 ### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 OpenSSH - in\n",
             {},
             V::Open},
        Case{"RuleOfThisPlan", "", {rule("allow", state({{"port", "20:25/tcp"}}))}, V::Open},
        Case{"RuleThatGoes", kSsh, {rule("limit", state({{"port", "22/tcp"}}), {}, true)}, V::Shut},
        Case{"RuleThatChanges", kSsh, {rule("deny", state({{"port", "22/tcp"}}))}, V::Shut},
        Case{"NewRuleGoesLast", kSsh, {rule("deny", state({{"from", "192.0.2.0/24"}}))}, V::Open},
        Case{"NewRuleGoesFirst",
             kSsh,
             {rule("deny", state({{"from", "192.0.2.0/24"}}), state({{"position", "first"}}))},
             V::Shut}),
    [](const auto& p) { return p.param.name; });

TEST(UfwWayIn, PoliciesAndWhatIsOff) {
  const std::vector<const Resource*> nothing;
  const Answers off = answers("", "no");
  EXPECT_FALSE(ufw_way_in({off, nothing}));
  const Resource on = firewall(state({{"enabled", true}}));
  const Resource open = firewall(state({{"enabled", true}, {"incoming", "allow"}}));
  const std::vector<const Resource*> turned_on = {&on};
  const std::vector<const Resource*> opened = {&open};
  EXPECT_EQ(ufw_way_in({off, turned_on})->verdict, V::Shut);
  EXPECT_EQ(ufw_way_in({off, opened})->verdict, V::Open);
  const Answers local = answers("", "yes", "");
  EXPECT_FALSE(ufw_way_in({local, nothing}));
  const Answers six = answers("6 ### tuple ### allow tcp 22 ::/0 any ::/0 in\n", "yes",
                              "2001:db8::7 50000 2001:db8::80 22");
  EXPECT_EQ(ufw_way_in({six, nothing})->verdict, V::Open);
  const Answers mapped = answers(kSsh, "yes", "::ffff:192.0.2.7 50000 ::ffff:192.0.2.80 22");
  EXPECT_EQ(ufw_way_in({mapped, nothing})->login, "192.0.2.7 to port 22");
}

TEST(UfwWayIn, KindsSpeakOfItWhereTheyHaveASay) {
  const auto kind = make_firewall_rule_kind();
  const Answers seen = answers(kSsh);
  const Resource web = rule("allow", state({{"port", "80/tcp"}}));
  const Resource deny = rule("deny", state({{"port", "22/tcp"}}));
  const std::vector<const Resource*> beside = {&web, &deny};
  const Change made{.action = Action::Create};
  EXPECT_FALSE(kind->way_in(web, made, {seen, beside}));
  EXPECT_EQ(kind->way_in(deny, made, {seen, beside})->verdict, V::Shut);
  const auto all = make_firewall_kind();
  const Resource logs = firewall(state({{"logging", "off"}}));
  EXPECT_FALSE(all->way_in(logs, {.attributes = {{"logging", "low", "off"}}}, {seen, beside}));
  EXPECT_TRUE(all->way_in(logs, {.attributes = {{"incoming", "allow", "deny"}}}, {seen, beside}));
  EXPECT_TRUE(all->way_in(logs, {.attributes = {{"ipv6", false, true}}}, {seen, beside}));
}

TEST(LoginCollector, ReadsWhatSshdSays) {
  const auto values = make_login_collector()->parse(
      {"connection", "interface"}, "login 192.0.2.7 50000 192.0.2.80 2222\ninterface eth0\n");
  ASSERT_TRUE(values);
  Answers seen;
  seen.set(kLogin, values->at(0));
  seen.set(kLoginInterface, values->at(1));
  EXPECT_EQ(login_of(seen, kLogin)->text(), "192.0.2.7 to port 2222");
  EXPECT_EQ(login_of(seen, kLogin)->interface, "");
  EXPECT_EQ(login_of(seen, kLoginInterface)->interface, "eth0");
  for (const char* none : {"login \n", "", "login a b c d\n", "login 192.0.2.7 1 192.0.2.80 x\n"}) {
    EXPECT_TRUE(make_login_collector()->parse({"connection"}, none)->at(0).is_null()) << none;
  }
}

}  // namespace
}  // namespace holdfast
