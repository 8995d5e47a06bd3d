#include "engine/transport/host_pattern.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

struct Case {
  const char* name;
  const char* text;
  const char* patterns;
  bool matches;
};
class HostPattern : public testing::TestWithParam<Case> {};

TEST_P(HostPattern, MatchesAsSshDoes) {
  EXPECT_EQ(matches_pattern_list(GetParam().text, std::string_view(GetParam().patterns)),
            GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Table, HostPattern,
    testing::Values(
        Case{"Same", "h1", "h1", true}, Case{"Other", "h1", "h2", false},
        Case{"Longer", "h10", "h1", false}, Case{"Star", "h1.example.com", "*.example.com", true},
        Case{"StarInside", "web-7-eu", "web-*-eu", true},
        Case{"StarTwice", "a.b.c.d", "*.b.*", true}, Case{"StarNothing", "ab", "a*b", true},
        Case{"StarTooShort", "a", "a*b", false}, Case{"Question", "h1", "h?", true},
        Case{"QuestionNone", "h", "h?", false},
        Case{"Case", "H1.Example.COM", "h1.example.com", true}, Case{"List", "h2", "h1,h2", true},
        Case{"Negated", "h2", "h*,!h2", false}, Case{"NegatedFirst", "h2", "!h2,h*", false},
        Case{"OnlyNegated", "h1", "!h2", false}, Case{"Empty", "h1", "", false},
        Case{"Port", "[h1]:2222", "[h1]:*", true},
        Case{"ManyStars", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*a*c", false}),
    [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace holdfast
