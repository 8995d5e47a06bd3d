#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "engine/core/text.h"
#include "engine/wiring/checks.h"

namespace holdfast {
namespace {

bool below_any(const std::string& path, const std::vector<std::string>& tops) {
  return std::any_of(tops.begin(), tops.end(),
                     [&](const std::string& top) { return is_within(path, top); });
}

/// The fixed part of a path with wildcards: what must be seen to look for the rest.
std::string fixed_part(const std::string& path) {
  const std::size_t star = path.find_first_of("*?[");
  return star == std::string::npos ? path : path.substr(0, path.rfind('/', star));
}

/// The setting that takes a path away; the longest one where several do.
const Sandbox::Path* taken_by(const std::string& path, const std::vector<Sandbox::Path>& taken) {
  const Sandbox::Path* out = nullptr;
  for (const Sandbox::Path& one : taken) {
    if (!is_within(path, one.path)) continue;
    if (out == nullptr || one.path.size() > out->path.size()) out = &one;
  }
  return out;
}

void check_path(const Sandbox& sandbox, const PathUse& use, Diagnostics& diagnostics) {
  const std::string path = fixed_part(use.path);
  const Sandbox::Path* hidden =
      below_any(path, sandbox.shown) ? nullptr : taken_by(path, sandbox.hidden);
  const Sandbox::Path* read_only = use.writes && !below_any(path, sandbox.writable)
                                       ? taken_by(path, sandbox.read_only)
                                       : nullptr;
  const Sandbox::Path* by = hidden != nullptr ? hidden : read_only;
  if (by == nullptr) return;
  diagnostics.error(on_host(
      {.code = hidden != nullptr ? Code::PathHidden : Code::PathReadOnly,
       .message = printable(use.unit) + " needs " + printable(use.path) + " (" + use.what +
                  "), which its sandbox " + (hidden != nullptr ? "hides" : "makes read-only") +
                  ": " + printable(by->setting),
       .where = use.place(),
       .hint = hidden != nullptr ? "ProtectHome=tmpfs and BindReadOnlyPaths=" + printable(path) +
                                       " show it that alone"
                                 : "ReadWritePaths=" + printable(path),
       .notes = {{sandbox.place(), "the sandbox of " + printable(sandbox.unit)}}},
      use.host));
}

/// Where a home is said to be isn't where a program looks.
bool names_no_need(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kNames = {"HOME", "PWD", "OLDPWD", "SHELL"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() || starts_with(name, "XDG_");
}

/// The path that a line of an environment sets a variable to.
std::optional<std::pair<std::string, std::string>> path_variable(std::string_view line) {
  line = trim(line);
  const std::size_t equals = line.find('=');
  if (starts_with(line, "#") || equals == std::string_view::npos) return std::nullopt;
  const std::string_view name = trim(line.substr(0, equals));
  std::string_view value = trim(line.substr(equals + 1));
  if (value.size() > 1 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0]) {
    value = value.substr(1, value.size() - 2);
  }
  const bool path =
      starts_with(value, "/") && value.find_first_of(": $%") == std::string_view::npos;
  if (!path || names_no_need(name)) return std::nullopt;
  return std::pair{std::string(name), normalise_path(value)};
}

std::vector<PathUse> uses_by_environment(const EnvironmentFile& environment, const TextFile& file) {
  std::vector<PathUse> out;
  for (const std::string_view line : lines(file.text)) {
    const auto variable = path_variable(line);
    if (!variable) continue;
    PathUse use;
    use.where = file.where;
    use.exactly = file.exactly;
    use.who = file.who;
    use.host = file.host;
    use.machine = file.machine;
    use.unit = environment.unit;
    use.path = variable->second;
    use.what = variable->first + " in " + printable(file.path);
    out.push_back(std::move(use));
  }
  return out;
}

/// What a program's own configuration says that it reads: `__path__` of promtail's scrape jobs.
std::vector<PathUse> uses_by_configuration(const PathUse& configuration, const TextFile& file) {
  static constexpr std::string_view kKey = "__path__:";
  std::vector<PathUse> out;
  for (const std::string_view line : lines(file.text)) {
    const std::string_view text = trim(line);
    if (!starts_with(text, kKey)) continue;
    std::string_view path = trim(text.substr(kKey.size()));
    if (path.size() > 1 && (path[0] == '"' || path[0] == '\''))
      path = path.substr(1, path.size() - 2);
    if (!starts_with(path, "/")) continue;
    PathUse use = configuration;
    use.where = file.where;
    use.exactly = file.exactly;
    use.who = file.who;
    use.path = path;
    use.what = "__path__ in " + printable(file.path);
    out.push_back(std::move(use));
  }
  return out;
}

}  // namespace

void check_sandboxes(const Wiring& wiring, Diagnostics& diagnostics) {
  using Place = std::pair<std::string, std::string>;  // A machine, and a unit or a path on it.
  std::multimap<Place, const TextFile*> files;
  for (const TextFile& file : wiring.ends.texts) {
    if (!file.secret) files.emplace(Place{file.machine, file.path}, &file);
  }
  std::multimap<Place, const Sandbox*> sandboxes;
  for (const Sandbox& sandbox : wiring.ends.sandboxes) {
    sandboxes.emplace(Place{sandbox.machine, sandbox.unit}, &sandbox);
  }
  std::vector<PathUse> uses = wiring.ends.paths;
  const auto add = [&](const End& by, const std::string& path, const auto& read) {
    const auto [first, last] = files.equal_range({by.machine, path});
    for (auto file = first; file != last; ++file) {
      for (PathUse& use : read(*file->second)) uses.push_back(std::move(use));
    }
  };
  for (const EnvironmentFile& environment : wiring.ends.environments) {
    add(environment, environment.path,
        [&](const TextFile& file) { return uses_by_environment(environment, file); });
  }
  for (const PathUse& use : wiring.ends.paths) {
    add(use, use.path, [&](const TextFile& file) { return uses_by_configuration(use, file); });
  }
  for (const PathUse& use : uses) {
    const auto [first, last] = sandboxes.equal_range({use.machine, use.unit});
    for (auto sandbox = first; sandbox != last; ++sandbox) {
      check_path(*sandbox->second, use, diagnostics);
    }
  }
}

}  // namespace holdfast
