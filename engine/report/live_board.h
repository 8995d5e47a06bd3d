#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// The lines of a terminal that are rewritten while a run works: one for each host that is busy,
/// and one that counts the others. Pure: who owns it says what time it is.
class LiveBoard {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Size {
    std::size_t columns = 80, rows = 24;
  };

  void begin(const std::string& host, Time now);
  void at(const std::string& host, std::string what);
  void end(const std::string& host);
  bool idle() const { return busy_.empty(); }

  /// Bytes that replace the last frame by the present one, which fills at most half the terminal.
  std::string frame(Time now, Size size);
  /// Bytes that take the last frame away, so that a lasting line can be printed in its place.
  std::string clear();

 private:
  struct Busy {
    Time since;
    std::string what;
  };
  std::map<std::string, Busy> busy_;
  std::size_t ended_ = 0;
  std::size_t drawn_ = 0;  ///< Lines of the last frame.
};

/// The first characters of a printable text that fit into so many columns, "…" at the cut. Wide
/// characters take two.
std::string fitted(const std::string& text, std::size_t columns);
/// Code points of a text: columns, where none is wide.
std::size_t character_count(std::string_view text);
/// Columns of a printable text.
std::size_t shown_width(std::string_view text);
/// "0.4 s", "12.0 s", "2 m 05 s".
std::string shown_time(std::chrono::milliseconds time);

}  // namespace holdfast
