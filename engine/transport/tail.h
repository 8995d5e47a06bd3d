#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast {

/// Keeps the last bytes of a stream that nobody reads on purpose: what a program says on standard
/// error.
class Tail {
 public:
  void append(std::string_view bytes) {
    constexpr std::size_t kKept = 4096;
    text_.append(bytes.size() > kKept ? bytes.substr(bytes.size() - kKept) : bytes);
    if (text_.size() > kKept) text_.erase(0, text_.size() - kKept);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Output that came while we were still writing, for the next read. Bounded.
class ReadAhead {
 public:
  bool has_room() const { return bytes_.size() - from_ < (std::size_t{16} << 20); }
  void append(std::string_view bytes) { bytes_.append(bytes); }
  std::size_t take(char* buffer, std::size_t size) {
    const std::size_t count = std::min(size, bytes_.size() - from_);
    bytes_.copy(buffer, count, from_);
    from_ += count;
    if (from_ == bytes_.size()) {
      bytes_.clear();
      from_ = 0;
    }
    return count;
  }

 private:
  std::string bytes_;
  std::size_t from_ = 0;
};

}  // namespace holdfast
