#pragma once

#include <functional>
#include <vector>

#include "engine/apply/runner.h"

namespace holdfast {

/// An act after whose way back something is not as it was.
struct Culprit {
  int act = 0;  ///< By place, from 0.
  std::vector<Rehearsed::Difference> differences;
};

/// Which acts the differences of a rehearsal come from: the last of the shortest beginning of the
/// plan that shows them. Asks for log2(acts) more rehearsals a culprit.
/// @param acts      How many were rehearsed.
/// @param whole     What came of it.
/// @param rehearse  Of the first so many acts.
Result<std::vector<Culprit>> find_culprits(int acts, const Rehearsed& whole,
                                           const std::function<Result<Rehearsed>(int)>& rehearse);

}  // namespace holdfast
