#pragma once

#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// One of a check's questions about what runs out: its attribute, an object, and what becomes of
/// it.
struct CheckQuestion {
  Attribute attribute;
  decltype(Probe::ask) (*ask)(const ValueMap& stated);
  /// What is wrong with it, in words; "" : nothing.
  std::string (*wrong)(const ValueMap& stated);
  std::string example;
};

CheckQuestion disk_free_question();
CheckQuestion tls_expiry_question();
CheckQuestion secret_expiry_question();

/// At least so long, for the questions about what expires.
Attribute at_least_attribute();
std::chrono::seconds at_least_of(const ValueMap& stated);

}  // namespace holdfast
