#include <gtest/gtest.h>

#include "engine/plan/plan.h"
#include "tests/support/fake_kinds.h"

namespace holdfast {
namespace {

const Owner kOurs{"demo", "test", "site", "h1"};

/// A host that remembers /etc/old as ours, and a manifest that says that it is /etc/new now.
class Renamed : public testing::Test {
 protected:
  Renamed() {
    Declaration now;
    now.host = "h1";
    now.owner = kOurs;
    now.resource.kind = "note";
    now.resource.name = "/etc/new";
    now.was = "/etc/old";
    catalog_.declarations = {now};
    catalog_.hosts = {"h1"};
    catalog_.owners = {kOurs};
    ObjectRecord old{.kind = "note", .name = "/etc/old", .address = "note /etc/old"};
    old.owner = kOurs;
    old.created = true;
    remember(old);
  }

  void remember(const ObjectRecord& record) {
    Resource resource;
    resource.kind = record.kind;
    resource.name = record.name;
    state_.objects[kinds_.kind("note")->identity(resource)] = record;
  }

  std::vector<Declaration> gone() const { return orphans(state_, catalog_, "h1", kinds_, false); }

  Registry kinds_ = fake_kinds();
  Catalog catalog_;
  HostState state_;
};

TEST_F(Renamed, TheOldOneGoesWithoutPruneOnceTheNewOneIsThere) {
  const auto old = gone();
  ASSERT_EQ(old.size(), 1U);
  EXPECT_TRUE(goes(old[0], {}));
  EXPECT_EQ(old[0].renamed_to, "note /etc/new");
  ASSERT_EQ(old[0].requires_.size(), 1U);
  EXPECT_EQ(old[0].requires_[0].address, "note /etc/new");
}

TEST_F(Renamed, AnAdoptedOneGoesToo) {
  for (auto& [identity, record] : state_.objects) record.created = false;
  EXPECT_TRUE(goes(gone().at(0), {}));
}

TEST_F(Renamed, AnotherOwnersStays) {
  for (auto& [identity, record] : state_.objects) record.owner.project = "theirs";
  EXPECT_TRUE(gone().empty());
}

TEST_F(Renamed, AnOrphanThatNobodyRenamedWaitsForPrune) {
  catalog_.declarations[0].was.reset();
  const auto old = gone();
  ASSERT_EQ(old.size(), 1U);
  EXPECT_FALSE(goes(old[0], {}));
  PlanOptions prune;
  prune.prune = true;
  EXPECT_TRUE(goes(old[0], prune));
}

}  // namespace
}  // namespace holdfast
