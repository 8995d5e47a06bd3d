#include "engine/check/unit.h"

#include <vector>

#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

/// One unit, as systemd tells it.
struct Shown {
  std::string id, active, more;
};

std::vector<Shown> paragraphs(std::string_view shown) {
  std::vector<Shown> out;
  bool open = false;
  for (const std::string_view line : lines(shown)) {
    const auto at = line.find('=');
    if (line.empty()) open = false;
    if (at == std::string_view::npos) continue;
    if (!open) out.emplace_back();
    open = true;
    const std::string_view key = line.substr(0, at), value = line.substr(at + 1);
    Shown& unit = out.back();
    if (key == "Id") {
      unit.id = value;
    } else if (key == "ActiveState") {
      unit.active = value;
    } else if (!(key == "Result" && value == "success")) {
      unit.more += (unit.more.empty() ? "" : ", ") + std::string(value);
    }
  }
  return out;
}

}  // namespace

bool is_unit_pattern(std::string_view name) {
  return name.find_first_of("*?[") != std::string_view::npos;
}

Result<std::string> judge_units(const Probe::Unit& wanted, std::string_view shown) {
  const std::vector<Shown> units = paragraphs(shown);
  const bool pattern = is_unit_pattern(wanted.name);
  if (units.empty()) {
    if (pattern && trim(shown).empty()) {
      return fail(Code::CheckFailed, "no loaded unit is called " + printable(wanted.name),
                  "`systemctl list-unit-files " + shell_quote(wanted.name) +
                      "` shows those that are only installed");
    }
    return fail(Code::CheckFailed, printable(wanted.name) + " is not " + printable(wanted.state) +
                                       ": " + printable(trim(shown.substr(0, 200))));
  }
  std::vector<std::string> wrong, right;
  for (const Shown& unit : units) {
    const std::string id = printable(pattern ? unit.id : wanted.name);
    if (unit.active == wanted.state) {
      right.push_back(pattern ? id + " is " + printable(unit.active) : printable(unit.active));
    } else {
      wrong.push_back(id + " is " + printable(unit.active) + " (" + printable(unit.more) +
                      "), not " + printable(wanted.state));
    }
  }
  if (wrong.empty()) return join(right, ", ");
  return fail(Code::CheckFailed, join(wrong, ", "),
              "`systemctl status " + shell_quote(wanted.name) + "` on the host says why");
}

}  // namespace holdfast
