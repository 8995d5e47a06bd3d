#include <gtest/gtest.h>

#include "engine/plan/diff.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_json_file_kind();

namespace {

constexpr const char* kPath = "/etc/a.json";

Value content(Value text) {
  ValueMap out;
  out.set("content", std::move(text));
  return out;
}

using Given = std::vector<std::pair<Query, Value>>;

Given there(Value text, const char* mode = "0644") {
  return {{{"stat", kPath}, stat_answer("file", mode)},
          {{"content", kPath}, content(std::move(text))}};
}

State wish(Value set, std::vector<std::string> remove = {}) {
  State out;
  ValueMap map;
  map.set("a", std::move(set));
  out.set("set", std::move(map));
  ValueList list;
  for (std::string& one : remove) list.emplace_back(std::move(one));
  if (!list.empty()) out.set("remove", std::move(list));
  return out;
}

Change planned(const Kind& kind, const Resource& resource, const Given& given) {
  Answers answers;
  for (const auto& [query, value] : given) answers.set(query, value);
  const auto seen = kind.read(resource, answers);
  if (!seen) {
    ADD_FAILURE() << seen.error().message;
    return {};
  }
  return diff(kind, resource, *seen);
}

class JsonFilePlan : public testing::TestWithParam<KindCase> {};

TEST_P(JsonFilePlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_json_file_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, kPath, c.desired, c.absent), c);
}

State with(State desired, const char* name, Value value) {
  desired.set(name, std::move(value));
  return desired;
}

INSTANTIATE_TEST_SUITE_P(
    Table, JsonFilePlan,
    testing::Values(
        KindCase{"Converged", wish(1, {"/b"}), there("{\"a\": 1.0, \"c\": 2}"), ""},
        KindCase{"New",
                 wish(1),
                 {{{"stat", kPath}, {}}, {{"content", kPath}, {}}},
                 "write /etc/a.json root:root 0644 '{\\n  \"a\": 1\\n}\\n' if absent\n",
                 "",
                 "does not exist"},
        KindCase{"Merged", wish(2, {"/b"}), there("{\"a\": 1, \"b\": true, \"c\": 2}"),
                 "write /etc/a.json '{\"a\": 2, \"c\": 2}' if file 77ee\n", "",
                 "/a 1 -> 2, /b true -> (removed)"},
        KindCase{"InTheWay", wish(state({{"b", 1}})), there("{\"a\": [7]}"),
                 "write /etc/a.json '{\"a\": {\"b\": 1}}' if file ff58\n", "", "/a/b [7] -> 1"},
        KindCase{"ModeOnly", with(wish(1), "mode", "0600"), there("{\"a\": 1}"),
                 "chmod 0600 /etc/a.json\n", "", "mode 0644 -> 0600"},
        KindCase{"Removed",
                 {},
                 {{{"stat", kPath}, stat_answer("file")}, {{"digest", kPath}, digest_answer("x")}},
                 "remove /etc/a.json if file 2d71\n",
                 "",
                 "ensure: absent",
                 true}),
    [](const auto& p) { return p.param.name; });

TEST(JsonFile, WordsOfThePlanAreToldFromTextsOfTheFile) {
  const auto kind = make_json_file_kind();
  State desired = wish(Value{}, {"/b"});
  const Resource resource = resource_for(*kind, kPath, desired);
  const std::string both = "{\"a\": \"null\", \"b\": \"(removed)\"}";
  const Change change = planned(*kind, resource, there(both));
  EXPECT_EQ(change.reason, "/a \"null\" -> null, /b \"(removed)\" -> (removed)");
  EXPECT_EQ(planned(*kind, resource, there("{\"a\": null}")).action, Action::None);
}

TEST(JsonFile, WhatIsNoJsonIsRefusedWithItsPlace) {
  const auto kind = make_json_file_kind();
  const Resource resource = resource_for(*kind, kPath, wish(1));
  for (const char* text : {"{\n  \"a\": 1,\n}", "[1]"}) {
    Answers answers;
    for (const auto& [query, value] : there(text)) answers.set(query, value);
    const auto seen = kind->read(resource, answers);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().code, Code::JsonFileNoJson);
    const bool place = seen.error().message.find("line 3, column 1") != std::string::npos;
    EXPECT_EQ(place, text[0] == '{') << seen.error().message;
  }
}

TEST(JsonFile, SecretsAreMaskedAndStayOneWay) {
  const auto kind = make_json_file_kind();
  const Resource resource = resource_for(*kind, kPath, wish(Secret("pass")));
  const Change change = planned(*kind, resource, there("{\"a\": \"old\"}"));
  EXPECT_EQ(change.reason, "/a differs");
  EXPECT_TRUE(kind->effects(resource, change).one_way);
  const auto steps = kind->steps(resource, change);
  EXPECT_TRUE(std::get<WriteFile>(steps.at(0).step).content.is_secret());
  EXPECT_EQ(planned(*kind, resource, there("{\"a\": \"pass\"}")).action, Action::None);
  EXPECT_EQ(kind->creation_defaults(resource).find("mode")->as_text(), "0600");
}

TEST(JsonFile, ValuesOfAFileThatNotEverybodyMayReadAreNotShown) {
  const auto kind = make_json_file_kind();
  const Resource resource = resource_for(*kind, kPath, wish(1, {"/b"}));
  const Change change =
      planned(*kind, resource, there(Secret("{\"a\": 2, \"b\": \"private\"}"), "0600"));
  EXPECT_EQ(change.reason, "/a differs, /b differs");
  EXPECT_TRUE(std::get<WriteFile>(kind->steps(resource, change).at(0).step).content.is_secret());
  EXPECT_FALSE(kind->effects(resource, change).one_way);
}

TEST(JsonFile, WhatCantBeReadIsUnknownKeyByKey) {
  const auto kind = make_json_file_kind();
  const Resource resource = resource_for(*kind, kPath, wish(1));
  const Change change = planned(
      *kind, resource,
      {{{"stat", kPath}, stat_answer("file")}, {{"content", kPath}, Unknown{"needs root"}}});
  ASSERT_NE(change.find("/a"), nullptr);
  EXPECT_TRUE(change.find("/a")->before.is_unknown());
}

TEST(JsonFile, RefusesWhatContradictsItself) {
  const auto kind = make_json_file_kind();
  const auto said = [&](State desired) {
    return check_text(*kind, resource_for(*kind, kPath, std::move(desired)));
  };
  EXPECT_NE(said({}).find("says nothing"), std::string::npos);
  EXPECT_NE(said(wish(1, {"/a"})).find("'/a' is removed, and '/a' is set"), std::string::npos);
  EXPECT_NE(said(wish(state({{"b", 1}}), {"/a"})).find("'/a/b' is set"), std::string::npos);
  EXPECT_NE(said(wish(1, {"b"})).find("no JSON pointer"), std::string::npos);
  EXPECT_NE(said(with(wish(1), "validate", ValueList{"true"})).find("%s"), std::string::npos);
  EXPECT_EQ(said(wish(1, {"/b"})), "");
}

TEST(JsonFile, ALinkIsNotWrittenThrough) {
  const auto kind = make_json_file_kind();
  const Resource resource = resource_for(*kind, kPath, wish(1));
  Answers answers;
  answers.set({"stat", kPath}, stat_answer("link", "/etc/b.json"));
  answers.set({"content", kPath}, {});
  const auto seen = kind->read(resource, answers);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::PathIsOther);
}

}  // namespace
}  // namespace holdfast
