#include "engine/history/history.h"

#include <sys/stat.h>

#include <fstream>

#include "engine/history/database.h"
#include "tests/support/history_cases.h"

namespace holdfast {
namespace {

class SqliteDatabase : public HistoryDatabase {
 public:
  HistoryPlace place() const override {
    return {HistoryPlace::Kind::Sqlite, folder_.path() + "/state/holdfast/history.sqlite"};
  }

 private:
  TempFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, HistoryCases, testing::Values(MakeHistoryDatabase([] {
                           return std::make_unique<SqliteDatabase>();
                         })),
                         [](const auto&) { return "file"; });

int mode_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? static_cast<int>(info.st_mode & 07777U) : -1;
}

TEST(SqliteHistory, IsForItsOwnerAlone) {
  const SqliteDatabase database;
  const mode_t before = umask(0);
  auto history = History::open(database.place(), Access::Durable);
  umask(before);
  ASSERT_TRUE(history) << history.error().message;
  const std::string path = database.place().where;
  EXPECT_EQ(mode_of(path), 0600);
  EXPECT_EQ(mode_of(path + "-wal"), 0600);
  EXPECT_EQ(mode_of(path.substr(0, path.rfind('/'))), 0700);
}

TEST(SqliteHistory, LeavesNoLongLogToWhoeverOpensItNext) {
  const TempFolder folder;
  const std::string path = folder.path() + "/history.sqlite";
  const auto log = [&] {
    struct stat info {};
    return stat((path + "-wal").c_str(), &info) == 0 ? info.st_size : -1;
  };
  {
    auto database = open_sqlite(path, Access::Write);
    ASSERT_TRUE(database) << database.error().message;
    ASSERT_TRUE((*database)->run("CREATE TABLE t (word TEXT)"));
    ASSERT_TRUE((*database)->run("INSERT INTO t VALUES ($1)", {std::string(3U << 20U, 'x')}));
    EXPECT_GT(log(), 3 << 20);
  }
  EXPECT_EQ(log(), 0);
  auto again = open_sqlite(path, Access::Read);
  const auto rows = (*again)->run("SELECT length(word) FROM t");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->at(0).at(0), std::to_string(3U << 20U));
}

TEST(SqliteHistory, SaysWhatIsInItsWay) {
  const TempFolder folder;
  const std::string junk = folder.write("junk", std::string(4096, 'x'));
  const auto history = History::open({HistoryPlace::Kind::Sqlite, junk}, Access::Write);
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, Code::HistoryUnusable);
  EXPECT_THAT(history.error().message, testing::HasSubstr("not a database"));
  const auto below = History::open({HistoryPlace::Kind::Sqlite, junk + "/history"}, Access::Write);
  EXPECT_THAT(below.error().message, testing::HasSubstr("can't be written"));
  EXPECT_EQ(*History::open({HistoryPlace::Kind::Sqlite, junk + "s"}, Access::Read), nullptr);
}

TEST(HistoryPlace, IsAFileADatabaseOrNone) {
  EXPECT_EQ(parse_history_place("sqlite:a/b", "/p")->text(), "sqlite:/p/a/b");
  EXPECT_EQ(parse_history_place("sqlite:/a//b", "/p")->text(), "sqlite:/a/b");
  EXPECT_EQ(parse_history_place("sqlite:///a/b", "/p")->text(), "sqlite:/a/b");
  EXPECT_EQ(parse_history_place("none", "/p")->text(), "none");
  EXPECT_EQ(parse_history_place("postgresql://ann@db:5433/runs", "/p")->where,
            "postgresql://ann@db:5433/runs");
  for (const char* wrong :
       {"", "sqlite:", "sqlite://host/a", "mysql://a", "/a/b", "postgresql://%zz"}) {
    const auto place = parse_history_place(wrong, "/p");
    ASSERT_FALSE(place) << wrong;
    EXPECT_EQ(place.error().code, Code::HistoryPlaceInvalid) << wrong;
  }
}

TEST(HistoryPlace, TakesNoPasswordAndShowsNone) {
  for (const char* url :
       {"postgresql://ann:hunter2@db/runs", "postgresql://db/runs?password=hunter2",
        "postgres://db/runs?sslpassword=hunter2", "postgresql://ann:hunter2@db:x%zz",
        "ann:hunter2@db"}) {
    const auto place = parse_history_place(url, "/p");
    ASSERT_FALSE(place) << url;
    EXPECT_EQ(place.error().code, Code::HistoryPlaceInvalid);
    EXPECT_THAT(place.error().message + place.error().hint,
                testing::Not(testing::HasSubstr("hunter2")));
  }
}

TEST(HistoryPlace, OfAnUnreachableDatabaseIsToldAtOnce) {
  const auto history = History::open(
      {HistoryPlace::Kind::Postgres, "postgresql://ann@127.0.0.1:1/runs"}, Access::Write);
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, Code::HistoryUnusable);
  EXPECT_THAT(history.error().message, testing::HasSubstr("127.0.0.1"));
}

}  // namespace
}  // namespace holdfast
