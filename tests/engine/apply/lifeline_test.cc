// Two real shells over one connection to this machine: the first works, the second lives beside it.
#include "engine/apply/lifeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "engine/core/shell_quote.h"
#include "engine/transport/local.h"
#include "tests/support/fake_connection.h"
#include "tests/support/soon.h"

namespace holdfast {

std::string_view session_sh();

namespace {

using testing::HasSubstr;

/// A shell beside which nothing can be opened, as of a host with MaxSessions 1.
class Alone final : public Shell {
 public:
  Result<std::unique_ptr<Shell>> beside() override {
    ++tries;
    return fail(Code::ConnectionLost, "opens no session");
  }
  Result<void> send(std::string_view, std::string_view, Deadline, const Tick&) override {
    return {};
  }
  Result<int> receive(const std::function<void(Record&&)>&, std::size_t, Deadline,
                      const Tick&) override {
    return 0;
  }
  int round_trips() const override { return 0; }
  int tries = 0;
};

TEST(Lifeline, IsDoneWithoutWhereThereIsNoneAndSaysSoOnce) {
  Alone shell;
  Lifeline lifeline(shell, "run");
  EXPECT_TRUE(lifeline.turn());
  EXPECT_TRUE(lifeline.turn());
  EXPECT_EQ(shell.tries, 1);
  const auto trouble = lifeline.take_trouble();
  ASSERT_TRUE(trouble);
  EXPECT_THAT(*trouble, HasSubstr("without a second channel"));
  EXPECT_THAT(*trouble, HasSubstr("opens no session"));
  EXPECT_FALSE(lifeline.take_trouble());
  const auto killed = lifeline.kill("why");
  ASSERT_FALSE(killed);
  EXPECT_EQ(killed.error().code, Code::ConnectionLost);
}

TEST(Lifeline, OfAShellThatEndsIsGivenUp) {
  testing_support::FakeConnection connection(std::deque<testing_support::FakeHost>{{.ends = true}});
  auto shell = Shell::start(connection, {}, soon());
  ASSERT_TRUE(shell);
  Lifeline lifeline(**shell, "run");
  EXPECT_TRUE(lifeline.turn());
  EXPECT_TRUE(lifeline.turn());
  EXPECT_TRUE(lifeline.take_trouble());
}

/// A run's folder in /run, as the journal makes it; needs root, as a run does.
class LiveRun : public testing::Test {
 protected:
  void SetUp() override {
    auto shell = Shell::start(*connection_, {}, soon());
    ASSERT_TRUE(shell);
    shell_ = std::move(*shell);
    auto made = ask("mkdir -p " + folder_ + " && hf_record done $? ''");
    if (!made || made->tag != "done") GTEST_FAIL() << "needs root, to write in /run";
  }
  void TearDown() override { (void)ask("rm -rf " + folder_ + "; rmdir /run/holdfast 2>/dev/null"); }
  Result<Record> ask(const std::string& script) { return shell_->ask(script, {}, soon()); }
  std::string answer(const std::string& script) {
    auto record = ask("hf_record done 0 \"$(" + script + ")\"");
    return record ? record->payload : record.error().message;
  }

  const std::string id_ = "test-" + std::to_string(::getpid());
  const std::string folder_ = "/run/holdfast/" + id_;
  std::unique_ptr<Connection> connection_ = make_local_connection();
  std::unique_ptr<Shell> shell_;
};

TEST_F(LiveRun, BeatsAndLeavesNothingOnceTheFolderIsGone) {
  Lifeline lifeline(*shell_, id_);
  for (int i = 0; i < 500 && answer("cat " + folder_ + "/heartbeat 2>/dev/null").empty(); ++i) {
    ASSERT_TRUE(lifeline.turn());
  }
  EXPECT_EQ(answer("cat " + folder_ + "/heartbeat"), "1");
  EXPECT_FALSE(lifeline.take_trouble());
}

/// Ignores TERM and leaves a child in a process group of its own, whose id lies in the folder.
std::string stubborn(const std::string& folder) {
  return "trap '' TERM; bash -mc 'sleep 63.5 & echo $! >" + folder + "/child'; sleep 64.5";
}

TEST_F(LiveRun, KillsTheActThatRunsWithAllOfItsSession) {
  Lifeline lifeline(*shell_, id_);
  ASSERT_TRUE(lifeline.turn());
  ASSERT_TRUE(shell_->send(std::string(session_sh()) + "hf_live=" + folder_ +
                               "\nhf_in_session 60 sh -c " + shell_quote(stubborn(folder_)) +
                               " </dev/null >/dev/null 2>&1\n"
                               "hf_record done 0 \"$(cat /proc/\"$(cat $hf_live/child)\"/stat "
                               "2>/dev/null | cut -d ' ' -f 3)\"\n",
                           {}, soon()));
  std::string state = "no answer";
  const auto note = [&](Record&& record) { state = record.payload; };
  const auto early = shell_->receive(note, 64, Clock::now() + std::chrono::seconds(1));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Code::DeadlinePassed);
  const auto killed = lifeline.kill("it took too long");
  ASSERT_TRUE(killed) << killed.error().message;
  const auto ended = shell_->receive(note, 64, soon());
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_TRUE(state.empty() || state == "Z") << state;
  EXPECT_EQ(answer("cat " + folder_ + "/killed"), "it took too long");
}

TEST_F(LiveRun, KeepsTheNextActFromItsStartWhereNoneRuns) {
  Lifeline lifeline(*shell_, id_);
  ASSERT_TRUE(lifeline.kill("it took too long"));
  ASSERT_TRUE(ask(std::string(session_sh()) + "hf_live=" + folder_ + "\nhf_in_session 9 touch " +
                  folder_ + "/touched\n"));
  EXPECT_EQ(answer("test -e " + folder_ + "/touched || echo no"), "no");
}

}  // namespace
}  // namespace holdfast
