#include "engine/manifest/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/manifest/json_schema.h"
#include "tests/support/fake_kinds.h"

namespace holdfast {
namespace {

using testing::HasSubstr;

TEST(ReferencePage, ComesOutOfTheSchema) {
  const Registry kinds = fake_kinds();
  const std::string page = reference_page(*kinds.kind("daemon"));
  EXPECT_THAT(page, HasSubstr("# daemon\n\nA program that runs.\n\n**Name**: What it is called."));
  EXPECT_THAT(page, HasSubstr("| `running` | bool | `true` | Whether it runs. |"));
  EXPECT_THAT(page, HasSubstr("| `grace` | duration | `30s` |"));
  EXPECT_THAT(page, HasSubstr("| `allow.port` | port |  | Where it listens. (required) |"));
  EXPECT_THAT(page, HasSubstr("| `token` | text |  | Its key. (secret) |"));
  EXPECT_THAT(page, HasSubstr("Free settings \\| and a bar."));
  EXPECT_THAT(page, HasSubstr("`restart_on`"));
  const std::string note = reference_page(*kinds.kind("note"));
  EXPECT_THAT(note, HasSubstr("| `template` |"));
  EXPECT_THAT(note, HasSubstr("```yaml\n- note: /etc/motd\n  content: hi\n```"));
  EXPECT_THAT(note, testing::Not(HasSubstr("restart_on")));
}

TEST(ExplainText, FitsATerminal) {
  const Registry kinds = fake_kinds();
  const std::string text = explain_text(*kinds.kind("ping"));
  EXPECT_THAT(text, HasSubstr("ping: A question.\n\nname: What is asked.\n"));
  EXPECT_THAT(text, HasSubstr("  url   url\n        Where. (required)\n"));
  EXPECT_THAT(text, HasSubstr("`ensure: absent` isn't taken."));
}

TEST(JsonSchema, DescribesEveryKind) {
  const auto schema = nlohmann::json::parse(manifest_json_schema(fake_kinds()));
  const auto& daemon = schema["definitions"]["kind_daemon"];
  EXPECT_EQ(daemon["required"], nlohmann::json::array({"daemon"}));
  EXPECT_EQ(daemon["additionalProperties"], false);
  EXPECT_TRUE(daemon["properties"].contains("restart_on"));
  EXPECT_EQ(daemon["properties"]["grace"]["default"], "30s");
  EXPECT_EQ(daemon["properties"]["allow"]["anyOf"][0]["required"][0], "port");
  EXPECT_TRUE(schema["definitions"]["kind_note"]["properties"].contains("template"));
  EXPECT_EQ(schema["definitions"]["kind_ping"]["required"], nlohmann::json::array({"ping", "url"}));
  EXPECT_EQ(schema["definitions"]["resource"]["anyOf"].size(), 7U);
}

}  // namespace
}  // namespace holdfast
