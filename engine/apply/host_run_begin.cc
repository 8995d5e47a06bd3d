#include <algorithm>
#include <iterator>

#include "engine/api/servers.h"
#include "engine/apply/back_order.h"
#include "engine/apply/cut_off.h"
#include "engine/apply/host_run.h"
#include "engine/apply/later.h"
#include "engine/apply/locks.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

using What = RowOutcome::What;

std::string short_of(const Change& change, const Resource& resource) {
  static constexpr const char* kVerbs[] = {"keep", "create", "update", "replace", "delete", "run"};
  return std::string(kVerbs[static_cast<std::size_t>(change.action)]) + " " + resource.address();
}

}  // namespace

std::string HostRun::rank() const {
  const HostPlan* host = plan_.host(host_);
  return host == nullptr || host->machine_id.empty() ? host_ : host->machine_id;
}

void HostRun::give_back() {
  release();
  outcome_.end = HostEnd::Unchanged;
}

void HostRun::keep() {
  // Where this is lost, what comes next says so.
  if (!only_probes()) (void)!runner_.keep_lock(Clock::now() + kPatienceToKeep);
}

void HostRun::tell_who_holds_it() {
  watcher_.host_note(host_, "waiting: " + outcome_.error->message);
}

void HostRun::step_back() {
  release();
  tell_end();
}

void HostRun::tell_end() {
  outcome_.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
  watcher_.host_ends(outcome_);
}

bool HostRun::begin() {
  if (only_probes()) return true;
  outcome_.error.reset();
  outcome_.cut_off.reset();
  // The host gives the lock up after the lease where nothing more comes.
  const Deadline limit = std::min(deadline(), Clock::now() + options_.lease - options_.lease / 9);
  auto begun = runner_.begin(queries_of(plan_.declarations, host_, registry_), meta_, limit);
  if (!begun) {
    const bool cloned = begun.error().code == Code::ClonedMachine;
    lost(std::move(begun.error()));
    outcome_.end = cloned ? HostEnd::Refused : HostEnd::Unreachable;
    return false;
  }
  if (!begun->locked) {
    outcome_.end = HostEnd::Locked;
    outcome_.error = held(host_, begun->holder);
    return false;
  }
  const ServerFaults faults = ask_servers_of(plan_.declarations, host_, registry_,
                                             contact(options_.lease), begun->seen.answers);
  if (compare(begun->seen, faults)) return true;
  release();
  return false;
}

bool HostRun::compare(const Seen& seen, const ServerFaults& faults) {
  outcome_.end = HostEnd::Refused;
  const HostPlan* planned = plan_.host(host_);
  alone_.clear();
  std::copy_if(
      seen.alone.begin(), seen.alone.end(), std::back_inserter(alone_), [&](const EndedAlone& one) {
        return planned == nullptr ||
               std::find(planned->alone.begin(), planned->alone.end(), one) == planned->alone.end();
      });
  if (const std::string run = goes_on_from(); !run.empty() && seen.open_run == run) {
    outcome_.cut_off = EndedRun{run, "open"};
  }
  for (const std::size_t row : all_) {
    if (plan_.rows[row].later.empty()) continue;
    const Resource& resource = plan_.declarations[row].resource;
    left_for_.lives[row] = registry_.kind(resource.kind)->life(resource, seen.answers);
  }
  const auto object = [this](Objection found) {
    outcome_.error = std::move(found.error);
    if (found.row) row_outcomes_[*found.row] = {What::NotBegun, outcome_.error};
    return false;
  };
  if (auto found = objection(plan_, host_, all_, seen, registry_, faults, goes_on_from())) {
    return object(std::move(*found));
  }
  auto state = seen.record();
  if (!state) {
    outcome_.error = std::move(state.error());
    return false;
  }
  state_ = std::move(*state);
  if (auto found = taken_meanwhile(plan_, host_, all_, state_)) return object(std::move(*found));
  unseal(state_, seen.machine_id, host_);
  machine_ = state_.machine = seen.machine_id;
  if (!learn_cut_off(seen.open_run)) return false;
  outcome_.end = HostEnd::Unchanged;
  return true;
}

/// What the host remembers of the run that this one goes on from.
bool HostRun::learn_cut_off(const std::string& id) {
  cut_off_.reset();
  if (id.empty()) return true;
  auto run = remembered_run(runner_, id, deadline());
  if (run) {
    cut_off_ = std::move(*run);
  } else {
    outcome_.error = std::move(run.error());
  }
  return cut_off_.has_value();
}

void HostRun::release() {
  if (only_probes()) return;
  if (auto released = runner_.release(deadline()); !released) gone_ = true;
}

bool HostRun::open() {
  if (opened_ || only_probes()) return true;
  for (const std::size_t row : all_) {
    meta_.objects.push_back(plan_.rows[row].identity);
    if (plan_.rows[row].change.action == Action::Create || plan_.rows[row].effects.makes) {
      meta_.created.push_back(plan_.rows[row].identity);
    }
    if (plan_.rows[row].changes() && stays(row)) meta_.closed.push_back(plan_.rows[row].identity);
    if (plan_.rows[row].changes() && !plan_.rows[row].only_asks()) {
      meta_.changes.push_back(short_of(plan_.rows[row].change, plan_.declarations[row].resource));
    }
    note_stops(plan_.rows[row].steps, meta_.stops);
    note_stops(plan_.rows[row].later, meta_.stops_later);
  }
  meta_.after = hosts_before(plan_, {all_.begin(), all_.end()});
  Arming arming{.lease = options_.lease};
  if (cut_off_) {
    watcher_.host_note(host_, "going on from run " + cut_off_->id);
    meta_.instead = cut_off_->id;
    arming.instead = as_stopped(*cut_off_, state_, ended_by(meta_, true));
  }
  const auto marked = mark_pending(state_, plan_, all_);
  auto key = runner_.open(meta_, marked ? state_json(*marked) : "", arming, deadline());
  // Where the host is lost nobody knows whether this one had begun.
  if (cut_off_ && (key || key.error().code != Code::StepFailed)) {
    outcome_.cut_off->status = "stopped";
  }
  if (!key && key.error().code != Code::StepFailed) {
    opened_ = true;
    outcome_.run = meta_.id;
    lost(std::move(key.error()));
    return false;
  }
  if (!key) {
    fail_rows(left_, std::move(key.error()));
    return false;
  }
  key_ = std::move(*key);
  opened_ = true;
  outcome_.run = meta_.id;
  outcome_.machine = machine_;
  return true;
}

}  // namespace holdfast
