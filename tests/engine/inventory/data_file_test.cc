#include "engine/inventory/data_file.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

Result<std::optional<YamlNode>> parse(const std::string& text) {
  return parse_data(std::make_shared<const Source>(Source{"vars.yml", text}));
}

/// The whole file's value as JSON, or its error's number.
std::string read_data(const std::string& text) {
  const auto node = parse(text);
  if (!node) return code_text(node.error().code);
  if (!*node) return "(nothing)";
  const auto value = ansible_value(**node);
  return value ? value->display() : code_text(value.error().code);
}

TEST(DataFile, TypesByYaml11) {
  EXPECT_EQ(read_data("{a: yes, b: 0644, c: 22:30, d: '0644', e: ~}"),
            R"({"a":true,"b":420,"c":1350,"d":"0644","e":null})");
  EXPECT_EQ(read_data("{yes: 1, 2: 3, ~: 4, 'no': 5}"), R"({"true":1,"2":3,"null":4,"no":5})");
  EXPECT_EQ(read_data("[!!str 1, !!int '2', !!float 1, !unsafe text]"), R"(["1",2,1.0,"text"])");
}

TEST(DataFile, JsonIsTypedByJson) {
  EXPECT_EQ(
      read_data("{\"a\": 1e5,\t\"b\": \"\\u00e9\\/\", \"c\": \"yes\", \"d\": [-1, null, true]}"),
      "{\"a\":100000.0,\"b\":\"é/\",\"c\":\"yes\",\"d\":[-1,null,true]}");
  EXPECT_EQ(read_data(R"({"big": 99999999999999999999, "a": 1, "a": 2})").substr(0, 8),
            R"({"big":1)");
  EXPECT_EQ(read_data(std::string(300, '[') + std::string(300, ']')), "HF2001");
}

TEST(DataFile, EmptyFilesHoldNothing) {
  for (const char* text : {"", "# comment\n", "---\n", "~\n"}) {
    EXPECT_EQ(read_data(text), "(nothing)") << text;
  }
}

TEST(DataFile, RefusesWithItsPlace) {
  EXPECT_EQ(read_data("a: 1\n---\nb: 2\n"), "HF1101");
  EXPECT_EQ(read_data("$ANSIBLE_VAULT;1.1;AES256\n"), "HF1107");
  EXPECT_EQ(read_data("a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n"), "HF1107");
  EXPECT_EQ(read_data("a: !env HOME\n"), "HF1109");
  EXPECT_EQ(read_data("a: !set {b}\n"), "HF1109");
  EXPECT_EQ(read_data("a: !unsafe '{{ b }}'\n"), "HF1109");
  EXPECT_EQ(read_data("a: 2024-02-30\n"), "HF1109");
  const auto value = ansible_value(**parse("a:\n  b: 2023-02-29\n"));
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().where.text(), "vars.yml:2:6");
}

TEST(DataFile, SomeKeysNameNothing) {
  const auto node = parse("5: \nyes: \n2024-01-01: \n~: \n'7': \nweb: \n");
  ASSERT_TRUE(node && *node);
  std::vector<std::string> kinds;
  for (const YamlNode::Entry& entry : (*node)->entries) kinds.push_back(unusable_name(entry));
  EXPECT_EQ(kinds,
            (std::vector<std::string>{"whole number", "truth value", "date", "null", "", ""}));
}

TEST(YamlTimestamp, IsWrittenInIso8601) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"2024-02-29", "2024-02-29"},
      {"2001-12-14t21:59:43.10-05:00", "2001-12-14T21:59:43.100000-05:00"},
      {"2001-12-15T02:59:43.1Z", "2001-12-15T02:59:43.100000+00:00"},
      {"2001-12-14 21:59:43 -5", "2001-12-14T21:59:43-05:00"},
      {"2001-1-4 1:02:03", "2001-01-04T01:02:03"},
      {"2001-12-14 21:59:43.1234567", "2001-12-14T21:59:43.123456"},
  };
  for (const auto& [text, iso] : cases) {
    const auto got = yaml_timestamp(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(*got, iso) << text;
  }
  for (const char* text : {"2001-1-4", "2024-01", "2024-01-01x", "24-01-01", "2024.01.01", "",
                           "2024-01-01 12", "2024-01-01 12:00:00 x"}) {
    const auto got = yaml_timestamp(text);
    ASSERT_TRUE(got) << text;
    EXPECT_FALSE(*got) << text;
  }
  for (const char* text : {"2023-02-29", "2024-13-01", "2024-01-01 25:00:00", "0000-01-01"}) {
    EXPECT_FALSE(yaml_timestamp(text)) << text;
  }
}

}  // namespace
}  // namespace holdfast
