#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/observe/program.h"
#include "engine/observe/remote_host.h"
#include "resources/registry.h"
#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

using testing::HasSubstr;

const Registry& registry() {
  static const Registry kRegistry = all_kinds();
  return kRegistry;
}

Record record(const std::string& tag, const std::string& payload, int status = 0) {
  Record out;
  out.tag = tag;
  out.status = status;
  out.payload = payload;
  return out;
}

TEST(Observation, AsksEachThingOnce) {
  const Observation observation(registry(),
                                {{"stat", "/b"}, {"group", "adm"}, {"stat", "/a"}, {"stat", "/b"}});
  EXPECT_EQ(observation.payload(), "machine\x1F" + own_process() +
                                       "\x1F\x1Estate\x1F\x1Egroup\x1F"
                                       "adm\x1F\x1Estat\x1F/a\x1F/b\x1F\x1E");
}

TEST(Observation, WhatHasASeparatorInItIsUnknown) {
  Observation observation(registry(), {{"stat", "/a\x1F"}, {"stat", "/b\x1E"}});
  EXPECT_EQ(observation.payload(), Observation(registry(), {}).payload());
  ASSERT_TRUE(observation.take(record("machine", "")));
  ASSERT_TRUE(observation.take(record("state", "")));
  const auto seen = observation.finish();
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->answers.at({"stat", "/a\x1F"}).is_unknown());
  EXPECT_TRUE(seen->answers.at({"stat", "/b\x1E"}).is_unknown());
}

/// What the program answers here, run by `shell`, and what parts words after it. @param more  What
/// comes after the program.
std::string answers_of(const std::string& shell, const std::string& payload,
                       const std::string& more = {}) {
  const TempFolder folder;
  const std::string program = folder.write("program", observe_program(registry()) + more);
  return run_program(
      "exec 9>&1; exec $2 -c 'hf_left=$1; hf_record() { printf \"HF %s %s\\n\" \"$1\" \"$3\" >&9; "
      "}; . \"$0\"; hf_observe; echo \"<$IFS>\" >&9' \"$1\" \"$3\"",
      {program, shell, std::to_string(payload.size())}, payload);
}

/// Questions that are large enough to be asked beside each other, and a small one.
std::vector<Query> many_files(int count) {
  std::vector<Query> out{{"group", "root"}};
  for (int i = 0; i < count; ++i) {
    const std::string path = "/usr/bin/nothing-" + std::to_string(i);
    out.insert(out.end(), {{"stat", path}, {"digest", path}});
  }
  return out;
}

TEST(Observation, AsksTheLargestQuestionsBesideEachOther) {
  const std::string payload = Observation(registry(), many_files(600)).payload();
  EXPECT_THAT(payload, HasSubstr("state\x1F\x1E+digest\x1F"));
  EXPECT_THAT(payload, HasSubstr("\x1Egroup\x1Froot\x1F"));
}

TEST(Observation, WhatIsTooMuchForOneProgramIsAskedInParts) {
  for (const char* shell : {"sh", "bash", "busybox sh"}) {
    Observation observation(registry(), many_files(9000));
    const std::string answers = answers_of(shell, observation.payload());
    const auto count = [&](const std::string& text) {
      std::size_t out = 0;
      for (auto at = answers.find(text); at != std::string::npos; at = answers.find(text, at + 1)) {
        ++out;
      }
      return out;
    };
    EXPECT_EQ(count("HF digest s aaa"), 3U) << shell;
    EXPECT_EQ(count("HF stat errors"), 3U) << shell;
    EXPECT_EQ(count("'/usr/bin/nothing-"), 9000U) << shell;
  }
}

TEST(Observation, KeysOfAnyBytesReachTheirCollector) {
  std::string odd = "/nowhere ' \" $(id) * \\ \n\t";
  for (int byte = 1; byte < 0x100; ++byte) {
    if (byte != kUnitSeparator && byte != kRecordSeparator) odd += static_cast<char>(byte);
  }
  const std::string payload = encode({{"echo", {"", odd, "*", ""}}});
  for (const char* shell : {"sh", "bash", "busybox sh"}) {
    const std::string answers = answers_of(shell, payload, "hf_more() { printf '<%s>' \"$@\"; }\n");
    EXPECT_EQ(answers, "HF echo <><" + odd + "><*><>\n< \t\n>\nstatus 0\n") << shell;
  }
}

TEST(Observation, TheHostAnswersBothInTheirOrder) {
  for (const char* shell : {"sh", "busybox sh"}) {
    const std::string answers =
        answers_of(shell, Observation(registry(), many_files(600)).payload());
    const auto digest = answers.find("HF digest");
    const auto stat = answers.find("HF stat ");
    const auto group = answers.find("HF group");
    ASSERT_NE(group, std::string::npos) << answers.substr(0, 2000);
    EXPECT_LT(digest, stat) << shell;
    EXPECT_LT(stat, group) << shell;
    EXPECT_THAT(answers, HasSubstr("HF digest s " + std::string(600, 'a'))) << shell;
  }
}

TEST(Observation, ReadsTheMachineAndItsRecord) {
  Observation observation(registry(), {});
  ASSERT_TRUE(observation.take(
      record("machine",
             "machine abc\nboot b1\nroot yes\nflock no\nopen run-7\nholder {\"id\": \"x\"}\n")));
  ASSERT_TRUE(observation.take(record("state", state_json({.machine = "abc", .objects = {}}))));
  const auto seen = observation.finish();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->machine_id, "abc");
  EXPECT_EQ(seen->boot_id, "b1");
  EXPECT_TRUE(seen->root);
  EXPECT_FALSE(seen->can_lock);
  EXPECT_EQ(seen->open_run, "run-7");
  EXPECT_EQ(seen->holder, "{\"id\": \"x\"}");
  ASSERT_TRUE(seen->state && *seen->state);
  EXPECT_EQ((*seen->state)->machine, "abc");
}

