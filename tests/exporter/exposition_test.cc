#include "exporter/exposition.h"

#include <gtest/gtest.h>

#include "exporter/negotiate.h"

namespace holdfast::exporter {
namespace {

std::string written(Format format) {
  const Labels common{{"hostname", "h1"}};
  Exposition out(format, common);
  out.metric("a_bytes", MetricType::Gauge, "How much.", "bytes");
  out.sample(std::uint64_t{25276502016});
  out.metric("b_total", MetricType::Counter, "How many.");
  out.sample(std::uint64_t{3}, {{"kind", "x\"y"}});
  out.metric("c_info", MetricType::Info, "What.");
  out.sample(std::uint64_t{1});
  out.metric("d_percent", MetricType::Gauge, "Share.", "percent");
  out.sample(12.5);
  out.sample(1798675200.25);
  return std::move(out).finish();
}

TEST(Exposition, IsPrometheusText) {
  EXPECT_EQ(written(Format::Text),
            "# HELP a_bytes How much.\n"
            "# TYPE a_bytes gauge\n"
            "a_bytes{hostname=\"h1\"} 25276502016\n"
            "# HELP b_total How many.\n"
            "# TYPE b_total counter\n"
            "b_total{hostname=\"h1\",kind=\"x\\\"y\"} 3\n"
            "# HELP c_info What.\n"
            "# TYPE c_info gauge\n"
            "c_info{hostname=\"h1\"} 1\n"
            "# HELP d_percent Share.\n"
            "# TYPE d_percent gauge\n"
            "d_percent{hostname=\"h1\"} 12.5\n"
            "d_percent{hostname=\"h1\"} 1798675200.25\n");
}

TEST(Exposition, IsOpenMetricsWithFamiliesUnitsAndAnEnd) {
  EXPECT_EQ(written(Format::OpenMetrics),
            "# HELP a_bytes How much.\n"
            "# TYPE a_bytes gauge\n"
            "# UNIT a_bytes bytes\n"
            "a_bytes{hostname=\"h1\"} 25276502016\n"
            "# HELP b How many.\n"
            "# TYPE b counter\n"
            "b_total{hostname=\"h1\",kind=\"x\\\"y\"} 3\n"
            "# HELP c What.\n"
            "# TYPE c info\n"
            "c_info{hostname=\"h1\"} 1\n"
            "# HELP d_percent Share.\n"
            "# TYPE d_percent gauge\n"
            "# UNIT d_percent percent\n"
            "d_percent{hostname=\"h1\"} 12.5\n"
            "d_percent{hostname=\"h1\"} 1798675200.25\n"
            "# EOF\n");
}

TEST(Exposition, WritesNoLabelThatAParserWouldRefuse) {
  EXPECT_EQ(escaped_label("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
  EXPECT_EQ(escaped_label("Größe€𝄞"), "Größe€𝄞");
  const std::string wrong = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped_label("a\xFFz"), "a" + wrong + "z");
  EXPECT_EQ(escaped_label("\xC3"), wrong) << "cut short";
  EXPECT_EQ(escaped_label("\xC0\x80"), wrong + wrong) << "longer than needed";
  EXPECT_EQ(escaped_label("\xED\xA0\x80"), wrong + wrong + wrong) << "half of a surrogate pair";
  EXPECT_EQ(escaped_label("\xF4\x90\x80\x80"), wrong + wrong + wrong + wrong) << "beyond the last";
}

struct Wanted {
  const char* accept;
  const char* type;
};

class Negotiation : public testing::TestWithParam<Wanted> {};

TEST_P(Negotiation, GivesWhatIsWantedMost) {
  EXPECT_TRUE(negotiate(GetParam().accept).content_type.starts_with(GetParam().type))
      << GetParam().accept;
}

constexpr const char* kText = "text/plain; version=0.0.4";
constexpr const char* kOpen = "application/openmetrics-text; version=1.0.0";
constexpr const char* kOld = "application/openmetrics-text; version=0.0.1";

INSTANTIATE_TEST_SUITE_P(
    Table, Negotiation,
    testing::Values(
        Wanted{"", kText}, Wanted{"*/*", kText}, Wanted{"text/html, */*;q=0.8", kText},
        Wanted{"application/openmetrics-text", kOpen},
        Wanted{"application/openmetrics-text;version=1.0.0,application/"
               "openmetrics-text;version=0.0.1;q=0.75,"
               "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
               kOpen},
        Wanted{
            "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            kOld},
        Wanted{"Application/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=0.5, text/plain; q=0.4",
               kOpen},
        Wanted{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/"
               "plain;q=0.3",
               kOpen},
        Wanted{"application/openmetrics-text;q=0.2,text/plain;q=0.9", kText},
        Wanted{"application/openmetrics-text;q=0", kText},
        Wanted{"application/openmetrics-text;version=2.0.0", kText},
        Wanted{"application/openmetrics-text;q=nonsense", kText}, Wanted{",;,;=,q=", kText}));

}  // namespace
}  // namespace holdfast::exporter
