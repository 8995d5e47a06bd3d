#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/apply/apply.h"
#include "engine/apply/rehearsal.h"
#include "engine/apply/rollback.h"
#include "engine/plan/plan.h"
#include "resources/registry.h"
#include "tests/support/fake_runner.h"
#include "tests/support/site.h"

namespace holdfast {

/// Manifests: of one file on h1, of two on each host of the group web.
inline constexpr const char* kOneFile = "hosts: h1\nresources:\n  - {file: /srv/a, content: a}\n";
inline constexpr const char* kTwoFiles =
    "hosts: web\nresources:\n  - {file: /srv/a, content: a}\n  - {file: /srv/b, content: b}\n";

/// What happened, in the order in which it did: "h1 write /etc/a", "h1 ends".
class Diary : public Watcher {
 public:
  void host_begins(const std::string& host) override { add(host + " begins"); }
  void act(const std::string& host, std::size_t, const std::string& what) override {
    add(host + " " + what);
  }
  void host_note(const std::string& host, const std::string& what) override {
    add(host + " notes " + what);
  }
  void host_ends(const HostOutcome& outcome) override { add(outcome.host + " ends"); }

  std::vector<std::string> lines() const;
  /// Waits until a line is there, ten seconds at most. @return whether it is.
  bool wait_for(const std::string& line) const;
  void clear();

 private:
  void add(std::string line);
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Hosts h1, h2 and h3 in memory with every real kind, or those of `kinds`, and a manifest for
/// them: from its text to a plan, from the plan to the hosts.
class Fleet {
 public:
  explicit Fleet(const std::string& manifest, Registry (*kinds)() = all_kinds);

  /// The same hosts are to be something else.
  void manifest(const std::string& text) { site_.write("manifests/site.yaml", text); }
  FakeRunner& operator[](const std::string& host) { return *runners_.at(host); }
  Site& site() { return site_; }
  /// By host: the hosts that it is reached through.
  std::map<std::string, std::vector<std::string>> ways{};
  const Registry& registry() const { return registry_; }
  Diary& diary() { return diary_; }

  /// Fails the test on what is wrong with the manifest, unless `wrong` is there to take it.
  Plan plan(const PlanOptions& options = {}, Diagnostics* wrong = nullptr);
  /// With --limit: `looked_at` is one of the hosts that it leaves out.
  Plan plan_within(const std::string& limit, const std::string& looked_at);
  /// What that host is like, for another one's sake.
  Plan look_at(const std::string& host);
  Outcome apply(const Plan& plan, ApplyOptions options = {});
  Outcome apply() { return apply(plan()); }
  RehearsalReport rehearse(const Plan& plan, const std::atomic<int>* interrupts = nullptr);
  RehearsalReport rehearse() { return rehearse(plan()); }
  /// Applies, and fails the test unless all went well.
  void settle(const PlanOptions& options = {});
  Outcome roll_back(const std::string& run = {}, bool through = false, bool reopen = false) {
    return roll_back(RollbackOptions{.run = run, .through = through, .reopen = reopen});
  }
  Outcome roll_back(RollbackOptions options);
  /// On these hosts only, by the names that they have now.
  Outcome roll_back(RollbackOptions options, const std::map<std::string, Runner*>& hosts);

  /// All there is on all hosts, but for what holdfast itself keeps there.
  std::string snapshot() const;
  HostState state(const std::string& host) const;

 private:
  Catalog expand(const std::vector<std::string>& limit);
  Plan plan_of(Catalog catalog, const PlanOptions& options, Diagnostics* wrong);
  std::map<std::string, Runner*> runners();

  Site site_;
  Registry registry_;
  std::map<std::string, std::unique_ptr<FakeRunner>> runners_;
  Diary diary_;
  int runs_ = 0;
};

/// "h1 create file /etc/a: does not exist" of every row that changes, in the graph's order; with
/// what else there is to say: "(adopt)", "(unknown: …)", "(refused)".
std::vector<std::string> told(const Plan& plan);
/// The row of this host and address; fails the test where there is none.
std::size_t row_of(const Plan& plan, const std::string& host, const std::string& address);
/// How one host's part ended; fails the test where it has none.
const HostOutcome& end_of(const Outcome& outcome, const std::string& host);

}  // namespace holdfast
