#include "engine/journal/chain.h"

#include <algorithm>
#include <charconv>

#include "engine/core/hash.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::string_view kFormat = "format 1";

std::string first_head() { return std::string(64, '0'); }

bool is_digest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::int64_t number_of(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out > 0 ? out : 0;
}

std::string head_after(const std::string& before, const ChainLink& link) {
  return sha256_hex(before + " " + std::to_string(link.number) + " " + link.run + " " + link.meta);
}

std::string called(const ChainLink& link) {
  return "link " + std::to_string(link.number) + ", run " + printable(link.run);
}

/// One host's chain beside what else is known of it. The first thing that is wrong is the verdict.
class Judge {
 public:
  Judge(const HostChain& host, const std::vector<Anchor>& anchors)
      : host_(host), anchors_(anchors) {}

  ChainVerdict judge() {
    auto links = parse_chain(host_.text);
    if (!links) {
      broken(links.error().message);
      return std::move(out_);
    }
    links_ = std::move(*links);
    if (!links_.empty()) out_.head = {links_.back().number, links_.back().head};
    const bool whole = recompute();
    compare_runs();
    if (whole) compare_anchors();
    if (host_.unreadable)
      broken("a chain that could not be read was set aside as chain.unreadable");
    if (out_.word == Word::Unanchored && out_.anchored == out_.head.number && out_.anchored > 0) {
      out_.word = Word::Ok;
    }
    if (out_.word == Word::Unanchored) out_.what = unanchored();
    return std::move(out_);
  }

 private:
  using Word = ChainVerdict::Word;

  void broken(std::string what) {
    if (out_.word != Word::Broken) out_.what = std::move(what);
    out_.word = Word::Broken;
  }

  /// Whether each link follows from the one before it; link N is the N-th then.
  bool recompute() {
    std::string head = first_head();
    std::int64_t number = 0;
    for (const ChainLink& link : links_) {
      if (link.number != ++number || link.head != head_after(head, link)) {
        out_.runs.push_back(link.run);
        broken(called(link) + ", does not follow from the one before it");
        return false;
      }
      head = link.head;
    }
    return true;
  }

  void compare_runs() {
    std::map<std::string, const ChainLink*> last;
    for (const ChainLink& link : links_) last[link.run] = &link;
    std::int64_t since = 0;  // runs that ended before there was a chain are in none
    for (const auto& [run, link] : last) {
      const auto kept = host_.runs.find(run);
      ++(kept == host_.runs.end() ? out_.gone : out_.kept);
      if (kept == host_.runs.end()) continue;
      since = since == 0 ? kept->second.number : std::min(since, kept->second.number);
      if (kept->second.digest == link->meta) continue;
      out_.runs.push_back(run);
      broken("meta.json of run " + printable(run) + " is not what it was when the run ended (" +
             called(*link) + ")");
    }
    for (const auto& [run, kept] : host_.runs) {
      const bool due = kept.status != "open" && run != host_.armed && !links_.empty();
      if (!due || last.count(run) > 0 || kept.number < since) continue;
      out_.runs.push_back(run);
      broken("run " + printable(run) + " has ended, and no link says so");
    }
  }

  void compare_anchors() {
    for (const Anchor& anchor : anchors_) {
      const auto at = static_cast<std::size_t>(anchor.number);
      if (anchor.number > out_.head.number) {
        if (out_.word == Word::Broken) continue;
        out_.word = Word::Behind;
        out_.what = "the history knows link " + std::to_string(anchor.number) + ", the host has " +
                    (links_.empty() ? "none" : std::to_string(out_.head.number) + " of them");
        continue;
      }
      if (anchor.number > 0 && links_[at - 1].head == anchor.head) {
        out_.anchored = std::max(out_.anchored, anchor.number);
        continue;
      }
      out_.runs.push_back(links_[at - 1].run);
      broken(called(links_[at - 1]) + ", is not the one that the history knows");
    }
  }

  std::string unanchored() const {
    if (links_.empty()) return "the host has no chain yet";
    if (out_.anchored == 0) return "the history knows nothing of this host's chain";
    return "the history knows it up to link " + std::to_string(out_.anchored) + " of " +
           std::to_string(out_.head.number);
  }

  const HostChain& host_;
  const std::vector<Anchor>& anchors_;
  std::vector<ChainLink> links_;
  ChainVerdict out_;
};

}  // namespace

ChainHead parse_chain_head(std::string_view text) {
  const auto words = split(trim(text), ' ');
  if (words.size() != 2 || number_of(words[0]) == 0 || !is_digest(words[1])) return {};
  return {number_of(words[0]), std::string(words[1])};
}

Result<std::vector<ChainLink>> parse_chain(std::string_view text) {
  std::vector<ChainLink> out;
  if (text.empty()) return out;
  std::vector<std::string_view> all = lines(text);
  if (all.empty() || all.front() != kFormat) {
    const bool newer = !all.empty() && starts_with(all.front(), "format ");
    return fail(
        newer ? Code::RecordTooNew : Code::ChainBroken,
        newer ? "the chain of runs is of a newer holdfast" : "the chain of runs can't be read");
  }
  for (auto line = all.rbegin(); line + 1 != all.rend(); ++line) {
    const auto words = split(*line, ' ');
    if (words.size() != 4 || number_of(words[0]) == 0 || !is_digest(words[2]) ||
        !is_digest(words[3])) {
      return fail(Code::ChainBroken, "a line of the chain can't be read: " + printable(*line));
    }
    out.push_back(
        {number_of(words[0]), std::string(words[1]), std::string(words[2]), std::string(words[3])});
  }
  return out;
}

ChainVerdict judge_chain(const HostChain& host, const std::vector<Anchor>& anchors) {
  return Judge(host, anchors).judge();
}

const char* word(ChainVerdict::Word word) {
  switch (word) {
    case ChainVerdict::Word::Ok:
      return "ok";
    case ChainVerdict::Word::Unanchored:
      return "unanchored";
    case ChainVerdict::Word::Behind:
      return "behind";
    case ChainVerdict::Word::Broken:
      break;
  }
  return "broken";
}

}  // namespace holdfast
