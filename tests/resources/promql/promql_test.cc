#include "resources/promql/promql.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <random>

#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

const std::vector<std::string>& good() {
  static const std::vector<std::string> kGood = {
      "1",
      "-1",
      "+1.5e3",
      "0x1F",
      "1e-3",
      "Inf",
      "-inf",
      "NaN",
      ".5",
      "5.",
      "1 + 2 * 3 ^ -2",
      "-2^2",
      "\"text\"",
      "'it\\'s'",
      "`raw \\ text`",
      "\"\\u00e9\\x41\\101\"",
      "up",
      "job:up:sum",
      ":x",
      "_a1",
      "up{}",
      "up{job=\"a\"}",
      "up{job=\"a\",}",
      "{job=\"a\"}",
      "{__name__=\"up\"}",
      "{__name__=~\"up|down\"}",
      "{job=~\".+\"}",
      "{job!=\"\"}",
      "up{job!=\"a\",instance=~\"h[12]:.*\",x!~\"y|z\"}",
      "up{sum=\"a\",by=\"b\",offset=\"c\"}",
      "up { job = 'a' } # a comment\n",
      "up{ # in braces\n job=`a` }",
      "# first\nup",
      "up[5m]",
      "up[1h30m]",
      "up[1y2w3d4h5m6s7ms]",
      "up[ 5m ]",
      "up[5m] offset 1h",
      "up offset -5m",
      "up @ 1609746000",
      "up @ start()",
      "up[5m] @ end()",
      "up offset 5m @ 10",
      "up @ -1.5",
      "rate(up[5m:1m])",
      "up[1h:]",
      "up offset 5m [1h:5m]",
      "max_over_time(rate(a[5m])[1h:5m] offset 1d)",
      "sum(up)",
      "sum by (job) (up)",
      "sum(up) by (job)",
      "sum without (job, instance,) (up)",
      "SUM(up)",
      "count by () (up)",
      "topk(3, up)",
      "bottomk by (job) (1, up)",
      "quantile(0.9, up)",
      "count_values(\"v\", up)",
      "group(up)",
      "stddev(up)",
      "sum",
      "sum{a=\"b\"}",
      "by",
      "offset",
      "min + max",
      "start",
      "end offset 5m",
      "sum by (sum, on, bool, group_left) (up)",
      "a + b",
      "a + on(x) b",
      "a * on(x, y) group_left(z) b",
      "a * ignoring(x) group_right b",
      "a == bool 1",
      "a > 1",
      "1 > bool 2",
      "a and b",
      "a or b unless c",
      "a and on(x) b",
      "a atan2 b",
      "a % b ^ c",
      "a == b != c",
      "a < bool on(x) b",
      "a unless ignoring(x) b",
      "(a)",
      "((a + b))",
      "-(a)",
      "- a offset 5m",
      "rate(a[5m])",
      "histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))",
      "time()",
      "time() - a",
      "vector(1)",
      "scalar(a)",
      "absent(a{b=\"c\"})",
      "label_replace(a, \"x\", \"$1\", \"y\", \"(.*)\")",
      "label_join(a, \"x\", \"-\", \"y\", \"z\")",
      "label_join(a, \"x\", \"-\")",
      "round(a)",
      "round(a, 0.5)",
      "hour()",
      "hour(a)",
      "clamp(a, 0, 1)",
      "clamp_max(a, 1)",
      "day_of_year()",
      "pi()",
      "predict_linear(a[1h], 3600)",
      "quantile_over_time(0.5, a[5m])",
      "holt_winters(a[5m], 0.1, 0.2)",
      "sgn(a)",
      "last_over_time(a[1h])",
      "histogram_count(a)",
      "ALERTS{alertstate=\"firing\"}",
      "sum(a) / sum(b) * 100 > 90",
      "a{b=\"}\"}",
      "a{b='#'}",
      "a{b=~\"(?i)x\"}",
      "a{b=~\"(?:x|y)+\"}",
      "a{b=~\"[]x]\"}",
      "a{b=~\"\\\\d+\\\\.x\"}",
      "a{b=~\"x*?\"}",
      "a{b=~\"\"}",
      "abs(-a)",
      "a - -1",
      "a ^ -b",
      "vector(time())",
      "a:b:",
      "foo:bar{x=\"y\"}[5m:]",
      "minute(vector(1))",
      "sum(a) > bool 3",
      "changes(a[5m]) > 0",
      "avg_over_time((a > 0)[5m:])",
      "topk(scalar(b), a)",
      "Sum BY (x) (a)",
      "a OFFSET 5m",
      "a AND b",
      "sum(a)by(b)",
      "1-1",
      "a-b",
      "a[5m]offset 5m"};
  return kGood;
}

