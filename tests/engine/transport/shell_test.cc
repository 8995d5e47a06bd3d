#include "engine/transport/shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/transport/local.h"
#include "tests/support/fake_connection.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::fake_record;
using testing_support::FakeConnection;
using testing_support::FakeFrame;
using testing_support::FakeHost;

Deadline soon() { return Clock::now() + std::chrono::seconds(10); }
Deadline shortly() { return Clock::now() + std::chrono::milliseconds(20); }

std::string honest(const FakeFrame& frame, int index) {
  if (index == 0) return fake_record(frame.nonce, "ready", 0, "");
  return fake_record(frame.nonce, "done", 0, frame.script + frame.payload) +
         fake_record(frame.nonce, "end", 0, "");
}

/// Answers the prelude honestly and everything else by `rest`.
FakeHost after_ready(const std::function<std::string(const FakeFrame&)>& rest) {
  return {.answer = [rest](const FakeFrame& frame, int index) {
    return index == 0 ? honest(frame, 0) : rest(frame);
  }};
}

struct LieCase {
  const char* name;
  FakeHost host;
  Code code;
  const char* message;
};
class LyingHost : public testing::TestWithParam<LieCase> {};

TEST_P(LyingHost, GetsAnErrorWithoutAHang) {
  FakeConnection connection({GetParam().host});
  auto shell = Shell::start(connection, {}, shortly());
  ASSERT_TRUE(shell) << shell.error().message;
  const auto answer = (*shell)->ask("true", "", shortly());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, GetParam().code) << answer.error().message;
  EXPECT_THAT(answer.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Table, LyingHost,
    testing::Values(
        LieCase{"Silent", {}, Code::DeadlinePassed, "did not answer in time"},
        LieCase{"SilentAfterReady", after_ready([](const FakeFrame&) { return ""; }),
                Code::DeadlinePassed, "did not answer in time"},
        LieCase{"OtherNonce", after_ready([](const FakeFrame&) {
                  return fake_record("00000000000000000000000000000000", "end", 0, "");
                }),
                Code::HostAnswerInvalid, "not of this frame"},
        LieCase{"Garbage", after_ready([](const FakeFrame&) { return "\x1b]0;owned\x07 garbage"; }),
                Code::HostAnswerInvalid, "\\x1b]0;owned"},
        LieCase{"Endless",
                {.greeting = std::string(100'000, 'x')},
                Code::HostAnswerInvalid,
                "more than 64 KiB before any answer"},
        LieCase{"HugeLength", after_ready([](const FakeFrame& frame) {
                  return "HF " + frame.nonce + " done 0 4000000000\n";
                }),
                Code::HostAnswerInvalid, "too long"},
        LieCase{"NoLogin",
                {.greeting = "This account is currently not available.\n", .ends = true},
                Code::NoUsableShell,
                "'deploy' has nologin for its login shell, which runs nothing: it ended and said "
                "'This account is currently not available.'"},
        LieCase{"FalseForAShell", {.ends = true}, Code::NoUsableShell, "and said nothing"},
        LieCase{"NoShell",
                {.error = "bash: /bin/sh: No such file or directory\n", .ends = true},
                Code::NoUsableShell,
                "/bin/sh: No such file"}),
    [](const auto& p) { return p.param.name; });

TEST(LyingHost, CantReplayAnEarlierAnswer) {
  std::string earlier;
  FakeConnection connection({after_ready([&](const FakeFrame& frame) {
    if (earlier.empty()) return earlier = honest(frame, 1);
    return earlier;
  })});
  auto shell = Shell::start(connection, {}, soon());
  ASSERT_TRUE(shell);
  ASSERT_TRUE((*shell)->ask("true", "", soon()));
  const auto second = (*shell)->ask("true", "", soon());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::HostAnswerInvalid);
  const auto third = (*shell)->ask("true", "", soon());
  ASSERT_FALSE(third) << "a stream out of step must not be used again";
  EXPECT_EQ(third.error().code, Code::HostAnswerInvalid);
}

struct SudoCase {
  const char* name;
  const char* said;
  const char* hint;
};
class RefusedSudo : public testing::TestWithParam<SudoCase> {};

TEST_P(RefusedSudo, SaysWhatToDo) {
  FakeConnection connection({{.error = GetParam().said, .ends = true}});
  auto shell = Shell::start(connection, {.become = true}, soon());
  ASSERT_TRUE(shell) << shell.error().message;
  const auto answer = (*shell)->ask("true", "", soon());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::EscalationRefused);
  EXPECT_THAT(answer.error().hint, HasSubstr(GetParam().hint));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedSudo,
    testing::Values(SudoCase{"Asks", "sudo: a password is required\n", "--ask-become-pass"},
                    SudoCase{"Tty", "sudo: sorry, you must have a tty to run sudo\n", "requiretty"},
                    SudoCase{"None", "bash: line 1: exec: sudo: not found\n", "install sudo"},
                    SudoCase{"NotAllowed", "Sorry, user deploy is not allowed to execute sudo\n",
                             "sudo -l"},
                    SudoCase{"Quiet", "", "a login shell that runs nothing"}),
    [](const auto& p) { return p.param.name; });

