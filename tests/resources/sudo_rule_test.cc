#include <gtest/gtest.h>

#include "engine/manifest/content.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_sudo_rule_kind();

namespace {

constexpr const char* kSudoersPath = "/etc/sudoers.d/deploy";

ValueList list(std::vector<Value> items) { return items; }

/// With what the schema adds where nothing is stated.
State with_defaults(State desired) {
  const std::pair<const char*, Value> defaults[] = {{"hosts", list({"ALL"})},
                                                    {"run_as", list({"root"})},
                                                    {"nopasswd", false},
                                                    {"setenv", false},
                                                    {"noexec", false}};
  for (const auto& [name, value] : defaults) {
    if (desired.find(name) == nullptr) desired.set(name, value);
  }
  return desired;
}

State deploy() {
  return with_defaults(state({{"users", list({"deploy"})}, {"commands", list({"/usr/bin/id"})}}));
}

constexpr const char* kSudoersText = "# Written by holdfast.\ndeploy ALL = (root) /usr/bin/id\n";

Given sudoers_answers(Value stat, Value digest) {
  return file_answers(kSudoersPath, std::move(stat), std::move(digest), "0750");
}

class SudoRulePlan : public testing::TestWithParam<KindCase> {};

TEST_P(SudoRulePlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_sudo_rule_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "deploy", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, SudoRulePlan,
    testing::Values(
        KindCase{"Converged", deploy(),
                 sudoers_answers(stat_answer("file", "0440"), digest_answer(kSudoersText)), ""},
        KindCase{
            "New", deploy(), sudoers_answers({}, {}),
            "write /etc/sudoers.d/deploy root:root 0440 '# Written by holdfast.\\ndeploy ALL = "
            "(root) /usr/bin/id\\n' if absent after visudo -cqf %s\n",
            "", "does not exist"},
        KindCase{
            "WrongMode", deploy(),
            sudoers_answers(stat_answer("file", "0644"), digest_answer(kSudoersText)),
            "write /etc/sudoers.d/deploy root:root 0440 '# Written by holdfast.\\ndeploy ALL = "
            "(root) /usr/bin/id\\n' if file b2fd after visudo -cqf %s\n",
            "", "mode 0644 -> 0440"},
        KindCase{"Removed",
                 {},
                 sudoers_answers(stat_answer("file", "0440"), digest_answer(kSudoersText)),
                 "remove /etc/sudoers.d/deploy if file b2fd\n",
                 "",
                 "ensure: absent",
                 true}),
    [](const auto& p) { return p.param.name; });

std::string sudoers_text(State desired) {
  const auto kind = make_sudo_rule_kind();
  const Value text =
      kind->text(resource_for(*kind, "deploy", with_defaults(std::move(desired))), "content");
  const std::string whole(text.bytes());
  return whole.substr(whole.find('\n') + 1);
}

TEST(SudoRule, SaysAllThatIsStated) {
  EXPECT_EQ(
      sudoers_text(state({{"users", list({"a", "b"})},
                          {"groups", list({"adm"})},
                          {"hosts", list({"h1", "h2"})},
                          {"run_as", list({"bob", "ALL", ":docker"})},
                          {"commands", list({"/bin/ls -l /a,b:c=d", "!/bin/su", "/bin/x \"\""})},
                          {"nopasswd", true},
                          {"setenv", true},
                          {"noexec", true},
                          {"options", list({"!requiretty"})}})),
      "Defaults:a,b !requiretty\nDefaults:%adm !requiretty\n"
      "a, b, %adm h1, h2 = (bob, ALL : docker) NOPASSWD: SETENV: NOEXEC: /bin/ls -l "
      "/a\\,b\\:c\\=d, !/bin/su, /bin/x \"\"\n");
  EXPECT_EQ(
      sudoers_text(state(
          {{"groups", list({"a"})}, {"run_as", list({":docker"})}, {"commands", list({"ALL"})}})),
      "%a ALL = (: docker) ALL\n");
}

TEST(SudoRule, RefusesWhatSudoWouldPassOverOrReadOtherwise) {
  const auto kind = make_sudo_rule_kind();
  const auto said = [&](const char* name, State desired) {
    return check_text(*kind, resource_for(*kind, name, with_defaults(std::move(desired))));
  };
  EXPECT_EQ(said("deploy", deploy()), "");
  for (const char* name : {"a.b", "a~", "../sudoers", "", "a b", "a\n", "-a"}) {
    EXPECT_NE(said(name, deploy()), "") << name;
  }
  const auto with = [&](const char* name, Value value) {
    State out = deploy();
    out.set(name, list({std::move(value)}));
    return said("deploy", out);
  };
  for (const char* user : {"%adm", "!a", "a,b", "a b", "#0", "+net", "a\nb", ""}) {
    EXPECT_NE(with("users", user), "") << user;
    EXPECT_NE(with("groups", user), "") << user;
    EXPECT_NE(with("run_as", user), "") << user;
  }
  for (const char* command : {"ls", "/bin/ls\n/bin/su", "", "NOPASSWD: /bin/ls"}) {
    EXPECT_NE(with("commands", command), "") << command;
  }
  EXPECT_EQ(with("users", "ALL"), "");
  EXPECT_NE(said("deploy", state({{"commands", list({"ALL"})}})).find("for nobody"),
            std::string::npos);
}

TEST(SudoRule, ItsTextIsNotForAManifestToGive) {
  EXPECT_EQ(content_attribute(make_sudo_rule_kind()->schema()), nullptr);
}

TEST(SudoRule, GivingIsPrivilegedAndTakingAwayIsOneWay) {
  const auto kind = make_sudo_rule_kind();
  const Resource resource = resource_for(*kind, "deploy", deploy());
  const Effects made = kind->effects(resource, {.action = Action::Create});
  EXPECT_TRUE(made.privileged);
  EXPECT_FALSE(made.one_way);
  ASSERT_EQ(made.brings.size(), 1U);
  EXPECT_EQ(made.brings[0], "lets deploy run /usr/bin/id as (root)");
  const Effects gone = kind->effects(resource, {.action = Action::Delete, .before = State{}});
  EXPECT_FALSE(gone.privileged);
  EXPECT_TRUE(gone.one_way);
}

}  // namespace
}  // namespace holdfast
