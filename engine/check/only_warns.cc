#include "engine/check/only_warns.h"

namespace holdfast {
namespace {

constexpr const char* kName = "only_warns";

}  // namespace

Attribute only_warns_attribute() {
  return {.name = kName,
          .type = {TypeKind::Bool},
          .doc = "Whether a wrong answer is only told: it fails neither a run nor `verify`.",
          .default_value = false};
}

bool only_warns(const Resource& resource) {
  const Value* value = resource.get(kName);
  return value != nullptr && value->is_bool() && value->as_bool();
}

}  // namespace holdfast
