#include "resources/systemd/unit_text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::array<std::string_view, 11> kSuffixes = {
    ".service", ".socket", ".target", ".timer", ".mount", ".automount",
    ".path",    ".slice",  ".scope",  ".swap",  ".device"};

std::string_view suffix_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot);
}

/// The token of a path, where the word is one that stays the same for every unit.
void need_path(std::string_view word, std::vector<std::string>& out) {
  if (!starts_with(word, "/") || word.find_first_of("%$*{") != std::string_view::npos) return;
  out.push_back("path:" + normalise_path(word));
}

void need_command(const UnitSetting& setting, std::vector<std::string>& out) {
  std::vector<std::string> argv = unit_words(setting.value);
  if (argv.empty()) return;
  const std::size_t start = argv[0].find_first_not_of("@-:+!|");
  need_path(start == std::string::npos ? "" : std::string_view(argv[0]).substr(start), out);
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::size_t equals = argv[i].find("=/");
    need_path(std::string_view(argv[i]).substr(equals == std::string::npos ? 0 : equals + 1), out);
  }
}

void need_service(const UnitSetting& setting, std::vector<std::string>& out) {
  const std::string_view value = trim(setting.value);
  const bool plain = !value.empty() && value.find('%') == std::string_view::npos;
  if (starts_with(setting.key, "Exec")) {
    need_command(setting, out);
  } else if (setting.key == "EnvironmentFile" || setting.key == "WorkingDirectory" ||
             setting.key == "RootDirectory") {
    need_path(starts_with(value, "-") ? value.substr(1) : value, out);
  } else if (setting.key == "LoadCredential" || setting.key == "LoadCredentialEncrypted") {
    const std::size_t colon = value.find(':');
    if (colon != std::string_view::npos) need_path(value.substr(colon + 1), out);
  } else if (setting.key == "User" && plain) {
    out.push_back("user:" + std::string(value));
  } else if ((setting.key == "Group" || setting.key == "SupplementaryGroups") && plain) {
    for (const std::string& group : unit_words(value)) out.push_back("group:" + group);
  }
}

void need_units(const UnitSetting& setting, std::vector<std::string>& out) {
  // A socket, a timer or a path unit names its service back: those edges would be circles.
  for (const std::string& unit : unit_words(setting.value)) {
    const std::string_view suffix = suffix_of(unit);
    const bool one_way = suffix == ".service" || suffix == ".mount" || suffix == ".slice";
    if (one_way && unit.find('%') == std::string::npos) out.push_back("unit:" + unit);
  }
}

}  // namespace

std::vector<std::string> unit_words(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  char quote = 0;
  for (const char c : text) {
    if (quote == 0 && std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (!word.empty()) out.push_back(std::move(word));
      word.clear();
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      word += c;
    }
  }
  if (!word.empty()) out.push_back(std::move(word));
  return out;
}

std::vector<UnitSetting> unit_settings(std::string_view text) {
  std::vector<UnitSetting> out;
  std::string section;
  std::string logical;
  int number = 0;
  int first = 0;
  int length = 0;
  for (const std::string_view raw : lines(text)) {
    ++number;
    const std::string_view line = trim(raw);
    const bool comment = starts_with(line, "#") || starts_with(line, ";");
    if (comment || (line.empty() && logical.empty())) continue;
    if (logical.empty()) {
      first = number;
      length = static_cast<int>(raw.size());
    }
    if (ends_with(line, "\\")) {
      logical += std::string(line.substr(0, line.size() - 1)) + " ";
      continue;
    }
    logical += line;
    if (starts_with(logical, "[") && ends_with(logical, "]")) {
      section = logical.substr(1, logical.size() - 2);
    } else if (const std::size_t equals = logical.find('='); equals != std::string::npos) {
      out.push_back({section, std::string(trim(std::string_view(logical).substr(0, equals))),
                     std::string(trim(std::string_view(logical).substr(equals + 1))), first,
                     length});
    }
    logical.clear();
  }
  return out;
}

std::vector<std::string> unit_needs(const std::string& name, std::string_view text) {
  std::vector<std::string> out;
  bool names_unit = false;
  for (const UnitSetting& setting : unit_settings(text)) {
    if (setting.section == "Unit" &&
        (setting.key == "Requires" || setting.key == "BindsTo" || setting.key == "Requisite")) {
      need_units(setting, out);
    } else if (setting.section == "Service" || setting.section == "Socket") {
      need_service(setting, out);
    } else if (setting.section == "Timer" && setting.key == "Unit") {
      names_unit = true;
      need_units(setting, out);
    }
  }
  if (ends_with(name, ".timer") && !names_unit) {
    out.push_back("unit:" + name.substr(0, name.size() - 6) + ".service");
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  out.erase(std::remove(out.begin(), out.end(), "unit:" + name), out.end());
  return out;
}

bool valid_unit_name(std::string_view name) {
  const std::string_view suffix = suffix_of(name);
  if (name.size() > 255 || name.size() == suffix.size() || suffix.empty()) return false;
  if (std::find(kSuffixes.begin(), kSuffixes.end(), suffix) == kSuffixes.end()) return false;
  const std::string_view stem = name.substr(0, name.size() - suffix.size());
  if (stem[0] == '@') return false;
  return std::all_of(stem.begin(), stem.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view(":-_.\\@").find(c) != std::string_view::npos;
  });
}

bool is_unit_template(std::string_view name) {
  const std::string_view suffix = suffix_of(name);
  return name.size() > suffix.size() && name[name.size() - suffix.size() - 1] == '@';
}

std::string template_of(std::string_view name) {
  const std::size_t at = name.find('@');
  if (at == std::string_view::npos || is_unit_template(name)) return {};
  return std::string(name.substr(0, at + 1)) + std::string(suffix_of(name));
}

}  // namespace holdfast
