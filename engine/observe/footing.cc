#include "engine/observe/footing.h"

#include <unistd.h>

#include <fstream>

#include "engine/core/text.h"

namespace holdfast {
namespace {

std::string first_line(const char* path) {
  std::string out;
  std::ifstream file(path);
  std::getline(file, out);
  return out;
}

/// Field 22 of /proc/self/stat. The name before it is in brackets and may hold any byte.
std::string beginning(const std::string& stat) {
  constexpr std::size_t kField = 20;  // counted from what follows the name
  const auto name = stat.rfind(") ");
  if (name == std::string::npos) return {};
  const auto fields = split(std::string_view(stat).substr(name + 2), ' ');
  return fields.size() > kField ? std::string(fields[kField - 1]) : std::string();
}

bool in_container() {
  for (const char* mark : {"/.dockerenv", "/run/.containerenv", "/run/systemd/container"}) {
    if (access(mark, F_OK) == 0) return true;
  }
  return false;
}

std::string describe_own_process() {
  const std::string machine = in_container() ? "-" : first_line("/etc/machine-id");
  const std::string boot = first_line("/proc/sys/kernel/random/boot_id");
  const std::string began = beginning(first_line("/proc/self/stat"));
  if (machine.empty() || boot.empty() || began.empty()) return "\n";
  return machine + " " + boot + " " + std::to_string(getpid()) + " " + began + "\n";
}

}  // namespace

const std::string& own_process() {
  static const std::string kOwn = describe_own_process();
  return kOwn;
}

std::string footing_key(const ProcessId& own, const std::vector<std::string>& under) {
  return own.id + " " + own.began + " " + join(under, " ") + "\n";
}

Footing parse_footing(std::string_view answer) {
  Footing out;
  for (const std::string_view line : lines(answer)) {
    const auto at = line.find(' ');
    if (at == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, at);
    const std::string value(line.substr(at + 1));
    if (value.empty()) continue;
    if (key == "unit" && value != "-") out.unit = value;
    if (key == "contained") out.contained = value == "yes";
    if (key == "worker" && value != "-") out.worker_of = value;
    if (key == "ends") out.units.insert(value);
    if (key == "account") out.accounts.insert(value);
    if (key == "network") out.network.insert(value);
    const auto end = value.find(' ');
    if (key == "job" && end != std::string::npos) {
      out.job.push_back({value.substr(0, end), value.substr(end + 1)});
    }
  }
  return out;
}

}  // namespace holdfast
