// Runs real blocks in a real sh, in a folder of its own: what acts and what takes back, without a
// host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/apply/script.h"
#include "engine/core/hash.h"
#include "engine/core/shell_quote.h"

namespace holdfast {

std::string_view undo_sh();
std::string_view act_sh();
std::string_view session_sh();

namespace {

namespace fs = std::filesystem;

class ActTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/holdfast-act-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
    for (const char* folder : {"run/undo", "run/backup", "run/acted", "live", "etc"})
      fs::create_directories(root_ + "/" + folder);
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string path(const std::string& name) const { return root_ + "/etc/" + name; }

  void put(const std::string& name, const std::string& text, unsigned mode = 0644) {
    std::ofstream(path(name)) << text;
    chmod(path(name).c_str(), mode);
  }

  std::string text(const std::string& name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }

  unsigned mode(const std::string& name) const {
    struct stat s {};
    lstat(path(name).c_str(), &s);
    return s.st_mode & 07777U;
  }

  static Expect file_of(const std::string& bytes) {
    return {Expect::What::File, sha256_hex(bytes)};
  }
  static constexpr auto kAbsent = Expect::What::Absent;

  Block block(std::vector<Step> steps) {
    Block out;
    for (Step& step : steps) {
      const int number = numbering_.next(step);
      out.acts.push_back({number, std::move(step), {0}});
    }
    return out;
  }

  /// Runs `tail` after the library; "ok", or why not.
  std::string sh(const std::string& script, const std::string& payload) {
    const std::string program = root_ + "/program";
    const std::string input = root_ + "/payload";
    const std::string output = root_ + "/output";
    std::ofstream(program) << undo_sh() << session_sh() << act_sh() << "hf_id=T hf_run=" << root_
                           << "/run hf_live=" << root_
                           << "/live\nhf_record() { :; }\nhf_left=" << payload.size()
                           << "\nhf_take() { head -c \"$1\"; hf_left=$((hf_left - $1)); }\n"
                              "\nhf_say() { printf '%s %s\\n' \"$1\" \"$3\"; }\n"
                           << script;
    std::ofstream(input) << payload;
    const std::string command = "cd / && sh " + program + " <" + input + " >" + output + " 2>&1";
    const int status = std::system(command.c_str());  // NOLINT: a test's own program
    std::ifstream in(output);
    const std::string said{std::istreambuf_iterator<char>(in), {}};
    fs::remove(program);
    fs::remove(input);
    fs::remove(output);
    return status == 0 && said.find("left ") == std::string::npos ? "ok" : said;
  }

  /// @param meanwhile  Lines of sh that come before the block.
  std::string act(std::vector<Step> steps, const std::string& meanwhile = {}) {
    const Script script = block_script(block(std::move(steps)));
    return sh(meanwhile + script.text + "hf_block || { echo \"$hf_why\"; exit 1; }\n",
              script.payload);
  }

  std::string undo() { return sh("hf_rollback\n", ""); }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(root_ + "/etc"))
      out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }

  std::string root_;
  Numbering numbering_;
};

TEST_F(ActTest, PutsANewFileAndTakesItBack) {
  ASSERT_EQ(
      act({WriteFile{
          .path = path("a b'$(x)"), .content = "hello\n", .mode = "0640", .expect = {kAbsent}}}),
      "ok");
  EXPECT_EQ(text("a b'$(x)"), "hello\n");
  EXPECT_EQ(mode("a b'$(x)"), 0640U);
  EXPECT_EQ(undo(), "ok");
  EXPECT_THAT(names(), testing::IsEmpty());
  EXPECT_EQ(undo(), "ok") << "an undo may run twice";
}

TEST_F(ActTest, LeavesNothingOfAProgramThatTookTooLong) {
  // It and its child ignore TERM, and the child is in a process group of its own.
  const std::string program =
      "trap '' TERM; bash -mc 'sleep 61.5 & echo $! >\"$0\"' " + path("child") + "; sleep 62.5";
  const std::string said = act({holdfast::Run{.argv = {"sh", "-c", program},
                                              .limit = std::chrono::seconds(1),
                                              .undo = Irreversible{"none"}}});
  EXPECT_THAT(said, testing::HasSubstr("took longer than 1 s and was killed"));
  const std::string child = text("child");
  ASSERT_GT(child.size(), 1U);
  std::ifstream stat("/proc/" + child.substr(0, child.size() - 1) + "/stat");
  std::string id, name, state = "gone";
  stat >> id >> name >> state;
  EXPECT_TRUE(state == "gone" || state == "Z") << state;
}

