#include "engine/core/yaml_text.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {

YamlText::YamlText(std::shared_ptr<const Source> source) : source_(std::move(source)) {
  const std::string& text = source_->text;
  if (starts_with(text, "\xef\xbb\xbf")) bom_ = 3;
  starts_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts_.push_back(i + 1);
  }
}

Result<void> YamlText::check() const {
  if (valid_utf8(source_->text)) return {};
  for (const std::size_t start : starts_) {
    const std::string_view bytes = std::string_view(source_->text).substr(start);
    const std::string_view content = bytes.substr(0, bytes.find('\n'));
    if (valid_utf8(content)) continue;
    std::size_t good = 0;
    for (std::size_t i = 1; i <= content.size(); ++i) {
      if (valid_utf8(content.substr(good, i - good))) good = i;
      if (i - good >= 4) break;
    }
    return fail(Error{.code = Code::NotUtf8,
                      .message = "'" + printable(source_->path) + "' isn't valid UTF-8",
                      .where = at(start + good),
                      .hint = "convert it, for example with `iconv -f latin1 -t utf-8`"});
  }
  return {};
}

Position YamlText::at(int line, int column) const {
  const std::size_t index =
      std::min(static_cast<std::size_t>(std::max(line, 0)), starts_.size() - 1);
  if (index == 0) column += static_cast<int>(bom_);
  const int size = static_cast<int>(this->line(index).size());
  return Position{source_, static_cast<int>(index) + 1, std::clamp(column, 0, size) + 1};
}

Position YamlText::at(std::size_t offset) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto index = static_cast<std::size_t>(after - starts_.begin()) - 1;
  return Position{source_, static_cast<int>(index) + 1,
                  static_cast<int>(offset - starts_[index]) + 1};
}

std::size_t YamlText::offset(const Position& where) const {
  return starts_[static_cast<std::size_t>(where.line - 1)] +
         static_cast<std::size_t>(where.column - 1);
}

std::string_view YamlText::line(std::size_t index) const {
  const std::string_view bytes = std::string_view(source_->text).substr(starts_[index]);
  return bytes.substr(0, bytes.find('\n'));
}

std::string_view YamlText::rest(const Position& where) const {
  return std::string_view(source_->text).substr(offset(where));
}

std::size_t YamlText::skip_properties(std::size_t from) const {
  const std::string& text = source_->text;
  for (;;) {
    while (from < text.size() && std::string_view(" \t\r\n").find(text[from]) < 4) ++from;
    if (from < text.size() && text[from] == '#') {
      from = std::min(text.find('\n', from), text.size());
    } else if (from < text.size() && (text[from] == '!' || text[from] == '&')) {
      from = std::min(text.find_first_of(" \t\r\n,[]{}", from), text.size());
    } else {
      return from;
    }
  }
}

YamlText::Scalar YamlText::scalar(const Position& where, std::string_view value) const {
  const std::string& text = source_->text;
  const std::size_t from = offset(where);
  std::size_t start = skip_properties(from);
  // A tagged value without text has nothing behind its tag that belongs to it.
  if (value.empty() && (start >= text.size() || (text[start] != '"' && text[start] != '\''))) {
    start = std::min(text.find_first_of(" \t\r\n,]}", from), text.size());
  }
  Scalar out;
  out.start = at(start);
  const char first = start < text.size() ? text[start] : '\n';
  if (first == '"' || first == '\'') {
    read_quoted(out, start);
    if (!out.unclosed) out.length = static_cast<int>(offset(out.end) - from);
  } else if (first == '|' || first == '>') {
    read_block(out, start, value);
  } else if (text.compare(start, value.size(), value) == 0) {
    out.end = at(start + value.size());
    out.length = static_cast<int>(start + value.size() - from);
  }
  std::string_view whole = line(static_cast<std::size_t>(where.line) - 1);
  if (!whole.empty() && whole.back() == '\r') whole.remove_suffix(1);
  const int room = static_cast<int>(whole.size()) - (where.column - 1);
  if (!out.end.known() || out.end.line != where.line) out.length = room;
  out.length = std::clamp(out.length, 1, std::max(room, 1));
  return out;
}

void YamlText::read_quoted(Scalar& out, std::size_t from) const {
  const std::string& text = source_->text;
  const char quote = text[from];
  out.style = YamlNode::Style::Quoted;
  for (std::size_t i = from + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '\'' && i + 1 < text.size() && text[i + 1] == quote) {
        ++i;
        continue;
      }
      out.start = at(from + 1);
      out.end = at(i + 1);
      return;
    }
  }
  out.unclosed = true;
}