const std::vector<std::string>& bad() {
  static const std::vector<std::string> kBad = {"a{",
                                                "a}",
                                                "a)",
                                                "(a",
                                                "a[",
                                                "a]",
                                                "a[5m",
                                                "a[]",
                                                "a[5x]",
                                                "a[m]",
                                                "a[5m:1m:1m]",
                                                "a[0s]",
                                                "a{b}",
                                                "a{b=}",
                                                "a{b=c}",
                                                "a{b==\"c\"}",
                                                "a{b=\"c\" d=\"e\"}",
                                                "a{,}",
                                                "a{b=\"c\",,}",
                                                "a{b>\"c\"}",
                                                "a{b!\"c\"}",
                                                "a{1b=\"c\"}",
                                                "a{b:c=\"d\"}",
                                                "{}",
                                                "{a=\"\"}",
                                                "{a=~\".*\"}",
                                                "{a!=\"x\"}",
                                                "{a!~\"x\"}",
                                                "a{__name__=\"b\"}",
                                                "\"open",
                                                "'open",
                                                "`open",
                                                "\"bad \\q\"",
                                                "\"\\400\"",
                                                "\"\\xg0\"",
                                                "a b",
                                                "a 1",
                                                "1 a",
                                                "1 2",
                                                "a +",
                                                "* a",
                                                "a + * b",
                                                "a ! b",
                                                "a = b",
                                                "a =~ b",
                                                "a &",
                                                "a && b",
                                                "a | b",
                                                "a ; b",
                                                "a $ b",
                                                "$x",
                                                "a ? b",
                                                "~a",
                                                "rate(a)",
                                                "rate(5)",
                                                "rate()",
                                                "rate(a[5m], 1)",
                                                "rate(a[5m]",
                                                "rat(a[5m])",
                                                "sum()",
                                                "sum(a, b)",
                                                "sum(a,)",
                                                "rate(a[5m],)",
                                                "sum by job (a)",
                                                "sum by (a) (b) by (c)",
                                                "sum by (\"x\" \"y\") (a)",
                                                "sum by (a:b) (c)",
                                                "sum by (1) (a)",
                                                "topk(a)",
                                                "topk(a, b)",
                                                "topk(\"1\", a)",
                                                "count_values(1, a)",
                                                "sum(1)",
                                                "sum(a[5m])",
                                                "abs(1)",
                                                "vector(a)",
                                                "scalar(1)",
                                                "time(1)",
                                                "label_join(a, \"b\")",
                                                "hour(a, b)",
                                                "round(a, b, c)",
                                                "a + a[5m]",
                                                "a[5m] + 1",
                                                "a + \"x\"",
                                                "\"x\" + 1",
                                                "1 > 2",
                                                "a + bool b",
                                                "1 and a",
                                                "a or 1",
                                                "1 + on(x) a",
                                                "a and on(x) group_left b",
                                                "a * group_left b",
                                                "a * on x b",
                                                "a * on(x) group_left(x) b",
                                                "a * on(x",
                                                "-\"x\"",
                                                "-a[5m]",
                                                "a offset",
                                                "a offset x",
                                                "a offset 5m offset 5m",
                                                "sum(a) offset 5m",
                                                "(a) offset 5m",
                                                "a offset 5m [5m]",
                                                "a @",
                                                "a @ x",
                                                "a @ start",
                                                "a @ 1 @ 2",
                                                "a @ 1 [5m]",
                                                "sum(a)[5m]",
                                                "(a)[5m]",
                                                "a[5m][5m]",
                                                "a[5m][5m:]",
                                                "\"x\"[5m:]",
                                                "1 offset 5m",
                                                "0x",
                                                "0x1.8",
                                                "1e",
                                                "5q",
                                                "1.5h",
                                                "1h1h",
                                                "1s1m",
                                                "a[1m1h]",
                                                "a[1.5h]",
                                                "a{b=~\"(\"}",
                                                "a{b=~\"[\"}",
                                                "a{b=~\"*\"}",
                                                "a{b=~\")\"}",
                                                "a{b=~\"(?!x)\"}",
                                                "a{b=~\"x(?=y)\"}",
                                                "a{b=~\"(x)\\\\1\"}",
                                                "a{b=~\"x**\"}",
                                                "a{b=~\"x\\\\\"}",
                                                "a{b!~\"+\"}",
                                                "",
                                                "   ",
                                                "# nothing",
                                                "bool",
                                                "on(a)",
                                                "start()",
                                                "group_left",
                                                "atan2",
                                                "a bool b",
                                                "by (a) sum(b)",
                                                "sum(a by (b))",
                                                "if a > 1",
                                                "a > 1 for 5m",
                                                "a{b=\"c\"}{d=\"e\"}",
                                                "a.b",
                                                "a-",
                                                "{a=\"b\"",
                                                "runner status == 0"};
  return kBad;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

/// What promtool says to rules of these expressions, the first being rule 1.
std::string promtool(const std::vector<std::string>& expressions) {
  const TempFolder folder;
  const std::string path = folder.path() + "/rules.yml";
  std::ofstream rules(path);
  rules << "groups:\n- name: g\n  rules:\n";
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    rules << "  - record: r" << i << "\n    expr: " << quoted(expressions[i]) << "\n";
  }
  rules.close();
  return output_of("promtool check rules " + shell_quote(path) + " 2>&1");
}

