// The unit tests that `holdfast prove` makes: promtool itself judges rules by them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/cli/prove_choice.h"
#include "engine/cli/prove_tests.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "engine/wiring/stage.h"
#include "engine/wiring/wiring.h"
#include "resources/prometheus/stage.h"
#include "resources/registry.h"
#include "tests/support/fragment.h"
#include "tests/support/golden.h"
#include "tests/support/shipped_stack.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string text_in(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::string replaced(std::string text, const std::string& before, const std::string& after) {
  const std::size_t at = text.find(before);
  EXPECT_NE(at, std::string::npos) << before << " in\n" << text;
  if (at != std::string::npos) text.replace(at, before.size(), after);
  return text;
}

/// Rules of manifests, and what promtool shows of them.
class ProofOf {
 public:
  explicit ProofOf(const std::map<std::string, std::string>& files,
                   const std::vector<std::string>& manifests)
      : site_(all_kinds()) {
    for (const auto& [path, text] : files) site_.write(path, text);
    site_.options.trust = Trust::Offline;
    site_.manifests = manifests;
    catalog_ = site_.expand();
    EXPECT_FALSE(site_.diagnostics.failed()) << site_.errors();
    wiring_ = wiring_of(catalog_.declarations, site_.inventory(), all_kinds());
    proof_.emplace(wiring_, folder_);
    for (std::size_t i = 0; i < wiring_.ends.alerts.size(); ++i) all_.insert(i);
    told(proof_->look(all_));
    told(proof_->keep());
  }

  const Wiring& wiring() const { return wiring_; }
  PromtoolProof& proof() { return *proof_; }
  std::string tests() const { return text_in(folder_.path() + "/tests.yml"); }
  std::string rules() const { return text_in(folder_.path() + "/rules-1.yml"); }

  /// What promtool says of other rules by the same tests.
  std::string judged(const std::string& rules) const {
    std::ofstream(folder_.path() + "/rules-1.yml", std::ios::binary) << rules;
    const std::string said = output_of("cd " + shell_quote(folder_.path()) +
                                       " && TMPDIR=/dev/shm promtool test rules tests.yml 2>&1");
    EXPECT_THAT(said, HasSubstr("Unit Testing"));
    return said;
  }

  struct Mutation {
    std::string alert, before, after;
  };
  /// Each must make a test of its alert fail. Those of different alerts are judged together.
  void expect_refused(std::vector<Mutation> mutations) const {
    const std::string whole = rules();
    EXPECT_THAT(judged(whole), Not(HasSubstr("FAILED")));
    while (!mutations.empty()) {
      std::string text = whole;
      std::map<std::string, Mutation> now;
      std::erase_if(mutations, [&](const Mutation& one) {
        if (!now.emplace(one.alert, one).second) return false;
        text = replaced(text, one.before, one.after);
        return true;
      });
      const std::string said = judged(text);
      for (const auto& [alert, one] : now) {
        EXPECT_THAT(said, HasSubstr("alertname=\\\"" + alert + "\\\""))
            << one.before << " -> " << one.after;
      }
    }
  }

  /// "ALERT fires …, quiet …" a line each.
  std::string summary() const {
    std::string out;
    for (const auto& [index, shown] : proof_->shown()) {
      out += wiring_.ends.alerts[index].name;
      if (shown.fires.empty()) {
        out += ": not seen to fire";
      } else {
        out += ": fires within " + duration_text(shown.fires.front().at) + " while " +
               series_text(shown.fires.front().made.series);
      }
      out += shown.quiet.empty() ? "; never quiet"
                                 : "; quiet while " + series_text(shown.quiet.front().series);
      out += "\n";
    }
    return out;
  }

 private:
  static void told(const Result<void>& result) {
    if (!result) ADD_FAILURE() << result.error().message;
  }

  Site site_;
  Catalog catalog_;
  Wiring wiring_;
  ProofFolder folder_{""};
  std::optional<PromtoolProof> proof_;
  std::set<std::size_t> all_;
};

ProofOf proof_of_rules(const std::string& rules) {
  std::string indented;
  for (const std::string_view line : lines(rules))
    indented += "          " + std::string(line) + "\n";
  return ProofOf(
      {{"manifests/site.yaml",
        "hosts: h1\nresources:\n  - prometheus_rules: odd\n    groups:\n      - name: g\n"
        "        interval: 30s\n        rules:\n" +
            indented}},
      {"manifests/site.yaml"});
}

