#include "engine/cli/prove_live.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

#include "engine/check/tunnel.h"
#include "engine/cli/agree.h"
#include "engine/cli/carry_out.h"
#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/cli/planning.h"
#include "engine/cli/prove_choice.h"
#include "engine/cli/prove_verdict.h"
#include "engine/cli/watch.h"
#include "engine/core/clock.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/outcome_text.h"

namespace holdfast {
namespace {

constexpr const char* kManifest = "live.yaml";
constexpr std::chrono::milliseconds kTurn{500};
constexpr std::chrono::seconds kToldSlack{30};
constexpr std::chrono::seconds kGone{120};
constexpr int kMostSilent = 10;  ///< Answers in a row that a server may fail to give.

/// Beside what servers listen on, and below what clients are given.
int port_of(const std::string& id) {
  constexpr int kFirst = 20000, kCount = 10000;
  int sum = 0;
  for (const char c : id) sum = (sum * 31 + static_cast<unsigned char>(c)) % kCount;
  return kFirst + sum;
}

/// Often enough for the shortest wait of all; but each look starts a program on the host, which may
/// be busy, and an answer that comes too late ends an alert.
int interval_of(const LiveHost& host) {
  constexpr int kShortest = 5, kLongest = 15;
  double shortest = 3 * kLongest;
  for (const Awaited& one : host.awaited) shortest = std::min(shortest, one.alert->hold);
  return std::clamp(static_cast<int>(shortest) / 3, kShortest, kLongest);
}

std::string manifest_head(const std::string& name, const std::string& host) {
  return "manifest: " + name + "\ndescription: Lets alerts fire for a while\nhosts: '" + host +
         "'\non_failure: rollback_all\nresources:\n";
}

class LiveProof {
 public:
  LiveProof(const ProofRequest& request, PromtoolProof& shown, const ProofFolder& folder)
      : asked_(request),
        shown_(shown),
        folder_(folder),
        options_(run_options(request.options, folder.path() + "/" + kManifest)),
        run_(options_, request.session.registry()),
        watching_(options_, request.session.registry()) {}

  Exit prove() {
    Diagnostics told;
    auto chosen = choose(told);
    complain(options_, told);
    if (!chosen) return failed(std::move(chosen.error()));
    if (!*chosen) return Exit::Failed;
    if (auto written = write_manifest(); !written) return failed(std::move(written.error()));
    const auto plan = make_plan();
    if (!plan) return Exit::Failed;
    if (const auto code = reach()) return *code;
    tell(*plan);
    if (const auto code = disagreed(*plan)) return *code;
    return carry(*plan);
  }

 private:
  static Options run_options(Options options, const std::string& manifest) {
    options.manifests = {manifest};
    options.limit.clear();
    options.set.clear();
    options.out.clear();
    options.on_failure = "rollback_all";
    options.json = false;
    return options;
  }

  Exit failed(Error error) {
    return static_cast<Exit>(refuse(options_, std::move(error), Exit::Failed));
  }

  /// @return whether there is anything to do.
  Result<bool> choose(Diagnostics& told) {
    const std::string id = new_run_id();
    mark_ = "holdfast-prove-" + id.substr(id.size() - std::min<std::size_t>(id.size(), 6));
    HF_TRY(choice_, choose_live(asked_.wiring, shown_, mark_, options_.within, told));
    for (const std::string& one : options_.stop) {
      const std::size_t colon = one.find(':');
      StoppedUnit stopped{.host = one.substr(0, colon), .unit = one.substr(colon + 1)};
      const InventoryHost* host = asked_.session.inventory().host(stopped.host);
      if (host == nullptr) {
        return fail(Code::Usage, "--stop " + printable(one) + ": there is no such host");
      }
      if (const auto settings = connection_settings(*host)) stopped.address = settings->address;
      choice_.stopped.push_back(std::move(stopped));
    }
    if (!choice_.stopped.empty()) HF_CHECK(find_witness());
    if (!choice_.hosts.empty()) return true;
    say("No alert can be made to fire on a running server.\n");
    return false;
  }

