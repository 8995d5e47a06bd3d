#include "engine/apply/block.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/core/text.h"

namespace holdfast {
namespace {

bool same_program(const Run& a, const Run& b) {
  return a.joinable && b.joinable && a.in_order == b.in_order && a.settle == b.settle &&
         a.argv == b.argv && a.user == b.user && a.directory == b.directory &&
         a.environment == b.environment && a.capture == b.capture && a.undo_order == b.undo_order &&
         a.success == b.success && a.secret == b.secret && a.rehearsal == b.rehearsal &&
         a.undo.index() == b.undo.index() && a.input.is_null() && b.input.is_null() && !a.issued &&
         !b.issued &&
         (std::holds_alternative<Irreversible>(a.undo) ||
          std::get<Argv>(a.undo) == std::get<Argv>(b.undo));
}

void append_new(Argv& to, const Argv& from) {
  for (const std::string& word : from) {
    if (std::find(to.begin(), to.end(), word) == to.end()) to.push_back(word);
  }
}

void merge(Run& into, const Run& other) {
  append_new(into.operands, other.operands);
  // Undone in reverse, as steps are.
  Argv undo = other.undo_operands;
  append_new(undo, into.undo_operands);
  into.undo_operands = std::move(undo);
  append_new(into.restarts, other.restarts);
  append_new(into.stops, other.stops);
  append_new(into.undo_stops, other.undo_stops);
  into.limit = std::max(into.limit, other.limit);
}

std::chrono::milliseconds program_limit(const Act& act) {
  const Run* run = std::get_if<Run>(&act.step);
  if (run == nullptr) return {};
  return run->limit + run->settle + std::chrono::seconds(10);
}

Block::By done_by(const Step& step) {
  if (std::holds_alternative<Probe>(step)) return Block::By::Probe;
  return std::holds_alternative<Call>(step) ? Block::By::Call : Block::By::Host;
}

bool has_secret(const ObjectRecord& record) {
  return std::any_of(record.attributes.begin(), record.attributes.end(), [](const auto& entry) {
    return entry.second.is_text() && starts_with(entry.second.as_text(), "hmac:");
  });
}

bool holds_text(const Value& value, const std::string& text) {
  if (value.is_text()) return value.as_text() == text;
  if (value.is_map()) {
    return std::any_of(value.as_map().begin(), value.as_map().end(),
                       [&](const auto& entry) { return holds_text(entry.second, text); });
  }
  return false;
}

/// Whether what is there is what we wrote: the record holds a plain digest only of what is no
/// secret.
bool is_ours(const std::optional<ObjectRecord>& record, const Expect& expect) {
  return record && expect.what == Expect::What::File && !expect.digest.empty() &&
         holds_text(Value(record->attributes), "sha256:" + expect.digest);
}

Privacy privacy_of(const Plan& plan, std::size_t node, const Step& step) {
  const Row& row = plan.rows[node];
  const bool sensitive = plan.declarations[node].resource.sensitive;
  if (const Run* run = std::get_if<Run>(&step)) {
    return sensitive || run->secret || run->undo_input.holds_secret() ? Privacy::Secret
                                                                      : Privacy::Open;
  }
  const auto of_object = [&](const Expect& expect, bool secret) {
    if (secret || sensitive || (row.record && has_secret(*row.record))) return Privacy::Secret;
    return is_ours(row.record, expect) ? Privacy::Open : Privacy::ByMode;
  };
  if (const auto* write = std::get_if<WriteFile>(&step))
    return of_object(write->expect, write->content.is_secret());
  if (const auto* link = std::get_if<Link>(&step)) return of_object(link->expect, false);
  if (const auto* remove = std::get_if<Remove>(&step)) return of_object(remove->expect, false);
  return Privacy::Open;
}

/// Builds the blocks of one host.
class Builder {
 public:
  Builder(const Plan& plan, const Registry& registry, Numbering& numbering,
          std::vector<PhasedStep> Row::*steps)
      : plan_(plan), registry_(registry), numbering_(numbering), steps_(steps) {}

