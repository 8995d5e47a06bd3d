#include <gtest/gtest.h>

#include "engine/core/kind.h"
#include "engine/plan/diff.h"
#include "tests/resources/make.h"
#include "tests/resources/ufw.h"

namespace holdfast {

std::unique_ptr<Kind> make_firewall_kind();

namespace {

std::string stored(const char* enabled, bool live, const char* input = "DROP") {
  return std::string("file /etc/ufw/ufw.conf\nfile /etc/default/ufw\nconf ENABLED=") + enabled +
         "\nconf LOGLEVEL=low\nconf IPV6=yes\nconf DEFAULT_INPUT_POLICY=\"" + input +
         "\"\nconf DEFAULT_OUTPUT_POLICY=\"ACCEPT\"\nconf DEFAULT_FORWARD_POLICY=\"DROP\"\n" +
         (live ? "live\n" : "");
}

struct FirewallCase {
  const char* name;
  State desired;
  std::string output;
  const char* steps;
  bool privileged = false;
};
class FirewallPlan : public testing::TestWithParam<FirewallCase> {};

TEST_P(FirewallPlan, ChangesOnlyWhatDiffers) {
  const FirewallCase& c = GetParam();
  const auto kind = make_firewall_kind();
  const Resource resource = resource_of("ufw", c.desired);
  EXPECT_TRUE(kind->check(resource).empty());
  const auto seen = kind->read(resource, ufw_answers(c.output));
  ASSERT_TRUE(seen) << seen.error().message;
  const Change change = diff(*kind, resource, *seen);
  const bool quiet = change.action == Action::None;
  EXPECT_EQ(forward_text(quiet ? std::vector<PhasedStep>{} : kind->steps(resource, change)),
            c.steps);
  EXPECT_EQ(!quiet && kind->effects(resource, change).privileged, c.privileged);
}

INSTANTIATE_TEST_SUITE_P(
    Table, FirewallPlan,
    testing::Values(
        FirewallCase{"Converged",
                     state({{"enabled", true}, {"incoming", "deny"}, {"logging", "low"}}),
                     stored("yes", true), ""},
        FirewallCase{"On", state({{"enabled", true}, {"incoming", "deny"}}), stored("no", false),
                     "0 ufw '[\"keep-ssh\"]' '[\"enable\"]'\n"},
        FirewallCase{"StoredAsOnButNotThere", state({{"enabled", true}}), stored("yes", false),
                     "0 ufw '[\"keep-ssh\"]' '[\"enable\"]'\n"},
        FirewallCase{"OnWithoutLookingAtSsh", state({{"enabled", true}, {"keep_ssh", false}}),
                     stored("no", false), "0 ufw '[\"enable\"]'\n"},
        FirewallCase{"Off", state({{"enabled", false}}), stored("yes", true),
                     "0 ufw '[\"disable\"]'\n", true},
        FirewallCase{
            "Policies",
            state({{"enabled", true},
                   {"incoming", "reject"},
                   {"outgoing", "deny"},
                   {"routed", "deny"},
                   {"logging", "off"},
                   {"ipv6", false}}),
            stored("yes", true),
            "0 ufw '[\"ipv6\",\"no\"]' '[\"default\",\"incoming\",\"reject\"]' "
            "'[\"default\",\"outgoing\",\"deny\"]' '[\"logging\",\"off\"]' '[\"keep-ssh\"]'\n"},
        FirewallCase{"Opened", state({{"incoming", "allow"}}), stored("yes", true),
                     "0 ufw '[\"default\",\"incoming\",\"allow\"]' '[\"keep-ssh\"]'\n", true},
        FirewallCase{
            "NotInstalledYet", state({{"enabled", true}, {"incoming", "deny"}}),
            "missing /etc/ufw/ufw.conf\n",
            "0 ufw '[\"default\",\"incoming\",\"deny\"]' '[\"keep-ssh\"]' '[\"enable\"]'\n"}),
    [](const auto& p) { return p.param.name; });

TEST(Firewall, KeepsWhatItsBatchCanPutBack) {
  const auto kind = make_firewall_kind();
  const Resource resource = resource_of("ufw", state({{"enabled", true}}));
  const auto steps = kind->steps(resource, diff(*kind, resource, std::nullopt));
  const holdfast::Run& run = std::get<holdfast::Run>(steps.at(0).step);
  EXPECT_FALSE(run.capture.empty());
  EXPECT_EQ(run.undo_operands, run.operands);
  EXPECT_EQ(std::get<Argv>(run.undo).back(), "undo");
  EXPECT_TRUE(run.joinable);
}

TEST(Firewall, GoesAfterItsRulesAndKnowsOneName) {
  const auto kind = make_firewall_kind();
  EXPECT_EQ(kind->links(resource_of("ufw")).needs,
            (std::vector<std::string>{"package:ufw", "ufw:rule"}));
  EXPECT_EQ(kind->check(resource_of("nft")).size(), 1U);
}

TEST(UfwCollector, TellsWhatItMayNotReadAndWhatItCantRead) {
  const auto hidden = make_ufw_collector()->parse({"store"}, "unreadable /etc/ufw/user.rules\n");
  ASSERT_TRUE(hidden);
  EXPECT_EQ(hidden->at(0).as_unknown().cause, "needs root");
  const auto garbled = make_ufw_collector()->parse({"store"}, "sed: no\n");
  ASSERT_FALSE(garbled);
  EXPECT_EQ(garbled.error().code, Code::AnswerUnreadable);
}

}  // namespace
}  // namespace holdfast
