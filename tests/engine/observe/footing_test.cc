#include "engine/observe/footing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "engine/core/text.h"
#include "tests/support/fragment.h"

namespace holdfast {

std::string_view footing_sh();

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Footing, IsReadFromItsLines) {
  const Footing footing = parse_footing(
      "contained yes\nunit runner.service\njob 9 100\njob 8 90\nworker runner.service\n"
      "ends runner.service\nends system.slice\naccount deploy\naccount \nnetwork net.service\n"
      "nonsense\njob 7\n");
  EXPECT_TRUE(footing.contained);
  EXPECT_EQ(footing.unit, "runner.service");
  EXPECT_EQ(footing.worker_of, "runner.service");
  EXPECT_EQ(footing.job, (std::vector<ProcessId>{{"9", "100"}, {"8", "90"}}));
  EXPECT_THAT(footing.units, ElementsAre("runner.service", "system.slice"));
  EXPECT_THAT(footing.accounts, ElementsAre("deploy"));
  EXPECT_THAT(footing.network, ElementsAre("net.service"));
  EXPECT_EQ(parse_footing("unit -\nworker -\n").unit, "");
  EXPECT_EQ(footing_key({"9", "100"}, {"a.service", "b.service"}), "9 100 a.service b.service\n");
}

TEST(Footing, OfThisProcessIsFoundByItsOwnKey) {
  const auto words = split(trim(own_process()), ' ');
  ASSERT_EQ(words.size(), 4U) << own_process();
  EXPECT_EQ(words[2], std::to_string(getpid()));
  const std::string own = "own " + std::string(words[2]) + " " + std::string(words[3]) + "\n";
  const std::string program = std::string(footing_sh()) + "hf_boot=" + std::string(words[1]) +
                              "\nhf_id=$1\nshift\nhf_own \"$@\"\n";
  const auto ask = [&](const std::string& id, const std::string& machine, const std::string& boot,
                       const std::string& process, const std::string& began) {
    return run_program(program, {id, machine, boot, process, began});
  };
  const std::string boot(words[1]), process(words[2]), began(words[3]);
  EXPECT_EQ(ask("m", "m", boot, process, began), own + "status 0\n");
  EXPECT_EQ(ask("m", "-", boot, process, began), own + "status 0\n") << "in a container";
  EXPECT_EQ(ask("m", "m", boot, process, "1"), "own - -\nstatus 0\n") << "not to be seen";
  EXPECT_EQ(ask("m", "-", boot, process, "1"), "status 0\n");
  EXPECT_EQ(ask("other", "m", boot, process, began), "status 0\n") << "a copy's ids differ";
  EXPECT_EQ(ask("m", "m", "another-boot", process, began), "status 0\n");
  EXPECT_EQ(ask("m", "m", boot, "$(id)", began), "status 0\n");
}

/// What hf_walk_up makes of the processes from the run's own one up. Services: runner (its main
/// process 10), sshd's (20) and cron's (30), whose sessions outlive them.
std::string walk(const std::string& processes) {
  const std::string program = std::string(footing_sh()) + R"sh(
systemctl() {
  case $* in
    *runner.service) echo MainPID=10; echo KillMode=process ;;
    *ssh.service) echo MainPID=20; echo KillMode=process ;;
    *group.service) echo MainPID=40; echo KillMode=control-group ;;
    *) echo MainPID=0; echo KillMode=control-group ;;
  esac
}
hf_own_pid=${1%% *}
hf_walk_up <<END
$1
END
echo units$hf_units
)sh";
  return run_program(program, {processes});
}

struct Walk {
  const char* name;
  const char* processes;
  const char* said;
};

class WalkUp : public testing::TestWithParam<Walk> {};

TEST_P(WalkUp, SaysTheJobAndTheUnits) {
  EXPECT_EQ(walk(GetParam().processes), GetParam().said + std::string("status 0\n"));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WalkUp,
    testing::Values(
        Walk{"Worker",
             "14 runner.service 104 - 1000 system.slice\n"
             "13 runner.service 103 Runner.Worker 1000 system.slice\n"
             "12 runner.service 102 - 1000 system.slice\n"
             "10 runner.service 100 - 1000 system.slice",
             "unit runner.service\njob 14 104\njob 13 103\nworker runner.service\n"
             "units runner.service system.slice\n"},
        Walk{"UpToTheMainProcess",
             "14 runner.service 104 - 0 system.slice\n12 runner.service 102 - 0 system.slice\n"
             "10 runner.service 100 - 0 system.slice",
             "unit runner.service\njob 14 104\njob 12 102\nunits runner.service system.slice\n"},
        Walk{"ItIsTheMainProcess", "10 runner.service 100 - 0 system.slice",
             "unit runner.service\njob 10 100\nunits runner.service system.slice\n"},
        Walk{"SessionOfAJob",
             "15 session-2.scope 105 - 0 user.slice user-0.slice\n"
             "13 runner.service 103 - 0 system.slice\n10 runner.service 100 - 0 system.slice",
             "unit session-2.scope\njob 15 105\njob 13 103\n"
             "units session-2.scope user.slice user-0.slice runner.service system.slice\n"},
        Walk{"SessionOfALogin",
             "22 session-2.scope 105 - 0 user.slice\n20 ssh.service 100 - 0 system.slice",
             "unit session-2.scope\njob 22 105\n"
             "units session-2.scope user.slice system.slice\n"},
        Walk{"NoUnit", "50 - 105 - 0", "unit -\njob 50 105\nunits -\n"},
        Walk{"KilledWithItsGroup", "42 group.service 102 - 0\n40 group.service 100 - 0",
             "unit group.service\njob 42 102\nunits group.service\n"}),
    [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace holdfast
