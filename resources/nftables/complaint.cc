#include "resources/nftables/complaint.h"

#include <algorithm>
#include <cstdio>

#include "engine/core/text.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

/// A mistake brings others in its train.
constexpr std::size_t kMostNotes = 2;

/// "/dev/stdin:5:3-9: Error: syntax error, …".
std::optional<NftMistake> read_line(const std::string& line) {
  const std::size_t colon = line.find(':');
  const std::size_t word = line.find(": Error: ");
  if (colon == std::string::npos || word == std::string::npos) return std::nullopt;
  NftMistake out{.message = line.substr(word + 9), .hint = {}};
  int last = 0;
  const int read = std::sscanf(line.c_str() + colon, ":%d:%d-%d", &out.line, &out.column, &last);
  if (read != 3) return std::nullopt;
  out.length = std::max(last - out.column + 1, 1);
  return out;
}

}  // namespace

Error nft_complaint(const Resource& resource, const ValueList& said, int lines_before) {
  const Value* content = resource.get("content");
  const std::string_view text = content == nullptr ? "" : content->bytes();
  const int lines_stated = static_cast<int>(lines(text).size());
  const auto place = [&](const NftMistake& mistake) {
    // An end that came too early is behind the last line.
    const int line = std::clamp(mistake.line - lines_before, 1, std::max(lines_stated, 1));
    return resource.place_in("content", line, mistake.column, mistake.length);
  };
  Error out = wrong(resource, "content", Code::NftRefused, "");
  for (const Value& line : said) {
    const auto mistake = read_line(line.as_text());
    if (!mistake) continue;
    if (out.message.empty()) {
      out.message =
          "nft refuses nftables '" + printable(resource.name) + "': " + printable(mistake->message);
      out.where = place(*mistake);
      if (mistake->message.find("Interface does not exist") != std::string::npos) {
        out.hint = "At boot there are no cards yet: name it by `iifname` or `oifname`.";
      }
    } else if (out.notes.size() < kMostNotes) {
      out.notes.push_back({place(*mistake), printable(mistake->message)});
    }
  }
  if (!out.message.empty()) return out;
  out.message = "nft refuses nftables '" + printable(resource.name) +
                "': " + (said.empty() ? "it says nothing" : printable(said.front().as_text()));
  return out;
}

}  // namespace holdfast
