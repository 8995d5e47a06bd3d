#include "engine/apply/rehearsal.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/api/servers.h"
#include "engine/apply/admission.h"
#include "engine/apply/culprits.h"
#include "engine/apply/locks.h"
#include "engine/apply/masking.h"
#include "engine/apply/rehearsed_blocks.h"
#include "engine/core/clock.h"
#include "engine/core/parallel.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

/// One host's rehearsal, from the lock to what is to be said of it.
class Rehearsing {
 public:
  Rehearsing(const Plan& plan, const HostPlan& host, std::vector<std::size_t> rows, Runner& runner,
             const Registry& registry, const RehearsalOptions& options)
      : plan_(plan),
        host_(host),
        rows_(closing_first(plan, std::move(rows)).rows),
        runner_(runner),
        registry_(registry),
        options_(options) {
    out_.host = host.host;
  }

  HostRehearsal carry_out() {
    const Clock::time_point started = Clock::now();
    if (auto done = attempt(); !done) out_.error = std::move(done.error());
    if (locked_) (void)!runner_.release(minutes_from_now(1));
    out_.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
    return std::move(out_);
  }

 private:
  Result<void> attempt() {
    if (auto blocked = obstacle(host_)) return fail(std::move(*blocked));
    hold_back();
    Numbering numbering;
    parts_ = rehearsed_blocks(make_blocks(plan_, rows_, registry_, numbering));
    out_.left_out.insert(out_.left_out.end(), parts_.left_out.begin(), parts_.left_out.end());
    if (parts_.acts() == 0) return {};
    HF_TRY(Begun begun, runner_.begin(queries_of(plan_.declarations, host_.host, registry_),
                                      options_.by, minutes_from_now(1)));
    locked_ = begun.locked;
    if (!locked_) return fail(held(host_.host, begun.holder));
    const ServerFaults faults =
        ask_servers_of(plan_.declarations, host_.host, registry_,
                       {plain_contact(), [this] { return runner_.tunnel(); }}, begun.seen.answers);
    if (auto found = objection(plan_, host_.host, rows_, begun.seen, registry_, faults)) {
      return fail(std::move(found->error));
    }
    HF_TRY(const Rehearsed whole, run(parts_.acts()));
    out_.notes = whole.notes;
    tell_failed(whole);
    tell_left(whole);
    HF_CHECK(tell_differences(whole));
    out_.steps = parts_.acts() - static_cast<int>(lost_.size());
    return {};
  }

  /// An apply doesn't begin what rests on what it can't do, either.
  void hold_back() {
    std::map<std::size_t, std::size_t> cause;  // by row that can't be done: the first one before it
    for (std::size_t row = 0; row < plan_.rows.size(); ++row) {
      if (plan_.rows[row].refused || plan_.rows[row].unknown) cause.emplace(row, row);
    }
    if (cause.empty()) return;
    for (const std::size_t row : plan_.graph.order()) {
      for (const std::size_t other : plan_.graph.before(row)) {
        if (const auto found = cause.find(other); found != cause.end())
          cause.emplace(row, found->second);
      }
    }
    std::erase_if(rows_, [&](std::size_t row) {
      const auto found = cause.find(row);
      if (found == cause.end()) return false;
      const Declaration& first = plan_.declarations[found->second];
      out_.left_out.push_back(
          {row, "it rests on " + printable(first.host + " " + first.resource.address()) +
                    (plan_.rows[found->second].refused ? ", which is refused"
                                                       : ", which isn't known yet")});
      return true;
    });
  }

  /// Rehearses the first `count` acts.
  Result<Rehearsed> run(int count) {
    HF_TRY(Rehearsed result, runner_.rehearse(parts_.first(count), [this] {
      return options_.interrupts != nullptr && options_.interrupts->load() > 0;
    }));
    const bool full = std::any_of(result.failed.begin(), result.failed.end(), no_room) ||
                      std::any_of(result.left.begin(), result.left.end(), no_room);
    if (full)
      result.impossible = "what the plan touches doesn't fit into the memory that it may use";
    if (!result.impossible.empty()) {
      return fail(Code::CannotRehearse,
                  "nothing can be rehearsed on " + printable(host_.host) + ": " +
                      printable(trim(result.impossible)),
                  "nothing was changed; without --rehearse it goes on unproven");
    }
    std::erase_if(result.differences, [&](const Rehearsed::Difference& one) {
      return std::any_of(parts_.leaves.begin(), parts_.leaves.end(),
                         [&](const std::string& path) { return is_within(one.path, path); });
    });
    return result;
  }

  static bool no_room(const Rehearsed::Said& said) {
    return said.what.find("No space left on device") != std::string::npos ||
           said.what.find("no room for ") != std::string::npos;
  }

  /// "file /etc/motd", and of one act for many: all of them.
  std::string names(const Act& act) const {
    std::vector<std::string> out;
    for (const std::size_t row : act.rows) {
      const std::string name = plan_.declarations[row].resource.address();
      if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    }
    return printable(host_.host + " " + join(out, ", "));
  }

  static std::string quoted(const Act& act) { return "'" + printable(describe(act.step)) + "'"; }

  Error& fault(Code code, const Act& act, const std::string& what) {
    out_.faults.push_back({.code = code,
                           .message = names(act) + ": " + what,
                           .where = plan_.declarations[act.rows.front()].resource.where});
    return out_.faults.back();
  }

