#include "engine/transport/host_pattern.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

struct PatternCase {
  const char* name;
  const char* text;
  const char* patterns;
  bool matches;
};
class HostPattern : public testing::TestWithParam<PatternCase> {};

TEST_P(HostPattern, MatchesAsSshDoes) {
  EXPECT_EQ(matches_pattern_list(GetParam().text, std::string_view(GetParam().patterns)),
            GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Table, HostPattern,
    testing::Values(
        PatternCase{"Same", "h1", "h1", true}, PatternCase{"Other", "h1", "h2", false},
        PatternCase{"Longer", "h10", "h1", false},
        PatternCase{"Star", "h1.example.com", "*.example.com", true},
        PatternCase{"StarInside", "web-7-eu", "web-*-eu", true},
        PatternCase{"StarTwice", "a.b.c.d", "*.b.*", true},
        PatternCase{"StarNothing", "ab", "a*b", true},
        PatternCase{"StarTooShort", "a", "a*b", false}, PatternCase{"Question", "h1", "h?", true},
        PatternCase{"QuestionNone", "h", "h?", false},
        PatternCase{"Case", "H1.Example.COM", "h1.example.com", true},
        PatternCase{"List", "h2", "h1,h2", true}, PatternCase{"Negated", "h2", "h*,!h2", false},
        PatternCase{"NegatedFirst", "h2", "!h2,h*", false},
        PatternCase{"OnlyNegated", "h1", "!h2", false}, PatternCase{"Empty", "h1", "", false},
        PatternCase{"Port", "[h1]:2222", "[h1]:*", true},
        PatternCase{"ManyStars", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*a*c",
                    false}),
    [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace holdfast
