#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "engine/core/kind.h"
#include "engine/plan/diff.h"
#include "tests/resources/make.h"

namespace holdfast {

std::unique_ptr<Kind> make_systemd_unit_kind();

namespace {

constexpr const char* kUnitText =
    "[Service]\nExecStart=/bin/sleep 1\n[Install]\nWantedBy=a.target\n";

Value unit(const char* active, const char* file_state, const char* sub = "running",
           const char* load = "loaded", const char* reload = "no") {
  ValueMap map;
  map.set("LoadState", load);
  map.set("ActiveState", active);
  map.set("SubState", sub);
  map.set("UnitFileState", file_state);
  map.set("NeedDaemonReload", reload);
  map.set("Result", std::string_view(active) == "failed" ? "exit-code" : "success");
  map.set("FragmentPath", "/lib/systemd/system/a.service");
  return map;
}

Value missing() { return unit("inactive", "", "dead", "not-found"); }
Value digest(const std::string& text) {
  ValueMap map;
  map.set("digest", sha256_hex(text));
  return map;
}

Value drop_in(const std::string& file, const std::string& text) {
  ValueMap map;
  map.set(file, text);
  return map;
}

struct UnitCase {
  const char* name;
  State desired;
  Value seen;
  Value content;  ///< Digest answer of the unit file.
  Value extra;    ///< Digest answer of the drop-in x.conf.
  const char* forward;
  const char* back;
  bool restart_due = false;
  bool reload_due = false;
  bool absent = false;
};

class SystemdUnitPlan : public testing::TestWithParam<UnitCase> {};

Answers unit_answers(const UnitCase& c) {
  Answers answers;
  answers.set({"systemd", "a.service"}, c.seen);
  answers.set({"digest", "/etc/systemd/system/a.service"}, c.content);
  answers.set({"digest", "/etc/systemd/system/a.service.d/x.conf"}, c.extra);
  answers.set({"stat", "/etc/systemd/system/a.service"}, c.content);
  answers.set({"stat", "/etc/systemd/system/a.service.d"}, c.extra);
  return answers;
}

TEST_P(SystemdUnitPlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const UnitCase& c = GetParam();
  const auto kind = make_systemd_unit_kind();
  const Resource resource = resource_of("a.service", c.desired, c.absent);
  EXPECT_TRUE(kind->check(resource).empty());
  const auto seen = kind->read(resource, unit_answers(c));
  ASSERT_TRUE(seen) << seen.error().message;
  Change change = diff(*kind, resource, *seen);
  change.restart_due = c.restart_due;
  change.reload_due = c.reload_due;
  const bool quiet = change.action == Action::None && !c.restart_due && !c.reload_due;
  const auto steps = quiet ? std::vector<PhasedStep>{} : kind->steps(resource, change);
  EXPECT_EQ(forward_text(steps), c.forward);
  EXPECT_EQ(back_text(steps), c.back);
}

INSTANTIATE_TEST_SUITE_P(
    Table, SystemdUnitPlan,
    testing::Values(UnitCase{"Converged",
                             state({{"content", kUnitText},
                                    {"enabled", true},
                                    {"state", "running"},
                                    {"loaded", true}}),
                             unit("active", "enabled"),
                             digest(kUnitText),
                             {},
                             "",
                             ""},
                    UnitCase{"New",
                             state({{"content", kUnitText},
                                    {"enabled", true},
                                    {"state", "running"},
                                    {"loaded", true}}),
                             missing(),
                             {},
                             {},
                             "2 write /etc/systemd/system/a.service\n"
                             "3 verify a.service\n"
                             "4 systemctl enable --no-reload --quiet -- a.service\n"
                             "5 systemctl daemon-reload\n"
                             "6 start a.service\n"
                             "7 see whether still active: a.service\n",
                             "systemctl stop -- a.service\n"
                             "systemctl disable --no-reload --quiet -- a.service\n"
                             "true\n"
                             "last: systemctl daemon-reload\n"},
                    UnitCase{"NewContentRestartsWhatRuns",
                             state({{"content", kUnitText}, {"state", "running"}}),
                             unit("active", "enabled"),
                             digest("old"),
                             {},
                             "2 write /etc/systemd/system/a.service\n"
                             "3 verify a.service\n"
                             "5 systemctl daemon-reload\n"
                             "6 restart a.service\n"
                             "7 see whether still active: a.service\n",
                             "true\n"
                             "last: systemctl daemon-reload\n"
                             "last: systemctl restart -- a.service\n"},
                    UnitCase{"NewContentOfAStoppedUnitStartsNothing",
                             state({{"content", kUnitText}, {"verify", false}}),
                             unit("inactive", "disabled"),
                             digest("old"),
                             {},
                             "2 write /etc/systemd/system/a.service\n"
                             "5 systemctl daemon-reload\n",
                             "last: systemctl daemon-reload\n"},
                    UnitCase{"RestartDue",
                             state({{"state", "running"}}),
                             unit("active", "enabled"),
                             {},
                             {},
                             "6 restart a.service\n"
                             "7 see whether still active: a.service\n",
                             "last: systemctl restart -- a.service\n",
                             true},
                    UnitCase{"ReloadDue",
                             state({{"enabled", true}}),
                             unit("active", "enabled"),
                             {},
                             {},
                             "6 reload-or-restart a.service\n"
                             "7 see whether still active: a.service\n",
                             "last: systemctl reload-or-restart -- a.service\n",
                             false,
                             true},
                    UnitCase{"RestartDueOfAStoppedUnit",
                             state({{"enabled", true}}),
                             unit("inactive", "enabled"),
                             {},
                             {},
                             "",
                             "",
                             true},
                    UnitCase{"Failed",
                             state({{"state", "running"}}),
                             unit("failed", "enabled", "failed"),
                             {},
                             {},
                             "6 start a.service\n"
                             "7 see whether still active: a.service\n",
                             "systemctl stop -- a.service\n"},
                    UnitCase{"CrashLoop",
                             state({{"state", "running"}}),
                             unit("activating", "enabled", "auto-restart"),
                             {},
                             {},
                             "6 start a.service\n"
                             "7 see whether still active: a.service\n",
                             "systemctl stop -- a.service\n"},
                    UnitCase{"FailedIsStopped",
                             state({{"state", "stopped"}}),
                             unit("failed", "enabled", "failed"),
                             {},
                             {},
                             "",
                             ""},
                    UnitCase{"StopAndDisable",
                             state({{"state", "stopped"}, {"enabled", false}}),
                             unit("active", "enabled"),
                             {},
                             {},
                             "4 systemctl disable --no-reload --quiet -- a.service\n"
                             "5 systemctl daemon-reload\n"
                             "6 systemctl stop -- a.service\n",
                             "last: systemctl enable --no-reload --quiet -- a.service\n"
                             "last: systemctl daemon-reload\n"
                             "last: systemctl start -- a.service\n"},
                    UnitCase{"Mask",
                             state({{"masked", true}, {"state", "stopped"}}),
                             unit("active", "enabled"),
                             {},
                             {},
                             "4 systemctl mask --no-reload --quiet -- a.service\n"
                             "5 systemctl daemon-reload\n"
                             "6 systemctl stop -- a.service\n",
                             "systemctl unmask --no-reload --quiet -- a.service\n"
                             "last: systemctl daemon-reload\n"
                             "last: systemctl start -- a.service\n"},
                    UnitCase{"MaskedWithADropInThatIsNeverRead",
                             state({{"masked", true}, {"state", "stopped"}}),
                             unit("inactive", "masked", "dead", "masked", "yes"),
                             {},
                             {},
                             "",
                             ""},
                    UnitCase{"Unmask",
                             state({{"masked", false}, {"state", "running"}}),
                             unit("inactive", "masked", "dead", "masked"),
                             {},
                             {},
                             "1 systemctl unmask --no-reload --quiet -- a.service\n"
                             "5 systemctl daemon-reload\n"
                             "6 start a.service\n"
                             "7 see whether still active: a.service\n",
                             "systemctl stop -- a.service\n"
                             "systemctl mask --no-reload --quiet -- a.service\n"
                             "last: systemctl daemon-reload\n"},
                    UnitCase{"NotLoaded",
                             state({{"loaded", true}}),
                             unit("active", "enabled", "running", "loaded", "yes"),
                             {},
                             {},
                             "5 systemctl daemon-reload\n",
                             "last: systemctl daemon-reload\n"},
                    UnitCase{"DropIn",
                             state({{"drop_ins", drop_in("x.conf", "[Service]\n")}}),
                             unit("active", "enabled"),
                             {},
                             {},
                             "2 make directory /etc/systemd/system/a.service.d\n"
                             "2 write /etc/systemd/system/a.service.d/x.conf\n"
                             "3 verify a.service\n"
                             "5 systemctl daemon-reload\n"
                             "6 restart a.service\n"
                             "7 see whether still active: a.service\n",
                             "true\n"
                             "last: systemctl daemon-reload\n"
                             "last: systemctl restart -- a.service\n"},
                    UnitCase{"DropInRemoved",
                             state({{"drop_ins", drop_in("x.conf", "")}, {"verify", false}}),
                             unit("inactive", "enabled"),
                             {},
                             digest("x"),
                             "2 remove /etc/systemd/system/a.service.d/x.conf\n"
                             "5 systemctl daemon-reload\n",
                             "last: systemctl daemon-reload\n"},
                    UnitCase{"Absent",
                             {},
                             unit("active", "enabled"),
                             digest(kUnitText),
                             digest("x"),
                             "0 systemctl stop -- a.service\n"
                             "1 systemctl disable --no-reload --quiet -- a.service\n"
                             "2 remove /etc/systemd/system/a.service\n"
                             "2 remove /etc/systemd/system/a.service.d\n"
                             "5 systemctl daemon-reload\n",
                             "last: start a.service\n"
                             "last: systemctl enable --no-reload --quiet -- a.service\n"
                             "last: systemctl daemon-reload\n",
                             false,
                             false,
                             true},
                    UnitCase{"AbsentAlready", {}, missing(), {}, {}, "", "", false, false, true}),
    [](const auto& p) { return p.param.name; });

struct WrongUnit {
  const char* name;
  const char* unit;
  State desired;
  const char* message;
};
class SystemdUnitCheck : public testing::TestWithParam<WrongUnit> {};

TEST_P(SystemdUnitCheck, RefusesWhatCantBe) {
  const WrongUnit& c = GetParam();
  const auto errors = make_systemd_unit_kind()->check(resource_of(c.unit, c.desired));
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors[0].message, c.message);
  EXPECT_FALSE(errors[0].hint.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, SystemdUnitCheck,
    testing::Values(
        WrongUnit{"NoSuffix", "nginx", {}, "systemd_unit 'nginx' is no unit's name"},
        WrongUnit{"Path", "../a.service", {}, "systemd_unit '../a.service' is no unit's name"},
        WrongUnit{"Newline", "a\nb.service", {}, "systemd_unit 'a\\nb.service' is no unit's name"},
        WrongUnit{"TemplateRuns", "a@.service", state({{"state", "running"}}),
                  "systemd_unit 'a@.service' is a template: 'state' belongs to its instances"},
        WrongUnit{"NoInstall", "a.service",
                  state({{"content", "[Service]\nExecStart=/bin/true\n"}, {"enabled", true}}),
                  "systemd_unit 'a.service' has no [Install] section, so it can't be enabled"},
        WrongUnit{
            "Oneshot", "a.service",
            state({{"content", "[Service]\nType=oneshot\nExecStart=/bin/true\n"},
                   {"state", "running"}}),
            "systemd_unit 'a.service' ends by itself (Type=oneshot), so it can't stay running"},
        WrongUnit{"MaskedAndRunning", "a.service", state({{"masked", true}, {"state", "running"}}),
                  "systemd_unit 'a.service' can't be masked and also be enabled or running"},
        WrongUnit{"MaskedWithContent", "a.service", state({{"masked", true}, {"content", "x"}}),
                  "systemd_unit 'a.service' is masked and has 'content'"},
        WrongUnit{"DropInName", "a.service", state({{"drop_ins", drop_in("../x.conf", "x")}}),
                  "systemd_unit 'a.service': '../x.conf' is no drop-in's name"}),
    [](const auto& p) { return p.param.name; });

TEST(SystemdUnit, SaysWhatItNeeds) {
  const auto kind = make_systemd_unit_kind();
  const Resource resource = resource_of(
      "a@b.service",
      state({{"content",
              "[Unit]\nRequires=c.service c.socket\n[Service]\n# User=nobody\nUser=bob\n"
              "Group=adm\nEnvironmentFile=-/etc/a.env\nWorkingDirectory=/srv/%i\n"
              "ExecStart=!/opt/a --config=/etc/a.yml \\\n  /etc/b.yml $HOME\n"}}));
  const Links links = kind->links(resource);
  EXPECT_EQ(links.needs, (std::vector<std::string>{
                             "group:adm", "path:/etc/a.env", "path:/etc/a.yml", "path:/etc/b.yml",
                             "path:/opt/a", "unit:c.service", "user:bob", "unit:a@.service"}));
  EXPECT_EQ(links.provides,
            (std::vector<std::string>{"unit:a@b.service", "path:/etc/systemd/system/a@b.service"}));
  EXPECT_EQ(kind->links(resource_of("b.timer")).needs,
            (std::vector<std::string>{"unit:b.service", "path:/etc/systemd/system/b.timer"}));
}

TEST(SystemdUnit, TellsHostsWithoutSystemdAndStaticUnits) {
  const auto kind = make_systemd_unit_kind();
  Answers answers;
  answers.set({"systemd", "a.service"}, {});
  const Resource enabled = resource_of("a.service", state({{"enabled", true}}));
  auto seen = kind->read(enabled, answers);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::NoSystemd);
  answers.set({"systemd", "a.service"}, unit("active", "static"));
  seen = kind->read(enabled, answers);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::UnitCannotBeEnabled);
  answers.set({"systemd", "a.service"}, Unknown{"needs root"});
  seen = kind->read(enabled, answers);
  ASSERT_TRUE(seen && *seen);
  EXPECT_TRUE((*seen)->find("enabled")->is_unknown());
}

