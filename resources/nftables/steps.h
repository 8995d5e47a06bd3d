#pragma once

#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "resources/nftables/table.h"

namespace holdfast {

/// Puts `text` into the place of these tables in the kernel, in one transaction; an empty one takes
/// them away. Its undo puts back what the kernel had, where nobody changed it since.
Run load_tables(const std::vector<NftTable>& tables, const Value& text);

/// The unit that loads a subject's file at boot.
std::string nft_unit_text(const NftSubject& subject);

/// What a change needs beside its resource.
struct NftChange {
  NftSubject subject;
  Value text;                    ///< Of the file: text or secret; "" : it goes.
  std::vector<NftTable> tables;  ///< That are replaced or go.
  bool enable = false;           ///< The unit isn't enabled yet, or, where all goes, still is.
  Value file{}, unit{};          ///< Digests of what lies there; null: nothing.
  bool keep_file = false;        ///< It is as it should be.
  bool keep_live = false;
};
std::vector<PhasedStep> nft_steps(const NftChange& change, bool removal);

}  // namespace holdfast
