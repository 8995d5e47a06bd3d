// The ways back that need no controller, as the host's own shell runs them, in a folder of their
// own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::string_view undo_sh();
std::string_view keep_sh();
std::string_view session_sh();
std::string_view audit_sh();
std::string_view back_sh();
std::string_view by_hand_sh();
std::string_view journal_sh();
std::string_view cease_sh();

namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kRun = "holdfast-test-run";

constexpr const char* kTells = "echo \"$hf_id $hf_reopen\" >>\"$hf_home/undone\"\n";

/// A finished run with one undo script.
class WaysBack : public testing::Test {
 protected:
  void run(const std::string& id, const std::string& undo) {
    const std::string run = "runs/" + id;
    home_.write(run + "/undo/500000.sh", undo);
    home_.write(run + "/undo.lib", std::string(undo_sh()) + std::string(keep_sh()) +
                                       std::string(session_sh()) + std::string(audit_sh()) +
                                       std::string(back_sh()) + "hf_tell() { :; }\n");
    home_.write(run + "/meta.json", "{\n \"id\": \"" + id +
                                        "\",\n \"status\": \"done\",\n"
                                        " \"ended\": \"\",\n \"by\": \"\"\n}\n");
    home_.write(run + "/number", "1\n");
    home_.write(run + "/rollback.sh", std::string(by_hand_sh()));
    for (const char* folder : {"backup", "acted"}) {
      std::filesystem::create_directories(home_.path() + "/" + run + "/" + folder);
    }
  }
  std::string by_hand(const std::string& id = kRun) {
    return run_program("sh \"$1\"", {home_.path() + "/runs/" + id + "/rollback.sh"});
  }
  /// It has not ended.
  void arm(const std::string& id, const std::string& more = "") {
    home_.write("runs/" + id + "/meta.json", "{\n \"id\": \"" + id +
                                                 "\",\n \"status\": \"open\",\n" + more +
                                                 " \"ended\": \"\",\n \"by\": \"\"\n}\n");
    std::filesystem::create_symlink("runs/" + id, home_.path() + "/armed");
  }
  /// It went on from a second run, and that from a first one.
  void arm_third() {
    for (const char* id : {"first", "second"}) run(id, kTells);
    run(kRun, kTells);
    home_.write("runs/second/instead", "first");
    home_.write(std::string("runs/") + kRun + "/instead", "second");
    arm(kRun);
  }
  std::string status(const std::string& id) const {
    const std::string meta = text("runs/" + id + "/meta.json");
    const std::string key = "\"status\": \"";
    const auto begin = meta.find(key) + key.size();
    return meta.substr(begin, meta.find('"', begin) - begin);
  }
  std::string text(const std::string& name) const {
    return run_program("cat \"$1\"", {home_.path() + "/" + name});
  }

  TempFolder home_;
};

TEST_F(WaysBack, ByHandTakesARunBackAndClosesIt) {
  run(kRun, "echo undone >\"$hf_home/undone\"\n");
  EXPECT_EQ(by_hand(), "status 0\n");
  EXPECT_THAT(text("undone"), HasSubstr("undone\n"));
  EXPECT_THAT(text(std::string("runs/") + kRun + "/meta.json"),
              HasSubstr("\"status\": \"rolled-back\""));
  EXPECT_THAT(text(std::string("runs/") + kRun + "/meta.json"), HasSubstr("\"by\": \"hand\""));
  EXPECT_THAT(text("chain"), HasSubstr(std::string("1 ") + kRun + " "));
}

TEST_F(WaysBack, ByHandSaysWhatItCouldNotTakeBack) {
  run(kRun, "hf_not_undone 500000 '/etc/a was changed'\n");
  EXPECT_EQ(by_hand(), "not undone: /etc/a was changed\nstatus 1\n");
  EXPECT_THAT(text(std::string("runs/") + kRun + "/meta.json"),
              HasSubstr("\"status\": \"half-done\""));
}

TEST_F(WaysBack, ByHandARollbackThatWasCutOffIsCarriedToItsEnd) {
  for (const bool reopen : {false, true}) {
    for (const char* id : {"first", "second"}) run(id, kTells);
    run(kRun, kTells);
    home_.write(std::string("runs/") + kRun + "/targets", "second\nfirst\n");
    arm(kRun, reopen ? " \"reopen\": true,\n" : " \"reopen\": false,\n");
    EXPECT_EQ(by_hand(), "status 0\n");
    const std::string how = reopen ? "yes" : "no";
    EXPECT_THAT(text("undone"), HasSubstr("second " + how + "\nfirst " + how + "\nstatus"));
    EXPECT_EQ(status("first"), "rolled-back");
    EXPECT_EQ(status("second"), "rolled-back");
    EXPECT_EQ(status(kRun), "done");
    EXPECT_FALSE(std::filesystem::exists(home_.path() + "/armed"));
    EXPECT_EQ(by_hand(),
              std::string("run ") + kRun + " took others back, and has ended\nstatus 1\n");
    std::filesystem::remove(home_.path() + "/undone");
  }
}

TEST_F(WaysBack, ByHandWhatARunWentOnFromGoesBackWithIt) {
  arm_third();
  EXPECT_EQ(by_hand(), "status 0\n");
  EXPECT_THAT(text("undone"),
              HasSubstr(std::string(kRun) + " unseen\nsecond unseen\nfirst unseen\nstatus"));
  for (const char* id : {"first", "second", kRun}) EXPECT_EQ(status(id), "rolled-back");
}

