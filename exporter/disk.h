#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace holdfast::exporter {

struct Disk {
  std::uint64_t available_bytes = 0;  ///< To others than root.
  double used_percent = 0;            ///< As df: of what others than root may use.
};

/// The file system that holds `path`; nullopt: it can't be asked.
std::optional<Disk> read_disk(const std::string& path);

/// @param blocks, free, available  As statvfs has them, in units of `size` bytes.
std::optional<Disk> disk_of(std::uint64_t size, std::uint64_t blocks, std::uint64_t free,
                            std::uint64_t available);

}  // namespace holdfast::exporter
