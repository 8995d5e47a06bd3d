#include "engine/report/verification.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

using std::chrono::milliseconds;

Verification sample_verification() {
  return {.checks = {{.host = "h1",
                      .address = "check it answers",
                      .asked = "ask http://127.0.0.1/",
                      .got = "200 OK",
                      .passed = true,
                      .took = milliseconds(11)},
                     {.host = "host2",
                      .address = "check <&\">",
                      .asked = "room",
                      .got = "too \x01little\n]]> \xEF\xBF\xBE \xFF",
                      .hint = "make room",
                      .took = milliseconds(1250)}},
          .unasked = {{.host = "h3", .why = "no route to it", .hint = "plug it in"},
                      {.host = "h1", .address = "file /x", .why = "a folder", .refused = true}}};
}

TEST(VerificationText, IsATable) {
  EXPECT_EQ(verification_text(sample_verification(), Ink(false)),
            "      host   check             asked                   took  got\n"
            "ok    h1     check it answers  ask http://127.0.0.1/  11 ms  200 OK\n"
            "FAIL  host2  check <&\">        room                   1.2 s  too \\x01little\\n]]> "
            "\xEF\xBF\xBE \\xff\n"
            "        do: make room\n"
            "?     h3 can't be asked: no route to it\n"
            "        do: plug it in\n"
            "?     h1 file /x is refused: a folder\n"
            "1 passed, 1 failed, 2 not asked\n");
  EXPECT_EQ(verification_text({}, Ink(false)), "0 passed, 0 failed\n");
}

TEST(VerificationText, CutsWhatIsLongAndRight) {
  std::string text(55, 'x'), got(90, 'y');
  for (int i = 0; i < 20; ++i) text += "\u00e4", got += "\u00e4";
  CheckVerdict check{.host = "a", .address = "check x", .asked = text, .got = got, .passed = true};
  const std::string right = verification_text({.checks = {check}}, Ink(false));
  EXPECT_NE(
      right.find(text.substr(0, 55) + "\u2026  0 ms  " + got.substr(0, 90 + 2 * 9) + "\u2026\n"),
      std::string::npos)
      << right;
  check.passed = false;
  EXPECT_NE(verification_text({.checks = {check}}, Ink(false)).find("  " + got + "\n"),
            std::string::npos);
}

TEST(VerificationText, CountsACheckOnceHoweverManyHostsAreAsked) {
  const auto end = [](std::vector<CheckVerdict> checks) {
    const std::string text = verification_text({.checks = std::move(checks)}, Ink(false));
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  const auto of = [](const char* host, const char* address, bool passed) {
    return CheckVerdict{.host = host, .address = address, .passed = passed};
  };
  EXPECT_EQ(end({of("a", "check x", true), of("b", "check x", true), of("b", "check y", true)}),
            "3 passed, 0 failed; 2 of 2 checks hold\n");
  EXPECT_EQ(end({of("a", "check x", true), of("b", "check x", false)}),
            "1 passed, 1 failed; 0 of 1 check holds\n");
}

TEST(Verification, TellsWhatOnlyWarnsAndFailsNothing) {
  const Verification busy{.checks = {{.host = "a",
                                      .address = "check x",
                                      .asked = "load",
                                      .got = "too much",
                                      .hint = "wait",
                                      .warns = true}}};
  EXPECT_EQ(busy.failed(), 0U);
  const std::string text = verification_text(busy, Ink(false));
  EXPECT_NE(text.find("warn  a"), std::string::npos) << text;
  EXPECT_NE(text.find("        do: wait\n0 passed, 0 failed, 1 only warned; 0 of 1 check holds\n"),
            std::string::npos)
      << text;
  const auto told = nlohmann::json::parse(verification_json(busy));
  EXPECT_EQ(told["warned"], 1);
  EXPECT_EQ(told["passed"], 0);
  EXPECT_EQ(told["failed"], 0);
  EXPECT_EQ(told["checks"][0]["only_warns"], true);
  EXPECT_EQ(told["checks"][0]["error"], "too much");
  const std::string junit = verification_junit(busy);
  EXPECT_NE(junit.find("tests=\"1\" failures=\"0\""), std::string::npos) << junit;
  EXPECT_NE(junit.find("<system-err>warning: too much; asked: load; do: wait</system-err>"),
            std::string::npos)
      << junit;
}

TEST(VerificationJson, SaysTheSame) {
  const auto told = nlohmann::json::parse(verification_json(sample_verification()));
  EXPECT_EQ(told["checks"][0]["asked"], "ask http://127.0.0.1/");
  EXPECT_EQ(told["checks"][0]["got"], "200 OK");
  EXPECT_EQ(told["checks"][1]["hint"], "make room");
  EXPECT_FALSE(told["checks"][1].contains("got"));
  EXPECT_EQ(told["unreachable"], nlohmann::json::array({"h3"}));
  EXPECT_EQ(told["refused"], nlohmann::json::array());
  EXPECT_EQ(told["unasked"][1]["address"], "file /x");
  EXPECT_EQ(told["failed"], 1);
}

TEST(VerificationJunit, IsXmlWhateverAHostSays) {
  EXPECT_EQ(
      verification_junit(sample_verification()),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"holdfast verify\" tests=\"4\" failures=\"1\" errors=\"2\" "
      "time=\"1.261\">\n"
      "  <testsuite name=\"h1\" hostname=\"h1\" tests=\"2\" failures=\"0\" errors=\"1\" "
      "time=\"0.011\">\n"
      "    <testcase classname=\"h1\" name=\"check it answers\" time=\"0.011\">\n"
      "      <system-out>asked: ask http://127.0.0.1/; got: 200 OK</system-out>\n"
      "    </testcase>\n"
      "    <testcase classname=\"h1\" name=\"file /x\" time=\"0.000\">\n"
      "      <error message=\"a folder\">it is refused</error>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "  <testsuite name=\"host2\" hostname=\"host2\" tests=\"1\" failures=\"1\" errors=\"0\" "
      "time=\"1.250\">\n"
      "    <testcase classname=\"host2\" name=\"check &lt;&amp;&quot;&gt;\" time=\"1.250\">\n"
      "      <failure message=\"too \\x01little\\n]]&gt; \\ufffe \\xff\">asked: room; do: make "
      "room</failure>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "  <testsuite name=\"h3\" hostname=\"h3\" tests=\"1\" failures=\"0\" errors=\"1\" "
      "time=\"0.000\">\n"
      "    <testcase classname=\"h3\" name=\"reach the host\" time=\"0.000\">\n"
      "      <error message=\"no route to it\">it can&apos;t be asked; do: plug it in</error>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "</testsuites>\n");
}

}  // namespace
}  // namespace holdfast
