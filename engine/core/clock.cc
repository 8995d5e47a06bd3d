#include "engine/core/clock.h"

#include <array>
#include <chrono>
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
  using std::chrono::system_clock;
  const auto now = system_clock::now();
  std::array<char, 8> part{};
  (void)std::snprintf(
      part.data(), part.size(), "%03dZ-",
      static_cast<int>(now.time_since_epoch() / std::chrono::milliseconds(1) % 1000));
  return formatted("%Y%m%dT%H%M%S", system_clock::to_time_t(now)) + part.data() + random_hex(4);
}

}  // namespace holdfast
