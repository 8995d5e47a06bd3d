#pragma once

#include <atomic>

namespace holdfast {

/// While hosts are only looked at: a first Ctrl-C (or SIGTERM) is noted, so that what hosts still
/// do for the look can be ended; with the end of this object it ends the program as it would have
/// at once. A second one does not wait. Where signals are watched already, it changes nothing.
class Heed {
 public:
  Heed();
  ~Heed();
  Heed(const Heed&) = delete;
  Heed& operator=(const Heed&) = delete;
  /// Above 0 once one has come.
  static const std::atomic<int>& heard();

 private:
  bool watches_ = false;
};

}  // namespace holdfast
