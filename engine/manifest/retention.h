#pragma once

#include "engine/core/error.h"
#include "engine/core/yaml.h"
#include "engine/journal/retention.h"

namespace holdfast {

/// `retention:` of holdfast.yaml; keys that it doesn't have stay as they are.
void read_retention(const YamlNode& node, Retention& retention, Diagnostics& diagnostics);
/// "secrets=10m", as the flag gives it. @errors HF1001 no such key, or no such value.
Result<void> set_retention(const std::string& pair, Retention& retention);

}  // namespace holdfast
