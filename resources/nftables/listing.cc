#include "resources/nftables/listing.h"

#include <algorithm>
#include <map>

#include "engine/core/text.h"

namespace holdfast {
namespace {

/// Whether braces of a line are closed in it, or open a piece.
bool whole(std::string_view line) {
  const auto open = std::count(line.begin(), line.end(), '{');
  const auto closed = std::count(line.begin(), line.end(), '}');
  return open <= closed;
}

const NftPiece* same_piece(const std::vector<NftPiece>& pieces, const NftPiece& wanted) {
  for (const NftPiece& piece : pieces) {
    if (piece.table == wanted.table && piece.name == wanted.name) return &piece;
  }
  return nullptr;
}

/// The lines of `a` that `b` lacks, each as often as it is missing.
std::vector<std::string> surplus(const std::vector<std::string>& a,
                                 const std::vector<std::string>& b) {
  std::map<std::string_view, int> left;
  for (const std::string& line : b) ++left[line];
  std::vector<std::string> out;
  for (const std::string& line : a) {
    if (left[line]-- <= 0) out.push_back(line);
  }
  return out;
}

class Comparison {
 public:
  explicit Comparison(bool with_table) : with_table_(with_table) {}

  std::vector<std::string> compare(const std::vector<NftPiece>& before,
                                   const std::vector<NftPiece>& now) {
    for (const NftPiece& piece : before) {
      const NftPiece* other = same_piece(now, piece);
      if (other == nullptr) {
        gone_or_new(piece, "-");
      } else {
        changed(piece, *other);
      }
    }
    for (const NftPiece& piece : now) {
      if (same_piece(before, piece) == nullptr) gone_or_new(piece, "+");
    }
    return std::move(out_);
  }

 private:
  std::string label(const NftPiece& piece) const {
    const std::string table = "table " + piece.table;
    if (piece.name.empty()) return table;
    return with_table_ ? piece.name + " of " + table : piece.name;
  }

  void gone_or_new(const NftPiece& piece, const char* mark) {
    out_.push_back(std::string(mark) + " " + label(piece));
    for (const std::string& line : piece.lines) add(piece, mark, line);
  }

  void changed(const NftPiece& before, const NftPiece& now) {
    const auto gone = surplus(before.lines, now.lines);
    const auto come = surplus(now.lines, before.lines);
    for (const std::string& line : gone) add(before, "-", line);
    for (const std::string& line : come) add(before, "+", line);
    if (gone.empty() && come.empty() && before.lines != now.lines) {
      out_.push_back(label(before) + ": the same in another order");
    }
  }

  void add(const NftPiece& piece, const char* mark, const std::string& line) {
    out_.push_back(label(piece) + ": " + mark + " " + line);
  }

  bool with_table_;
  std::vector<std::string> out_;
};

}  // namespace

std::vector<NftPiece> nft_pieces(std::string_view listing) {
  std::vector<NftPiece> out;
  std::string table;
  std::string broken;  // A line that goes on.
  bool inside = false;
  for (const std::string_view raw : lines(listing)) {
    const std::string_view line = trim(raw);
    if (line.empty()) continue;
    if (!broken.empty()) {
      broken += " " + std::string(line);
      if (!whole(broken)) continue;
      out.back().lines.push_back(std::exchange(broken, {}));
    } else if (line == "}") {
      inside = false;
    } else if (!starts_with(raw, "\t")) {
      table = line.substr(std::min<std::size_t>(6, line.size()));
      table.resize(std::min(table.find(" {"), table.size()));
      out.push_back({table, "", {}});
    } else if (!inside && ends_with(line, "{")) {
      inside = true;
      out.push_back({table, std::string(trim(line.substr(0, line.size() - 1))), {}});
    } else if (!out.empty() && whole(line)) {
      out.back().lines.emplace_back(line);
    } else if (!out.empty()) {
      broken = line;
    }
  }
  return out;
}

std::string nft_part(std::string_view listing, const std::vector<NftTable>& tables) {
  std::string out;
  for (const NftTable& table : tables) {
    bool ours = false;
    for (const std::string_view line : lines(listing)) {
      if (starts_with(line, "table ")) ours = line == "table " + table.text() + " {";
      if (ours) out += std::string(line) + "\n";
    }
  }
  return out;
}

std::vector<std::string> nft_differences(std::string_view before, std::string_view now,
                                         bool with_table) {
  return Comparison(with_table).compare(nft_pieces(before), nft_pieces(now));
}

}  // namespace holdfast