  std::vector<Block> build(const std::vector<std::size_t>& ready) {
    pending_ = ready;
    for (const std::size_t row : ready) open_.insert(row);
    while (!pending_.empty()) {
      const std::size_t first = pending_.front();
      if (!free(first) || scheduling(first) == Scheduling::Barrier) settle();
      if (scheduling(first) == Scheduling::Passive) {
        take({first});
        continue;
      }
      if (scheduling(first) == Scheduling::Barrier) {
        take(run_of(first));
        continue;
      }
      if (!take_passive_before(first)) take(batch_of(first));
    }
    settle();
    find_closing();
    return std::move(blocks_);
  }

 private:
  Scheduling scheduling(std::size_t row) const { return schema(row).scheduling; }
  const Schema& schema(std::size_t row) const {
    return registry_.kind(plan_.declarations[row].resource.kind)->schema();
  }
  bool free(std::size_t row) const {
    const auto& before = plan_.graph.before(row);
    return std::none_of(before.begin(), before.end(),
                        [&](std::size_t other) { return open_.count(other) > 0; });
  }

  /// Pulls what only changes things at rest before a batch, so that the batch grows; never across a
  /// barrier.
  bool take_passive_before(std::size_t first) {
    for (const std::size_t row : pending_) {
      if (scheduling(row) == Scheduling::Barrier) return false;
      if (scheduling(row) == Scheduling::Passive && row != first && free(row)) {
        take({row});
        return true;
      }
    }
    return false;
  }

  std::vector<std::size_t> batch_of(std::size_t first) const {
    std::vector<std::size_t> out;
    for (const std::size_t row : pending_) {
      if (row != first && scheduling(row) == Scheduling::Barrier) break;
      if (same_kind(row, first) && free(row)) out.push_back(row);
    }
    return out;
  }

  /// Those of its kind that follow it at once: several packages are one transaction, but never past
  /// a file that one of them may bring or need.
  std::vector<std::size_t> run_of(std::size_t first) const {
    std::vector<std::size_t> out;
    for (auto row = std::find(pending_.begin(), pending_.end(), first); row != pending_.end();
         ++row) {
      if (*row != first && (!same_kind(*row, first) || !free(*row))) break;
      out.push_back(*row);
    }
    return out;
  }

  bool same_kind(std::size_t a, std::size_t b) const {
    return plan_.declarations[a].resource.kind == plan_.declarations[b].resource.kind;
  }

  void take(const std::vector<std::size_t>& rows) {
    for (const std::size_t row : rows)
      pending_.erase(std::find(pending_.begin(), pending_.end(), row));
    std::map<int, std::vector<Act>> phases;
    std::vector<std::size_t> complete;
    for (const std::size_t row : rows) {
      bool settles = false;
      for (const PhasedStep& phased : plan_.rows[row].*steps_) {
        const bool waits = waits_first(phased.step);
        add(waits ? looks_ : phases[phased.phase], phased.step, row);
        settles = settles || waits;
      }
      (settles ? settling_ : complete).push_back(row);
    }
    std::vector<Act> acts;
    for (auto& [phase, list] : phases) {
      std::move(list.begin(), list.end(), std::back_inserter(acts));
    }
    append(std::move(acts), complete);
  }

  /// What comes next needs what is still settling.
  void settle() { append(std::exchange(looks_, {}), std::exchange(settling_, {})); }

  static bool waits_first(const Step& step) {
    const Run* run = std::get_if<Run>(&step);
    return run != nullptr && run->settle.count() > 0;
  }

  void add(std::vector<Act>& phase, const Step& step, std::size_t row) const {
    const Run* run = std::get_if<Run>(&step);
    const bool stays = plan_.rows[row].effects.one_way;
    const Privacy privacy = privacy_of(plan_, row, step);
    for (Act& act : phase) {
      Run* other = std::get_if<Run>(&act.step);
      if (run == nullptr || other == nullptr || act.stays != stays) continue;
      if (!same_program(*other, *run)) continue;
      merge(*other, *run);
      act.rows.push_back(row);
      act.privacy = std::max(act.privacy, privacy);
      return;
    }
    phase.push_back({0, step, {row}, stays, 0, privacy});
  }

