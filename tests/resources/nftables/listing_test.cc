#include "resources/nftables/listing.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr const char* kListing =
    "table inet guard {\n"
    "\tcomment \"x\"\n"
    "\n"
    "\tset ok {\n"
    "\t\ttype ipv4_addr\n"
    "\t\telements = { 10.0.0.1, 10.0.0.2,\n"
    "\t\t\t     10.0.0.3 }\n"
    "\t}\n"
    "\n"
    "\tchain input {\n"
    "\t\ttype filter hook input priority filter; policy drop;\n"
    "\t\ttcp dport { 22, 80 } accept\n"
    "\t\tudp dport 53 accept\n"
    "\t}\n"
    "}\n"
    "table ip b {\n"
    "\tchain input {\n"
    "\t}\n"
    "}\n";

std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(NftListing, IsDividedIntoPieces) {
  const auto pieces = nft_pieces(kListing);
  ASSERT_EQ(pieces.size(), 5U);
  EXPECT_EQ(pieces[0].lines, std::vector<std::string>{"comment \"x\""});
  EXPECT_EQ(pieces[1].name, "set ok");
  EXPECT_EQ(pieces[1].lines[1], "elements = { 10.0.0.1, 10.0.0.2, 10.0.0.3 }");
  EXPECT_EQ(pieces[2].table, "inet guard");
  EXPECT_EQ(pieces[2].lines.size(), 3U);
  EXPECT_EQ(pieces[4].table, "ip b");
  EXPECT_EQ(pieces[4].name, "chain input");
}

TEST(NftListing, PartsComeInTheOrderAskedFor) {
  const std::string part = nft_part(kListing, {{"ip", "b"}, {"inet", "none"}});
  EXPECT_EQ(part, "table ip b {\n\tchain input {\n\t}\n}\n");
  EXPECT_EQ(nft_part(kListing, {{"inet", "guard"}, {"ip", "b"}}), kListing);
}

TEST(NftListing, DifferencesSayWhatCameAndWent) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(nft_differences(kListing, kListing, false), Lines{});
  const std::string added = with(kListing, "\t\tudp", "\t\ttcp dport 4444 accept\n\t\tudp");
  EXPECT_EQ(nft_differences(kListing, added, false), Lines{"chain input: + tcp dport 4444 accept"});
  EXPECT_EQ(nft_differences(added, kListing, true),
            Lines{"chain input of table inet guard: - tcp dport 4444 accept"});
  const std::string twice = with(kListing, "\t\tudp dport 53 accept\n",
                                 "\t\tudp dport 53 accept\n\t\tudp dport 53 accept\n");
  EXPECT_EQ(nft_differences(kListing, twice, false), Lines{"chain input: + udp dport 53 accept"});
  const std::string turned = with(with(kListing, "\t\tudp dport 53 accept\n", ""), "\t\ttcp",
                                  "\t\tudp dport 53 accept\n\t\ttcp");
  EXPECT_EQ(nft_differences(kListing, turned, false),
            Lines{"chain input: the same in another order"});
  const std::string chain =
      with(kListing, "table ip b {\n", "table ip b {\n\tchain new {\n\t\taccept\n\t}\n");
  EXPECT_EQ(nft_differences(kListing, chain, true),
            (Lines{"+ chain new of table ip b", "chain new of table ip b: + accept"}));
  EXPECT_EQ(nft_differences("table ip b {\n}\n", "", true), Lines{"- table ip b"});
}

}  // namespace
}  // namespace holdfast
