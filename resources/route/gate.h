#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "engine/core/schema.h"
#include "engine/core/value.h"

namespace holdfast {

/// Who answers questions of a gate.
inline constexpr const char* kGateService = "gate";

/// One question that must be answered right before something is let through.
struct GateQuestion {
  std::string query{}, is = "some";  ///< Of Prometheus; or:
  std::string url{}, body{};
  int status = 200;

  bool of_prometheus() const { return !query.empty(); }
};

/// What is asked before something is let through; and, where that went well, what must have been so
/// for a while before it comes back.
struct Gate {
  std::vector<GateQuestion> questions{}, recovery{};
  std::chrono::milliseconds held{0};  ///< 0: only now.
};

struct GateAnswer {
  bool passed = false, recovered = false;
  std::string why{}, why_not_recovered{};
};

/// The attribute of a manifest that holds such questions.
Attribute gate_attribute(std::string name, std::string doc);
std::vector<GateQuestion> gate_questions(const ValueMap& stated, std::string_view attribute);
/// What is wrong with one, in words; "": nothing.
std::string wrong_gate_question(const GateQuestion& question);

std::string gate_text(const Gate& gate);
GateAnswer gate_answer(const Value& answer);

/// The query that tells whether another one was `is` at every time of the last `held`, without a
/// gap.
struct HeldQuery {
  std::string text, is;
};
HeldQuery held_query(const GateQuestion& question, std::chrono::milliseconds held);

}  // namespace holdfast
