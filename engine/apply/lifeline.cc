#include "engine/apply/lifeline.h"

#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {

std::string_view session_sh();

namespace {

/// So many beats may get lost before the host gives up.
constexpr int kBeatsInLease = 9;
/// After the lease: the host has given up by then.
constexpr std::chrono::seconds kGrace{10};
/// For its first answer, sudo and all; and for what is sent to leave a busy line.
constexpr std::chrono::seconds kOpening{30};
constexpr std::chrono::seconds kSending{10};
/// To open it where it isn't yet, two seconds of grace, and the ten after which the host gives up.
constexpr std::chrono::seconds kKill{20};

}  // namespace

bool Lifeline::open() {
  if (second_ != nullptr || given_up_) return !given_up_;
  auto shell = first_.beside();
  if (!shell) {
    give_up(shell.error());
    return !given_up_;
  }
  beside_ = std::move(*shell);
  second_ = beside_.get();
  start();
  return !given_up_;
}

void Lifeline::start() {
  const std::string functions =
      std::string(session_sh()) + "hf_live=/run/holdfast/" + shell_quote(run_);
  beats_ = 1, answered_ = 0;  // its answer is awaited like a beat's
  last_beat_ = Clock::now();
  if (auto sent = second_->send(functions, {}, Clock::now() + kSending); !sent) {
    give_up(sent.error());
  }
}

/// One that never answered may be one session too many for this connection.
void Lifeline::give_up(const Error& error) {
  const LogIn log_in = answered_ == 0 ? std::exchange(log_in_, {}) : LogIn();
  second_ = nullptr;
  beside_.reset();
  if (log_in) {
    if (auto shell = log_in()) {
      second_ = *shell;
      return start();
    }
  }
  given_up_ = true;
  trouble_ = "works without a second channel, so a program that hangs can't be ended: " +
             printable(error.message);
}

void Lifeline::listen() {
  while (!given_up_ && answered_ < beats_) {
    const auto got = second_->receive([](Record&&) {}, 0, Clock::now());
    if (got) {
      ++answered_;
    } else {
      if (got.error().code != Code::DeadlinePassed) give_up(got.error());
      return;
    }
  }
}

Result<void> Lifeline::turn() {
  if (!open()) return {};
  listen();
  if (given_up_) return {};
  if (answered_ < beats_) {
    if (answered_ == 0 && Clock::now() > last_beat_ + kOpening) {
      give_up({.code = Code::DeadlinePassed, .message = "it did not answer in time"});
    }
    const std::chrono::seconds silence = lease_ + kGrace;
    if (given_up_ || Clock::now() < last_beat_ + silence) return {};
    return fail(Code::ConnectionLost,
                "the host has answered no heartbeat for " + std::to_string(silence.count()) + " s");
  }
  if (Clock::now() < next_beat_) return {};
  const std::string beat = "hf_beat " + std::to_string(beats_++);
  if (auto sent = second_->send(beat, {}, Clock::now() + kSending); !sent) give_up(sent.error());
  last_beat_ = Clock::now();
  next_beat_ = last_beat_ + std::chrono::milliseconds(lease_) / kBeatsInLease;
  return {};
}

Result<void> Lifeline::kill(const std::string& why) {
  if (!open()) {
    return fail(Code::ConnectionLost, "there is no second channel to end it by");
  }
  const Deadline deadline = Clock::now() + kKill;
  const std::string script =
      "hf_kill_act " + shell_quote(why) + "; hf_record killed $? \"$hf_members\"";
  auto answer = ask(script, deadline);
  if (!answer && answered_ == 0 && answer.error().code != Code::DeadlinePassed) {
    give_up(answer.error());
    if (!given_up_) answer = ask(script, deadline);
  }
  HF_CHECK(answer);
  if (answer->status == 0) return {};
  return fail(Code::StepFailed,
              "what it started can't be killed: process" + printable(answer->payload));
}

Result<Record> Lifeline::ask(const std::string& script, Deadline deadline) {
  HF_CHECK(second_->send(script, {}, deadline));
  ++beats_;
  std::optional<Record> answer;
  while (answered_ < beats_) {
    HF_TRY([[maybe_unused]] const int status,
           second_->receive([&](Record&& record) { answer = std::move(record); }, 4096, deadline));
    ++answered_;
  }
  if (!answer) return fail(Code::AnswerMissing, "no word on whether it was ended");
  return std::move(*answer);
}

}  // namespace holdfast