void YamlText::read_block(Scalar& out, std::size_t from, std::string_view value) const {
  out.style = YamlNode::Style::Literal;
  std::size_t index = static_cast<std::size_t>(at(from).line);
  const auto blank = [&](std::size_t i) { return trim(line(i)).empty(); };
  while (index < starts_.size() && blank(index)) ++index;
  if (index >= starts_.size()) return;
  const std::string_view content =
      value.substr(std::min(value.find_first_not_of('\n'), value.size()));
  const std::size_t kept = std::min(content.find_first_not_of(' '), content.size());
  const std::size_t written = line(index).find_first_not_of(' ');
  if (written == std::string_view::npos || written < kept) return;
  out.block_indent = static_cast<int>(written - kept);
  // Empty lines before the text are part of it.
  out.start = at(starts_[static_cast<std::size_t>(at(from).line)]);
  if (out.start.line == static_cast<int>(index) + 1) out.start.column = out.block_indent + 1;
}

std::string YamlText::with_all_newlines(const Scalar& written, std::string value) const {
  if (written.style != YamlNode::Style::Quoted || !written.end.known()) return value;
  const std::size_t from = offset(written.start);
  const std::string_view inside =
      std::string_view(source_->text).substr(from, offset(written.end) - 1 - from);
  const std::size_t last = inside.find_last_not_of(" \t\r\n");
  const std::string_view behind = inside.substr(last == std::string_view::npos ? 0 : last + 1);
  const auto breaks = static_cast<std::size_t>(std::count(behind.begin(), behind.end(), '\n'));
  const bool escaped = last != std::string_view::npos && source_->text[from - 1] == '"' &&
                       (inside[last] == '\\' || (last > 0 && inside[last - 1] == '\\'));
  if (breaks < 2 || escaped) return value;
  value.erase(value.find_last_not_of('\n') + 1);
  return value.append(breaks - 1, '\n');
}

std::string YamlText::null_word(const Position& where) const {
  const std::string_view text =
      std::string_view(source_->text).substr(skip_properties(offset(where)), 5);
  for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
    const bool ends =
        text.size() == word.size() ||
        (text.size() > word.size() &&
         std::string_view(" \t\r\n,]}:#").find(text[word.size()]) != std::string_view::npos);
    if (starts_with(text, word) && ends) return std::string(word);
  }
  return {};
}

Position YamlText::dash_before(const Position& where) const {
  std::size_t index = static_cast<std::size_t>(where.line - 1);
  if (index >= starts_.size()) return where;
  std::string_view before = line(index).substr(0, static_cast<std::size_t>(where.column - 1));
  for (;; before = line(--index)) {
    const std::string_view text = trim(before.substr(0, before.find(" #")));
    if (ends_with(text, "-")) {
      return at(static_cast<std::size_t>(text.data() + text.size() - 1 - source_->text.data()));
    }
    const bool nothing = text.empty() || text.front() == '#';
    if (!nothing || index == 0) return where;
  }
}

Position YamlText::tab_before(const Position& where) const {
  const std::string_view before = line(static_cast<std::size_t>(where.line - 1))
                                      .substr(0, static_cast<std::size_t>(where.column - 1));
  const std::size_t text = before.find_first_not_of(" \t");
  const std::size_t tab = before.substr(0, text).find('\t');
  if (tab == std::string_view::npos) return {};
  return Position{where.source, where.line, static_cast<int>(tab) + 1};
}

bool YamlText::colon_follows(const Position& where) const {
  const std::string_view whole = line(static_cast<std::size_t>(where.line - 1));
  const std::string_view behind = whole.substr(static_cast<std::size_t>(where.column - 1));
  return starts_with(trim(behind), ":") || starts_with(trim(whole), "?") ||
         whole.find("? ") < static_cast<std::size_t>(where.column - 1);
}

Position YamlText::unquoted_braces(int line_number) const {
  if (line_number < 1) return {};
  const std::string_view text = line(static_cast<std::size_t>(line_number - 1));
  for (std::size_t i = text.find("{{"); i != std::string_view::npos; i = text.find("{{", i + 1)) {
    const std::string_view before = trim(text.substr(0, i));
    const bool item = before == "-" || ends_with(before, " -");
    const bool begins = before.empty() || before.back() == ':' || item || before.back() == '[' ||
                        before.back() == ',';
    if (begins) return Position{source_, line_number, static_cast<int>(i) + 1, 2};
  }
  return {};
}

}  // namespace holdfast