TEST_F(WaysBack, ByHandWhatAnEarlierTryHasClosedIsNotTakenBackAgain) {
  arm_third();
  for (const char* id : {kRun, "second"}) {
    const std::string meta = std::string("runs/") + id + "/meta.json";
    home_.write(meta, "{\n \"status\": \"rolled-back\",\n \"ended\": \"\",\n \"by\": \"\"\n}\n");
  }
  EXPECT_EQ(by_hand(), "status 0\n");
  EXPECT_THAT(text("undone"), testing::StartsWith("first unseen\nstatus"));
  EXPECT_FALSE(std::filesystem::exists(home_.path() + "/armed"));
}

TEST_F(WaysBack, ByHandARunThatWasKeptGoesBackByItself) {
  run("first", kTells);
  run(kRun, kTells);
  home_.write(std::string("runs/") + kRun + "/instead", "first");
  EXPECT_EQ(by_hand(), "status 0\n");
  EXPECT_THAT(text("undone"), testing::StartsWith(std::string(kRun) + " no\nstatus"));
}

TEST_F(WaysBack, ByHandDoesNothingWhereAnotherRunHoldsTheLock) {
  run(kRun, "echo undone >\"$hf_home/undone\"\n");
  const std::string said = run_program(
      "exec 7>>\"$1/lock\"; flock 7; exec 7>>\"$1/lock\" 3>&-; "
      "flock \"$1/lock\" sh \"$1/runs/$2/rollback.sh\"",
      {home_.path(), kRun});
  EXPECT_THAT(said, EndsWith("another run holds the lock\nstatus 5\n"));
  EXPECT_FALSE(std::filesystem::exists(home_.path() + "/undone"));
}

TEST_F(WaysBack, EachRunTellsForItselfWhetherTheHostWasBootedSince) {
  // The guard of a rollback takes several runs back in one shell.
  const std::string ask =
      "if hf_was_rebooted; then echo \"$hf_id booted\"; else echo "
      "\"$hf_id same\"; fi\n";
  for (const char* id : {"earlier", "now", "older"}) {
    run(id, ask);
    home_.write(std::string("runs/") + id + "/boot", "another boot\n");
  }
  const std::string said = run_program(
      "cat /proc/sys/kernel/random/boot_id >\"$1/runs/now/boot\"; hf_home=$1; . "
      "\"$1/runs/now/undo.lib\"; hf_say() { :; }\n"
      "for hf_id in earlier now older; do hf_run=$hf_home/runs/$hf_id; hf_rollback; done",
      {home_.path()});
  EXPECT_EQ(said, "earlier booted\nnow same\nolder booted\nstatus 0\n");
}

TEST_F(WaysBack, WhatStillHoldsTheLockIsNamed) {
  const std::string program = std::string(journal_sh()) +
                              "hf_home=$1\n"
                              "( exec 8>>\"$1/lock\"; flock 8; exec sleep 60 ) &\n"
                              "hf_left=$!\n"
                              "until ! flock -n \"$1/lock\" true; do :; done\n"
                              "until [ \"$(hf_lock_holders)\" = \"$hf_left sleep\" ] || ! kill -0 "
                              "$hf_left; do :; done\n"
                              "[ \"$(hf_lock_holders)\" = \"$hf_left sleep\" ] && echo named\n"
                              "kill $hf_left; wait\n"
                              "[ -z \"$(hf_lock_holders)\" ] && echo free";
  EXPECT_EQ(run_program(program, {home_.path()}), "named\nfree\nstatus 0\n");
}

TEST_F(WaysBack, ALookThatIsGivenUpLeavesNoProcess) {
  // A child, one in a pipeline, one whose parent has gone; and one of somebody else's.
  const std::string program =
      std::string(cease_sh()) +
      "hf_may_cease() { :; }\n"
      "setsid sh -c '(sleep 61.1 & echo $! >\"$1/orphan\"); (yes; :) | sleep 61.2 & echo $! "
      ">\"$1/child\"; sleep 61.3; :' sh \"$1\" >/dev/null 2>&1 &\n"
      "hf_looks=$!\n"
      "sleep 61.4 >/dev/null 2>&1 & hf_other=$!\n"
      "until [ -s \"$1/orphan\" ] && [ -s \"$1/child\" ]; do sleep 0.05; done\n"
      "hf_cease $hf_looks && echo ceased\n"
      "wait $hf_looks 2>/dev/null\n"
      "hf_lives() { [ -d /proc/$1 ] && ! grep -q ') Z' /proc/$1/stat; }\n"
      "for hf_id in $(cat \"$1/orphan\" \"$1/child\"); do\n"
      "  hf_n=0; while hf_lives $hf_id && [ $hf_n -lt 100 ]; do sleep 0.05; hf_n=$((hf_n + 1)); "
      "done\n"
      "  hf_lives $hf_id && echo \"$hf_id is left\"\n"
      "done\n"
      "hf_lives $hf_other && echo others live\n"
      "kill $hf_other\n"
      "hf_cease 1 || echo refused; hf_cease '' || echo refused; hf_cease '2 3' || echo refused";
  EXPECT_EQ(run_program(program, {home_.path()}),
            "ceased\nothers live\nrefused\nrefused\nrefused\nstatus 0\n");
}

}  // namespace
}  // namespace holdfast
