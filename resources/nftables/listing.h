#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resources/nftables/table.h"

namespace holdfast {

/// What `nft -s list …` prints, piece by piece: a line each, joined where nft broke it.
struct NftPiece {
  std::string table;               ///< "inet guard".
  std::string name;                ///< "chain input", "set allowed"; "" : the table itself.
  std::vector<std::string> lines;  ///< A rule, a type, a policy.
};
std::vector<NftPiece> nft_pieces(std::string_view listing);

/// The part of a listing that is about these tables, in their order.
std::string nft_part(std::string_view listing, const std::vector<NftTable>& tables);

/// What `now` has and `before` has not, and the other way round: "chain input: + tcp dport 22
/// accept". @param with_table  Names the table, too.
std::vector<std::string> nft_differences(std::string_view before, std::string_view now,
                                         bool with_table);

}  // namespace holdfast