  static std::string masked(const std::string& text, const Act& act) {
    Block block;
    block.acts.push_back(act);
    return printable_lines(mask_secrets(text, block));
  }

  /// What fails where something before it was left out may only miss that; what rests on what
  /// failed fails, too.
  void tell_failed(const Rehearsed& result) {
    std::set<std::size_t> failed;
    for (const Rehearsed::Said& said : result.failed) {
      const Act* act = parts_.act(said.act);
      if (act == nullptr || !lost_.insert(said.act).second) continue;
      const auto known = [&](std::size_t row) {
        return failed.count(row) > 0 || rests_on(row, failed);
      };
      const bool follows = std::any_of(act->rows.begin(), act->rows.end(), known);
      failed.insert(act->rows.begin(), act->rows.end());
      if (follows) continue;
      const std::string what = quoted(*act) + " fails: " + masked(said.what, *act);
      const auto gap = parts_.after_gap.find(act->rows.front());
      if (gap == parts_.after_gap.end()) {
        fault(Code::RehearsalFailed, *act, what);
        continue;
      }
      const std::string before = plan_.declarations[gap->second].resource.address();
      for (const std::size_t row : act->rows) {
        out_.left_out.push_back({row, what + "; " + printable(before) +
                                          ", which is not rehearsed, may bring what it needs"});
      }
    }
  }

  bool rests_on(std::size_t row, const std::set<std::size_t>& failed) const {
    const auto& before = plan_.graph.before(row);
    return std::any_of(before.begin(), before.end(), [&](std::size_t other) {
      return failed.count(other) > 0 || rests_on(other, failed);
    });
  }

  void tell_left(const Rehearsed& result) {
    for (const Rehearsed::Said& said : result.left) {
      const Act* act = parts_.act(said.act);
      if (act == nullptr || lost_.count(said.act) > 0) continue;
      fault(Code::UndoWrong, *act,
            "the undo of " + quoted(*act) + " fails: " + masked(said.what, *act));
    }
  }

  /// Names the act for each path that is not as it was.
  Result<void> tell_differences(const Rehearsed& whole) {
    if (whole.differences.empty()) return {};
    HF_TRY(const auto culprits,
           find_culprits(parts_.acts(), whole, [this](int count) { return run(count); }));
    std::vector<const Act*> acts;
    for (const Block& block : parts_.blocks) {
      for (const Act& act : block.acts) acts.push_back(&act);
    }
    for (const Culprit& culprit : culprits) {
      tell_culprit(*acts.at(static_cast<std::size_t>(culprit.act)), culprit.differences);
    }
    return {};
  }

  void tell_culprit(const Act& act, const std::vector<Rehearsed::Difference>& differences) {
    std::vector<std::string> told;
    for (const Rehearsed::Difference& one : differences) {
      // What lies in a folder that is left or gone is so, too.
      const bool within =
          std::any_of(differences.begin(), differences.end(), [&](const auto& other) {
            return other.path != one.path && is_within(one.path, other.path) && one.whole() &&
                   other.whole();
          });
      if (!within) told.push_back(printable(one.path + " " + one.what));
    }
    const std::string wrong = "the undo of " + quoted(act) + " is wrong: after it ";
    if (told.size() == 1) {
      fault(Code::UndoWrong, act, wrong + told.front());
      return;
    }
    Error& error = fault(Code::UndoWrong, act,
                         wrong + std::to_string(told.size()) + " paths are not as they were");
    for (std::string& one : told) error.notes.push_back({{}, std::move(one)});
  }

  const Plan& plan_;
  const HostPlan& host_;
  std::vector<std::size_t> rows_;
  Runner& runner_;
  const Registry& registry_;
  const RehearsalOptions& options_;
  bool locked_ = false;
  RehearsedBlocks parts_;
  std::set<int> lost_;  ///< Numbers of acts that failed.
  HostRehearsal out_;
};

}  // namespace

bool RehearsalReport::sound() const {
  return std::all_of(hosts.begin(), hosts.end(),
                     [](const HostRehearsal& host) { return !host.error && host.faults.empty(); });
}

RehearsalReport rehearse(const Plan& plan, const std::map<std::string, Runner*>& runners,
                         const Registry& registry, const RehearsalOptions& options) {
  struct Part {
    const HostPlan* host;
    std::vector<std::size_t> rows;
    Runner* runner;
  };
  std::vector<Part> parts;
  for (const HostPlan& host : plan.hosts) {
    std::vector<std::size_t> rows = plan.rows_of(host.host);
    std::erase_if(
        rows, [&](std::size_t row) { return !takes_part(plan, row) || !plan.rows[row].changes(); });
    const bool asks = std::all_of(rows.begin(), rows.end(),
                                  [&](std::size_t row) { return plan.rows[row].only_asks(); });
    const auto runner = runners.find(host.host);
    if (host.unreachable || asks || runner == runners.end()) continue;
    parts.push_back({&host, std::move(rows), runner->second});
  }
  RehearsalReport out;
  out.hosts.resize(parts.size());
  parallel_for(parts.size(), options.parallel, [&](std::size_t i) {
    Part& part = parts[i];
    out.hosts[i] =
        Rehearsing(plan, *part.host, std::move(part.rows), *part.runner, registry, options)
            .carry_out();
  });
  out.interrupted = options.interrupts != nullptr && options.interrupts->load() > 0;
  return out;
}

}  // namespace holdfast
