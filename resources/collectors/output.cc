#include "resources/collectors/output.h"

#include <charconv>

#include "engine/core/text.h"

namespace holdfast {
namespace {

std::optional<char> simple_escape(char c) {
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";
  const auto at = kLetters.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return kMeanings[at];
}

/// The name at the end of a stat line: quoted, or busybox's raw one, with " -> target" for a link.
bool read_name(std::string_view text, bool link, StatLine& out) {
  if (starts_with(text, "\"")) {
    auto name = take_c_quoted(text);
    if (!name) return false;
    out.name = std::move(*name);
    if (!link) return text.empty();
    if (!starts_with(text, " -> ")) return false;
    text.remove_prefix(4);
    auto target = take_c_quoted(text);
    if (!target) return false;
    out.attributes.set("target", std::move(*target));
    return text.empty();
  }
  if (!link) {
    out.name = std::string(text);
    return true;
  }
  const auto arrow = text.find("' -> '");
  if (arrow == std::string_view::npos || !ends_with(text, "'") || !starts_with(text, "'")) {
    return false;
  }
  out.name = std::string(text.substr(1, arrow - 1));
  out.attributes.set("target", text.substr(arrow + 6, text.size() - arrow - 7));
  return true;
}

std::string name_or_number(std::string_view name, std::string_view number) {
  return std::string(name.empty() || name == "UNKNOWN" ? number : name);
}

}  // namespace

const std::string_view kHiddenFunction = R"sh(
hidden() {
  up=${1%/*}
  while [ -n "$up" ] && [ ! -d "$up" ]; do up=${up%/*}; done
  [ ! -x "${up:-/}" ]
}
)sh";

const std::string_view kFolderFunction = R"sh(
root=; [ -O / ] && root=1
judge() {
  verdict=t; up=$1
  while [ -n "$up" ]; do
    if [ -L "$up" ]; then
      case $(stat -c %u -- "$up") in 0) verdict=l ;; *) verdict=r; return ;; esac
    elif [ ! -O "$up" ] || [ -k "$up" ]; then
      [ $verdict = l ] || verdict=c
    fi
    up=${up%/*}
  done
  [ $verdict = l ] || return
  up=$(cd -P -- "$1" 2>/dev/null && printf '%s.' "$PWD") || return
  up=${up%.}; verdict=t
  while [ -n "$up" ]; do
    if [ ! -O "$up" ] || [ -k "$up" ]; then verdict=c; fi
    up=${up%/*}
  done
}
)sh";

std::string judged(std::string_view judge, std::string_view look) {
  // The second stage's output is held back, so that it can't land in the middle of a line of
  // letters.
  return "{ hf_found=$( { {" + std::string(judge) + "} | xargs -0 -r " + std::string(look) +
         "; } 3>&4 5>&1 ) || case $? in 125 | 1[3-9]?) echo killed ;; esac; } 4>&1\n"
         "printf 'found\\n%s\\n' \"$hf_found\"";
}

Result<Judged> read_judged(std::string_view collector, std::size_t keys, std::string_view output) {
  Judged out;
  bool after = false;
  for (const std::string_view line : lines(output)) {
    if (after) {
      out.found.push_back(line);
    } else if (line == "found") {
      after = true;
    } else if (starts_with(line, "s ")) {
      out.letters += line.substr(2);
    } else {
      return fail(unreadable_answer(collector, line));
    }
  }
  if (out.letters.size() != keys) {
    return fail(unreadable_answer(collector, std::to_string(out.letters.size()) + " answers to " +
                                                 std::to_string(keys) + " questions"));
  }
  return out;
}

std::optional<std::string> take_c_quoted(std::string_view& text) {
  if (!starts_with(text, "\"")) return std::nullopt;
  std::string out;
  std::size_t at = 1;
  while (at < text.size() && text[at] != '"') {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    if (++at >= text.size()) return std::nullopt;
    if (const auto simple = simple_escape(text[at])) {
      out += *simple;
      ++at;
      continue;
    }
    const auto code = read_number(text.substr(at, 3), 8);
    if (!code || *code > 0xFF) return std::nullopt;
    out += static_cast<char>(*code);
    at += 3;
  }
  if (at >= text.size()) return std::nullopt;
  text.remove_prefix(at + 1);
  return out;
}

Error unreadable_answer(std::string_view collector, std::string_view line) {
  return Error{.code = Code::AnswerUnreadable,
               .message = std::string(collector) + ": unexpected answer: '" +
                          printable(line.substr(0, 200)) + "'"};
}

std::optional<std::int64_t> read_number(std::string_view text, int base) {
  std::int64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc{} || at != end) return std::nullopt;
  return value;
}

std::string_view type_of_mode(std::int64_t mode) {
  switch (mode & 0170000) {
    case 0100000:
      return "file";
    case 0040000:
      return "directory";
    case 0120000:
      return "link";
    case 0010000:
      return "fifo";
    case 0140000:
      return "socket";
    case 0060000:
      return "block";
    case 0020000:
      return "char";
    default:
      return "?";
  }
}

std::string permissions_of_mode(std::int64_t mode) {
  std::string out;
  for (int shift = 9; shift >= 0; shift -= 3) out += static_cast<char>('0' + ((mode >> shift) & 7));
  return out;
}

std::optional<StatLine> read_stat_line(std::string_view line) {
  const std::vector<std::string_view> fields = split(line, ':');
  if (fields.size() < 4) return std::nullopt;
  const std::vector<std::string_view> numbers = split(fields[0], ' ');
  if (numbers.size() != 5 && numbers.size() != 6) return std::nullopt;
  const auto mode = read_number(numbers[0], 16);
  const auto uid = read_number(numbers[1]);
  const auto gid = read_number(numbers[2]);
  const auto size = read_number(numbers[3]);
  const auto mtime = read_number(numbers[4]);
  if (!mode || !uid || !gid || !size || !mtime) return std::nullopt;
  StatLine out;
  const std::string_view type = type_of_mode(*mode);
  out.attributes.set("type", type);
  out.attributes.set("mode", permissions_of_mode(*mode));
  out.attributes.set("owner", name_or_number(fields[1], numbers[1]));
  out.attributes.set("group", name_or_number(fields[2], numbers[2]));
  out.attributes.set("uid", *uid);
  out.attributes.set("gid", *gid);
  out.attributes.set("size", *size);
  out.attributes.set("mtime", *mtime);
  if (numbers.size() == 6) {
    const auto links = read_number(numbers[5]);
    if (!links) return std::nullopt;
    out.attributes.set("links", *links);
  }
  const std::size_t prefix = fields[0].size() + fields[1].size() + fields[2].size() + 3;
  if (!read_name(line.substr(prefix), type == "link", out)) return std::nullopt;
  return out;
}

Value refusal(std::string_view error_line) {
  for (const std::string_view gone :
       {"No such file or directory", "Not a directory", "File name too long"}) {
    if (ends_with(error_line, gone)) return {};
  }
  if (ends_with(error_line, "Permission denied") ||
      ends_with(error_line, "Operation not permitted")) {
    return Unknown{kNeedsRoot};
  }
  return Unknown{printable(error_line.substr(0, 200))};
}

}  // namespace holdfast
