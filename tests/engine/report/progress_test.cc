#include "engine/report/progress.h"

#include <gtest/gtest.h>

#include "engine/core/text.h"
#include "tests/support/sample_plan.h"

namespace holdfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Fitted, CutsByColumns) {
  EXPECT_EQ(fitted("abc", 3), "abc");
  EXPECT_EQ(fitted("abcd", 3), "ab…");
  EXPECT_EQ(fitted("äöüß", 3), "äö…");
  EXPECT_EQ(fitted("日本語", 6), "日本語");
  EXPECT_EQ(fitted("日本語", 5), "日本…");
  EXPECT_EQ(fitted("日本語", 4), "日…");
  EXPECT_EQ(fitted("abc", 0), "");
}

TEST(ShownTime, HasTheDigitsThatMatter) {
  EXPECT_EQ(shown_time(milliseconds(0)), "0.0 s");
  EXPECT_EQ(shown_time(milliseconds(2140)), "2.1 s");
  EXPECT_EQ(shown_time(milliseconds(59990)), "59.9 s");
  EXPECT_EQ(shown_time(milliseconds(65000)), "1 m 05 s");
}

TEST(LiveBoard, RewritesItsLines) {
  LiveBoard board;
  const LiveBoard::Time start{};
  EXPECT_EQ(board.frame(start, {}), "");
  board.begin("h1", start);
  board.begin("h2", start + seconds(1));
  board.at("h2", "file /a\n: write\x1b[31m");
  EXPECT_EQ(board.frame(start + seconds(3), {80, 24}),
            "    3.0 s  h1  begins\x1b[K\n    2.0 s  h2  file /a\\n: write\\x1b[31m\x1b[K\n");
  board.end("h1");
  EXPECT_EQ(board.frame(start + seconds(4), {80, 24}),
            "\x1b[2A\r\x1b[J    3.0 s  h2  file /a\\n: write\\x1b[31m\x1b[K\n");
  board.end("h2");
  EXPECT_EQ(board.frame(start + seconds(5), {80, 24}), "\x1b[1A\r\x1b[J");
  EXPECT_EQ(board.clear(), "");
  EXPECT_TRUE(board.idle());
}

TEST(LiveBoard, CountsTheHostsThatDoNotFit) {
  LiveBoard board;
  const LiveBoard::Time start{};
  for (int i = 0; i < 40; ++i) {
    board.begin("host" + std::to_string(i), start + milliseconds(i));
  }
  board.end("host0");
  const std::string frame = board.frame(start + seconds(1), {30, 10});
  const std::vector<std::string_view> all = lines(frame);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_NE(all[0].find("host1 "), std::string::npos);
  EXPECT_EQ(all[4], "           and 35 other host…\x1b[K");
}

HostOutcome ended(const std::string& host, HostEnd end) {
  HostOutcome out;
  out.host = host;
  out.end = end;
  out.changed = 2;
  out.took = milliseconds(1500);
  return out;
}

TEST(PlainProgress, WritesALineAnEvent) {
  const Plan plan = sample_plan();
  std::string text;
  PlainProgress progress(plan, [&](std::string_view piece) { text += piece; });
  progress.host_begins("web1");
  progress.act("web1", 0, "write /etc/motd");
  progress.host_note("web1", "taking back\n::error::x");
  progress.host_ends(ended("web1", HostEnd::RolledBack));
  const std::vector<std::string_view> all = lines(text);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].substr(4), "0.0 s  web1  begins");
  EXPECT_EQ(all[1].substr(4), "0.0 s  web1  note /etc/motd: write /etc/motd");
  EXPECT_EQ(all[2].substr(4), "0.0 s  web1  taking back\\n::error::x");
  EXPECT_EQ(all[3].substr(4), "0.0 s  web1  rolled-back, 2 changed in 1.5 s");
}

TEST(TerminalProgress, LeavesALineForEachHostThatEnded) {
  const Plan plan = sample_plan();
  std::string text;
  {
    TerminalProgress progress(
        plan, [&](std::string_view piece) { text += piece; }, [] { return LiveBoard::Size{}; },
        false);
    std::vector<std::thread> hosts;
    for (int i = 0; i < 8; ++i) {
      hosts.emplace_back([&progress, i] {
        const std::string host = "h" + std::to_string(i);
        progress.host_begins(host);
        for (std::size_t row = 0; row < 20; ++row) progress.act(host, row, "act");
        progress.host_note(host, "taking back");
        progress.host_ends(ended(host, i == 0 ? HostEnd::RolledBack : HostEnd::Applied));
      });
    }
    for (std::thread& host : hosts) host.join();
  }
  for (int i = 0; i < 8; ++i) {
    const std::string line = "h" + std::to_string(i) + (i == 0 ? "  rolled-back" : "  applied") +
                             ", 2 changed in 1.5 s\n";
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

TEST(TerminalProgress, WritesNothingOverAQuestion) {
  const Plan plan;
  std::string text;
  std::mutex mutex;
  const auto written = [&] {
    const std::lock_guard lock(mutex);
    return std::exchange(text, {});
  };
  TerminalProgress progress(
      plan,
      [&](std::string_view piece) {
        const std::lock_guard lock(mutex);
        text += piece;
      },
      [] { return LiveBoard::Size{}; }, false);
  progress.host_begins("h1");
  progress.host_begins("h2");
  progress.hold(true);
  written();
  progress.host_note("h1", "confirming");
  progress.host_ends(ended("h2", HostEnd::Applied));
  std::this_thread::sleep_for(milliseconds(250));
  EXPECT_EQ(written(), "");
  progress.hold(false);
  EXPECT_EQ(written().find("h2  applied, 2 changed"), 0U);
}

TEST(TerminalProgress, TakesItsLinesAwayAtTheEnd) {
  const Plan plan;
  std::string text;
  {
    TerminalProgress progress(
        plan, [&](std::string_view piece) { text += piece; }, [] { return LiveBoard::Size{}; },
        false);
    progress.host_begins("h1");
    progress.host_begins("h2");
    progress.host_ends(ended("h2", HostEnd::Applied));
  }
  EXPECT_EQ(text.substr(text.size() - 8), "\x1b[1A\r\x1b[J");
}

}  // namespace
}  // namespace holdfast
