#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/files.h"

namespace holdfast::exporter {

/// The logs that a runner keeps in `_diag`: Runner_TIME-utc.log of its listener,
/// Worker_TIME-utc.log of each job. A new one is begun at each start, and where one gets too long.
/// Their names sort by time.
class RunnerLogs {
 public:
  explicit RunnerLogs(const std::string& runner_dir) : folder_(runner_dir + "/_diag") {}

  /// Looks which there are; costs one stat while none was added. @return Whether they can be read.
  bool refresh();

  /// The listener's, oldest first.
  const std::vector<std::string>& of_listener() const { return listener_; }
  Descriptor open(const std::string& name) const;
  /// When the listener or a worker wrote its newest log last, in seconds since 1970.
  std::optional<double> last_written() const;

 private:
  bool scan();

  std::string folder_;
  std::vector<std::string> listener_;
  std::string newest_worker_;
  timespec changed_{};    ///< The folder's time at the last scan.
  bool settled_ = false;  ///< Whether a change after that scan would show in it.
};

/// The version that a runner's log names at its start: "… INFO Listener] Version: 2.329.0".
std::optional<std::string> parse_version(std::string_view log);

/// The version that runs, by the newest log that names one; else by the folder that `bin` leads to
/// (bin.2.329.0).
class RunnerVersion {
 public:
  explicit RunnerVersion(std::string runner_dir) : runner_dir_(std::move(runner_dir)) {}
  std::optional<std::string> look(const RunnerLogs& logs);

 private:
  void read(const RunnerLogs& logs);
  std::optional<std::string> by_link() const;

  std::string runner_dir_;
  std::string judged_;  ///< The newest log, once its beginning has been read whole.
  std::optional<std::string> version_;
};

}  // namespace holdfast::exporter