TEST(Promql, TakesWhatPromtoolTakes) {
  const std::string said = promtool(good());
  EXPECT_NE(said.find("SUCCESS: " + std::to_string(good().size()) + " rules found"),
            std::string::npos)
      << said;
  for (const std::string& text : good()) {
    const auto problem = check_promql(text);
    EXPECT_FALSE(problem) << text << ": " << problem->message << " at " << problem->offset;
  }
}

TEST(Promql, RefusesWhatPromtoolRefuses) {
  const std::string said = promtool(bad());
  for (std::size_t i = 0; i < bad().size(); ++i) {
    EXPECT_NE(said.find("rule " + std::to_string(i + 1) + ", \"r" + std::to_string(i) + "\""),
              std::string::npos)
        << "promtool takes: " << bad()[i] << "\n";
    EXPECT_TRUE(check_promql(bad()[i])) << bad()[i];
  }
}

/// Good and bad ones, cut, joined and with pieces of each other.
std::vector<std::string> mutants(unsigned seed, std::size_t count) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  static constexpr std::array<const char*, 24> kPieces = {
      "(",    ")",  "{",       "}", "[", "]",  ",", "\"", " ", "5m", "1",     "sum",
      " by ", "on", "offset ", "@", "=", "=~", "!", "-",  "a", ":",  "bool ", "[5m]"};
  std::vector<std::string> all = good();
  all.insert(all.end(), bad().begin(), bad().end());
  std::vector<std::string> out;
  while (out.size() < count) {
    std::string text = all[below(all.size())];
    for (std::size_t i = below(3) + 1; i > 0; --i) {
      const std::size_t at = below(text.size() + 1);
      switch (below(4)) {
        case 0:
          text.erase(at, below(3) + 1);
          break;
        case 1:
          text.insert(at, kPieces[below(kPieces.size())]);
          break;
        case 2: {
          const std::string& other = all[below(all.size())];
          text = text.substr(0, at) + other.substr(below(other.size() + 1));
          break;
        }
        default:
          if (at < text.size()) std::swap(text[at], text[below(text.size())]);
      }
    }
    if (valid_utf8(text)) out.push_back(text);
  }
  return out;
}

