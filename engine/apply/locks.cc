#include "engine/apply/locks.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <stop_token>
#include <thread>

#include "engine/core/parallel.h"
#include "engine/core/text.h"
#include "engine/journal/state.h"
#include "engine/transport/transport.h"

namespace holdfast {
namespace {

using Hosts = std::vector<Lockable*>;

/// For a run that gives its locks back to do so; holding locks meanwhile is safe in one order.
constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::chrono::milliseconds kBetween{100};

/// Keeps the locks that are held while others are still being taken, as long as it lives.
class Keeper {
 public:
  Keeper(const Hosts& hosts, const LockOptions& options)
      : hosts_(hosts),
        options_(options),
        held_(hosts.size()),
        keeper_([this](const std::stop_token& stop) { keep(stop); }) {}

  void holds(std::size_t host) { held_[host].store(true, std::memory_order_release); }

 private:
  void keep(const std::stop_token& stop) {
    const auto between = std::max(
        std::min<std::chrono::milliseconds>(options_.lease / 4, Lockable::kBetweenSigns), kBetween);
    std::unique_lock lock(mutex_);
    while (!told_.wait_for(lock, stop, between, [] { return false; }) && !stop.stop_requested()) {
      parallel_for(hosts_.size(), options_.parallel, [&](std::size_t i) {
        if (held_[i].load(std::memory_order_acquire)) hosts_[i]->keep();
      });
    }
  }

  const Hosts& hosts_;
  const LockOptions& options_;
  std::vector<std::atomic<bool>> held_;
  std::mutex mutex_{};
  std::condition_variable_any told_{};
  std::jthread keeper_;
};

class Locks {
 public:
  Locks(const Hosts& hosts, const LockOptions& options)
      : hosts_(hosts), options_(options), joined_(hosts.size(), 0) {}

  std::vector<char> take() {
    take_at_once();
    if (!any_locked(hosts_)) return joined_;
    const Deadline end = Clock::now() + options_.timeout;
    do {
      give_back();
      take_in_order();
      if (!any_locked(hosts_)) break;
    } while (wait(end));
    return joined_;
  }

 private:
  void take_at_once() {
    Keeper keeper(hosts_, options_);
    parallel_for(hosts_.size(), options_.parallel, [&](std::size_t i) { take(i, keeper); });
  }

  void take(std::size_t i, Keeper& keeper) {
    joined_[i] = hosts_[i]->begin() ? 1 : 0;
    if (joined_[i] != 0) keeper.holds(i);
  }

  bool interrupted() const {
    return options_.interrupts != nullptr && options_.interrupts->load() > 0;
  }

  void give_back() {
    parallel_for(hosts_.size(), options_.parallel, [&](std::size_t i) {
      if (joined_[i] != 0) hosts_[i]->give_back();
    });
    std::fill(joined_.begin(), joined_.end(), 0);
  }

  void take_in_order() {
    std::vector<std::size_t> order(hosts_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return hosts_[a]->rank() < hosts_[b]->rank(); });
    const Deadline end = Clock::now() + kPatience;
    Keeper keeper(hosts_, options_);
    for (const std::size_t i : order) {
      if (interrupted()) return;
      take(i, keeper);
      while (hosts_[i]->locked() && Clock::now() < end) {
        std::this_thread::sleep_for(kBetween);
        take(i, keeper);
      }
      if (hosts_[i]->locked()) return;
    }
  }

  /// Until the host that is in the way is free, holding nothing. False: it is too late.
  bool wait(Deadline end) {
    const auto blocked =
        std::find_if(hosts_.begin(), hosts_.end(), [](const auto* host) { return host->locked(); });
    if (Clock::now() >= end) return false;
    give_back();
    (*blocked)->tell_who_holds_it();
    while (Clock::now() < end) {
      std::this_thread::sleep_for(kBetween * 3);
      if (interrupted()) return false;
      if ((*blocked)->begin()) (*blocked)->give_back();
      if (!(*blocked)->locked()) return true;
    }
    return false;
  }

  const Hosts& hosts_;
  const LockOptions& options_;
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

bool any_locked(const Hosts& hosts) {
  return std::any_of(hosts.begin(), hosts.end(), [](const auto* host) { return host->locked(); });
}

std::vector<char> take_locks(const Hosts& hosts, const LockOptions& options) {
  return Locks(hosts, options).take();
}

}  // namespace holdfast
