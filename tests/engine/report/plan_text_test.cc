#include "engine/report/plan_text.h"

#include <gtest/gtest.h>

#include "engine/core/text.h"
#include "engine/report/counts.h"
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
