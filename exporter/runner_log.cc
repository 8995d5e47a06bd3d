#include "exporter/runner_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace holdfast::exporter {
namespace {

/// A job can fill that folder; a scrape does not take any length of time for it.
constexpr std::size_t kMostLogs = 50000;
constexpr std::size_t kHead = 16384;
constexpr int kOlderLogs = 8;
constexpr std::size_t kMostVersion = 32;

double seconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

bool is_log_of(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && name.ends_with("-utc.log");
}

std::optional<std::string> plain_version(std::string_view text) {
  if (text.empty() || text.size() > kMostVersion ||
      text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+-") !=
          std::string_view::npos) {
    return std::nullopt;
  }
  return std::string(text);
}

}  // namespace

bool RunnerLogs::refresh() {
  struct stat seen {};
  if (stat(folder_.c_str(), &seen) != 0) return false;
  const bool same =
      seen.st_mtim.tv_sec == changed_.tv_sec && seen.st_mtim.tv_nsec == changed_.tv_nsec;
  if (same && settled_) return true;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (!scan()) {
    settled_ = false;
    return false;
  }
  changed_ = seen.st_mtim;
  // Times of files are coarse: what is added right after the scan might get the same one.
  settled_ = seconds(now) - seconds(changed_) > 2;
  return true;
}

bool RunnerLogs::scan() {
  std::string newest_worker;
  auto names = names_in(folder_, kMostLogs, [&](std::string_view name, bool /*is_folder*/) {
    if (is_log_of(name, "Worker_") && name > newest_worker) newest_worker = name;
    return is_log_of(name, "Runner_");
  });
  if (!names) return false;
  listener_ = std::move(*names);
  newest_worker_ = std::move(newest_worker);
  std::sort(listener_.begin(), listener_.end());
  return true;
}

Descriptor RunnerLogs::open(const std::string& name) const {
  const Descriptor folder = open_folder(folder_);
  return folder ? open_regular(folder.get(), name) : Descriptor();
}

std::optional<double> RunnerLogs::last_written() const {
  std::optional<double> out;
  for (const std::string& name :
       {listener_.empty() ? std::string() : listener_.back(), newest_worker_}) {
    struct stat seen {};
    if (name.empty() || lstat((folder_ + "/" + name).c_str(), &seen) != 0) continue;
    if (S_ISREG(seen.st_mode)) out = std::max(out.value_or(0), seconds(seen.st_mtim));
  }
  return out;
}

std::optional<std::string> parse_version(std::string_view log) {
  constexpr std::string_view kMark = " INFO Listener] Version: ";
  const std::size_t found = log.find(kMark);
  if (found == std::string_view::npos) return std::nullopt;
  log.remove_prefix(found + kMark.size());
  const std::size_t end = log.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  return plain_version(first_line(log.substr(0, end)));
}

std::optional<std::string> RunnerVersion::by_link() const {
  std::array<char, 256> text{};
  const ssize_t size = readlink((runner_dir_ + "/bin").c_str(), text.data(), text.size());
  if (size <= 0) return std::nullopt;
  std::string_view target(text.data(), static_cast<std::size_t>(size));
  while (target.ends_with('/')) target.remove_suffix(1);
  target.remove_prefix(target.rfind('/') + 1);
  if (!target.starts_with("bin.")) return std::nullopt;
  return plain_version(target.substr(4));
}

std::optional<std::string> RunnerVersion::look(const RunnerLogs& logs) {
  const auto& names = logs.of_listener();
  if (names.empty() || names.back() != judged_) read(logs);
  return version_ ? version_ : by_link();
}

void RunnerVersion::read(const RunnerLogs& logs) {
  const auto& names = logs.of_listener();
  int left = kOlderLogs;
  for (auto name = names.rbegin(); name != names.rend() && left > 0; ++name, --left) {
    const Descriptor file = logs.open(*name);
    const auto head = file ? read_at(file.get(), 0, kHead) : std::nullopt;
    const auto found = head ? parse_version(*head) : std::nullopt;
    // The newest may have just been begun, and name its version yet; one that goes on with a full
    // one never does.
    if (name == names.rbegin() && (found || (head && head->size() == kHead))) judged_ = *name;
    if (!found) continue;
    version_ = found;
    return;
  }
}

}  // namespace holdfast::exporter
