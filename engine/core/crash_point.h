#pragma once

#include <string>

#include "generated/test_build.h"

#if HOLDFAST_TEST_BUILD

namespace holdfast {

/// Dies or stands still at its n-th passing, where the environment asks for it:
/// HOLDFAST_CRASH_AT=POINT:N kills this process, POINT:N:stop stops it. HOLDFAST_CRASH_TRACE=FILE
/// writes down each passing.
void crash_point(const std::string& name);

/// "NAME.before" now, and "NAME.after" at the end of the block, whatever came of it.
class CrashPoints {
 public:
  explicit CrashPoints(const char* name) : name_(name) { crash_point(name_ + ".before"); }
  ~CrashPoints() { crash_point(name_ + ".after"); }
  CrashPoints(const CrashPoints&) = delete;
  CrashPoints& operator=(const CrashPoints&) = delete;

 private:
  std::string name_;
};

/// All points, the controller's and those of its programs on hosts ("host/…"), a line each.
std::string crash_points();

}  // namespace holdfast

#define HF_CRASH_POINT(name) ::holdfast::crash_point(name)
#define HF_CRASH_POINTS(name) const ::holdfast::CrashPoints hf_crash_points(name)
/// A line of a script, which passes a point of the host's.
#define HF_HOST_CRASH_POINT(name) std::string("hf_crash_point " name "\n")
#else
#define HF_CRASH_POINT(name) static_cast<void>(0)
#define HF_CRASH_POINTS(name) static_cast<void>(0)
#define HF_HOST_CRASH_POINT(name) std::string()
#endif
