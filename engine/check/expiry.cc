#include "engine/check/expiry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "engine/check/certificates.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::int64_t kDay = 86400;

bool digits(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() &&
         text.front() != '-';
}

/// "", "Z", " UTC", "+02:00", "-0130": seconds east of Greenwich.
std::optional<std::int64_t> zone(std::string_view text) {
  text = trim(text);
  if (text.empty() || text == "Z" || text == "z" || text == "UTC" || text == "GMT") return 0;
  if (text.front() != '+' && text.front() != '-') return std::nullopt;
  const std::int64_t sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  int hours = 0;
  int minutes = 0;
  const std::size_t colon = text.size() == 5 && text[2] == ':' ? 1 : 0;
  if (text.size() != 4 + colon || !digits(text.substr(0, 2), hours) ||
      !digits(text.substr(2 + colon), minutes)) {
    return std::nullopt;
  }
  return sign * (hours * 3600 + minutes * 60);
}

std::optional<std::int64_t> date_and_time(std::string_view text) {
  std::tm tm{};
  if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const bool date = digits(text.substr(0, 4), tm.tm_year) && digits(text.substr(5, 2), tm.tm_mon) &&
                    digits(text.substr(8, 2), tm.tm_mday);
  if (!date || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31) {
    return std::nullopt;
  }
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  text.remove_prefix(10);
  if (!text.empty() && (text[0] == 'T' || text[0] == 't' || text[0] == ' ') && text.size() > 1 &&
      text[1] >= '0' && text[1] <= '9') {
    if (text.size() < 6 || text[3] != ':' || !digits(text.substr(1, 2), tm.tm_hour) ||
        !digits(text.substr(4, 2), tm.tm_min) || tm.tm_hour > 23 || tm.tm_min > 59) {
      return std::nullopt;
    }
    text.remove_prefix(6);
    if (text.size() >= 3 && text[0] == ':') {
      if (!digits(text.substr(1, 2), tm.tm_sec) || tm.tm_sec > 60) return std::nullopt;
      text.remove_prefix(3);
    }
    if (!text.empty() && text[0] == '.') {
      text.remove_prefix(std::min(text.find_first_not_of("0123456789", 1), text.size()));
    }
  }
  const auto east = zone(text);
  const int day = tm.tm_mday;
  const std::int64_t at = timegm(&tm);
  if (!east || tm.tm_mday != day) return std::nullopt;  // the 31st of a shorter month
  return at - *east;
}

std::string duration_text(std::int64_t seconds) {
  const auto said = [](std::int64_t count, const char* unit) {
    return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
  };
  if (seconds >= 2 * kDay) return said(seconds / kDay, "day");
  if (seconds >= 7200) return said(seconds / 3600, "hour");
  return seconds >= 120 ? said(seconds / 60, "minute") : said(seconds, "second");
}

// Only the field's own text and certificates, which are for everybody, are printed.
constexpr std::string_view kLook = R"sh(
hf_look() {
  [ -e "$1" ] || [ -L "$1" ] || { echo "it isn't there"; return 1; }
  [ -f "$1" ] && [ -r "$1" ] || { echo "it can't be read"; return 1; }
  if grep -q -- '-----BEGIN CERTIFICATE-----' "$1"; then
    sed -n '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p' "$1" | head -c 262144
  else
    head -c 1048576 "$1" | grep -oE "(^|[^A-Za-z0-9_])$2\"?[[:space:]]*[:=][[:space:]]*\"?[-0-9TtZz:.+ UGMC]+"
    :
  fi
}
)sh";

}  // namespace

std::optional<std::int64_t> read_date(std::string_view text) {
  text = trim(text);
  const bool number =
      !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!number) return date_and_time(text);
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || text.size() < 9) return std::nullopt;
  return text.size() >= 12 ? out / 1000 : out;
}

Result<std::string> judge_expiry(const std::string& what, std::int64_t expires,
                                 std::chrono::seconds at_least, std::int64_t now) {
  std::tm tm{};
  const std::time_t at = expires;
  gmtime_r(&at, &tm);
  const std::string when = fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", tm.tm_year + 1900,
                                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
  const std::int64_t left = expires - now;
  if (left <= 0) {
    return fail(Error{.code = Code::CheckFailed,
                      .message = what + " expired " + when + ", " + duration_text(-left) + " ago",
                      .hint = "renew it"});
  }
  const std::string found = "expires " + when + ", in " + duration_text(left);
  if (left >= at_least.count()) return found;
  return fail(
      Error{.code = Code::CheckFailed,
            .message = what + " " + found + ": less than " + duration_text(at_least.count()),
            .hint = "renew it"});
}

Result<std::int64_t> first_expiry(const Probe::SecretExpiry& secret, std::string_view said) {
  const std::string what = printable(secret.path);
  if (said.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) {
    const auto first = first_certificate_expiry(said);
    if (first) return first->at;
    return fail(Code::CheckFailed, what + " holds a certificate that can't be read");
  }
  std::optional<std::int64_t> first;
  for (const std::string_view line : lines(said)) {
    const auto at = line.find(secret.field);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = line.substr(at + secret.field.size());
    const auto begin = rest.find_first_of("0123456789");
    const auto date =
        begin == std::string_view::npos ? std::nullopt : read_date(rest.substr(begin));
    if (!date) return fail(Code::CheckFailed, what + ": its " + secret.field + " is no date");
    first = std::min(first.value_or(*date), *date);
  }
  if (first) return *first;
  return fail(Code::CheckFailed,
              what + " has no field " + printable(secret.field) + " and no certificate");
}

Result<std::string> ask_expiry(const Probe::SecretExpiry& secret, Shell& shell, Deadline deadline) {
  const std::int64_t now = std::time(nullptr);
  if (secret.path.empty()) {
    const auto date = read_date(secret.date);
    if (!date) return fail(Code::CheckFailed, "'" + printable(secret.date) + "' is no date");
    return judge_expiry("the credential", *date, secret.at_least, now);
  }
  const std::string script = std::string(kLook) + "hf_said=$(hf_look " + shell_quote(secret.path) +
                             " " + shell_quote(secret.field) +
                             " 2>&1); hf_record expiry $? \"$hf_said\"\n";
  HF_TRY(const Record record, shell.ask(script, {}, deadline));
  if (record.status != 0) {
    return fail(Code::CheckFailed, printable(secret.path) + ": " + printable(record.payload));
  }
  HF_TRY(const std::int64_t expires, first_expiry(secret, record.payload));
  return judge_expiry(printable(secret.path), expires, secret.at_least, now);
}

}  // namespace holdfast
