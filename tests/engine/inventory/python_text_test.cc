#include "engine/inventory/python_text.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using Words = std::vector<std::string>;

TEST(ShellWords, SplitsAsPythonsShlex) {
  const std::vector<std::pair<std::string, Words>> cases{
      {"a b  c", {"a", "b", "c"}},
      {"a='x y' b=\"p q\"", {"a=x y", "b=p q"}},
      {"a\\ b", {"a b"}},
      {R"("a\"b" 'c\d' "e\zf")", {"a\"b", "c\\d", "e\\zf"}},
      {"'' x", {"", "x"}},
      {"a#b c", {"a"}},
      {"'a#b' # c", {"a#b"}},
      {"", {}},
      {"# only", {}},
  };
  for (const auto& [text, words] : cases) {
    const auto got = shell_words(text, true);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(static_cast<const Words&>(*got), words) << text;
  }
  EXPECT_EQ(*shell_words("a#b", false), Words{"a#b"});
}

TEST(ShellWords, RefusesWhatNeverEnds) {
  for (const char* text : {"'a", "\"a", "a\\", "\"a\\"}) {
    const auto got = shell_words(text, true);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Code::InventoryInvalid);
  }
}

TEST(PythonText, LinesEndAtMoreThanNewlines) {
  const std::vector<std::string_view> lines = python_lines(
      "a\r\nb\rc\x0b"
      "d\u2028e\n\nf");
  EXPECT_EQ(lines, (std::vector<std::string_view>{"a", "b", "c", "d", "e", "", "f"}));
  EXPECT_TRUE(python_lines("").empty());
  EXPECT_EQ(python_lines("a\n").size(), 1U);
}

TEST(PythonText, StripsUnicodeSpace) {
  EXPECT_EQ(python_strip("\u00a0\t a b \u3000\x1f"), "a b");
  EXPECT_EQ(python_strip("  "), "");
  EXPECT_EQ(python_strip("é"), "é");
}

TEST(PythonText, CodePointsGoThereAndBack) {
  const std::string text = "aé€😀";
  std::string back;
  for (const char32_t c : code_points(text)) append_utf8(back, c);
  EXPECT_EQ(back, text);
  EXPECT_EQ(code_points("\xff"
                        "a\xc3"),
            (std::u32string{0xFF, U'a', 0xC3}));
}

TEST(PythonText, KnowsWordCharacters) {
  EXPECT_TRUE(python_word(U'_') && python_word(U'ß') && python_word(U'日') && python_word(U'7'));
  EXPECT_FALSE(python_word(U'-') || python_word(U'…') || python_word(U'€') || python_word(U'😀'));
}

}  // namespace
}  // namespace holdfast