TEST_F(ActTest, BeginsNothingMoreOnceTheRunMustEnd) {
  std::ofstream(root_ + "/live/killed") << "it took too long\n";
  const std::string said = act({MakeDirectory{.path = path("new")}});
  EXPECT_THAT(said, testing::HasSubstr("killed: it took too long"));
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(ActTest, WritesDownTheSessionOfAProgramBeforeItStarts) {
  ASSERT_EQ(act({holdfast::Run{.argv = {"sh", "-c",
                                        "cat \"$0\"/live/act >\"$0\"/etc/seen; ps -o sid= $$ "
                                        ">\"$0\"/etc/own",
                                        root_},
                               .undo = Irreversible{"none"}}}),
            "ok");
  EXPECT_EQ(std::stol(text("seen")), std::stol(text("own")));
  EXPECT_EQ(fs::file_size(root_ + "/live/act"), 0U) << "over, so there is nothing to end";
}

TEST_F(ActTest, KeepsBytesThatAShellWouldSpoil) {
  const std::string bytes = std::string("\0\1%s\\n\n\n", 8) + "no end";
  ASSERT_EQ(act({WriteFile{.path = path("raw"), .content = bytes, .expect = {kAbsent}}}), "ok");
  EXPECT_EQ(text("raw"), bytes);
}

TEST_F(ActTest, WritesAShortTextOfAnyBytes) {
  std::string bytes("-n %s\\n '\"$(id)`id`");
  for (int byte = 1; byte < 0x100; ++byte) bytes += static_cast<char>(byte);
  const std::string nothing;
  ASSERT_EQ(act({WriteFile{.path = path("text"), .content = bytes, .expect = {kAbsent}},
                 WriteFile{.path = path("nothing"), .content = nothing, .expect = {kAbsent}}}),
            "ok");
  EXPECT_EQ(text("text"), bytes);
  EXPECT_EQ(text("nothing"), nothing);
}

TEST_F(ActTest, NoSecretIsPartOfAScript) {
  const Script script =
      block_script(block({WriteFile{.path = path("a"), .content = Secret("hush")}}));
  EXPECT_EQ(script.text.find("hush"), std::string::npos);
  EXPECT_EQ(script.payload, "hush");
}

TEST_F(ActTest, ReplacesAFileAndBringsTheOldOneBackWhole) {
  put("a", "old", 0600);
  ASSERT_EQ(act({WriteFile{.path = path("a"), .content = "new", .expect = file_of("old")}}), "ok");
  EXPECT_EQ(text("a"), "new");
  EXPECT_EQ(mode("a"), 0600U) << "what is not stated is kept";
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(text("a"), "old");
  EXPECT_EQ(mode("a"), 0600U);
  EXPECT_THAT(names(), testing::ElementsAre("a"));
}

TEST_F(ActTest, TakesTheRootFolderForNoneOfItsOwn) {
  const Script script =
      block_script(block({WriteFile{.path = path("a"), .content = "new", .expect = {kAbsent}}}));
  EXPECT_EQ(sh("hf_cd / || exit\n" + script.text + "hf_block || { echo \"$hf_why\"; exit 1; }\n",
               script.payload),
            "ok");
  EXPECT_EQ(text("a"), "new");
}

TEST_F(ActTest, LeavesOutWhatAFolderThatGivesItsGroupAwayWouldAdd) {
  const std::string me = std::to_string(getuid()), mine = std::to_string(getgid());
  fs::create_directory(path("shared"));
  chmod(path("shared").c_str(), 02777);
  put("shared/a", "old");
  ASSERT_EQ(
      act({MakeDirectory{.path = path("shared/new"), .owner = me, .group = mine, .mode = "0755"},
           WriteFile{.path = path("shared/a"), .content = "new", .expect = file_of("old")},
           SetMode{.path = path("shared"), .mode = "0755"}}),
      "ok");
  EXPECT_EQ(mode("shared/new"), 0755U);
  EXPECT_EQ(mode("shared"), 0755U);
  EXPECT_EQ(text("shared/a"), "new");
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(mode("shared"), 02777U);
  EXPECT_EQ(text("shared/a"), "old");
  EXPECT_FALSE(fs::exists(path("shared/new")));
}

TEST_F(ActTest, StopsWhereTheObjectMoved) {
  put("a", "somebody else's");
  EXPECT_THAT(act({WriteFile{.path = path("a"), .content = "new", .expect = file_of("old")}}),
              testing::HasSubstr("moved: "));
  EXPECT_EQ(text("a"), "somebody else's");
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(text("a"), "somebody else's");
  EXPECT_THAT(names(), testing::ElementsAre("a"));
}

TEST_F(ActTest, StopsWhereOwnerOrModeMoved) {
  put("a", "x", 0600);
  const auto set = [&](const std::string& seen) {
    return SetMode{.path = path("a"), .mode = "0640", .expect = {.mode = seen}};
  };
  EXPECT_THAT(act({set("0644")}), testing::HasSubstr("moved: owner or mode of "));
  EXPECT_EQ(mode("a"), 0600U);
  ASSERT_EQ(act({set("0600")}), "ok");
  EXPECT_EQ(act({set("0600")}), "ok") << "somebody has set what is to be set";
  const auto give = [&](const std::string& seen) {
    return SetOwner{
        .path = path("a"), .owner = "nobody", .group = "65534", .expect = {.owner = seen}};
  };
  EXPECT_THAT(act({give("daemon")}), testing::HasSubstr("moved: "));
  ASSERT_EQ(act({give("root")}), "ok") << "by name";
  EXPECT_EQ(act({give("0")}), "ok") << "by number; it is as it is to be";
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(mode("a"), 0600U);
  ASSERT_EQ(chown(path("a").c_str(), 4'000'000, 4'000'000), 0);
  EXPECT_EQ(act({give("bob")}), "ok") << "the run itself took that account away";
}

TEST_F(ActTest, AFolderWithAFileOfTomorrowGoes) {
  fs::create_directories(path("d"));
  put("d/f", "x");
  fs::last_write_time(path("d/f"), fs::file_time_type::clock::now() + std::chrono::hours(24));
  EXPECT_EQ(act({Remove{.path = path("d"), .expect = {Expect::What::Directory}}}), "ok");
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(ActTest, AFolderThatIsWrittenToWhileItIsKeptStays) {
  fs::create_directories(path("d/e"));
  put("d/e/f", "old");
  EXPECT_THAT(act({Remove{.path = path("d"), .expect = {Expect::What::Directory}}},
                  "hf_sync_kept() { sleep 0.02; echo late >" + path("d/e/new") + "; }\n"),
              testing::HasSubstr("was written to while it was kept"));
  EXPECT_EQ(text("d/e/new"), "late\n");
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(text("d/e/f"), "old");
  EXPECT_THAT(names(), testing::ElementsAre("d"));
}

TEST_F(ActTest, EndsWhatLeftTheSessionOfAnActThatWasKilled) {
  const Script script = block_script(block({holdfast::Run{
      .argv = {"sh", "-c", "setsid sleep 61.25 & echo $! >" + shell_quote(path("child"))}}}));
  const auto run = [&](const std::string& after) {
    return sh("true >\"$hf_live/run\"; exec 6<\"$hf_live/run\"\n" + script.text +
                  "hf_block || exit 1\nhf_end_strays\n" + after,
              script.payload);
  };
  EXPECT_EQ(run("hf_find_started\n"), "ok") << "a daemon that was begun in peace stays";
  EXPECT_EQ(run("true >\"$hf_live/hung\"; hf_end_strays && ! hf_find_started\n"), "ok");
}

TEST_F(ActTest, UndoLeavesALaterHandEdit) {
  put("a", "old");
  ASSERT_EQ(act({WriteFile{.path = path("a"), .content = "new", .expect = file_of("old")}}), "ok");
  put("a", "edited by hand");
  EXPECT_THAT(undo(), testing::HasSubstr("changed by somebody else"));
  EXPECT_EQ(text("a"), "edited by hand");
}

TEST_F(ActTest, ManyActsAreUndoneInReverse) {
  ASSERT_EQ(act({MakeDirectory{.path = path("d"), .mode = "0750"},
                 WriteFile{.path = path("d/x"), .content = "x", .expect = {kAbsent}},
                 MakeDirectory{.path = path("d/e")},
                 WriteFile{.path = path("d/e/y"), .content = Secret("y"), .expect = {kAbsent}},
                 Link{.path = path("l"), .target = "d/x", .expect = {kAbsent}},
                 SetMode{.path = path("d"), .mode = "0700"}}),
            "ok");
  EXPECT_EQ(mode("d"), 0700U);
  EXPECT_EQ(mode("d/e/y"), 0600U) << "a secret's file is for its owner alone";
  EXPECT_EQ(fs::read_symlink(path("l")), "d/x");
  EXPECT_EQ(undo(), "ok");
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(ActTest, RemovesATreeAndBringsItBack) {
  fs::create_directories(path("d/e"));
  put("d/e/f", "deep", 0604);
  ASSERT_EQ(act({Remove{.path = path("d"), .expect = {Expect::What::Directory}}}), "ok");
  EXPECT_THAT(names(), testing::IsEmpty());
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(text("d/e/f"), "deep");
  EXPECT_EQ(mode("d/e/f"), 0604U);
}

TEST_F(ActTest, RefusesABadFileBeforeItGoesLive) {
  put("a", "old");
  EXPECT_THAT(act({WriteFile{
                  .path = path("a"),
                  .content = "bad",
                  .expect = file_of("old"),
                  .validate = {"sh", "-c", "printf '%s! ' seen; cat \"$1\"; exit 3", "x", "%s"}}}),
              testing::HasSubstr("refused by its validate command: exit status 3: seen! bad"));
  EXPECT_EQ(text("a"), "old");
  EXPECT_EQ(undo(), "ok");
  EXPECT_THAT(names(), testing::ElementsAre("a"));
}

TEST_F(ActTest, FollowsNoLinkOfAnotherUser) {
  fs::create_directories(root_ + "/outside");
  fs::create_directory_symlink(root_ + "/outside", path("link"));
  ASSERT_EQ(lchown(path("link").c_str(), 65534, 65534), 0);
  EXPECT_THAT(act({WriteFile{.path = path("link/a"), .content = "x", .expect = {kAbsent}}}),
              testing::HasSubstr("unsafe: "));
  EXPECT_FALSE(fs::exists(root_ + "/outside/a"));
}

TEST_F(ActTest, WorksInAFolderThatAnotherUserOwns) {
  fs::create_directories(path("home"));
  put("home/a", "old");
  ASSERT_EQ(chown(path("home").c_str(), 65534, 65534), 0);
  ASSERT_EQ(act({WriteFile{.path = path("home/a"), .content = "new", .expect = file_of("old")},
                 WriteFile{.path = path("home/b"),
                           .content = "b",
                           .owner = "nobody",
                           .mode = "0600",
                           .expect = {kAbsent}}}),
            "ok");
  EXPECT_EQ(text("home/a"), "new");
  EXPECT_EQ(text("home/b"), "b");
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(text("home/a"), "old");
  EXPECT_FALSE(fs::exists(path("home/b")));
  EXPECT_EQ(std::distance(fs::directory_iterator(path("home")), {}), 1);
}

TEST_F(ActTest, EntersNoFolderThatSomebodyPutInPlaceOfItsOwn) {
  fs::create_directories(path("home"));
  fs::create_directories(root_ + "/outside/private");
  fs::permissions(root_ + "/outside/private", fs::perms::owner_all);
  fs::create_directory_symlink(root_ + "/outside/private", path("home/.hf-T-new"));
  ASSERT_EQ(chown(path("home").c_str(), 65534, 65534), 0);
  ASSERT_EQ(lchown(path("home/.hf-T-new").c_str(), 65534, 65534), 0);
  EXPECT_THAT(act({WriteFile{.path = path("home/a"), .content = "x", .expect = {kAbsent}}}),
              testing::HasSubstr("unsafe: somebody else works in"));
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ + "/outside"), {}), 1);
}

