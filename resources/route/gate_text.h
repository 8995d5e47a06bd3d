#pragma once

#include "engine/core/error.h"
#include "resources/route/gate.h"

namespace holdfast {

/// The other side of gate_text() and gate_answer(). @errors HF6101.
Result<Gate> read_gate(const std::string& text);
Value gate_value(const GateAnswer& answer);

}  // namespace holdfast
