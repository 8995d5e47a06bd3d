#pragma once

#include <string>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// The observe program: shell functions of every collector that runs no code of others, and the
/// loop that reads questions as data. The same bytes for every host and every manifest of one
/// build, so that an account can be allowed just it. Defines hf_observe.
std::string observe_program(const Registry& registry);

/// Functions of the collectors that run what their keys say; sent by full sessions only. "" where
/// `queries` need none.
std::string code_program(const Registry& registry, const std::vector<Query>& queries);

/// Questions as the program reads them: sections of NUL-ended keys, in the order of the collectors'
/// names. Duplicates go. `sections` tells what was asked, section by section: the order of the
/// answers.
struct Question {
  std::string collector;
  std::vector<std::string> keys;
  bool beside_next = false;  ///< The host answers this one and the next at the same time.

  /// Of its keys, as encoded.
  std::size_t bytes() const;
};
std::vector<Question> questions(std::vector<Query> queries);
std::string encode(const std::vector<Question>& questions);

}  // namespace holdfast
