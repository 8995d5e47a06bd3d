#include "engine/apply/rollback.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

RunMeta run(const std::string& id, const std::string& started, const std::string& status = "done",
            const std::string& command = "apply") {
  RunMeta out;
  out.id = id;
  out.started = started;
  out.status = status;
  out.command = command;
  return out;
}

TEST(LastRun, IsTheOneBegunLastOnAnyHost) {
  const auto last = last_run({run("a", "2026-01-01T10:00:00Z"), run("c", "2026-01-03T10:00:00Z"),
                              run("b", "2026-01-02T10:00:00Z")});
  ASSERT_TRUE(last);
  EXPECT_EQ(last->id, "c");
}

TEST(LastRun, StillStandsAndIsNoRollback) {
  const auto last =
      last_run({run("a", "2026-01-01T10:00:00Z"), run("b", "2026-01-02T10:00:00Z", "rolled-back"),
                run("c", "2026-01-03T10:00:00Z", "done", "rollback")});
  ASSERT_TRUE(last);
  EXPECT_EQ(last->id, "a");
  EXPECT_FALSE(last_run({run("b", "2026-01-02T10:00:00Z", "rolled-back")}));
}

}  // namespace
}  // namespace holdfast
