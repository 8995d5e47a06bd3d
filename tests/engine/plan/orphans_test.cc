#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kNothing = "hosts: h1\nresources:\n  - {file: /srv/keep, content: x}\n";

TEST(Orphans, StayUntilTheyArePruned) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - {file: /srv/keep, content: x}\n"
      "  - {file: /srv/a, content: x}\n");
  fleet.settle();
  fleet.manifest(kNothing);
  const Plan plan = fleet.plan();
  EXPECT_THAT(told(plan), IsEmpty());
  EXPECT_THAT(plan.host("h1")->kept_orphans, ElementsAre("file /srv/a"));
  EXPECT_THAT(told(fleet.plan({.prune = true})),
              ElementsAre("h1 delete file /srv/a: no manifest names it any more"));
  fleet.settle({.prune = true});
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/a"), 0U);
  EXPECT_EQ(fleet.state("h1").objects.count("file /srv/a"), 0U);
  EXPECT_THAT(told(fleet.plan({.prune = true})), IsEmpty());
}

TEST(Orphans, ThatWereAdoptedAreNeverDeleted) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - {file: /srv/keep, content: x}\n"
      "  - {file: /srv/a, content: x}\n");
  fleet["h1"].host.files["/srv/a"] = {.content = "y"};
  fleet.settle();
  fleet.manifest(kNothing);
  const Plan plan = fleet.plan({.prune = true});
  EXPECT_THAT(told(plan), IsEmpty());
  EXPECT_THAT(plan.host("h1")->kept_orphans, ElementsAre("file /srv/a"));
}

TEST(Orphans, OfAnotherOwnerAreNotJudged) {
  Fleet fleet("manifest: one\nhosts: h1\nresources:\n  - {file: /srv/a, content: x}\n");
  fleet.settle();
  fleet.manifest("manifest: two\nhosts: h1\nresources:\n  - {file: /srv/keep, content: x}\n");
  EXPECT_THAT(fleet.plan({.prune = true}).host("h1")->kept_orphans, IsEmpty());
  EXPECT_THAT(told(fleet.plan({.prune = true})),
              ElementsAre("h1 create file /srv/keep: does not exist"));
  EXPECT_THAT(told(fleet.plan({.prune = true, .all_manifests = true})),
              ElementsAre("h1 create file /srv/keep: does not exist",
                          "h1 delete file /srv/a: no manifest names it any more"));
}

TEST(Orphans, OfAManifestThatNamesOtherHostsByNowGo) {
  const auto manifests = [](const std::string& hosts) {
    return "manifest: one\nhosts: " + hosts +
           "\nresources:\n  - {file: /srv/a, content: x}\n---\nmanifest: two\nhosts: h1\n"
           "resources:\n  - {file: /srv/keep, content: x}\n";
  };
  Fleet fleet(manifests("web"));
  fleet.settle();
  fleet.manifest(manifests("h2"));
  EXPECT_THAT(fleet.plan().host("h1")->kept_orphans, ElementsAre("file /srv/a"));
  EXPECT_THAT(told(fleet.plan({.prune = true})),
              ElementsAre("h1 delete file /srv/a: no manifest names it any more"));
}

TEST(Orphans, AreNotToldWhereAManifestDoesNotKnowAllNamesYet) {
  const std::string other =
      "---\nmanifest: two\nhosts: h1\nresources:\n  - {file: /srv/keep, content: x}\n";
  Fleet fleet("manifest: one\nhosts: h1\nresources:\n  - {file: /srv/a, content: x}\n" + other);
  fleet.settle();
  fleet.manifest(
      "manifest: one\nhosts: h1\nresources:\n  - file: /srv/{{ item }}\n    content: x\n"
      "    for_each: \"{{ facts.addresses }}\"\n" +
      other);
  const Plan plan = fleet.plan({.prune = true, .all_manifests = true});
  EXPECT_THAT(plan.host("h1")->kept_orphans, IsEmpty());
  for (const Row& row : plan.rows) EXPECT_FALSE(row.changes()) << row.identity;
}

TEST(Orphans, AnotherOwnersObjectIsRefused) {
  Fleet fleet("manifest: one\nhosts: h1\nresources:\n  - {file: /srv/a, content: x}\n");
  fleet.settle();
  fleet.manifest("manifest: two\nhosts: h1\nresources:\n  - {file: /srv/a, content: y}\n");
  const Plan plan = fleet.plan();
  ASSERT_TRUE(plan.rows[0].refused);
  EXPECT_EQ(plan.rows[0].refused->code, Code::OtherOwner);
  EXPECT_EQ(plan.rows[0].refused->message, "h1 file /srv/a belongs to demo/test/one on h1");
  fleet.apply(plan);
  EXPECT_EQ(fleet["h1"].host.files.at("/srv/a").content, "x");
}

TEST(Orphans, GoInTheReverseOfTheOrderTheyWereMadeIn) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/keep, content: x}
  - {file: /srv/a, content: x}
  - {file: /srv/b, content: x, requires: file /srv/a}
  - {file: /srv/c, content: x, requires: file /srv/b}
)");
  fleet.settle();
  fleet.manifest(kNothing);
  const std::string why = ": no manifest names it any more";
  EXPECT_THAT(told(fleet.plan({.prune = true})),
              ElementsAre("h1 delete file /srv/c" + why, "h1 delete file /srv/b" + why,
                          "h1 delete file /srv/a" + why));
}

TEST(Orphans, TheOldNameOfARenamedOneGoes) {
  Fleet fleet(
      "hosts: h1\nresources:\n  - {file: /srv/keep, content: x}\n"
      "  - {file: /srv/a, content: x}\n");
  fleet["h1"].host.files["/srv/a"] = {.content = "y"};
  fleet.settle();
  fleet.manifest(
      "hosts: h1\nresources:\n  - {file: /srv/keep, content: x}\n"
      "  - {file: /srv/b, content: x, was: /srv/a}\n");
  EXPECT_THAT(told(fleet.plan({.prune = true})),
              ElementsAre("h1 create file /srv/b: does not exist",
                          "h1 delete file /srv/a: its name is now file /srv/b"));
}

}  // namespace
}  // namespace holdfast
