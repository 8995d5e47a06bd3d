#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_group_kind();

namespace {

const Query kGroup{"group", "ops"};

Value group(int gid, ValueList members = {}) {
  ValueMap out;
  out.set("gid", gid);
  out.set("members", std::move(members));
  return out;
}

class GroupPlan : public testing::TestWithParam<KindCase> {};

TEST_P(GroupPlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_group_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "ops", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GroupPlan,
    testing::Values(
        KindCase{"Converged", state({{"gid", 990}}), {{kGroup, group(990)}}, ""},
        KindCase{"SystemSaysNothingAboutAnOldOne",
                 state({{"system", true}}),
                 {{kGroup, group(1990)}},
                 ""},
        KindCase{
            "New", {}, {{kGroup, {}}}, "groupadd -- ops\n", "drop-group ops\n", "does not exist"},
        KindCase{"NewSystem",
                 state({{"system", true}, {"gid", 990}}),
                 {{kGroup, {}}},
                 "groupadd --system --gid 990 -- ops\n",
                 "drop-group ops\n",
                 "does not exist"},
        KindCase{"Renumbered",
                 state({{"gid", 991}}),
                 {{kGroup, group(990)}},
                 "groupmod --gid 991 -- ops\n",
                 "groupmod --gid 990 -- ops\n",
                 "gid 990 -> 991"},
        KindCase{"Removed",
                 {},
                 {{kGroup, group(990)}},
                 "remember the order of accounts\ngroupdel -- ops\n",
                 "restore-group ops 990\naccount-order '' ops\n",
                 "ensure: absent",
                 true},
        KindCase{"RemovedWithMembers",
                 {},
                 {{kGroup, group(990, {"a", "b"})}},
                 "remember the order of accounts\ngpasswd --members '' ops\ngroupdel -- ops\n",
                 "restore-group ops 990\ngpasswd --members a,b ops\naccount-order '' ops\n",
                 "ensure: absent",
                 true},
        KindCase{"Gone", {}, {{kGroup, {}}}, "", "", "", true}),
    [](const auto& p) { return p.param.name; });

TEST(Group, RefusesWhatIsNoName) {
  const auto kind = make_group_kind();
  for (const char* name : {"", "-x", "a:b", "a b", "1000", "a\nb", "a,b", "ü",
                           "a-name-that-is-much-too-long-for-it"}) {
    EXPECT_NE(check_text(*kind, resource_for(*kind, name, {})), "") << name;
  }
  EXPECT_EQ(check_text(*kind, resource_for(*kind, "ops_2-x", {})), "");
}

TEST(Group, SaysWhatAChangeMeans) {
  const auto kind = make_group_kind();
  EXPECT_TRUE(
      kind->effects(resource_for(*kind, "docker", {}), {.action = Action::Create}).privileged);
  EXPECT_TRUE(kind->effects(resource_for(*kind, "ops", {}), {.action = Action::Delete}).one_way);
  EXPECT_EQ(kind->links(resource_for(*kind, "ops", {})).provides,
            std::vector<std::string>{"group:ops"});
}

}  // namespace
}  // namespace holdfast
