#include "engine/transport/shell.h"

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/transport/shell_wire.h"

namespace holdfast {
namespace {

constexpr std::size_t kNonceBytes = 16;
constexpr std::size_t kLongestId = 20;  ///< Of a process.

std::string quoted_end(std::string_view said) {
  constexpr std::size_t kShown = 400;
  said = trim(said);
  if (said.size() > kShown) said.remove_prefix(said.size() - kShown);
  return said.empty() ? "and said nothing" : "and said '" + printable(said) + "'";
}

bool says(std::string_view text, std::initializer_list<std::string_view> any) {
  return std::any_of(any.begin(), any.end(), [&](std::string_view sign) {
    return text.find(sign) != std::string_view::npos;
  });
}

/// Where a login shell ended instead of running a command.
Error no_shell(const std::string& user, const std::string& said) {
  const std::string account = "the account '" + printable(user) + "'";
  const std::string mend = "`usermod -s /bin/sh " + printable(user) +
                           "` there gives it one that runs commands; or log in as another account";
  // What nologin(8) says; false(1) and its like say nothing.
  if (says(said, {"account is currently not available"})) {
    return {.code = Code::NoUsableShell,
            .message = account + " has nologin for its login shell, which runs nothing: it ended " +
                       quoted_end(said),
            .hint = mend};
  }
  if (trim(said).empty()) {
    return {
        .code = Code::NoUsableShell,
        .message = account + " started no shell and said nothing",
        .hint = "its login shell may be one that runs nothing (false, nologin; `getent passwd " +
                printable(user) + "` shows it): " + mend};
  }
  return {.code = Code::NoUsableShell,
          .message = account + " started no shell " + quoted_end(said),
          .hint = "it needs a login shell that runs commands, /bin/sh and dd"};
}

std::string sudo_hint(std::string_view said) {
  if (says(said, {"must have a tty"})) {
    return "sudoers has `Defaults requiretty`: take it out for this account";
  }
  if (says(said, {"not found", "No such file", "Unknown command"})) {
    return "install sudo on the host, or log in as root";
  }
  if (says(said, {"password"})) {
    return "give the password (--ask-become-password, ansible_become_password), or a NOPASSWD rule "
           "for this account in sudoers; an account of `holdfast prepare` plans without "
           "`ansible_become`";
  }
  if (trim(said).empty()) {
    return "`sudo -l` as this account shows what it may do; a login shell that runs nothing "
           "(false) "
           "says nothing either";
  }
  return "`sudo -l` as this account shows what it may do";
}

class RemoteShell final : public Shell {
 public:
  RemoteShell(Connection& connection, Escalation escalation)
      : connection_(connection), escalation_(std::move(escalation)) {
    const bool already = connection.peer().user == escalation_.user;
    escalation_.become = escalation_.become && !already;
  }

  Result<void> open(Deadline deadline) {
    HF_CHECK(begin(deadline));
    return waits_for_mark() ? pass_sudo(deadline) : Result<void>();
  }

  Result<std::unique_ptr<Shell>> beside() override {
    Escalation same = escalation_;
    same.ask_password = {};
    auto out = std::make_unique<RemoteShell>(connection_, std::move(same));
    HF_CHECK(out->begin(Clock::now() + kFlush, true));
    return std::unique_ptr<Shell>(std::move(out));
  }

  Result<void> send(std::string_view script, std::string_view payload, Deadline deadline,
                    const Tick& tick) override {
    if (broken_) return tl::unexpected<Error>(*broken_);
    const std::string_view body = script.empty() ? std::string_view(":") : script;
    const std::string nonce = random_hex(kNonceBytes);
    // Short frames go out in one piece; a large payload isn't copied.
    constexpr std::size_t kCopied = std::size_t{64} << 10;
    std::string head = frame_header(nonce, body.size(), payload.size());
    head += body;
    const bool whole = payload.size() <= kCopied;
    if (whole) head += payload;
    if (!waits_for_mark()) HF_CHECK(note(write(head, deadline)));
    if (!whole && !waits_for_mark()) HF_CHECK(note(write_slowly(payload, deadline, tick)));
    if (!ready_ && (may_ask() || waits_for_mark())) {
      unanswered_.push_back(whole ? head : head + std::string(payload));
    }
    under_way_.push_back(nonce);
    sent_ = true;
    return {};
  }

  Result<int> receive(const std::function<void(Record&&)>& on_record, std::size_t cap,
                      Deadline deadline, const std::function<Result<void>()>& tick) override {
    if (broken_) return tl::unexpected<Error>(*broken_);
    if (under_way_.empty()) return fail(Code::Internal, "no frame is under way on this shell");
    if (std::exchange(sent_, false)) ++round_trips_;
    HF_CHECK(note(await_ready(deadline, tick)));
    while (true) {
      HF_TRY(Record record, note(next_record(under_way_.front(), cap, deadline, tick)));
      if (record.tag != "end") {
        on_record(std::move(record));
        continue;
      }
      under_way_.pop_front();
      return record.status;
    }
  }

