#include "engine/report/verification.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/core/text.h"
#include "engine/report/json_parts.h"
#include "engine/report/live_board.h"
#include "engine/report/xml_text.h"

namespace holdfast {
namespace {

std::string time_text(std::chrono::milliseconds took) {
  const std::int64_t count = took.count();
  if (count < 1000) return std::to_string(count) + " ms";
  return std::to_string(count / 1000) + "." + std::to_string(count / 100 % 10) + " s";
}

/// At most so many columns; --json has all of it.
std::string cut(const std::string& text, std::size_t columns) {
  if (character_count(text) <= columns) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; seen < columns; ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U) ++seen;
  }
  return text.substr(0, end - 1) + "…";
}

using Cells = std::array<std::string, 4>;  ///< host, check, asked, took

constexpr std::size_t kWidest = 56;
constexpr std::size_t kWidestAnswer = 100;

/// A column is as wide as what is in it.
std::array<std::size_t, 4> widths(const std::vector<Cells>& rows) {
  std::array<std::size_t, 4> out{};
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out[i] = std::max(out[i], character_count(row[i]));
    }
  }
  return out;
}

std::string aligned(const std::string& text, std::size_t to, bool right) {
  const std::size_t gap = to > character_count(text) ? to - character_count(text) : 0;
  return right ? std::string(gap, ' ') + text : text + std::string(gap, ' ');
}

std::string line_of(const Cells& cells, const std::array<std::size_t, 4>& columns) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    out += aligned(cells[i], columns[i], i == 3) + "  ";
  }
  return out;
}

std::string without_end_blanks(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

/// Where something is wrong, what to do stands on a line of its own.
std::string advice(const std::string& hint, const Ink& ink) {
  return hint.empty() ? "" : "        " + ink.cyan("do: " + printable(hint)) + "\n";
}

/// "12 passed, 0 failed; 8 of 8 checks hold": one that is asked on several hosts must hold on each.
std::string summary(const Verification& verification) {
  const std::size_t failed = verification.failed(), warned = verification.warned();
  std::string out = std::to_string(verification.checks.size() - failed - warned) + " passed, " +
                    std::to_string(failed) + " failed";
  if (warned > 0) out += ", " + std::to_string(warned) + " only warned";
  if (!verification.unasked.empty()) {
    return out + ", " + std::to_string(verification.unasked.size()) + " not asked";
  }
  std::map<std::string, bool> holds;
  for (const CheckVerdict& check : verification.checks) {
    const auto [entry, first] = holds.emplace(check.address, check.passed);
    if (!first) entry->second = entry->second && check.passed;
  }
  if (holds.empty()) return out;
  const auto right =
      std::count_if(holds.begin(), holds.end(), [](const auto& one) { return one.second; });
  return out + "; " + std::to_string(right) + " of " + std::to_string(holds.size()) +
         (holds.size() == 1 ? " check holds" : " checks hold");
}

Cells cells_of(const CheckVerdict& check) {
  return {printable(check.host), printable(check.address), cut(printable(check.asked), kWidest),
          time_text(check.took)};
}

std::string seconds(std::chrono::milliseconds took) {
  std::string rest = std::to_string(took.count() % 1000);
  rest.insert(0, 3 - rest.size(), '0');
  return std::to_string(took.count() / 1000) + "." + rest;
}

/// One host's part of a JUnit file.
struct Suite {
  std::size_t tests = 0, failures = 0, errors = 0;
  std::chrono::milliseconds took{0};
  std::string cases{};

  void add(const CheckVerdict& check) {
    ++tests;
    took += check.took;
    open(check.host, check.address, check.took);
    if (check.passed) {
      cases += "      <system-out>asked: " + xml_text(check.asked) +
               "; got: " + xml_text(check.got) + "</system-out>\n";
    } else if (check.warns) {
      // JUnit knows no warning.
      cases += "      <system-err>warning: " + xml_text(check.got) +
               "; asked: " + xml_text(check.asked) +
               (check.hint.empty() ? "" : "; do: " + xml_text(check.hint)) + "</system-err>\n";
    } else {
      ++failures;
      cases += problem("failure", check.got, "asked: " + check.asked, check.hint);
    }
    cases += "    </testcase>\n";
  }

  void add(const Unasked& one) {
    ++tests;
    ++errors;
    open(one.host, one.address.empty() ? "reach the host" : one.address, {});
    cases +=
        problem("error", one.why, one.refused ? "it is refused" : "it can't be asked", one.hint);
    cases += "    </testcase>\n";
  }

 private:
  void open(const std::string& host, const std::string& name, std::chrono::milliseconds time) {
    cases += "    <testcase classname=\"" + xml_text(host) + "\" name=\"" + xml_text(name) +
             "\" time=\"" + seconds(time) + "\">\n";
  }
  static std::string problem(const std::string& tag, const std::string& message,
                             const std::string& said, const std::string& hint) {
    return "      <" + tag + " message=\"" + xml_text(message) + "\">" + xml_text(said) +
           (hint.empty() ? "" : "; do: " + xml_text(hint)) + "</" + tag + ">\n";
  }
};

std::string counts(const Suite& suite) {
  return "tests=\"" + std::to_string(suite.tests) + "\" failures=\"" +
         std::to_string(suite.failures) + "\" errors=\"" + std::to_string(suite.errors) +
         "\" time=\"" + seconds(suite.took) + "\"";
}

}  // namespace

