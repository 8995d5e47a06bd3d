#include "engine/apply/rehearsed_blocks.h"

#include <algorithm>

namespace holdfast {
namespace {

/// Why an act is not rehearsed; none: it is.
std::optional<NotRehearsed> obstacle(const Step& step) {
  if (std::holds_alternative<Probe>(step)) return NotRehearsed{"it asks the running host", false};
  if (std::holds_alternative<Call>(step)) return NotRehearsed{"a server is changed by it", false};
  const Run* run = std::get_if<Run>(&step);
  if (run == nullptr) return std::nullopt;
  if (run->issued) return NotRehearsed{"it needs what a server issues once"};
  if (const auto* none = std::get_if<NotRehearsed>(&run->rehearsal)) return *none;
  if (const auto* none = std::get_if<Irreversible>(&run->undo)) {
    return NotRehearsed{"it can't be taken back: " + none->reason};
  }
  return std::nullopt;
}

/// As it acts in the copy.
Act in_copy(Act act) {
  Run* run = std::get_if<Run>(&act.step);
  if (run == nullptr) return act;
  const Rehearsal& how = std::get<Rehearsal>(run->rehearsal);
  if (!how.argv.empty()) run->argv = how.argv;
  if (!how.undo.empty()) run->undo = how.undo;
  return act;
}

}  // namespace

int RehearsedBlocks::acts() const {
  std::size_t count = 0;
  for (const Block& block : blocks) count += block.acts.size();
  return static_cast<int>(count);
}

std::vector<Block> RehearsedBlocks::first(int count) const {
  std::vector<Block> out;
  auto left = static_cast<std::size_t>(count);
  for (const Block& block : blocks) {
    if (left == 0) break;
    out.push_back(block);
    out.back().acts.resize(std::min(left, block.acts.size()));
    left -= out.back().acts.size();
  }
  return out;
}

const Act* RehearsedBlocks::act(int number) const {
  for (const Block& block : blocks) {
    for (const Act& act : block.acts) {
      if (act.number == number) return &act;
    }
  }
  return nullptr;
}

RehearsedBlocks rehearsed_blocks(const std::vector<Block>& blocks) {
  RehearsedBlocks out;
  std::optional<std::size_t> gap;
  for (const Block& block : blocks) {
    Block kept;
    for (const Act& act : block.acts) {
      const auto why = obstacle(act.step);
      for (const std::size_t row : act.rows) {
        if (why) out.left_out.push_back({row, why->reason});
        if (!why && gap) out.after_gap.try_emplace(row, *gap);
      }
      if (why && why->brings) gap = act.rows.front();
      if (why) continue;
      kept.acts.push_back(in_copy(act));
      const Run* run = std::get_if<Run>(&act.step);
      if (run == nullptr) continue;
      const Rehearsal& how = std::get<Rehearsal>(run->rehearsal);
      out.leaves.insert(out.leaves.end(), how.leaves.begin(), how.leaves.end());
      for (const std::size_t row : act.rows) {
        if (!how.without.empty()) out.left_out.push_back({row, "without " + how.without});
      }
    }
    if (!kept.acts.empty()) out.blocks.push_back(std::move(kept));
  }
  return out;
}

}  // namespace holdfast
