#include <gtest/gtest.h>

#include "engine/cli/command_line.h"
#include "engine/cli/commands.h"
#include "engine/cli/inventory.h"
#include "engine/report/exit_code.h"
#include "tests/support/in_folder.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

TEST(Limit, LeavesSomeOfTheHostsThatAreNamed) {
  Site site;
  const Inventory inventory = site.inventory();
  const auto left = [&](const std::vector<std::string>& patterns,
                        const std::vector<std::string>& limit) {
    return *limited_hosts(inventory, patterns, limit);
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(left({}, {}), (Names{"h1", "h2", "h3"}));
  EXPECT_EQ(left({}, {"web"}), (Names{"h1", "h2"}));
  EXPECT_EQ(left({"h1", "h3"}, {"web"}), Names{"h1"});
  EXPECT_EQ(left({"all"}, {"h3", "h1"}), (Names{"h1", "h3"})) << "said twice: either";
  EXPECT_EQ(left({"all"}, {"web", "!h1"}), Names{"h2"}) << "but one that takes away takes away";
  EXPECT_EQ(left({"h3"}, {"web"}), Names{});
  EXPECT_FALSE(limited_hosts(inventory, {"h1"}, {"h9"}));
}

struct Named {
  const char* name;
  Command run;
  std::vector<std::string> arguments;
};
class LimitOf : public testing::TestWithParam<Named> {};

/// No host answers: whom a command would have worked on is whom it can't reach.
TEST_P(LimitOf, IsHeeded) {
  Site site("hosts: all\nresources: []\n");
  site.write("inventory.yaml",
             "all:\n  vars: {ansible_host: 127.0.0.1}\n  hosts: {h1: {ansible_port: 1}, "
             "h2: {ansible_port: 2}, h3: {ansible_port: 3}}\n");
  site.write("holdfast.yaml",
             "project: demo\nenvironments:\n  one: {inventory: inventory.yaml, manifests: "
             "[manifests/site.yaml]}\n");
  const InFolder here(site.folder());
  Options options;
  options.arguments = GetParam().arguments;
  options.limit = {"h2"};
  options.yes = true;
  options.pause_for = 60;
  options.history = "none";
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  EXPECT_NE(GetParam().run(options, fake_kinds()), 0);
  const std::string said =
      testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  EXPECT_NE(said.find("127.0.0.1:2: "), std::string::npos) << said;
  EXPECT_EQ(said.find("127.0.0.1:1: "), std::string::npos) << said;
  options.limit = {"h3"};
  options.arguments = {"h1"};
  testing::internal::CaptureStderr();
  EXPECT_NE(GetParam().run(options, fake_kinds()), 0);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("leaves no host of 'h1'"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Commands, LimitOf,
                         testing::Values(Named{"Prepare", prepare_command, {}},
                                         Named{"PrepareSome", prepare_command, {"h1", "h2"}},
                                         Named{"Pause", pause_command, {"all"}},
                                         Named{"Seal", seal_command, {"all"}},
                                         Named{"Retire", retire_command, {"h1", "h2"}}),
                         [](const auto& p) { return p.param.name; });

TEST(Limit, IsNoneOfHostsThatAreGone) {
  Options options;
  options.arguments = {"h9"};
  options.limit = {"h1"};
  options.gone = true;
  EXPECT_EQ(retire_command(options, fake_kinds()), static_cast<int>(Exit::Usage));
}

}  // namespace
}  // namespace holdfast
