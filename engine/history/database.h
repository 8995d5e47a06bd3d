#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// One database that holds a history, whatever makes it. One thread at a time.
class Database {
 public:
  using Row = std::vector<std::string>;

  virtual ~Database() = default;
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// One statement of the SQL that all databases have in common. `$1`, `$2` … stand for `values`,
  /// which are texts; a column of numbers takes them as numbers. No other `$` is in it.
  /// @errors HF8001 with what the database said.
  virtual Result<std::vector<Row>> run(const std::string& sql,
                                       const std::vector<std::string>& values = {}) = 0;
  /// Begins a transaction that writes. @param alone  Nobody else may be in one that is alone, too.
  virtual Result<void> begin(bool alone) = 0;
  /// Whether the last error came of somebody else's transaction, and may not come again.
  virtual bool may_pass() const { return false; }
  virtual Result<bool> has_table(const std::string& name) = 0;
  /// The type of a text that is sorted by its bytes.
  virtual std::string text_type() const = 0;
};

enum class Access {
  Read,    ///< nullptr where there is no database yet.
  Write,   ///< What is written may be lost in a power cut, but nothing before it.
  Durable  ///< What is committed is on the disk.
};

/// @param path  Of its file; it and the folders on the way are made, readable by nobody else.
Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, Access access);
/// @param url  Without a password: libpq finds that by PGPASSWORD, ~/.pgpass or a service file.
Result<std::unique_ptr<Database>> open_postgres(const std::string& url);
/// Whether a URL is one that libpq takes, and holds no password. @errors HF8003.
Result<void> check_postgres_url(const std::string& url);

}  // namespace holdfast