TEST(Sudo, IsNotBlamedForALoginShellThatRunsNothing) {
  FakeConnection connection(
      {{.greeting = "This account is currently not available.\n", .ends = true}});
  auto shell = Shell::start(connection, {.become = true}, soon());
  ASSERT_TRUE(shell) << shell.error().message;
  const auto answer = (*shell)->ask("true", "", soon());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::NoUsableShell);
  EXPECT_THAT(answer.error().message, HasSubstr("has nologin for its login shell"));
  EXPECT_THAT(answer.error().hint, HasSubstr("usermod -s /bin/sh deploy"));
}

TEST(Sudo, IsNotUsedWhereTheUserIsTheOneWanted) {
  FakeConnection connection({{.answer = honest}}, "root");
  auto shell = Shell::start(connection, {.become = true}, soon());
  ASSERT_TRUE(shell);
  EXPECT_THAT(connection.commands.front(), testing::Not(HasSubstr("sudo")));
}

/// sudo -S as a channel: asks on standard error, reads a line, then starts the loop.
class AskingConnection final : public Connection {
 public:
  explicit AskingConnection(bool accepts) : accepts_(accepts) {}
  const Peer& peer() const override { return peer_; }
  Result<std::unique_ptr<Channel>> execute(const std::string& command, Deadline) override;
  Result<std::unique_ptr<Channel>> execute_later(const std::string& command) override {
    return execute(command, {});
  }
  Result<std::unique_ptr<Channel>> tunnel(const std::string&, int, Deadline) override {
    return fail(Code::HostUnreachable, "no tunnels here");
  }
  std::string received;
  std::vector<std::string> commands;
  bool accepts_;

 private:
  Peer peer_{"10.0.0.1:22", "deploy", "", "", ""};
};

std::string word_after(const std::string& command, const std::string& before) {
  const std::size_t start = command.find(before) + before.size();
  return command.substr(start, command.find(' ', start) - start);
}

class AskingChannel final : public Channel {
 public:
  AskingChannel(AskingConnection& owner, const std::string& command)
      : owner_(owner), fake_({.answer = honest}) {
    if (command.find("sudo -n") != std::string::npos) {
      error_ = "sudo: a password is required\n";
      ended_ = true;
    } else {
      prompt_ = word_after(command, "-p ");
      mark_ = word_after(command, "echo ");
      error_ = prompt_;
    }
  }
  Result<void> write(std::string_view bytes, Deadline deadline) override {
    if (ended_) return fail(Code::ConnectionLost, "closed");
    if (granted_) return fake_.write(bytes, deadline);
    owner_.received += bytes;
    if (owner_.received.back() != '\n') return {};
    granted_ = owner_.accepts_;
    if (granted_) pending_ = mark_ + "\n";
    if (!granted_) error_ += "Sorry, try again.\n" + prompt_;
    return {};
  }
  Result<std::size_t> read(char* buffer, std::size_t size, Deadline deadline) override {
    if (ended_) return std::size_t{0};
    if (pending_.empty()) return fake_.read(buffer, size, deadline);
    const std::size_t count = pending_.copy(buffer, size);
    pending_.clear();
    return count;
  }
  std::string error_tail() const override { return error_; }
  void close_input() override {}

 private:
  AskingConnection& owner_;
  testing_support::FakeChannel fake_;
  std::string prompt_, mark_, error_, pending_;
  bool granted_ = false;
  bool ended_ = false;
};

