#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::exporter {

/// When a credential ends, in seconds since 1970. The text's first line is that number, or a time
/// in UTC as GitHub writes it: 2026-12-31, 2026-12-31T00:00:00Z, 2026-12-31 00:00:00 UTC.
std::optional<std::int64_t> parse_expiry(std::string_view text);
std::optional<std::int64_t> read_expiry(const std::string& path);

}  // namespace holdfast::exporter
