// Runs the real library in a real sh, in a folder of its own: who has a host's lock, and which run
// is the open one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/shells.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::string_view audit_sh();
std::string_view journal_sh();
std::string_view keep_sh();
std::string_view undo_sh();

namespace {

using testing::MatchesRegex;

class JournalShell : public testing::TestWithParam<const char*> {
 protected:
  /// What `script` prints after the library.
  std::string sh(const std::string& script) const {
    const std::string program = folder_.write(
        "program", std::string(undo_sh()) + std::string(journal_sh()) + std::string(keep_sh()) +
                       std::string(audit_sh()) + "hf_home=" + home_.path() +
                       "\nhf_sync_places() { :; }\nhf_tell() { :; }\n" + script);
    const std::string output = folder_.path() + "/output";
    const std::string command = std::string(GetParam()) + " " + program + " >" + output + " 2>&1";
    EXPECT_EQ(std::system(command.c_str()) & 0x7f, 0);  // NOLINT: a test's own program
    std::ifstream in(output);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void SetUp() override { ASSERT_EQ(geteuid(), 0U) << "only root takes the lock"; }

  TempFolder home_{0700};
  TempFolder folder_;
};

TEST_P(JournalShell, AHolderShowsItselfAndLeavesNothing) {
  EXPECT_EQ(sh("hf_take_lock 30 'ann, since noon' && hf_lock_holders; hf_drop_lock\n"
               "hf_lock_holders; ls $hf_home; cat $hf_home/lock; pgrep -P $$"),
            "ann, since noonlock\n");
}

TEST_P(JournalShell, WhatAHolderLeftBehindIsNamed) {
  EXPECT_THAT(sh("hf_take_lock 30 ann || exit\nsleep 5 >/dev/null &\nlater=$!\nhf_lock_holders\n"
                 "hf_drop_lock; hf_lock_holders; kill $later"),
              MatchesRegex("ann[0-9]+ sleep\n"));
}

TEST_P(JournalShell, TheProgramOfARunIsKnownByItsPath) {
  EXPECT_EQ(sh("mkdir -p $hf_home/runs/one; ln -s runs/one $hf_home/secrets\n"
               "echo 'run one' >$hf_home/runs/one/meta.json\n"
               "echo \"exec 8>>$hf_home/lock; flock 8; echo; sleep 1; :\" "
               ">$hf_home/runs/one/rollback.sh\n"
               "cp $hf_home/runs/one/rollback.sh $hf_home/runs/one/guard.sh\n"
               "named() { read -r _ <$hf_home/told; hf_lock_holders; kill $!; }\n"
               "mkfifo $hf_home/told; cd $hf_home/runs/one\n"
               "sh rollback.sh >$hf_home/told & named\n"
               "sh $hf_home/secrets/guard.sh >$hf_home/told & named"),
            "run one\nrun one\n");
}

TEST_P(JournalShell, AnOpenRunSpeaksForWhoeverWorksOnIt) {
  EXPECT_EQ(sh("mkdir -p $hf_home/runs/one; ln -s runs/one $hf_home/armed\n"
               "echo 'run one' >$hf_home/runs/one/meta.json\n"
               "is() { until [ \"$(hf_lock_holders)\" = \"$1\" ]; do :; done; echo \"$1\"; }\n"
               "hf_take_lock 30 ann || exit; is ann; hf_end_lock_watch; is 'run one'\n"
               "hf_show_holder; is ann; hf_drop_lock"),
            "ann\nrun one\nann\n");
}

/// Run one was cut off; run two is about to go on from it.
constexpr const char* kTwoRuns =
    "mkdir -p $hf_home/runs/one/undo $hf_home/runs/two $hf_home/live\n"
    "ln -s runs/one $hf_home/armed\n"
    "echo open >$hf_home/runs/one/meta.json\n"
    "hf_id=two hf_run=$hf_home/runs/two hf_live=$hf_home/live hf_instead=one\n"
    "hf_instead_meta='stopped\n'\n"
    "told() { readlink $hf_home/armed; cat $hf_home/runs/one/meta.json; }\n";

TEST_P(JournalShell, ARunTakesThePlaceOfTheOneThatItGoesOnFrom) {
  EXPECT_EQ(sh(std::string(kTwoRuns) + "hf_arm two && told"), "runs/two\nstopped\n");
}

TEST_P(JournalShell, WhereItCannotBeginAfterAllTheOtherOneIsOpenAgain) {
  EXPECT_EQ(sh(std::string(kTwoRuns) + "hf_arm two && hf_abandon_run; told; ls $hf_home/runs"),
            "runs/one\nstopped\none\n");
}

TEST_P(JournalShell, WhereTheEndCannotBeWrittenTheOtherOneStaysOpen) {
  EXPECT_EQ(sh(std::string(kTwoRuns) + "echo 'format 2' >$hf_home/chain\n"
                                       "hf_arm two || readlink $hf_home/armed"),
            "runs/one\n");
}

INSTANTIATE_TEST_SUITE_P(Shells, JournalShell, testing::ValuesIn(shells()), shell_name);

}  // namespace
}  // namespace holdfast
