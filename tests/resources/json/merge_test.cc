#include "resources/json/merge.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

ValueMap map(std::vector<std::pair<std::string, Value>> entries) {
  ValueMap out;
  for (auto& [key, value] : entries) out.set(key, std::move(value));
  return out;
}

std::string merged(const char* text, const ValueMap& set, std::vector<JsonPath> remove = {}) {
  return json_merged(text, json_leaves(set), remove);
}

std::string mistake_of(std::string_view text) {
  JsonMistake mistake;
  if (parse_json_text(text, mistake)) return "";
  return std::to_string(mistake.line) + ":" + std::to_string(mistake.column) + " " + mistake.what;
}

TEST(JsonText, IsReadStrictlyAndSaysWhere) {
  EXPECT_EQ(mistake_of(R"({"a": [1, -2.5e+3, "x\u00e9\ud83d\ude00", true, null, {}]})"), "");
  EXPECT_EQ(mistake_of("{\n  // no\n}"), "2:3 no key in double quotes");
  EXPECT_EQ(mistake_of("{\"a\": # no\n}"), "1:7 a comment: JSON has none");
  EXPECT_EQ(mistake_of("{\"é\": 1,\n \"b\": 2,\n}"), "3:1 no key in double quotes");
  EXPECT_EQ(mistake_of("{\"é\": tru}"), "1:7 no value");
  EXPECT_EQ(mistake_of("{\"a\": 1\n \"b\": 2}"), "2:2 no ',' and no '}' after a value");
  EXPECT_EQ(mistake_of("{\"a\": 1, \"a\": 2}"), "1:10 the key 'a' for the second time");
  EXPECT_EQ(mistake_of("{} {}"), "1:4 something stands behind the end of the value");
  EXPECT_EQ(mistake_of(""), "1:1 it ends where a value should stand");
  for (const char* text : {"01", "1.", "-", "1e", "\"a", "\"\\x\"", "\"\\ud800\"", "\"\t\"", "[1,]",
                           "\"\xff\"", "{\"a\"}", "nul", "\xef\xbb\xbf{}"}) {
    EXPECT_NE(mistake_of(text), "") << text;
  }
  EXPECT_NE(mistake_of(std::string(5000, '[')), "");
}

TEST(JsonMerge, KeepsWhatIsNotStated) {
  const char* text =
      "{\n    \"z\": 1.50,\n    \"log\": {\n        \"size\": \"5m\",\n        \"tag\": \"x\"\n    "
      "},\n    \"a\": [1,2]\n}\n";
  EXPECT_EQ(merged(text, map({{"log", map({{"size", "10m"}})}})),
            "{\n    \"z\": 1.50,\n    \"log\": {\n        \"size\": \"10m\",\n        \"tag\": "
            "\"x\"\n    },\n    \"a\": [1,2]\n}\n");
  EXPECT_EQ(merged(text, map({{"log", map({{"file", 3}})}, {"new", map({{"x", ValueList{"y"}}})}})),
            "{\n    \"z\": 1.50,\n    \"log\": {\n        \"size\": \"5m\",\n        \"tag\": "
            "\"x\",\n        \"file\": 3\n    },\n    \"a\": [1,2],\n    \"new\": {\n        "
            "\"x\": [\n            \"y\"\n        ]\n    }\n}\n");
  EXPECT_EQ(
      merged(text, map({{"a", ValueList{2}}}), {{"log", "size"}, {"z"}}),
      "{\n    \"log\": {\n        \"tag\": \"x\"\n    },\n    \"a\": [\n        2\n    ]\n}\n");
}

TEST(JsonMerge, WhatIsSaidAlreadyChangesNoByte) {
  const char* text = "{\"n\":3.0 , \"m\": {\"b\":[true,null],  \"a\":\"\\u0041\"}}";
  EXPECT_EQ(merged(text, map({{"n", 3}, {"m", map({{"a", "A"}, {"b", ValueList{true, {}}}})}}),
                   {{"gone"}, {"n", "x"}}),
            text);
  EXPECT_EQ(merged(text, map({{"m", ValueMap{}}})), text);
}

TEST(JsonMerge, FollowsTheStyleOfTheFile) {
  EXPECT_EQ(merged("{\"a\":1}", map({{"b", 2}})), "{\"a\":1,\"b\":2}");
  EXPECT_EQ(merged("{\"a\": 1}", map({{"b", map({{"c", 2}})}})), "{\"a\": 1, \"b\": {\"c\": 2}}");
  EXPECT_EQ(merged("{\r\n\t\"a\": {}\r\n}", map({{"a", map({{"c", 2}})}})),
            "{\r\n\t\"a\": {\r\n\t\t\"c\": 2\r\n\t}\r\n}");
  EXPECT_EQ(merged("", map({{"a", map({{"b", "\"\n"}})}})),
            "{\n  \"a\": {\n    \"b\": \"\\\"\\n\"\n  }\n}\n");
  EXPECT_EQ(merged("{ }", map({})), "{ }");
}

TEST(JsonMerge, RemovesTheFirstTheLastAndTheOnlyKey) {
  const char* text = "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n";
  EXPECT_EQ(merged(text, {}, {{"a"}}), "{\n  \"b\": 2,\n  \"c\": 3\n}\n");
  EXPECT_EQ(merged(text, {}, {{"b"}}), "{\n  \"a\": 1,\n  \"c\": 3\n}\n");
  EXPECT_EQ(merged(text, {}, {{"c"}}), "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
  EXPECT_EQ(merged(text, {}, {{"c"}, {"a"}, {"b"}}), "{}\n");
}

TEST(JsonMerge, PutsAMapInThePlaceOfWhatStandsInTheWay) {
  EXPECT_EQ(merged("{\"a\": [1]}", map({{"a", map({{"b", 1}})}})), "{\"a\": {\"b\": 1}}");
  EXPECT_EQ(merged("{\"a\": {\"b\": 1}}", map({{"a", 5}})), "{\"a\": 5}");
}

TEST(JsonPointer, GoesBothWays) {
  for (const char* text : {"/a", "/a~1b/~0c", "/", "/a//b"}) {
    const auto path = read_json_pointer(text);
    ASSERT_TRUE(path) << text;
    EXPECT_EQ(json_pointer(*path), text);
  }
  for (const char* text : {"", "a", "/~", "/~2"}) EXPECT_FALSE(read_json_pointer(text)) << text;
}

}  // namespace
}  // namespace holdfast
