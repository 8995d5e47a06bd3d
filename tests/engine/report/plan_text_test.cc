#include "engine/report/plan_text.h"

#include <gtest/gtest.h>

#include "engine/core/text.h"
#include "engine/report/counts.h"
#include "engine/report/plan_html.h"
#include "engine/report/plan_json.h"
#include "engine/report/plan_markdown.h"
#include "engine/report/row_text.h"
#include "tests/support/golden.h"
#include "tests/support/sample_plan.h"

namespace holdfast {
namespace {

TEST(PlanText, ShowsEverySortOfRow) {
  expect_golden("plan.txt", plan_text(sample_plan(), sample_kinds(), {}));
}

TEST(PlanText, DriftSaysWhoseDoingItIs) {
  expect_golden("drift.txt", plan_text(sample_plan(), sample_kinds(), {.drift = true}));
}

TEST(PlanText, VerboseShowsWhatStaysAndEveryStep) {
  expect_golden("plan_verbose.txt", plan_text(sample_plan(), sample_kinds(),
                                              {.unchanged = true, .steps = true, .diff_lines = 2}));
}

TEST(PlanText, ColourIsOnlyAddedToTheSameText) {
  std::string text = plan_text(sample_plan(), sample_kinds(), {.colour = true});
  for (auto at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b')) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  EXPECT_EQ(text, plan_text(sample_plan(), sample_kinds(), {}));
}

TEST(PlanText, NothingCanForgeALineAColourOrACommand) {
  const std::string text =
      plan_text(hostile_plan(), sample_kinds(), {.unchanged = true, .steps = true});
  expect_golden("plan_hostile.txt", text);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.find("##["), std::string::npos);
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
  for (const std::string_view line : lines(text)) {
    EXPECT_NE(trim(line).substr(0, 2), "::") << line;
  }
}

TEST(PlanText, NothingToDoIsOneLine) {
  PlanMaker maker;
  maker.host("h1");
  maker.host("h2");
  maker.note("h1", "/a");
  maker.note("h2", "/a");
  EXPECT_EQ(plan_text(maker.take(), sample_kinds(), {}),
            "Nothing to change on 2 hosts (2 resources).\n");
}

/// A host with one row that does `action`.
Plan plan_for(bool systemd, Action action) {
  PlanMaker maker;
  maker.host("h1").systemd = systemd;
  maker.note("h1", "/a").change.action = action;
  return maker.take();
}

TEST(GuardNote, IsThereWhereAHostWithoutSystemdChanges) {
  const std::string said = "no systemd here: the guard of the run is a plain process";
  for (const bool systemd : {true, false}) {
    for (const Action action : {Action::None, Action::Update}) {
      const Plan plan = plan_for(systemd, action);
      const std::size_t times = !systemd && action == Action::Update ? 1 : 0;
      const auto count_in = [](const std::string& text, const std::string& part) {
        std::size_t out = 0;
        for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
          ++out;
        return out;
      };
      EXPECT_EQ(count_in(plan_text(plan, sample_kinds(), {}), said), times);
      EXPECT_EQ(count_in(plan_markdown(plan, sample_kinds(), {}), said), times);
      EXPECT_EQ(count_in(plan_html(plan, sample_kinds(), "t", "now", false), said), times);
      EXPECT_EQ(count_in(plan_json(plan, sample_kinds(), {}), R"("systemd": false)"), times);
    }
  }
}

TEST(GuardNote, IsNoneOfADriftsNorOfWhatIsOnlyAskedOrRefused) {
  Plan plan = plan_for(false, Action::Update);
  const auto has = [&](bool drift) {
    return plan_text(plan, sample_kinds(), {.drift = drift}).find("no systemd") !=
           std::string::npos;
  };
  EXPECT_TRUE(has(false));
  EXPECT_FALSE(has(true));
  plan.rows[0].steps = {{0, Probe{.ask = Probe::Http{.url = "http://h1/"}}}};
  EXPECT_FALSE(has(false));
  plan.rows[0].steps.clear();
  plan.rows[0].refused = Error{.code = Code::OtherOwner, .message = "x"};
  EXPECT_FALSE(has(false));
}

TEST(Summary, SaysOnlyWhatThereIs) {
  EXPECT_EQ(plan_summary({.hosts = 2,
                          .changing_hosts = 2,
                          .unreachable = 1,
                          .create = 3,
                          .update = 1,
                          .run = 2,
                          .unchanged = 12}),
            "Plan: 3 to create, 1 to update, 0 to delete, 2 to run on 2 hosts; 1 host "
            "unreachable; 12 unchanged.");
  EXPECT_EQ(plan_summary({.hosts = 3, .resources = 100}),
            "Nothing to change on 3 hosts (100 resources).");
  EXPECT_EQ(drift_summary({.hosts = 1, .changing_hosts = 1, .update = 2, .drift = 1, .pending = 1}),
            "Drift: 1 changed by somebody else, 1 pending on 1 host.");
  EXPECT_EQ(drift_summary({.hosts = 1, .unreachable = 1}), "Nothing is known: 1 host unreachable.");
}

TEST(ShownSize, HasAUnitThatFits) {
  EXPECT_EQ(shown_size(1), "1 byte");
  EXPECT_EQ(shown_size(1023), "1023 bytes");
  EXPECT_EQ(shown_size(1536), "1.5 KiB");
  EXPECT_EQ(shown_size(std::size_t{5} << 20), "5.0 MiB");
}

}  // namespace
}  // namespace holdfast
