#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// A table of the kernel's packet filter: "inet guard".
struct NftTable {
  std::string family, name;

  std::string text() const { return family + " " + name; }
  bool operator==(const NftTable&) const = default;
};

/// What a resource `nftables` is about: one table, or the whole ruleset.
struct NftSubject {
  std::optional<NftTable> table{};  ///< None: the whole ruleset.

  std::string text() const { return table ? table->text() : "ruleset"; }
  std::string file() const;  ///< Where its text lies on the host.
  std::string unit() const;  ///< What loads that at boot.
};

/// "inet guard", white space as it comes; without a family the table is of "ip", as nft has it.
/// nullopt: no name of a table.
std::optional<NftTable> nft_table(std::string_view text);
/// The same, or "ruleset". @errors HF7070 without a place.
Result<NftSubject> nft_subject(std::string_view name);

/// Who else keeps a table of this name, a program that would be cut off from its own rules:
/// "ufw, Docker and iptables". "" : nobody.
std::string nft_keeper(const NftTable& table);

}  // namespace holdfast
