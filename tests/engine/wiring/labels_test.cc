#include "engine/wiring/labels.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(Labels, ASlipOfThePenIsALetterOrTwo) {
  EXPECT_TRUE(misspelt("primry", "primary"));
  EXPECT_TRUE(misspelt("oncall-sr", "oncall-sre"));
  EXPECT_FALSE(misspelt("primary", "primary"));
  EXPECT_FALSE(misspelt("web-1", "web-2"));
  EXPECT_FALSE(misspelt("staging", "production"));
}

TEST(Labels, AnExpressionsExample) {
  const auto of = [](const char* regex) { return regex_example(regex).value_or("?"); };
  EXPECT_EQ(of("web-[0-9]+\\.(eu|us)"), "web-0.eu");
  EXPECT_EQ(of("a.*b"), "axb");
  EXPECT_EQ(of("(?:prod|staging)-db|x"), "prod-db");
  EXPECT_EQ(of("\\d+"), "1");
  EXPECT_EQ(of("a{2}"), "?");
  EXPECT_EQ(of("[^a]"), "?");
  EXPECT_EQ(of("((a))"), "?");
}

struct Passing {
  const char* name;
  LabelMatcher matcher;
  std::string value;
  Matches passes;
};
class LabelMatchers : public testing::TestWithParam<Passing> {};

TEST_P(LabelMatchers, AreToldForSureOrNotAtAll) {
  EXPECT_EQ(matches(GetParam().matcher, GetParam().value), GetParam().passes);
}

INSTANTIATE_TEST_SUITE_P(
    Table, LabelMatchers,
    testing::Values(Passing{"Equal", {"a", "=", "b"}, "b", Matches::Yes},
                    Passing{"NotEqual", {"a", "!=", "b"}, "b", Matches::No},
                    Passing{"MissingEqualsEmpty", {"a", "=", ""}, "", Matches::Yes},
                    Passing{"Choice", {"a", "=~", "b|c"}, "c", Matches::Yes},
                    Passing{"NoChoice", {"a", "=~", "b|c"}, "d", Matches::No},
                    Passing{"Escaped", {"a", "=~", "b\\.c"}, "bxc", Matches::No},
                    Passing{"Something", {"a", "=~", ".+"}, "", Matches::No},
                    Passing{"Negative", {"a", "!~", "b|c"}, "d", Matches::Yes},
                    Passing{"Unsure", {"a", "=~", "b.*"}, "c", Matches::Maybe},
                    Passing{"Variable", {"a", "=", "$b", 0, true}, "c", Matches::Maybe}),
    [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace holdfast
