#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/runner_log.h"

namespace holdfast::exporter {

/// Counts the lines of a listener's log that say that a job begins, however the text is cut into
/// pieces.
class JobLines {
 public:
  std::uint64_t count() const { return count_; }
  void add(std::string_view text);
  /// Another file begins.
  void begin() { rest_.clear(); }

 private:
  void end_line();

  std::string
      rest_;  ///< Of a line whose end hasn't come yet; its beginning, where it is very long.
  std::uint64_t count_ = 0;
};

/// How many jobs the runner has begun since the exporter started, by the listener's logs.
class Jobs {
 public:
  /// nullopt: the logs can't be read. Reads what was added since the last call, at most some MiB of
  /// it.
  std::optional<std::uint64_t> look(const RunnerLogs& logs);

 private:
  bool read_on(const RunnerLogs& logs);

  bool started_ = false;
  std::string name_;  ///< The log that is being read.
  std::size_t offset_ = 0;
  JobLines lines_;
};

}  // namespace holdfast::exporter
