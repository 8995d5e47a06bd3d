#include <gtest/gtest.h>

#include "engine/core/kind.h"
#include "engine/plan/diff.h"
#include "tests/resources/make.h"

namespace holdfast {

std::unique_ptr<Kind> make_command_kind();

namespace {

Value status(int code) {
  ValueMap map;
  map.set("status", code);
  return map;
}

struct GuardCase {
  const char* name;
  State guards;
  std::vector<std::pair<Query, Value>> answers;
  bool runs;
};
class CommandGuard : public testing::TestWithParam<GuardCase> {};

TEST_P(CommandGuard, DecidesWhetherItRuns) {
  const auto kind = make_command_kind();
  Resource resource = resource_of("make x", GetParam().guards);
  resource.desired.set("argv", ValueList{"make", "x y"});
  EXPECT_TRUE(kind->check(resource).empty());
  Answers answers;
  for (const auto& [query, answer] : GetParam().answers) answers.set(query, answer);
  for (const Query& query : kind->queries(resource)) EXPECT_TRUE(answers.all().count(query) == 1);
  const auto seen = kind->read(resource, answers);
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(diff(*kind, resource, *seen).action != Action::None, GetParam().runs);
}

const Query kTest{"guard", "exec env test -e /x"};
const Value kArgv = ValueList{"test", "-e", "/x"};

INSTANTIATE_TEST_SUITE_P(
    Table, CommandGuard,
    testing::Values(
        GuardCase{"CreatesMissing", state({{"creates", "/x"}}), {{{"stat", "/x"}, {}}}, true},
        GuardCase{
            "CreatesThere", state({{"creates", "/x"}}), {{{"stat", "/x"}, ValueMap{}}}, false},
        GuardCase{"CreatesHidden",
                  state({{"creates", "/x"}}),
                  {{{"stat", "/x"}, Unknown{"needs root"}}},
                  true},
        GuardCase{"UnlessSucceeds", state({{"unless", kArgv}}), {{kTest, status(0)}}, false},
        GuardCase{"UnlessFails", state({{"unless", kArgv}}), {{kTest, status(1)}}, true},
        GuardCase{"OnlyIfSucceeds", state({{"only_if", kArgv}}), {{kTest, status(0)}}, true},
        GuardCase{"OnlyIfFails", state({{"only_if", kArgv}}), {{kTest, status(3)}}, false},
        GuardCase{
            "NeedsTrust", state({{"only_if", kArgv}}), {{kTest, Unknown{"needs trust"}}}, true},
        GuardCase{"OneGuardIsEnough",
                  state({{"creates", "/y"}, {"unless", kArgv}}),
                  {{{"stat", "/y"}, {}}, {kTest, status(0)}},
                  false},
        GuardCase{"Always", state({{"always", true}}), {}, true}),
    [](const auto& p) { return p.param.name; });

TEST(Command, QuotesAGuardWordByWord) {
  const auto kind = make_command_kind();
  ValueMap environment;
  environment.set("A", "b c");
  const Resource resource =
      resource_of("x", state({{"argv", ValueList{"true"}},
                              {"unless", ValueList{"grep", "-q", "a'b; $(reboot)", "/etc/x"}},
                              {"user", "bob"},
                              {"directory", "/srv/a b"},
                              {"environment", environment}}));
  EXPECT_EQ(kind->queries(resource).at(0).key,
            "exec env 'A=b c' runuser -u bob -- sh -c 'cd -P -- \"$1\" && shift && exec \"$@\"' sh "
            "'/srv/a b' grep -q 'a'\\''b; $(reboot)' /etc/x");
}

TEST(Command, RunsAsStatedAndGoesBackAsStated) {
  const auto kind = make_command_kind();
  ValueMap environment;
  environment.set("A", "1");
  const Resource resource = resource_of("x", state({{"argv", ValueList{"/opt/make", "x"}},
                                                    {"always", true},
                                                    {"undo", ValueList{"/opt/unmake", "x"}},
                                                    {"user", "bob"},
                                                    {"directory", "/srv"},
                                                    {"environment", environment},
                                                    {"input", Secret("s")},
                                                    {"success", ValueList{0, 3}}}));
  EXPECT_TRUE(kind->check(resource).empty());
  const auto steps = kind->steps(resource, {});
  EXPECT_EQ(forward_text(steps), "0 /opt/make x\n");
  EXPECT_EQ(back_text(steps), "/opt/unmake x\n");
  const holdfast::Run& run = std::get<holdfast::Run>(steps.at(0).step);
  EXPECT_EQ(run.user, "bob");
  EXPECT_EQ(run.directory, "/srv");
  EXPECT_EQ(run.environment.at(0).second, "1");
  EXPECT_TRUE(run.input.is_secret());
  EXPECT_EQ(run.success, (std::vector<int>{0, 3}));
  EXPECT_TRUE(kind->effects(resource, {}).irreversible.empty());
  EXPECT_EQ(
      kind->links(resource).needs,
      (std::vector<std::string>{"user:bob", "path:/srv", "path:/opt/make", "path:/opt/unmake"}));
}

TEST(Command, ShellTextIsSaidToBeIrreversible) {
  const auto kind = make_command_kind();
  const Resource resource = resource_of("x", state({{"shell", "a | b"}, {"always", true}}));
  const auto steps = kind->steps(resource, {});
  EXPECT_EQ(forward_text(steps), "0 sh -c 'a | b'\n");
  EXPECT_EQ(back_text(steps), "never: the manifest gives no undo for it\n");
  EXPECT_EQ(kind->effects(resource, {}).irreversible.size(), 1U);
}

struct WrongCommand {
  const char* name;
  State desired;
  const char* message;
};
class CommandCheck : public testing::TestWithParam<WrongCommand> {};

TEST_P(CommandCheck, RefusesWhatCantBe) {
  const auto errors = make_command_kind()->check(resource_of("x", GetParam().desired));
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors[0].message, GetParam().message);
}

ValueMap named(const char* name, Value value) {
  ValueMap map;
  map.set(name, std::move(value));
  return map;
}

INSTANTIATE_TEST_SUITE_P(
    Table, CommandCheck,
    testing::Values(
        WrongCommand{"NoGuard", state({{"argv", ValueList{"a"}}}),
                     "command 'x' has no guard, so every apply would run it"},
        WrongCommand{"AlwaysAndGuard",
                     state({{"argv", ValueList{"a"}}, {"always", true}, {"creates", "/x"}}),
                     "command 'x' has a guard and always: true"},
        WrongCommand{"Nothing", state({{"always", true}}), "command 'x' has nothing to run"},
        WrongCommand{"Both", state({{"argv", ValueList{"a"}}, {"shell", "a"}, {"always", true}}),
                     "command 'x' has both argv and shell"},
        WrongCommand{"EmptyArgv", state({{"argv", ValueList{}}, {"always", true}}),
                     "command 'x' has an empty 'argv'"},
        WrongCommand{"SecretArgument",
                     state({{"argv", ValueList{"a", Secret("s")}}, {"always", true}}),
                     "'argv' of command 'x' holds a secret"},
        WrongCommand{"SecretVariable",
                     state({{"argv", ValueList{"a"}},
                            {"always", true},
                            {"environment", named("TOKEN", Secret("s"))}}),
                     "'environment' of command 'x' holds a secret"},
        WrongCommand{
            "Variable",
            state({{"argv", ValueList{"a"}}, {"always", true}, {"environment", named("A B", "s")}}),
            "command 'x' sets 'A B', which no variable can be called"}),
    [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace holdfast
