#include "engine/report/error_text.h"

#include <algorithm>

#include "engine/core/text.h"
#include "engine/report/live_board.h"
#include "engine/report/quoted_line.h"

namespace holdfast {
namespace {

constexpr std::size_t kMaxShown = 50;
constexpr std::size_t kMaxWidth = 160;  ///< Of a quoted line: longer ones are cut around the caret.
constexpr std::size_t kBeforeCaret = 60;

struct Style {
  const char* bold;
  const char* red;
  const char* yellow;
  const char* dim;
  const char* off;
};
constexpr Style kPlain{"", "", "", "", ""};
constexpr Style kColour{"\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[2m", "\x1b[0m"};

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// The part of a long line around the caret; moves `column` along.
std::string_view window(std::string_view line, std::size_t& column) {
  if (line.size() <= kMaxWidth) return line;
  std::size_t from = column > kBeforeCaret ? column - kBeforeCaret : 0;
  while (from > 0 && continues(line[from])) --from;
  std::size_t size = std::min(kMaxWidth, line.size() - from);
  while (from + size < line.size() && continues(line[from + size])) ++size;
  column -= from;
  return line.substr(from, size);
}

std::string marked_line(const Position& where, const Style& style) {
  const QuotedLine quoted = quoted_line(where);
  if (quoted.text.empty()) return {};
  std::size_t column = quoted.column;
  const std::string_view line = window(quoted.text, column);
  column = std::min(column, line.size());
  const std::string_view marked = line.substr(column, quoted.length);
  const std::string number = std::to_string(where.line);
  const std::string margin(number.size() < 5 ? 5 - number.size() : 0, ' ');
  std::string out = style.dim + margin + number + " | " + style.off + printable(line) + "\n";
  out += style.dim + margin + std::string(number.size(), ' ') + " | " + style.off;
  out += std::string(character_count(printable(line.substr(0, column))), ' ');
  const std::size_t length = std::max<std::size_t>(character_count(printable(marked)), 1);
  return out + style.red + "^" + std::string(length - 1, '~') + style.off + "\n";
}

std::string note_text(const Note& note, const Style& style) {
  std::string out = std::string("   ") + style.bold + "note:" + style.off + " ";
  const std::string place = note.where.text();
  if (!place.empty()) out += printable(place) + ": ";
  return out + printable(note.message) + "\n";
}

std::string text_of(const Error& error, bool colour, const char* word) {
  const Style& style = colour ? kColour : kPlain;
  const bool is_error = std::string_view(word) == "error";
  std::string out;
  const std::string place = error.where.text();
  if (!place.empty()) out += style.bold + printable(place) + ":" + style.off + " ";
  out += std::string(is_error ? style.red : style.yellow) + word + ":" + style.off + " " +
         printable(error.message);
  if (error.code != Code::None) {
    out += std::string("  ") + style.dim + "[" + code_text(error.code) + "]" + style.off;
  }
  out += "\n" + marked_line(error.where, style);
  for (const std::string& step : error.trail) out += "   while " + printable(step) + "\n";
  if (!error.hint.empty()) {
    out +=
        std::string("   ") + style.bold + "hint:" + style.off + " " + printable(error.hint) + "\n";
  }
  for (const Note& note : error.notes) out += note_text(note, style);
  return out;
}

std::string all_texts(const std::vector<Error>& errors, bool colour, const char* word) {
  std::string out;
  for (std::size_t i = 0; i < std::min(errors.size(), kMaxShown); ++i) {
    out += text_of(errors[i], colour, word);
  }
  if (errors.size() > kMaxShown) {
    const std::size_t more = errors.size() - kMaxShown;
    out += "… and " + std::to_string(more) + " more " + word + (more == 1 ? "\n" : "s\n");
  }
  return out;
}

}  // namespace

std::string error_text(const Error& error, bool colour) { return text_of(error, colour, "error"); }
std::string warning_text(const Error& warning, bool colour) {
  return text_of(warning, colour, "warning");
}
std::string errors_text(const Diagnostics& diagnostics, bool colour) {
  return all_texts(diagnostics.errors(), colour, "error");
}
std::string warnings_text(const Diagnostics& diagnostics, bool colour) {
  return all_texts(diagnostics.warnings(), colour, "warning");
}

}  // namespace holdfast
