#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// One assignment of a unit file (systemd.syntax(7)).
struct UnitSetting {
  std::string section, key, value;
  int line = 0;    ///< Where it begins, from 1.
  int length = 0;  ///< Of that line, in bytes.
};

/// Sections and settings in their order, continuation lines joined. Never fails: systemd itself
/// judges the text.
std::vector<UnitSetting> unit_settings(std::string_view text);

/// The words of a setting's value, quotes taken off.
std::vector<std::string> unit_words(std::string_view text);

/// What a unit's text rests on: accounts, files that it reads or runs, units that it can't do
/// without. Names with specifiers (%i) or variables are left out.
std::vector<std::string> unit_needs(const std::string& name, std::string_view text);

/// Whether a name can be a unit's: a known suffix, systemd's characters, at most 255 bytes.
bool valid_unit_name(std::string_view name);
/// "runner@.service": only its instances can run.
bool is_unit_template(std::string_view name);
/// "runner@.service" of "runner@a.service"; "" of a name that is no instance.
std::string template_of(std::string_view name);

}  // namespace holdfast
