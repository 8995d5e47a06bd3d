#include <atomic>
#include <cstdlib>

#include "tests/support/history_cases.h"

namespace holdfast {
namespace {

/// A database of its own in the server that tests/history/with_postgres has started.
class PostgresDatabase : public HistoryDatabase {
 public:
  PostgresDatabase() {
    static std::atomic<int> count{0};
    name_ = "t" + std::to_string(++count);
    auto server = open_postgres(url("postgres"));
    EXPECT_TRUE(server) << server.error().message;
    EXPECT_TRUE(server && (*server)->run("CREATE DATABASE " + name_));
  }
  HistoryPlace place() const override { return {HistoryPlace::Kind::Postgres, url(name_)}; }

  static std::string url(const std::string& database) {
    const char* server = std::getenv("HOLDFAST_TEST_POSTGRES");
    return std::string(server == nullptr ? "postgresql://nowhere.invalid" : server) + "/" +
           database;
  }

 private:
  std::string name_;
};

INSTANTIATE_TEST_SUITE_P(Postgres, HistoryCases, testing::Values(MakeHistoryDatabase([] {
                           return std::make_unique<PostgresDatabase>();
                         })),
                         [](const auto&) { return "server"; });

TEST(PostgresHistory, TakesThePasswordFromItsVariable) {
  // The server lets nobody in without it, and says so.
  const char* password = std::getenv("PGPASSWORD");
  ASSERT_NE(password, nullptr);
  const std::string kept = password;
  ASSERT_EQ(unsetenv("PGPASSWORD"), 0);
  const auto refused = open_postgres(PostgresDatabase::url("postgres"));
  ASSERT_EQ(setenv("PGPASSWORD", kept.c_str(), 1), 0);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("password"));
  EXPECT_THAT(refused.error().message, testing::Not(testing::HasSubstr(kept)));
  EXPECT_TRUE(open_postgres(PostgresDatabase::url("postgres")));
}

TEST(PostgresHistory, GivesAStatementUpThatTakesTooLong) {
  auto server = open_postgres(PostgresDatabase::url("postgres"));
  ASSERT_TRUE(server);
  ASSERT_TRUE((*server)->run("SET statement_timeout = 200"));
  const auto slow = (*server)->run("SELECT pg_sleep(60)");
  ASSERT_FALSE(slow);
  EXPECT_THAT(slow.error().message, testing::HasSubstr("statement timeout"));
  EXPECT_TRUE((*server)->run("SELECT 1"));
}

}  // namespace
}  // namespace holdfast
