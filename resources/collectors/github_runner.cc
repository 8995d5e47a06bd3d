#include <nlohmann/json.hpp>

#include "engine/core/hash.h"
#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {

std::unique_ptr<Collector> make_github_runner_collector();

namespace {

// What the runner's account wrote is shown only in forms that can't be anything else's: a JSON
// object, the name of a unit, a version. Where an archive was unpacked by hand the version is read
// from what .NET needs to know of the program, which then doesn't run.
constexpr std::string_view kLookAtRunners = R"sh(
lf='
'
small() { [ -f "$1" ] && [ ! -L "$1" ] && timeout 3 head -c 65536 "$1" 2>/dev/null; }
for root do
  echo "key"
  [ -d /run/systemd/system ] || echo no-systemd
  cd -P -- "$root" 2>/dev/null || { [ -d "$root" ] && echo hidden; continue; }
  if [ -e .credentials ]; then echo credentials; fi
  printf "runner "; small .runner | base64 -w 0; echo
  if [ -L bin ]; then target=$(readlink bin); target=${target##*/}; echo "version ${target#bin.}"
  elif [ -d bin ]; then
    version=$(small bin/Runner.Listener.deps.json | sed -n "s/.*\"Runner\.Listener\/\([0-9][0-9.]*\)\".*/\1/p" | head -n 1)
    echo "version ${version:-by-hand}"
  fi
  unit=$(small .service)
  unit=${unit%%"$lf"*}
  case $unit in *[!A-Za-z0-9._-]*) continue ;; actions.runner.?*.service) ;; *) continue ;; esac
  echo "unit $unit"
  [ -d /run/systemd/system ] || continue
  systemctl show -p LoadState,ActiveState,UnitFileState -- "$unit" | sed "s/^/is /"
  printf "settings "; base64 -w 0 "/etc/systemd/system/$unit.d/50-holdfast.conf" 2>/dev/null; echo
done
echo end
)sh";

/// A runner that lives in a folder, by that folder: {credentials, url, name, work,
/// ephemeral, disable_update, version, unit, active, enabled, settings, no-systemd}, each only
/// where it is so. Null where there is no such folder.
class GithubRunnerCollector final : public Collector {
 public:
  std::string name() const override { return "github_runner"; }
  std::string shell() const override { return std::string(kLookAtRunners); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    std::vector<Value> out;
    std::optional<ValueMap> one;
    const auto close = [&] {
      if (one) out.push_back(one->empty() ? Value() : Value(std::move(*one)));
      one.reset();
    };
    for (const std::string_view line : lines(output)) {
      if (line == "end") break;
      if (line == "key") {
        close();
        one.emplace();
        continue;
      }
      if (!one || !take(line, *one)) return fail(unreadable_answer("github_runner", line));
    }
    close();
    if (out.size() != keys.size()) {
      return fail(unreadable_answer("github_runner", "(cut short)"));
    }
    return out;
  }

 private:
  static bool take(std::string_view line, ValueMap& one) {
    const auto space = line.find(' ');
    const std::string_view word = line.substr(0, space);
    const std::string_view rest = space == std::string_view::npos ? "" : line.substr(space + 1);
    if (word == "hidden" || word == "credentials" || word == "no-systemd") {
      one.set(std::string(word), true);
    } else if (word == "version" || word == "unit") {
      one.set(std::string(word), rest);
    } else if (word == "runner") {
      return take_runner(rest, one);
    } else if (word == "settings") {
      std::string bytes;
      if (!base64_decode(rest, bytes)) return false;
      one.set("settings", bytes);
    } else if (word == "is") {
      if (starts_with(rest, "ActiveState=")) one.set("active", rest.substr(12));
      if (starts_with(rest, "UnitFileState=")) one.set("enabled", rest.substr(14) == "enabled");
    } else {
      return false;
    }
    return true;
  }

  static bool take_runner(std::string_view base64, ValueMap& one) {
    std::string bytes;
    if (!base64_decode(base64, bytes)) return false;
    if (bytes.empty()) return true;
    if (starts_with(bytes, "\xef\xbb\xbf")) bytes.erase(0, 3);  // GitHub's own writer puts it there
    const auto json = nlohmann::json::parse(bytes, nullptr, false);
    if (!json.is_object()) {
      one.set("damaged", true);
      return true;
    }
    const auto text = [&](const char* key, const char* as) {
      const auto found = json.find(key);
      if (found != json.end() && found->is_string()) one.set(as, found->get<std::string>());
    };
    const auto truth = [&](const char* key, const char* as) {
      const auto found = json.find(key);
      const bool set =
          found != json.end() &&
          (found->is_boolean() ? found->get<bool>() : *found == "true" || *found == "True");
      one.set(as, set);
    };
    text("agentName", "name");
    text("gitHubUrl", "url");
    text("workFolder", "work");
    truth("ephemeral", "ephemeral");
    truth("disableUpdate", "disable_update");
    return true;
  }
};

}  // namespace

std::unique_ptr<Collector> make_github_runner_collector() {
  return std::make_unique<GithubRunnerCollector>();
}

}  // namespace holdfast
