#include "engine/apply/locks.h"

#include <algorithm>
#include <numeric>
#include <thread>

#include "engine/core/parallel.h"
#include "engine/core/text.h"
#include "engine/journal/state.h"

namespace holdfast {
namespace {

using Runs = std::vector<std::unique_ptr<HostRun>>;

/// For a run that gives its locks back to do so; holding locks meanwhile is safe in one order.
constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::chrono::milliseconds kBetween{100};

bool locked(const HostRun& run) { return run.outcome().end == HostEnd::Locked; }

class Locks {
 public:
  Locks(const Runs& runs, const ApplyOptions& options)
      : runs_(runs), options_(options), joined_(runs.size(), 0) {}

  std::vector<char> take() {
    parallel_for(runs_.size(), options_.parallel,
                 [&](std::size_t i) { joined_[i] = runs_[i]->begin() ? 1 : 0; });
    if (!any_locked(runs_)) return joined_;
    const Deadline end = Clock::now() + options_.lock_timeout;
    do {
      give_back();
      take_in_order();
      if (!any_locked(runs_)) break;
    } while (wait(end));
    return joined_;
  }

 private:
  void give_back() {
    parallel_for(runs_.size(), options_.parallel, [&](std::size_t i) {
      if (joined_[i] != 0) runs_[i]->give_back();
    });
    std::fill(joined_.begin(), joined_.end(), 0);
  }

  void take_in_order() {
    std::vector<std::size_t> order(runs_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return runs_[a]->rank() < runs_[b]->rank(); });
    const Deadline end = Clock::now() + kPatience;
    for (const std::size_t i : order) {
      joined_[i] = runs_[i]->begin() ? 1 : 0;
      while (locked(*runs_[i]) && Clock::now() < end) {
        std::this_thread::sleep_for(kBetween);
        joined_[i] = runs_[i]->begin() ? 1 : 0;
      }
      if (locked(*runs_[i])) return;
    }
  }

  /// Until the host that is in the way is free, holding nothing. False: it is too late.
  bool wait(Deadline end) {
    const auto blocked =
        std::find_if(runs_.begin(), runs_.end(), [](const auto& run) { return locked(*run); });
    if (Clock::now() >= end) return false;
    give_back();
    (*blocked)->tell_who_holds_it();
    while (Clock::now() < end) {
      std::this_thread::sleep_for(kBetween * 3);
      if (options_.interrupts != nullptr && options_.interrupts->load() > 0) return false;
      if ((*blocked)->begin()) (*blocked)->give_back();
      if (!locked(**blocked)) return true;
    }
    return false;
  }

  const Runs& runs_;
  const ApplyOptions& options_;
  std::vector<char> joined_;
};

}  // namespace

Error held(const std::string& host, const std::string& holder) {
  if (const auto run = parse_meta(holder)) {
    const std::string what = run->id.empty() ? "`holdfast " + run->command + "`" : "run " + run->id;
    return {.code = Code::Locked,
            .message = printable(host + " is held by " + what + " of " + run->user + " from " +
                                 run->from + ", since " + run->started)};
  }
  std::vector<std::string> programs;
  for (const std::string_view line : lines(holder)) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) continue;
    programs.push_back(std::string(line.substr(space + 1)) + " (process " +
                       std::string(line.substr(0, space)) + ")");
  }
  const std::string who = programs.empty() ? "a program" : join(programs, ", ");
  return {
      .code = Code::Locked,
      .message = printable(host + " is held by " + who + ", left behind by a run that is over"),
      .hint = programs.empty() ? "" : "end it there; what shall run on belongs to a systemd_unit"};
}

bool any_locked(const Runs& runs) {
  return std::any_of(runs.begin(), runs.end(), [](const auto& run) { return locked(*run); });
}

std::vector<char> take_locks(const Runs& runs, const ApplyOptions& options) {
  return Locks(runs, options).take();
}

}  // namespace holdfast
