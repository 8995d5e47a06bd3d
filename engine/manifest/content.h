#pragma once

#include <vector>

#include "engine/core/schema.h"

namespace holdfast {

/// The attribute that holds a file's text, for which `source:` and `template:` can stand; nullptr
/// where the kind has none.
const Attribute* content_attribute(const Schema& schema);
/// `source` and `template`, as the loader offers them to every kind with such an attribute.
const std::vector<Attribute>& content_files();

}  // namespace holdfast
