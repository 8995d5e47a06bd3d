// Runs the real library in a real sh, in a folder of its own: what of the runs on a host stays, and
// what goes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "engine/apply/script.h"
#include "engine/journal/state.h"
#include "tests/support/shells.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::string_view keep_sh();
std::string_view undo_sh();

namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kCanary = "canary-of-this-test";

std::string meta_of(const std::string& id, const std::string& status,
                    std::vector<std::string> objects = {}) {
  RunMeta meta;
  meta.id = id;
  meta.status = status;
  meta.objects = std::move(objects);
  return meta_json(meta);
}

class Keep : public testing::TestWithParam<const char*> {
 protected:
  /// Runs `script` after the library; what it prints.
  std::string sh(const std::string& script) const {
    const std::string program = home_.write(
        "program", std::string(undo_sh()) + std::string(keep_sh()) + "hf_home=" + home_.path() +
                       "\nhf_id=one hf_run=$hf_home/runs/one\nhf_say() { printf '%s %s\\n' \"$1\" "
                       "\"$3\"; }\nhf_time_secrets() { echo \"timer $hf_id $1\"; }\n" +
                       script);
    const std::string output = home_.path() + "/output";
    const std::string command = std::string(GetParam()) + " " + program + " >" + output + " 2>&1";
    EXPECT_EQ(std::system(command.c_str()) & 0x7f, 0);  // NOLINT: a test's own program
    std::string said = text("output");
    fs::remove(program);
    fs::remove(output);
    return said;
  }

