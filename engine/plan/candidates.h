#pragma once

#include <string>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// One of several that could do something, as it is now.
struct Candidate {
  std::string name;
  std::vector<std::string> labels;  ///< By which it is asked for.
  bool fit = false;
  bool idle = false;  ///< It has nothing to do.
  std::string why{};  ///< Why it is not fit.
};

/// What a kind is, too, whose resources choose among candidates.
class Chooses {
 public:
  virtual ~Chooses() = default;
  /// In order of preference. @errors nobody can tell: what must be asked did not answer.
  virtual Result<std::vector<Candidate>> candidates(const Resource& resource,
                                                    const Answers& answers) const = 0;
};

}  // namespace holdfast
