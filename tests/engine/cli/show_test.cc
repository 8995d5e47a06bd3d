#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "engine/plan/saved.h"
#include "engine/report/plan_json.h"
#include "engine/report/plan_text.h"
#include "engine/report/shown_plan.h"
#include "tests/support/sample_plan.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A plan saved in a file and read again, with what it was told as.
SavedPlan saved(const Plan& plan, const TempFolder& folder) {
  const std::string path = folder.path() + "/plan.hf";
  const ShownPlan shown{plan_text(plan, sample_kinds(), {.colour = true}),
                        plan_json(plan, sample_kinds())};
  EXPECT_TRUE(save_plan(path, plan, {}, shown, sample_kinds()));
  auto read = load_plan(path);
  EXPECT_TRUE(read) << read.error().message;
  return read ? std::move(*read) : SavedPlan{};
}

TEST(Show, TellsASavedPlanAsPlanToldIt) {
  const TempFolder folder;
  for (const Plan& plan : {sample_plan(), hostile_plan()}) {
    const ShownPlan shown = saved(plan, folder).shown;
    for (const bool colour : {false, true}) {
      EXPECT_EQ(plan_text_again(shown.text, colour),
                plan_text(plan, sample_kinds(), {.colour = colour}));
    }
    EXPECT_EQ(plan_json_again(shown.document), plan_json(plan, sample_kinds()));
  }
}

TEST(Show, NoSecretIsInTheFile) {
  const TempFolder folder;
  (void)saved(hostile_plan(), folder);
  std::ifstream file(folder.path() + "/plan.hf");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr("(secret)"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST(Show, LetsAFileThatSomebodyWroteForgeNothing) {
  EXPECT_EQ(plan_text_again("\x1b[31mred\x1b[0m \x1b[8mhidden\x1b[2J\x1b\n::error::x\r\n##[group]",
                            false),
            "red \\x1b[8mhidden\\x1b[2J\\x1b\n\\x3a:error::x\\r\n\\x23#[group]");
  EXPECT_EQ(plan_text_again("\x1b[31m\x1b[1m::error::x", false), "\\x3a:error::x");
  EXPECT_EQ(plan_text_again("\x1b[31mred\x1b[0m\x1b[38;5;1m", true),
            "\x1b[31mred\x1b[0m\\x1b[38;5;1m");
  EXPECT_EQ(plan_json_again(R"({"a": "##[x]"})"), "{\n  \"a\": \"\\u0023#[x]\"\n}\n");
}

TEST(Show, ReadsNoFileThatIsDeeperThanAPlan) {
  const TempFolder folder;
  const std::string deep(1000000, '[');
  const std::string path = folder.write("deep.hf", deep + std::string(deep.size(), ']'));
  const auto read = load_plan(path);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::PlanUnreadable);
}

TEST(Show, KeepsNothingOfAPlanWithPrivateTexts) {
  const TempFolder folder;
  const std::string path = folder.path() + "/plan.hf";
  ASSERT_TRUE(save_plan(path, sample_plan(), {}, {}, sample_kinds()));
  const auto read = load_plan(path);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->shown.text, "");
  EXPECT_FALSE(read->rows.empty());
}

}  // namespace
}  // namespace holdfast
