#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_symlink_kind();

namespace {

const Query kLinkStat{"stat", "/etc/l"};
const Query kLinkDigest{"digest", "/etc/l"};

class SymlinkPlan : public testing::TestWithParam<KindCase> {};

TEST_P(SymlinkPlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_symlink_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "/etc/l", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, SymlinkPlan,
    testing::Values(
        KindCase{
            "Converged", state({{"target", "a b"}}), {{kLinkStat, stat_answer("link", "a b")}}, ""},
        KindCase{"New",
                 state({{"target", "$(x)"}}),
                 {{kLinkStat, {}}, {kLinkDigest, {}}},
                 "link /etc/l to '$(x)' root:root if absent\n",
                 "",
                 "does not exist"},
        KindCase{"OtherTargetKeepsItsOwner",
                 state({{"target", "new"}}),
                 {{kLinkStat, stat_answer("link", "old", "bob")}},
                 "link /etc/l to new bob:root if link old\n",
                 "",
                 "target old -> new"},
        KindCase{"OwnerOnly",
                 state({{"target", "x"}, {"owner", "bob"}}),
                 {{kLinkStat, stat_answer("link", "x")}},
                 "chown bob: /etc/l\n",
                 "",
                 "owner root -> bob"},
        KindCase{"FileIsReplaced",
                 state({{"target", "x"}}),
                 {{kLinkStat, stat_answer("file")}, {kLinkDigest, digest_answer("old")}},
                 "link /etc/l to x root:root if file cba0\n",
                 "",
                 "type file -> link, target is not x"},
        KindCase{"Removed",
                 {},
                 {{kLinkStat, stat_answer("link", "x")}},
                 "remove /etc/l if link x\n",
                 "",
                 "ensure: absent",
                 true},
        KindCase{"Gone", {}, {{kLinkStat, {}}, {kLinkDigest, {}}}, "", "", "", true}),
    [](const auto& p) { return p.param.name; });

TEST(Symlink, NeitherReplacesAFolderNorRemovesAFile) {
  const auto kind = make_symlink_kind();
  Answers answers;
  answers.set(kLinkStat, stat_answer("directory"));
  EXPECT_FALSE(kind->read(resource_for(*kind, "/etc/l", state({{"target", "x"}})), answers));
  answers.set(kLinkStat, stat_answer("file"));
  EXPECT_FALSE(kind->read(resource_for(*kind, "/etc/l", {}, true), answers));
}

TEST(Symlink, GoesAfterItsTarget) {
  const auto kind = make_symlink_kind();
  const auto needs = [&](const char* target) {
    return kind->links(resource_for(*kind, "/etc/l", state({{"target", target}}))).needs.back();
  };
  EXPECT_EQ(needs("/opt/x"), "path:/opt/x");
  EXPECT_EQ(needs("x"), "path:/etc/x");
  EXPECT_EQ(needs("../usr/./x"), "path:/usr/x");
}

TEST(Symlink, ChecksWhatIsStated) {
  const auto kind = make_symlink_kind();
  const auto check = [&](const char* target) {
    return check_text(*kind, resource_for(*kind, "/etc/l", state({{"target", target}})));
  };
  EXPECT_EQ(check("x"), "");
  EXPECT_NE(check(""), "");
  EXPECT_NE(check("/etc/l"), "");
}

}  // namespace
}  // namespace holdfast
