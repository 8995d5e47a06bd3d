#include "engine/check/disk.h"

#include <fmt/format.h>

#include <charconv>

#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

std::string size_text(double bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1024;
  return fmt::format("{:.{}f} {}", bytes, unit == 0 || bytes >= 100 ? 0 : 1, kUnits[unit]);
}

std::optional<double> number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out < 0) return std::nullopt;
  return static_cast<double>(out);
}

}  // namespace

Result<std::string> judge_disk(const Probe::DiskFree& disk, std::string_view said) {
  const std::vector<std::string_view> words = split(trim(said), ' ');
  const auto free = words.size() == 3 ? number(words[0]) : std::nullopt;
  const auto block = words.size() == 3 ? number(words[1]) : std::nullopt;
  const auto blocks = words.size() == 3 ? number(words[2]) : std::nullopt;
  if (!free || !block || !blocks) {
    return fail(Code::CheckFailed, "the room on the disk of " + printable(disk.path) +
                                       " can't be told: " + printable(said.substr(0, 200)));
  }
  const double percent = *blocks > 0 ? *free / *blocks * 100 : 0;
  const std::string found =
      size_text(*free * *block) + " (" + fmt::format("{:.0f}", percent) + " %) free";
  const bool enough = disk.percent > 0 ? percent >= disk.percent
                                       : *free * *block >= static_cast<double>(disk.bytes);
  if (enough) return found;
  const std::string least = disk.percent > 0 ? std::to_string(disk.percent) + " %"
                                             : size_text(static_cast<double>(disk.bytes));
  return fail(
      Error{.code = Code::CheckFailed,
            .message = found + " on the disk of " + printable(disk.path) + ", less than " + least,
            .hint = "see what takes it: du -xh --max-depth=2 / | sort -h | tail"});
}

Result<std::string> ask_disk(const Probe::DiskFree& disk, Shell& shell, Deadline deadline) {
  const std::string script =
      "hf_record disk 0 \"$(stat -f -c '%a %S %b' -- " + shell_quote(disk.path) + " 2>&1)\"\n";
  HF_TRY(const Record record, shell.ask(script, {}, deadline));
  return judge_disk(disk, record.payload);
}

}  // namespace holdfast