  /// Whose server is to tell of stopped units, though it may be shown no series.
  Result<void> find_witness() {
    std::set<std::string> hosts;
    for (const Alert& alert : asked_.wiring.ends.alerts) hosts.insert(alert.host);
    if (hosts.size() != 1) {
      return fail(Code::Usage, "--stop needs one server that all alerts are of, and there are " +
                                   printable(join({hosts.begin(), hosts.end()}, ", ")));
    }
    if (choice_.hosts.empty()) choice_.hosts.push_back({*hosts.begin(), {}});
    // Which of the alerts tells of it isn't known.
    for (const Alert& alert : asked_.wiring.ends.alerts) {
      const int hold = static_cast<int>(alert.hold);
      if (hold <= options_.within) choice_.seconds = std::max(choice_.seconds, hold);
    }
    return {};
  }

  Result<void> write_manifest() {
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "---\n") + part; };
    for (const LiveHost& host : choice_.hosts) {
      ProofStage stage{mark_, host.series(), port_of(mark_), interval_of(host)};
      if (stage.series.empty()) continue;
      HF_TRY(const std::string lines, staged(host.host, stage));
      add(manifest_head("holdfast-prove", host.host) + lines);
    }
    std::map<std::string, std::string> stops;
    for (const StoppedUnit& one : choice_.stopped) {
      for (const Kind* kind : run_.registry().kinds()) {
        const auto* wired = dynamic_cast<const Wired*>(kind);
        const std::string lines = wired == nullptr ? "" : wired->stopped(one.unit);
        stops[one.host] += lines;
        if (!lines.empty()) break;
      }
    }
    for (const auto& [host, lines] : stops) add(manifest_head("holdfast-prove-stop", host) + lines);
    return folder_.write(kManifest, text);
  }

  Result<std::string> staged(const std::string& host, const ProofStage& stage) const {
    for (const Declaration& declaration : asked_.catalog.declarations) {
      if (declaration.host != host || declaration.resource.absent) continue;
      const auto* kind =
          dynamic_cast<const Wired*>(run_.registry().kind(declaration.resource.kind));
      const std::string lines = kind == nullptr ? "" : kind->staged(declaration.resource, stage);
      if (!lines.empty()) return lines;
    }
    return fail(Code::Internal, "nothing shows series to the server on " + printable(host));
  }

  /// What the project is trusted with doesn't change by a manifest that is written for it.
  std::optional<Plan> make_plan() {
    Diagnostics diagnostics;
    const Trust trust = trust_level(asked_.options, run_.registry());
    std::optional<Plan> out;
    if (run_.load(trust, diagnostics)) out = run_.plan(run_.plan_options(), diagnostics);
    complain(options_, diagnostics);
    return out;
  }

  /// Logs in again: the run's own connection is its own thread's.
  std::optional<Exit> reach() {
    Diagnostics diagnostics;
    std::vector<std::string> names;
    for (const LiveHost& host : choice_.hosts) names.push_back(host.host);
    const bool connected =
        watching_.load(run_.trust(), diagnostics) && watching_.connect(names, diagnostics);
    complain(options_, diagnostics);
    if (!connected) return Exit::Failed;
    for (std::size_t i = 0; i < choice_.hosts.size(); ++i) {
      SessionHost& way = watching_.hosts()[i];
      if (!way.host) {
        return static_cast<Exit>(refuse(options_, std::move(*way.error), Exit::Unreachable));
      }
      LiveHost& host = choice_.hosts[i];
      watches_.push_back(std::make_unique<AlertWatch>(
          tunnel_transport(way.host->connection(), {}), url_of(host.host), asked_.wiring,
          host.awaited, i == 0 ? choice_.stopped : std::vector<StoppedUnit>(), watch_interrupts()));
      if (auto begun = watches_.back()->begin(); !begun) return failed(std::move(begun.error()));
    }
    return ask_routes();
  }

