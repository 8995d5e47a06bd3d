#pragma once

#include "engine/core/kind.h"

namespace holdfast {

/// Kinds that exist in tests only: `note` (a path with a text), `daemon` (restartable, with nested
/// attributes and a secret) and `ping` (never absent, required attribute, no edges).
Registry fake_kinds();

}  // namespace holdfast
