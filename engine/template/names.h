#pragma once

#include <set>
#include <string>

#include "engine/template/ast.h"

namespace holdfast::jinja {

/// Names that a template takes from its scope, dotted as far as constant: "facts.os.id". A name
/// that is set on only some of the ways to its use counts.
std::set<std::string> free_names(const Body& body);
std::set<std::string> free_names(const Expr& expr);

}  // namespace holdfast::jinja
