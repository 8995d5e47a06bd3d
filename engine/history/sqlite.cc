#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/core/text.h"
#include "engine/history/database.h"

namespace holdfast {
namespace {

/// Another controller's transaction takes milliseconds; a disk may be slow.
constexpr int kPatienceMs = 10000;

/// Whoever opens it next reads all of the log: 20 MiB took a plan 30 ms.
constexpr off_t kLongLog = 1024L * 1024L;

struct CloseConnection {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class Sqlite : public Database {
 public:
  explicit Sqlite(std::string path) : path_(std::move(path)) {}
  ~Sqlite() override { shorten_log(); }
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  Result<void> open(Access access) {
    sqlite3* raw = nullptr;
    reads_ = access == Access::Read;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int status = sqlite3_open_v2(path_.c_str(), &raw, flags, nullptr);
    connection_.reset(raw);
    if (status != SQLITE_OK) return broken();
    sqlite3_busy_timeout(raw, kPatienceMs);
    // Else whoever closes it last waits for the disk, even after one row.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    HF_CHECK(run("PRAGMA journal_mode = WAL"));
    HF_CHECK(run(access == Access::Durable ? "PRAGMA synchronous = FULL"
                                           : "PRAGMA synchronous = NORMAL"));
    return {};
  }

  Result<std::vector<Row>> run(const std::string& sql,
                               const std::vector<std::string>& values) override {
    // $1 it would take as a name.
    std::string own = sql;
    std::replace(own.begin(), own.end(), '$', '?');
    sqlite3_stmt* raw = nullptr;
    const int prepared = sqlite3_prepare_v2(connection_.get(), own.data(),
                                            static_cast<int>(own.size()), &raw, nullptr);
    const Statement statement(raw);
    if (prepared != SQLITE_OK) return broken();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (sqlite3_bind_text64(raw, static_cast<int>(i) + 1, values[i].data(), values[i].size(),
                              SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK) {
        return broken();
      }
    }
    std::vector<Row> rows;
    int status = sqlite3_step(raw);
    for (; status == SQLITE_ROW; status = sqlite3_step(raw)) rows.push_back(row(raw));
    if (status != SQLITE_DONE) return broken();
    return rows;
  }
  Result<void> run(const std::string& sql) {
    HF_TRY([[maybe_unused]] const std::vector<Row> rows, run(sql, {}));
    return {};
  }

  Result<void> begin(bool) override { return run("BEGIN IMMEDIATE"); }

  Result<bool> has_table(const std::string& name) override {
    HF_TRY(const std::vector<Row> rows, run("SELECT 1 FROM sqlite_master WHERE name = $1", {name}));
    return !rows.empty();
  }

  std::string text_type() const override { return "TEXT"; }

 private:
  /// Whoever writes after it grew long puts it into the file, where nobody else is at work.
  void shorten_log() {
    struct stat log {};
    if (connection_ == nullptr || reads_) return;
    if (::stat((path_ + "-wal").c_str(), &log) != 0 || log.st_size < kLongLog) return;
    sqlite3_busy_timeout(connection_.get(), 0);
    (void)sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                    nullptr);
  }

  static Row row(sqlite3_stmt* statement) {
    Row out;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const void* bytes = sqlite3_column_blob(statement, i);
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
      out.emplace_back(bytes == nullptr ? "" : static_cast<const char*>(bytes), size);
    }
    return out;
  }

  tl::unexpected<Error> broken() const {
    return fail(Code::HistoryUnusable, "the history in " + printable(path_) + ": " +
                                           printable(sqlite3_errmsg(connection_.get())));
  }

  std::string path_;
  bool reads_ = false;
  std::unique_ptr<sqlite3, CloseConnection> connection_;
};

/// Makes the folders of a path that are missing, for their owner alone.
bool make_folders(const std::string& path) {
  if (path.empty() || mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return true;
  return errno == ENOENT && make_folders(parent_path(path)) && mkdir(path.c_str(), 0700) == 0;
}

/// SQLite itself would make the file as the umask lets it; its companions take after it.
Result<void> make_file(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string::npos) (void)!make_folders(path.substr(0, slash));
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return fail(Code::HistoryUnusable, "the history in " + printable(path) + " can't be written: " +
                                           std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
  }
  ::close(file);
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, Access access) {
  if (access == Access::Read && ::access(path.c_str(), F_OK) != 0) {
    return std::unique_ptr<Database>();
  }
  if (access != Access::Read) HF_CHECK(make_file(path));
  auto database = std::make_unique<Sqlite>(path);
  HF_CHECK(database->open(access));
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace holdfast
