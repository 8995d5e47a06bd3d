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
    if (escalation_.become && escalation_.password) {
      return open_with_password(*escalation_.password, deadline);
    }
    HF_CHECK(execute(
        {.sudo = escalation_.become, .user = escalation_.user, .program = escalation_.program},
        deadline));
    return write(prelude_frame(), deadline);
  }

  Result<void> send(std::string_view script, std::string_view payload, Deadline deadline) override {
    if (broken_) return tl::unexpected<Error>(*broken_);
    const std::string_view body = script.empty() ? std::string_view(":") : script;
    const std::string nonce = random_hex(kNonceBytes);
    // Short frames go out in one piece; a large payload isn't copied.
    constexpr std::size_t kCopied = std::size_t{64} << 10;
    std::string head = frame_header(nonce, body.size(), payload.size());
    head += body;
    const bool whole = payload.size() <= kCopied;
    if (whole) head += payload;
    HF_CHECK(note(write(head, deadline)));
    if (!whole) HF_CHECK(note(write(payload, deadline)));
    if (!ready_ && may_ask()) unanswered_.push_back(whole ? head : head + std::string(payload));
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

  int round_trips() const override { return round_trips_; }

 private:
  using Tick = std::function<Result<void>()>;

  bool may_ask() const {
    return escalation_.become && !escalation_.password && escalation_.ask_password;
  }

  Result<void> execute(const ShellStart& start, Deadline deadline) {
    HF_TRY(const std::string command, shell_command(start));
    HF_TRY(channel_, connection_.execute(command, deadline));
    parser_ = RecordParser();
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
    auto record = next_record(first_nonce_, 0, deadline, tick);
    const bool refused = !record && record.error().code == Code::EscalationRefused;
    if (refused && may_ask()) {
      HF_CHECK(ask_and_open(deadline));
      for (const std::string& frame : unanswered_) HF_CHECK(write(frame, deadline));
      record = next_record(first_nonce_, 0, deadline, tick);
    }
    if (!record) return tl::unexpected<Error>(record.error());
    ready_ = true;
    unanswered_.clear();
    return {};
  }

  Result<Record> next_record(const std::string& nonce, std::size_t cap, Deadline deadline,
                             const Tick& tick) {
    std::array<char, 32768> buffer;
    while (true) {
      HF_TRY(std::optional<Record> record, parser_.next(nonce, cap));
      if (record) return std::move(*record);
      if (tick && Clock::now() >= next_tick_) {
        HF_CHECK(tick());
        next_tick_ = Clock::now() + std::chrono::milliseconds(900);
      }
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
    if (escalation_.become && (says(error, {"sudo"}) || trim(error).empty())) {
      return {.code = Code::EscalationRefused,
              .message = "sudo did not start a shell on the host " + quoted_end(error),
              .hint = sudo_hint(error)};
    }
    return {.code = Code::NoUsableShell,
            .message = "the account '" + printable(connection_.peer().user) +
                       "' started no shell " +
                       quoted_end(parser_.unparsed() + parser_rest_ + error),
            .hint = "it needs a login shell that runs commands (not nologin), /bin/sh and dd"};
  }

  Result<void> ask_and_open(Deadline& deadline) {
    const Deadline start = Clock::now();
    HF_TRY(const Secret password,
           escalation_.ask_password("sudo password for " + printable(connection_.peer().user) +
                                    " on " + printable(connection_.peer().address) + ": "));
    deadline += Clock::now() - start;  // A person's time isn't the host's.
    return open_with_password(password, deadline);
  }

  /// With a password nothing may be sent before sudo has asked or started the loop: it would be
  /// taken for the password.
  Result<void> open_with_password(const Secret& password, Deadline deadline) {
    const std::string prompt = "holdfast-" + random_hex(kNonceBytes);
    const std::string mark = "holdfast-" + random_hex(kNonceBytes);
    HF_CHECK(execute({.sudo = true, .user = escalation_.user, .prompt = prompt, .mark = mark},
                     deadline));
    HF_CHECK(await_mark(password, prompt, mark, deadline));
    ++round_trips_;
    return write(prelude_frame(), deadline);
  }

  Result<void> await_mark(const Secret& password, const std::string& prompt,
                          const std::string& mark, Deadline deadline) {
    constexpr auto kTurn = std::chrono::milliseconds(10);
    std::array<char, 4096> buffer;
    std::string seen;
    bool given = false;
    while (seen.find(mark) == std::string::npos) {
      const auto got =
          channel_->read(buffer.data(), buffer.size(), std::min(deadline, Clock::now() + kTurn));
      const std::string asked = channel_->error_tail();
      const std::size_t first = asked.find(prompt);
      if (first != std::string::npos && !given) {
        given = true;
        HF_CHECK(channel_->write(password.reveal(), deadline));
        HF_CHECK(channel_->write("\n", deadline));
      } else if (first != asked.rfind(prompt)) {
        return fail(Code::EscalationRefused, "sudo on the host did not accept the password",
                    "is it the password of '" + printable(connection_.peer().user) + "' there?");
      }
      if (got && *got == 0) {
        parser_rest_ = seen;
        return tl::unexpected<Error>(ended());
      }
      if (got) seen.append(buffer.data(), *got);
      if (!got && got.error().code != Code::DeadlinePassed) {
        return tl::unexpected<Error>(got.error());
      }
      if (Clock::now() >= deadline) {
        return fail(Code::DeadlinePassed,
                    "sudo on the host neither asked for its password nor "
                    "started a shell in time " +
                        quoted_end(asked));
      }
      if (seen.size() > RecordParser::kMostJunk) {
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
  std::deque<std::string> under_way_;    ///< Nonces of frames sent and not yet answered.
  std::vector<std::string> unanswered_;  ///< Frames that a refused sudo may have swallowed.
  std::optional<Error> broken_;
  bool ready_ = false;
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
