#include "engine/history/schema.h"

#include <charconv>

namespace holdfast {
namespace {

constexpr const char* kVersionTable = "holdfast_schema";

/// What leads from each version to the next. TEXT is the database's own type for it.
const std::vector<std::vector<std::string>>& migrations() {
  static const std::vector<std::vector<std::string>> kSteps = {
      {
          "CREATE TABLE holdfast_schema (version BIGINT NOT NULL)",
          "INSERT INTO holdfast_schema (version) VALUES (0)",
          "CREATE TABLE holdfast_plans (digest TEXT PRIMARY KEY, made TEXT NOT NULL, command TEXT "
          "NOT "
          "NULL,"
          " project TEXT NOT NULL, environment TEXT NOT NULL, os_user TEXT NOT NULL, origin TEXT "
          "NOT "
          "NULL,"
          " ci TEXT NOT NULL, document TEXT NOT NULL)",
          "CREATE TABLE holdfast_runs (run TEXT NOT NULL, host TEXT NOT NULL, machine TEXT NOT "
          "NULL,"
          " command TEXT NOT NULL, of_run TEXT NOT NULL, project TEXT NOT NULL, environment TEXT "
          "NOT "
          "NULL,"
          " os_user TEXT NOT NULL, origin TEXT NOT NULL, ci TEXT NOT NULL, plan TEXT NOT NULL,"
          " started TEXT NOT NULL, ended TEXT NOT NULL, status TEXT NOT NULL, ended_by TEXT NOT "
          "NULL,"
          " changed BIGINT NOT NULL, error TEXT NOT NULL, PRIMARY KEY (run, host))",
          "CREATE INDEX holdfast_runs_by_start ON holdfast_runs (started)",
          "CREATE TABLE holdfast_drift (id TEXT PRIMARY KEY, host TEXT NOT NULL, machine TEXT NOT "
          "NULL,"
          " project TEXT NOT NULL, environment TEXT NOT NULL, scope TEXT NOT NULL, first_seen TEXT "
          "NOT "
          "NULL,"
          " last_seen TEXT NOT NULL, looks BIGINT NOT NULL, result TEXT NOT NULL, drift BIGINT NOT "
          "NULL,"
          " pending BIGINT NOT NULL, stranger BIGINT NOT NULL, unknown BIGINT NOT NULL,"
          " orphans BIGINT NOT NULL, resources BIGINT NOT NULL, what TEXT NOT NULL)",
          "CREATE INDEX holdfast_drift_by_host ON holdfast_drift (host, id)",
          "CREATE INDEX holdfast_drift_by_time ON holdfast_drift (last_seen)",
          "CREATE TABLE holdfast_anchors (machine TEXT NOT NULL, number BIGINT NOT NULL, head TEXT "
          "NOT "
          "NULL,"
          " host TEXT NOT NULL, seen TEXT NOT NULL, os_user TEXT NOT NULL, origin TEXT NOT NULL,"
          " void BIGINT NOT NULL, PRIMARY KEY (machine, number, head))",
      },
      {
          "CREATE TABLE holdfast_on_servers (project TEXT NOT NULL, environment TEXT NOT NULL,"
          " host TEXT NOT NULL, seen TEXT NOT NULL, document TEXT NOT NULL,"
          " PRIMARY KEY (project, environment, host))",
      }};
  return kSteps;
}

std::string in_its_words(std::string sql, const Database& database) {
  const std::string type = database.text_type();
  for (std::size_t at = sql.find(" TEXT "); at != std::string::npos;
       at = sql.find(" TEXT ", at + type.size())) {
    sql.replace(at + 1, 4, type);
  }
  return sql;
}

/// 0: there are none.
Result<int> version_of(Database& database) {
  HF_TRY(const bool there, database.has_table(kVersionTable));
  if (!there) return 0;
  HF_TRY(const std::vector<Database::Row> rows,
         database.run("SELECT version FROM holdfast_schema"));
  int version = 0;
  const std::string text = rows.empty() ? "" : rows[0][0];
  std::from_chars(text.data(), text.data() + text.size(), version);
  if (version > kHistoryVersion) {
    return fail(Code::HistoryTooNew, "the history's tables have version " + text +
                                         ", this holdfast knows up to " +
                                         std::to_string(kHistoryVersion));
  }
  return version;
}

Result<void> migrate(Database& database) {
  HF_CHECK(database.begin(true));
  // Another controller may have been faster.
  HF_TRY(const int version, version_of(database));
  for (std::size_t i = static_cast<std::size_t>(version); i < migrations().size(); ++i) {
    for (const std::string& sql : migrations()[i]) {
      HF_CHECK(database.run(in_its_words(sql, database)));
    }
  }
  HF_CHECK(
      database.run("UPDATE holdfast_schema SET version = $1", {std::to_string(kHistoryVersion)}));
  HF_CHECK(database.run("COMMIT"));
  return {};
}

}  // namespace

Result<bool> tables_are_there(Database& database) {
  HF_TRY(const int version, version_of(database));
  if (version == 0) return false;
  if (version == kHistoryVersion) return true;
  return fail(Code::HistoryUnusable, "the history's tables are of an older holdfast",
              "the next plan or apply brings them up to date");
}

Result<void> prepare_tables(Database& database) {
  HF_TRY(const int version, version_of(database));
  if (version == kHistoryVersion) return {};
  auto done = migrate(database);
  if (!done) (void)!database.run("ROLLBACK");
  return done;
}

}  // namespace holdfast
