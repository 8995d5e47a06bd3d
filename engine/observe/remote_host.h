#pragma once

#include <atomic>
#include <memory>

#include "engine/observe/host.h"
#include "engine/observe/program.h"
#include "engine/transport/shell.h"

namespace holdfast {

/// Where `holdfast prepare` puts the observe program: the only thing that a plan-only account may
/// run as root.
inline constexpr const char* kPreparedProgram = "/usr/local/lib/holdfast/observe";

/// A real host: one connection, one long-lived shell.
class RemoteHost : public Host {
 public:
  /// Connects, logs in, becomes root where asked, all within the transport's limits.
  static Result<std::unique_ptr<RemoteHost>> connect(Dialer& dialer, const Endpoint& endpoint,
                                                     const Escalation& escalation,
                                                     const Registry& registry, Deadline deadline);

  const std::string& name() const override { return name_; }
  const Peer& peer() const override { return connection_->peer(); }
  Result<Value> facts(Deadline deadline) override;
  Result<Seen> observe(const std::vector<Query>& queries, Deadline deadline) override;
  Result<Fetched> fetch(const std::vector<TextQuery>& queries, bool show_private,
                        Deadline deadline) override;
  Result<std::optional<Mark>> mark(const std::string& word, Deadline deadline) override;
  Result<bool> sees(const Mark& mark, Deadline deadline) override;
  Result<Footing> footing(const ProcessId& own, const std::vector<std::string>& under,
                          Deadline deadline) override;

  /// Another login by the same way, as far as a shell. @errors those of connect().
  Result<std::unique_ptr<RemoteHost>> log_in_again(Deadline deadline);
  /// Once `interrupts` is above 0, whatever the host is asked ends with HF1008.
  void heed(const std::atomic<int>& interrupts) { interrupts_ = &interrupts; }
  /// Nothing that a manifest says is run there (--untrusted): such questions stay unknown.
  void run_no_code() { runs_code_ = false; }
  /// The script that answers `queries` (the program's text the first time); its payload is
  /// Observation::payload().
  std::string observe_script(const std::vector<Query>& queries);
  /// What these queries may take beyond the ordinary time-out.
  std::chrono::seconds patience(const std::vector<Query>& queries) const;
  Shell& shell() { return *shell_; }
  Connection& connection() { return *connection_; }
  const Registry& registry() const { return registry_; }

 private:
  RemoteHost(std::string name, std::unique_ptr<Connection> connection, std::unique_ptr<Shell> shell,
             Escalation escalation, const Registry& registry, Dialer& dialer, Endpoint endpoint)
      : name_(std::move(name)),
        connection_(std::move(connection)),
        shell_(std::move(shell)),
        escalation_(std::move(escalation)),
        registry_(registry),
        dialer_(dialer),
        endpoint_(std::move(endpoint)) {}
  Result<Seen> observe_once(const std::vector<Query>& queries, Deadline deadline);
  /// The first answer to one question of the fixed program.
  Result<Record> ask_program(const std::string& question, const std::string& key,
                             Deadline deadline);
  /// The fixed program the first time; "" later.
  std::string program_text();
  /// The same, and its call.
  std::string program_call();
  bool may_only_plan(const Error& error, Deadline deadline);
  /// Records of one frame. Where they are no longer waited for, what the host does for them ends.
  Result<void> receive(Shell& shell, const std::function<void(Record&&)>& on_record,
                       std::size_t cap, Deadline deadline);
  void cease(const Shell& shell);

  std::string name_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Shell> shell_;
  Escalation escalation_;
  const Registry& registry_;
  Dialer& dialer_;
  Endpoint endpoint_;
  bool program_sent_ = false;
  bool runs_code_ = true;
  const std::atomic<int>* interrupts_ = nullptr;
};

/// The script of an observation without the program's text, and the reading of its records: shared
/// with the look under the lock.
class Observation {
 public:
  Observation(const Registry& registry, const std::vector<Query>& queries);
  std::string payload() const;
  /// Takes one record. @errors HF4110, HF4111.
  Result<void> take(const Record& record);
  /// After the last one.
  Result<Seen> finish();

 private:
  Result<void> take_machine(const std::string& text);
  const Registry& registry_;
  Seen seen_;
  std::vector<Question> questions_;
  std::size_t next_ = 0;
};

}  // namespace holdfast