TEST_F(ActTest, SetsOwnerAndModeInAFolderThatAnotherUserOwns) {
  fs::create_directories(path("home/folder"));
  put("home/a", "x", 0600);
  fs::create_symlink(root_ + "/etc/home/a", path("home/link"));
  ASSERT_EQ(chown(path("home").c_str(), 65534, 65534), 0);
  ASSERT_EQ(act({SetMode{.path = path("home/a"), .mode = "0640"},
                 SetOwner{.path = path("home/folder"), .owner = "nobody"},
                 SetMode{.path = path("home/folder"), .mode = "2750"},
                 SetOwner{.path = path("home/link"), .owner = "nobody"},
                 MakeDirectory{.path = path("home/new"), .owner = "nobody", .mode = "0711"}}),
            "ok");
  EXPECT_EQ(mode("home/a"), 0640U);
  EXPECT_EQ(mode("home/folder"), 02750U);
  EXPECT_EQ(mode("home/new"), 0711U);
  struct stat link {};
  lstat(path("home/link").c_str(), &link);
  EXPECT_EQ(link.st_uid, 65534U);
  EXPECT_EQ(std::distance(fs::directory_iterator(path("home")), {}), 4);
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(mode("home/a"), 0600U);
  EXPECT_EQ(mode("home/folder"), 0755U);
  EXPECT_EQ(std::distance(fs::directory_iterator(path("home")), {}), 3);
}

