#include "engine/cli/complete.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

/// What may follow; values are named by their sort, and by what was typed of where they are.
std::vector<std::string> after(const std::vector<std::string>& words) {
  const auto values = [](const std::string& sort, const TypedSoFar& typed) {
    const std::string where = typed.environment + typed.inventory + typed.history;
    return std::vector<Proposal>{{to_lower(sort) + (where.empty() ? "" : "-of-" + where), "it"},
                                 {"--yes", "a host"}};
  };
  const Completion found = complete(command_shapes(), words, values);
  std::vector<std::string> out;
  for (const Proposal& one : found.candidates) out.push_back(one.word);
  if (found.files) out.emplace_back("(files)");
  return out;
}

TEST(CommandShapes, ComeFromTheParserItself) {
  const std::vector<CommandShape> commands = command_shapes();
  const auto plan = std::find_if(commands.begin(), commands.end(),
                                 [](const CommandShape& c) { return c.name == "plan"; });
  ASSERT_NE(plan, commands.end());
  EXPECT_EQ(plan->doc, "Show what apply would do; changes nothing");
  EXPECT_THAT(plan->arguments, ElementsAre("FILE"));
  const auto option = [&](const std::string& name) {
    return *std::find_if(plan->options.begin(), plan->options.end(),
                         [&](const OptionShape& o) { return o.names.back() == name; });
  };
  EXPECT_THAT(option("--environment").names, ElementsAre("-e", "--environment"));
  EXPECT_EQ(option("--environment").value, "ENVIRONMENT");
  EXPECT_FALSE(option("--environment").again);
  EXPECT_TRUE(option("--limit").again);
  EXPECT_EQ(option("--prune").value, "");
  EXPECT_THAT(option("--format").choices,
              ElementsAre("text", "markdown", "html", "github", "metrics"));
}

TEST(CommandShapes, HaveNoOptionThatIsNotHeeded) {
  std::vector<std::string> choosing;
  for (const CommandShape& command : command_shapes()) {
    const bool chooses =
        std::any_of(command.options.begin(), command.options.end(),
                    [](const OptionShape& o) { return o.names.back() == "--target"; });
    if (chooses) choosing.push_back(command.name);
  }
  EXPECT_THAT(choosing,
              ElementsAre("adopt", "apply", "drift", "plan", "recover", "validate", "verify"));
}

TEST(Complete, Commands) {
  EXPECT_THAT(after({"pl"}), ElementsAre("plan"));
  EXPECT_THAT(after({""}), IsSupersetOf({"adopt", "completion", "report", "show", "why"}));
  EXPECT_THAT(after({""}), Not(Contains("--help")));
  EXPECT_THAT(after({"--"}), ElementsAre("--help", "--version"));
  EXPECT_THAT(after({"nonsense", ""}), IsEmpty());
  EXPECT_THAT(after({}), IsEmpty());
}

TEST(Complete, OptionsThatMayStillCome) {
  EXPECT_THAT(after({"plan", "--pr"}), ElementsAre("--prune"));
  EXPECT_THAT(after({"plan", "--prune", "--pr"}), IsEmpty());
  EXPECT_THAT(after({"plan", "-e", "x", "--env"}), IsEmpty());
  EXPECT_THAT(after({"plan", "--limit", "a", "--lim"}), ElementsAre("--limit"));
  EXPECT_THAT(after({"plan", "-v"}), ElementsAre("-v"));
  EXPECT_THAT(after({"schema", ""}), Contains("--json"));
  EXPECT_THAT(after({"plan", "--", "--pr"}), ElementsAre("(files)"));
}

TEST(Complete, ValuesBehindTheirOption) {
  EXPECT_THAT(after({"plan", "-e", ""}), ElementsAre("environment"));
  EXPECT_THAT(after({"plan", "--environment=env"}), ElementsAre("--environment=environment"));
  EXPECT_THAT(after({"plan", "--format", "m"}), ElementsAre("markdown", "metrics"));
  EXPECT_THAT(after({"plan", "--format=h"}), ElementsAre("--format=html"));
  EXPECT_THAT(after({"plan", "--out", "pl"}), ElementsAre("(files)"));
  EXPECT_THAT(after({"plan", "--prune=", ""}), ElementsAre("file", "(files)"));
  EXPECT_THAT(after({"plan", "--tags=x", "--format", "t"}), ElementsAre("text"));
}

TEST(Complete, NamesOfTheInventoryThatIsTyped) {
  EXPECT_THAT(after({"plan", "-e", "staging", "--limit", ""}), ElementsAre("pattern-of-staging"));
  EXPECT_THAT(after({"plan", "-estaging", "--limit", ""}), ElementsAre("pattern-of-staging"));
  EXPECT_THAT(after({"plan", "--inventory=h.yaml", "--limit", "web:!pat"}),
              ElementsAre("web:!pattern-of-h.yaml"));
}

TEST(Complete, ArgumentsByTheirPlace) {
  EXPECT_THAT(after({"explain", ""}), ElementsAre("kind"));
  EXPECT_THAT(after({"completion", ""}), ElementsAre("shell"));
  EXPECT_THAT(after({"retire", "h1", ""}), ElementsAre("host"));
  EXPECT_THAT(after({"why", "h1", ""}), ElementsAre("name"));
  EXPECT_THAT(after({"why", "h1", "port", ""}), IsEmpty());
  EXPECT_THAT(after({"show", "--json", ""}), ElementsAre("plan", "(files)"));
}

TEST(CompletionLines, LeaveOutWhatAShellWouldRun) {
  const Completion hostile{.candidates = {{"h1", "a\nb\x1b[2J"},
                                          {"$(reboot)", ""},
                                          {"a b", ""},
                                          {"a;b", ""},
                                          {"`id`", ""},
                                          {"=ls", ""},
                                          {":files", ""},
                                          {"h\n2", ""},
                                          {"--limit=web:h-1.example", ""}},
                           .files = true};
  EXPECT_EQ(completion_lines(hostile), "h1\ta\\nb\\x1b[2J\n--limit=web:h-1.example\n:files\n");
}

}  // namespace
}  // namespace holdfast
