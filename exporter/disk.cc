#include "exporter/disk.h"

#include <sys/statvfs.h>

namespace holdfast::exporter {

std::optional<Disk> disk_of(std::uint64_t size, std::uint64_t blocks, std::uint64_t free,
                            std::uint64_t available) {
  if (free > blocks) return std::nullopt;
  const std::uint64_t used = blocks - free;
  if (used + available == 0) return std::nullopt;
  return Disk{
      .available_bytes = available * size,
      .used_percent = 100.0 * static_cast<double>(used) / static_cast<double>(used + available)};
}

std::optional<Disk> read_disk(const std::string& path) {
  struct statvfs seen {};
  if (statvfs(path.c_str(), &seen) != 0) return std::nullopt;
  return disk_of(seen.f_frsize, seen.f_blocks, seen.f_bfree, seen.f_bavail);
}

}  // namespace holdfast::exporter
