#include <gtest/gtest.h>

#include "engine/core/kind.h"

namespace holdfast {

std::unique_ptr<Collector> make_systemd_collector();
std::unique_ptr<Collector> make_guard_collector();

namespace {

TEST(SystemdCollector, TakesBlocksInOrder) {
  const auto values = make_systemd_collector()->parse(
      {"a.service", "nope.service"},
      "Type=notify\nId=a.service\nLoadState=loaded\nActiveState=active\nDropInPaths=/x /y=z\n\n"
      "Id=nope.service\nLoadState=not-found\nActiveState=inactive\n");
  ASSERT_TRUE(values) << values.error().message;
  ASSERT_EQ(values->size(), 2U);
  EXPECT_EQ(*values->at(0).as_map().find("DropInPaths"), Value("/x /y=z"));
  EXPECT_EQ(*values->at(1).as_map().find("LoadState"), Value("not-found"));
}

TEST(SystemdCollector, TellsWhereThereIsNone) {
  const auto values = make_systemd_collector()->parse({"a.service"}, "no-systemd\n");
  ASSERT_TRUE(values);
  EXPECT_TRUE(values->at(0).is_null());
}

TEST(SystemdCollector, QuotesWhatItCantRead) {
  const auto unread = make_systemd_collector()->parse({"a.service"}, "Failed to connect to bus\n");
  ASSERT_FALSE(unread);
  EXPECT_EQ(unread.error().code, Code::AnswerUnreadable);
  EXPECT_NE(unread.error().message.find("Failed to connect to bus"), std::string::npos);
  EXPECT_FALSE(make_systemd_collector()->parse({"a.service", "b.service"}, "Id=a.service\n"));
  EXPECT_FALSE(make_systemd_collector()->parse({"a.service"}, ""));
}

TEST(GuardCollector, ReadsStatuses) {
  const auto values = make_guard_collector()->parse({"a", "b"}, "status 0\nstatus 124\n");
  ASSERT_TRUE(values);
  EXPECT_EQ(*values->at(1).as_map().find("status"), Value(124));
  EXPECT_FALSE(make_guard_collector()->parse({"a", "b"}, "status 0\n"));
  EXPECT_FALSE(make_guard_collector()->parse({"a"}, "status x\n"));
  EXPECT_FALSE(make_guard_collector()->parse({"a"}, "xargs: no\n"));
  EXPECT_TRUE(make_guard_collector()->runs_code());
}

}  // namespace
}  // namespace holdfast
