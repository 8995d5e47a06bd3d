#include "resources/nftables/text.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

NftSubject guard() { return {NftTable{"inet", "guard"}}; }

TEST(NftTable, HasAFamilyAndAName) {
  EXPECT_EQ(nft_subject("inet  guard")->text(), "inet guard");
  EXPECT_EQ(nft_subject("ruleset")->text(), "ruleset");
  EXPECT_EQ(guard().file(), "/etc/nftables-inet-guard.nft");
  EXPECT_EQ(guard().unit(), "nftables-inet-guard.service");
  EXPECT_EQ(NftSubject{}.file(), "/etc/nftables-ruleset.nft");
  for (const char* bad : {"", "guard", "inet", "inet a b", "inet ../x", "netdev x", "inet a;b",
                          "inet $x", "inet \"a\"", "ruleset x"}) {
    EXPECT_FALSE(nft_subject(bad)) << bad;
  }
}

TEST(NftTable, KnowsWhatOthersKeep) {
  for (const char* other : {"ip filter", "ip6 nat", "ip raw", "ip docker-bridges", "inet firewalld",
                            "ip libvirt_network", "inet f2b-table", "arp filter"}) {
    EXPECT_NE(nft_keeper(*nft_table(other)), "") << other;
  }
  for (const char* own : {"inet filter", "inet guard", "ip runner-nat"}) {
    EXPECT_EQ(nft_keeper(*nft_table(own)), "") << own;
  }
}

TEST(NftText, TakesTheInsideOfATableOrAllOfIt) {
  const NftText inside = read_nft_text(guard(), "chain c {\n  accept\n}\n");
  EXPECT_TRUE(inside.body);
  EXPECT_TRUE(inside.mistakes.empty());
  EXPECT_EQ(inside.tables, std::vector<NftTable>{*guard().table});
  const NftText whole = read_nft_text(
      guard(), "define a = 1\ntable inet guard {\n chain c { type nat hook x; }\n}\n");
  EXPECT_FALSE(whole.body);
  EXPECT_TRUE(whole.mistakes.empty());
  EXPECT_TRUE(whole.translates);
  const NftText several =
      read_nft_text({}, "#!/usr/sbin/nft -f\ntable inet a {\n}\ntable b {\n}\ntable inet a {\n}\n");
  EXPECT_EQ(several.tables, (std::vector<NftTable>{{"inet", "a"}, {"ip", "b"}}));
}

struct Bad {
  const char* name;
  const char* text;
  const char* message;
  int line;
  bool ruleset = false;
};
class NftMistakes : public testing::TestWithParam<Bad> {};

TEST_P(NftMistakes, AreFoundWhereTheyStand) {
  const Bad& c = GetParam();
  const NftText seen = read_nft_text(c.ruleset ? NftSubject{} : guard(), c.text);
  ASSERT_FALSE(seen.mistakes.empty());
  EXPECT_NE(seen.mistakes[0].message.find(c.message), std::string::npos)
      << seen.mistakes[0].message;
  EXPECT_EQ(seen.mistakes[0].line, c.line);
}

INSTANTIATE_TEST_SUITE_P(
    Table, NftMistakes,
    testing::Values(
        Bad{"Flush", "flush ruleset\ntable inet a {\n}\n", "'flush' is a command", 1, true},
        Bad{"FlushInOwn", "define x = 1\nflush ruleset\n", "'flush'", 2, true},
        Bad{"FlushInside", "chain c {\n flush\n}\nflush ruleset\n", "'flush' is a command", 4},
        Bad{"AfterADefinition", "define x = 1; flush ruleset\ntable inet a {\n}\n", "'flush'", 1,
            true},
        Bad{"AfterATable", "table inet guard {\n} flush ruleset\n", "a new line is missing", 2},
        Bad{"OwnThenFlush", "table inet guard {\n}\nflush ruleset\n", "'flush' is a command", 3},
        Bad{"Delete", "table inet a {\n}\ndelete table ip nat\n", "'delete' is a command", 3, true},
        Bad{"AnotherTable", "table inet other {\n}\n", "table inet other is another one", 1},
        Bad{"BreaksOut", "chain c {\n}\n}\nflush ruleset\ntable inet x {\n", "nothing opened", 3},
        Bad{"NeverClosed", "chain c {\n accept\n", "never closed", 1},
        Bad{"BraceInAComment", "chain c { # }\n accept\n", "never closed", 1},
        Bad{"QuoteOverLines", "chain c {\n log prefix \"a\n}\n", "no end", 2},
        Bad{"Include", "chain c {\n include \"/etc/shadow\"\n}\n", "can't be included", 2},
        Bad{"OfUfw", "table ip filter {\n}\n", "table ip filter is kept by iptables", 1, true},
        Bad{"OfDocker", "table ip docker-bridges {\n}\n", "kept by Docker", 1, true},
        Bad{"ByVariable", "define t = x\ntable inet $t {\n}\n", "begins no table", 2, true},
        Bad{"NoTable", "define t = x\n", "has no table", 1, true},
        Bad{"Chain", "chain c {\n}\n", "'chain' is a command", 1, true}),
    [](const auto& p) { return p.param.name; });

TEST(NftText, LeavesWhatIsQuotedAlone) {
  EXPECT_TRUE(
      read_nft_text(guard(), "chain c {\n log prefix \"} flush { \" # \" {\n}\n").mistakes.empty());
}

TEST(NftFile, PutsItsTablesIntoThePlaceOfTheOldOnes) {
  const std::string inside = "chain c {\n}";
  const NftFile own = nft_file(guard(), read_nft_text(guard(), inside), inside);
  EXPECT_EQ(own.text,
            "# Written by holdfast; nftables-inet-guard.service loads it at boot.\n"
            "table inet guard\ndelete table inet guard\ntable inet guard {\nchain c {\n}\n}\n");
  EXPECT_EQ(own.lines_before, 4);
  const std::string all = "table inet a {\n}\ntable ip b {\n}\n";
  const NftFile whole = nft_file({}, read_nft_text({}, all), all);
  EXPECT_EQ(whole.text,
            "# Written by holdfast; nftables-ruleset.service loads it at boot.\n"
            "table inet a\ndelete table inet a\ntable ip b\ndelete table ip b\n" +
                all);
  EXPECT_EQ(whole.lines_before, 5);
}

}  // namespace
}  // namespace holdfast
