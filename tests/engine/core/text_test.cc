#include "engine/core/text.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(Printable, NoValueCanForgeALineOrAColour) {
  EXPECT_EQ(printable("a\nb\t\x1b[31m\r"), "a\\nb\\t\\x1b[31m\\r");
  EXPECT_EQ(printable("\u202e\u2066ok\u00e9"), "\\u202e\\u2066ok\u00e9");
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable_lines("a\n\tb\r"), "a\n\tb\\r");
}

TEST(Excerpt, CutsNoCharacterAndSaysThatMoreFollows) {
  EXPECT_EQ(excerpt("gr\u00fcn", 5), "gr\u00fcn");
  EXPECT_EQ(excerpt("gr\u00fcn", 4), "gr\u00fc\u2026");
  EXPECT_EQ(excerpt("gr\u00fcn", 3), "gr\u2026");
  EXPECT_EQ(excerpt("\x80\x80\x80\x80\x80\x80", 5), "\\x80\\x80\u2026");
  EXPECT_EQ(in_quotes("a\nb"), "'a\\nb'");
  EXPECT_EQ(in_quotes(std::string(61, 'x')), "'" + std::string(60, 'x') + "\u2026'");
}

TEST(Utf8, RefusesOverlongSurrogatesAndTornSequences) {
  EXPECT_TRUE(valid_utf8("gr\u00fc\u00df \U0001f600"));
  EXPECT_FALSE(valid_utf8("\xc0\xaf"));
  EXPECT_FALSE(valid_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(valid_utf8("\xe2\x82"));
  EXPECT_FALSE(valid_utf8("\xf4\x90\x80\x80"));
}

TEST(Paths, AreNormalisedWithoutResolvingDotDot) {
  EXPECT_EQ(normalise_path("/etc//a/./b/"), "/etc/a/b");
  EXPECT_EQ(normalise_path("/"), "/");
  EXPECT_EQ(normalise_path("/a/../b"), "/a/../b");
  EXPECT_EQ(normalise_path("a//b"), "a/b");
  EXPECT_EQ(parent_path("/a/b"), "/a");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(parent_path("/"), "");
}

}  // namespace
}  // namespace holdfast
