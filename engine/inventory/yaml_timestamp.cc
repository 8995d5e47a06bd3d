#include <array>
#include <charconv>
#include <cstdio>

#include "engine/core/text.h"
#include "engine/inventory/data_file.h"

namespace holdfast {
namespace {

/// Reads a text from left to right; once something doesn't fit, nothing fits any more.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  bool failed() const { return failed_; }
  bool done() const { return !failed_ && rest_.empty(); }

  bool is(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool take(char c) {
    if (!is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char c) { failed_ = !take(c) || failed_; }
  bool take_space() {
    const std::size_t before = rest_.size();
    while (take(' ') || take('\t')) {
    }
    return rest_.size() != before;
  }
  std::string digits(std::size_t least, std::size_t most) {
    std::size_t size = 0;
    while (size < most && size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9') ++size;
    failed_ = failed_ || size < least;
    std::string out(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return out;
  }
  int number(std::size_t least, std::size_t most) {
    const std::string text = digits(least, most);
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

bool valid_day(int year, int month, int day) {
  static constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

std::string padded(int number, int width) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%0*d", width, number);
  return buffer.data();
}

Error no_such_time(std::string_view text) {
  return Error{.code = Code::InventoryVariableInvalid,
               .message = "'" + printable(text) + "' is written as a date that does not exist",
               .hint = "put it in quotes if it is a text"};
}

/// "+01:00" as Python writes a zone, "" without one.
std::string zone(Scanner& scan) {
  scan.take_space();
  if (scan.take('Z')) return "+00:00";
  const bool minus = scan.is('-');
  if (!scan.take('+') && !scan.take('-')) return {};
  const int hours = scan.number(1, 2);
  const int minutes = scan.take(':') ? scan.number(2, 2) : 0;
  return std::string(minus && hours + minutes > 0 ? "-" : "+") + padded(hours, 2) + ":" +
         padded(minutes, 2);
}

}  // namespace

Result<std::optional<std::string>> yaml_timestamp(std::string_view text) {
  Scanner scan(text);
  const int year = scan.number(4, 4);
  scan.need('-');
  const std::string month = scan.digits(1, 2);
  scan.need('-');
  const std::string day = scan.digits(1, 2);
  if (scan.failed()) return std::optional<std::string>{};
  const bool valid = valid_day(year, std::stoi(month), std::stoi(day));
  std::string out =
      padded(year, 4) + "-" + padded(std::stoi(month), 2) + "-" + padded(std::stoi(day), 2);
  if (scan.done()) {
    // A date alone has two digits each, or it is a text.
    if (month.size() != 2 || day.size() != 2) return std::optional<std::string>{};
    if (!valid) return fail(no_such_time(text));
    return std::optional(out);
  }
  if (!scan.take('T') && !scan.take('t') && !scan.take_space()) return std::optional<std::string>{};
  const int hour = scan.number(1, 2);
  scan.need(':');
  const int minute = scan.number(2, 2);
  scan.need(':');
  const int second = scan.number(2, 2);
  std::string fraction = scan.take('.') ? scan.digits(0, 64).substr(0, 6) : std::string();
  const std::string offset = zone(scan);
  if (!scan.done()) return std::optional<std::string>{};
  if (!valid || hour > 23 || minute > 59 || second > 59) return fail(no_such_time(text));
  out += "T" + padded(hour, 2) + ":" + padded(minute, 2) + ":" + padded(second, 2);
  fraction.resize(fraction.empty() ? 0 : 6, '0');
  if (fraction.find_first_not_of('0') != std::string::npos) out += "." + fraction;
  return std::optional(out + offset);
}

}  // namespace holdfast
