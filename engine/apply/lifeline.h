#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/transport/shell.h"

namespace holdfast {

/// The second channel of a run on one host: it tells the host that the controller lives, and ends
/// the act that runs. A run that can't have one goes on without.
class Lifeline {
 public:
  /// @param first  The run's shell; the second is opened beside it by the first turn.
  /// @param run    Its id: names the folder that both know.
  Lifeline(Shell& first, std::string run) : first_(first), run_(std::move(run)) {}

  /// Opens, takes answers in, beats when it is time; never waits. @errors HF4005 the host has
  /// answered no heartbeat for minutes.
  Result<void> turn();
  /// Ends the act that runs, with all of its session, and keeps the block from its next one. Waits
  /// until nothing is left. @param why  Comes back in the block's failure, after "killed: ".
  /// @errors HF4005, HF4004 it did not get through, HF6001 something there can't be killed.
  Result<void> kill(const std::string& why);
  /// Why there is no second channel, the first time that it is asked.
  std::optional<std::string> take_trouble() { return std::exchange(trouble_, std::nullopt); }

 private:
  bool open();
  void listen();
  void give_up(const Error& error);

  Shell& first_;
  std::string run_;
  std::unique_ptr<Shell> second_;
  bool given_up_ = false;
  std::optional<std::string> trouble_{};
  int beats_ = 0, answered_ = 0;
  Deadline next_beat_{}, last_beat_{};
};

}  // namespace holdfast
