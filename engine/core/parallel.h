#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace holdfast {

/// Calls `work(i)` for every i below `count`, at most `limit` at once, and returns when all have
/// ended. `work` must not throw.
template <class Work>
void parallel_for(std::size_t count, int limit, const Work& work) {
  if (count == 1) return work(std::size_t{0});
  std::atomic<std::size_t> next{0};
  const auto loop = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  const std::size_t threads = std::min(count, static_cast<std::size_t>(std::max(limit, 1)));
  std::vector<std::jthread> all;
  for (std::size_t i = 0; i < threads; ++i) all.emplace_back(loop);
}

}  // namespace holdfast
