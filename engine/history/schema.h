#pragma once

#include "engine/history/database.h"

namespace holdfast {

/// The version of the tables that this program reads and writes.
inline constexpr int kHistoryVersion = 2;

/// Makes the tables, or brings older ones up to date; several controllers may do so at once.
/// @errors HF8002 they are of a newer holdfast.
Result<void> prepare_tables(Database& database);
/// Whether there are any yet, without writing. @errors HF8002 newer; HF8001 too old to be read.
Result<bool> tables_are_there(Database& database);

}  // namespace holdfast
