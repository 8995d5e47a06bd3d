#include "engine/transport/ssh_config_file.h"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr int kDeepestInclude = 16;
constexpr std::string_view kBlank = " \t\r\f";

Error refused(std::string message, const Position& where, std::string hint = {}) {
  return {.code = Code::SshConfigRefused,
          .message = std::move(message),
          .where = where,
          .hint = std::move(hint)};
}

/// Takes one argument off the front of `rest`: quoted by "" or '', or up to a blank.
Result<std::string> take_argument(std::string_view& rest, const Position& where) {
  std::string word;
  char quote = 0;
  while (!rest.empty()) {
    const char c = rest.front();
    if (quote == 0 && kBlank.find(c) != std::string_view::npos) break;
    rest.remove_prefix(1);
    const bool escape = c == '\\' && !rest.empty() &&
                        (rest.front() == '"' || rest.front() == '\'' || rest.front() == '\\');
    if (escape) {
      word += rest.front();
      rest.remove_prefix(1);
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      word += c;
    }
  }
  if (quote != 0) return tl::unexpected<Error>(refused("a quote is not closed", where));
  return word;
}

std::string_view skip_blank(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlank);
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

/// The rest of the line is one command, blanks and quotes included.
bool takes_whole_line(std::string_view keyword) {
  return keyword == "proxycommand" || keyword == "localcommand" || keyword == "remotecommand" ||
         keyword == "knownhostscommand";
}

std::vector<std::string> glob_paths(const std::string& pattern) {
  std::vector<std::string> out;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) out.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  return out;
}

Result<void> read_includes(SshConfigLine& line, const std::string& folder, int depth) {
  if (depth >= kDeepestInclude) {
    return tl::unexpected<Error>(refused("Include goes more than 16 files deep", line.where));
  }
  for (const std::string& argument : line.arguments) {
    std::string pattern = expand_home(argument);
    if (!starts_with(pattern, "/")) pattern = folder + "/" + pattern;
    for (const std::string& path : glob_paths(pattern)) {
      HF_TRY(std::vector<SshConfigLine> lines, read_ssh_config(path, false, folder, depth + 1));
      line.included.insert(line.included.end(), lines.begin(), lines.end());
      // A Host line of one file says nothing about the next.
      line.included.push_back({.keyword = "host", .written = "Host", .arguments = {"*"}});
    }
  }
  return {};
}

}  // namespace

std::string expand_home(const std::string& path) {
  if (path == "~") return home_directory();
  return starts_with(path, "~/") ? home_directory() + path.substr(1) : path;
}

Result<SshConfigLine> parse_ssh_config_line(std::string_view line, const Position& where) {
  SshConfigLine out;
  out.where = where;
  std::string_view rest = skip_blank(line);
  while (!rest.empty() && kBlank.find(rest.back()) != std::string_view::npos) rest.remove_suffix(1);
  if (rest.empty() || rest.front() == '#') return out;
  const std::size_t end = std::min(rest.find_first_of(" \t\r\f="), rest.size());
  out.written = rest.substr(0, end);
  out.keyword = to_lower(out.written);
  rest = skip_blank(rest.substr(end));
  if (starts_with(rest, "=")) rest = skip_blank(rest.substr(1));
  if (takes_whole_line(out.keyword)) {
    if (!rest.empty()) out.arguments.emplace_back(rest);
  } else {
    while (!rest.empty() && rest.front() != '#') {
      HF_TRY(std::string word, take_argument(rest, where));
      out.arguments.push_back(std::move(word));
      rest = skip_blank(rest);
    }
  }
  if (out.arguments.empty()) {
    return tl::unexpected<Error>(refused("'" + printable(out.written) + "' has no value", where));
  }
  return out;
}

Result<std::vector<SshConfigLine>> parse_ssh_config(std::string_view text, const std::string& path,
                                                    const std::string& folder, int depth) {
  const auto source = std::make_shared<const Source>(Source{path, std::string(text)});
  std::vector<SshConfigLine> out;
  int number = 0;
  for (const std::string_view line : lines(source->text)) {
    const Position where{
        .source = source, .line = ++number, .column = 1, .length = static_cast<int>(line.size())};
    HF_TRY(SshConfigLine parsed, parse_ssh_config_line(line, where));
    if (parsed.keyword.empty()) continue;
    if (parsed.keyword == "include") HF_CHECK(read_includes(parsed, folder, depth));
    out.push_back(std::move(parsed));
  }
  return out;
}

Result<std::vector<SshConfigLine>> read_ssh_config(const std::string& path, bool must_exist,
                                                   const std::string& folder, int depth) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (!must_exist) return std::vector<SshConfigLine>();
    return fail(Code::FileUnreadable, "can't read the ssh configuration '" + printable(path) + "'");
  }
  const bool others_write = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  const bool mine = info.st_uid == 0 || info.st_uid == ::geteuid();
  if (S_ISREG(info.st_mode) && (others_write || !mine)) {
    return fail(Code::SshConfigRefused,
                "'" + printable(path) + "' belongs to or may be written by others",
                "chmod go-w it: what it says decides whom holdfast trusts");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(Code::FileUnreadable, "can't read the ssh configuration '" + printable(path) + "'");
  }
  std::ostringstream text;
  text << file.rdbuf();
  return parse_ssh_config(text.str(), path, folder, depth);
}

}  // namespace holdfast
