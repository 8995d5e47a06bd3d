#include "exporter/cpu.h"

#include <array>

#include "exporter/files.h"
#include "exporter/numbers.h"

namespace holdfast::exporter {
namespace {

// user, nice, system, idle, iowait, irq, softirq, steal; the guests' that follow are in the first
// two already.
constexpr std::size_t kIdle = 3;
constexpr std::size_t kIoWait = 4;
constexpr std::size_t kColumns = 8;

std::optional<CpuTicks> read_ticks(const std::string& path) {
  const auto text = read_file(path, 4096);
  return text ? parse_cpu_ticks(*text) : std::nullopt;
}

}  // namespace

std::optional<CpuTicks> parse_cpu_ticks(std::string_view stat) {
  std::string_view line = stat.substr(0, stat.find('\n'));
  if (!line.starts_with("cpu ")) return std::nullopt;
  line.remove_prefix(4);
  std::array<std::uint64_t, kColumns> ticks{};
  for (std::uint64_t& column : ticks) {
    const auto number = take_number(line);
    if (!number) return std::nullopt;
    column = *number;
  }
  CpuTicks out;
  for (const std::uint64_t column : ticks) out.total += column;
  out.busy = out.total - ticks[kIdle] - ticks[kIoWait];
  return out;
}

void Cpu::sample() {
  const auto now = read_ticks(stat_);
  if (!now) return;
  samples_.push_back(*now);
  if (samples_.size() > kSamples) samples_.pop_front();
}

std::optional<double> Cpu::percent() const {
  const auto now = read_ticks(stat_);
  if (!now || samples_.empty()) return std::nullopt;
  const CpuTicks& then = samples_.front();
  if (now->total <= then.total) return std::nullopt;
  // The kernel's count of waiting for a disk may go back, and would make it more than all.
  const std::uint64_t all = now->total - then.total;
  const std::uint64_t busy = now->busy > then.busy ? now->busy - then.busy : 0;
  return 100.0 * static_cast<double>(std::min(busy, all)) / static_cast<double>(all);
}

}  // namespace holdfast::exporter