TEST_F(ActTest, AnotherAccountsProgramGetsNeitherTheLockNorTheLine) {
  const Argv argv{"sh", "-c", "! [ -e /proc/self/fd/8 ] && ! [ -e /proc/self/fd/9 ]"};
  holdfast::Run run{.argv = argv, .user = "nobody"};
  run.undo = argv;
  const Script script = block_script(block({run}));
  const std::string open = "exec 8>\"$hf_run/lock\" 9>\"$hf_run/line\"\n";
  EXPECT_EQ(sh(open + script.text + "hf_block || { echo \"$hf_why\"; exit 1; }\n", script.payload),
            "ok");
  EXPECT_EQ(sh(open + "hf_rollback\n", ""), "ok");
}

TEST_F(ActTest, AnUndoThatWasKilledBetweenOwnerAndModeGoesOn) {
  put("a", "x", 04755);
  ASSERT_EQ(act({SetOwner{.path = path("a"), .owner = "nobody"}}), "ok");
  ASSERT_EQ(chown(path("a").c_str(), 0, static_cast<gid_t>(-1)), 0);
  chmod(path("a").c_str(), 0755);
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(mode("a"), 04755U);
}

TEST_F(ActTest, AnUndoThatTookAwayWhatMightReplaceAnythingGoesOn) {
  ASSERT_EQ(act({WriteFile{.path = path("a"), .content = "x"}}), "ok");
  fs::remove(path("a"));
  EXPECT_EQ(undo(), "ok");
}

