#pragma once

#include "engine/template/ast.h"

namespace holdfast::jinja {

/// A template's statements. @errors HF2102, HF2105, HF2106 with their place.
Result<Body> parse_template(const SourceText& source);
/// A bare expression.
Result<ExprPtr> parse_expression(const SourceText& source);

}  // namespace holdfast::jinja