TEST(SystemdUnit, SecretTextStaysSecretAndPrivate) {
  const auto kind = make_systemd_unit_kind();
  const Resource resource =
      resource_of("a.service", state({{"content", Secret("[Service]\nEnvironment=T=x\n")}}));
  EXPECT_TRUE(kind->desired(resource).find("content")->is_secret());
  const auto steps = kind->steps(resource, diff(*kind, resource, std::nullopt));
  EXPECT_EQ(std::get<WriteFile>(steps.at(0).step).mode, "0600");
}

TEST(SystemdUnit, JoinsOnlyWhatIsAlike) {
  const auto kind = make_systemd_unit_kind();
  const auto steps = [&](const char* name, double settle) {
    const Resource resource = resource_of(name, state({{"state", "running"}, {"settle", settle}}));
    std::vector<holdfast::Run> out;
    for (const PhasedStep& step : kind->steps(resource, diff(*kind, resource, std::nullopt))) {
      out.push_back(std::get<holdfast::Run>(step.step));
    }
    return out;
  };
  const auto a = steps("a.service", 0.3), b = steps("b.service", 5.0);
  ASSERT_EQ(a.size(), 2U);
  ASSERT_EQ(b.size(), 2U);
  EXPECT_EQ(a[0].argv, b[0].argv);
  EXPECT_EQ(a[0].operands, Argv{"a.service"});
  EXPECT_NE(a[1].settle, b[1].settle);
  EXPECT_EQ(steps("a.service", 0).size(), 1U) << "nothing to wait for";
}

}  // namespace
}  // namespace holdfast
