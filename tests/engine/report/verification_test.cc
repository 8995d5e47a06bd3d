#include "engine/report/verification.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

using std::chrono::milliseconds;

Verification sample() {
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
  EXPECT_EQ(verification_text(sample(), Ink(false)),
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

TEST(VerificationJson, SaysTheSame) {
  const auto json = nlohmann::json::parse(verification_json(sample()));
  EXPECT_EQ(json["checks"][0]["asked"], "ask http://127.0.0.1/");
  EXPECT_EQ(json["checks"][0]["got"], "200 OK");
  EXPECT_EQ(json["checks"][1]["hint"], "make room");
  EXPECT_FALSE(json["checks"][1].contains("got"));
  EXPECT_EQ(json["unreachable"], nlohmann::json::array({"h3"}));
  EXPECT_EQ(json["refused"], nlohmann::json::array());
  EXPECT_EQ(json["unasked"][1]["address"], "file /x");
  EXPECT_EQ(json["failed"], 1);
}

TEST(VerificationJunit, IsXmlWhateverAHostSays) {
  EXPECT_EQ(
      verification_junit(sample()),
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
