#pragma once

#include <algorithm>

#include "engine/template/limits.h"

namespace holdfast::jinja {

/// What one rendering may still do. Once overdrawn it stays so: whoever notices stops working, and
/// the evaluator turns it into an error before any result leaves it.
class Budget {
 public:
  /// False where nothing is left.
  bool spend(std::int64_t steps) {
    if (left_ >= 0) left_ -= std::min(std::max<std::int64_t>(steps, 0), kMaxSteps + 1);
    return left_ >= 0;
  }
  /// Items that are copied or looked at, and bytes of text that are made.
  bool spend_items(std::size_t count) { return spend(static_cast<std::int64_t>(count / 8)); }
  bool spend_text(std::size_t bytes) {
    if (bytes > kMaxText) left_ = -1;
    return spend(static_cast<std::int64_t>(bytes / 256));
  }
  bool exhausted() const { return left_ < 0; }

 private:
  std::int64_t left_ = kMaxSteps;
};

}  // namespace holdfast::jinja