TEST(Promql, NeverRefusesAMutantThatPromtoolTakes) {
  const std::vector<std::string> texts = mutants(7, 4000);
  const std::string said = promtool(texts);
  std::size_t agreed = 0;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool takes = said.find("rule " + std::to_string(i + 1) + ", \"r" + std::to_string(i) +
                                 "\"") == std::string::npos;
    const auto problem = check_promql(texts[i]);
    EXPECT_FALSE(takes && problem) << quoted(texts[i]) << ": " << problem->message;
    refused += takes ? 0 : 1;
    agreed += !takes && problem ? 1 : 0;
  }
  EXPECT_GT(refused, texts.size() / 4);
  EXPECT_GE(agreed * 100, refused * 95) << agreed << " of " << refused;
}

struct Read {
  const char* name;
  std::string text;
  std::string selectors;
};
class PromqlSelectors : public testing::TestWithParam<Read> {};

std::string shown(const PromqlQuery& query) {
  std::string out;
  for (const MetricSelector& selector : query.selectors) {
    if (!out.empty()) out += " ; ";
    out += std::to_string(selector.offset) + "+" + std::to_string(selector.length) + " " +
           selector.name;
    for (const LabelMatcher& m : selector.matchers) {
      out += " " + m.label + m.op + (m.variable ? "?" : m.value);
    }
  }
  return out;
}

TEST_P(PromqlSelectors, AreFound) {
  const Read& c = GetParam();
  const PromqlQuery query = read_promql(c.text, PromqlFrom::Grafana);
  EXPECT_EQ(shown(query), c.selectors);
  EXPECT_TRUE(query.problems.empty()) << query.problems.front().message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, PromqlSelectors,
    testing::Values(Read{"One", "runner_status{environment=\"production\"} == 0",
                         "0+39 runner_status environment=production"},
                    Read{"Many", "a + on(x) sum by (y) (rate(b{c!=\"d\"}[5m])) / {__name__=\"e\"}",
                         "0+1 a ; 27+9 b c!=d ; 45+14  __name__=e"},
                    Read{"KeywordAsAMetric", "SUM{a='b'}", "0+10 SUM a=b"},
                    Read{"Interval", "rate(a_total{b=\"$c\"}[$__rate_interval])",
                         "5+15 a_total b=?"},
                    Read{"OldStyle", "rate(a_total[[[range]]])", "5+7 a_total"},
                    Read{"Braced", "rate(a{b=~\"${c:regex}\"}[${d}]) > $e", "5+18 a b=~?"},
                    Read{"PartOfAName", "sum(a_${b}_total{c=\"d\"})", "4+19  c=d"},
                    Read{"Functions", "$f(a[5m]) offset $g", "3+1 a"},
                    Read{"LabelList", "sum by ($h, i) (a)", "16+1 a"},
                    Read{"Filters", "a{b=\"c\", $filters}", "0+18 a b=c"},
                    Read{"Utf8Names", "{\"a.b\", \"c d\"=\"e\"}", "0+18  __name__=a.b c d=e"}),
    [](const auto& p) { return p.param.name; });

TEST(Promql, SaysWhere) {
  const auto missing = check_promql("sum(rate(a[5m])) by (b) >");
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->message, "the expression ends too early");
  const auto typed = check_promql("1 + rate(a)");
  ASSERT_TRUE(typed);
  EXPECT_EQ(typed->offset, 9U);
  EXPECT_EQ(typed->length, 1U);
  EXPECT_EQ(typed->message,
            "rate() takes a range vector: a range, as in x[5m], not an instant vector");
  const auto typo = check_promql("1 + icrease(a[5m])");
  ASSERT_TRUE(typo);
  EXPECT_EQ(typo->message, "there is no function 'icrease': did you mean 'increase'?");
  EXPECT_FALSE(check_promql("made_up_by_a_later_version(a, 5)"));
}

TEST(Promql, SaysNothingOfWhatAVariableMayBecome) {
  EXPECT_FALSE(check_promql("a $op b", PromqlFrom::Grafana));
  EXPECT_TRUE(check_promql("a $op b"));
  EXPECT_TRUE(check_promql("a b", PromqlFrom::Grafana));
}

TEST(Promql, EndsOnWhatNobodyWouldWrite) {
  EXPECT_TRUE(check_promql(std::string(100000, '(')));
  EXPECT_TRUE(check_promql(std::string(100000, '-')));
  EXPECT_TRUE(check_promql("a" + std::string(2000, '[')));
}

}  // namespace
}  // namespace holdfast
