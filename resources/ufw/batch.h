#pragma once

#include <string>
#include <vector>

#include "engine/core/step.h"

namespace holdfast {

/// One command of resources/ufw/batch.py: ["rule", "allow", "22/tcp"].
using UfwCommand = std::vector<std::string>;

/// A step that carries out commands through ufw's own code, joined with its like into one process:
/// all of them are taken, or nothing is written. Its undo puts back what they touch, in the old
/// bytes where nobody else changed the files since.
Run ufw_batch(const std::vector<UfwCommand>& commands);

}  // namespace holdfast
