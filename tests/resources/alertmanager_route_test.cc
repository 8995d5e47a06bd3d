#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_alertmanager_route_kind();

namespace {

constexpr const char* kAlertmanagerConfig = "/etc/prometheus/alertmanager.yml";
constexpr const char* kReceivers =
    "receivers:\n  - name: oncall-sre\n    slack_configs: [{api_url: https://hunter2}]\n  - name: "
    "other\n";
constexpr const char* kOncallRoute =
    "    # holdfast: alertmanager_route runners\n"
    "    - receiver: oncall-sre\n"
    "      matchers:\n"
    "        - 'component=\"github-runner\"'\n"
    "      group_wait: 10s\n";

State wanted_route() {
  return state({{"receiver", "oncall-sre"},
                {"matchers", ValueList{"component = github-runner"}},
                {"group_wait", 10.0},
                {"continue", false}});
}

std::string config(const std::string& routes) {
  return "route:\n  receiver: other\n  routes:\n" + routes + kReceivers;
}

Answers config_answers(const std::string& text) {
  Answers answers;
  ValueMap content;
  content.set("content", text);
  answers.set({"content", kAlertmanagerConfig}, content);
  return answers;
}

PlannedChange plan_route(const std::string& text, bool absent = false) {
  const auto kind = make_alertmanager_route_kind();
  const Resource resource =
      resource_for(*kind, "runners", absent ? State{} : wanted_route(), absent);
  return planned_change(*kind, resource, config_answers(text));
}

TEST(AlertmanagerRoute, ANewOneIsAddedAndReloaded) {
  const PlannedChange planned = plan_route(config("    - receiver: other\n"));
  EXPECT_EQ(planned.change.action, Action::Create);
  EXPECT_EQ(planned.steps,
            "0 add route runners in /etc/prometheus/alertmanager.yml\n"
            "1 reload 'prometheus-alertmanager.service http://127.0.0.1:9093'\n"
            "2 ask http://127.0.0.1:9093: whether it has read its files\n");
  EXPECT_EQ(
      std::get<holdfast::Run>(planned.all[0].step).input.bytes(),
      "0 126\n# holdfast: alertmanager_route runners\n- receiver: oncall-sre\n  matchers:\n    - "
      "'component=\"github-runner\"'\n  group_wait: 10s\n");
}

TEST(AlertmanagerRoute, IsFoundByItsMarkOrByWhatItSays) {
  EXPECT_EQ(plan_route(config(kOncallRoute)).change.action, Action::None);
  const std::string bare =
      std::string(kOncallRoute).substr(std::string(kOncallRoute).find('\n') + 1);
  EXPECT_EQ(plan_route(config("    - receiver: other\n" + bare)).change.action, Action::None);
}

TEST(AlertmanagerRoute, DriftIsOfOurRouteAlone) {
  std::string edited = kOncallRoute;
  edited += "      repeat_interval: 1h\n      continue: true\n";
  const PlannedChange planned =
      plan_route(config(edited + "    - receiver: other\n      continue: true\n"));
  EXPECT_EQ(planned.change.reason, "route differs");
  EXPECT_EQ(planned.change.attributes.at(0).before.display(),
            R"({"continue":true,"group_wait":"10s","matchers":["component=\"github-runner\""],)"
            R"("receiver":"oncall-sre","repeat_interval":"1h"})");
  EXPECT_TRUE(std::get<holdfast::Run>(planned.all[0].step).input.is_secret());
}

TEST(AlertmanagerRoute, ItsRemovalLeavesTheOthers) {
  const PlannedChange planned = plan_route(config(kOncallRoute), true);
  EXPECT_EQ(planned.steps.substr(0, planned.steps.find('\n')),
            "0 remove route runners in /etc/prometheus/alertmanager.yml");
  EXPECT_EQ(plan_route(config("    - receiver: other\n"), true).change.action, Action::None);
}

TEST(AlertmanagerRoute, AReceiverThatIsNotThereIsRefusedWithoutASecret) {
  const auto kind = make_alertmanager_route_kind();
  State desired = wanted_route();
  desired.set("receiver", "nobody");
  const auto seen = kind->read(resource_for(*kind, "runners", desired), config_answers(config("")));
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::ReceiverMissing);
  EXPECT_EQ(seen.error().hint, "it has oncall-sre, other");
  const auto broken = kind->read(resource_for(*kind, "runners", wanted_route()),
                                 config_answers("receivers: [a: hunter2: b\n"));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message.find("hunter2"), std::string::npos);
}

TEST(AlertmanagerRoute, RefusesWhatIsStatedWrongly) {
  const auto kind = make_alertmanager_route_kind();
  const auto said = [&](const char* name, const Value& value) {
    State desired = wanted_route();
    desired.set(name, value);
    return check_text(*kind, resource_for(*kind, "runners", desired));
  };
  for (const char* good : {"a=\"b\"", "a=~\"b|c\"", "a != b", "a!~\"x\\\"y\""}) {
    EXPECT_EQ(said("matchers", ValueList{good}), "") << good;
  }
  for (const char* bad : {"a", "a-b=\"c\"", "a=\"b", "a==b", "=b", "a=", "a=\"b\"c\""}) {
    EXPECT_NE(said("matchers", ValueList{bad}), "") << bad;
  }
  EXPECT_EQ(said("group_by", ValueList{"..."}), "");
  EXPECT_NE(said("group_by", ValueList{"a b"}), "");
  EXPECT_NE(said("repeat_interval", 0.0), "");
}

}  // namespace
}  // namespace holdfast
