#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "engine/core/address.h"
#include "resources/login.h"

namespace holdfast {

/// A packet of a login, as a rule may ask about it.
struct NftPacket {
  Login login{};
  bool incoming = true;
  bool fresh = true;  ///< The first one of its connection.

  std::string text() const;  ///< "a new login", "answers to a login", "packets of an open login".
};

/// A JSON expression of `nft -j`, asked of a packet. @param sets  All objects of the ruleset, for
/// named sets. @param table  Whose sets are meant.
Truth nft_matches(const nlohmann::json& match, const NftPacket& packet, const nlohmann::json& sets,
                  const nlohmann::json& table);
/// Whether what `left` asks for is `right`: a value, a prefix, a range, a set.
Truth nft_equals(const nlohmann::json& left, const nlohmann::json& right, const NftPacket& packet,
                 const nlohmann::json& sets, const nlohmann::json& table);

}  // namespace holdfast
