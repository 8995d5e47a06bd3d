#include "engine/history/place.h"

#include <cstdlib>

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
  return value == nullptr ? "" : value;
}

Error invalid(std::string message) {
  return {.code = Code::HistoryPlaceInvalid,
          .message = std::move(message),
          .hint = "sqlite:PATH, postgresql://USER@HOST/DATABASE, or none"};
}

Result<HistoryPlace> sqlite_place(std::string path, const std::string& folder) {
  if (path.empty()) return fail(invalid("a history in SQLite needs a path"));
  if (starts_with(path, "//") && !starts_with(path, "///")) {
    return fail(invalid("a history in SQLite is a file, not on a host"));
  }
  if (starts_with(path, "~/")) path = variable("HOME") + path.substr(1);
  if (path.front() != '/') path = folder + "/" + path;
  return HistoryPlace{HistoryPlace::Kind::Sqlite, normalise_path(path)};
}

}  // namespace

std::string HistoryPlace::text() const {
  if (kind == Kind::None) return "none";
  return kind == Kind::Sqlite ? std::string(kSqlite) + where : where;
}

Result<HistoryPlace> parse_history_place(const std::string& text, const std::string& folder) {
  if (text == "none") return HistoryPlace{};
  if (starts_with(text, kSqlite)) return sqlite_place(text.substr(kSqlite.size()), folder);
  if (starts_with(text, "postgresql://") || starts_with(text, "postgres://")) {
    HF_CHECK(check_postgres_url(text));
    return HistoryPlace{HistoryPlace::Kind::Postgres, text};
  }
  // What is no place may be a password in the wrong one.
  return fail(invalid("that is no place for a history"));
}

HistoryPlace default_history_place() {
  std::string base = variable("XDG_STATE_HOME");
  if (!starts_with(base, "/")) {
    const std::string home = variable("HOME");
    if (!starts_with(home, "/")) return {};
    base = home + "/.local/state";
  }
  return {HistoryPlace::Kind::Sqlite, normalise_path(base + "/holdfast/history.sqlite")};
}

Result<std::unique_ptr<Database>> open_database(const HistoryPlace& place, Access access) {
  switch (place.kind) {
    case HistoryPlace::Kind::Sqlite:
      return open_sqlite(place.where, access);
    case HistoryPlace::Kind::Postgres:
      return open_postgres(place.where);
    case HistoryPlace::Kind::None:
      break;
  }
  return std::unique_ptr<Database>();
}

}  // namespace holdfast