std::size_t Verification::failed() const {
  return static_cast<std::size_t>(
      std::count_if(checks.begin(), checks.end(),
                    [](const CheckVerdict& check) { return !check.passed && !check.warns; }));
}

std::size_t Verification::warned() const {
  return static_cast<std::size_t>(
      std::count_if(checks.begin(), checks.end(),
                    [](const CheckVerdict& check) { return !check.passed && check.warns; }));
}

std::string verification_text(const Verification& verification, const Ink& ink) {
  std::vector<Cells> rows{{"host", "check", "asked", "took"}};
  for (const CheckVerdict& check : verification.checks) rows.push_back(cells_of(check));
  const auto columns = widths(rows);
  std::string out;
  if (!verification.checks.empty()) {
    out += ink.dim("      " + line_of(rows.front(), columns) + "got") + "\n";
  }
  for (const CheckVerdict& check : verification.checks) {
    const std::string word = check.passed  ? ink.green("ok") + "  "
                             : check.warns ? ink.yellow("warn")
                                           : ink.red("FAIL");
    // Of what is wrong nothing is left out.
    const std::string got = printable(check.got);
    out += without_end_blanks(word + "  " + line_of(cells_of(check), columns) +
                              (check.passed ? cut(got, kWidestAnswer) : got));
    if (!check.passed) out += advice(check.hint, ink);
  }
  for (const Unasked& one : verification.unasked) {
    const std::string what = one.host + (one.address.empty() ? "" : " " + one.address);
    out += ink.yellow("?") + "     " + printable(what) +
           (one.refused ? " is refused: " : " can't be asked: ") + printable(one.why) + "\n";
    out += advice(one.hint, ink);
  }
  return out + summary(verification) + "\n";
}

std::string verification_json(const Verification& verification) {
  auto checks = nlohmann::ordered_json::array();
  for (const CheckVerdict& check : verification.checks) {
    nlohmann::ordered_json one{{"host", json_text(check.host)},
                               {"address", json_text(check.address)},
                               {"passed", check.passed},
                               {"took_ms", check.took.count()},
                               {"asked", json_text(check.asked)}};
    one[check.passed ? "got" : "error"] = json_text(check.got);
    if (!check.hint.empty()) one["hint"] = json_text(check.hint);
    if (check.warns) one["only_warns"] = true;
    checks.push_back(std::move(one));
  }
  auto unreachable = nlohmann::ordered_json::array();
  auto refused = nlohmann::ordered_json::array();
  auto unasked = nlohmann::ordered_json::array();
  for (const Unasked& one : verification.unasked) {
    if (one.address.empty()) (one.refused ? refused : unreachable).push_back(json_text(one.host));
    nlohmann::ordered_json why{{"host", json_text(one.host)},
                               {"address", json_text(one.address)},
                               {"why", json_text(one.why)}};
    if (!one.hint.empty()) why["hint"] = json_text(one.hint);
    unasked.push_back(std::move(why));
  }
  const std::size_t failed = verification.failed(), warned = verification.warned();
  return json_document({{"format", kJsonFormat},
                        {"checks", checks},
                        {"unreachable", unreachable},
                        {"refused", refused},
                        {"unasked", unasked},
                        {"passed", verification.checks.size() - failed - warned},
                        {"failed", failed},
                        {"warned", warned}},
                       1);
}

std::string verification_junit(const Verification& verification) {
  std::vector<std::pair<std::string, Suite>> suites;
  const auto suite = [&](const std::string& host) -> Suite& {
    for (auto& [name, one] : suites) {
      if (name == host) return one;
    }
    return suites.emplace_back(host, Suite{}).second;
  };
  for (const CheckVerdict& check : verification.checks) suite(check.host).add(check);
  for (const Unasked& one : verification.unasked) suite(one.host).add(one);
  Suite all;
  std::string parts;
  for (const auto& [host, one] : suites) {
    all.tests += one.tests;
    all.failures += one.failures;
    all.errors += one.errors;
    all.took += one.took;
    parts += "  <testsuite name=\"" + xml_text(host) + "\" hostname=\"" + xml_text(host) + "\" " +
             counts(one) + ">\n" + one.cases + "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"holdfast verify\" " +
         counts(all) + ">\n" + parts + "</testsuites>\n";
}

}  // namespace holdfast