TEST_F(ActTest, APipeInPlaceOfAFileIsNotWaitedFor) {
  fs::create_directories(path("home"));
  put("home/a", "old");
  ASSERT_EQ(chown(path("home").c_str(), 65534, 65534), 0);
  ASSERT_EQ(mkfifo(path("home/pipe").c_str(), 0600), 0);
  // As it is where the pipe comes after the look at what it is.
  EXPECT_EQ(
      sh("hf_cd " + path("home") + "; [ \"$(hf_digest ./pipe)\" != \"$(hf_digest ./a)\" ]\n", ""),
      "ok");
}

TEST_F(ActTest, RunsAProgramWithInputAndUndoesItByItsCapture) {
  put("n", "1");
  holdfast::Run run{.argv = {"sh", "-c", "cat >" + shell_quote(path("n"))},
                    .input = Secret("2"),
                    .capture = {"cat", path("n")}};
  run.undo = Argv{"sh", "-c", "cp \"$HF_CAPTURE\" " + shell_quote(path("n"))};
  ASSERT_EQ(act({run}), "ok");
  EXPECT_EQ(text("n"), "2");
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(text("n"), "1");
}

TEST_F(ActTest, AProgramThatHangsIsKilledAndReported) {
  EXPECT_THAT(act({holdfast::Run{.argv = {"sleep", "60"}, .limit = std::chrono::seconds(1)}}),
              testing::HasSubstr("took longer than 1 s"));
}

