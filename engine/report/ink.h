#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// Colours, or none: whoever opened the output decides (NO_COLOR, --no-color, no terminal).
class Ink {
 public:
  explicit Ink(bool colour) : colour_(colour) {}
  bool colour() const { return colour_; }
  std::string bold(std::string_view text) const { return dye("1", text); }
  std::string dim(std::string_view text) const { return dye("2", text); }
  std::string red(std::string_view text) const { return dye("31", text); }
  std::string green(std::string_view text) const { return dye("32", text); }
  std::string yellow(std::string_view text) const { return dye("33", text); }
  std::string magenta(std::string_view text) const { return dye("35", text); }
  std::string cyan(std::string_view text) const { return dye("36", text); }

 private:
  std::string dye(std::string_view code, std::string_view text) const {
    if (!colour_ || text.empty()) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }
  bool colour_;
};

}  // namespace holdfast
