#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::exporter {

struct Memory {
  std::uint64_t total_bytes = 0;
  double used_percent = 0;  ///< Of the total: what a new program could not have.
};

/// /proc/meminfo, by MemTotal and MemAvailable.
std::optional<Memory> parse_memory(std::string_view meminfo);
std::optional<Memory> read_memory(const std::string& proc);

}  // namespace holdfast::exporter
