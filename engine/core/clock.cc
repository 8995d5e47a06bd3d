#include "engine/core/clock.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "engine/core/hash.h"

namespace holdfast {
namespace {

std::string formatted(const char* format, std::time_t now) {
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace

std::string now_text() { return time_text(std::time(nullptr)); }
std::string time_text(std::int64_t seconds) { return formatted("%Y-%m-%dT%H:%M:%SZ", seconds); }
std::int64_t unix_time() { return std::time(nullptr); }
std::string new_run_id() {
  // Two of one millisecond would sort by chance.
  static std::atomic<std::int64_t> last{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  std::int64_t own = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  std::int64_t before = last.load();
  do {
    own = std::max(own, before + 1);
  } while (!last.compare_exchange_weak(before, own));
  std::array<char, 8> part{};
  (void)std::snprintf(part.data(), part.size(), "%03dZ-", static_cast<int>(own % 1000));
  return formatted("%Y%m%dT%H%M%S", static_cast<std::time_t>(own / 1000)) + part.data() +
         random_hex(4);
}

}  // namespace holdfast
