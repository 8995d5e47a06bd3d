#pragma once

#include "engine/transport/ssh_config.h"

namespace holdfast {

/// Splits a text into lines of keyword and arguments, following Include.
/// @param folder  Where a relative Include is looked for. @param depth  Of Includes so far.
Result<std::vector<SshConfigLine>> parse_ssh_config(std::string_view text, const std::string& path,
                                                    const std::string& folder, int depth);
/// Reads and splits a file; `must_exist` false: a missing one is empty. A user's own file that
/// others may write is refused, as ssh does.
Result<std::vector<SshConfigLine>> read_ssh_config(const std::string& path, bool must_exist,
                                                   const std::string& folder, int depth);
/// One "keyword arguments" line; an empty keyword where there is nothing on it.
Result<SshConfigLine> parse_ssh_config_line(std::string_view line, const Position& where);

/// "~/x" and "~" become paths under home.
std::string expand_home(const std::string& path);

}  // namespace holdfast
