#include "engine/report/error_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

Position place(const std::string& path, const std::string& text, int line, int column, int length) {
  return Position{std::make_shared<const Source>(Source{path, text}), line, column, length};
}

std::string numbered_lines(int count, const std::string& last) {
  std::string out;
  for (int i = 1; i < count; ++i) out += "\n";
  return out + last + "\n";
}

TEST(ErrorText, ShowsPlaceLineCaretAndHint) {
  const Error error{
      .code = Code::UnknownAttribute,
      .message = "file '/etc/motd' has no attribute 'contnet'",
      .where = place("manifests/site.yaml", numbered_lines(14, "      contnet: \"hi\""), 14, 7, 7),
      .hint = "did you mean 'content'? See `holdfast explain file`."};
  EXPECT_EQ(error_text(error, false),
            "manifests/site.yaml:14:7: error: file '/etc/motd' has no attribute 'contnet'  "
            "[HF2003]\n"
            "   14 |       contnet: \"hi\"\n"
            "      |       ^~~~~~~\n"
            "   hint: did you mean 'content'? See `holdfast explain file`.\n");
}

TEST(ErrorText, ShowsNotesAndTrail) {
  const Error error{.code = Code::DuplicateKey,
                    .message = "twice",
                    .where = place("a.yaml", "x: 1\nx: 2\n", 2, 1, 1),
                    .notes = {{place("a.yaml", "x: 1\nx: 2\n", 1, 1, 1), "the first one"}},
                    .trail = {"reading a.yaml"}};
  EXPECT_EQ(error_text(error, false),
            "a.yaml:2:1: error: twice  [HF2002]\n"
            "    2 | x: 2\n"
            "      | ^\n"
            "   while reading a.yaml\n"
            "   note: a.yaml:1:1: the first one\n");
}

TEST(ErrorText, WorksWithoutAPlace) {
  EXPECT_EQ(error_text(Error{.code = Code::Usage, .message = "no such command"}, false),
            "error: no such command  [HF1001]\n");
  EXPECT_EQ(warning_text(Error{.message = "old"}, false), "warning: old\n");
}

TEST(ErrorText, AlignsTheCaretBehindTabsAndWideBytes) {
  const Error error{.message = "m", .where = place("a", "\tä: b c\n", 1, 6, 3)};
  EXPECT_EQ(error_text(error, false), "a:1:6: error: m\n    1 | \\tä: b c\n      |      ^~~\n");
}

TEST(ErrorText, NothingForgesALineOrAColour) {
  const Error error{.message = "bad '\x1b[32mok\n::error::x'",
                    .where = place("a\x1b[1m.yaml", "k: \x1b[31mred\xe2\x80\xae\n", 1, 1, 1),
                    .hint = "no\n"};
  EXPECT_EQ(error_text(error, false),
            "a\\x1b[1m.yaml:1:1: error: bad '\\x1b[32mok\\n::error::x'\n"
            "    1 | k: \\x1b[31mred\\u202e\n"
            "      | ^\n"
            "   hint: no\\n\n");
}

TEST(ErrorText, CutsLongLinesAroundTheCaret) {
  std::string line(10001, 'a');
  line[5000] = 'X';
  const std::string text =
      error_text(Error{.message = "m", .where = place("a", line, 1, 5001, 1)}, false);
  EXPECT_LT(text.size(), 400U);
  EXPECT_THAT(text, testing::HasSubstr("aaXaa"));
  EXPECT_THAT(text, testing::HasSubstr("| " + std::string(60, ' ') + "^\n"));
}

TEST(ErrorText, KeepsThePlaceInsideTheLine) {
  EXPECT_EQ(error_text(Error{.message = "m", .where = place("a", "ab\n", 1, 99, 99)}, false),
            "a:1:99: error: m\n    1 | ab\n      |   ^\n");
}

TEST(ErrorText, ColoursOnlyWhenAsked) {
  const Error error{.message = "m", .where = place("a", "ab\n", 1, 1, 2)};
  EXPECT_THAT(error_text(error, true), testing::HasSubstr("\x1b[1;31merror:\x1b[0m m"));
  EXPECT_THAT(error_text(error, false), testing::Not(testing::HasSubstr("\x1b")));
}

TEST(ErrorsText, StopsAfterFiftyWithACount) {
  Diagnostics diagnostics;
  for (int i = 0; i < 52; ++i) diagnostics.error(Error{.message = std::to_string(i)});
  diagnostics.warning(Error{.message = "w"});
  const std::string text = errors_text(diagnostics, false);
  EXPECT_THAT(text, testing::HasSubstr("error: 49\n… and 2 more errors\n"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("error: 50")));
  EXPECT_EQ(warnings_text(diagnostics, false), "warning: w\n");
  EXPECT_EQ(errors_text(Diagnostics(), false), "");
}

}  // namespace
}  // namespace holdfast
