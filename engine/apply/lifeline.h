#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/transport/shell.h"

namespace holdfast {

/// The second channel of a run on one host: it tells the host that the controller lives, and ends
/// the act that runs. Where the connection takes no second session it is another login's; a run
/// that can't have that either goes on without.
class Lifeline {
 public:
  /// Another login's shell on the same host, which lives as long as the lifeline.
  using LogIn = std::function<Result<Shell*>()>;

  /// @param first  The run's shell; the second is opened beside it by the first turn.
  /// @param run    Its id: names the folder that both know.
  /// @param lease  The host gives up after so long without a beat.
  explicit Lifeline(Shell& first, std::string run,
                    std::chrono::seconds lease = std::chrono::seconds(45), LogIn log_in = {})
      : first_(first), run_(std::move(run)), lease_(lease), log_in_(std::move(log_in)) {}

  /// Opens, takes answers in, beats when it is time; never waits. @errors HF4005 the host has
  /// answered no heartbeat for longer than its lease.
  Result<void> turn();
  /// Whether there is none and will be none: the host hears nothing while a block works.
  bool given_up() const { return given_up_; }
  /// Ends the act that runs, with all of its session, and keeps the block from its next one. Waits
  /// until nothing is left. @param why  Comes back in the block's failure, after "killed: ".
  /// @errors HF4005, HF4004 it did not get through, HF6001 something there can't be killed.
  Result<void> kill(const std::string& why);
  /// Why there is no second channel, the first time that it is asked.
  std::optional<std::string> take_trouble() { return std::exchange(trouble_, std::nullopt); }

 private:
  bool open();
  void start();
  void listen();
  Result<Record> ask(const std::string& script, Deadline deadline);
  void give_up(const Error& error);

  Shell& first_;
  std::string run_;
  std::chrono::seconds lease_;
  LogIn log_in_;
  std::unique_ptr<Shell> beside_;
  Shell* second_ = nullptr;
  bool given_up_ = false;
  std::optional<std::string> trouble_{};
  int beats_ = 0, answered_ = 0;
  Deadline next_beat_{}, last_beat_{};
};

}  // namespace holdfast
