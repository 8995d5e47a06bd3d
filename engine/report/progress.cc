#include "engine/report/progress.h"

#include <utility>

#include "engine/core/text.h"
#include "engine/report/ci_safe.h"

namespace holdfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Often enough for a clock in tenths of a second, seldom enough to cost nothing.
constexpr milliseconds kFrame{100};

}  // namespace

std::string_view host_end_word(HostEnd end) {
  static constexpr std::string_view kWords[] = {"unchanged", "applied",     "rolled-back",
                                                "half-done", "stopped",     "refused",
                                                "locked",    "unreachable", "held-back"};
  return kWords[static_cast<std::size_t>(end)];
}

bool ended_well(const HostOutcome& outcome) {
  return outcome.end == HostEnd::Unchanged || outcome.end == HostEnd::Applied ||
         (outcome.end == HostEnd::RolledBack && !outcome.error);
}

bool half_stays(const HostOutcome& outcome) { return outcome.cut_off && !ended_well(outcome); }

std::string act_text(const Plan& plan, std::size_t row, const std::string& what) {
  if (row >= plan.declarations.size()) return printable(what);
  return printable(plan.declarations[row].resource.address() + ": " + what);
}

std::string host_end_text(const HostOutcome& outcome, const Ink& ink) {
  const std::string word(host_end_word(outcome.end));
  std::string out = ink.bold(printable(outcome.host)) + "  " +
                    (ended_well(outcome) ? ink.green(word) : ink.red(word));
  if (outcome.changed > 0) out += ", " + std::to_string(outcome.changed) + " changed";
  out += " in " + shown_time(outcome.took);
  if (!outcome.run.empty()) out += ink.dim("  (run " + printable(outcome.run) + ")");
  return out;
}

PlainProgress::PlainProgress(const Plan& plan, Sink sink, bool colour)
    : plan_(plan), sink_(std::move(sink)), ink_(colour) {}

void PlainProgress::say(const std::string& host, const std::string& text) {
  const auto now = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun_);
  std::string elapsed = shown_time(now);
  elapsed.insert(0, elapsed.size() < 9 ? 9 - elapsed.size() : 0, ' ');
  const std::string name = host.empty() ? "" : printable(host) + "  ";
  const std::lock_guard lock(mutex_);
  sink_(ci_safe(elapsed + "  " + name + text) + "\n");
}

void PlainProgress::host_begins(const std::string& host) { say(host, "begins"); }
void PlainProgress::act(const std::string& host, std::size_t row, const std::string& what) {
  say(host, act_text(plan_, row, what));
}
void PlainProgress::host_note(const std::string& host, const std::string& what) {
  say(host, printable(what));
}
void PlainProgress::host_ends(const HostOutcome& outcome) { say("", host_end_text(outcome, ink_)); }

TerminalProgress::TerminalProgress(const Plan& plan, Sink sink, SizeOf size, bool colour)
    : plan_(plan), sink_(std::move(sink)), size_(std::move(size)), ink_(colour), drawer_([this] {
        draw_until_told();
      }) {}

TerminalProgress::~TerminalProgress() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  told_.notify_all();
  drawer_.join();
  const std::string last = board_.clear();
  if (!last.empty()) sink_(last);
}

void TerminalProgress::draw_until_told() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    const std::string frame = held_ ? "" : board_.frame(steady_clock::now(), size_());
    if (!frame.empty()) sink_(frame);
    told_.wait_for(lock, kFrame, [this] { return over_; });
  }
}

void TerminalProgress::host_begins(const std::string& host) {
  const std::lock_guard lock(mutex_);
  board_.begin(host, steady_clock::now());
}
void TerminalProgress::act(const std::string& host, std::size_t row, const std::string& what) {
  const std::lock_guard lock(mutex_);
  board_.at(host, act_text(plan_, row, what));
}
void TerminalProgress::host_note(const std::string& host, const std::string& what) {
  const std::lock_guard lock(mutex_);
  board_.at(host, what);
}
void TerminalProgress::host_ends(const HostOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  board_.end(outcome.host);
  if (held_) {
    ended_ += ci_safe(host_end_text(outcome, ink_)) + "\n";
    return;
  }
  // One write for all: no moment without the lines of the others.
  std::string text = board_.clear() + ci_safe(host_end_text(outcome, ink_)) + "\n";
  sink_(text + board_.frame(steady_clock::now(), size_()));
}
void TerminalProgress::hold(bool on) {
  const std::lock_guard lock(mutex_);
  held_ = on;
  const std::string text = on ? board_.clear() : std::exchange(ended_, {});
  if (!text.empty()) sink_(text);
}

}  // namespace holdfast
