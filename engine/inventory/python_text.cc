#include "engine/inventory/python_text.h"

#include <algorithm>
#include <array>

namespace holdfast {
namespace {

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool among(char32_t c, const std::array<Range, N>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& r) { return r.first <= c && c <= r.last; });
}

/// Marks, signs and spaces beyond ASCII.
constexpr std::array<Range, 18> kNotWord{{{0x80, 0xA9},
                                          {0xAB, 0xB1},
                                          {0xB4, 0xB4},
                                          {0xB6, 0xB8},
                                          {0xBB, 0xBB},
                                          {0xBF, 0xBF},
                                          {0xD7, 0xD7},
                                          {0xF7, 0xF7},
                                          {0x1680, 0x1680},
                                          {0x2000, 0x206F},
                                          {0x20A0, 0x20CF},
                                          {0x2190, 0x245F},
                                          {0x2500, 0x2775},
                                          {0x2794, 0x2BFF},
                                          {0x3000, 0x3003},
                                          {0x3008, 0x3020},
                                          {0xD800, 0xF8FF},
                                          {0x1F000, 0x1FAFF}}};
constexpr std::array<Range, 10> kSpace{{{0x09, 0x0D},
                                        {0x1C, 0x20},
                                        {0x85, 0x85},
                                        {0xA0, 0xA0},
                                        {0x1680, 0x1680},
                                        {0x2000, 0x200A},
                                        {0x2028, 0x2029},
                                        {0x202F, 0x202F},
                                        {0x205F, 0x205F},
                                        {0x3000, 0x3000}}};
constexpr std::array<Range, 4> kLineEnd{
    {{0x0A, 0x0D}, {0x1C, 0x1E}, {0x85, 0x85}, {0x2028, 0x2029}}};

/// shlex.shlex.read_token in its POSIX mode with whitespace_split, as a machine of bytes: all
/// characters that it looks at are ASCII.
class WordSplitter {
 public:
  explicit WordSplitter(bool comments) : comments_(comments) {}

  /// False at a comment, which ends the text.
  bool feed(char c) {
    switch (state_) {
      case State::Between:
      case State::Word:
        return feed_unquoted(c);
      case State::Quoted:
        if (c == quote_) {
          state_ = State::Word;
        } else if (c == '\\' && quote_ == '"') {
          state_ = State::QuotedEscape;
        } else {
          word_ += c;
        }
        return true;
      case State::QuotedEscape:
        if (c != '\\' && c != quote_) word_ += '\\';
        word_ += c;
        state_ = State::Quoted;
        return true;
      case State::Escape:
        word_ += c;
        state_ = State::Word;
        return true;
    }
    return true;
  }

  Result<std::vector<std::string>> finish() {
    if (state_ == State::Quoted) return fail(Code::InventoryInvalid, "a quotation is never closed");
    if (state_ == State::Escape || state_ == State::QuotedEscape) {
      return fail(Code::InventoryInvalid, "nothing stands after a backslash");
    }
    end_word();
    return std::move(words_);
  }

 private:
  enum class State { Between, Word, Quoted, QuotedEscape, Escape };

  bool feed_unquoted(char c) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      end_word();
    } else if (c == '#' && comments_) {
      return false;
    } else if (c == '\\') {
      state_ = State::Escape;
    } else if (c == '\'' || c == '"') {
      quote_ = c;
      quoted_ = true;
      state_ = State::Quoted;
    } else {
      word_ += c;
      state_ = State::Word;
    }
    return true;
  }

  void end_word() {
    if (!word_.empty() || quoted_) words_.push_back(std::move(word_));
    word_.clear();
    quoted_ = false;
    state_ = State::Between;
  }

  bool comments_;
  State state_ = State::Between;
  char quote_ = 0;
  bool quoted_ = false;
  std::string word_;
  std::vector<std::string> words_;
};

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t size = lead >= 0xF0 ? 4U : lead >= 0xE0 ? 3U : lead >= 0xC2 ? 2U : 1U;
  if (size == 1 || at + size > text.size()) return byte(at++);
  char32_t value = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return byte(at++);
    value = (value << 6U) | (byte(at + i) & 0x3FU);
  }
  at += size;
  return value;
}

std::u32string code_points(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) out += next_code_point(text, at);
  return out;
}

void append_utf8(std::string& out, char32_t c) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((static_cast<unsigned>(c) >> shift) & 0x3FU));
  };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0U | (static_cast<unsigned>(c) >> 6U));
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0U | (static_cast<unsigned>(c) >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (static_cast<unsigned>(c) >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

bool python_space(char32_t c) { return among(c, kSpace); }

bool python_word(char32_t c) {
  if (c < 0x80) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  }
  return !among(c, kNotWord);
}

std::string_view python_strip(std::string_view text) {
  std::size_t first = text.size();
  std::size_t last = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (python_space(next_code_point(text, at))) continue;
    first = std::min(first, begin);
    last = at;
  }
  return last == 0 ? std::string_view{} : text.substr(first, last - first);
}

std::vector<std::string_view> python_lines(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = at;
    if (!among(next_code_point(text, at), kLineEnd)) continue;
    if (text[end] == '\r' && at < text.size() && text[at] == '\n') ++at;
    out.push_back(text.substr(begin, end - begin));
    begin = at;
  }
  if (begin < text.size()) out.push_back(text.substr(begin));
  return out;
}

Result<std::vector<std::string>> shell_words(std::string_view text, bool comments) {
  WordSplitter splitter(comments);
  for (const char c : text) {
    if (!splitter.feed(c)) break;
  }
  return splitter.finish();
}

}  // namespace holdfast
