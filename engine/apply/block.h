#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "engine/plan/plan.h"

namespace holdfast {

/// Who may know what the way back of an act keeps. The rest is deleted an hour after the run.
enum class Privacy {
  Open,    ///< Everybody: no secret can be in it.
  ByMode,  ///< Who could read the object that is kept: its mode and its folders tell.
  Secret
};

/// A step at its place in a run. Several resources may share it (one apt transaction).
struct Act {
  int number = 0;  ///< Its undo's place: see Numbering.
  Step step;
  std::vector<std::size_t> rows;  ///< Of the plan, that wanted it.
  bool stays = false;             ///< One way: a rollback leaves it, unless it may reopen,
  int closed_by = 0;              ///< once this act has been done: the last of its resources.
  Privacy privacy = Privacy::Open;
};

/// What is done on one host without looking up: acts in one frame, or one thing that the controller
/// does: a probe, a call.
struct Block {
  enum class By { Host, Probe, Call };
  std::vector<Act> acts;
  std::vector<std::size_t> rows;  ///< Complete when the block is.
  By by = By::Host;
};

/// What an act may take at most: the limit of its program, and a minute for the rest.
std::chrono::milliseconds limit_of(const Act& act);
/// All that its programs may take, and a minute for the rest.
std::chrono::milliseconds limit_of(const Block& block);

/// Undo scripts run from the highest number down: inverse ones are numbered upwards, and those that
/// must come after all of them, in their own order, downwards from the middle.
class Numbering {
 public:
  int next(const Step& step);

 private:
  int inverse_ = 500000;
  int last_ = 499999;
};

/// Orders ready rows of one host into blocks: file order among what is ready, but rows of a batched
/// kind that are ready together are done together (phase by phase, joinable Runs as one), and
/// passive rows may go before them as long as no barrier stands between.
/// @param ready  Rows whose needs on other hosts are met, with all that they need on this host, in
/// plan order.
std::vector<Block> make_blocks(const Plan& plan, const std::vector<std::size_t>& ready,
                               const Registry& registry, Numbering& numbering);

/// What these rows leave for later.
Block later_block(const Plan& plan, const std::vector<std::size_t>& rows, const Registry& registry,
                  Numbering& numbering);

}  // namespace holdfast
