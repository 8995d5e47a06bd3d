#include <gtest/gtest.h>

#include "engine/plan/diff.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_json_file_kind();

namespace {

constexpr const char* kJsonPath = "/etc/a.json";

Value content(Value text) {
  ValueMap out;
  out.set("content", std::move(text));
  return out;
}

Given json_there(Value text, const char* mode = "0644") {
  return {{{"stat", kJsonPath}, stat_answer("file", mode)},
          {{"content", kJsonPath}, content(std::move(text))}};
}

State wished_json(Value set, std::vector<std::string> remove = {}) {
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
  expect_case(*kind, resource_for(*kind, kJsonPath, c.desired, c.absent), c);
}

State with(State desired, const char* name, Value value) {
  desired.set(name, std::move(value));
  return desired;
}

INSTANTIATE_TEST_SUITE_P(
    Table, JsonFilePlan,
    testing::Values(
        KindCase{"Converged", wished_json(1, {"/b"}), json_there("{\"a\": 1.0, \"c\": 2}"), ""},
        KindCase{"New",
                 wished_json(1),
                 {{{"stat", kJsonPath}, {}}, {{"content", kJsonPath}, {}}},
                 "write /etc/a.json root:root 0644 '{\\n  \"a\": 1\\n}\\n' if absent\n",
                 "",
                 "does not exist"},
        KindCase{"Merged", wished_json(2, {"/b"}), json_there("{\"a\": 1, \"b\": true, \"c\": 2}"),
                 "write /etc/a.json '{\"a\": 2, \"c\": 2}' if file 77ee\n", "",
                 "/a 1 -> 2, /b true -> (removed)"},
        KindCase{"InTheWay", wished_json(state({{"b", 1}})), json_there("{\"a\": [7]}"),
                 "write /etc/a.json '{\"a\": {\"b\": 1}}' if file ff58\n", "", "/a/b [7] -> 1"},
        KindCase{"ModeOnly", with(wished_json(1), "mode", "0600"), json_there("{\"a\": 1}"),
                 "chmod 0600 /etc/a.json\n", "", "mode 0644 -> 0600"},
        KindCase{"Removed",
                 {},
                 {{{"stat", kJsonPath}, stat_answer("file")},
                  {{"digest", kJsonPath}, digest_answer("x")}},
                 "remove /etc/a.json if file 2d71\n",
                 "",
                 "ensure: absent",
                 true}),
    [](const auto& p) { return p.param.name; });

TEST(JsonFile, WordsOfThePlanAreToldFromTextsOfTheFile) {
  const auto kind = make_json_file_kind();
  State desired = wished_json(Value{}, {"/b"});
  const Resource resource = resource_for(*kind, kJsonPath, desired);
  const std::string both = "{\"a\": \"null\", \"b\": \"(removed)\"}";
  const Change change = planned(*kind, resource, json_there(both));
  EXPECT_EQ(change.reason, "/a \"null\" -> null, /b \"(removed)\" -> (removed)");
  EXPECT_EQ(planned(*kind, resource, json_there("{\"a\": null}")).action, Action::None);
}

TEST(JsonFile, WhatIsNoJsonIsRefusedWithItsPlace) {
  const auto kind = make_json_file_kind();
  const Resource resource = resource_for(*kind, kJsonPath, wished_json(1));
  for (const char* text : {"{\n  \"a\": 1,\n}", "[1]"}) {
    Answers answers;
    for (const auto& [query, value] : json_there(text)) answers.set(query, value);
    const auto seen = kind->read(resource, answers);
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().code, Code::JsonFileNoJson);
    const bool place = seen.error().message.find("line 3, column 1") != std::string::npos;
    EXPECT_EQ(place, text[0] == '{') << seen.error().message;
  }
}

TEST(JsonFile, SecretsAreMaskedAndStayOneWay) {
  const auto kind = make_json_file_kind();
  const Resource resource = resource_for(*kind, kJsonPath, wished_json(Secret("pass")));
  const Change change = planned(*kind, resource, json_there("{\"a\": \"old\"}"));
  EXPECT_EQ(change.reason, "/a differs");
  EXPECT_TRUE(kind->effects(resource, change).one_way);
  const auto steps = kind->steps(resource, change);
  EXPECT_TRUE(std::get<WriteFile>(steps.at(0).step).content.is_secret());
  EXPECT_EQ(planned(*kind, resource, json_there("{\"a\": \"pass\"}")).action, Action::None);
  EXPECT_EQ(kind->creation_defaults(resource).find("mode")->as_text(), "0600");
}

TEST(JsonFile, ValuesOfAFileThatNotEverybodyMayReadAreNotShown) {
  const auto kind = make_json_file_kind();
  const Resource resource = resource_for(*kind, kJsonPath, wished_json(1, {"/b"}));
  const Change change =
      planned(*kind, resource, json_there(Secret("{\"a\": 2, \"b\": \"private\"}"), "0600"));
  EXPECT_EQ(change.reason, "/a differs, /b differs");
  EXPECT_TRUE(std::get<WriteFile>(kind->steps(resource, change).at(0).step).content.is_secret());
  EXPECT_FALSE(kind->effects(resource, change).one_way);
}

TEST(JsonFile, WhatCantBeReadIsUnknownKeyByKey) {
  const auto kind = make_json_file_kind();
  const Resource resource = resource_for(*kind, kJsonPath, wished_json(1));
  const Change change = planned(*kind, resource,
                                {{{"stat", kJsonPath}, stat_answer("file")},
                                 {{"content", kJsonPath}, Unknown{"needs root"}}});
  ASSERT_NE(change.find("/a"), nullptr);
  EXPECT_TRUE(change.find("/a")->before.is_unknown());
}

TEST(JsonFile, RefusesWhatContradictsItself) {
  const auto kind = make_json_file_kind();
  const auto said = [&](State desired) {
    return check_text(*kind, resource_for(*kind, kJsonPath, std::move(desired)));
  };
  EXPECT_NE(said({}).find("says nothing"), std::string::npos);
  EXPECT_NE(said(wished_json(1, {"/a"})).find("'/a' is removed, and '/a' is set"),
            std::string::npos);
  EXPECT_NE(said(wished_json(state({{"b", 1}}), {"/a"})).find("'/a/b' is set"), std::string::npos);
  EXPECT_NE(said(wished_json(1, {"b"})).find("no JSON pointer"), std::string::npos);
  EXPECT_NE(said(with(wished_json(1), "validate", ValueList{"true"})).find("%s"),
            std::string::npos);
  EXPECT_EQ(said(wished_json(1, {"/b"})), "");
}

TEST(JsonFile, ALinkIsNotWrittenThrough) {
  const auto kind = make_json_file_kind();
  const Resource resource = resource_for(*kind, kJsonPath, wished_json(1));
  Answers answers;
  answers.set({"stat", kJsonPath}, stat_answer("link", "/etc/b.json"));
  answers.set({"content", kJsonPath}, {});
  const auto seen = kind->read(resource, answers);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::PathIsOther);
}

}  // namespace
}  // namespace holdfast
