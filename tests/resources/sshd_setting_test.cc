#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_sshd_setting_kind();
std::unique_ptr<Collector> make_sshd_collector();

namespace {

constexpr const char* kSshdPath = "/etc/ssh/sshd_config.d/50-own.conf";
constexpr const char* kSshdText = "# Written by holdfast.\nMaxAuthTries 3\n";
const Query kFiles{"sshd", "sshd"};

State settings(std::vector<std::pair<std::string, Value>> entries) {
  return state({{"settings", Value(state(std::move(entries)))}});
}

/// What the collector prints, read.
Value files(const std::string& text) {
  auto out = make_sshd_collector()->parse({"sshd"}, text + "end\n");
  if (!out) ADD_FAILURE() << out.error().message;
  return out ? out->at(0) : Value();
}

constexpr const char* kUsual =
    "file /etc/ssh/sshd_config\ninclude /etc/ssh/sshd_config.d/*.conf\n"
    "file /etc/ssh/sshd_config.d/40-first.conf\nset 2 x11forwarding "
    "/etc/ssh/sshd_config.d/40-first.conf\n"
    "file /etc/ssh/sshd_config.d/60-last.conf\nset 1 maxauthtries "
    "/etc/ssh/sshd_config.d/60-last.conf\n"
    "included /etc/ssh/sshd_config.d/*.conf\nset 9 port /etc/ssh/sshd_config\n"
    "set 10 maxauthtries /etc/ssh/sshd_config\n";

Given sshd_answers(Value stat, Value digest, const char* text = kUsual) {
  Given out = file_answers(kSshdPath, std::move(stat), std::move(digest));
  out.push_back({kFiles, files(text)});
  return out;
}

class SshdSettingPlan : public testing::TestWithParam<KindCase> {};

TEST_P(SshdSettingPlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_sshd_setting_kind();
  const KindCase& c = GetParam();
  const Resource resource = resource_for(*kind, "50-own", c.desired, c.absent);
  Answers answers;
  for (const auto& [query, value] : c.answers) answers.set(query, value);
  const auto seen = kind->read(resource, answers);
  ASSERT_TRUE(seen) << seen.error().message;
  const Change change{.action = c.absent ? Action::Delete : Action::Update, .before = *seen};
  std::string text;
  for (const PhasedStep& step : kind->steps(resource, change)) {
    const auto* run = std::get_if<holdfast::Run>(&step.step);
    const auto* write = std::get_if<WriteFile>(&step.step);
    text += std::to_string(step.phase) + " " +
            (run != nullptr ? run->argv[3] + (run->argv.size() > 5 ? " " + run->argv[5] : "")
                            : describe(step.step)) +
            (write != nullptr ? " after " + write->validate[3] : "") + "\n";
  }
  EXPECT_EQ(text, c.forward);
  EXPECT_EQ(back_text(kind->steps(resource, change)), c.back);
}

INSTANTIATE_TEST_SUITE_P(
    Table, SshdSettingPlan,
    testing::Values(KindCase{"New", settings({{"MaxAuthTries", 3}}), sshd_answers({}, {}),
                             "0 write /etc/ssh/sshd_config.d/50-own.conf after sshd-try\n"
                             "1 sshd-reload\n2 sshd-prove maxauthtries\n",
                             "last: sshd-reload\n"},
                    KindCase{"Removed",
                             {},
                             sshd_answers(stat_answer("file"), digest_answer(kSshdText)),
                             "0 remove /etc/ssh/sshd_config.d/50-own.conf\n1 sshd-reload\n",
                             "last: sshd-reload\n",
                             "",
                             true}),
    [](const auto& p) { return p.param.name; });

std::string said(const State& desired, const char* text, const char* name = "50-own") {
  const auto kind = make_sshd_setting_kind();
  Answers answers;
  for (const auto& [query, value] : sshd_answers({}, {}, text)) answers.set(query, value);
  answers.set({"stat", std::string("/etc/ssh/sshd_config.d/") + name + ".conf"}, {});
  answers.set({"digest", std::string("/etc/ssh/sshd_config.d/") + name + ".conf"}, {});
  const auto seen = kind->read(resource_for(*kind, name, desired), answers);
  return seen ? "" : code_text(seen.error().code) + " " + seen.error().message;
}

TEST(SshdSetting, TheFirstValueWins) {
  const State tries = settings({{"MaxAuthTries", 3}});
  EXPECT_EQ(said(tries, kUsual), "");
  EXPECT_EQ(said(settings({{"X11Forwarding", false}}), kUsual),
            "HF7085 sshd_setting '50-own': 'x11forwarding' is set by "
            "/etc/ssh/sshd_config.d/40-first.conf, line 2, which sshd reads before "
            "/etc/ssh/sshd_config.d/50-own.conf");
  EXPECT_EQ(said(settings({{"X11Forwarding", false}}), kUsual, "10-own"), "");
  EXPECT_NE(said(tries, kUsual, "70-own").find("60-last.conf, line 1"), std::string::npos);
  EXPECT_EQ(said(settings({{"Port", 22}}), kUsual, "70-own"), "");
}

TEST(SshdSetting, AnIncludeInAnIncludedFileEndsBeforeIt) {
  const char* nested =
      "include /etc/ssh/sshd_config.d/*.conf\nfile /etc/ssh/sshd_config.d/40-first.conf\ninclude "
      "/etc/ssh/more\nfile /etc/ssh/more\nset 1 maxauthtries /etc/ssh/more\nincluded "
      "/etc/ssh/more\nincluded /etc/ssh/sshd_config.d/*.conf\n";
  EXPECT_EQ(said(settings({{"X11Forwarding", false}}), nested), "");
  EXPECT_NE(said(settings({{"MaxAuthTries", 3}}), nested).find("/etc/ssh/more, line 1"),
            std::string::npos);
}

TEST(SshdSetting, AFileThatSshdNeverReadsIsRefused) {
  const State tries = settings({{"MaxAuthTries", 3}});
  EXPECT_NE(said(tries, "file /etc/ssh/sshd_config\n").find("HF7085"), std::string::npos);
  EXPECT_NE(said(tries, "include /etc/ssh/other/*.conf\nincluded /etc/ssh/other/*.conf\n")
                .find("includes no"),
            std::string::npos);
  EXPECT_NE(said(tries,
                 "set 1 maxauthtries /etc/ssh/sshd_config\ninclude "
                 "/etc/ssh/sshd_config.d/*.conf\nincluded /etc/ssh/sshd_config.d/*.conf\n")
                .find("/etc/ssh/sshd_config, line 1"),
            std::string::npos);
  // Not installed yet: its proof comes with the run.
  EXPECT_EQ(said(tries, "none\n"), "");
}

TEST(SshdSetting, ValuesAreWrittenAsTheirKeywordTakesThem) {
  const auto kind = make_sshd_setting_kind();
  const State desired = settings({{"PasswordAuthentication", false},
                                  {"AllowUsers", ValueList{"a", "b"}},
                                  {"Port", ValueList{22, 2222}},
                                  {"Ciphers", ValueList{"x", "y"}},
                                  {"ClientAliveInterval", 30}});
  const Resource resource = resource_for(*kind, "50-own", desired);
  EXPECT_EQ(kind->text(resource, "content").bytes(),
            "# Written by holdfast.\nPasswordAuthentication no\nAllowUsers a b\nPort 22\nPort "
            "2222\nCiphers x,y\nClientAliveInterval 30\n");
  EXPECT_TRUE(kind->effects(resource, {.action = Action::Create}).privileged);
  const Resource harmless = resource_for(*kind, "50-own", settings({{"MaxAuthTries", 3}}));
  EXPECT_FALSE(kind->effects(harmless, {.action = Action::Create}).privileged);
}

TEST(SshdSetting, SaysWhichKeywordsDecideTheWayIn) {
  const auto kind = make_sshd_setting_kind();
  Answers answers;
  ValueMap login;
  for (const auto& [name, value] : {std::pair{"client", "10.0.0.1"}, {"server", "10.0.0.2"}}) {
    login.set(name, value);
  }
  login.set("port", 22);
  answers.set({"login", "interface"}, login);
  const std::vector<const Resource*> beside;
  const Resource resource = resource_for(*kind, "50-own", settings({{"AllowUsers", "root"}}));
  const auto way = kind->way_in(resource, {.action = Action::Create}, {answers, beside});
  ASSERT_TRUE(way);
  EXPECT_EQ(way->verdict, WayIn::Verdict::Unclear);
  EXPECT_EQ(way->why.substr(0, 18), "AllowUsers decides");
  const Resource harmless = resource_for(*kind, "50-own", settings({{"MaxAuthTries", 3}}));
  EXPECT_FALSE(kind->way_in(harmless, {.action = Action::Create}, {answers, beside}));
}

TEST(SshdSetting, RefusesWhatWouldBeAnotherLine) {
  const auto kind = make_sshd_setting_kind();
  const auto checked = [&](const char* name, State desired) {
    return check_text(*kind, resource_for(*kind, name, std::move(desired)));
  };
  EXPECT_EQ(checked("50-own", settings({{"MaxAuthTries", 3}})), "");
  for (const char* name : {"", "a/b", ".a", "a b", "*"}) {
    EXPECT_NE(checked(name, settings({{"MaxAuthTries", 3}})), "") << name;
  }
  for (const auto& [keyword, value] : {std::pair<const char*, Value>{"Match", "User a"},
                                       {"Include", "/a"},
                                       {"Subsystem", "sftp x"},
                                       {"a b", 1},
                                       {"MaxAuthTries", "3\nPermitRootLogin yes"},
                                       {"MaxAuthTries", Value()},
                                       {"MaxAuthTries", " "}}) {
    EXPECT_NE(checked("50-own", settings({{keyword, value}})), "") << keyword;
  }
  EXPECT_NE(checked("50-own", settings({{"Port", 1}, {"port", 2}})), "");
  EXPECT_NE(checked("50-own", settings({})), "");
}

}  // namespace
}  // namespace holdfast