  void append(std::vector<Act> acts, const std::vector<std::size_t>& rows) {
    if (acts.empty() && rows.empty()) return;
    for (const std::size_t row : rows) open_.erase(row);
    for (Act& act : acts) {
      const Block::By by = done_by(act.step);
      if (by == Block::By::Host && join_last(act)) continue;
      if (blocks_.empty() || by != Block::By::Host || blocks_.back().by != by) {
        blocks_.push_back({{}, {}, by});
      }
      act.number = numbering_.next(act.step);
      blocks_.back().acts.push_back(std::move(act));
    }
    if (blocks_.empty()) blocks_.emplace_back();
    Block& last = blocks_.back();
    last.rows.insert(last.rows.end(), rows.begin(), rows.end());
  }

  /// Makes an act part of the one just before it, where both are the same program and the order
  /// between them is kept or doesn't matter.
  bool join_last(const Act& act) {
    if (blocks_.empty() || blocks_.back().acts.empty()) return false;
    Act& last = blocks_.back().acts.back();
    Run* into = std::get_if<Run>(&last.step);
    const Run* run = std::get_if<Run>(&act.step);
    if (into == nullptr || run == nullptr || last.stays != act.stays) return false;
    if (!same_program(*into, *run)) return false;
    if (!run->in_order && needs_any(act.rows, last.rows)) return false;
    merge(*into, *run);
    last.rows.insert(last.rows.end(), act.rows.begin(), act.rows.end());
    last.privacy = std::max(last.privacy, act.privacy);
    return true;
  }

  /// What is one way and only half done closes nothing: it goes back like anything else.
  void find_closing() {
    std::map<std::size_t, int> last;  // by row
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
      for (auto act = block->acts.rbegin(); act != block->acts.rend(); ++act) {
        if (!act->stays) continue;
        act->closed_by = act->number;
        for (const std::size_t row : act->rows) {
          if (const auto found = last.find(row); found != last.end())
            act->closed_by = found->second;
        }
        for (const std::size_t row : act->rows) last.try_emplace(row, act->closed_by);
      }
    }
  }

  bool needs_any(const std::vector<std::size_t>& rows, const std::vector<std::size_t>& of) const {
    return std::any_of(rows.begin(), rows.end(), [&](std::size_t row) {
      const auto& before = plan_.graph.before(row);
      return std::any_of(before.begin(), before.end(), [&](std::size_t other) {
        return std::find(of.begin(), of.end(), other) != of.end();
      });
    });
  }

  const Plan& plan_;
  const Registry& registry_;
  Numbering& numbering_;
  std::vector<PhasedStep> Row::*const steps_;
  std::vector<std::size_t> pending_;
  std::vector<Act> looks_;             ///< Acts that wait until something has settled,
  std::vector<std::size_t> settling_;  ///< and the rows that they complete.
  std::set<std::size_t> open_;
  std::vector<Block> blocks_;
};

}  // namespace

int Numbering::next(const Step& step) {
  const Run* run = std::get_if<Run>(&step);
  return run != nullptr && run->undo_order == Run::UndoOrder::Last ? last_-- : inverse_++;
}

std::chrono::milliseconds limit_of(const Act& act) {
  return std::chrono::minutes(1) + program_limit(act);
}

std::chrono::milliseconds limit_of(const Block& block) {
  std::chrono::milliseconds out = std::chrono::minutes(1);
  for (const Act& act : block.acts) out += program_limit(act);
  return out;
}

std::vector<Block> make_blocks(const Plan& plan, const std::vector<std::size_t>& ready,
                               const Registry& registry, Numbering& numbering) {
  return Builder(plan, registry, numbering, &Row::steps).build(ready);
}

Block later_block(const Plan& plan, const std::vector<std::size_t>& rows, const Registry& registry,
                  Numbering& numbering) {
  Block out;
  for (Block& block : Builder(plan, registry, numbering, &Row::later).build(rows)) {
    std::move(block.acts.begin(), block.acts.end(), std::back_inserter(out.acts));
    out.rows.insert(out.rows.end(), block.rows.begin(), block.rows.end());
  }
  return out;
}

}  // namespace holdfast
