#include "engine/inventory/python_literal.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "engine/core/text.h"
#include "engine/inventory/python_number.h"
#include "engine/inventory/python_text.h"

namespace holdfast {
namespace {

constexpr int kDeepestNesting = 100;

/// A piece of a literal; `signable`: a number that a sign may stand before.
struct Piece {
  Value value{};
  bool signable = false;
};

/// What became of reading a piece: nullopt says "not a literal".
using Read = std::optional<Piece>;

class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : text_(text) {}

  Result<std::optional<Value>> read() {
    Read piece = sequence('\0');
    skip_space();
    const bool whole = at_ == text_.size() || text_[at_] == '#';
    if (!piece || !whole) return std::optional<Value>{};
    if (unsupported_.empty() && bytes_ && !piece->value.is_text()) unsupported_ = "bytes in a list";
    if (!unsupported_.empty()) {
      return fail(Code::InventoryVariableInvalid,
                  "'" + printable(text_) + "' is " + unsupported_ +
                      " to Python, which no inventory can hold",
                  "put the value in quotes inside quotes, \"'like this'\", if it is a text");
    }
    return std::optional<Value>(std::move(piece->value));
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\f') ++at_;
  }
  std::string_view word() const {
    std::size_t end = at_;
    while (end < text_.size()) {
      std::size_t next = end;
      if (!python_word(next_code_point(text_, next))) break;
      end = next;
    }
    return text_.substr(at_, end - at_);
  }
  bool at_end(char close) {
    skip_space();
    if (close != '\0') return peek() == close;
    return at_ == text_.size() || peek() == '#';
  }

  /// One value, or several with commas, which make a tuple. `close` ends it ('\0': the text does).
  Read sequence(char close) {
    Read first = signed_piece();
    if (!first || !take(',')) return first;
    ValueList items{std::move(first->value)};
    while (!at_end(close)) {
      Read next = signed_piece();
      if (!next) return std::nullopt;
      items.push_back(std::move(next->value));
      if (!take(',') && !at_end(close)) return std::nullopt;
    }
    return Piece{.value = Value(std::move(items))};
  }

  Read signed_piece() {
    skip_space();
    const char sign = peek();
    const bool has_sign = sign == '+' || sign == '-';
    if (has_sign) ++at_;
    Read piece = atom();
    if (!piece) return std::nullopt;
    if (has_sign) {
      if (!piece->signable) return std::nullopt;
      if (sign == '-') {
        piece->value =
            piece->value.is_int() ? Value(-piece->value.as_int()) : Value(-piece->value.as_float());
      }
      piece->signable = false;
    }
    skip_space();
    if (peek() == '+' || peek() == '-') return complex_sum(piece->value);
    return piece;
  }

  /// 1+2j and the like; any other sum isn't a literal.
  Read complex_sum(const Value& left) {
    if (!left.is_int() && !left.is_float()) return std::nullopt;
    ++at_;
    const bool was_clean = unsupported_.empty();
    const Read right = atom();
    if (!right || !was_clean || unsupported_ != kComplex) return std::nullopt;
    return Piece{};
  }

  Read atom() {
    skip_space();
    if (++depth_ > kDeepestNesting) return std::nullopt;
    Read out = atom_here();
    --depth_;
    return out;
  }

  Read atom_here() {
    const char c = peek();
    if (c == '(') return parenthesised();
    if (c == '[') return list();
    if (c == '{') return braces();
    if (string_starts()) return strings();
    if (text_.substr(at_, 3) == "...") {
      at_ += 3;
      unsupported_ = "an ellipsis";
      return Piece{};
    }
    if ((c >= '0' && c <= '9') || (c == '.' && peek(1) >= '0' && peek(1) <= '9')) return number();
    return name();
  }

  Read name() {
    const std::string_view found = word();
    at_ += found.size();
    if (found == "True") return Piece{.value = Value(true)};
    if (found == "False") return Piece{.value = Value(false)};
    if (found == "None") return Piece{};
    if (found == "set" && take('(') && take(')')) {
      unsupported_ = "a set";
      return Piece{};
    }
    return std::nullopt;
  }

  Read number() {
    const PythonNumber found = python_number(text_.substr(at_));
    if (found.kind == PythonNumber::Kind::None) return std::nullopt;
    at_ += found.size;
    if (!word().empty()) return std::nullopt;
    if (found.kind == PythonNumber::Kind::Imaginary) unsupported_ = kComplex;
    return Piece{.value = found.value, .signable = true};
  }

  Read parenthesised() {
    ++at_;
    if (take(')')) return Piece{.value = Value(ValueList{})};
    Read inner = sequence(')');
    if (!inner || !take(')')) return std::nullopt;
    return inner;
  }

  Read list() {
    ++at_;
    ValueList items;
    while (!take(']')) {
      Read item = signed_piece();
      if (!item) return std::nullopt;
      items.push_back(std::move(item->value));
      if (!take(',') && !at_end(']')) return std::nullopt;
    }
    return Piece{.value = Value(std::move(items))};
  }

