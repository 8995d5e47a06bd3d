#include "engine/core/value.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(Value, SecretsAreNeverDisplayed) {
  ValueMap map;
  map.set("password", Secret("hunter2"));
  map.set("port", 22);
  const Value value(map);
  EXPECT_EQ(value.display(), R"json({"password":"(secret)","port":22})json");
  EXPECT_TRUE(value.holds_secret());
  EXPECT_EQ(canonical(value, "k").find("hunter2"), std::string::npos);
  EXPECT_NE(canonical(value, "k"), canonical(value, "other key"));
}

TEST(Value, EqualityIsByContents) {
  EXPECT_EQ(Value(Secret("a")), Value("a"));
  EXPECT_FALSE(Value(1) == Value(1.0));
  EXPECT_FALSE(Value(Unknown{"x"}) == Value(Unknown{"x"}));
  ValueMap ab;
  ab.set("a", 1);
  ab.set("b", 2);
  ValueMap ba;
  ba.set("b", 2);
  ba.set("a", 1);
  EXPECT_EQ(Value(ab), Value(ba));
  EXPECT_EQ(canonical(Value(ab), ""), canonical(Value(ba), ""));
}

TEST(Value, RemembersWhoReportedIt) {
  const Value value = Value("x").tainted({"h1"}).tainted({"h2"});
  EXPECT_EQ(value.reported_by(), (std::set<std::string>{"h1", "h2"}));
}

}  // namespace
}  // namespace holdfast
