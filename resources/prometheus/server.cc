#include "resources/prometheus/server.h"

#include <array>
#include <cmath>

#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {

std::string_view prometheus_reload_sh();

namespace {

constexpr double kUsualWait = 120;  ///< Seconds.

constexpr const char* kFolder = "[ ! -d \"$1\" ] || exit 0\nmkdir -m 0755 -- \"$1\"\n";
constexpr const char* kFolderBefore = "[ ! -d \"$1\" ] || echo there\n";
constexpr const char* kFolderUndo =
    "[ -s \"$HF_CAPTURE\" ] || [ ! -d \"$1\" ] || rmdir -- \"$1\" 2>/dev/null || true\n";

Error unusable(const Resource& resource, const std::string& file, const std::string& why,
               std::string hint) {
  return wrong(
      resource, "", Code::ServerConfigUnusable,
      resource.kind + " '" + printable(resource.name) + "': " + printable(file) + " " + why,
      std::move(hint));
}

bool name_of(std::string_view text, std::string_view also) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_" +
                                std::string(also)) == std::string_view::npos;
}

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 7> kUnits = {{{"y", 31536000000},
                                         {"w", 604800000},
                                         {"d", 86400000},
                                         {"h", 3600000},
                                         {"m", 60000},
                                         {"s", 1000},
                                         {"ms", 1}}};

}  // namespace

// What promtool says of a file names the temporary one that it was given.
const char* const kCheckPrometheus = R"sh(
command -v promtool >/dev/null || { echo 'promtool is not installed here; `validate: false` goes without' >&2; exit 1; }
said=$(promtool check config "$1" 2>&1) || { printf '%s\n' "$said" | grep -v '^Checking \|SUCCESS' >&2; exit 1; }
)sh";
const char* const kCheckRules = R"sh(
command -v promtool >/dev/null || { echo 'promtool is not installed here; `validate: false` goes without' >&2; exit 1; }
said=$(promtool check rules --lint-fatal "$1" 2>&1) || { printf '%s\n' "$said" | grep -v '^Checking \|SUCCESS' >&2; exit 1; }
)sh";
// Its complaints quote values, which may be secrets.
const char* const kCheckAlertmanager = R"sh(
command -v amtool >/dev/null || { echo 'amtool is not installed here; `validate: false` goes without' >&2; exit 1; }
said=$(amtool check-config "$1" 2>&1) && exit
printf '%s\n' "$said" | sed -n 's/`[^`]*`/…/g; /FAILED\|error\|line\|undefined/p' | sed '/undefined/!s/"[^"]*"/"…"/g' >&2
exit 1
)sh";

std::vector<Attribute> server_attributes(const UsualServer& usual) {
  const std::string name = usual.name;
  return {{.name = "config",
           .type = {TypeKind::Path},
           .doc = "The configuration file of " + name +
                  ". All in it that isn't ours stays as it is, comments and order too.",
           .default_value = usual.config},
          {.name = "unit", .doc = "The unit that is reloaded.", .default_value = usual.unit},
          {.name = "url",
           .type = {TypeKind::Url},
           .doc = "Where " + name + " answers, as its host sees it.",
           .default_value = usual.url},
          {.name = "wait",
           .type = {TypeKind::Duration},
           .doc = "For how long after a change " + name +
                  " is asked whether it works with it; if it never does, the run is taken back. "
                  "`0s`: it isn't asked.",
           .default_value = kUsualWait},
          {.name = "validate",
           .type = {TypeKind::Bool},
           .doc = "Whether " + std::string(usual.tool) +
                  " on the host must agree before anything changes.",
           .default_value = true}};
}

MonitoringServer server_of(const Resource& resource, const UsualServer& usual) {
  return {.config = stated_text(resource.desired, "config", usual.config),
          .unit = stated_text(resource.desired, "unit", usual.unit),
          .url = stated_text(resource.desired, "url", usual.url),
          .wait = stated_duration(resource.desired, "wait",
                                  std::chrono::seconds(static_cast<int>(kUsualWait))),
          .validate = stated_bool(resource.desired, "validate", true)};
}

void add_server(const Resource& resource, const UsualServer& usual, State& out) {
  const std::pair<const char*, Value> defaults[] = {
      {"config", usual.config}, {"unit", usual.unit}, {"url", usual.url}, {"validate", true}};
  for (const auto& [name, value] : defaults) {
    const Value* found = stated(resource.desired, name);
    if (found != nullptr && !(*found == value)) out.set(name, *found);
  }
}

