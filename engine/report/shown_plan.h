#pragma once

#include <string>

namespace holdfast {

/// The text of a saved plan as `plan` printed it. The file may be anybody's: nothing in it but the
/// colours of our own reaches a terminal, or a CI job as a command.
std::string plan_text_again(const std::string& text, bool colour);
/// The same for programs, as plan_json() wrote it.
std::string plan_json_again(const std::string& document);

}  // namespace holdfast
