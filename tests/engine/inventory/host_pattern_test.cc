#include "engine/inventory/host_pattern.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using Names = std::vector<std::string>;

TEST(HostPattern, ExpandsRanges) {
  const std::vector<std::pair<std::string, Names>> cases{
      {"web", {"web"}},
      {"web[1:3]", {"web1", "web2", "web3"}},
      {"web[08:10]", {"web08", "web09", "web10"}},
      {"web[0:9:4]", {"web0", "web4", "web8"}},
      {"db-[a:c].x", {"db-a.x", "db-b.x", "db-c.x"}},
      {"[y:B]", {"y", "z", "A", "B"}},
      {"r[1:2]s[a:b]", {"r1sa", "r1sb", "r2sa", "r2sb"}},
      {"n[:1]", {"n0", "n1"}},
      {"n[3:1]", {}},
      {"n[5:1:-2]", {"n5", "n3"}},
      {"10.0.0.[1:2]", {"10.0.0.1", "10.0.0.2"}},
  };
  for (const auto& [text, names] : cases) {
    const auto got = expand_host_pattern(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(got->names, names) << text;
    EXPECT_FALSE(got->port) << text;
  }
}

TEST(HostPattern, TakesThePortOff) {
  const std::vector<std::tuple<std::string, std::string, int>> cases{
      {"web:22", "web", 22},
      {"10.0.0.1:2222", "10.0.0.1", 2222},
      {"[::1]:22", "::1", 22},
      {"[web]:22", "web", 22},
  };
  for (const auto& [text, name, port] : cases) {
    const auto got = expand_host_pattern(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(got->names, Names{name}) << text;
    EXPECT_EQ(got->port, port) << text;
  }
  for (const char* text : {"fe80::1", "web:x", "web:", "under_:22", "-dash:22"}) {
    const auto got = expand_host_pattern(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(got->names, Names{text});
    EXPECT_FALSE(got->port) << text;
  }
}

TEST(HostPattern, RefusesRangesThatMeanNothing) {
  for (const char* text : {"h[1:", "h[3]", "h[1:]", "h[01:100]", "h[c:a]", "h[1:a]", "h[1:5:0]",
                           "h[a:c:0]", "h[x:yz:q]", "a|b[1:2]", "h[1:2:3:4]", "h[1:99999999999999]",
                           "h[1:1000000]", "h[1:1000][1:1000]"}) {
    const auto got = expand_host_pattern(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Code::HostPatternInvalid) << text;
  }
}

TEST(HostAddress, KnowsAddressesFromOtherTexts) {
  for (const char* text : {"a", "a.b", "a_b", "1.2.3.4", "::1", "fe80::1", "1:2:3:4:5:6:7:8",
                           "a[1:3]", "[::1]:22", "h:22"}) {
    EXPECT_TRUE(parse_host_address(text, true)) << text;
  }
  for (const char* text : {"", "a:b", "web:!db", "a-", "_", "a..b", "a b", "~x", "a*", "a[x"}) {
    EXPECT_FALSE(parse_host_address(text, true)) << text;
  }
  EXPECT_FALSE(parse_host_address("a[1:3]", false));
}

}  // namespace
}  // namespace holdfast
