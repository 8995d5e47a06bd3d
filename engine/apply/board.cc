#include "engine/apply/board.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

namespace holdfast {

Board::Board(const Plan& plan, std::vector<bool> involved, int parallel)
    : plan_(plan),
      rows_(plan.rows.size(), Mark::Open),
      involved_(std::move(involved)),
      slots_(std::max(parallel, 1)) {}

Board::Ready Board::ready(const std::vector<std::size_t>& candidates) const {
  const std::lock_guard lock(mutex_);
  Ready out;
  std::set<std::size_t> waiting;
  std::map<std::size_t, std::size_t> lost;  // Of the candidates, with what failed below them.
  const std::set<std::size_t> own(candidates.begin(), candidates.end());
  const bool turn = candidates.empty() || has_its_turn(plan_.declarations[candidates[0]].host);
  for (const std::size_t row : candidates) {
    std::optional<std::size_t> failed;
    bool waits = !turn && !plan_.rows[row].early;
    for (const std::size_t before : plan_.graph.before(row)) {
      if (!involved_[before]) continue;
      if (rows_[before] == Mark::Failed) failed = before;
      if (const auto found = lost.find(before); found != lost.end()) failed = found->second;
      const bool elsewhere = own.count(before) == 0 && rows_[before] == Mark::Open;
      if (elsewhere || waiting.count(before) > 0) waits = true;
    }
    if (failed) {
      lost.emplace(row, *failed);
      out.blocked.emplace_back(row, *failed);
    } else if (waits) {
      waiting.insert(row);
    } else {
      out.rows.push_back(row);
    }
  }
  return out;
}

bool Board::has_its_turn(const std::string& host) const {
  const HostPlan* planned = plan_.host(host);
  return planned == nullptr ||
         std::none_of(planned->after.begin(), planned->after.end(),
                      [&](const std::string& other) { return working_.count(other) > 0; });
}

void Board::begin(const std::string& host) {
  const std::lock_guard lock(mutex_);
  working_.insert(host);
}

void Board::end(const std::string& host) {
  {
    const std::lock_guard lock(mutex_);
    working_.erase(host);
    returning_.erase(host);
  }
  changed_.notify_all();
}

void Board::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(1));
}

void Board::mark(const std::vector<std::size_t>& rows, Mark mark) {
  {
    const std::lock_guard lock(mutex_);
    for (const std::size_t row : rows) rows_[row] = mark;
  }
  changed_.notify_all();
}

void Board::abort() {
  {
    const std::lock_guard lock(mutex_);
    aborted_ = true;
  }
  changed_.notify_all();
}

bool Board::aborted() const {
  const std::lock_guard lock(mutex_);
  return aborted_;
}

void Board::turn_back(std::set<std::string> hosts, HostOrder order) {
  const std::lock_guard lock(mutex_);
  returning_ = std::move(hosts);
  way_back_ = std::move(order);
}

bool Board::waits(const std::string& host) const {
  const std::lock_guard lock(mutex_);
  const std::set<std::string>& first = way_back_.before(host);
  return returning_.count(host) > 0 &&
         std::any_of(first.begin(), first.end(),
                     [&](const std::string& other) { return returning_.count(other) > 0; });
}

}  // namespace holdfast