TEST(Prove, MakesTestsForTheShippedRulesThatFailWhereARuleIsMutated) {
  ProofOf shipped(shipped_stack(), shipped_manifests());
  expect_golden("prove_shipped.txt", shipped.summary());
  expect_golden("prove_shipped.yml", shipped.tests());
  const std::string cpu = "GitHubRunnerHighCPU", memory = "GitHubRunnerHighMemory";
  const std::string disk = "GitHubRunnerHighDisk", offline = "GitHubRunnerOffline";
  const std::string primary = "runner_status{runner_role=\"primary\"} == ";
  shipped.expect_refused(
      {{offline, primary + "0", primary + "2"},
       {offline, "health\", runner_role=\"primary\"} == 0",
        "health\", runner_role=\"primary\"} == 2"},
       {offline, "collector=\"service\", runner_role=\"primary\"} == 0",
        "collector=\"service\", runner_role=\"primary\"} == 2"},
       {offline, primary + "0", "runner_status{runner_role=\"secondary\"} == 0"},
       {offline, "for: 5m", "for: 6m"},
       {offline, "for: 5m", "for: 4m"},
       {offline, "severity: critical", "severity: warning"},
       {cpu, "runner_cpu_usage_percent > 90", "runner_cpu_usage_percent < 90"},
       {cpu, "runner_cpu_usage_percent > 90", "runner_cpu_usage_percent > 91"},
       {cpu, "runner_cpu_usage_percent > 90", "runner_cpu_usage_percent > 89"},
       {cpu, "runner_cpu_usage_percent > 90", "runner_cpu_usage_percent >= 90"},
       {memory, "runner_memory_usage_percent > 85", "runner_memory_total_bytes > 85"},
       {memory, "runner_memory_usage_percent > 85", "avg(runner_memory_usage_percent) < 85"},
       {disk, "runner_disk_usage_percent > 85", "absent(runner_disk_usage_percent)"},
       {disk, "for: 15m", "for: 5m"},
       {disk, "alert: GitHubRunnerHighDisk", "alert: GitHubRunnerHighDisks"}});
}

constexpr const char* kOdd = R"yaml(- alert: For
  expr: a > 5
  for: 10m
- alert: Matchers
  expr: b{one="1", two!="2", three=~"u|v", four!~"w.*"} >= 5
- alert: Regex
  expr: c{host=~"web-[0-9]+\\.(eu|us)"} < 5
- alert: Reversed
  expr: 5 > d
- alert: Absent
  expr: absent(e{job="j"})
- alert: Rate
  expr: rate(f_total[5m]) > 2
  for: 2m
- alert: Since
  expr: time() - g_seconds > 300
- alert: Arithmetic
  expr: (h_size - h_free) / h_size * 100 > 90
- alert: And
  expr: i == 1 and on (instance) j == 0
- alert: Unless
  expr: k == 1 unless on (instance) l == 1
- record: job:m:rate5m
  expr: sum by (job) (rate(m_total[5m]))
- record: job:m:doubled
  expr: job:m:rate5m * 2
- alert: Recorded
  expr: job:m:doubled{job="web"} > 0.5
- alert: Count
  expr: count(n == 0) > 2
- alert: Falls
  expr: predict_linear(o_bytes[1h], 14400) < 0
- alert: Changes
  expr: changes(p[10m]) > 3
- alert: Watchdog
  expr: vector(1)
- alert: Never
  expr: q > 5 and q < 3
- alert: Always
  expr: r > 5 or r <= 5
)yaml";

TEST(Prove, FindsSeriesForOddRulesAndSaysWhereItCant) {
  ProofOf odd = proof_of_rules(kOdd);
  expect_golden("prove_odd.txt", odd.summary());
  expect_golden("prove_odd.yml", odd.tests());
  EXPECT_THAT(odd.summary(), HasSubstr("Never: not seen to fire"));
  odd.expect_refused({{"For", "for: 10m", "for: 11m"},
                      {"Matchers", "two!=\"2\"", "two=\"2\""},
                      {"Matchers", "three=~\"u|v\"", "three=~\"w|x\""},
                      {"Matchers", ">= 5", "> 5"},
                      {"Reversed", "5 > d", "5 < d"},
                      {"Reversed", "5 > d", "5 >= d"},
                      {"Absent", "absent(e{", "sum(e{"},
                      {"Rate", "[5m]) > 2", "[5m]) > 200"},
                      {"Since", "time() - g_seconds", "g_seconds - time()"},
                      {"Arithmetic", "* 100 > 90", "* 100 > 900"},
                      {"And", "and on", "unless on"},
                      {"And", "i == 1 and", "i == 0 and"},
                      {"Unless", "unless on (instance) l", "and on (instance) l"},
                      {"Recorded", "sum by (job) (rate(m_total", "sum by (job) (0 * rate(m_total"},
                      {"Count", "count(n == 0) > 2", "count(n == 1) > 2"},
                      {"Falls", ", 14400) < 0", ", 14400) > 0"},
                      {"Changes", "changes(p[10m]) > 3", "changes(p[10m]) > 300"},
                      {"Watchdog", "vector(1)", "vector(1) > 1"}});
}

