#include "exporter/credential.h"

#include <chrono>

#include "exporter/files.h"
#include "exporter/numbers.h"

namespace holdfast::exporter {
namespace {

/// Takes exactly `digits` digits off.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  const std::string_view word = text.substr(0, digits);
  if (word.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  text.remove_prefix(digits);
  return whole_number<unsigned>(word);
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_day(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch() / std::chrono::seconds(1);
}

std::optional<std::int64_t> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 60) return std::nullopt;
  return *hour * 3600 + *minute * 60 + *second;
}

}  // namespace

std::optional<std::int64_t> parse_expiry(std::string_view text) {
  std::string_view line = first_line(text);
  if (const auto seconds = whole_number<std::int64_t>(line)) return seconds;
  const auto day = take_day(line);
  if (!day || line.empty()) return day;
  if (!take(line, 'T') && !take(line, ' ')) return std::nullopt;
  const auto time = take_time(line);
  if (!time || (line != "Z" && line != " UTC" && line != "+00:00")) return std::nullopt;
  return *day + *time;
}

std::optional<std::int64_t> read_expiry(const std::string& path) {
  const auto text = read_file(path, 256);
  return text ? parse_expiry(*text) : std::nullopt;
}

}  // namespace holdfast::exporter
