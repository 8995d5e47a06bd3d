#include <array>

#include "engine/core/kind.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

// One systemctl for all units; blocks come in the order of the arguments, parted by empty lines. A
// unit that does not exist has a block too (LoadState=not-found).
constexpr std::string_view kShowUnits = R"sh(
  if [ ! -d /run/systemd/system ] || ! command -v systemctl >/dev/null 2>&1; then
    echo no-systemd
  else
    systemctl show --all -p Id,LoadState,ActiveState,SubState,UnitFileState,FragmentPath,DropInPaths,NeedDaemonReload,Result,Type,CanReload,InvocationID -- "$@"
  fi
)sh";

constexpr std::array<std::string_view, 12> kProperties = {
    "Id",          "LoadState",        "ActiveState", "SubState", "UnitFileState", "FragmentPath",
    "DropInPaths", "NeedDaemonReload", "Result",      "Type",     "CanReload",     "InvocationID"};

bool known(std::string_view property) {
  for (const std::string_view name : kProperties) {
    if (name == property) return true;
  }
  return false;
}

/// What systemd knows of units: a map of the properties above, as texts. Null where the host has no
/// systemd.
class SystemdCollector final : public Collector {
 public:
  std::string name() const override { return "systemd"; }
  std::string shell() const override { return std::string(kShowUnits); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    if (trim(output) == "no-systemd") return std::vector<Value>(keys.size());
    std::vector<Value> out;
    ValueMap unit;
    for (const std::string_view line : lines(output)) {
      if (line.empty()) {
        if (!unit.empty()) out.emplace_back(std::move(unit));
        unit = {};
        continue;
      }
      const std::size_t equals = line.find('=');
      if (equals == std::string_view::npos || !known(line.substr(0, equals))) {
        return fail(Code::AnswerUnreadable, "systemctl show: '" + printable(line) + "'");
      }
      unit.set(std::string(line.substr(0, equals)), line.substr(equals + 1));
    }
    if (!unit.empty()) out.emplace_back(std::move(unit));
    if (out.size() != keys.size()) {
      return fail(
          Code::AnswerUnreadable,
          "systemctl show: " + std::to_string(out.size()) + " answers to " +
              std::to_string(keys.size()) + " questions, the last '" +
              printable(output.substr(output.size() - std::min<std::size_t>(output.size(), 80))) +
              "'");
    }
    return out;
  }
};

}  // namespace

std::unique_ptr<Collector> make_systemd_collector() { return std::make_unique<SystemdCollector>(); }

}  // namespace holdfast
