#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <semaphore>
#include <set>
#include <string>
#include <vector>

#include "engine/apply/apply.h"
#include "engine/graph/host_order.h"

namespace holdfast {

/// Where all hosts of a run see how far the others are. Thread-safe.
class Board {
 public:
  /// @param involved  Rows that this run carries out or that keep others from it; the rest hold
  /// already.
  /// @param parallel  How many hosts may work at once; one that waits for another does not count.
  Board(const Plan& plan, std::vector<bool> involved, int parallel);

  enum class Mark { Open, Done, Failed };

  /// A host takes part; it has come to its end. Hosts that come after it wait for that.
  void begin(const std::string& host);
  void end(const std::string& host);

  /// Rows of `candidates` (one host's, in plan order) that wait for no other host any more, and
  /// none of which waits for one that does. `blocked`: rows that never will, with the row that
  /// failed.
  struct Ready {
    std::vector<std::size_t> rows;
    std::vector<std::pair<std::size_t, std::size_t>> blocked;
  };
  Ready ready(const std::vector<std::size_t>& candidates) const;
  /// Waits until something changes, at most a second.
  void wait();
  void mark(const std::vector<std::size_t>& rows, Mark mark);
  /// Everything is to be taken back, on all hosts (on_failure: rollback_all).
  void abort();
  bool aborted() const;
  /// These hosts may go back now, each after those that come before it.
  void turn_back(std::set<std::string> hosts, HostOrder order);
  /// Whether one that goes back before this host has not ended yet.
  bool waits(const std::string& host) const;
  /// Held while a host works.
  std::counting_semaphore<>& slots() { return slots_; }

 private:
  bool has_its_turn(const std::string& host) const;

  const Plan& plan_;
  std::set<std::string> working_, returning_;
  HostOrder way_back_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Mark> rows_;
  std::vector<bool> involved_;
  std::counting_semaphore<> slots_;
  bool aborted_ = false;
};

}  // namespace holdfast
