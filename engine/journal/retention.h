#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace holdfast {

/// How long what runs leave below /var/lib/holdfast stays there.
struct Retention {
  /// Old texts that not everybody may read, after the run has ended.
  std::chrono::seconds secrets = std::chrono::hours(1);
  /// Ways back: undo scripts and backups.
  std::chrono::seconds age = std::chrono::days(30);
  int number = 50;
  std::int64_t size = std::int64_t{1} << 30;  ///< Bytes, all runs of a host together.
  /// That a run was, and what it changed.
  std::chrono::seconds history = std::chrono::days(180);
  friend bool operator==(const Retention&, const Retention&) = default;
};

/// As a host reads it: "SECRETS AGE NUMBER SIZE HISTORY", in seconds and KiB.
std::string retention_words(const Retention& retention);

}  // namespace holdfast
