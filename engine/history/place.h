#pragma once

#include <string>

#include "engine/core/error.h"
#include "engine/history/database.h"

namespace holdfast {

/// Where a controller's history is.
struct HistoryPlace {
  enum class Kind { None, Sqlite, Postgres } kind = Kind::None;
  std::string where{};  ///< A path or a URL; never with a password.

  std::string text() const;  ///< "sqlite:/home/ann/…", "none"
};

/// `sqlite:PATH`, `postgresql://…`, `none`. @param folder  That a path is relative to.
/// @errors HF8003.
Result<HistoryPlace> parse_history_place(const std::string& text, const std::string& folder);
/// $XDG_STATE_HOME/holdfast/history.sqlite, or below ~/.local/state; none where there is no home.
HistoryPlace default_history_place();
/// nullptr where it is to be read and isn't there, or nowhere.
Result<std::unique_ptr<Database>> open_database(const HistoryPlace& place, Access access);

}  // namespace holdfast
