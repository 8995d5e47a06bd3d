#include "engine/core/hide_secrets.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

std::string hidden(std::string message, const std::string& secret) {
  Error error{.message = std::move(message)};
  hide_secrets(error, Value(ValueList{Value("shown"), Value(Secret(secret))}));
  return error.message;
}

TEST(HideSecrets, WhatIsTakenFromOneIsNotSaid) {
  EXPECT_EQ(hidden("'hunter2' is no address", "hunter2"), "(secret) is no address");
  EXPECT_EQ(hidden("protocol 'hunter2' doesn't exist", "22/hunter2"),
            "protocol (secret) doesn't exist");
  EXPECT_EQ(hidden("not one key: 'two\\nlin…'", "two\nlines"), "not one key: (secret)");
  EXPECT_EQ(hidden("needs /home/hunter2/b", "/home/hunter2"), "needs (secret)/b");
  EXPECT_EQ(hidden("it's 'it's me', not that", "it's me"), "it's (secret), not that");
  EXPECT_EQ(hidden("'a' is none", "a"), "(secret) is none");
  EXPECT_EQ(hidden("line 'a' of it", "a\nsecond"), "line 'a' of it") << "any word has that";
  EXPECT_EQ(hidden("'shown' and 'tcp'", "hunter2"), "'shown' and 'tcp'");
  EXPECT_EQ(hidden("secret secret", "secret"), "(secret) (secret)");
}

TEST(HideSecrets, HintsAndNotesSayNoneEither) {
  Error error{.message = "m", .hint = "say 'hunter2'", .notes = {{{}, "hunter2 there"}}};
  hide_secrets(error, Value(Secret("hunter2")));
  EXPECT_EQ(error.hint, "say (secret)");
  EXPECT_EQ(error.notes[0].message, "(secret) there");
}

TEST(HideSecrets, AValueWithoutThemSaysWhereTheyWere) {
  ValueMap map;
  map.set("open", "x");
  map.set("list", Value(ValueList{Value(Secret("hunter2")), Value("y")}));
  EXPECT_EQ(without_secrets(Value(map)).display(),
            R"x({"open":"x","list":["(unknown: a secret)","y"]})x");
}

}  // namespace
}  // namespace holdfast
