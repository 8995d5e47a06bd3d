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

/// Questions as the program reads them, in the order of the collectors' names, which is that of the
/// answers. Duplicates go. Keys that are more than one program takes as its arguments are asked for
/// in several.
struct Question {
  std::string collector;
  std::vector<std::string> keys;
  bool beside_next = false;  ///< The host answers this one and the next at the same time.

  /// Of its keys, as encoded.
  std::size_t bytes() const;
};
std::vector<Question> questions(std::vector<Query> queries);
std::string encode(const std::vector<Question>& questions);

/// What ends names and keys on their way, as ASCII has it.
inline constexpr char kUnitSeparator = '\x1F';
inline constexpr char kRecordSeparator = '\x1E';
/// Whether a key has none of these.
bool can_be_asked(const std::string& key);

}  // namespace holdfast
