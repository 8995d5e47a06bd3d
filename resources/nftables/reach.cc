#include "resources/nftables/reach.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "resources/nftables/listing.h"
#include "resources/nftables/packet.h"

namespace holdfast {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 16;  ///< Jumps; the kernel takes as many.

/// How a packet may leave a chain, and what makes it so.
struct Ways {
  std::string accepted{}, dropped{};  ///< "" : it can't.
  bool falls = false;                 ///< It may come to the end, or return.

  void merge(const Ways& other) {
    if (accepted.empty()) accepted = other.accepted;
    if (dropped.empty()) dropped = other.dropped;
  }
};

/// What a rule does with a packet that it may match.
struct Deed {
  enum class What { Nothing, Accept, Drop, Unsure, Jump, Goto, Return } what = What::Nothing;
  std::string target{};
};

Deed deed_of(const std::string& word, const Json& value) {
  using What = Deed::What;
  if (word == "accept") return {What::Accept};
  if (word == "drop" || word == "reject") return {What::Drop};
  if (word == "return") return {What::Return};
  if (word == "jump") return {What::Jump, value.value("target", "")};
  if (word == "goto") return {What::Goto, value.value("target", "")};
  // Somebody else decides, or it goes elsewhere.
  for (const char* other : {"queue", "dnat", "redirect", "tproxy", "fwd", "synproxy", "xt"}) {
    if (word == other) return {What::Unsure};
  }
  return {};
}

/// Whether a part of a rule only does something beside, whoever the packet is from.
bool only_notes(const std::string& word) {
  for (const char* known :
       {"counter", "log", "comment", "mangle", "notrack", "last", "snat", "masquerade", "flow",
        "continue", "ct helper", "ct timeout", "ct expectation", "secmark", "dup"}) {
    if (word == known) return true;
  }
  return false;
}

class Walk {
 public:
  Walk(const Json& objects, const std::vector<NftPiece>& pieces, NftPacket packet)
      : objects_(objects), pieces_(pieces), packet_(std::move(packet)) {}

  /// Through one base chain, its policy included.
  Ways through(const Json& chain) {
    Ways ways = walk(chain, 0);
    if (!ways.falls) return ways;
    const bool drops = chain.value("policy", "accept") == "drop";
    const std::string why = "no rule of " + name_of(chain) +
                            (drops ? " lets it through, and its policy is drop"
                                   : " drops it, and its policy is accept");
    std::string& end = drops ? ways.dropped : ways.accepted;
    if (end.empty()) end = why;
    return ways;
  }

 private:
  Ways walk(const Json& chain, int depth) {
    Ways out;
    if (depth > kDeepest) {
      const std::string why = name_of(chain) + " is too many jumps away";
      return {why, why, true};
    }
    int number = 0;
    for (const Json& object : objects_) {
      if (!object.contains("rule") || !in_chain(object["rule"], chain)) continue;
      ++number;
      if (!rule(object["rule"], chain, number, depth, out)) return out;
    }
    out.falls = true;
    return out;
  }

  static bool in_chain(const Json& rule, const Json& chain) {
    return rule.value("chain", "") == chain.value("name", "") && same_table(rule, chain);
  }
  static bool same_table(const Json& a, const Json& b) {
    return a.value("table", "") == b.value("table", "") &&
           a.value("family", "") == b.value("family", "");
  }

  /// False: no packet gets past this rule.
  bool rule(const Json& rule, const Json& chain, int number, int depth, Ways& out) {
    const Json table{{"name", rule.value("table", "")}, {"family", rule.value("family", "")}};
    Truth holds = Truth::Yes;
    for (const Json& part : rule.value("expr", Json::array())) {
      if (!part.is_object() || part.empty()) continue;
      const std::string word = part.begin().key();
      const Json& value = part.begin().value();
      if (word == "match") {
        holds = both(holds, nft_matches(value, packet_, objects_, table));
      } else if (word == "vmap") {
        if (!branches(value, table, holds, {chain, rule, number, depth}, out)) return false;
      } else if (const Deed deed = deed_of(word, value); deed.what != Deed::What::Nothing) {
        return act(deed, holds, {chain, rule, number, depth}, out);
      } else if (!only_notes(word) && !(word == "set" && !value.contains("stmt"))) {
        holds = both(holds, Truth::Maybe);
      }
      if (holds == Truth::No) return true;
    }
    return true;
  }

