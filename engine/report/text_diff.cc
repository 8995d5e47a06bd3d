#include "engine/report/text_diff.h"

#include <algorithm>
#include <unordered_map>

namespace holdfast {
namespace {

constexpr std::size_t kContext = 3;
constexpr int kMostEdits = 1500;  ///< The search takes memory by its square: 9 MB.

/// Lines with their ends, so that a missing last newline is a difference.
std::vector<std::string_view> whole_lines(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    out.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

struct Edit {
  char mark;
  std::size_t before, after;  ///< Index of the line on each side, or of the next one there.
};

/// Myers' greedy search for the shortest edit script of two sequences of line numbers.
class Search {
 public:
  Search(const std::vector<int>& a, const std::vector<int>& b)
      : a_(a), b_(b), n_(static_cast<int>(a.size())), m_(static_cast<int>(b.size())) {}

  /// Marks, one a line: ' ', '-', '+'.
  std::string marks() {
    const int most = std::min(n_ + m_, kMostEdits);
    for (int d = 0; d <= most; ++d) {
      if (step(d)) return walk_back(d);
    }
    return std::string(a_.size(), '-') + std::string(b_.size(), '+');
  }

 private:
  /// Furthest x on diagonal k after d edits.
  int& at(int d, int k) {
    return reach_[static_cast<std::size_t>(d)][static_cast<std::size_t>(k + d)];
  }
  bool down(int d, int k) { return k == -d || (k != d && at(d - 1, k - 1) < at(d - 1, k + 1)); }
  int start(int d, int k) {
    if (d == 0) return 0;
    return down(d, k) ? at(d - 1, k + 1) : at(d - 1, k - 1) + 1;
  }

  bool step(int d) {
    reach_.emplace_back(static_cast<std::size_t>(2 * d + 1));
    for (int k = -d; k <= d; k += 2) {
      int x = start(d, k);
      while (x < n_ && x - k < m_ && x >= 0 && x - k >= 0 &&
             a_[static_cast<std::size_t>(x)] == b_[static_cast<std::size_t>(x - k)]) {
        ++x;
      }
      at(d, k) = x;
      if (x >= n_ && x - k >= m_) return true;
    }
    return false;
  }

  std::string walk_back(int edits) {
    std::string out;
    int x = n_;
    int y = m_;
    for (int d = edits; d >= 0; --d) {
      const int k = x - y;
      const int from = start(d, k);
      for (; x > from; --x, --y) out += ' ';
      if (d == 0) break;
      if (down(d, k)) {
        out += '+';
        --y;
      } else {
        out += '-';
        --x;
      }
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

  const std::vector<int>& a_;
  const std::vector<int>& b_;
  int n_, m_;
  std::vector<std::vector<int>> reach_;
};

std::vector<Edit> edits_of(const std::vector<std::string_view>& a,
                           const std::vector<std::string_view>& b) {
  std::size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
  }
  std::unordered_map<std::string_view, int> numbers;
  const auto numbered = [&](const std::vector<std::string_view>& all) {
    std::vector<int> out;
    for (std::size_t i = head; i + tail < all.size(); ++i) {
      out.push_back(numbers.emplace(all[i], static_cast<int>(numbers.size())).first->second);
    }
    return out;
  };
  const std::vector<int> middle_a = numbered(a);
  const std::vector<int> middle_b = numbered(b);
  const std::string marks =
      std::string(head, ' ') + Search(middle_a, middle_b).marks() + std::string(tail, ' ');
  std::vector<Edit> out;
  std::size_t before = 0;
  std::size_t after = 0;
  for (const char mark : marks) {
    out.push_back({mark, before, after});
    before += mark == '+' ? 0U : 1U;
    after += mark == '-' ? 0U : 1U;
  }
  return out;
}

/// "12,3": where a hunk lies on one side; an empty side names the line before it, as diff does.
std::string range(std::size_t first, std::size_t count) {
  const std::size_t line = count == 0 ? first : first + 1;
  return std::to_string(line) + (count == 1 ? "" : "," + std::to_string(count));
}

void add_line(TextDiff& out, char mark, std::string_view line) {
  const bool ended = !line.empty() && line.back() == '\n';
  if (ended) line.remove_suffix(1);
  out.lines.push_back({mark, std::string(line)});
  if (!ended) out.lines.push_back({'\\', " No newline at end of file"});
}

}  // namespace

TextDiff diff_texts(std::string_view before, std::string_view after) {
  const std::vector<std::string_view> a = whole_lines(before);
  const std::vector<std::string_view> b = whole_lines(after);
  const std::vector<Edit> edits = edits_of(a, b);
  TextDiff out;
  for (std::size_t i = 0; i < edits.size();) {
    if (edits[i].mark == ' ') {
      ++i;
      continue;
    }
    const std::size_t first = i - std::min(i, kContext);
    std::size_t last = i;  // One past the hunk's last difference.
    for (std::size_t j = i; j < edits.size() && j <= last + 2 * kContext; ++j) {
      if (edits[j].mark != ' ') last = j + 1;
    }
    const std::size_t end = std::min(edits.size(), last + kContext);
    std::size_t old_lines = 0;
    std::size_t new_lines = 0;
    for (std::size_t j = first; j < end; ++j) {
      old_lines += edits[j].mark == '+' ? 0U : 1U;
      new_lines += edits[j].mark == '-' ? 0U : 1U;
      out.added += edits[j].mark == '+' ? 1U : 0U;
      out.removed += edits[j].mark == '-' ? 1U : 0U;
    }
    out.lines.push_back({'@', "@@ -" + range(edits[first].before, old_lines) + " +" +
                                  range(edits[first].after, new_lines) + " @@"});
    for (std::size_t j = first; j < end; ++j) {
      const bool added = edits[j].mark == '+';
      add_line(out, edits[j].mark, added ? b[edits[j].after] : a[edits[j].before]);
    }
    i = end;
  }
  return out;
}

}  // namespace holdfast
