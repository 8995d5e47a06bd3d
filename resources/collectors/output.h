#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/value.h"

namespace holdfast {

/// What the collectors of files share: how their shell fragments are put together, and how their
/// output is read.

inline constexpr const char* kNeedsRoot = "needs root";

/// Two small programs for all keys. `judge`, lines of sh, gets keys as "$@", writes one letter for
/// each to descriptor 3 as lines "s LETTERS", and those worth a closer look, NUL-ended, to standard
/// output; `look` is a command line that gets these as further arguments. What it prints comes
/// after a line "found", as does what `judge` itself writes to descriptor 5.
std::string judged(std::string_view judge, std::string_view look);
/// What `judged` printed: a letter for each key, and the lines after "found".
struct Judged {
  std::string letters;
  std::vector<std::string_view> found;
};
/// @errors HF4110 fewer or more letters than keys.
Result<Judged> read_judged(std::string_view collector, std::size_t keys, std::string_view output);

/// A function `hidden PATH` for a `judge`: whether PATH may exist in a folder that this account
/// can't search.
extern const std::string_view kHiddenFunction;

/// A function `judge FOLDER` for root (`$root` is set): `$verdict` is t where nobody but root may
/// change the folder or those above it, c where somebody may, l and r behind a link: of root, of
/// another account.
extern const std::string_view kFolderFunction;

/// Takes a name from the front of `text`: a C string in double quotes as coreutils writes it with
/// QUOTING_STYLE=c; nullopt where it isn't one.
std::optional<std::string> take_c_quoted(std::string_view& text);

/// "HF4110: COLLECTOR: …", quoting the line.
Error unreadable_answer(std::string_view collector, std::string_view line);

/// Whole text as a number.
std::optional<std::int64_t> read_number(std::string_view text, int base = 10);

/// "file", "directory", "link", "fifo", "socket", "block", "char" of a raw mode (st_mode), or "?".
std::string_view type_of_mode(std::int64_t mode);
/// Its permission bits as four octal digits.
std::string permissions_of_mode(std::int64_t mode);

/// A line of `stat -c '%f %u %g %s %Y:%U:%G:%N'`, GNU's or busybox's; %h may come after %Y.
struct StatLine {
  std::string name;
  ValueMap attributes;
};
std::optional<StatLine> read_stat_line(std::string_view line);

/// Why a program could not look at a path, from its own words at the end of a line: null for a path
/// that isn't there, else unknown.
Value refusal(std::string_view error_line);

}  // namespace holdfast
