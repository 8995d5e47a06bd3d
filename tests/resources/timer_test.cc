#include <gtest/gtest.h>

#include <algorithm>

#include "engine/plan/diff.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_timer_kind();

namespace {

State job(State more = {}) {
  State out = state({{"run", ValueList{"/bin/a", "b c", "$x 5%"}}, {"persistent", false}});
  for (const auto& [name, value] : more) out.set(name, value);
  if (more.find("every") == nullptr) out.set("on_calendar", "daily");
  return out;
}

std::string unit_text_of(const State& desired, const char* attribute) {
  const auto kind = make_timer_kind();
  const Value text = kind->text(resource_for(*kind, "job", desired), attribute);
  const std::string whole(text.bytes());
  return whole.substr(whole.find("\n\n") + 2);
}

/// As a host would answer that has both units as they are stated.
Answers converged(const Kind& kind, const Resource& resource, const char* service_state) {
  Answers answers;
  for (const char* suffix : {".service", ".timer"}) {
    const std::string name = "job" + std::string(suffix);
    const bool timer = std::string_view(suffix) == ".timer";
    const std::string path = "/etc/systemd/system/" + name;
    answers.set({"digest", path},
                digest_answer(std::string(
                    kind.text(resource, timer ? "timer_text" : "service_text").bytes())));
    answers.set({"stat", path + ".d"}, {});
    ValueMap unit;
    for (const auto& [key, value] : {std::pair<const char*, const char*>{"LoadState", "loaded"},
                                     {"ActiveState", timer ? "active" : service_state},
                                     {"UnitFileState", timer ? "enabled" : "static"},
                                     {"NeedDaemonReload", "no"}}) {
      unit.set(key, value);
    }
    answers.set({"systemd", name}, std::move(unit));
  }
  return answers;
}

TEST(Timer, WordsOfACommandMeanThemselves) {
  EXPECT_EQ(unit_text_of(job(state({{"user", "bob"}, {"time_limit", 60.0}})), "service_text"),
            "[Service]\nType=oneshot\nUser=bob\nTimeoutStartSec=60000ms\nExecStart=\"/bin/a\" \"b "
            "c\" \"$$x 5%%\"\n");
  ValueMap environment;
  environment.set("A", "$b \"c\\ 1%");
  EXPECT_EQ(unit_text_of(state({{"run", "echo $A\necho \"2\""},
                                {"every", 900.0},
                                {"environment", Value(environment)}}),
                         "service_text"),
            "[Service]\nType=oneshot\nEnvironment=\"A=$b \\\"c\\\\ 1%%\"\nExecStart=\"/bin/sh\" "
            "\"-c\" \"echo $$A\\necho \\\"2\\\"\"\n");
}

TEST(Timer, SaysWhen) {
  EXPECT_EQ(unit_text_of(job(state({{"on_calendar", ValueList{"daily", "Mon 04:00"}},
                                    {"persistent", true},
                                    {"randomized_delay", 1.5}})),
                         "timer_text"),
            "[Timer]\nOnCalendar=daily\nRandomizedDelaySec=1500ms\nPersistent=true\n\n[Install]\n"
            "WantedBy=timers.target\n");
  EXPECT_EQ(unit_text_of(state({{"run", "true"},
                                {"on_calendar", ValueList{"daily", "Mon 04:00"}},
                                {"on_boot", 120.0},
                                {"every", 900.0}}),
                         "timer_text"),
            "[Timer]\nOnCalendar=daily\nOnCalendar=Mon 04:00\nOnBootSec=120000ms\nOnActiveSec="
            "900000ms\nOnUnitActiveSec=900000ms\n\n[Install]\nWantedBy=timers.target\n");
}

TEST(Timer, AJobThatIsUnderWayIsNobodysChangeAndGoesOn) {
  const auto kind = make_timer_kind();
  const Resource resource = resource_for(*kind, "job", job());
  const auto idle = kind->read(resource, converged(*kind, resource, "inactive"));
  const auto busy = kind->read(resource, converged(*kind, resource, "activating"));
  ASSERT_TRUE(idle && busy);
  EXPECT_EQ(diff(*kind, resource, *busy).action, Action::None);
  EXPECT_TRUE(Value(**idle) == Value(**busy));
  Resource other = resource;
  other.desired.set("run", "true");
  const auto seen = kind->read(other, converged(*kind, resource, "activating"));
  ASSERT_TRUE(seen);
  const Change change = diff(*kind, other, *seen);
  EXPECT_EQ(change.reason, "service_text differs");
  for (const PhasedStep& step : kind->steps(other, change)) {
    const auto* run = std::get_if<holdfast::Run>(&step.step);
    if (run == nullptr) continue;
    EXPECT_TRUE(run->restarts.empty() && run->stops.empty());
  }
}

TEST(Timer, TimesAreJudgedBeforeTheFileTakesItsPlace) {
  const auto kind = make_timer_kind();
  const Resource resource = resource_for(*kind, "job", job());
  int judged = 0;
  for (const PhasedStep& step :
       kind->steps(resource, diff(*kind, resource, std::optional<State>()))) {
    const auto* write = std::get_if<WriteFile>(&step.step);
    if (write == nullptr || write->validate.empty()) continue;
    ++judged;
    EXPECT_EQ(write->path, "/etc/systemd/system/job.timer");
    EXPECT_EQ(write->validate, (Argv{"systemd-analyze", "calendar", "--", "daily"}));
  }
  EXPECT_EQ(judged, 1);
}

TEST(Timer, RestsOnWhatItRunsAndNotOnItself) {
  const auto kind = make_timer_kind();
  const Links links = kind->links(resource_for(*kind, "job", job(state({{"user", "bob"}}))));
  const auto has = [](const std::vector<std::string>& all, const char* token) {
    return std::find(all.begin(), all.end(), token) != all.end();
  };
  EXPECT_TRUE(has(links.provides, "unit:job.timer") && has(links.provides, "unit:job.service"));
  EXPECT_TRUE(has(links.needs, "user:bob") && has(links.needs, "path:/bin/a"));
  EXPECT_FALSE(has(links.needs, "unit:job.service"));
}

TEST(Timer, RefusesWhatSystemdWouldReadOtherwise) {
  const auto kind = make_timer_kind();
  const auto said = [&](const char* name, const State& desired) {
    return check_text(*kind, resource_for(*kind, name, desired));
  };
  EXPECT_EQ(said("job", job()), "");
  for (const char* name : {"", "a b", "job.timer", "a@", "a/b", "a@b"}) {
    EXPECT_NE(said(name, job()), "") << name;
  }
  EXPECT_NE(said("job", state({{"run", "true"}})).find("when"), std::string::npos);
  const auto with = [&](const char* name, Value value) {
    State desired = job();
    desired.set(name, std::move(value));
    return said("job", desired);
  };
  EXPECT_NE(with("run", ValueList{"ls"}), "");
  EXPECT_NE(with("run", ValueList{"/bin/a", 5}), "");
  EXPECT_NE(with("run", ValueList{}), "");
  EXPECT_NE(with("run", " "), "");
  EXPECT_NE(with("run", Secret("x")), "");
  EXPECT_NE(with("on_calendar", "daily\n[Service]"), "");
  EXPECT_NE(with("user", "a\nb"), "");
  EXPECT_NE(with("on_calendar", ValueList{}), "");
  EXPECT_NE(said("job", state({{"run", "true"}, {"every", 60.0}, {"persistent", true}})), "");
  ValueMap environment;
  environment.set("A", Secret("x"));
  EXPECT_NE(with("environment", Value(environment)), "");
}

}  // namespace
}  // namespace holdfast
