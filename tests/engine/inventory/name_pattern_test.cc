#include "engine/inventory/name_pattern.h"

#include <gtest/gtest.h>

#include <chrono>

namespace holdfast {
namespace {

bool matches(const std::string& pattern, const std::string& name) {
  const auto parsed = NamePattern::parse(pattern);
  return parsed && parsed->matches(name);
}

TEST(NamePattern, GlobsFitTheWholeName) {
  for (const auto& [pattern, name] :
       std::vector<std::pair<std::string, std::string>>{{"web", "web"},
                                                        {"*", ""},
                                                        {"w*b", "web"},
                                                        {"w?b", "wéb"},
                                                        {"*a*b*c", "xxaybzzc"},
                                                        {"w[a-f]b", "web"},
                                                        {"w[!x]b", "web"},
                                                        {"w[]]b", "w]b"},
                                                        {"w[!]]b", "wxb"},
                                                        {"w[b", "w[b"},
                                                        {"w[-e]b", "w-b"},
                                                        {"a.b", "a.b"}}) {
    EXPECT_TRUE(matches(pattern, name)) << pattern << " " << name;
  }
  for (const auto& [pattern, name] :
       std::vector<std::pair<std::string, std::string>>{{"web", "web1"},
                                                        {"w?b", "wb"},
                                                        {"w[a-d]b", "web"},
                                                        {"w[!e]b", "web"},
                                                        {"W*", "web"},
                                                        {"a.b", "axb"},
                                                        {"*a", "ab"}}) {
    EXPECT_FALSE(matches(pattern, name)) << pattern << " " << name;
  }
}

TEST(NamePattern, RegularExpressionsFitFromTheBeginning) {
  EXPECT_TRUE(matches("~we", "web1"));
  EXPECT_FALSE(matches("~eb", "web1"));
  EXPECT_TRUE(matches("~.*[0-9]$", "web1"));
  EXPECT_TRUE(matches("~(?i)WEB", "web1"));
  EXPECT_TRUE(matches(R"(~(?P<kind>web|db)\d+\Z)", "db2"));
  EXPECT_TRUE(matches("~b.cher$", "bücher"));
}

TEST(NamePattern, RefusesWhatIsNoExpression) {
  for (const char* pattern : {"~(", "~[", "~a{", "~*", R"(~(a)\1)"}) {
    const auto parsed = NamePattern::parse(pattern);
    ASSERT_FALSE(parsed) << pattern;
    EXPECT_EQ(parsed.error().code, Code::PatternInvalid);
  }
}

TEST(NamePattern, NoExpressionRunsForEver) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(matches("~(a+)+(a+)+(a+)+$", std::string(60, 'a').append("!")));
  EXPECT_FALSE(matches("*a*a*a*a*a*a*a*a*b", std::string(200, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

}  // namespace
}  // namespace holdfast