TEST(Observation, TellsWhoWorksOnTheOpenRunAndWhatTheHostDidAlone) {
  const auto seen = [](const std::string& held) {
    Observation observation(registry(), {});
    EXPECT_TRUE(observation.take(record(
        "machine", "open run-7\nholder {}\nheld " + held + "\nalone run-6 guard rolled-back\n")));
    EXPECT_TRUE(observation.take(record("state", "")));
    return *observation.finish();
  };
  EXPECT_EQ(seen("run").holder, "{}");
  EXPECT_FALSE(seen("run").guarded);
  EXPECT_TRUE(seen("guard").guarded);
  EXPECT_EQ(seen("nobody").holder, "");
  ASSERT_EQ(seen("nobody").alone.size(), 1U);
  EXPECT_EQ(seen("nobody").alone[0].run, "run-6");
  EXPECT_EQ(seen("nobody").alone[0].by, "guard");
  EXPECT_EQ(seen("nobody").alone[0].status, "rolled-back");
}

TEST(Observation, TellsTheHeadOfTheChainOfRuns) {
  const auto seen = [](const std::string& text) {
    Observation observation(registry(), {});
    EXPECT_TRUE(observation.take(record("machine", text)));
    EXPECT_TRUE(observation.take(record("state", "")));
    return observation.finish()->chain;
  };
  const std::string head(64, 'a');
  EXPECT_EQ(seen("chain 3 " + head + "\n"), (ChainHead{3, head}));
  EXPECT_EQ(seen("chain 3 x\n"), ChainHead{});
  EXPECT_EQ(seen(""), ChainHead{});
}

TEST(Observation, TellsWhetherTheRunWorksThereItselfAndWhatWaits) {
  const auto seen = [](const std::string& said) {
    Observation observation(registry(), {});
    EXPECT_TRUE(observation.take(record("machine", said)));
    EXPECT_TRUE(observation.take(record("state", "")));
    return *observation.finish();
  };
  EXPECT_FALSE(seen("machine abc\n").own);
  EXPECT_EQ(seen("own 17 4711\n").own, (ProcessId{"17", "4711"}));
  EXPECT_EQ(seen("own - -\n").own, ProcessId{});
  EXPECT_EQ(seen("later run-1\nlater run-2\n").later, (std::vector<std::string>{"run-1", "run-2"}));
}

TEST(Observation, TellsWhetherThereIsASystemd) {
  const auto seen = [](const std::string& said) {
    Observation observation(registry(), {});
    EXPECT_TRUE(observation.take(record("machine", said)));
    EXPECT_TRUE(observation.take(record("state", "")));
    return observation.finish()->systemd;
  };
  EXPECT_TRUE(seen("machine abc\n"));
  EXPECT_FALSE(seen("machine abc\nsystemd no\n"));
}

TEST(Observation, TheHostSaysThatItHasNoSystemd) {
  const TempFolder folder;
  const std::string program = folder.write("program", observe_program(registry()));
  for (const char* shell : {"sh", "busybox sh"}) {
    const std::string answer =
        run_program("$2 -c '. \"$0\"; hf_c_machine' \"$1\"", {program, shell});
    const bool there = std::filesystem::is_directory("/run/systemd/system");
    EXPECT_THAT(answer, HasSubstr("boot ")) << shell;
    EXPECT_EQ(answer.find("systemd no\n") == std::string::npos, there) << shell << answer;
  }
}

TEST(Observation, AnswersAreTheirCollectors) {
  Observation observation(registry(), {{"group", "adm"}, {"group", "none"}});
  ASSERT_TRUE(observation.take(record("machine", "")));
  ASSERT_TRUE(observation.take(record("state", "")));
  ASSERT_TRUE(observation.take(record("group", "adm:x:4:bob\nend")));
  const auto seen = observation.finish();
  ASSERT_TRUE(seen);
  EXPECT_FALSE(seen->state.has_value());
  EXPECT_TRUE(seen->answers.at({"group", "adm"}).is_map());
  EXPECT_TRUE(seen->answers.at({"group", "none"}).is_null());
  EXPECT_TRUE(seen->answers.at({"group", "never asked"}).is_unknown());
}

TEST(Observation, WhatRunsCodeIsUnknownWhereItMayNot) {
  Observation observation(registry(), {{"guard", "exec test -e /a"}});
  ASSERT_TRUE(observation.take(record("machine", "")));
  ASSERT_TRUE(observation.take(record("state", "")));
  ASSERT_TRUE(observation.take(record("guard", "", 127)));
  const auto seen = observation.finish();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->answers.at({"guard", "exec test -e /a"}).as_unknown().cause, "needs trust");
}

TEST(Observation, RefusesAnswersThatAreMissingCutShortOrUnasked) {
  Observation observation(registry(), {{"group", "adm"}});
  EXPECT_THAT(observation.take(record("state", "")).error().message, HasSubstr("nobody asked"));
  ASSERT_TRUE(observation.take(record("machine", "")));
  ASSERT_TRUE(observation.take(record("state", "")));
  EXPECT_THAT(observation.finish().error().message, HasSubstr("no answer of 'group'"));
  Record cut = record("group", "adm:x:4:");
  cut.truncated = true;
  EXPECT_THAT(observation.take(cut).error().message, HasSubstr("too long"));
}

}  // namespace
}  // namespace holdfast
