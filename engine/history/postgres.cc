#include <dlfcn.h>
#include <libpq-fe.h>
#include <poll.h>

#include <chrono>
#include <cstdlib>

#include "engine/core/text.h"
#include "engine/history/database.h"

namespace holdfast {
namespace {

using Clock = std::chrono::steady_clock;

/// For the login, and for each statement: no database may hold a run up for longer.
constexpr std::chrono::seconds kPatience{10};
/// Any number that nobody else locks: "hfhist".
constexpr const char* kAlone = "SELECT pg_advisory_xact_lock(114776364119924)";

constexpr std::string_view kDeadlock = "40P01", kNotSerial = "40001";

/// libpq's functions. It is looked for only where a history is in PostgreSQL: with all that it
/// brings it would cost each start of the program 3 ms.
struct Libpq {
#define HF_PQ(name) decltype(&::name) name = nullptr;
#define HF_PQ_FUNCTIONS       \
  HF_PQ(PQconninfoParse)      \
  HF_PQ(PQconninfoFree)       \
  HF_PQ(PQfreemem)            \
  HF_PQ(PQconnectStartParams) \
  HF_PQ(PQconnectPoll)        \
  HF_PQ(PQfinish)             \
  HF_PQ(PQsocket)             \
  HF_PQ(PQstatus)             \
  HF_PQ(PQerrorMessage)       \
  HF_PQ(PQsetnonblocking)     \
  HF_PQ(PQsendQueryParams)    \
  HF_PQ(PQflush)              \
  HF_PQ(PQconsumeInput)       \
  HF_PQ(PQisBusy)             \
  HF_PQ(PQgetResult)          \
  HF_PQ(PQresultStatus)       \
  HF_PQ(PQresultErrorMessage) \
  HF_PQ(PQresultErrorField)   \
  HF_PQ(PQntuples)            \
  HF_PQ(PQnfields)            \
  HF_PQ(PQgetvalue)           \
  HF_PQ(PQgetlength)          \
  HF_PQ(PQsetNoticeProcessor) \
  HF_PQ(PQclear)
  HF_PQ_FUNCTIONS
#undef HF_PQ

  bool load() {
    void* library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return false;
#define HF_PQ(name)                                                  \
  name = reinterpret_cast<decltype(&::name)>(dlsym(library, #name)); \
  if (name == nullptr) return false;
    HF_PQ_FUNCTIONS
#undef HF_PQ
    return true;
  }
};

/// nullptr where the library isn't there.
const Libpq* libpq() {
  static const Libpq* const kLibrary = []() -> const Libpq* {
    static Libpq library;
    return library.load() ? &library : nullptr;
  }();
  return kLibrary;
}

Error no_library() {
  return {.code = Code::HistoryUnusable,
          .message = "a history in PostgreSQL needs its library, libpq.so.5, which isn't here",
          .hint = "on Debian it is in the package libpq5"};
}

class Postgres : public Database {
 public:
  Postgres(const Libpq& pq, std::string url) : pq_(pq), url_(std::move(url)) {}
  ~Postgres() override { pq_.PQfinish(connection_); }
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

  Result<void> open() {
    // What the URL says goes before; libpq fills the rest in from PG… variables and files.
    const char* const names[] = {"client_encoding", "application_name", "tcp_user_timeout",
                                 "dbname", nullptr};
    const char* const values[] = {"UTF8", "holdfast", "10000", url_.c_str(), nullptr};
    const Clock::time_point deadline = Clock::now() + kPatience;
    connection_ = pq_.PQconnectStartParams(names, values, 1);
    if (connection_ == nullptr || pq_.PQstatus(connection_) == CONNECTION_BAD) return broken();
    pq_.PQsetNoticeProcessor(
        connection_, [](void*, const char*) {}, nullptr);
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
      if (state == PGRES_POLLING_FAILED) return broken();
      HF_CHECK(wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline));
      state = pq_.PQconnectPoll(connection_);
    }
    pq_.PQsetnonblocking(connection_, 1);
    HF_TRY(
        [[maybe_unused]] const std::vector<Row> rows,
        run("SET statement_timeout = " + std::to_string(kPatience / std::chrono::milliseconds(1)),
            {}));
    return {};
  }