std::vector<Error> check_server(const Resource& resource, Code code) {
  std::vector<Error> out;
  const auto refuse = [&](const char* attribute, const std::string& why, std::string hint) {
    out.push_back(wrong(resource, attribute, code,
                        resource.kind + " '" + printable(resource.name) + "': " + why,
                        std::move(hint)));
  };
  const std::string url = stated_text(resource.desired, "url");
  if (!url.empty() && !starts_with(url, "http://")) {
    refuse("url", "only http:// is asked through the connection", "such as http://127.0.0.1:9090");
  }
  const std::string unit = stated_text(resource.desired, "unit");
  if (unit.find(' ') != std::string::npos || has_control(unit)) {
    refuse("unit", "'" + printable(unit) + "' is no unit's name", "such as prometheus.service");
  }
  return out;
}

Value content_text(const Value& answer) {
  const Value* content = answer.is_map() ? answer.as_map().find("content") : nullptr;
  return content == nullptr ? Value() : *content;
}

Result<YamlListText> config_list(const Resource& resource, const std::string& file,
                                 const std::vector<std::string>& path, const Value& content) {
  if (content.is_null()) return YamlListText{};
  YamlMistake mistake;
  auto list = read_yaml_list(content.bytes(), path, mistake);
  if (!list) {
    const bool hidden = content.is_secret();
    return fail(unusable(resource, file,
                         "can't be read: line " + std::to_string(mistake.line) + ", column " +
                             std::to_string(mistake.column) +
                             (hidden ? "" : ": " + printable(mistake.what)),
                         "mend it by hand; it is left as it is"));
  }
  if (!list->odd.empty()) {
    return fail(unusable(resource, file, "can't be edited: " + printable(list->odd),
                         "give each item of the list lines of its own"));
  }
  return std::move(*list);
}

Value item_bytes(const YamlListItem& item, const Value& content) {
  const std::string bytes(content.bytes().substr(item.begin, item.end - item.begin));
  return content.is_secret() ? Value(Secret(bytes)) : Value(bytes);
}

Result<void> add_own_file(const Resource& resource, const std::string& path, const ValueMap& stat,
                          State& state) {
  const std::string& type = stat.find("type")->as_text();
  if (type != "file") return fail(other_type(resource, type, "remove " + path));
  for (const char* name : {"type", "owner", "group", "mode"}) state.set(name, *stat.find(name));
  return {};
}

std::string mark_of(const Resource& resource) {
  return "holdfast: " + resource.kind + " " + resource.name;
}

Run make_config_folder(const std::string& folder) {
  return Run{.argv = {"sh", "-c", kFolder, "config-folder", folder},
             .capture = {"sh", "-c", kFolderBefore, "config-folder-before", folder},
             .undo = Argv{"sh", "-c", kFolderUndo, "config-folder-undo", folder},
             .rehearsal = Rehearsal{},
             .note = "make " + folder};
}

Run reload_server(const MonitoringServer& server) {
  const Argv program{"sh", "-c", std::string(prometheus_reload_sh()), "config-reload"};
  const std::string one = server.unit + " " + server.url;
  Run run{.argv = program,
          .operands = {one},
          .joinable = true,
          .limit = std::chrono::minutes(2),
          .undo = program,
          .undo_operands = {one},
          .undo_order = Run::UndoOrder::Last,
          .note = "reload"};
  run.rehearsal = NotRehearsed{"it acts on running services", false};
  return run;
}

std::string prometheus_duration(double seconds) {
  const std::int64_t all = std::llround(seconds * 1000.0);
  if (all == 0) return "0s";
  for (const Unit& unit : kUnits) {
    // A year and a week are never what somebody wrote.
    if (unit.name == "y" || unit.name == "w" || all % unit.milliseconds != 0) continue;
    return std::to_string(all / unit.milliseconds) + std::string(unit.name);
  }
  return std::to_string(all) + "ms";
}

std::optional<double> read_prometheus_duration(std::string_view text) {
  if (text == "0") return 0.0;
  std::int64_t total = 0;
  std::size_t least = 0;  ///< Units come from the largest down, each once.
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    std::int64_t number = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
      if (digits > 11) return std::nullopt;
      number = number * 10 + (text[digits] - '0');
    }
    const std::size_t end = std::min(text.find_first_of("0123456789", digits), text.size());
    const std::string_view name = text.substr(digits, end - digits);
    std::size_t unit = least;
    while (unit < kUnits.size() && kUnits.at(unit).name != name) ++unit;
    if (digits == 0 || unit == kUnits.size()) return std::nullopt;
    total += number * kUnits.at(unit).milliseconds;
    least = unit + 1;
    text.remove_prefix(end);
  }
  return static_cast<double>(total) / 1000.0;
}

bool label_name(std::string_view text) { return name_of(text, ""); }
bool metric_name(std::string_view text) { return name_of(text, ":"); }

bool file_name(std::string_view text) {
  return !text.empty() && text.size() < 200 && text.front() != '.' && text.front() != '-' &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
             std::string_view::npos;
}

}  // namespace holdfast