  std::string process() const override { return process_; }
  int round_trips() const override { return round_trips_; }

 private:
  bool may_ask() const {
    return escalation_.become && !escalation_.password && escalation_.ask_password;
  }

  /// While sudo may ask for its password: whatever else is sent would be taken for it.
  bool waits_for_mark() const { return !mark_.empty(); }

  /// Starts the program, or asks for it without waiting for the host.
  Result<void> begin(Deadline deadline, bool later = false) {
    const bool sudo = escalation_.become;
    if (sudo && escalation_.password) {
      prompt_ = "holdfast-" + random_hex(kNonceBytes);
      mark_ = "holdfast-" + random_hex(kNonceBytes);
      seen_.clear();
      given_ = false;
      return execute({.sudo = true, .user = escalation_.user, .prompt = prompt_, .mark = mark_},
                     deadline, later);
    }
    HF_CHECK(execute({.sudo = sudo, .user = escalation_.user, .program = escalation_.program},
                     deadline, later));
    return write(prelude_frame(), deadline);
  }

  Result<void> execute(const ShellStart& start, Deadline deadline, bool later) {
    HF_TRY(const std::string command, shell_command(start));
    if (later) {
      HF_TRY(channel_, connection_.execute_later(command));
    } else {
      HF_TRY(channel_, connection_.execute(command, deadline));
    }
    parser_ = RecordParser();
    return {};
  }