  /// Where nothing may fire, Alertmanager's own tool says where its configuration would send it.
  std::optional<Exit> ask_routes() {
    const auto runners = watching_.runners();
    for (const Alert* alert : choice_.left_out) {
      const auto question = route_question(*alert, asked_.wiring);
      const auto runner = question ? runners.find(question->host) : runners.end();
      if (runner == runners.end()) continue;
      auto answer = runner->second->probe(question->probe, {}, [] { return false; });
      if (answer) continue;
      routes_wrong_.error({.code = Code::AlertSilent,
                           .message = "alert '" + printable(alert->name) + "' would not get to " +
                                      printable(question->receiver) + ": " + answer.error().message,
                           .where = alert->place(),
                           .hint = "another route of Alertmanager's configuration takes it first"});
    }
    complain(options_, routes_wrong_);
    return std::nullopt;
  }

  std::string url_of(const std::string& host) const {
    for (const Alert& alert : asked_.wiring.ends.alerts) {
      if (alert.host == host) return alert.url;
    }
    return {};
  }

  void tell(const Plan& plan) const {
    tell_plan(run_, plan, false);
    std::size_t count = 0;
    for (const LiveHost& host : choice_.hosts) count += host.awaited.size();
    std::string out = "\nFor " + duration_text(choice_.seconds) + " or a little more " +
                      counted(count, "alert") + " will fire with the mark " + mark_ +
                      " in their labels, and those who are on call will be told. ";
    if (!choice_.stopped.empty())
      out += counted(choice_.stopped.size(), "unit") + " will be down. ";
    say(out + "Then all of it is taken back.\n");
    flush_output();
  }

  std::optional<Exit> disagreed(const Plan& plan) const {
    const Diagnostics refused = refusals(options_, plan);
    complain(options_, refused);
    if (refused.failed()) return Exit::Refused;
    auto unnamed = unnamed_environment(run_);
    if (!unnamed && !agreed(run_)) unnamed = nobody_agreed();
    if (!unnamed) return std::nullopt;
    return static_cast<Exit>(refuse(options_, std::move(*unnamed), Exit::Refused));
  }

  Exit carry(const Plan& plan) {
    RunMeta meta = run_.meta("prove");
    HistoryBook book(run_, meta);
    meta.digest = plan_digest(plan, run_.registry());
    if (!book.begin(plan)) return Exit::Failed;
    ApplyOptions how;
    how.parallel = run_.parallel();
    how.on_failure = FailurePolicy::RollbackAll;
    how.meta = meta;
    how.lease = std::chrono::seconds(options_.lease);
    how.interrupts = &watch_interrupts();
    // Nothing of it is ever kept.
    how.ask_keep = [this] {
      watch();
      return false;
    };
    auto watcher = make_watcher(options_, plan);
    const Outcome outcome = apply(plan, run_.runners(), run_.registry(), how, *watcher);
    watcher.reset();
    const bool known = book.end(outcome);
    const bool back = watched_ && !outcome.interrupted &&
                      std::all_of(outcome.hosts.begin(), outcome.hosts.end(), [](const auto& host) {
                        return host.end == HostEnd::RolledBack || host.end == HostEnd::Unchanged;
                      });
    if (!back) {
      say(outcome_text(plan, outcome, use_colour(options_, STDOUT_FILENO)));
      return static_cast<Exit>(exit_code(plan, outcome));
    }
    const Exit verdict = judge();
    return known ? verdict : worse(verdict, Exit::Failed);
  }