Result<std::unique_ptr<Channel>> AskingConnection::execute(const std::string& command, Deadline) {
  commands.push_back(command);
  return std::unique_ptr<Channel>(std::make_unique<AskingChannel>(*this, command));
}

TEST(Sudo, GetsThePasswordOnStandardInputOnly) {
  AskingConnection connection(true);
  auto shell = Shell::start(connection, {.become = true, .password = Secret("s3cret")}, soon());
  ASSERT_TRUE(shell) << shell.error().message;
  const auto answer = (*shell)->ask("hello", "", soon());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->payload, "hello");
  EXPECT_EQ(connection.received, "s3cret\n");
  EXPECT_THAT(connection.commands.back(), testing::Not(HasSubstr("s3cret")));
}

TEST(Sudo, IsAskedForOnlyWhenSudoWantsItAndLosesNoFrame) {
  AskingConnection connection(true);
  int asked = 0;
  const AskSecret ask = [&](const std::string&) -> Result<Secret> {
    ++asked;
    return Secret("s3cret");
  };
  auto shell = Shell::start(connection, {.become = true, .ask_password = ask}, soon());
  ASSERT_TRUE(shell);
  EXPECT_EQ(asked, 0);
  ASSERT_TRUE((*shell)->send("one", "1", soon()));
  ASSERT_TRUE((*shell)->send("two", "2", soon()));
  std::vector<std::string> seen;
  const auto note = [&](Record&& record) { seen.push_back(record.payload); };
  ASSERT_TRUE((*shell)->receive(note, 100, soon()));
  ASSERT_TRUE((*shell)->receive(note, 100, soon()));
  EXPECT_EQ(asked, 1);
  EXPECT_THAT(seen, ElementsAre("one1", "two2"));
  EXPECT_THAT(connection.commands, ElementsAre(HasSubstr("sudo -n"), HasSubstr("sudo -S")));
}

TEST(Sudo, StopsAtAWrongPassword) {
  AskingConnection connection(false);
  const auto shell =
      Shell::start(connection, {.become = true, .password = Secret("wrong")}, soon());
  ASSERT_FALSE(shell);
  EXPECT_EQ(shell.error().code, Code::EscalationRefused);
  EXPECT_EQ(connection.received, "wrong\n") << "nothing may follow a password that was refused";
}

/// Starts programs as an account with another login shell would, and with another sh behind it.
class OtherShells final : public Connection {
 public:
  OtherShells(std::string login, std::string inner)
      : login_(std::move(login)), inner_(std::move(inner)) {}
  const Peer& peer() const override { return local_->peer(); }
  Result<std::unique_ptr<Channel>> execute(const std::string& command, Deadline deadline) override {
    std::string line = command;
    if (!inner_.empty()) line.replace(line.find("/bin/sh"), 7, inner_);
    // Quoted for the plain sh that starts the login shell, as sshd gives it the line whole.
    std::string quoted = "'";
    for (const char c : line) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return local_->execute(login_ + " -c " + quoted + "'", deadline);
  }
  Result<std::unique_ptr<Channel>> execute_later(const std::string& command) override {
    return execute(command, {});
  }
  Result<std::unique_ptr<Channel>> tunnel(const std::string& host, int port, Deadline d) override {
    return local_->tunnel(host, port, d);
  }

 private:
  std::unique_ptr<Connection> local_ = make_local_connection();
  std::string login_;
  std::string inner_;
};

struct ShellCase {
  const char* name;
  const char* login;
  const char* inner;
};
class RealShell : public testing::TestWithParam<ShellCase> {
 protected:
  void SetUp() override {
    connection_ = std::make_unique<OtherShells>(GetParam().login, GetParam().inner);
    auto shell = Shell::start(*connection_, {}, soon());
    ASSERT_TRUE(shell) << shell.error().message;
    shell_ = std::move(*shell);
  }
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Shell> shell_;
};

