#include "exporter/memory.h"

#include "exporter/files.h"
#include "exporter/numbers.h"

namespace holdfast::exporter {
namespace {

std::optional<std::uint64_t> kibibytes(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    return take_number(line);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Memory> parse_memory(std::string_view meminfo) {
  const auto total = kibibytes(meminfo, "MemTotal:");
  const auto available = kibibytes(meminfo, "MemAvailable:");
  if (!total || !available || *total == 0 || *available > *total) return std::nullopt;
  return Memory{.total_bytes = *total * 1024,
                .used_percent =
                    100.0 * static_cast<double>(*total - *available) / static_cast<double>(*total)};
}

std::optional<Memory> read_memory(const std::string& proc) {
  const auto text = read_file(proc + "/meminfo", 8192);
  return text ? parse_memory(*text) : std::nullopt;
}

}  // namespace holdfast::exporter
