#pragma once

#include <string>

#include "engine/core/kind.h"

namespace holdfast {

/// The generated part of a kind's page, in Markdown: what it is, its name, its attributes with
/// type, default and meaning, examples.
std::string reference_page(const Kind& kind);
/// Its first sentence without the dot, for lists.
std::string summary_of(const Kind& kind);
/// The page for a terminal (`holdfast explain KIND`).
std::string explain_text(const Kind& kind);

}  // namespace holdfast