  Result<std::vector<Row>> run(const std::string& sql,
                               const std::vector<std::string>& values) override {
    const Clock::time_point deadline = Clock::now() + kPatience;
    std::vector<const char*> texts;
    for (const std::string& value : values) texts.push_back(value.c_str());
    if (pq_.PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(texts.size()), nullptr,
                              texts.data(), nullptr, nullptr, 0) == 0) {
      return broken();
    }
    HF_CHECK(send(deadline));
    std::vector<Row> rows;
    std::string error;
    while (true) {
      HF_CHECK(receive(deadline));
      PGresult* result = pq_.PQgetResult(connection_);
      if (result == nullptr) break;
      const ExecStatusType status = pq_.PQresultStatus(result);
      if (status == PGRES_TUPLES_OK) take(result, rows);
      if (status == PGRES_FATAL_ERROR) {
        error = pq_.PQresultErrorMessage(result);
        const char* state = pq_.PQresultErrorField(result, PG_DIAG_SQLSTATE);
        state_ = state == nullptr ? "" : state;
      }
      pq_.PQclear(result);
    }
    if (!error.empty()) return broken(error);
    return rows;
  }

  Result<void> begin(bool alone) override {
    HF_TRY([[maybe_unused]] const std::vector<Row> begun, run("BEGIN", {}));
    if (!alone) return {};
    HF_TRY([[maybe_unused]] const std::vector<Row> locked, run(kAlone, {}));
    return {};
  }

  bool may_pass() const override { return state_ == kDeadlock || state_ == kNotSerial; }

  Result<bool> has_table(const std::string& name) override {
    // Not by to_regclass(): that may still know what was before a lock was waited for.
    HF_TRY(const std::vector<Row> rows,
           run("SELECT 1 FROM pg_catalog.pg_class WHERE relname = $1 AND"
               " pg_catalog.pg_table_is_visible(oid)",
               {name}));
    return !rows.empty();
  }

  std::string text_type() const override { return "TEXT COLLATE \"C\""; }

 private:
  Result<void> wait(short events, Clock::time_point deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd socket{.fd = pq_.PQsocket(connection_), .events = events, .revents = 0};
    if (left > 0 && poll(&socket, 1, static_cast<int>(left)) > 0) return {};
    return broken("it did not answer within " + std::to_string(kPatience.count()) + " s");
  }

  Result<void> send(Clock::time_point deadline) {
    for (int left = pq_.PQflush(connection_); left != 0; left = pq_.PQflush(connection_)) {
      if (left < 0) return broken();
      HF_CHECK(wait(POLLIN | POLLOUT, deadline));
      if (pq_.PQconsumeInput(connection_) == 0) return broken();
    }
    return {};
  }

  Result<void> receive(Clock::time_point deadline) {
    while (pq_.PQisBusy(connection_) != 0) {
      HF_CHECK(wait(POLLIN, deadline));
      if (pq_.PQconsumeInput(connection_) == 0) return broken();
    }
    return {};
  }

  void take(const PGresult* result, std::vector<Row>& rows) const {
    for (int i = 0; i < pq_.PQntuples(result); ++i) {
      Row row;
      for (int k = 0; k < pq_.PQnfields(result); ++k) {
        row.emplace_back(pq_.PQgetvalue(result, i, k),
                         static_cast<std::size_t>(pq_.PQgetlength(result, i, k)));
      }
      rows.push_back(std::move(row));
    }
  }

  tl::unexpected<Error> broken(const std::string& said) const {
    return fail(Code::HistoryUnusable,
                "the history at " + printable(url_) + ": " + printable(trim(said)));
  }
  tl::unexpected<Error> broken() const {
    return broken(connection_ == nullptr ? "no memory" : pq_.PQerrorMessage(connection_));
  }

  const Libpq& pq_;
  std::string url_;
  PGconn* connection_ = nullptr;
  std::string state_;  ///< SQLSTATE of the last error.
};

}  // namespace

Result<void> check_postgres_url(const std::string& url) {
  const Libpq* pq = libpq();
  if (pq == nullptr) return fail(no_library());
  // Neither the URL nor libpq's word on it is repeated: it may hold what must not be shown.
  char* said = nullptr;
  PQconninfoOption* options = pq->PQconninfoParse(url.c_str(), &said);
  if (said != nullptr) pq->PQfreemem(said);
  if (options == nullptr) {
    return fail(Code::HistoryPlaceInvalid,
                "the history's postgresql: URL isn't one that libpq takes",
                "postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full");
  }
  bool secret = false;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    const std::string_view name = option->keyword;
    secret = secret || ((name == "password" || name == "sslpassword") && option->val != nullptr);
  }
  pq->PQconninfoFree(options);
  if (!secret) return {};
  return fail(Code::HistoryPlaceInvalid, "the history's URL holds a password",
              "give it by PGPASSWORD, ~/.pgpass or a service file, where nobody else reads it");
}

Result<std::unique_ptr<Database>> open_postgres(const std::string& url) {
  HF_CHECK(check_postgres_url(url));
  auto database = std::make_unique<Postgres>(*libpq(), url);
  HF_CHECK(database->open());
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace holdfast