  std::string text(const std::string& name) const {
    std::ifstream in(home_.path() + "/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  bool exists(const std::string& name) const {
    return fs::exists(fs::symlink_status(home_.path() + "/" + name));
  }

  /// A run that ended `age` seconds ago and has a way back.
  void run(const std::string& id, int number, int age, const std::string& status = "done") const {
    const std::string folder = "runs/" + id + "/";
    home_.write(folder + "undo/500000.sh", "# open 0 nothing\n:\n");
    home_.write(folder + "backup/state", "", 0600);
    fs::create_directories(home_.path() + "/" + folder + "acted");
    home_.write(folder + "number", std::to_string(number) + "\n");
    home_.write(folder + "ended", std::to_string(std::time(nullptr) - age) + "\n");
    home_.write(folder + "meta.json", meta_of(id, status));
    home_.write(folder + "size", "10\n");
  }

  /// A step of run `one` that acted; what it replaced, if anything.
  void step(int number, const std::string& header, const std::string& backup = "",
            int mode = 0644) const {
    const std::string name = std::to_string(number);
    home_.write("runs/one/undo/" + name + ".sh", header + "\necho undone " + name + "\n", 0600);
    home_.write("runs/one/acted/" + name, "");
    if (!backup.empty()) home_.write("runs/one/backup/" + name, backup, mode);
  }

  std::vector<std::string> ways_back() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(home_.path() + "/runs")) {
      if (fs::exists(entry.path() / "undo")) out.push_back(entry.path().filename());
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  std::string everything() const {
    std::string out;
    for (const auto& entry : fs::recursive_directory_iterator(home_.path())) {
      out += entry.path().string();
      if (!fs::is_regular_file(entry.symlink_status())) continue;
      std::ifstream in(entry.path());
      out += std::string(std::istreambuf_iterator<char>(in), {});
    }
    return out;
  }

  TempFolder home_{0700};
};

TEST_P(Keep, KnowsWhichStepsHoldWhatNotEverybodyMayRead) {
  run("one", 1, 0);
  step(500001, "# mode 0 a private file", "x", 0640);
  step(500002, "# mode 0 a public one", "x", 0644);
  step(500003, "# mode 0 a public one below a private folder", "x", 0644);
  home_.write("runs/one/acted/500003.private", "");
  step(500004, "# open 0 private, but we know the text", "x", 0600);
  step(500005, "# secret 0 public, but it held a secret", "x", 0644);
  step(500006, "# secret 0 nothing was there");
  step(500007, "# input 0 the script knows it");
  step(500008, "# mode 0 a folder");
  home_.write("runs/one/backup/500008/deep/a\nb", "x", 0600);
  step(500009, "# mode 0 a public folder");
  home_.write("runs/one/backup/500009/a\n.\n500002", "x", 0644);
  EXPECT_EQ(sh("hf_find_secrets; echo $hf_secret\n"), "500001 500003 500005 500007 500008\n");
}

TEST_P(Keep, DeletesOldSecretsAndSaysWhatCantBeTakenBackThen) {
  run("one", 1, 0);
  step(500001, "# mode 0 write /etc/private", kCanary, 0600);
  step(500002, "# open 0 write /etc/public", "x");
  step(500003, std::string("# input 500003 key of 'x\\ny'\nprintf '") + kCanary + "'");
  EXPECT_THAT(everything(), HasSubstr(kCanary));
  EXPECT_EQ(sh("hf_drop_secrets || echo failed\n"), "");
  EXPECT_THAT(everything(), Not(HasSubstr(kCanary)));
  EXPECT_EQ(sh("hf_gone\n"), "write /etc/private\nkey of 'x\\ny'\n");
  EXPECT_EQ(sh("hf_drop_secrets || echo failed\n"), "") << "as often as one likes";

  const std::string said = sh("hf_reopen=yes; hf_rollback; echo $?\n");
  EXPECT_THAT(said, HasSubstr("left write /etc/private: its old secrets were deleted"));
  EXPECT_THAT(said, HasSubstr("left key of 'x\\ny': its old secrets were deleted"));
  EXPECT_THAT(said, HasSubstr("undone 500002"));
  EXPECT_THAT(said, testing::EndsWith("1\n"));
}

TEST_P(Keep, WhatClosedAHoleStaysClosedWhenItsSecretIsGone) {
  run("one", 1, 0);
  step(500001, "# input 500001 change a password");
  home_.write("runs/one/acted/500001.done", "");
  sh("hf_drop_secrets\n");
  EXPECT_THAT(sh("hf_reopen=no; hf_rollback; echo $?\n"), HasSubstr("stays \nundo \n0\n"));
}

TEST_P(Keep, OfARunThatWasTakenBackNothingIsLeftToSay) {
  run("one", 1, 0, "rolled-back");
  step(500001, "# mode 0 write /etc/private", kCanary, 0600);
  step(500002, std::string("# input 0 a program\nprintf '") + kCanary + "'");
  sh("hf_drop_secrets\n");
  EXPECT_THAT(everything(), Not(HasSubstr(kCanary)));
  EXPECT_FALSE(exists("runs/one/gone"));
  EXPECT_THAT(sh("hf_rollback; echo $?\n"), testing::EndsWith("0\n"));
}

TEST_P(Keep, SetsATimerWhereThereIsASecretAndNoneWhereThereIsNot) {
  run("one", 1, 0);
  home_.write("runs/one/retention", "7 100 50 1000 100\n");
  EXPECT_EQ(sh("hf_note_end\n"), "");
  EXPECT_FALSE(exists("secrets"));
  step(500001, "# secret 0 x", kCanary);
  EXPECT_EQ(sh("hf_note_end\n"), "timer one 7\n");
  EXPECT_TRUE(exists("secrets/one"));
  EXPECT_EQ(sh("hf_note_end\n"), "")
      << "once for a run, though it ends again when it is taken back";
}

TEST_P(Keep, DeletesNothingBeforeTheEndIsConfirmed) {
  run("one", 1, 0);
  step(500001, "# secret 0 x", kCanary);
  home_.write("runs/one/retention", "0 100 50 1000 100\n");
  EXPECT_EQ(sh("hf_note_end\n"), "timer one 0\n");
  EXPECT_THAT(everything(), HasSubstr(kCanary)) << "who is killed here needs the way back";
  EXPECT_EQ(sh("hf_drop_due_secrets\n"), "") << "no time at all: at once, then";
  EXPECT_THAT(everything(), Not(HasSubstr(kCanary)));
  EXPECT_FALSE(exists("secrets"));
}

TEST_P(Keep, KeepsWhatSomethingThatWasLeftForLaterMayNeed) {
  run("old", 1, 10);
  run("one", 2, 0);
  home_.write("runs/old/later", "process 1 2\n");
  home_.write("runs/one/retention", "3600 1000 1 1000 1\n");
  sh("hf_retain\n");
  EXPECT_THAT(ways_back(), ElementsAre("old", "one"));
  fs::remove(home_.path() + "/runs/old/later");
  sh("hf_retain\n");
  EXPECT_THAT(ways_back(), ElementsAre("one"));

  step(500001, "# secret 0 x", kCanary);
  home_.write("runs/one/retention", "0 1000 1 1000 1\n");
  EXPECT_EQ(sh("hf_note_end\nhf_waits() { :; }\nhf_drop_due_secrets\n"), "timer one 0\n");
  EXPECT_THAT(everything(), HasSubstr(kCanary));
}

TEST_P(Keep, SaysOfAStepWhoseMarkABootLostThatItCantBeTakenBack) {
  run("one", 1, 0, "half-done");
  step(500001, "# mode 0 write /etc/private", kCanary, 0600);
  fs::remove(home_.path() + "/runs/one/acted/500001");
  home_.write("runs/one/boot", "another boot\n");
  sh("hf_drop_secrets\n");
  EXPECT_EQ(sh("hf_gone\n"), "write /etc/private\n");
  EXPECT_THAT(everything(), Not(HasSubstr(kCanary)));
}

TEST_P(Keep, TakesATornTimeForNone) {
  run("one", 1, 0);
  home_.write("runs/one/ended", "17\xff\n");
  home_.write("runs/one/size", "");
  EXPECT_EQ(sh("hf_secrets_due && echo due\nhf_retain\n"), "due\n");
  EXPECT_THAT(ways_back(), ElementsAre("one"));
}

TEST_P(Keep, TakesBackOnceThoughItIsAskedTwice) {
  run("one", 1, 0);
  home_.write("object", "x", 0644);
  for (const char* number : {"500001", "500002"}) {
    const std::string name = number;
    home_.write("runs/one/undo/" + name + ".sh",
                "# open 0 x\nhf_undo_metadata " + name + " \"$hf_home\" object\n");
  }
  const std::string did =
      "cd \"$hf_home\"\n"
      "is() { stat -c '%u:%g %a' object; }\n"
      "for n in 500001 500002; do\n  is >$hf_run/backup/$n\n"
      "  case $n in 500001) chmod 600 object ;; *) chmod 755 object ;; esac\n"
      "  is >>$hf_run/backup/$n\ndone\n";
  const std::string once = "hf_rollback; echo $?; stat -c %a \"$hf_home/object\"\n";
  EXPECT_THAT(sh(did + once), testing::EndsWith("0\n644\n"));
  EXPECT_THAT(sh(once), testing::EndsWith("0\n644\n"))
      << "what the earlier step had set is no stranger's change to the later one";
}

TEST_P(Keep, SweepsAwayWhatAStepPrepared) {
  run("one", 1, 0);
  home_.write(".hf-one-500001/deep/file", "x");
  home_.write(".hf-one-500001-undo/it", "x");
  EXPECT_EQ(sh("cd \"$hf_home\"\nhf_sweep 500001\n"), "");
  EXPECT_FALSE(exists(".hf-one-500001"));
  EXPECT_FALSE(exists(".hf-one-500001-undo"));
}

TEST_P(Keep, DeletesWhatNoTimerDeletedOnceItIsDue) {
  run("one", 1, 100);
  run("two", 2, 0);
  step(500001, "# secret 0 x", kCanary);
  home_.write("runs/one/retention", "200 1000 50 1000 1000\n");
  fs::create_directories(home_.path() + "/secrets");
  fs::create_symlink("../runs/one", home_.path() + "/secrets/one");
  const std::string other =
      "hf_id=two hf_run=$hf_home/runs/two\nhf_drop_due_secrets; echo $hf_id\n";
  EXPECT_EQ(sh(other), "two\n");
  EXPECT_THAT(everything(), HasSubstr(kCanary)) << "not due";
  home_.write("runs/one/retention", "90 1000 50 1000 1000\n");
  EXPECT_EQ(sh(other), "two\n");
  EXPECT_THAT(everything(), Not(HasSubstr(kCanary)));
  EXPECT_FALSE(exists("secrets"));
}

TEST_P(Keep, AClockThatWentBackKeepsNoSecret) {
  run("one", 1, -1000);
  home_.write("runs/one/retention", "200 1000 50 1000 1000\n");
  EXPECT_EQ(sh("hf_secrets_due && echo due\n"), "due\n");
}

TEST_P(Keep, DropsWaysBackByNumberTheOldestFirst) {
  for (int n = 1; n <= 5; ++n) run("run" + std::to_string(n), n, 10);
  run("one", 6, 0);
  home_.write("runs/run2/meta.json", meta_of("run2", "half-done"));
  home_.write("runs/one/retention", "3600 1000 3 1000 1000\n");
  EXPECT_EQ(sh("hf_retain\n"), "");
  EXPECT_THAT(ways_back(), ElementsAre("one", "run2", "run4", "run5"))
      << "what is half done has still a use for it";
  EXPECT_EQ(text("runs/run1/dropped"), "number\n");
  EXPECT_TRUE(exists("runs/run1/meta.json")) << "that it was is still known";
  EXPECT_FALSE(exists("runs/run1/backup"));
}

TEST_P(Keep, DropsWaysBackBySizeButNeverTheNewest) {
  run("old", 1, 10);
  run("one", 2, 0);
  home_.write("runs/one/retention", "3600 1000 50 1 1000\n");
  sh("hf_retain\n");
  EXPECT_THAT(ways_back(), ElementsAre("one"));
  EXPECT_EQ(text("runs/old/dropped"), "size\n");
}

TEST_P(Keep, DropsByAgeAndAtLastTheRecordToo) {
  run("ancient", 1, 5000);
  run("old", 2, 500);
  run("young", 3, 50);
  run("one", 4, 0);
  fs::create_directories(home_.path() + "/secrets");
  fs::create_symlink("../runs/old", home_.path() + "/secrets/old");
  home_.write("runs/one/retention", "3600 100 50 1000 1000\n");
  sh("hf_retain\n");
  EXPECT_THAT(ways_back(), ElementsAre("one", "young"));
  EXPECT_EQ(text("runs/old/dropped"), "age\n");
  EXPECT_FALSE(exists("secrets"));
  EXPECT_TRUE(exists("runs/ancient")) << "its way back first";
  sh("hf_retain\n");
  EXPECT_FALSE(exists("runs/ancient"));
  EXPECT_TRUE(exists("runs/old/meta.json"));
}

TEST_P(Keep, LeavesARunThatIsOpenAloneAndEndsWhatAPowerCutLeft) {
  run("cut", 1, 5000);
  fs::rename(home_.path() + "/runs/cut/undo", home_.path() + "/runs/cut/undo.old");
  run("open", 2, 5000);
  fs::create_symlink("runs/open", home_.path() + "/armed");
  run("one", 3, 0);
  home_.write("runs/one/retention", "3600 100 1 0 100000\n");
  sh("hf_retain\n");
  EXPECT_THAT(ways_back(), ElementsAre("one", "open"));
  EXPECT_FALSE(exists("runs/cut/undo.old"));
  EXPECT_FALSE(exists("runs/cut/backup"));
}

TEST_P(Keep, ARollbackHasNoWayBackAndIsRemembered) {
  run("old", 1, 10);
  run("one", 2, 0);
  home_.write("runs/one/targets", "old\n");
  home_.write("runs/one/retention", "3600 1000 50 1000 1000\n");
  sh("hf_retain\n");
  EXPECT_THAT(ways_back(), ElementsAre("old"));
  EXPECT_TRUE(exists("runs/one/meta.json"));
  EXPECT_FALSE(exists("runs/one/dropped"));
}

TEST_P(Keep, FindsLaterRunsOnTheSameObjects) {
  run("one", 2, 0);
  const auto touched = [&](const std::string& id, int number, const std::string& status,
                           std::vector<std::string> objects) {
    run(id, number, 0);
    home_.write("runs/" + id + "/meta.json", meta_of(id, status, std::move(objects)));
  };
  touched("one", 2, "done", {"file:/etc/a", "file:/etc/\"b\""});
  touched("before", 1, "done", {"file:/etc/a"});
  touched("undone", 3, "rolled-back", {"file:/etc/a"});
  touched("other", 4, "done", {"file:/etc/c"});
  touched("none", 5, "done", {});
  EXPECT_EQ(sh("hf_later_runs\n"), "");
  touched("later", 6, "done", {"file:/etc/c", "file:/etc/\"b\""});
  EXPECT_EQ(sh("hf_later_runs\n"), "later\n");
}

INSTANTIATE_TEST_SUITE_P(Shells, Keep, testing::ValuesIn(shells()), shell_name);

std::string first_line(const Act& act) {
  const std::string script = undo_script(act);
  return script.substr(0, script.find('\n'));
}

TEST(UndoHeader, SaysWhoMayKnowWhatIsKeptInOneLine) {
  const WriteFile write{.path = "/etc/a\n$(x)", .content = Value("x")};
  EXPECT_EQ(first_line({500001, write, {0}, false, 0, Privacy::ByMode}),
            "# mode 0 write '/etc/a\\n$(x)'");
  EXPECT_EQ(first_line({500001, write, {0}, true, 500003, Privacy::Secret}),
            "# secret 500003 write '/etc/a\\n$(x)'");
  const holdfast::Run run{.argv = {"a"}, .undo = Argv{"b"}, .undo_input = Value(Secret("s"))};
  EXPECT_EQ(first_line({500001, run, {0}, false, 0, Privacy::Secret}), "# input 0 a");
  EXPECT_EQ(undo_script({500001, holdfast::Run{.argv = {"a"}}, {0}}), "")
      << "nothing to take back, nothing to say";
}

}  // namespace
}  // namespace holdfast
