#include "engine/report/ci_safe.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

struct SafeCase {
  const char* name;
  const char* text;
  const char* safe;
};

class CiSafe : public testing::TestWithParam<SafeCase> {};

TEST_P(CiSafe, BreaksCommandsOnly) { EXPECT_EQ(ci_safe(GetParam().text), GetParam().safe); }

INSTANTIATE_TEST_SUITE_P(
    Table, CiSafe,
    testing::Values(
        SafeCase{"Plain", "a: b\n  c::d\n", "a: b\n  c::d\n"}, SafeCase{"Empty", "", ""},
        SafeCase{"Command", "::error::x", "\\x3a:error::x"},
        SafeCase{"Indented", "a\n \t ::set-env name=A::b\n", "a\n \t \\x3a:set-env name=A::b\n"},
        SafeCase{"Address", "::1 localhost\n", "::1 localhost\n"},
        SafeCase{"Hash", "a ##[error]b ##[warning]", "a \\x23#[error]b \\x23#[warning]"},
        SafeCase{"Azure", "x ##vso[task.setvariable]y", "x \\x23#vso[task.setvariable]y"},
        SafeCase{"ManyHashes", "####[group]", "##\\x23#[group]"},
        SafeCase{"Heading", "## Title [a]\n", "## Title [a]\n"}),
    [](const auto& p) { return p.param.name; });

TEST(Indented, MovesWhatHasText) { EXPECT_EQ(indented("a\n\nb", 2), "  a\n\n  b\n"); }

TEST(Counted, KnowsOneFromMany) {
  EXPECT_EQ(counted(1, "host"), "1 host");
  EXPECT_EQ(counted(0, "host"), "0 hosts");
}

}  // namespace
}  // namespace holdfast
