#include "resources/promql/lexer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include "engine/core/text.h"

namespace holdfast::promql {
namespace {

constexpr std::array<std::string_view, 14> kAggregations = {
    "sum",    "avg",  "count",   "min",          "max",      "group",  "stddev",
    "stdvar", "topk", "bottomk", "count_values", "quantile", "limitk", "limit_ratio"};
constexpr std::array<std::string_view, 14> kOthers = {
    "and", "or",       "unless",     "atan2",       "offset", "by",    "without",
    "on",  "ignoring", "group_left", "group_right", "bool",   "start", "end"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return is_letter(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | (code >> 6U));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0U | (code >> 12U));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else {
    out += static_cast<char>(0xf0U | (code >> 18U));
    out += static_cast<char>(0x80U | ((code >> 12U) & 0x3fU));
    out += static_cast<char>(0x80U | ((code >> 6U) & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  }
}

class Lexer {
 public:
  Lexer(std::string_view text, PromqlFrom from) : text_(text), from_(from) {}

  std::vector<Token> run() {
    while (tokens_.empty() || !ended()) next();
    return std::move(tokens_);
  }

 private:
  bool ended() const {
    return tokens_.back().kind == TokenKind::End || tokens_.back().kind == TokenKind::Error;
  }
  char at(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool done() const { return at_ >= text_.size(); }

  void emit(TokenKind kind, std::string text, std::size_t begin) {
    tokens_.push_back({kind, std::move(text), begin, std::max<std::size_t>(at_ - begin, 1)});
  }
  void emit(TokenKind kind, std::size_t begin) {
    emit(kind, std::string(text_.substr(begin, at_ - begin)), begin);
  }
  void error(std::string message, std::size_t begin) {
    emit(TokenKind::Error, std::move(message), begin);
  }
  void symbol(std::size_t length) {
    const std::size_t begin = at_;
    at_ += length;
    emit(TokenKind::Symbol, begin);
  }

  void next() {
    while (!done() && (is_space(at()) || at() == '#')) {
      if (at() == '#') {
        while (!done() && at() != '\n' && at() != '\r') ++at_;
      } else {
        ++at_;
      }
    }
    if (done()) return end();
    const char c = at();
    const std::size_t begin = at_;
    if (variable_begins()) return word(begin);
    if (c == '"' || c == '\'' || c == '`') return string(begin);
    if (brace_) return in_braces(begin);
    if (is_digit(c) || (c == '.' && is_digit(at(1)))) return number(begin);
    if (bracket_ && (is_letter(c) || c == ':')) return symbol(1);
    if (is_letter(c) || c == ':') return word(begin);
    operators(begin);
  }

  void end() {
    const std::size_t begin = at_;
    if (brace_) return error("a brace is never closed", brace_begin_);
    if (!parens_.empty()) return error("a parenthesis is never closed", parens_.back());
    if (bracket_) return error("a bracket is never closed", bracket_begin_);
    tokens_.push_back({TokenKind::End, "the end", begin == 0 ? 0 : begin - 1, 1});
  }

  void in_braces(std::size_t begin) {
    const char c = at();
    if (is_letter(c)) {
      while (is_word(at()) || variable_begins()) step();
      // Inside braces no word is a keyword.
      return emit(touched_ ? TokenKind::Variable : TokenKind::Identifier, begin);
    }
    if (c == ',' || c == '}') {
      if (c == '}') brace_ = false;
      return symbol(1);
    }
    if (c == '=') return symbol(at(1) == '~' ? 2 : 1);
    if (c == '!' && (at(1) == '=' || at(1) == '~')) return symbol(2);
    at_ += 1;
    error("'" + printable(text_.substr(begin, 1)) + "' can't stand inside braces", begin);
  }

  void operators(std::size_t begin) {
    const char c = at();
    switch (c) {
      case '(':
        parens_.push_back(begin);
        return symbol(1);
      case ')':
        if (parens_.empty()) break;
        parens_.pop_back();
        return symbol(1);
      case '{':
        brace_ = true;
        brace_begin_ = begin;
        return symbol(1);
      case '[':
        if (bracket_) break;
        bracket_ = true;
        bracket_begin_ = begin;
        return symbol(1);
      case ']':
        if (!bracket_) break;
        bracket_ = false;
        return symbol(1);
      case '=':
        if (at(1) == '~') break;
        return symbol(at(1) == '=' ? 2 : 1);
      case '!':
        if (at(1) != '=') break;
        return symbol(2);
      case '<':
      case '>':
        return symbol(at(1) == '=' ? 2 : 1);
      case ',':
      case '*':
      case '/':
      case '%':
      case '+':
      case '-':
      case '^':
      case '@':
        return symbol(1);
      default:
        break;
    }
    at_ += 1;
    error(c == ')' ? "a parenthesis is closed that was never opened"
                   : "'" + printable(text_.substr(begin, 1)) + "' can't stand here",
          begin);
  }

  /// Whether Grafana puts something in here.
  bool variable_begins() const {
    if (from_ != PromqlFrom::Grafana) return false;
    if (at() == '$') return is_letter(at(1)) || at(1) == '{';
    // Of the three in rate(x[[[range]]]) the first is the language's own.
    return at() == '[' && at(1) == '[' && at(2) != '[' &&
           text_.find("]]", at_) != std::string_view::npos;
  }

  /// Over a letter, or a whole variable.
  void step() {
    if (!variable_begins()) {
      ++at_;
      return;
    }
    touched_ = true;
    if (at() == '[') {
      at_ = text_.find("]]", at_) + 2;
    } else if (at(1) == '{') {
      const std::size_t end = text_.find('}', at_);
      at_ = end == std::string_view::npos ? text_.size() : end + 1;
    } else {
      ++at_;
      while (is_word(at())) ++at_;
    }
  }

  void word(std::size_t begin) {
    touched_ = false;
    while (!done() && (is_word(at()) || at() == ':' || variable_begins())) {
      // In brackets a colon ends the range: [$__range:1m].
      if (bracket_ && at() == ':') break;
      step();
    }
    if (touched_) {
      touched_ = false;
      return emit(TokenKind::Variable, begin);
    }
    const std::string word(text_.substr(begin, at_ - begin));
    std::string lower = to_lower(word);
    if (lower == "inf" || lower == "nan") return emit(TokenKind::Number, begin);
    if (is_keyword(lower)) return emit(TokenKind::Keyword, std::move(lower), begin);
    const bool colon = word.find(':') != std::string::npos;
    emit(colon ? TokenKind::MetricName : TokenKind::Identifier, begin);
  }

  void number(std::size_t begin) {
    const bool hex = at() == '0' && (at(1) == 'x' || at(1) == 'X');
    if (hex) at_ += 2;
    const auto fits = [&](char c) { return hex ? is_hex(c) : is_digit(c); };
    const auto run = [&] {
      while (fits(at()) || (at() == '_' && fits(at(1)))) ++at_;
    };
    run();
    bool point = false;
    if (at() == '.') {
      point = true;
      ++at_;
      run();
    }
    bool cut = false;
    if (at() == 'e' || at() == 'E') {
      ++at_;
      if (at() == '+' || at() == '-') ++at_;
      cut = !is_digit(at());
      while (is_digit(at())) ++at_;
    }
    if (variable_begins()) return word(begin);
    if (is_word(at())) return duration(begin);
    // 0x and 0x1.8 have the letters of a number, and are none.
    if (cut || (hex && (point || at_ - begin == 2))) return error("this is no number", begin);
    emit(TokenKind::Number, begin);
  }

  /// 1h30m, after its first digits: units in falling order, each once.
  void duration(std::size_t begin) {
    while (is_word(at()) || at() == '.') ++at_;
    const std::string_view text = text_.substr(begin, at_ - begin);
    static constexpr std::array<std::string_view, 7> kUnits = {"y", "w", "d", "h", "m", "s", "ms"};
    std::size_t unit = 0;
    std::size_t i = 0;
    bool something = false;
    while (i < text.size()) {
      const std::size_t digits = i;
      while (i < text.size() && is_digit(text[i])) {
        something = something || text[i] != '0';
        ++i;
      }
      if (i == digits) return error("this is neither a number nor a duration", begin);
      const std::size_t letters = i;
      while (i < text.size() && !is_digit(text[i])) ++i;
      const std::string_view name = text.substr(letters, i - letters);
      while (unit < kUnits.size() && kUnits[unit] != name) ++unit;
      if (unit == kUnits.size()) {
        return error("this is no duration: they are written 1y, 2w, 1d12h, 5m30s, 500ms", begin);
      }
      ++unit;
    }
    if (!something) return error("a duration must be more than nothing", begin);
    emit(TokenKind::Duration, begin);
  }

  void string(std::size_t begin) {
    const char quote = at();
    std::string value;
    bool variable = false;
    ++at_;
    while (at() != quote || done()) {
      if (done() || (quote != '`' && at() == '\n')) {
        return error("a quoted text is never closed", begin);
      }
      variable = variable || variable_begins();
      if (quote == '`' || at() != '\\') {
        value += at();
        ++at_;
      } else if (!escape(quote, value)) {
        return;
      }
    }
    ++at_;
    if (!valid_utf8(text_.substr(begin, at_ - begin))) {
      return error("a quoted text isn't valid UTF-8", begin);
    }
    emit(TokenKind::String, std::move(value), begin);
    tokens_.back().variable = variable;
  }

  bool escape(char quote, std::string& value) {
    static constexpr std::string_view kNames = "abfnrtv\\";
    static constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\\";
    const std::size_t begin = at_;
    ++at_;
    const char c = at();
    if (c == quote || kNames.find(c) != std::string_view::npos) {
      value += c == quote ? c : kBytes[kNames.find(c)];
      ++at_;
      return true;
    }
    std::size_t digits = 0;
    std::uint32_t base = 16;
    if (c >= '0' && c <= '7') {
      digits = 3;
      base = 8;
    } else if (c == 'x' || c == 'u' || c == 'U') {
      digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      ++at_;
    }
    std::uint64_t code = 0;
    for (std::size_t i = 0; i < digits; ++i, ++at_) {
      const bool fits = base == 8 ? at() >= '0' && at() <= '7' : is_hex(at());
      if (!fits) digits = 0;
      const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(at())));
      code = code * base +
             static_cast<std::uint32_t>(is_digit(lower) ? lower - '0' : lower - 'a' + 10);
    }
    const bool byte = base == 8 || digits == 2;
    const bool no_point = code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
    if (digits == 0 || (byte ? code > 255 : no_point)) {
      at_ = std::min(begin + 2, text_.size());
      error("'" + printable(text_.substr(begin, 2)) + "' is no escape: a backslash is written \\\\",
            begin);
      return false;
    }
    if (byte) {
      value += static_cast<char>(code);
    } else {
      append_utf8(value, static_cast<std::uint32_t>(code));
    }
    return true;
  }

  std::string_view text_;
  PromqlFrom from_;
  std::size_t at_ = 0;
  bool brace_ = false;
  bool bracket_ = false;
  bool touched_ = false;
  std::size_t brace_begin_ = 0;
  std::size_t bracket_begin_ = 0;
  std::vector<std::size_t> parens_;
  std::vector<Token> tokens_;
};

}  // namespace

bool is_aggregation(std::string_view keyword) {
  return std::find(kAggregations.begin(), kAggregations.end(), keyword) != kAggregations.end();
}

std::vector<std::string_view> aggregations() {
  return {kAggregations.begin(), kAggregations.end()};
}

bool is_keyword(std::string_view lower) {
  return is_aggregation(lower) || std::find(kOthers.begin(), kOthers.end(), lower) != kOthers.end();
}

std::vector<Token> lex(std::string_view text, PromqlFrom from) { return Lexer(text, from).run(); }

}  // namespace holdfast::promql
