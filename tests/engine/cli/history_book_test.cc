#include "engine/cli/history_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/site.h"

namespace holdfast {
namespace {

/// Where a project's history is, and what is wrong with that.
std::string place(const std::string& project, const Options& options) {
  Site site;
  site.write("holdfast.yaml", project);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(site.folder());
  const Registry kinds = fake_kinds();
  Diagnostics diagnostics;
  Session session(options, kinds);
  EXPECT_TRUE(session.load_project_only(diagnostics));
  const auto found = history_place(session);
  std::filesystem::current_path(before);
  if (!found) return found.error().where.text() + ": " + found.error().message;
  const std::string text = found->text();
  const auto at = text.find(site.folder());
  return at == std::string::npos
             ? text
             : text.substr(0, at) + "HERE" + text.substr(at + site.folder().size());
}

TEST(HistoryPlaceOfAProject, IsUsedWhereTheProjectIsTrusted) {
  Options options;
  EXPECT_EQ(place("history: none\n", options), "none");
  EXPECT_EQ(place("history: sqlite:/etc/cron.d/x\n", options),
            "holdfast.yaml:1:10: holdfast.yaml may not say on this machine where the history is");
  EXPECT_THAT(place("history: postgresql://ann:hunter2@db\n", options),
              testing::AllOf(testing::HasSubstr("holds a password"),
                             testing::Not(testing::HasSubstr("hunter2"))));
}

TEST(HistoryPlaceOfAProject, GivesWayToTheFlag) {
  Options options;
  options.history = "sqlite:a/b";
  EXPECT_EQ(place("history: sqlite:/etc/x\n", options), "sqlite:HERE/a/b");
  options.untrusted = true;
  EXPECT_EQ(place("history: sqlite:/etc/x\n", options), "sqlite:HERE/a/b");
  options.history.clear();
  EXPECT_EQ(place("history: sqlite:/etc/x\n", options), "none");
  EXPECT_EQ(place("project: demo\n", options), "none");
}

}  // namespace
}  // namespace holdfast
