#pragma once

#include "engine/template/budget.h"
#include "engine/template/term.h"

namespace holdfast::jinja {

/// Arguments of a formatting: by place, or by name.
struct FormatArguments {
  std::vector<Value> positional{};
  std::vector<std::pair<std::string, Value>> named{};
};

/// Python's `template % arguments`: %s %r %d %i %u %x %X %o %c %e %E %f %F %g %G %% with flags,
/// width, precision and %(name)s. Widths are bounded.
Result<std::string> format_percent(std::string_view format, const FormatArguments& arguments,
                                   Budget& budget);
/// Python's str.format: {} {0} {name} {{ }} with fill, alignment, sign, width, precision and type.
Result<std::string> format_braces(std::string_view format, const FormatArguments& arguments,
                                  Budget& budget);

}  // namespace holdfast::jinja
