#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "engine/apply/apply.h"
#include "engine/report/ink.h"
#include "engine/report/live_board.h"

namespace holdfast {

/// Where text goes; called by one thread at a time.
using Sink = std::function<void(std::string_view)>;

/// Says nothing.
class QuietProgress final : public Watcher {
 public:
  void host_begins(const std::string&) override {}
  void act(const std::string&, std::size_t, const std::string&) override {}
  void host_note(const std::string&, const std::string&) override {}
  void host_ends(const HostOutcome&) override {}
};

/// One line an event, for logs: "   1.2 s  h1  file /etc/motd: write /etc/motd".
class PlainProgress final : public Watcher {
 public:
  /// @param plan  Outlives it.
  PlainProgress(const Plan& plan, Sink sink, bool colour = false);
  void host_begins(const std::string& host) override;
  void act(const std::string& host, std::size_t row, const std::string& what) override;
  void host_note(const std::string& host, const std::string& what) override;
  void host_ends(const HostOutcome& outcome) override;

 private:
  void say(const std::string& host, const std::string& text);
  const Plan& plan_;
  const Sink sink_;
  const Ink ink_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
};

/// A line for each host at work, rewritten in place, and a lasting one for each that has ended. For
/// terminals only.
class TerminalProgress final : public Watcher {
 public:
  using SizeOf = std::function<LiveBoard::Size()>;
  /// @param plan  Outlives it.
  /// @param size  Asked at every frame: terminals are resized.
  TerminalProgress(const Plan& plan, Sink sink, SizeOf size, bool colour);
  /// Takes the rewritten lines away.
  ~TerminalProgress() override;
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;
  void host_begins(const std::string& host) override;
  void act(const std::string& host, std::size_t row, const std::string& what) override;
  void host_note(const std::string& host, const std::string& what) override;
  void host_ends(const HostOutcome& outcome) override;
  void hold(bool on) override;

 private:
  void draw_until_told();
  const Plan& plan_;
  const Sink sink_;
  const SizeOf size_;
  const Ink ink_;
  std::mutex mutex_;
  std::condition_variable told_;
  LiveBoard board_;
  bool over_ = false;
  bool held_ = false;
  std::string ended_{};  ///< What is to be said once it is held no more.
  std::thread drawer_;
};

/// "file /etc/motd: write /etc/motd".
std::string act_text(const Plan& plan, std::size_t row, const std::string& what);
/// "h1  applied, 3 changed in 2.1 s": how a host's part ended, in a line.
std::string host_end_text(const HostOutcome& outcome, const Ink& ink);
/// Whether it is as was asked: a rollback that was asked for, and worked, has no error.
bool ended_well(const HostOutcome& outcome);
/// Whether it was to go on from a run that was cut off, and did not get to the end: what that one
/// did stays, whatever became of this one.
bool half_stays(const HostOutcome& outcome);
/// "applied", "rolled-back" …: the word in text and JSON.
std::string_view host_end_word(HostEnd end);

}  // namespace holdfast
