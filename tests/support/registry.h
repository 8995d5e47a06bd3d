#pragma once

#include "resources/registry.h"

namespace holdfast {

/// All real kinds, made once.
inline const Registry& registry() {
  static const Registry kRegistry = all_kinds();
  return kRegistry;
}

}  // namespace holdfast
