#pragma once

#include <cstdint>
#include <string>

namespace holdfast {

/// The controller's time now, RFC 3339, UTC: "2026-11-23T19:40:00Z".
std::string now_text();
/// The same in seconds since 1970.
std::int64_t unix_time();
/// Another time in the form of now_text().
std::string time_text(std::int64_t seconds);
/// A new run's id: sorts by time, of one process also within a millisecond, and no two are the
/// same: "20261123T194000123Z-1f2e3d4c".
std::string new_run_id();

}  // namespace holdfast