  /// Until all is seen, or it is too late for it.
  void watch() {
    watched_ = true;
    const auto began = Clock::now();
    const auto since = [&] {
      return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began);
    };
    const auto goes_on = [&](std::chrono::seconds limit) {
      return since() < limit && watch_interrupts().load() == 0 && !broken_;
    };
    while (goes_on(limit()) && !all_seen(since())) {
      std::this_thread::sleep_for(kTurn);
    }
    for (const auto& watch : watches_) {
      const auto limit = since() + watch->group_wait() + kToldSlack;
      bool told = false;
      while (!told && goes_on(limit)) {
        auto answer = watch->told();
        if (!answer) {
          untold_.push_back(std::move(answer.error()));
          break;
        }
        told = *answer;
        if (!told) std::this_thread::sleep_for(kTurn);
      }
      told_ = told_ && told;
    }
  }

  std::chrono::seconds limit() const {
    std::chrono::seconds slack{0};
    for (const auto& watch : watches_) slack = std::max(slack, watch->slack());
    return std::chrono::seconds(choice_.seconds) + slack;
  }

  bool all_seen(std::chrono::seconds elapsed) {
    bool all = true;
    std::size_t arrived = 0, count = 0;
    for (const auto& watch : watches_) {
      auto seen = watch->look(elapsed);
      if (seen) {
        silent_ = 0;
        all = all && *seen;
        for (const Awaited& one : watch->awaited()) arrived += one.arrived ? 1 : 0;
        count += watch->awaited().size();
      } else {
        all = false;
        if (++silent_ >= kMostSilent) broken_ = std::move(seen.error());
      }
    }
    tell_progress(arrived, count, elapsed);
    return all;
  }

  void tell_progress(std::size_t arrived, std::size_t count, std::chrono::seconds elapsed) {
    if (options_.quiet || arrived <= arrived_) return;
    arrived_ = arrived;
    say(std::to_string(arrived) + " of " + counted(count, "alert") + " at Alertmanager after " +
        duration_text(static_cast<int>(elapsed.count())) + "\n");
    flush_output();
  }

  Exit judge() {
    if (broken_) return failed(std::move(*broken_));
    bool gone = false;
    for (const auto end = Clock::now() + kGone; !gone && Clock::now() < end;) {
      gone = std::all_of(watches_.begin(), watches_.end(), [](const auto& watch) {
        const auto answer = watch->gone();
        return answer && *answer;
      });
      if (!gone) std::this_thread::sleep_for(kTurn);
    }
    Diagnostics diagnostics;
    for (const auto& watch : watches_) tell_verdict(*watch, diagnostics);
    for (Error& error : untold_) diagnostics.error(std::move(error));
    if (!told_ && untold_.empty() && !diagnostics.failed()) {
      diagnostics.error({.code = Code::AlertSilent,
                         .message = "Alertmanager has the alerts, and told nobody of them",
                         .hint = "has the receiver anybody to tell? Is it muted?"});
    }
    if (!gone) {
      diagnostics.warning({.code = Code::AlertSilent,
                           .message = "Alertmanager still has alerts of this proof",
                           .hint = "they end by themselves; all that was changed is taken back"});
    }
    complain(options_, diagnostics);
    if (diagnostics.failed() || routes_wrong_.failed()) return Exit::Failed;
    say("All of them were told of, and everything is as it was before.\n");
    return Exit::Done;
  }

  const ProofRequest& asked_;
  PromtoolProof& shown_;
  const ProofFolder& folder_;
  const Options options_;
  Session run_, watching_;
  std::string mark_;
  LiveChoice choice_;
  std::vector<std::unique_ptr<AlertWatch>> watches_;
  bool watched_ = false, told_ = true;
  int silent_ = 0;
  std::size_t arrived_ = 0;
  std::vector<Error> untold_;
  Diagnostics routes_wrong_;
  std::optional<Error> broken_;
};

}  // namespace

Exit prove_live(const ProofRequest& request, PromtoolProof& shown, const ProofFolder& folder) {
  return LiveProof(request, shown, folder).prove();
}

}  // namespace holdfast
