#include "engine/inventory/python_number.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(PythonNumber, TakesTheLongestNumber) {
  const PythonNumber found = python_number("1_0.5e-2 rest");
  EXPECT_EQ(found.kind, PythonNumber::Kind::Real);
  EXPECT_EQ(found.size, 8U);
  EXPECT_DOUBLE_EQ(found.value.as_float(), 0.105);
  EXPECT_EQ(python_number("12e").size, 2U);
  EXPECT_EQ(python_number("3j").kind, PythonNumber::Kind::Imaginary);
}

TEST(PythonNumber, BeyondADoubleIsInfiniteOrNothing) {
  EXPECT_GT(python_number("1e400").value.as_float(), 1e308);
  EXPECT_EQ(python_number("1e-400").value.as_float(), 0.0);
}

TEST(PythonNumber, RefusesOtherTexts) {
  for (const char* text : {"", "x", ".", "0x", "0644", "9223372036854775808"}) {
    EXPECT_EQ(python_number(text).kind, PythonNumber::Kind::None) << text;
  }
}

}  // namespace
}  // namespace holdfast