TEST_P(RealShell, AnswersInOneRoundTrip) {
  const auto answer = shell_->ask("hf_record done 7 \"$(umask) $LC_ALL $PATH\"", "", soon());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->tag, "done");
  EXPECT_EQ(answer->status, 7);
  EXPECT_THAT(answer->payload,
              testing::AnyOf("0077 C /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                             "077 C /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
  EXPECT_EQ(shell_->round_trips(), 1);
}

TEST_P(RealShell, CountsBytesNotLetters) {
  const std::string text = "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xff\n\nend";
  const auto answer = shell_->ask("hf_record done 0 \"$(hf_take 18)\"", text + "xx", soon());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->payload, (text + "xx").substr(0, 18));
}

TEST_P(RealShell, ReadsItsPayloadExactly) {
  const std::string big(3'000'001, 'z');
  ASSERT_TRUE(
      shell_->send("hf_take 5 >/dev/null; hf_drain; hf_record a 0 x", "12345" + big, soon()));
  ASSERT_TRUE(shell_->send("read -r line; hf_record b 0 \"$line\"", "a line\n", soon()));
  ASSERT_TRUE(shell_->send("hf_record c 0 \"$(hf_take 4 | tr a-z A-Z)\"", "last", soon()));
  std::vector<std::string> seen;
  const auto note = [&](Record&& record) { seen.push_back(record.tag + record.payload); };
  for (int i = 0; i < 3; ++i) {
    const auto status = shell_->receive(note, 100, soon());
    ASSERT_TRUE(status) << status.error().message;
  }
  EXPECT_THAT(seen, ElementsAre("ax", "ba line", "cLAST"));
  EXPECT_EQ(shell_->round_trips(), 1);
}

TEST_P(RealShell, KeepsStepWhenItsTargetIsFull) {
  const std::string big(2'500'000, 'z');
  const auto full =
      shell_->ask("hf_take 2500000 >/dev/full; hf_record done \"$?\" ''", big, soon());
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(full->status, 1);
  const auto next = shell_->ask("hf_record done 0 ok", "", soon());
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->payload, "ok");
}

TEST_P(RealShell, KeepsFunctionsAndTellsStatus) {
  ASSERT_TRUE(shell_->ask("mine() { hf_record mine 0 \"$kept\"; }; kept=yes", "", soon()));
  const auto answer = shell_->ask("mine", "", soon());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->payload, "yes");
  const auto failed = shell_->ask("(exit 3)", "", soon());
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->tag, "end");
  EXPECT_EQ(failed->status, 3);
  const auto returned = shell_->ask("return 4", "", soon());
  ASSERT_TRUE(returned);
  EXPECT_EQ(returned->status, 4);
}

TEST_P(RealShell, StrayOutputIsNotTheWire) {
  const auto answer = shell_->ask("echo stray; echo error >&2; hf_record done 0 x", "", soon());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->payload, "x");
}

TEST_P(RealShell, LargeAnswersAreCapped) {
  ASSERT_TRUE(
      shell_->send("x=$(dd if=/dev/zero bs=1000000 count=3 2>/dev/null | tr '\\0' y); "
                   "hf_record big 0 \"$x\"",
                   "", soon()));
  Record seen;
  const auto status =
      shell_->receive([&](Record&& record) { seen = std::move(record); }, 10, soon());
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(seen.payload, "yyyyyyyyyy");
  EXPECT_TRUE(seen.truncated);
}

TEST_P(RealShell, BothSidesMayTalkAtOnce) {
  const std::string big(4'000'000, 'p');
  ASSERT_TRUE(
      shell_->send("x=$(dd if=/dev/zero bs=1000000 count=4 2>/dev/null | tr '\\0' y); "
                   "hf_record big 0 \"$x\"; hf_drain",
                   big, soon()));
  ASSERT_TRUE(shell_->send("hf_drain; hf_record done 0 ok", big, soon()));
  std::size_t bytes = 0;
  const auto note = [&](Record&& record) { bytes += record.payload.size(); };
  for (int i = 0; i < 2; ++i) {
    const auto status = shell_->receive(note, std::size_t{1} << 23, soon());
    ASSERT_TRUE(status) << status.error().message;
  }
  EXPECT_EQ(bytes, 4'000'002U);
}

TEST_P(RealShell, EndsWithoutAHangWhenTheScriptEndsIt) {
  const auto answer = shell_->ask("echo so long >&2; exit 5", "", soon());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::ConnectionLost);
  EXPECT_THAT(answer.error().message, HasSubstr("so long"));
}

