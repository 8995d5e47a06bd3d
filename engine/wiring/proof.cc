#include "engine/wiring/proof.h"

#include <cstdlib>

#include "engine/core/text.h"

namespace holdfast {
namespace {

/// A text in single quotes of YAML.
std::string yaml_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

constexpr std::string_view kBegin = "> bool 0 # ";

}  // namespace

std::string number_text(double number) {
  std::string out = std::to_string(number);
  out.erase(out.find_last_not_of('0') + 1);
  if (ends_with(out, ".")) out.pop_back();
  return out == "-0" ? "0" : out;
}

std::string promql_text(const std::string& value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

std::string Samples::text(int count) const {
  const std::string times = "x" + std::to_string(count);
  switch (shape) {
    case Shape::Level:
      return number_text(start) + times;
    case Shape::Ramp:
      return number_text(start) + (step < 0 ? "" : "+") + number_text(step) + times;
    case Shape::Flap:
      break;
  }
  std::string out;
  for (int i = 0; i <= count; ++i) {
    out += (i == 0 ? "" : " ") + (i % 2 == 0 ? std::string("0") : number_text(start));
  }
  return out;
}

std::string Samples::words() const {
  const std::string each = " each " + std::to_string(kProofInterval) + "s";
  switch (shape) {
    case Shape::Level:
      return "is " + number_text(start);
    case Shape::Ramp:
      return (step < 0 ? "falls by " : "grows by ") + number_text(step < 0 ? -step : step) + each;
    case Shape::Flap:
      break;
  }
  return "is 0 and " + number_text(start) + " by turns";
}

std::string ProofSeries::text() const {
  std::string out;
  for (const auto& [name, value] : labels) {
    out += (out.empty() ? "" : ",") + name + "=" + promql_text(value);
  }
  return metric + "{" + out + "}";
}

std::string firing(const Alert& alert) {
  std::string out = "ALERTS{alertname=" + promql_text(alert.name) + ",alertstate=\"firing\"";
  for (const auto& [name, value] : alert.labels) {
    if (value && !value->empty()) out += "," + name + "=" + promql_text(*value);
  }
  return out + "}";
}

std::string proof_tests(const std::vector<ProofTest>& tests,
                        const std::vector<std::string>& rule_files) {
  const std::string interval = std::to_string(kProofInterval) + "s";
  std::string out = "rule_files:\n";
  for (const std::string& file : rule_files) out += "  - " + yaml_text(file) + "\n";
  out += "evaluation_interval: " + interval + "\ntests:\n";
  const ProofTry* before = nullptr;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const ProofTest& test = tests[i];
    // What is asked of one try in a row is one test.
    if (test.series != before) {
      const int count = test.series->late / kProofInterval + 1;
      out += "  - interval: " + interval + "\n    input_series:";
      out += test.series->series.empty() ? " []\n" : "\n";
      for (const ProofSeries& one : test.series->series) {
        out += "      - {series: " + yaml_text(one.text()) +
               ", values: " + yaml_text(one.samples.text(count)) + "}\n";
      }
      out += "    promql_expr_test:\n";
    }
    before = test.series;
    out += "      - expr: " +
           yaml_text("count(" + test.expression + ") " + std::string(kBegin) + std::to_string(i)) +
           "\n        eval_time: " + std::to_string(test.at) +
           "s\n        exp_samples: " + (test.holds ? "[{labels: '{}', value: 1}]" : "[]") + "\n";
  }
  return out;
}

std::set<std::size_t> failed_tests(std::string_view promtool) {
  std::set<std::size_t> out;
  for (const std::string_view line : lines(promtool)) {
    const std::size_t mark = line.rfind(kBegin);
    if (line.find("expr: \"count(") == std::string_view::npos || mark == std::string_view::npos) {
      continue;
    }
    out.insert(static_cast<std::size_t>(
        std::atol(std::string(line.substr(mark + kBegin.size())).c_str())));
  }
  return out;
}

}  // namespace holdfast
