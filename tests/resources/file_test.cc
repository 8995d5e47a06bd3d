#include <gtest/gtest.h>

#include "engine/plan/diff.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_file_kind();

namespace {

const Query kFileStat{"stat", "/etc/a"};
const Query kFileDigest{"digest", "/etc/a"};

class FilePlan : public testing::TestWithParam<KindCase> {};

TEST_P(FilePlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_file_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "/etc/a", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, FilePlan,
    testing::Values(
        KindCase{
            "Converged",
            state({{"content", "new"}, {"owner", "bob"}, {"mode", "0600"}}),
            {{kFileStat, stat_answer("file", "0600", "bob")}, {kFileDigest, digest_answer("new")}},
            ""},
        KindCase{"NewWithDefaults",
                 state({{"content", "new"}}),
                 {{kFileStat, {}}, {kFileDigest, {}}},
                 "write /etc/a root:root 0644 'new' if absent\n",
                 "",
                 "does not exist"},
        KindCase{"NewSecretIsPrivate",
                 state({{"content", Secret("pw")}}),
                 {{kFileStat, {}}, {kFileDigest, {}}},
                 "write /etc/a root:root 0600 '(secret)' if absent\n",
                 "",
                 "does not exist"},
        KindCase{"NewAsStated",
                 state({{"content", "new"},
                        {"owner", "bob"},
                        {"mode", "0640"},
                        {"validate", ValueList{"check", "%s"}}}),
                 {{kFileStat, {}}, {kFileDigest, {}}},
                 "write /etc/a bob:root 0640 'new' if absent after check %s\n",
                 "",
                 "does not exist"},
        KindCase{"NewAndEmpty",
                 state({{"mode", "0600"}}),
                 {{kFileStat, {}}},
                 "write /etc/a root:root 0600 '' if absent\n",
                 "",
                 "does not exist"},
        KindCase{
            "NewTextKeepsOwnership",
            state({{"content", "new"}}),
            {{kFileStat, stat_answer("file", "0600", "bob")}, {kFileDigest, digest_answer("old")}},
            "write /etc/a 'new' if file cba0\n",
            "",
            "content differs"},
        KindCase{"ModeOnly",
                 state({{"content", "new"}, {"mode", "0600"}}),
                 {{kFileStat, stat_answer("file", "0644")}, {kFileDigest, digest_answer("new")}},
                 "chmod 0600 /etc/a\n",
                 "",
                 "mode 0644 -> 0600"},
        KindCase{"OwnerThenSetIdMode",
                 state({{"owner", "bob"}, {"mode", "4755"}}),
                 {{kFileStat, stat_answer("file", "4755")}},
                 "chown bob: /etc/a\nchmod 4755 /etc/a\n",
                 "",
                 "owner root -> bob"},
        KindCase{"OwnerByNumber",
                 state({{"owner", "1000"}, {"group", "0"}}),
                 {{kFileStat, stat_answer("file", "0644", "bob")}},
                 ""},
        KindCase{"LinkIsReplaced",
                 state({{"content", "new"}}),
                 {{kFileStat, stat_answer("link", "../x")}, {kFileDigest, {}}},
                 "write /etc/a root:root 0644 'new' if link ../x\n",
                 "",
                 "type link -> file, content is not set"},
        KindCase{"Gone", {}, {{kFileStat, {}}, {kFileDigest, {}}}, "", "", "", true},
        KindCase{"Removed",
                 {},
                 {{kFileStat, stat_answer("file")}, {kFileDigest, digest_answer("old")}},
                 "remove /etc/a if file cba0\n",
                 "",
                 "ensure: absent",
                 true},
        KindCase{"LinkRemoved",
                 {},
                 {{kFileStat, stat_answer("link", "x")}, {kFileDigest, {}}},
                 "remove /etc/a if link x\n",
                 "",
                 "ensure: absent",
                 true}),
    [](const auto& p) { return p.param.name; });

TEST(File, RefusesWhatItWouldDestroy) {
  const auto kind = make_file_kind();
  for (const char* type : {"directory", "fifo", "char", "socket"}) {
    Answers answers;
    answers.set(kFileStat, stat_answer(type));
    const auto read = kind->read(resource_for(*kind, "/etc/a", state({{"content", "x"}})), answers);
    ASSERT_FALSE(read) << type;
    EXPECT_EQ(read.error().code, Code::PathIsOther);
  }
  Answers answers;
  answers.set(kFileStat, stat_answer("link", "x"));
  EXPECT_FALSE(kind->read(resource_for(*kind, "/etc/a", state({{"mode", "0600"}})), answers));
}

TEST(File, WhatCantBeSeenIsUnknown) {
  const auto kind = make_file_kind();
  const Resource resource = resource_for(*kind, "/etc/a", state({{"content", "x"}}));
  Answers answers;
  answers.set(kFileStat, stat_answer("file"));
  answers.set(kFileDigest, Unknown{"needs root"});
  const auto read = kind->read(resource, answers);
  ASSERT_TRUE(read);
  EXPECT_TRUE((*read)->find("content")->is_unknown());
  answers.set(kFileStat, Unknown{"needs root"});
  EXPECT_TRUE((*kind->read(resource, answers))->find("mode")->is_unknown());
}

TEST(File, WhetherOneThatCantBeSeenGoesIsNotKnown) {
  const auto kind = make_file_kind();
  Resource resource = resource_for(*kind, "/etc/a", {}, true);
  Answers answers;
  answers.set(kFileDigest, Unknown{"it changed while it was looked at"});
  for (const Value& stat : {Value(), Value(Unknown{"needs root"})}) {
    answers.set(kFileStat, stat);
    const Change change = diff(*kind, resource, *kind->read(resource, answers));
    ASSERT_EQ(change.attributes.size(), 1U);
    EXPECT_TRUE(change.attributes[0].before.is_unknown());
  }
  answers.set(kFileStat, stat_answer("file"));
  EXPECT_TRUE(diff(*kind, resource, *kind->read(resource, answers)).attributes.empty())
      << "it is there, whatever it holds";
}

TEST(File, ASecretsDigestIsASecret) {
  const auto kind = make_file_kind();
  const Resource resource = resource_for(*kind, "/etc/a", state({{"content", Secret("x")}}));
  EXPECT_TRUE(kind->desired(resource).find("content")->is_secret());
  Answers answers;
  answers.set(kFileStat, stat_answer("file"));
  answers.set(kFileDigest, digest_answer("x"));
  const auto read = kind->read(resource, answers);
  ASSERT_TRUE(read);
  EXPECT_TRUE((*read)->find("content")->is_secret());
  EXPECT_EQ(*(*read)->find("content"), *kind->desired(resource).find("content"));
}

TEST(File, ChecksWhatIsStated) {
  const auto kind = make_file_kind();
  const auto check = [&](const char* name, State desired) {
    return check_text(*kind, resource_for(*kind, name, std::move(desired)));
  };
  EXPECT_EQ(check("/etc/a", state({{"content", "x"}})), "");
  EXPECT_NE(check("etc/a", {}), "");
  EXPECT_NE(check("/", {}), "");
  EXPECT_NE(check("/etc/../shadow", {}), "");
  EXPECT_NE(check("/etc/a", state({{"content", "x"}, {"validate", ValueList{"visudo"}}})), "");
  EXPECT_NE(check("/etc/a", state({{"validate", ValueList{"visudo", "%s"}}})), "");
}

TEST(File, SaysWhatItTouches) {
  const auto kind = make_file_kind();
  const Resource resource =
      resource_for(*kind, "/etc/sudoers.d/x", state({{"content", "x"}, {"owner", "bob"}}));
  const Links links = kind->links(resource);
  EXPECT_EQ(links.provides, std::vector<std::string>{"path:/etc/sudoers.d/x"});
  EXPECT_EQ(links.needs, (std::vector<std::string>{"path:/etc/sudoers.d", "user:bob"}));
  EXPECT_TRUE(kind->effects(resource, {.action = Action::Create}).privileged);
  EXPECT_TRUE(kind->effects(resource, {.action = Action::Delete}).one_way);
  const Resource plain = resource_for(*kind, "/etc/a", state({{"mode", "4755"}}));
  const Change change{.action = Action::Update, .attributes = {{"mode", "0755", "4755"}}};
  EXPECT_TRUE(kind->effects(plain, change).privileged);
  EXPECT_FALSE(kind->effects(plain, {.action = Action::Delete}).one_way);
}

ValueMap two_names() {
  ValueMap stat = stat_answer("file", "0644").as_map();
  stat.set("links", std::int64_t{2});
  return stat;
}

TEST(File, SaysWhatBecomesOfItsOtherNames) {
  const auto kind = make_file_kind();
  Answers answers;
  answers.set(kFileStat, two_names());
  answers.set(kFileDigest, digest_answer("old"));
  const auto effects = [&](const Resource& resource) {
    const auto read = kind->read(resource, answers);
    return kind->effects(resource, diff(*kind, resource, *read));
  };
  const Effects text = effects(resource_for(*kind, "/etc/a", state({{"content", "new"}})));
  EXPECT_EQ(text.brings, std::vector<std::string>{"leaves its other name (a hard link) as it is"});
  EXPECT_EQ(text.irreversible.size(), 1U);
  const Effects gone = effects(resource_for(*kind, "/etc/a", {}, true));
  EXPECT_EQ(gone.irreversible.size(), 1U);
  const Effects mode = effects(resource_for(*kind, "/etc/a", state({{"mode", "0600"}})));
  EXPECT_EQ(mode.brings, std::vector<std::string>{
                             "changes its other name (a hard link) with it: they are one file"});
  EXPECT_TRUE(mode.irreversible.empty());
  answers.set(kFileStat, stat_answer("file", "0644"));
  EXPECT_TRUE(effects(resource_for(*kind, "/etc/a", state({{"content", "new"}}))).brings.empty());
}

}  // namespace
}  // namespace holdfast
