#include "engine/template/lexer.h"

#include <array>
#include <charconv>
#include <optional>

#include "engine/core/text.h"
#include "engine/template/numbers.h"
#include "engine/template/string_literal.h"

namespace holdfast::jinja {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

bool is_space(char c) { return kSpace.find(c) != std::string_view::npos; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::string with_unix_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      out += '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

class Lexer {
 public:
  explicit Lexer(const SourceText& source) : source_(source), text_(source.text) {}

  Result<std::vector<Token>> whole_template() {
    if (!valid_utf8(text_)) {
      return syntax("the template isn't valid UTF-8", {}, "convert it with `iconv -t utf-8`");
    }
    while (at_ < text_.size()) HF_CHECK(text_and_tag());
    return finish();
  }

  Result<std::vector<Token>> expression() {
    if (!valid_utf8(text_)) return syntax("the expression isn't valid UTF-8", {});
    for (skip_space(); at_ < text_.size(); skip_space()) HF_CHECK(token());
    return finish();
  }

 private:
  enum class Sign { None, Minus, Plus };

  tl::unexpected<Error> syntax(std::string message, Span span, std::string hint = {}) const {
    return fail(Error{.code = Code::TemplateSyntax,
                      .message = std::move(message),
                      .where = source_.at(span),
                      .hint = std::move(hint)});
  }

  Result<std::vector<Token>> finish() {
    if (!open_.empty()) {
      return syntax("'" + std::string(1, text_[open_.back()]) + "' is never closed",
                    {open_.back(), 1});
    }
    push(Token::Kind::End, {text_.size(), 1});
    return std::move(tokens_);
  }

  bool looking_at(std::string_view word) const { return text_.substr(at_, word.size()) == word; }
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  void skip_newline() {
    if (at_ < text_.size() && text_[at_] == '\r') {
      ++at_;
      if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    } else if (at_ < text_.size() && text_[at_] == '\n') {
      ++at_;
    }
  }
  Sign sign() {
    if (looking_at("-") || looking_at("+")) return text_[at_++] == '-' ? Sign::Minus : Sign::Plus;
    return Sign::None;
  }
  Token& push(Token::Kind kind, Span span, std::string text = {}) {
    tokens_.push_back(Token{.kind = kind, .at = span, .text = std::move(text)});
    return tokens_.back();
  }

  void data(std::size_t begin, std::size_t end, Sign sign_after) {
    std::string_view part = text_.substr(begin, end - begin);
    if (sign_after == Sign::Minus) {
      const auto last = part.find_last_not_of(kSpace);
      part = part.substr(0, last == std::string_view::npos ? 0 : last + 1);
    }
    if (!part.empty()) push(Token::Kind::Data, {begin, part.size()}, with_unix_lines(part));
  }

  /// Text up to the next tag, and that tag whole.
  Result<void> text_and_tag() {
    const std::size_t begin = at_;
    std::size_t tag = text_.find('{', at_);
    while (tag != std::string_view::npos && tag + 1 < text_.size() && text_[tag + 1] != '{' &&
           text_[tag + 1] != '%' && text_[tag + 1] != '#') {
      tag = text_.find('{', tag + 1);
    }
    if (tag == std::string_view::npos || tag + 1 >= text_.size()) {
      data(begin, text_.size(), Sign::None);
      at_ = text_.size();
      return {};
    }
    at_ = tag + 2;
    const Sign before = sign();
    data(begin, tag, before);
    if (text_[tag + 1] == '#') return comment(tag);
    if (text_[tag + 1] == '{') return tag_tokens(tag, Token::Kind::OutputBegin);
    const std::size_t body = at_;
    skip_space();
    if (looking_at("raw")) {
      at_ += 3;
      skip_space();
      if (looking_at("%}") || looking_at("-%}")) return raw(tag);
    }
    at_ = body;
    return tag_tokens(tag, Token::Kind::BlockBegin);
  }

  Result<void> comment(std::size_t tag) {
    const std::size_t end = text_.find("#}", at_);
    if (end == std::string_view::npos) {
      return syntax("the comment that begins here never ends", {tag, 2}, "end it with `#}`");
    }
    const char last = end > at_ ? text_[end - 1] : ' ';
    at_ = end + 2;
    if (last == '-') skip_space();
    if (last != '-' && last != '+') skip_newline();
    return {};
  }

  Result<void> raw(std::size_t tag) {
    const bool strip = looking_at("-");
    at_ += strip ? 3 : 2;
    if (strip) skip_space();
    const std::size_t begin = at_;
    for (std::size_t end = text_.find("{%", at_); end != std::string_view::npos;
         end = text_.find("{%", end + 2)) {
      at_ = end + 2;
      const Sign before = sign();
      skip_space();
      if (!looking_at("endraw")) continue;
      at_ += 6;
      skip_space();
      if (!block_end()) continue;
      data(begin, end, before);
      return {};
    }
    return syntax("the raw block that begins here never ends", {tag, 2},
                  "end it with `{% endraw %}`");
  }

  /// Takes `%}` with its sign and the white space that belongs to it.
  bool block_end() {
    if (looking_at("-%}")) {
      at_ += 3;
      skip_space();
    } else if (looking_at("+%}")) {
      at_ += 3;
    } else if (looking_at("%}")) {
      at_ += 2;
      skip_newline();
    } else {
      return false;
    }
    return true;
  }

  bool output_end() {
    if (looking_at("-}}")) {
      at_ += 3;
      skip_space();
    } else if (looking_at("}}")) {
      at_ += 2;
    } else {
      return false;
    }
    return true;
  }

  Result<void> tag_tokens(std::size_t tag, Token::Kind begin) {
    const bool block = begin == Token::Kind::BlockBegin;
    push(begin, {tag, 2});
    for (;;) {
      const std::size_t start = at_;
      if (open_.empty() && (block ? block_end() : output_end())) {
        push(block ? Token::Kind::BlockEnd : Token::Kind::OutputEnd, {start, 2});
        return {};
      }
      skip_space();
      if (at_ >= text_.size()) {
        return syntax(block ? "'{%' is never closed" : "'{{' is never closed", {tag, 2},
                      block ? "end it with `%}`" : "end it with `}}`");
      }
      if (at_ > start) continue;
      HF_CHECK(token());
    }
  }

  Result<void> token() {
    const char c = text_[at_];
    if (is_digit(c)) return number();
    if (is_name_start(c)) {
      std::size_t end = at_;
      while (end < text_.size() && (is_name_start(text_[end]) || is_digit(text_[end]))) ++end;
      push(Token::Kind::Name, {at_, end - at_}, std::string(text_.substr(at_, end - at_)));
      at_ = end;
      return {};
    }
    if (c == '\'' || c == '"') return string();
    return symbol();
  }

  Result<void> string() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != text_[at_]) end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) return syntax("the text that begins here never ends", {at_, 1});
    const Span span{at_, end + 1 - at_};
    auto value = unescape(with_unix_lines(text_.substr(at_ + 1, end - at_ - 1)));
    if (!value) return syntax(value.error().message, span, value.error().hint);
    push(Token::Kind::String, span, std::move(*value));
    at_ = end + 1;
    return {};
  }

  /// The end of digits that single underscores may part; `at` where there is none.
  std::size_t digits(std::size_t at, std::string_view allowed) const {
    const auto digit = [&](std::size_t i) {
      return i < text_.size() && allowed.find(text_[i]) != std::string_view::npos;
    };
    while (digit(at) || (at < text_.size() && text_[at] == '_' && digit(at + 1))) ++at;
    return at;
  }

  Result<void> number() {
    constexpr std::string_view kDecimal = "0123456789";
    const bool after_dot = at_ > 0 && text_[at_ - 1] == '.';
    const std::size_t whole = digits(at_, kDecimal);
    std::size_t end = whole;
    if (!after_dot) {
      if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
        end = digits(end + 1, kDecimal);
      }
      if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
        std::size_t exponent = end + 1;
        if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) {
          ++exponent;
        }
        if (exponent < text_.size() && is_digit(text_[exponent])) end = digits(exponent, kDecimal);
      }
    }
    return end > whole ? real(end) : integer(whole);
  }

  static std::string without_underscores(std::string_view text) {
    std::string out(text);
    std::erase(out, '_');
    return out;
  }

  Result<void> real(std::size_t end) {
    const Span span{at_, end - at_};
    const std::string written = without_underscores(source_.slice(span));
    Token& token = push(Token::Kind::Float, span, written);
    const auto [stop, error] =
        std::from_chars(written.data(), written.data() + written.size(), token.real);
    if (error != std::errc()) return syntax("the number " + written + " is out of range", span);
    at_ = end;
    return {};
  }

  Result<void> integer(std::size_t end) {
    int base = 10;
    if (text_[at_] == '0' && at_ + 1 < text_.size()) {
      const char mark = static_cast<char>(text_[at_ + 1] | 0x20);
      const int marked = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
      const std::string_view allowed =
          std::string_view("0123456789abcdefABCDEF")
              .substr(0, marked == 16 ? 22U : static_cast<std::size_t>(marked));
      if (marked != 10 && digits(at_ + 2, allowed) > at_ + 2) {
        base = marked;
        end = digits(at_ + 2, allowed);
      }
    }
    const Span span{at_, end - at_};
    std::string written = without_underscores(source_.slice(span));
    if (base == 10 && written.size() > 1 && written[0] == '0' &&
        written.find_first_not_of('0') != std::string::npos) {
      return syntax("the number " + written + " begins with a zero", span,
                    "write 0o" + written.substr(1) + " for an octal number, or quote it as a text");
    }
    Token& token = push(Token::Kind::Integer, span, written);
    const char* first = written.data() + (base == 10 ? 0 : 2);
    const auto [stop, error] =
        std::from_chars(first, written.data() + written.size(), token.integer, base);
    if (error != std::errc()) {
      return syntax("the number " + in_quotes(written) + " has more than 64 bits", span);
    }
    at_ = end;
    return {};
  }

  Result<void> symbol() {
    static constexpr std::array<std::string_view, 26> kSymbols = {
        "**", "//", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "[",
        "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
    for (const std::string_view symbol : kSymbols) {
      if (!looking_at(symbol)) continue;
      const Span span{at_, symbol.size()};
      if (symbol == "(" || symbol == "[" || symbol == "{") open_.push_back(at_);
      if (symbol == ")" || symbol == "]" || symbol == "}") HF_CHECK(close(symbol[0], span));
      push(Token::Kind::Operator, span, std::string(symbol));
      at_ += symbol.size();
      return {};
    }
    std::size_t length = 1;
    while (at_ + length < text_.size() &&
           (static_cast<unsigned char>(text_[at_ + length]) & 0xC0U) == 0x80U) {
      ++length;
    }
    const Span span{at_, length};
    return syntax("unexpected character " + in_quotes(source_.slice(span)), span);
  }

  Result<void> close(char symbol, Span span) {
    const char opened = open_.empty() ? ' ' : text_[open_.back()];
    const char wanted = opened == '(' ? ')' : opened == '[' ? ']' : opened == '{' ? '}' : ' ';
    if (wanted == symbol) {
      open_.pop_back();
      return {};
    }
    const std::string message = "unexpected '" + std::string(1, symbol) + "'";
    if (open_.empty()) return syntax(message, span);
    return syntax(message + ", expected '" + std::string(1, wanted) + "'", span);
  }

  const SourceText& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::size_t> open_;  ///< Offsets of brackets not yet closed.
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> tokenize(const SourceText& source) {
  return Lexer(source).whole_template();
}

Result<std::vector<Token>> tokenize_expression(const SourceText& source) {
  return Lexer(source).expression();
}

}  // namespace holdfast::jinja
