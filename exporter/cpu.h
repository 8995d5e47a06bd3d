#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::exporter {

/// Ticks of all processors since the boot.
struct CpuTicks {
  std::uint64_t busy = 0;
  std::uint64_t total = 0;
  bool operator==(const CpuTicks&) const = default;
};

/// The first line of /proc/stat. Waiting for a disk counts as idle; what the hypervisor took, as
/// busy.
std::optional<CpuTicks> parse_cpu_ticks(std::string_view stat);

/// How busy the processors were during the last seconds. Samples are taken by a clock of its own,
/// so that those who ask neither shorten each other's interval nor get a different answer.
class Cpu {
 public:
  static constexpr std::chrono::milliseconds kEvery{5000};
  /// The oldest of them is 10 to 15 seconds back.
  static constexpr std::size_t kSamples = 3;

  explicit Cpu(std::string proc) : stat_(std::move(proc) + "/stat") {}

  /// To be called every kEvery.
  void sample();

  /// nullopt: /proc/stat can't be read, or no tick has passed since the first sample.
  std::optional<double> percent() const;

 private:
  std::string stat_;
  std::deque<CpuTicks> samples_;
};

}  // namespace holdfast::exporter
