#pragma once

#include <string_view>
#include <vector>

#include "engine/core/position.h"

namespace holdfast {

struct LineStretch {
  std::size_t begin = 0, end = 0;
};

/// A name on the line and what stands behind it.
struct LineSetting {
  LineStretch name{}, value{};
  bool by_equals = false;
  bool own = false;  ///< A key or a variable; not words within somebody's text.
  bool secret = false;
  bool mapping = false;  ///< Of a secret's name: what stands in there is secret.
};

/// What stands around a line of YAML, by indentation.
struct SecretsAround {
  bool in_secret_map = false;    ///< Below a name that sounds secret: each value is one.
  bool in_secret_text = false;   ///< Within the value of such a name.
  bool in_secret_input = false;  ///< Of what an input says one line each.
};

SecretsAround secrets_around(const Position& where, std::string_view line);

struct LineSettings {
  std::vector<LineSetting> all{};
  std::size_t comment = 0;  ///< Where it begins; the line's end, where there is none.
};
/// What a line of YAML or INI sets, as far as its own text tells: it needn't be right.
LineSettings settings_on(std::string_view line, const SecretsAround& around);

std::size_t indentation(std::string_view line);
/// Where the first name of a line begins: behind the '-' of lists.
std::size_t first_name(std::string_view line);
bool quotation_mark(char c);

}  // namespace holdfast