/// What is shown to a running server, and what is said of the rest.
struct Chosen {
  explicit Chosen(ProofOf& of, int within = 1800) {
    auto made = choose_live(of.wiring(), of.proof(), "proof", within, told);
    if (!made) {
      refused = made.error().message;
      return;
    }
    choice = std::move(*made);
    for (const LiveHost& host : choice.hosts) {
      for (const Awaited& one : host.awaited) {
        text += one.alert->name + " " + one.mark + ": " + series_text(one.made.series) + "\n";
      }
    }
    for (const Error& warning : told.warnings()) text += warning.message + "\n";
  }
  Diagnostics told;
  LiveChoice choice;
  std::string text, refused;
};

TEST(Prove, ShowsARunningServerSeriesThatSayWhatTheyAre) {
  ProofOf shipped(shipped_stack(), shipped_manifests());
  const Chosen chosen(shipped);
  expect_golden("prove_live.txt", chosen.text);
  ASSERT_EQ(chosen.choice.hosts.size(), 1U);
  EXPECT_EQ(chosen.choice.hosts[0].host, "mon");
  EXPECT_EQ(chosen.choice.seconds, 900);
  const Chosen soon(shipped, 400);
  EXPECT_THAT(soon.text, HasSubstr("'GitHubRunnerHighDisk' isn't made to fire on the running "
                                   "server: it takes 15m, and --within says 6m40s"));
  EXPECT_EQ(soon.choice.seconds, 300);
}

TEST(Prove, LeavesOutWhatPeopleCouldTakeForReal) {
  ProofOf odd = proof_of_rules(
      "- {alert: Sum, expr: sum(a) > 5}\n"
      "- {alert: ByJob, expr: sum by (job) (b) > 5}\n"
      "- {alert: Gone, expr: 'absent(c{job=\"j\"})'}\n"
      "- {alert: Single, expr: d > 5}\n"
      "- {alert: AllOfThem, expr: count(d > 5) > 0}\n"
      "- {alert: Watchdog, expr: vector(1)}\n");
  const Chosen chosen(odd);
  EXPECT_THAT(chosen.text, HasSubstr("'Sum' isn't made to fire on the running server: its "
                                     "expression puts series together"));
  EXPECT_THAT(chosen.text, HasSubstr("ByJob proof-2: b{"));
  EXPECT_THAT(chosen.text, HasSubstr("'Gone' isn't made to fire on the running server: it fires "
                                     "where a series is missing"));
  EXPECT_THAT(chosen.text, HasSubstr("'Single' isn't made to fire on the running server: its "
                                     "series would make another alert fire"));
  EXPECT_THAT(chosen.text, HasSubstr("Watchdog : "));
}

TEST(Prove, AnswersWithWhatPromtoolCallsMetrics) {
  using Shape = Samples::Shape;
  const std::string program =
      stage_program({{"up", {{"job", "it's \"x\"\\"}, {"proof", "{{ a }}"}}, {Shape::Level, 0}},
                     {"f_total", {{"job", "j"}}, {Shape::Ramp, 0, 120}},
                     {"now_seconds", {}, {Shape::Ramp, 0, kProofInterval}},
                     {"falls", {}, {Shape::Ramp, 1e9, -1e7}},
                     {"flaps", {}, {Shape::Flap, 1}}});
  TempFolder folder;
  const std::string path = folder.write("page.sh", program);
  for (const char* shell : {"dash", "busybox sh"}) {
    const std::string said =
        output_of("printf 'GET /metrics HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n' | " +
                  std::string(shell) + " " + shell_quote(path));
    const std::string head =
        "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n\r\n";
    ASSERT_TRUE(starts_with(said, head)) << said;
    const std::string page = said.substr(head.size());
    EXPECT_THAT(page, HasSubstr("up{job=\"it's \\\"x\\\"\\\\\",proof=\"{{ a }}\"} 0\n"));
    EXPECT_THAT(page, testing::ContainsRegex("now_seconds\\{\\} 1[0-9]{9}\n"));
    std::ofstream(folder.path() + "/page.prom", std::ios::binary) << page;
    const std::string judged =
        output_of("promtool check metrics <" + shell_quote(folder.path() + "/page.prom") + " 2>&1");
    EXPECT_THAT(judged, Not(HasSubstr("error while"))) << page;
  }
}

}  // namespace
}  // namespace holdfast
