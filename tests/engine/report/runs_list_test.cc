#include "engine/report/runs_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

using testing::HasSubstr;

std::vector<HostRuns> hostile_runs() {
  RunMeta run;
  run.id = "1\x1b[2J";
  run.user = "ann\xc2\x9b\xe2\x80\xae";
  run.ci = "##[error]x";
  HostRuns host{.host = "h1", .runs = {run}};
  host.unreadable.push_back(
      {.code = Code::RecordUnreadable, .message = "meta.json\n is cut short"});
  return {host};
}

TEST(RunsList, NothingOfAHostTurnsTheReadersTerminal) {
  const std::string text = runs_json(hostile_runs());
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; });
  EXPECT_TRUE(plain) << text;
  EXPECT_EQ(text.find("##"), std::string::npos);
  const auto told = nlohmann::json::parse(text);
  EXPECT_EQ(told[0]["runs"][0]["user"], "ann\xc2\x9b\xe2\x80\xae");
}

TEST(RunsList, NamesWhatItCantRead) {
  EXPECT_THAT(runs_text(hostile_runs()),
              HasSubstr("  a run can't be told: meta.json\\n is cut short\n"));
  const auto told = nlohmann::json::parse(runs_json(hostile_runs()));
  EXPECT_EQ(told[0]["unreadable"][0]["message"], "meta.json\n is cut short");
  EXPECT_EQ(runs_text({{.host = "h2"}}), "h2\n  no runs\n");
}

}  // namespace
}  // namespace holdfast
