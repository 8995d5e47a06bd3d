#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "engine/core/position.h"
#include "engine/core/shell_quote.h"
#include "engine/core/suggest.h"

namespace holdfast {
namespace {

TEST(ShellQuote, MeansExactlyTheseBytes) {
  EXPECT_EQ(shell_quote("/etc/a.b"), "/etc/a.b");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("a'b $(x)"), "'a'\\''b $(x)'");
  EXPECT_EQ(shell_quote(std::vector<std::string>{"rm", "--", "-x y"}), "rm -- '-x y'");
}

TEST(Hash, MatchesPublishedVectors) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  std::string bytes;
  EXPECT_TRUE(base64_decode(base64_encode(std::string("\0\1\2\3", 4)), bytes));
  EXPECT_EQ(bytes, std::string("\0\1\2\3", 4));
  EXPECT_FALSE(base64_decode("a", bytes));
  EXPECT_EQ(random_hex(8).size(), 16U);
}

TEST(Suggest, NamesWhatIsNear) {
  EXPECT_EQ(did_you_mean("contnet", {"content", "mode", "owner"}), "did you mean 'content'?");
  EXPECT_EQ(did_you_mean("zzz", {"content", "mode"}), "");
}

TEST(Position, QuotesItsLine) {
  const Position where{std::make_shared<const Source>(Source{"a.yaml", "one\ntwo\r\nthree"}), 2, 1};
  EXPECT_EQ(where.text(), "a.yaml:2:1");
  EXPECT_EQ(where.line_text(), "two");
}

}  // namespace
}  // namespace holdfast