  /// In pieces that even a slow line takes in a few seconds, `tick` between them.
  Result<void> write_slowly(std::string_view bytes, Deadline deadline, const Tick& tick) {
    constexpr std::size_t kPiece = std::size_t{32} << 10;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kPiece))) {
      HF_CHECK(write(bytes.substr(0, kPiece), deadline));
      if (tick) (void)tick_if_due(tick);
    }
    return {};
  }

  Result<void> tick_if_due(const Tick& tick) {
    // Often enough for a signal to be obeyed at once; a short run never comes to the first.
    constexpr auto kBetween = std::chrono::milliseconds(200);
    if (next_tick_ != Deadline{} && Clock::now() < next_tick_) return {};
    const bool first = next_tick_ == Deadline{};
    if (!first) HF_CHECK(tick());
    next_tick_ = Clock::now() + kBetween;
    return {};
  }

  /// Until the loop has answered, a stream that takes nothing is no error yet: what the program
  /// said when it ended (sudo, nologin) is read first, and tells more.
  Result<void> write(std::string_view bytes, Deadline deadline) {
    auto written = channel_->write(bytes, deadline);
    if (!written && !ready_ && written.error().code == Code::ConnectionLost) return {};
    return written;
  }

  std::string prelude_frame() {
    first_nonce_ = random_hex(kNonceBytes);
    return frame_header(first_nonce_, shell_prelude().size(), 0) + std::string(shell_prelude());
  }

  /// What is wrong stays wrong, but for a deadline that passed: the caller may wait again.
  template <class T>
  Result<T> note(Result<T> result) {
    if (!result && result.error().code != Code::DeadlinePassed) broken_ = result.error();
    return result;
  }

  Result<void> await_ready(Deadline deadline, const Tick& tick) {
    if (ready_) return {};
    if (waits_for_mark()) HF_CHECK(pass_sudo(deadline));
    auto record = next_record(first_nonce_, kLongestId, deadline, tick);
    const bool refused = !record && record.error().code == Code::EscalationRefused;
    if (refused && may_ask()) {
      HF_CHECK(ask_and_open(deadline));
      record = next_record(first_nonce_, kLongestId, deadline, tick);
    }
    if (!record) return tl::unexpected<Error>(record.error());
    ready_ = true;
    process_ = std::move(record->payload);
    unanswered_.clear();
    return {};
  }

  Result<Record> next_record(const std::string& nonce, std::size_t cap, Deadline deadline,
                             const Tick& tick) {
    std::array<char, 32768> buffer;
    while (true) {
      HF_TRY(std::optional<Record> record, parser_.next(nonce, cap));
      if (record) return std::move(*record);
      if (tick) HF_CHECK(tick_if_due(tick));
      const Deadline turn = tick ? std::min(deadline, next_tick_) : deadline;
      const auto got = channel_->read(buffer.data(), buffer.size(), turn);
      if (got && *got == 0) return tl::unexpected<Error>(ended());
      if (got) {
        parser_.feed({buffer.data(), *got});
      } else if (got.error().code != Code::DeadlinePassed) {
        return tl::unexpected<Error>(got.error());
      } else if (Clock::now() >= deadline) {
        return fail(Code::DeadlinePassed, "the host's shell did not answer in time");
      }
    }
  }

  /// Why the stream ended.
  Error ended() {
    const std::string error = channel_->error_tail();
    if (ready_) {
      return {.code = Code::ConnectionLost,
              .message = "the shell on the host ended " + quoted_end(error)};
    }
    const std::string shown = parser_.unparsed() + parser_rest_;
    if (escalation_.become && (says(error, {"sudo"}) || trim(shown + error).empty())) {
      return {.code = Code::EscalationRefused,
              .message = "sudo did not start a shell on the host " + quoted_end(error),
              .hint = sudo_hint(error)};
    }
    return no_shell(connection_.peer().user, shown + error);
  }

  Result<void> ask_and_open(Deadline& deadline) {
    const Deadline start = Clock::now();
    HF_TRY(const Secret password,
           escalation_.ask_password("sudo password for " + printable(connection_.peer().user) +
                                    " on " + printable(connection_.peer().address) + ": "));
    deadline += Clock::now() - start;  // A person's time isn't the host's.
    escalation_.password = password;
    return open(deadline);
  }

  /// Gives the password where sudo asks for it; then the loop runs, and gets what was sent
  /// meanwhile.
  Result<void> pass_sudo(Deadline deadline) {
    HF_CHECK(await_mark(deadline));
    mark_.clear();
    ++round_trips_;
    deadline = std::max(deadline, Clock::now() + kFlush);
    HF_CHECK(write(prelude_frame(), deadline));
    for (const std::string& frame : unanswered_) HF_CHECK(write(frame, deadline));
    return {};
  }

  Result<void> await_mark(Deadline deadline) {
    constexpr auto kTurn = std::chrono::milliseconds(10);
    std::array<char, 4096> buffer;
    while (seen_.find(mark_) == std::string::npos) {
      const auto got =
          channel_->read(buffer.data(), buffer.size(), std::min(deadline, Clock::now() + kTurn));
      const std::string asked = channel_->error_tail();
      const std::size_t first = asked.find(prompt_);
      if (first != std::string::npos && !given_) {
        given_ = true;
        const Deadline flush = std::max(deadline, Clock::now() + kFlush);
        HF_CHECK(channel_->write(escalation_.password->reveal(), flush));
        HF_CHECK(channel_->write("\n", flush));
      } else if (first != asked.rfind(prompt_)) {
        return fail(Code::EscalationRefused, "sudo on the host did not accept the password",
                    "is it the password of '" + printable(connection_.peer().user) + "' there?");
      }
      if (got && *got == 0) {
        parser_rest_ = seen_;
        return tl::unexpected<Error>(ended());
      }
      if (got) seen_.append(buffer.data(), *got);
      if (!got && got.error().code != Code::DeadlinePassed) {
        return tl::unexpected<Error>(got.error());
      }
      if (Clock::now() >= deadline) {
        return fail(Code::DeadlinePassed,
                    "sudo on the host neither asked for its password nor "
                    "started a shell in time " +
                        quoted_end(asked));
      }
      if (seen_.size() > RecordParser::kMostJunk) {
        return fail(Code::HostAnswerInvalid, "the host printed more than 64 KiB before any answer");
      }
    }
    return {};
  }

  Connection& connection_;
  Escalation escalation_;
  std::unique_ptr<Channel> channel_;
  RecordParser parser_;
  std::string parser_rest_;  ///< What was read past the parser while sudo was asked.
  std::string first_nonce_;
  std::string prompt_, mark_;  ///< What sudo asks with, and what the loop says at its start.
  std::string seen_;           ///< Before the mark.
  bool given_ = false;         ///< The password.
  std::deque<std::string> under_way_;    ///< Nonces of frames sent and not yet answered.
  std::vector<std::string> unanswered_;  ///< Frames that a refused sudo may have swallowed.
  std::optional<Error> broken_;
  bool ready_ = false;
  std::string process_;
  bool sent_ = false;
  int round_trips_ = 0;
  Deadline next_tick_{};
};

}  // namespace

Result<std::unique_ptr<Shell>> Shell::start(Connection& connection, const Escalation& escalation,
                                            Deadline deadline) {
  auto shell = std::make_unique<RemoteShell>(connection, escalation);
  HF_CHECK(shell->open(deadline));
  return std::unique_ptr<Shell>(std::move(shell));
}

Result<Record> Shell::ask(std::string_view script, std::string_view payload, Deadline deadline,
                          std::size_t cap) {
  HF_CHECK(send(script, payload, deadline));
  std::optional<Record> answer;
  HF_TRY(const int status,
         receive([&](Record&& record) { answer = std::move(record); }, cap, deadline));
  if (answer) return std::move(*answer);
  return Record{.tag = "end", .status = status};
}

}  // namespace holdfast
