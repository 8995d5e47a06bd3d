#include "engine/report/github.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "engine/core/text.h"
#include "engine/report/html_escaped.h"
#include "engine/report/metrics.h"
#include "engine/report/plan_html.h"
#include "engine/report/plan_markdown.h"
#include "tests/support/golden.h"
#include "tests/support/sample_plan.h"

namespace holdfast {
namespace {

Error error(std::string message) {
  Error out;
  out.code = Code::OtherOwner;
  out.message = std::move(message);
  return out;
}

TEST(GithubAnnotations, EscapeWhatCouldBeginACommand) {
  Diagnostics diagnostics;
  Error placed = error("50% of 'a\n::set-output name=x::y', b: c");
  placed.where.source = std::make_shared<const Source>(Source{"a,b:c\n::d.yaml", "text"});
  placed.where.line = 3;
  placed.where.column = 7;
  placed.hint = "do\r\nthis";
  diagnostics.error(placed);
  diagnostics.warning(error("careful"));
  EXPECT_EQ(github_annotations(diagnostics),
            "::error file=a%2Cb%3Ac\\n%3A%3Ad.yaml,line=3,col=7,title=holdfast HF5001::50%25 of "
            "'a\\n::set-output name=x::y', b: c%0Ahint: do\\r\\nthis\n"
            "::warning title=holdfast HF5001::careful\n");
}

TEST(GithubAnnotations, StopAtWhatGithubShows) {
  Diagnostics diagnostics;
  for (int i = 0; i < 30; ++i) diagnostics.error(error("e"));
  EXPECT_EQ(lines(github_annotations(diagnostics)).size(), 10U);
}

TEST(GithubOutputs, AreNumbersOnly) {
  EXPECT_EQ(github_outputs(sample_plan(), sample_kinds()),
            "changes=true\ncreate=1\nupdate=4\nreplace=1\ndelete=1\nrun=1\ndrift=1\nunknown=1\n"
            "refused=1\nhosts=5\nunreachable=1\nexit_code=6\n");
}

TEST(GithubOutputs, CountHowHostsEnded) {
  Outcome outcome;
  for (const HostEnd end : {HostEnd::Applied, HostEnd::Applied, HostEnd::RolledBack,
                            HostEnd::Stopped, HostEnd::Locked, HostEnd::Unreachable}) {
    HostOutcome& host = outcome.hosts.emplace_back();
    host.end = end;
    host.changed = end == HostEnd::Applied ? 2 : 0;
  }
  EXPECT_EQ(github_outputs(outcome),
            "changed=4\napplied=2\nrolled_back=1\nhalf_done=1\nnot_begun=1\nunreachable=1\n");
}

TEST(AppendToFile, AppendsOrSaysWhyNot) {
  const std::string path = testing::TempDir() + "holdfast_output_test";
  std::remove(path.c_str());
  ASSERT_TRUE(append_to_file(path, "a=1\n"));
  ASSERT_TRUE(append_to_file(path, "b=2\n"));
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "a=1\nb=2\n");
  std::remove(path.c_str());
  const auto refused = append_to_file("/nonexistent/folder/file", "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::FileUnwritable);
}

TEST(CodeSpan, CannotBeEndedByItsText) {
  EXPECT_EQ(code_span("a"), "` a `");
  EXPECT_EQ(code_span("a``b"), "``` a``b ```");
  EXPECT_EQ(code_span("a\nb"), "` a\\nb `");
}

TEST(CodeBlock, CannotBeEndedByItsText) {
  EXPECT_EQ(code_block("a\n", "text"), "```text\na\n```\n");
  EXPECT_EQ(code_block("````\n# x", "diff"), "`````diff\n````\n# x\n`````\n");
}

TEST(PlanMarkdown, FoldsAHost) {
  expect_golden("plan.md", plan_markdown(sample_plan(), sample_kinds(), {}));
}

TEST(PlanMarkdown, KeepsValuesInsideCode) {
  const std::string text = plan_markdown(hostile_plan(), sample_kinds(), {});
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  // Outside of fences no line holds the markup of a value.
  std::string fence;
  for (const std::string_view line : lines(text)) {
    const auto ticks = line.find_first_not_of('`');
    const std::size_t count = ticks == std::string_view::npos ? line.size() : ticks;
    if (fence.empty() && count >= 3) {
      fence = std::string(count, '`');
    } else if (!fence.empty() && line == fence) {
      fence.clear();
    } else if (fence.empty() && line.find('`') == std::string_view::npos) {
      EXPECT_EQ(line.find("<script"), std::string_view::npos) << line;
    }
  }
  EXPECT_EQ(fence, "");
}

TEST(PlanMarkdown, NamesTheHostsThatDoNotFit) {
  MarkdownOptions options;
  options.most_bytes = 1000;
  const std::string text = plan_markdown(sample_plan(), sample_kinds(), options);
  EXPECT_LT(text.size(), 1100U);
  EXPECT_NE(text.find("Too long to show here: ` web1 `"), std::string::npos) << text;
}

TEST(OutcomeMarkdown, IsATableAndTheText) {
  Outcome outcome;
  HostOutcome& host = outcome.hosts.emplace_back();
  host.host = "h|1";
  host.end = HostEnd::Applied;
  host.changed = 2;
  EXPECT_EQ(outcome_markdown({}, outcome),
            "### holdfast\n\n| host | end | changed | took | run |\n|---|---|--:|--:|---|\n"
            "| ` h\\|1 ` | applied | 2 | 0.0 s |  |\n\n"
            "```text\nh|1  applied      2 changed     0.0 s\n"
            "Done: 1 host applied; 2 resources changed.\n```\n");
}

TEST(PlanHtml, IsAPageThatLoadsNothing) {
  const std::string text =
      plan_html(sample_plan(), sample_kinds(), "shop production", "2026-01-01T12:00:00Z", false);
  expect_golden("plan.html", text);
  for (const char* loading : {"src=", "href=", "url(", "<script", "@import"}) {
    EXPECT_EQ(text.find(loading), std::string::npos) << loading;
  }
}

TEST(PlanHtml, EscapesEverything) {
  const std::string text = plan_html(hostile_plan(), sample_kinds(), "<b>", "<i>", true);
  EXPECT_EQ(text.find("<script"), std::string::npos);
  EXPECT_EQ(text.find("<b>"), std::string::npos);
  EXPECT_EQ(text.find("<i>"), std::string::npos);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(HtmlEscaped, TakesMarkupItsMeaning) {
  EXPECT_EQ(html_escaped("<a href='x'>&\"\x1b\n"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\\x1b\n");
}

TEST(Metrics, TellDriftOfEachHost) {
  expect_golden("drift.prom", drift_metrics(sample_plan(), sample_kinds(), 1700000000));
}

TEST(Metrics, ForgeNoLine) {
  const std::string text = drift_metrics(hostile_plan(), sample_kinds(), 1);
  EXPECT_NE(text.find("holdfast_host_up{host=\"h1\\\\n::set-output name=a::b\"} 1\n"),
            std::string::npos)
      << text;
  for (const std::string_view line : lines(text)) {
    EXPECT_TRUE(starts_with(line, "holdfast_") || starts_with(line, "# ")) << line;
  }
}

TEST(Metrics, TellOfAnApply) {
  Outcome outcome;
  HostOutcome& host = outcome.hosts.emplace_back();
  host.host = "h\"1";
  host.end = HostEnd::HalfDone;
  host.changed = 2;
  host.took = std::chrono::milliseconds(12034);
  const std::string text = apply_metrics(outcome, 1700000000);
  for (const char* line : {"holdfast_apply_success{host=\"h\\\"1\"} 0\n",
                           "holdfast_apply_changed_resources{host=\"h\\\"1\"} 2\n",
                           "holdfast_apply_duration_seconds{host=\"h\\\"1\"} 12.034\n",
                           "holdfast_last_apply_timestamp_seconds 1700000000\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace holdfast
