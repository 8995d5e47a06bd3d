#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// The newest link of a host's chain: it vouches for all before it.
struct ChainHead {
  std::int64_t number = 0;  ///< 0: there is no chain.
  std::string head{};
  bool operator==(const ChainHead&) const = default;
};

/// "NUMBER HEAD" of a host; 0 where it is anything else.
ChainHead parse_chain_head(std::string_view text);

/// That a run has ended in one way. A run has several where it was taken back later.
struct ChainLink {
  std::int64_t number = 0;
  std::string run;
  std::string meta;  ///< Digest of its meta.json as it ended.
  std::string head;  ///< Digest of the head before, number, run and meta.
};

/// What a host shows of its runs, to be judged.
struct HostChain {
  std::string machine;      ///< /etc/machine-id
  std::string text;         ///< The file `chain`, "" where there is none.
  std::string armed;        ///< Id of the run that works there, or was cut off.
  bool unreadable = false;  ///< One that could not be read was set aside by a later run.
  struct Kept {
    std::string digest;  ///< Of its meta.json as it is now.
    std::string status;
    std::int64_t number = 0;  ///< Of the run, as the host counted it.
  };
  std::map<std::string, Kept> runs;  ///< By id.
};

/// What somebody saw of a chain, and wrote down elsewhere.
struct Anchor {
  std::int64_t number = 0;
  std::string head;
};

struct ChainVerdict {
  enum class Word {
    Ok,
    Unanchored,  ///< Nothing is wrong, but nobody else vouches for the newest links.
    Behind,      ///< Somebody saw a later link than the host has.
    Broken,      ///< A link, or a run's meta.json, is not what it was.
  } word = Word::Unanchored;
  std::string what;                 ///< In a line; "" of Ok.
  ChainHead head{};                 ///< As the host shows it.
  std::int64_t anchored = 0;        ///< The last link that is vouched for.
  std::vector<std::string> runs{};  ///< Ids of those that are not what they were.
  std::size_t kept = 0,
              gone = 0;  ///< Runs in the chain whose meta.json is there; those whose isn't.
};

/// @return its links, oldest first. @errors HF6110 it isn't a chain; HF6102 a newer format.
Result<std::vector<ChainLink>> parse_chain(std::string_view text);

/// Recomputes the chain and compares it with the runs that the host still has and with the anchors.
ChainVerdict judge_chain(const HostChain& host, const std::vector<Anchor>& anchors);

/// "ok", "unanchored", "behind", "broken".
const char* word(ChainVerdict::Word word);

}  // namespace holdfast
