#pragma once

#include "engine/core/kind.h"

namespace holdfast {

/// Kinds that exist in tests only: `note` (a path with a text), `daemon` (restartable, with nested
/// attributes and a secret), `ping` (never absent, required attribute, no edges) and `door` (lets
/// somebody in).
Registry fake_kinds();

}  // namespace holdfast
