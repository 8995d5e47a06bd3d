#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resources/nftables/table.h"

namespace holdfast {

/// What is wrong with a text, and where in it, all from 1.
struct NftMistake {
  std::string message, hint;
  int line = 1, column = 1, length = 1;
};

/// A text as a manifest states it: what can be seen of it without nft. It can't touch any table but
/// those that it names: it holds blocks, no commands, and reads no other files.
struct NftText {
  bool body = false;               ///< The inside of a table, without `table …` around it.
  std::vector<NftTable> tables{};  ///< That it states, in their order, each once.
  bool translates = false;         ///< Has a chain of type nat.
  std::vector<NftMistake> mistakes{};
};

NftText read_nft_text(const NftSubject& subject, std::string_view text);

/// A file that puts a text into the place of its tables, in one transaction, however often it is
/// loaded.
struct NftFile {
  std::string text;
  int lines_before = 0;  ///< Of the stated text in it.
};
NftFile nft_file(const NftSubject& subject, const NftText& seen, std::string_view text);

}  // namespace holdfast
