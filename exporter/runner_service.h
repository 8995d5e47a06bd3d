#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::exporter {

/// What a host's systemd and processes say about the runner's service, without asking systemd.
struct ServiceState {
  std::string active_state;  ///< active, activating or inactive.
  bool online = false;       ///< Its listener lives in its control group.
  bool busy = false;         ///< A worker, which is there for the length of a job, lives there.
};

/// Where the kernel and systemd keep what is read; other folders in tests.
struct Places {
  std::string proc = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
  std::string units = "/run/systemd/units";
};

/// Whether a text can be the name of a service; it comes from a file that the runner's account
/// owns.
bool names_a_service(std::string_view text);

/// The runner's service, by its control group and the processes in it.
class RunnerService {
 public:
  /// @param unit  Its name; empty: what the runner directory's `.service` says, at every look.
  RunnerService(std::string runner_dir, std::string unit, Places places);

  /// nullopt: it can't be told, because the name, a control group or a process can't be read.
  std::optional<ServiceState> look();

 private:
  struct Process {
    int pid = 0;
    std::uint64_t start = 0;  ///< Tells it from another one that got its number later.
    explicit operator bool() const { return pid != 0; }
  };
  struct Seen {
    bool any = false;  ///< Whether the control group has processes.
    Process listener;
    Process worker;
  };

  std::optional<std::string> unit_name() const;
  /// nullopt: there is no systemd to be seen. Empty: the unit has no control group, so it doesn't
  /// run.
  std::optional<std::string> find_group(const std::string& unit);
  bool look_into(const std::string& group, int depth, Seen& seen) const;
  bool look_at(int pid, Seen& seen) const;
  bool lives(const Process& process, std::string_view name) const;

  std::string runner_dir_;
  std::string unit_;
  Places places_;
  std::string group_;  ///< Where it was found last.
  Seen last_;
};

}  // namespace holdfast::exporter
