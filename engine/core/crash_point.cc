#include "engine/core/crash_point.h"

#if HOLDFAST_TEST_BUILD

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string_view>

#include "engine/core/text.h"

namespace holdfast {

std::string_view host_crash_points();

namespace {

/// Each has a ".before" and an ".after".
constexpr const char* kSteps[] = {"connect", "observe",   "lock",  "open",     "block",    "call",
                                  "leave",   "confirm",   "probe", "rollback", "annotate", "end",
                                  "release", "aftermath", "kill",  "runs"};
constexpr const char* kPoints[] = {"block.sent", "act"};

struct Wanted {
  std::string point;
  int passing = 0;
  bool stop = false;
};

Wanted wanted() {
  const char* text = std::getenv("HOLDFAST_CRASH_AT");
  if (text == nullptr) return {};
  const std::vector<std::string_view> words = split(text, ':');
  Wanted out{.point = std::string(words[0])};
  out.passing = words.size() > 1 ? std::atoi(std::string(words[1]).c_str()) : 1;
  out.stop = words.size() > 2 && words[2] == "stop";
  return out;
}

void trace(const std::string& name) {
  const char* file = std::getenv("HOLDFAST_CRASH_TRACE");
  if (file == nullptr) return;
  const int out = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string line = name + "\n";
  (void)!::write(out, line.data(), line.size());
  ::close(out);
}

}  // namespace

void crash_point(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, int> passed;
  static const Wanted at = wanted();
  const std::lock_guard<std::mutex> guard(mutex);
  trace(name);
  if (name != at.point || ++passed[name] != at.passing) return;
  ::raise(at.stop ? SIGSTOP : SIGKILL);
}

std::string crash_points() {
  std::string out;
  for (const char* step : kSteps) out += std::string(step) + ".before\n" + step + ".after\n";
  for (const char* point : kPoints) out += std::string(point) + "\n";
  return out + "host/undo.write\nhost/undo.written\n" + std::string(host_crash_points());
}

}  // namespace holdfast

#endif
