#include "exporter/runner_service.h"

#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "exporter/files.h"
#include "exporter/numbers.h"

namespace holdfast::exporter {
namespace {

constexpr std::string_view kListener = "Runner.Listener";
constexpr std::string_view kWorker = "Runner.Worker";
constexpr std::size_t kMostEntries = 10000;
constexpr std::size_t kMostProcessBytes = std::size_t{4} << 20;
/// Slices lie in slices, and a service may divide its own group.
constexpr int kMostDepth = 6;

bool is_folder(const std::string& path) {
  struct stat seen {};
  return stat(path.c_str(), &seen) == 0 && S_ISDIR(seen.st_mode);
}

bool is_there(const std::string& path) {
  struct stat seen {};
  return lstat(path.c_str(), &seen) == 0;
}

bool folders(std::string_view /*name*/, bool is_folder) { return is_folder; }
bool slices(std::string_view name, bool is_folder) { return is_folder && name.ends_with(".slice"); }

std::string below(const std::string& folder, std::string_view name) {
  std::string out = folder;
  return out.append("/").append(name);
}

struct ProcessStat {
  std::string_view name;
  char state = '?';
  std::uint64_t start = 0;
};

/// /proc/PID/stat: the name may hold anything, also a parenthesis.
std::optional<ProcessStat> parse_process(std::string_view text) {
  const std::size_t begin = text.find('(');
  const std::size_t end = text.rfind(") ");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  ProcessStat out{.name = text.substr(begin + 1, end - begin - 1)};
  text.remove_prefix(end + 2);
  constexpr int kStartColumn = 19;  // 22 in proc(5); two are taken off, and it counts from one
  for (int column = 0; column <= kStartColumn; ++column) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (column == 0 && word.size() == 1) out.state = word.front();
    if (column == kStartColumn) out.start = whole_number(word).value_or(0);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return out;
}

/// The folder of that name in a slice of `folder`, however deep.
std::string find_below(const std::string& folder, const std::string& name, int depth) {
  if (is_folder(below(folder, name))) return below(folder, name);
  const auto entries = depth < kMostDepth ? names_in(folder, kMostEntries, slices) : std::nullopt;
  if (!entries) return {};
  for (const std::string& entry : *entries) {
    std::string found = find_below(below(folder, entry), name, depth + 1);
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace

bool names_a_service(std::string_view text) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
  return text.size() <= 255 && text.ends_with(".service") && text.size() > 8 &&
         text.front() != '.' && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

RunnerService::RunnerService(std::string runner_dir, std::string unit, Places places)
    : runner_dir_(std::move(runner_dir)), unit_(std::move(unit)), places_(std::move(places)) {}

std::optional<std::string> RunnerService::unit_name() const {
  if (!unit_.empty()) return unit_;
  const Descriptor folder = open_folder(runner_dir_);
  if (!folder) return std::nullopt;
  const Descriptor file = open_regular(folder.get(), ".service");
  const auto text = file ? read_at(file.get(), 0, 512) : std::nullopt;
  if (!text || !names_a_service(first_line(*text))) return std::nullopt;
  return std::string(first_line(*text));
}

std::optional<std::string> RunnerService::find_group(const std::string& unit) {
  if (group_.ends_with("/" + unit) && is_folder(group_)) return group_;
  bool systemd = false;
  // One hierarchy; or the old ones, where systemd has one of its own, with or without the new one
  // beside.
  for (const char* root : {"", "/systemd", "/unified"}) {
    const std::string top = places_.cgroup + root;
    if (!is_folder(top + "/system.slice")) continue;
    systemd = true;
    group_ = find_below(top + "/system.slice", unit, 1);
    if (group_.empty()) group_ = find_below(top, unit, 0);
    if (!group_.empty()) return group_;
  }
  if (!systemd) return std::nullopt;
  return std::string();
}

bool RunnerService::lives(const Process& process, std::string_view name) const {
  if (!process) return false;
  const auto text = read_file(places_.proc + "/" + std::to_string(process.pid) + "/stat", 1024);
  const auto stat = text ? parse_process(*text) : std::nullopt;
  return stat && stat->name == name && stat->start == process.start && stat->state != 'Z' &&
         stat->state != 'X';
}

/// @return Whether it could be told.
bool RunnerService::look_at(int pid, Seen& seen) const {
  const auto text = read_file(places_.proc + "/" + std::to_string(pid) + "/stat", 1024);
  // One that has ended meanwhile is nothing; one that is there and hidden (hidepid) is something
  // not known.
  if (!text || text->empty()) return kill(pid, 0) != 0 && errno == ESRCH;
  const auto stat = parse_process(*text);
  if (!stat) return false;
  if (stat->state == 'Z' || stat->state == 'X') return true;
  if (stat->name == kListener) seen.listener = {pid, stat->start};
  if (stat->name == kWorker) seen.worker = {pid, stat->start};
  return true;
}

bool RunnerService::look_into(const std::string& group, int depth, Seen& seen) const {
  const auto text = read_file(group + "/cgroup.procs", kMostProcessBytes);
  // It may have gone meanwhile.
  if (!text) return !is_there(group);
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto pid = whole_number<int>(line);
    if (!pid) return false;
    seen.any = true;
    // A job may have hundreds of processes: what was found is not looked for again.
    if (seen.listener && seen.worker) return true;
    if (!look_at(*pid, seen)) return false;
  }
  const auto entries = depth < kMostDepth ? names_in(group, kMostEntries, folders) : std::nullopt;
  if (!entries) return !is_there(group);
  for (const std::string& entry : *entries) {
    if (seen.listener && seen.worker) return true;
    if (!look_into(below(group, entry), depth + 1, seen)) {
      return false;
    }
  }
  return true;
}

std::optional<ServiceState> RunnerService::look() {
  const auto unit = unit_name();
  if (!unit) return std::nullopt;
  const auto group = find_group(*unit);
  if (!group) return std::nullopt;
  Seen seen;
  if (!group->empty()) {
    if (lives(last_.listener, kListener)) seen.listener = last_.listener;
    if (lives(last_.worker, kWorker)) seen.worker = last_.worker;
    seen.any = seen.listener || seen.worker;
    if (!(seen.listener && seen.worker) && !look_into(*group, 0, seen)) return std::nullopt;
  }
  last_ = seen;
  // systemd keeps this link from a unit's start until it is inactive; leftovers in the group don't
  // make it active.
  const bool links = is_folder(places_.units);
  const bool active = links ? is_there(places_.units + "/invocation:" + *unit) : seen.any;
  ServiceState out;
  out.active_state = !active ? "inactive" : seen.any ? "active" : "activating";
  out.online = active && bool(seen.listener);
  out.busy = bool(seen.worker);
  return out;
}

}  // namespace holdfast::exporter
