#include "engine/core/clock.h"

#include <array>
#include <ctime>

#include "engine/core/hash.h"

namespace holdfast {
namespace {

std::string formatted(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace

std::string now_text() { return formatted("%Y-%m-%dT%H:%M:%SZ"); }
std::string new_run_id() { return formatted("%Y%m%dT%H%M%SZ-") + random_hex(4); }

}  // namespace holdfast