  /// The value behind a key and its colon.
  bool put_item(ValueMap& map, const Value& key) {
    Read item = signed_piece();
    if (!item) return false;
    if (key.is_list() || key.is_map()) unsupported_ = "a mapping by lists";
    const std::string name = key.is_bool() ? (key.as_bool() ? "true" : "false") : key.display();
    map.set(name, std::move(item->value));
    return true;
  }

  Read braces() {
    ++at_;
    ValueMap map;
    bool set = false;
    for (bool first = true; !take('}'); first = false) {
      Read key = signed_piece();
      if (!key) return std::nullopt;
      const bool pair = take(':');
      if (!first && pair == set) return std::nullopt;
      set = !pair;
      if (pair && !put_item(map, key->value)) return std::nullopt;
      if (!take(',') && !at_end('}')) return std::nullopt;
    }
    if (set) unsupported_ = "a set";
    return Piece{.value = Value(std::move(map))};
  }

  /// Length of a string's prefix (r, b, u, rb …), or npos where no string starts here.
  std::size_t prefix() const {
    std::size_t size = 0;
    while (size < 2 && std::string_view("rRbBuUfF").find(peek(size)) != std::string_view::npos &&
           peek(size) != '\0') {
      ++size;
    }
    const char quote = peek(size);
    return quote == '\'' || quote == '"' ? size : std::string_view::npos;
  }
  bool string_starts() const { return prefix() != std::string_view::npos; }

  /// Adjacent strings are one.
  Read strings() {
    std::string out;
    std::optional<bool> bytes;
    while (string_starts()) {
      const std::string marks = to_lower(text_.substr(at_, prefix()));
      if (marks != "" && marks != "r" && marks != "b" && marks != "u" && marks != "rb" &&
          marks != "br") {
        return std::nullopt;
      }
      const bool is_bytes = marks.find('b') != std::string::npos;
      if (bytes.value_or(is_bytes) != is_bytes) return std::nullopt;
      bytes = is_bytes;
      at_ += marks.size();
      if (!one_string(out, marks.find('r') != std::string::npos, is_bytes)) return std::nullopt;
      skip_space();
    }
    if (!word().empty()) return std::nullopt;
    bytes_ = bytes_ || bytes.value_or(false);
    if (!valid_utf8(out)) unsupported_ = "a text that isn't valid UTF-8";
    return Piece{.value = Value(std::move(out))};
  }

  bool one_string(std::string& out, bool raw, bool bytes) {
    const char quote = peek();
    const bool triple = peek(1) == quote && peek(2) == quote;
    const std::string end(triple ? 3U : 1U, quote);
    at_ += end.size();
    while (text_.substr(at_, end.size()) != end) {
      if (at_ >= text_.size()) return false;
      if (peek() == '\\' && raw) out += text_[at_++];
      if (peek() == '\\' && !raw) {
        ++at_;
        if (!escape(out, bytes)) return false;
      } else {
        if (at_ >= text_.size()) return false;
        out += text_[at_++];
      }
    }
    at_ += end.size();
    return true;
  }

  bool escape(std::string& out, bool bytes) {
    static constexpr std::string_view kFrom = "\\'\"abfnrtv";
    static constexpr std::string_view kTo = "\\'\"\a\b\f\n\r\t\v";
    const char c = peek();
    if (at_ >= text_.size()) return false;
    ++at_;
    if (const auto found = kFrom.find(c); found != std::string_view::npos) {
      out += kTo[found];
      return true;
    }
    if (c >= '0' && c <= '7') {
      --at_;
      return digits(out, 1, 3, 8, bytes);
    }
    if (c == 'x') return digits(out, 2, 2, 16, bytes);
    if (c == 'u' && !bytes) return digits(out, 4, 4, 16, bytes);
    if (c == 'U' && !bytes) return digits(out, 8, 8, 16, bytes);
    if (c == 'N' && !bytes) return false;
    out += '\\';
    out += c;
    return true;
  }

  bool digits(std::string& out, std::size_t least, std::size_t most, int base, bool bytes) {
    std::size_t count = 0;
    std::uint32_t value = 0;
    while (count < most) {
      const char* begin = text_.data() + at_ + count;
      std::uint32_t digit = 0;
      if (at_ + count >= text_.size()) break;
      const auto [end, error] = std::from_chars(begin, begin + 1, digit, base);
      if (error != std::errc{} || end != begin + 1) break;
      value = value * static_cast<std::uint32_t>(base) + digit;
      ++count;
    }
    if (count < least || value > 0x10FFFF) return false;
    at_ += count;
    if (bytes) {
      out += static_cast<char>(value & 0xFFU);
    } else {
      append_utf8(out, value);
    }
    return true;
  }

  static constexpr std::string_view kComplex = "a complex number";
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool bytes_ = false;
  std::string unsupported_;
};

}  // namespace

Result<std::optional<Value>> python_literal(std::string_view text) {
  return LiteralReader(text).read();
}

}  // namespace holdfast