INSTANTIATE_TEST_SUITE_P(Table, RealShell,
                         testing::Values(ShellCase{"Sh", "/bin/sh", ""},
                                         ShellCase{"Bash", "/bin/bash", "/bin/bash"},
                                         ShellCase{"Busybox", "/bin/busybox sh", "/bin/busybox sh"},
                                         ShellCase{"Fish", "/usr/bin/fish", ""},
                                         ShellCase{"Tcsh", "/bin/tcsh", ""},
                                         ShellCase{"Zsh", "/bin/zsh", ""},
                                         ShellCase{"Banner", "echo Welcome; exec /bin/sh", ""}),
                         [](const auto& p) { return p.param.name; });

TEST(ShellReceive, CallsTheTickAndMayBeEndedByIt) {
  const auto connection = make_local_connection();
  auto shell = Shell::start(*connection, {}, soon());
  ASSERT_TRUE(shell);
  ASSERT_TRUE((*shell)->send("sleep 30", "", soon()));
  const auto status =
      (*shell)->receive([](Record&&) {}, 10, soon(),
                        []() -> Result<void> { return fail(Code::Interrupted, "stop"); });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::Interrupted);
}

TEST(ShellReceive, MayBeWaitedForAgainAfterADeadline) {
  const auto connection = make_local_connection();
  auto shell = Shell::start(*connection, {}, soon());
  ASSERT_TRUE(shell);
  ASSERT_TRUE((*shell)->send("sleep 0.1; hf_record done 0 late", "", soon()));
  std::string seen;
  const auto note = [&](Record&& record) { seen = record.payload; };
  const auto first = (*shell)->receive(note, 10, shortly());
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, Code::DeadlinePassed);
  ASSERT_TRUE((*shell)->receive(note, 10, soon()));
  EXPECT_EQ(seen, "late");
}

TEST(ShellReceive, GoesOnAfterATickThatOnlyWantedALook) {
  const auto connection = make_local_connection();
  auto shell = Shell::start(*connection, {}, soon());
  ASSERT_TRUE(shell);
  ASSERT_TRUE((*shell)->send("sleep 0.4; hf_record done 0 late", "", soon()));
  std::string seen;
  const auto note = [&](Record&& record) { seen = record.payload; };
  const auto first = (*shell)->receive(
      note, 10, soon(), []() -> Result<void> { return fail(Code::DeadlinePassed, "a look"); });
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, Code::DeadlinePassed);
  ASSERT_TRUE((*shell)->receive(note, 10, soon()));
  EXPECT_EQ(seen, "late");
}

TEST(ShellBeside, WorksWhileTheFirstIsBusy) {
  const auto connection = make_local_connection();
  auto first = Shell::start(*connection, {}, soon());
  ASSERT_TRUE(first);
  ASSERT_TRUE((*first)->send("sleep 0.3; hf_record done 0 first", "", soon()));
  auto second = (*first)->beside();
  ASSERT_TRUE(second) << second.error().message;
  const auto answer = (*second)->ask("hf_record done 0 second", "", soon());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->payload, "second");
  std::string seen;
  ASSERT_TRUE((*first)->receive([&](Record&& record) { seen = record.payload; }, 10, soon()));
  EXPECT_EQ(seen, "first");
}

TEST(ShellBeside, GivesThePasswordThatTheFirstWasAskedForAndAsksNobody) {
  AskingConnection connection(true);
  int asked = 0;
  const auto ask = [&](const std::string&) -> Result<Secret> {
    ++asked;
    return Secret("hunter2");
  };
  auto first = Shell::start(connection, {.become = true, .ask_password = ask}, soon());
  ASSERT_TRUE(first);
  ASSERT_TRUE((*first)->ask("a", "", soon()));
  auto second = (*first)->beside();
  ASSERT_TRUE(second) << second.error().message;
  const auto answer = (*second)->ask("b", "", soon());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(connection.received, "hunter2\nhunter2\n");
}

TEST(ShellReceive, NeedsAFrame) {
  FakeConnection connection({{.answer = honest}});
  auto shell = Shell::start(connection, {}, soon());
  ASSERT_TRUE(shell);
  const auto status = (*shell)->receive([](Record&&) {}, 10, soon());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::Internal);
}

}  // namespace
}  // namespace holdfast