  struct Place {
    const Json& chain;
    const Json& rule;
    int number;
    int depth;
  };

  /// A map from what the packet has to a deed.
  bool branches(const Json& vmap, const Json& table, Truth& holds, const Place& place, Ways& out) {
    const Json& data = vmap.at("data");
    if (!data.is_object() || !data.contains("set")) {
      return act({Deed::What::Unsure}, both(holds, Truth::Maybe), place, out);
    }
    for (const Json& pair : data["set"]) {
      const Json& key = pair.at(0);
      const bool wrapped = key.is_object() && key.contains("elem");
      const Json& wanted = wrapped ? key["elem"].at("val") : key;
      const Truth same =
          wanted == "*" ? Truth::Yes : nft_equals(vmap.at("key"), wanted, packet_, objects_, table);
      if (same == Truth::No) continue;
      const Json& verdict = pair.at(1);
      const Deed deed = deed_of(verdict.begin().key(), verdict.begin().value());
      if (!act(deed, both(holds, same), place, out)) return false;
      if (same == Truth::Yes) {
        // A jump came back: the rule is at its end.
        holds = Truth::No;
        return true;
      }
    }
    return true;
  }

  bool act(const Deed& deed, Truth holds, const Place& place, Ways& out) {
    using What = Deed::What;
    if (holds == Truth::No) return true;
    const bool sure = holds == Truth::Yes;
    const std::string why = words_of(place);
    switch (deed.what) {
      case What::Nothing:
        return true;
      case What::Accept:
      case What::Drop: {
        std::string& end = deed.what == What::Accept ? out.accepted : out.dropped;
        if (end.empty()) end = why;
        return !sure;
      }
      case What::Unsure:
        out.merge({why, why, true});
        return true;
      case What::Return:
        out.falls = true;
        return !sure;
      case What::Jump:
      case What::Goto:
        return follow(deed, sure, place, out);
    }
    return true;
  }

  bool follow(const Deed& deed, bool sure, const Place& place, Ways& out) {
    for (const Json& object : objects_) {
      if (!object.contains("chain")) continue;
      const Json& chain = object["chain"];
      if (chain.value("name", "") != deed.target || !same_table(chain, place.chain)) continue;
      const Ways there = walk(chain, place.depth + 1);
      out.merge(there);
      const bool comes_back = there.falls && deed.what == Deed::What::Jump;
      if (deed.what == Deed::What::Goto) out.falls = out.falls || there.falls;
      return !sure || comes_back;
    }
    out.merge({words_of(place), words_of(place), true});
    return true;
  }

  static std::string name_of(const Json& chain) {
    return "chain " + chain.value("name", "") + " of table " + chain.value("family", "") + " " +
           chain.value("table", "");
  }

  std::string words_of(const Place& place) const {
    std::string out = "rule " + std::to_string(place.number) + " of " + name_of(place.chain);
    for (const NftPiece& piece : pieces_) {
      const std::string table =
          place.chain.value("family", "") + " " + place.chain.value("table", "");
      if (piece.table != table || piece.name != "chain " + place.chain.value("name", "")) continue;
      // The line `type filter hook …` comes first in a base chain, and a comment may.
      std::size_t rules = 0;
      while (rules < piece.lines.size() && (piece.lines[rules].starts_with("type ") ||
                                            piece.lines[rules].starts_with("comment "))) {
        ++rules;
      }
      const std::size_t line = rules + static_cast<std::size_t>(place.number) - 1;
      if (line < piece.lines.size()) out += ": " + piece.lines[line];
    }
    return out;
  }

