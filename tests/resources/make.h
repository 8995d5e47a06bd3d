#pragma once

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "engine/core/kind.h"
#include "engine/core/shell_quote.h"
#include "engine/core/step.h"

namespace holdfast {

inline State state(std::vector<std::pair<std::string, Value>> entries) {
  State out;
  for (auto& [name, value] : entries) out.set(name, std::move(value));
  return out;
}

inline Resource resource_of(std::string name, State desired = {}, bool absent = false) {
  Resource resource;
  resource.name = std::move(name);
  resource.desired = std::move(desired);
  resource.absent = absent;
  return resource;
}

/// Steps as a test's table writes them, one a line: "PHASE WHAT". Fixed programs are named by their
/// `note`.
inline std::string forward_text(const std::vector<PhasedStep>& steps) {
  std::string out;
  for (const PhasedStep& step : steps) {
    out += std::to_string(step.phase) + " " + describe(step.step) + "\n";
  }
  return out;
}

/// What takes Runs back, in the order in which the engine does it: inverses backwards, then those
/// marked last, forwards. A program given by `sh -c` is shown without its text.
inline std::string back_text(const std::vector<PhasedStep>& steps) {
  std::vector<std::string> inverse;
  std::vector<std::string> last;
  for (const PhasedStep& step : steps) {
    const Run* run = std::get_if<Run>(&step.step);
    if (run == nullptr) continue;
    const Argv* undo = std::get_if<Argv>(&run->undo);
    if (undo != nullptr && undo->empty()) continue;
    if (undo == nullptr) {
      inverse.push_back("never: " + std::get<Irreversible>(run->undo).reason);
      continue;
    }
    Argv all = *undo;
    all.insert(all.end(), run->undo_operands.begin(), run->undo_operands.end());
    if (all.size() > 2 && all[0] == "sh" && all[1] == "-c") all.erase(all.begin(), all.begin() + 3);
    auto& order = run->undo_order == Run::UndoOrder::Last ? last : inverse;
    order.push_back(shell_quote(all));
  }
  std::reverse(inverse.begin(), inverse.end());
  std::string out;
  for (const std::string& line : inverse) out += line + "\n";
  for (const std::string& line : last) out += "last: " + line + "\n";
  return out;
}

}  // namespace holdfast
