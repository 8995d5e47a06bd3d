#include "exporter/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace holdfast::exporter {
namespace {

using testing::HasSubstr;

auto read(const std::vector<std::string_view>& arguments,
          const std::map<std::string, std::string>& variables = {}) {
  return read_settings(arguments, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(Settings, ComeFromFlagsInBothForms) {
  const auto settings = std::get<Settings>(read(
      {"--environment", "staging", "--authorized-for-prod=false", "--port=9102", "--listen", "::1",
       "--runner-dir", "/srv/runner", "--runner-name", "r1", "--unit",
       "actions.runner.o-r.h.service", "--disk", "/", "--credential-file", "/etc/c", "--once"}));
  EXPECT_EQ(settings.environment, "staging");
  EXPECT_EQ(settings.authorized_for_prod, "false");
  EXPECT_EQ(settings.port, 9102);
  EXPECT_EQ(settings.listen, "::1");
  EXPECT_EQ(settings.runner_dir, "/srv/runner");
  EXPECT_EQ(settings.runner_name, "r1");
  EXPECT_EQ(settings.unit, "actions.runner.o-r.h.service");
  EXPECT_EQ(settings.disk, "/");
  EXPECT_EQ(settings.credential_file, "/etc/c");
  EXPECT_TRUE(settings.once);
}

TEST(Settings, ComeFromTheEnvironmentWhereNoFlagSaysOtherwise) {
  const auto settings =
      std::get<Settings>(read({"--port", "9103"}, {{"ENVIRONMENT", "production"},
                                                   {"AUTHORIZED_FOR_PROD", "true"},
                                                   {"EXPORTER_PORT", "nonsense"},
                                                   {"RUNNER_NAME", ""}}));
  EXPECT_EQ(settings.environment, "production");
  EXPECT_EQ(settings.authorized_for_prod, "true");
  EXPECT_EQ(settings.port, 9103);
  EXPECT_EQ(settings.runner_dir, "/opt/actions-runner");
  EXPECT_FALSE(settings.once);
}

struct Wrong {
  std::vector<std::string_view> arguments;
  const char* says;
};

class WrongUsage : public testing::TestWithParam<Wrong> {};

TEST_P(WrongUsage, IsSaidWithWhatWouldBeRight) {
  std::vector<std::string_view> arguments = GetParam().arguments;
  const auto result = read(arguments);
  ASSERT_TRUE(std::holds_alternative<UsageError>(result));
  EXPECT_THAT(std::get<UsageError>(result).message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongUsage,
    testing::Values(
        Wrong{{}, "--environment (or ENVIRONMENT) must say"},
        Wrong{{"--environment", "x"},
              "--authorized-for-prod (or AUTHORIZED_FOR_PROD) must be true or false"},
        Wrong{{"--authorized-for-prod", "yes"},
              "--authorized-for-prod needs true or false, not 'yes'"},
        Wrong{{"--prot", "1"}, "it takes no '--prot'"}, Wrong{{"9101"}, "it takes no '9101'"},
        Wrong{{"--once=yes"}, "it takes no '--once=yes'"},
        Wrong{{"--port"}, "--port needs a value"},
        Wrong{{"--port", "65536"}, "--port needs a number from 0 to 65535, not '65536'"},
        Wrong{{"--port", "-1"}, "not '-1'"}, Wrong{{"--port", "9101x"}, "not '9101x'"},
        Wrong{{"--port="}, "--port needs a value"},
        Wrong{{"--listen", "localhost"}, "--listen needs an IPv4 or IPv6 address, not 'localhost'"},
        Wrong{{"--runner-dir", "runner"}, "--runner-dir needs an absolute path"},
        Wrong{{"--unit", "../x.service"}, "--unit needs the name of a service"},
        Wrong{{"--unit", "ssh.socket"}, "--unit needs the name of a service"},
        Wrong{{"--environment", "a\nb"}, "without control characters, not 'a?b'"}));

TEST(Settings, AVariablesMistakeNamesTheVariable) {
  const auto result = read({}, {{"ENVIRONMENT", "x"}, {"AUTHORIZED_FOR_PROD", "True"}});
  EXPECT_EQ(std::get<UsageError>(result).message,
            "AUTHORIZED_FOR_PROD needs true or false, not 'True'");
}

TEST(Settings, HelpAndVersionAreAnsweredWhateverElseIsWrong) {
  const auto help =
      std::get<Notice>(read({"--port", "x", "--help"}, {{"EXPORTER_PORT", "y"}})).text;
  for (const char* flag :
       {"--environment", "--authorized-for-prod", "--runner-dir", "--runner-name", "--unit",
        "--disk", "--credential-file", "--port", "--listen", "--once", "--version", "--help"}) {
    EXPECT_THAT(help, HasSubstr(flag));
  }
  EXPECT_THAT(std::get<Notice>(read({"--version"})).text,
              testing::StartsWith("holdfast-runner-exporter 0."));
}

}  // namespace
}  // namespace holdfast::exporter