  const Json& objects_;
  const std::vector<NftPiece>& pieces_;
  NftPacket packet_;
};

bool passes_here(const Json& chain, const NftPacket& packet) {
  const std::string hook = chain.value("hook", "");
  return packet.incoming ? hook == "ingress" || hook == "prerouting" || hook == "input"
                         : hook == "output" || hook == "postrouting" || hook == "egress";
}

bool of_family(const Json& chain, const NftPacket& packet) {
  const std::string family = chain.value("family", "");
  return family == "inet" || family == (packet.login.ipv6() ? "ip6" : "ip");
}

int rank(const Json& chain) {
  const std::string hook = chain.value("hook", "");
  return hook == "input" || hook == "postrouting" ? 1 : hook == "ingress" ? -1 : 0;
}

class Verdicts {
 public:
  Verdicts(const Json& objects, const std::vector<NftPiece>& pieces, const Login& login)
      : objects_(objects), pieces_(pieces), login_(login) {
    for (const Json& object : objects) {
      if (object.contains("chain") && object["chain"].contains("hook")) {
        chains_.push_back(object["chain"]);
      }
    }
    std::stable_sort(chains_.begin(), chains_.end(), [](const Json& a, const Json& b) {
      return std::pair(rank(a), a.value("prio", 0)) < std::pair(rank(b), b.value("prio", 0));
    });
  }

  WayIn judge() {
    WayIn out{.verdict = WayIn::Verdict::Open, .login = login_.text(), .why = {}};
    for (const auto& [incoming, fresh] : {std::pair{true, true}, {true, false}, {false, false}}) {
      judge({login_, incoming, fresh}, out);
    }
    if (out.why.empty()) out.why = "nothing in it looks at such packets";
    return out;
  }

 private:
  static bool dormant(const Json& table) {
    for (const Json& flag : table.value("flags", Json::array())) {
      if (flag == "dormant") return true;
    }
    return false;
  }

  bool sleeps(const Json& chain) const {
    return std::any_of(objects_.begin(), objects_.end(), [&](const Json& object) {
      return object.contains("table") &&
             object["table"].value("name", "") == chain.value("table", "") &&
             object["table"].value("family", "") == chain.value("family", "") &&
             dormant(object["table"]);
    });
  }

  void judge(const NftPacket& packet, WayIn& out) {
    for (const Json& chain : chains_) {
      if (sleeps(chain)) continue;
      if (!of_family(chain, packet)) {
        const std::string family = chain.value("family", "");
        const bool below = family == "arp" || family == "bridge";
        if (below) doubt(out, "chains of the family " + family + " are not looked into");
        continue;
      }
      if (!passes_here(chain, packet)) continue;
      const Ways ways = Walk(objects_, pieces_, packet).through(chain);
      const std::string about = packet.fresh ? "" : "of " + packet.text() + ", ";
      if (ways.dropped.empty()) {
        // The last word of a filter on what comes in says most.
        if (packet.fresh) out_of(out, ways.accepted);
      } else if (ways.accepted.empty()) {
        if (out.verdict != WayIn::Verdict::Shut) out.why = about + ways.dropped;
        out.verdict = WayIn::Verdict::Shut;
      } else {
        doubt(out, about + ways.dropped);
      }
    }
  }

  static void out_of(WayIn& out, const std::string& why) {
    if (out.verdict == WayIn::Verdict::Open) out.why = why;
  }

  static void doubt(WayIn& out, const std::string& why) {
    if (out.verdict != WayIn::Verdict::Open) return;
    out.verdict = WayIn::Verdict::Unclear;
    out.why = why;
  }

  const Json& objects_;
  const std::vector<NftPiece>& pieces_;
  const Login& login_;
  std::vector<Json> chains_;
};

}  // namespace

WayIn nft_way_in(const std::string& ruleset, std::string_view listing, const Login& login) {
  WayIn unclear{.login = login.text(), .why = "the rules could not be read"};
  try {
    const Json parsed = Json::parse(ruleset);
    const std::vector<NftPiece> pieces = nft_pieces(listing);
    return Verdicts(parsed.at("nftables"), pieces, login).judge();
  } catch (const Json::exception&) {
    return unclear;
  }
}

}  // namespace holdfast
