#include "resources/yaml/list_text.h"

#include <gtest/gtest.h>

#include "engine/core/yaml.h"
#include "tests/resources/make.h"

namespace holdfast {
namespace {

YamlListText read(std::string_view text, const std::vector<std::string>& path) {
  YamlMistake mistake;
  auto list = read_yaml_list(text, path, mistake);
  EXPECT_TRUE(list) << mistake.what;
  return list ? *list : YamlListText{};
}

/// Each item's bytes, one after the other, parted by "--".
std::string items(std::string_view text, const std::vector<std::string>& path) {
  std::string out;
  for (const YamlListItem& item : read(text, path).items) {
    out += "--" + item.mark + "\n" + std::string(text.substr(item.begin, item.end - item.begin));
  }
  return out;
}

TEST(YamlListText, AnItemIsItsLinesAndItsOwnMark) {
  const char* text =
      "# top\n"
      "scrape_configs:\n"
      "  # about the first\n"
      "  - job_name: a\n"
      "    # inside\n"
      "    x: [1,\n"
      "      2]\n"
      "\n"
      "  # holdfast: prometheus_scrape b\n"
      "  - job_name: b\n"
      "    # at its end\n"
      "  # about nothing\n"
      "other:\n"
      "  - c\n";
  EXPECT_EQ(items(text, {"scrape_configs"}),
            "--\n  - job_name: a\n    # inside\n    x: [1,\n      2]\n"
            "--holdfast: prometheus_scrape b\n  # holdfast: prometheus_scrape b\n  - job_name: b\n"
            "    # at its end\n");
}

TEST(YamlListText, ItemsMayStandAtTheLeftEdge) {
  EXPECT_EQ(items("rule_files:\n- a\n-\n  b: |\n    - text\n\n    more\nx: 1\n", {"rule_files"}),
            "--\n- a\n--\n-\n  b: |\n    - text\n\n    more\n");
}

TEST(YamlListText, GoesThroughAMap) {
  const char* text =
      "route:\n  receiver: x\n  routes:\n  - receiver: y\n    routes:\n    - receiver: z\n";
  EXPECT_EQ(items(text, {"route", "routes"}),
            "--\n  - receiver: y\n    routes:\n    - receiver: z\n");
  EXPECT_EQ(read(text, {"route", "routes"}).items.at(0).value.display(),
            "{\"receiver\":\"y\",\"routes\":[{\"receiver\":\"z\"}]}");
}

TEST(YamlListText, ThereMayBeNone) {
  for (const char* text :
       {"", "a: 1\n", "rule_files:\n", "rule_files: []\n", "rule_files:\n  # - a\nb: 1\n"}) {
    const YamlListText list = read(text, {"rule_files"});
    EXPECT_TRUE(list.items.empty()) << text;
    EXPECT_EQ(list.odd, "") << text;
  }
  EXPECT_EQ(read("route:\n", {"route", "routes"}).odd, "");
}

TEST(YamlListText, SaysWhatItCannotEdit) {
  EXPECT_NE(read("rule_files: [a, b]\n", {"rule_files"}).odd, "");
  EXPECT_EQ(read("rule_files: [a, b]\n", {"rule_files"}).items.size(), 2U);
  EXPECT_NE(read("rule_files: a\n", {"rule_files"}).odd, "");
  EXPECT_NE(read("route: a\n", {"route", "routes"}).odd, "");
  YamlMistake mistake;
  EXPECT_FALSE(read_yaml_list("a: [\n", {"a"}, mistake));
  EXPECT_FALSE(read_yaml_list("- a\n", {"a"}, mistake));
  EXPECT_FALSE(read_yaml_list("a: 1\n---\nb: 1\n", {"a"}, mistake));
}

TEST(YamlListText, AnEditCarriesSizesAndMovesTheNewItemToTheOldOnesPlace) {
  const holdfast::Run add =
      edit_list({.file = "/f", .path = {"a"}, .old = {}, .item = "- x: 1\n  y: 2\n"});
  EXPECT_EQ(add.input.bytes(), "0 14\n- x: 1\n  y: 2\n");
  EXPECT_EQ(add.argv.at(4), "set");
  const holdfast::Run change = edit_list(
      {.file = "/f", .path = {"a", "b"}, .old = "   - x: 0\n", .item = "- x: 1\n\n  y: 2\n"});
  EXPECT_EQ(change.input.bytes(), "10 21\n   - x: 0\n   - x: 1\n\n     y: 2\n");
  EXPECT_EQ(change.argv.at(8), "b");
  const holdfast::Run hidden =
      edit_list({.file = "/f", .path = {"a"}, .old = Secret("- x\n"), .item = ""});
  EXPECT_TRUE(hidden.input.is_secret());
  EXPECT_TRUE(hidden.secret);
}

TEST(YamlEmit, WhatIsWrittenReadsAsItWas) {
  const Value all = state(
      {{"plain", "runner_status"},
       {"quoted", "runner_status{a=\"b\"} == 0"},
       {"single", "it's \"so\""},
       {"truth", true},
       {"word", "true"},
       {"no", "No"},
       {"number", "12"},
       {"float", "1.5"},
       {"duration", "15s"},
       {"exponent", "1e3"},
       {"empty", ""},
       {"space", " x "},
       {"comment", "a #b"},
       {"colon", "a: b"},
       {"path", "/etc/x.yml"},
       {"lines", "sum(a)\n  by (b)\n\nc"},
       {"ended", "a\nb\n"},
       {"tab", "a\tb"},
       {"tabbed", "a\n\tb"},
       {"trailing", "a \nb"},
       {"template", "{{ $labels.x }}"},
       {"utf8", "Größe"},
       {"list", ValueList{Value("x"), Value(1), Value(ValueList{}), Value(ValueMap{}),
                          Value(state({{"k", ValueList{Value("v"), Value("w")}}, {"l", "m\nn"}}))}},
       {"map", Value(state({{"a b", "c"}, {"1", 2}}))}});
  const std::string text = yaml_lines(all);
  const auto read = parse_yaml(std::make_shared<const Source>(Source{"x", text}));
  ASSERT_TRUE(read) << read.error().message << "\n" << text;
  EXPECT_EQ(yaml12_value(read->front()).display(), all.display()) << text;
}

TEST(YamlEmit, LooksAsAPersonWouldWriteIt) {
  const Value job = state(
      {{"job_name", "x"},
       {"scrape_interval", "15s"},
       {"honor_labels", true},
       {"file_sd_configs",
        ValueList{Value(state({{"files", ValueList{Value("/etc/prometheus/file_sd/x.yml")}}}))}}});
  EXPECT_EQ(yaml_item(job),
            "- job_name: x\n  scrape_interval: 15s\n  honor_labels: true\n  file_sd_configs:\n"
            "    - files:\n        - /etc/prometheus/file_sd/x.yml\n");
}

}  // namespace
}  // namespace holdfast
