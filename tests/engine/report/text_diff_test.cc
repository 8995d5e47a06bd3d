#include "engine/report/text_diff.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace holdfast {
namespace {

std::string unified(const TextDiff& diff) {
  std::string out;
  for (const DiffLine& line : diff.lines) {
    out += (line.mark == '@' ? "" : std::string(1, line.mark)) + line.text + "\n";
  }
  return out;
}

struct DiffCase {
  const char* name;
  const char* before;
  const char* after;
  const char* diff;
};

class TextDiffTable : public testing::TestWithParam<DiffCase> {};

TEST_P(TextDiffTable, IsUnified) {
  const DiffCase& c = GetParam();
  EXPECT_EQ(unified(diff_texts(c.before, c.after)), c.diff);
}

INSTANTIATE_TEST_SUITE_P(
    Table, TextDiffTable,
    testing::Values(
        DiffCase{"Same", "a\nb\n", "a\nb\n", ""}, DiffCase{"BothEmpty", "", "", ""},
        DiffCase{"New", "", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n"},
        DiffCase{"Gone", "a\n", "", "@@ -1 +0,0 @@\n-a\n"},
        DiffCase{"Middle", "a\nb\nc\n", "a\nx\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n"},
        DiffCase{"Context", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
                 "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"},
        DiffCase{"TwoHunks", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
                 "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
        DiffCase{"NearHunksAreOne", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
                 "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
        DiffCase{"NewlineLost", "a\nb\n", "a\nb",
                 "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n"},
        DiffCase{"NewlineWon", "b", "b\n", "@@ -1 +1 @@\n-b\n\\ No newline at end of file\n+b\n"},
        DiffCase{"BothWithoutNewline", "a\nb", "x\nb",
                 "@@ -1,2 +1,2 @@\n-a\n+x\n b\n\\ No newline at end of file\n"}),
    [](const auto& p) { return p.param.name; });

/// Applies a diff; "?" where it does not fit.
std::string patched(const std::string& before, const TextDiff& diff) {
  std::vector<std::string> old_lines;
  std::string rest = before;
  for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
    old_lines.push_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  std::string out;
  std::size_t at = 0;
  for (const DiffLine& line : diff.lines) {
    if (line.mark == '@') {
      std::size_t first = std::strtoul(line.text.c_str() + 4, nullptr, 10);
      const bool empty_side = line.text.find(",0 +") != std::string::npos;
      first -= empty_side ? 0 : 1;
      while (at < first) out += old_lines[at++] + "\n";
      continue;
    }
    if (line.mark != '+' && (at >= old_lines.size() || old_lines[at++] != line.text)) return "?";
    if (line.mark != '-') out += line.text + "\n";
  }
  while (at < old_lines.size()) out += old_lines[at++] + "\n";
  return out;
}

TEST(TextDiff, LeadsFromAnyTextToAnyOther) {
  std::mt19937 random(7);
  const auto text = [&](std::size_t size) {
    std::string out;
    for (std::size_t i = 0; i < size; ++i) out += std::string(1, "abcd"[random() % 4]) + "\n";
    return out;
  };
  for (int i = 0; i < 500; ++i) {
    const std::string before = text(random() % 30);
    const std::string after = text(random() % 30);
    ASSERT_EQ(patched(before, diff_texts(before, after)), after) << before << "--\n" << after;
  }
}

TEST(TextDiff, OfLargeTextsWithNothingInCommonEndsSoon) {
  std::string before;
  std::string after;
  for (int i = 0; i < 40000; ++i) {
    before += "old " + std::to_string(i) + "\n";
    after += "new " + std::to_string(i) + "\n";
  }
  const TextDiff diff = diff_texts(before, after);
  EXPECT_EQ(diff.added, 40000U);
  EXPECT_EQ(diff.removed, 40000U);
  EXPECT_EQ(patched(before, diff), after);
}

}  // namespace
}  // namespace holdfast
