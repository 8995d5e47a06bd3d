#include "engine/apply/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::HasSubstr;

constexpr const char* kManifest = "hosts: h1\nresources:\n  - {file: /srv/a, content: one}\n";

TEST(Seal, LeavesTheRecordForACopy) {
  Fleet fleet(kManifest);
  fleet.settle();
  const auto sealed = seal(fleet["h1"], "h1", {});
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(sealed->objects, 1U);
  EXPECT_EQ(sealed->runs, 1);
  EXPECT_FALSE(sealed->before);
  EXPECT_NE(fleet.state("h1").sealed, "");
  EXPECT_TRUE(seal(fleet["h1"], "h1", {})->before);

  fleet["h1"].machine = "copy";
  EXPECT_THAT(told(fleet.plan()), testing::IsEmpty());
  fleet.manifest("hosts: h1\nresources:\n  - {file: /srv/a, content: two}\n");
  fleet.settle();
  EXPECT_EQ(fleet.state("h1").machine, "copy");
  EXPECT_EQ(fleet.state("h1").sealed, "");
}

TEST(Seal, RefusesAHostThatIsNotAtRest) {
  Fleet fleet(kManifest);
  fleet.settle();
  FakeRunner& host = fleet["h1"];
  const std::optional<std::string> before = host.state;
  const auto refused = [&] {
    const auto sealed = seal(host, "h1", {});
    EXPECT_FALSE(sealed);
    EXPECT_FALSE(host.locked);
    return sealed ? Error{} : sealed.error();
  };
  host.open_run = "run-9";
  EXPECT_EQ(refused().code, Code::OpenRun);
  host.open_run.clear();
  host.waiting = {"run-1"};
  EXPECT_THAT(refused().message, HasSubstr("left for later"));
  host.waiting.clear();
  host.pause = Pause{.until = "2031", .who = "ann", .why = "a release"};
  EXPECT_EQ(refused().code, Code::Paused);
  host.pause.reset();
  host.held_by = "12 sleep";
  EXPECT_EQ(refused().code, Code::Locked);
  host.held_by.clear();
  host.machine = "another";
  EXPECT_EQ(refused().code, Code::ForeignState);
  EXPECT_EQ(host.state, before);
  EXPECT_TRUE(host.knows("run-1"));
}

TEST(LeaveHost, LeavesNothingOnceWhatItMadeIsGone) {
  Fleet fleet(kManifest);
  fleet.settle();
  const auto kept = leave_host(fleet["h1"], "h1", {});
  EXPECT_THAT(kept.error().message, HasSubstr("still has what another project"));
  EXPECT_FALSE(fleet["h1"].locked);
  fleet.manifest("hosts: h1\nresources: []\n");
  fleet.settle({.prune = true, .all_manifests = true});
  EXPECT_TRUE(leave_host(fleet["h1"], "h1", {}));
  EXPECT_FALSE(fleet["h1"].state);
}

}  // namespace
}  // namespace holdfast
