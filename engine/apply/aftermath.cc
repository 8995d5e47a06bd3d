#include "engine/apply/aftermath.h"

#include <chrono>
#include <thread>

#include "engine/core/clock.h"

namespace holdfast {
namespace {

constexpr const char* kNone = "none";

}  // namespace

std::optional<RunMeta> end_of_lost(Runner& runner, const std::string& id, Deadline until,
                                   const std::function<bool()>& must_end) {
  do {
    if (const auto text = runner.aftermath(id, Clock::now() + std::chrono::minutes(1))) {
      auto meta = parse_meta(*text);
      if (meta && meta->status != "open") return std::move(*meta);
    }
    for (int i = 0; i < 10 && !must_end() && Clock::now() < until; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  } while (Clock::now() < until && !must_end());
  return std::nullopt;
}

std::string meta_of_none(const std::string& id) {
  RunMeta none;
  none.id = id;
  none.status = kNone;
  return meta_json(none);
}

bool has_begun(const RunMeta& meta) { return meta.status != kNone; }

}  // namespace holdfast
