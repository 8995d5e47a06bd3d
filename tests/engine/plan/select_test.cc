#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kTagged = R"(
hosts: web
resources:
  - {file: /srv/a, content: x, tags: [one]}
  - {file: /srv/b, content: x, tags: [two], requires: file /srv/a}
  - {file: /srv/c, content: x}
)";

TEST(Select, TagsLeaveInWhatHasThemAndNothingElse) {
  Fleet fleet(kTagged);
  const PlanOptions options{.tags = {"two"}, .judge_orphans = false};
  EXPECT_THAT(told(fleet.plan(options)), ElementsAre("h1 create file /srv/b: does not exist",
                                                     "h2 create file /srv/b: does not exist"));
  fleet.settle(options);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/a"), 0U);
  EXPECT_EQ(fleet["h1"].host.files.count("/srv/b"), 1U);
  EXPECT_EQ(fleet.state("h1").objects.size(), 1U);
}

TEST(Select, ATargetBringsWhatItRestsOn) {
  Fleet fleet(kTagged);
  EXPECT_THAT(told(fleet.plan({.targets = {"h1 file /srv/b"}, .judge_orphans = false})),
              ElementsAre("h1 create file /srv/a: does not exist",
                          "h1 create file /srv/b: does not exist"));
}

TEST(Select, NeverJudgesOrphans) {
  Fleet fleet(kTagged);
  fleet.settle();
  fleet.manifest("hosts: web\nresources:\n  - {file: /srv/a, content: y, tags: [one]}\n");
  const Plan plan = fleet.plan({.tags = {"one"}, .prune = true, .judge_orphans = false});
  EXPECT_THAT(told(plan), ElementsAre("h1 update file /srv/a: content differs",
                                      "h2 update file /srv/a: content differs"));
  EXPECT_THAT(plan.host("h1")->kept_orphans, IsEmpty());
}

TEST(Select, RefusesTagsAndTargetsThatNobodyHas) {
  Fleet fleet(kTagged);
  Diagnostics wrong;
  fleet.plan({.tags = {"tow"}, .targets = {"file /srv/aa"}, .judge_orphans = false}, &wrong);
  ASSERT_EQ(wrong.errors().size(), 2U);
  EXPECT_EQ(wrong.errors()[0].code, Code::UnknownTag);
  EXPECT_THAT(wrong.errors()[0].hint, HasSubstr("two"));
  EXPECT_EQ(wrong.errors()[1].code, Code::UnknownTarget);
  EXPECT_THAT(wrong.errors()[1].hint, HasSubstr("file /srv/a"));
}

}  // namespace
}  // namespace holdfast
