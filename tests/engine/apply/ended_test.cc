#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ChainVerdict verdict(Fleet& fleet, const ChainHead& head) {
  const auto chain = fleet["h1"].chain({});
  return judge_chain(*chain, {{head.number, head.head}});
}

/// Every end of a run is a link, and what the outcome says of the chain is its head.
TEST(RunEnds, AsALinkOfTheHostsChain) {
  Fleet fleet(kOneFile);
  const Outcome applied = fleet.apply();
  const HostOutcome& first = end_of(applied, "h1");
  EXPECT_EQ(first.chain.number, 1);
  EXPECT_EQ(first.machine, fleet["h1"].machine);
  EXPECT_EQ(verdict(fleet, first.chain).word, ChainVerdict::Word::Ok);
  EXPECT_EQ(fleet.plan().host("h1")->chain, first.chain);
  EXPECT_THAT(fleet["h1"].log, ElementsAre(HasSubstr("done by its controller")));
  const auto meta = parse_meta(fleet["h1"].meta_of(first.run));
  EXPECT_EQ(meta->key, "SHA256:key-of-ann");
}

TEST(RunEnds, AgainWhereItIsTakenBack) {
  Fleet fleet(kOneFile);
  fleet.settle();
  const Outcome back = fleet.roll_back();
  const HostOutcome& end = end_of(back, "h1");
  // The run that was taken back, and the one that did so.
  EXPECT_EQ(end.chain.number, 3);
  EXPECT_EQ(verdict(fleet, end.chain).word, ChainVerdict::Word::Ok);
  ASSERT_EQ(end.taken_back.size(), 1U);
  EXPECT_EQ(end.taken_back[0].status, "rolled-back");
  EXPECT_THAT(fleet["h1"].log,
              ElementsAre(HasSubstr("done by its controller"),
                          HasSubstr("rolled-back by run " + end.run + ": rollback"),
                          HasSubstr("done by its controller")));
}

TEST(RunEnds, AsRolledBackWhereItFailed) {
  Fleet fleet(kOneFile);
  const Plan plan = fleet.plan();
  fleet["h1"].fail_after(0);
  const Outcome failed = fleet.apply(plan);
  EXPECT_EQ(end_of(failed, "h1").chain.number, 1);
  EXPECT_THAT(fleet["h1"].log, ElementsAre(HasSubstr("rolled-back by its controller")));
}

TEST(RunEnds, ByWhoeverRecoversIt) {
  Fleet fleet(kOneFile);
  const Plan plan = fleet.plan();
  fleet["h1"].watched = false;
  fleet["h1"].lose_after(0);
  fleet.apply(plan, {.patience = std::chrono::seconds(0)});
  fleet["h1"].reconnect();
  const Outcome back = fleet.roll_back();
  const HostOutcome& end = end_of(back, "h1");
  EXPECT_EQ(end.chain.number, 1);
  EXPECT_EQ(verdict(fleet, end.chain).word, ChainVerdict::Word::Ok);
  ASSERT_EQ(fleet["h1"].log.size(), 1U);
  EXPECT_THAT(fleet["h1"].log[0], HasSubstr("rolled-back by rollback of"));
}

}  // namespace
}  // namespace holdfast
