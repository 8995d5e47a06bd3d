#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/probe.h"
#include "engine/transport/shell.h"

namespace holdfast {

/// Seconds since 1970 of "2026-12-31", "2026-12-31T08:00:00Z", "2026-12-31 08:00:00 UTC",
/// "2026-12-31T08:00:00.5+02:00", or such a number itself, in seconds or milliseconds.
std::optional<std::int64_t> read_date(std::string_view text);

/// "expires 2026-12-31 08:00 UTC, in 32 days", by this machine's clock.
/// @errors HF6006 that is less than `at_least`.
Result<std::string> judge_expiry(const std::string& what, std::int64_t expires,
                                 std::chrono::seconds at_least, std::int64_t now);

/// Of what the host says about a file: the first of all dates, or of all certificates.
/// @errors HF6006 none can be read.
Result<std::int64_t> first_expiry(const Probe::SecretExpiry& secret, std::string_view said);

/// Only dates and certificates leave the host, never the credential.
Result<std::string> ask_expiry(const Probe::SecretExpiry& secret, Shell& shell, Deadline deadline);

}  // namespace holdfast