TEST_F(ActTest, LastUndosComeAfterTheFilesAreBack) {
  put("conf", "old");
  holdfast::Run restart{.argv = {"true"}};
  restart.undo = Argv{"cp", path("conf"), path("seen")};
  restart.undo_order = Run::UndoOrder::Last;
  ASSERT_EQ(
      act({WriteFile{.path = path("conf"), .content = "new", .expect = file_of("old")}, restart}),
      "ok");
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(text("seen"), "old");
}

TEST_F(ActTest, TakesBackWhatAPowerCutLeftWithoutItsMark) {
  ASSERT_EQ(act({MakeDirectory{.path = path("d")},
                 WriteFile{.path = path("d/a"), .content = "new", .expect = {kAbsent}}}),
            "ok");
  fs::remove_all(root_ + "/run/acted");
  fs::create_directory(root_ + "/run/acted");
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(text("d/a"), "new") << "in the same boot a step without its mark was not done";
  std::ofstream(root_ + "/run/boot") << "another\n";
  EXPECT_EQ(undo(), "ok");
  EXPECT_THAT(names(), testing::IsEmpty());
}

TEST_F(ActTest, AModeThatWasNotWrittenDownWasNotSet) {
  put("a", "x", 0604);
  ASSERT_EQ(act({SetMode{.path = path("a"), .mode = "0640"}}), "ok");
  chmod(path("a").c_str(), 0604);
  for (const auto& entry : fs::directory_iterator(root_ + "/run/backup"))
    fs::resize_file(entry.path(), 0);
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(mode("a"), 0604U);
}

TEST_F(ActTest, AnUndoThatFailsDoesNotEndTheOthers) {
  put("a", "old");
  holdfast::Run run{.argv = {"true"}};
  run.undo = Argv{"sh", "-c", "echo no way; exit 9"};
  ASSERT_EQ(act({WriteFile{.path = path("a"), .content = "new", .expect = file_of("old")}, run}),
            "ok");
  const std::string said = undo();
  EXPECT_THAT(said, testing::HasSubstr("exit status 9 of the undo: no way"));
  EXPECT_EQ(said.find("no way"), said.rfind("no way")) << "told once, though it is tried again";
  EXPECT_EQ(text("a"), "old");
}

TEST_F(ActTest, AnUndoThatFailsIsTriedAgainAfterTheOthers) {
  put("a", "old");
  holdfast::Run run{.argv = {"true"}};
  run.undo = Argv{"grep", "-q", "old", path("a")};
  holdfast::Run fed = run;
  fed.undo = Argv{"sh", "-c", "grep -q old \"$0\" && cat >\"$1\"", path("a"), path("given")};
  fed.undo_input = Value("what it needs");
  ASSERT_EQ(
      act({WriteFile{.path = path("a"), .content = "new", .expect = file_of("old")}, run, fed}),
      "ok");
  EXPECT_EQ(undo(), "ok");
  EXPECT_EQ(text("given"), "what it needs");
}

TEST_F(ActTest, AnUndoThatHangsIsTriedOnce) {
  holdfast::Run run{.argv = {"true"}, .limit = std::chrono::seconds(1)};
  run.undo = Argv{"sh", "-c", "echo tried >>\"$0\"; exec sleep 60", path("tries")};
  holdfast::Run fed = run;
  fed.undo_input = Value("x");
  ASSERT_EQ(act({run, fed}), "ok");
  const std::string said = undo();
  EXPECT_NE(said.find("exit status 124"), said.rfind("exit status 124")) << said;
  EXPECT_EQ(text("tries"), "tried\ntried\n");
}

}  // namespace
}  // namespace holdfast
