#include <gmock/gmock.h>

#include "engine/plan/credential_end.h"
#include "engine/plan/own_host.h"
#include "engine/wiring/ends.h"
#include "tests/resources/github_runner_fixture.h"
#include "tests/support/sample_plan.h"

namespace holdfast {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(GithubRunnerKind, StartsOnceFirewallsAreOn) {
  const auto needs = kind_->links(runner()).needs;
  EXPECT_THAT(needs, testing::IsSupersetOf({"firewall:ufw", "firewall:nftables"}));
}

TEST_F(GithubRunnerKind, AsWishedIsLeftAlone) {
  const Resource one = runner();
  EXPECT_EQ(change(one, converged(one)).action, Action::None) << change(one, converged(one)).reason;
}

TEST_F(GithubRunnerKind, LabelsChangeThroughTheApiAlone) {
  const Resource one = runner({state({{"labels", ValueList{"primary", "gpu"}}})});
  const Change found = change(one, converged(one));
  EXPECT_EQ(found.action, Action::Update);
  EXPECT_THAT(told(one, found), ElementsAre("set the labels of one: primary, gpu"));
}

TEST_F(GithubRunnerKind, GithubsOwnLabelsAreNoneThatItGives) {
  const ValueList all{"self-hosted", "linux", "X64", "Primary", "staging"};
  const Resource one = runner({state({{"labels", all}})});
  EXPECT_EQ(change(one, converged(one)).action, Action::None) << change(one, converged(one)).reason;
  const Resource other = runner({state({{"labels", all}, {"default_labels", false}})});
  EXPECT_EQ(change(other, converged(other)).action, Action::Update);
}

TEST_F(GithubRunnerKind, AStoppedOneHasNothingToBeDrainedOf) {
  const Resource one = runner();
  EXPECT_THAT(told(one, change(one, with(one, false, "active", "inactive"))),
              Not(Contains("wait until one has no job")));
}

TEST_F(GithubRunnerKind, AReplacedOneGetsItsRouteBack) {
  const Resource one = runner({state({{"ephemeral", true}})});
  const Answers answers =
      with(one, true, "labels", Value(ValueList{"primary", "route-x", "staging"}));
  const std::string acts = orders(one, change(one, answers));
  EXPECT_LT(acts.find(R"("do":"claim")"), acts.rfind(R"("back":["route-x"])")) << acts;
}

TEST_F(GithubRunnerKind, ALabelThatARouteMovesIsNoConcernOfIts) {
  const Resource one = runner();
  const auto labelled = [&](ValueList labels) {
    return with(one, true, "labels", Value(std::move(labels)));
  };
  EXPECT_EQ(change(one, labelled({"primary", "route-production", "staging"})).action, Action::None);
  EXPECT_THAT(told(one, change(one, labelled({"primary", "route-production"}))),
              ElementsAre("set the labels of one: Primary, staging"));
  EXPECT_EQ(kind_->check(runner({state({{"labels", ValueList{"Route-x"}}})})).size(), 1U);
}

TEST_F(GithubRunnerKind, ADrainedOneGetsItsRouteBackUnlessAnotherHasIt) {
  const Resource one = runner();
  Answers answers = with(one, false, "version", "2.328.0");
  const Query github = kind_->server_queries(one).front().key();
  ValueMap there = answers.at(github).as_map();
  there.set("labels", ValueList{"primary", "route-x", "staging"});
  answers.set(github, std::move(there));
  std::vector<std::string> acts;
  for (const PhasedStep& step : kind_->steps(one, change(one, answers))) {
    const Call* call = std::get_if<Call>(&step.step);
    if (call == nullptr || call->act.find("set labels") == std::string::npos) continue;
    acts.push_back(call->act);
    acts.push_back(std::get<std::string>(call->undo));
  }
  EXPECT_THAT(acts,
              ElementsAre(HasSubstr(R"("routes":"off")"), HasSubstr(R"("back":["route-x"])"),
                          HasSubstr(R"("back":["route-x"])"), HasSubstr(R"("routes":"off")")));
}

TEST_F(GithubRunnerKind, ANewerVersionByGithubIsNoDriftUnlessPinned) {
  const Resource one = runner();
  EXPECT_EQ(change(one, with(one, false, "version", "2.330.1")).action, Action::None);
  EXPECT_EQ(change(one, with(one, false, "version", "2.99.0")).action, Action::Update);
  const Resource pinned = runner({state({{"update", "pinned"}, {"disable_update", false}})});
  EXPECT_EQ(change(pinned, with(pinned, false, "version", "2.330.1")).action, Action::Update);
}

TEST_F(GithubRunnerKind, IsDrainedBeforeItIsStoppedAndGetsItsLabelsBack) {
  const Resource one = runner();
  EXPECT_THAT(told(one, change(one, with(one, false, "version", "2.328.0"))),
              ElementsAre("unpack runner 2.329.0", "take the labels of one off",
                          "wait until one has no job", HasSubstr("runner-worker"), "stop one",
                          "switch to runner 2.329.0", "start one", "see one online at GitHub",
                          HasSubstr("runner-listens"), "set the labels of one: primary, staging"));
}

TEST_F(GithubRunnerKind, GoneFromGithubIsRegisteredAnew) {
  const Resource one = runner();
  Answers answers = converged(one);
  answers.set(kind_->server_queries(one).front().key(), {});
  const Change found = change(one, answers);
  EXPECT_EQ(found.action, Action::Update);
  EXPECT_THAT(told(one, found),
              ElementsAre("stop one", "claim the name one at GitHub",
                          "register one at https://github.com/octo/hello", "start one",
                          "see one online at GitHub", HasSubstr("runner-listens"),
                          "set the labels of one: Primary, staging"));
}

TEST_F(GithubRunnerKind, OnlineElsewhereIsAnErrorAndOfflineIsReplaced) {
  const Resource one = runner();
  Answers answers = converged(one);
  answers.set({"github_runner", "/opt/actions-runner"}, {});
  EXPECT_EQ(kind_->read(one, answers).error().code, Code::GithubRunnerElsewhere);
  answers = with(one, true, "online", false);
  answers.set({"github_runner", "/opt/actions-runner"}, {});
  const Change found = change(one, answers);
  EXPECT_EQ(found.action, Action::Create);
  EXPECT_THAT(kind_->notes(one, found, answers), ElementsAre(HasSubstr("offline runner")));
}

TEST_F(GithubRunnerKind, WithoutSystemdIsRefusedAndCanStillBeRemoved) {
  const Resource one = runner();
  Answers answers = converged(one);
  answers.set({"github_runner", "/opt/actions-runner"}, state({{"no-systemd", true}}));
  answers.set(kind_->server_queries(one).front().key(), {});
  const auto seen = kind_->read(one, answers);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::NoSystemd);
  Resource gone = one;
  gone.absent = true;
  EXPECT_TRUE(kind_->read(gone, answers));
}

TEST_F(GithubRunnerKind, ItsNameIsOnePlaceOfGithubs) {
  const auto sole = [&](const std::string& name, State more) {
    const Resource one = resource_for(*kind_, name, wished_runner(std::move(more)));
    Ends ends;
    dynamic_cast<const Wired&>(*kind_).ends(one, ends);
    return ends.soles.empty() ? std::string() : ends.soles[0].what;
  };
  const std::string usual = "runner one at https://api.github.com/repos/octo/hello";
  EXPECT_EQ(sole("one", {}), usual);
  EXPECT_EQ(sole("One", state({{"url", "https://GitHub.com/Octo/Hello"}})), usual);
  EXPECT_NE(sole("one", state({{"url", "https://github.com/octo"}})), usual);
  EXPECT_NE(sole("one", state({{"api", "https://ghe.local/api/v3"}})), usual);
  EXPECT_EQ(sole("one", state({{"url", Unknown{"later"}}})), "");
}

TEST_F(GithubRunnerKind, APlaceInAnotherSpellingIsTheSame) {
  const Resource one = runner();
  for (const char* spelt : {"https://github.com/octo/hello/", "https://GitHub.com/Octo/Hello"}) {
    EXPECT_EQ(change(one, with(one, false, "url", spelt)).action, Action::None) << spelt;
  }
  EXPECT_EQ(change(one, former(one, "url", "https://github.com/octo/hell")).action,
            Action::Replace);
}

TEST_F(GithubRunnerKind, OneForASingleJobIsDueAgainOnceItIsDoneAndThatIsNoDrift) {
  const Resource one = runner(state({{"mode", "jit"}}));
  EXPECT_EQ(change(one, waiting(one)).action, Action::None) << change(one, waiting(one)).reason;
  const Change due = change(one, done(one));
  EXPECT_EQ(due.action, Action::Update);
  ASSERT_EQ(due.attributes.size(), 1U) << due.reason;
  EXPECT_EQ(due.attributes[0].before.display() + due.attributes[0].after.display(), "donerunning");
  EXPECT_TRUE(kind_->effects(one, due).every_time);
  EXPECT_THAT(told(one, due),
              ElementsAre("claim the name one at GitHub", "register one for one job and start it",
                          "see one online at GitHub"));
}

TEST_F(GithubRunnerKind, OneForASingleJobGetsAnotherRegistrationWithWhateverStopsIt) {
  const Resource one = runner(state({{"mode", "jit"}, {"version", "2.330.0"}}));
  EXPECT_THAT(told(one, change(one, waiting(one))),
              ElementsAre("unpack runner 2.330.0", "take the labels of one off",
                          "wait until one has no job", HasSubstr("runner-worker"), "stop one",
                          "remove runner one from GitHub", "switch to runner 2.330.0",
                          "claim the name one at GitHub", "register one for one job and start it",
                          "see one online at GitHub"));
  // It was stopped by hand: what GitHub still has of it goes.
  const Resource same = runner(state({{"mode", "jit"}}));
  Answers stopped = waiting(same);
  ValueMap here = stopped.at({"github_runner", "/opt/actions-runner"}).as_map();
  here.set("active", "inactive");
  stopped.set({"github_runner", "/opt/actions-runner"}, std::move(here));
  EXPECT_THAT(told(same, change(same, stopped)),
              ElementsAre("remove runner one from GitHub", "claim the name one at GitHub",
                          "register one for one job and start it", "see one online at GitHub"));
}

/// "stop one: stops actions.runner.x.service" of each step that takes a unit down or whose undo
/// does.
std::vector<std::string> units_down(const std::vector<PhasedStep>& steps) {
  std::vector<std::string> out;
  for (const PhasedStep& step : steps) {
    const Run* run = std::get_if<Run>(&step.step);
    if (run == nullptr) continue;
    EXPECT_THAT(run->restarts, IsEmpty());
    for (const std::string& unit : run->stops) out.push_back(run->note + ": stops " + unit);
    for (const std::string& unit : run->undo_stops)
      out.push_back(run->note + ": undo stops " + unit);
  }
  return out;
}

TEST_F(GithubRunnerKind, SaysWhichUnitItsStepsTakeDown) {
  const Resource one = runner();
  const std::string unit = "actions.runner.octo-hello.one_4711.service";
  Answers old = with(one, false, "version", "2.328.0");
  ValueMap here = old.at({"github_runner", "/opt/actions-runner"}).as_map();
  here.set("unit", unit);  // as .service names it
  old.set({"github_runner", "/opt/actions-runner"}, here);
  EXPECT_THAT(units_down(kind_->steps(one, change(one, old))),
              ElementsAre("stop one: stops " + unit, "start one: undo stops " + unit));

  Resource gone = one;
  gone.absent = true;
  EXPECT_THAT(units_down(kind_->steps(gone, change(gone, old))),
              ElementsAre("stop one: stops " + unit, "remove the service of one: stops " + unit));

  const Resource jit = runner(state({{"mode", "jit"}}));
  const std::string own = "actions.runner.jit.one.service";
  EXPECT_THAT(units_down(kind_->steps(jit, change(jit, old))),
              ElementsAre("stop one: stops " + unit, "remove the service of one: stops " + unit,
                          "make the service of one: undo stops " + own,
                          "register one for one job and start it: undo stops " + own));

  const Change made{.action = Action::Create};
  const std::string usual = "actions.runner.octo-hello.one.service";
  EXPECT_THAT(units_down(kind_->steps(one, made)),
              ElementsAre("make the service of one: undo stops " + usual,
                          "start one: undo stops " + usual));

  const Resource labels = runner(state({{"labels", ValueList{"gpu"}}}));
  EXPECT_THAT(units_down(kind_->steps(labels, change(labels, converged(labels)))), IsEmpty());
}

TEST_F(GithubRunnerKind, AJobOfItsIsRefusedToStopIt) {
  const Resource one = runner();
  const std::string unit = "actions.runner.octo-hello.one.service";
  const auto planned = [&](const Answers& answers, const std::string& works_in) {
    PlanMaker maker;
    maker.host("h1").own = ProcessId{"17", "4711"};
    Row& row = maker.note("h1", "/one");
    row.change = change(one, answers);
    row.steps = kind_->steps(one, row.change);
    Plan plan = maker.take();
    if (needs_footing(plan, plan.hosts[0])) {
      stand_on(plan, plan.hosts[0], {.unit = works_in, .units = {works_in}});
    }
    return plan.rows[0];
  };
  const Answers old = with(one, false, "version", "2.328.0");
  const Row refused = planned(old, unit);
  ASSERT_TRUE(refused.refused);
  EXPECT_EQ(refused.refused->code, Code::EndsItself);
  EXPECT_THAT(refused.refused->message, HasSubstr("this run works in " + unit));
  EXPECT_THAT(refused.later, IsEmpty());
  EXPECT_FALSE(planned(old, "actions.runner.octo-hello.two.service").refused);
  EXPECT_FALSE(planned(with(one, true, "labels", Value(ValueList{"primary"})), unit).refused);
}

TEST_F(GithubRunnerKind, SettingsOfOneForASingleJobStartItNoSecondTime) {
  EXPECT_THAT(runner_settings(runner()), HasSubstr("Restart=on-failure"));
  EXPECT_EQ(runner_settings(runner(state({{"mode", "jit"}}))).find("Restart="), std::string::npos);
}

TEST_F(GithubRunnerKind, ATokenThatEndsSoonIsWarnedOfOnce) {
  constexpr std::int64_t kNow = 1'800'000'000, kDay = 24 * 3600;
  Registry kinds;
  kinds.add(make_github_runner_kind());
  const auto warned = [&](State more, std::int64_t left, int resources = 1) {
    std::vector<Declaration> declarations;
    std::vector<HostInput> inputs;
    for (int i = 0; i < resources; ++i) {
      const Resource one = runner(more);
      const std::string host = "h" + std::to_string(i);
      declarations.push_back({.host = host, .owner = {}, .resource = one});
      inputs.push_back({.host = host});
      inputs.back().seen.answers = with(one, true, "token_expires", kNow + left);
    }
    Diagnostics out;
    warn_of_credentials(declarations, inputs, kinds, kNow, out);
    EXPECT_FALSE(out.failed());
    return out.warnings();
  };
  EXPECT_THAT(warned({}, 8 * kDay), IsEmpty());
  const std::vector<Error> soon = warned({}, 3 * kDay, 4);
  ASSERT_EQ(soon.size(), 1U) << "one token is one warning";
  EXPECT_EQ(soon[0].code, Code::CredentialExpires);
  EXPECT_THAT(soon[0].message,
              HasSubstr("the token for https://api.github.com expires in 3 days: 2027-01-1"));
  EXPECT_EQ(soon[0].message.find("ghp-secret"), std::string::npos);
  EXPECT_THAT(warned(state({{"token_warning", 0.0}}), kDay), IsEmpty());
  EXPECT_EQ(warned(state({{"token_warning", 30.0 * kDay}}), 20 * kDay).size(), 1U);
  EXPECT_THAT(warned({}, -5)[0].message, HasSubstr("has expired"));
}

TEST_F(GithubRunnerKind, NoStepShowsTheToken) {
  const Resource one = runner();
  const Change found{.action = Action::Create};
  for (const PhasedStep& step : kind_->steps(one, found)) {
    EXPECT_EQ(describe(step.step).find("ghp-secret"), std::string::npos);
    if (const Call* call = std::get_if<Call>(&step.step)) {
      EXPECT_EQ(call->act.find("ghp-secret"), std::string::npos);
    }
    if (const auto* run = std::get_if<holdfast::Run>(&step.step)) {
      for (const std::string& word : run->argv)
        EXPECT_EQ(word.find("ghp-secret"), std::string::npos);
    }
  }
}

TEST_F(GithubRunnerKind, WhatIsStatedWronglyIsSaid) {
  const auto errors = [&](State more) {
    std::string out;
    for (const Error& error : kind_->check(runner(std::move(more)))) out += error.message + "\n";
    return out;
  };
  EXPECT_EQ(errors({}), "");
  EXPECT_THAT(errors(state({{"url", "https://github.com/a/b/c"}})), HasSubstr("is no repository"));
  EXPECT_THAT(errors(state({{"sha256", "12"}})), HasSubstr("not a SHA-256"));
  EXPECT_THAT(errors(state({{"version", "latest"}})), HasSubstr("not a version"));
  EXPECT_THAT(errors(state({{"labels", ValueList{"a,b"}}})), HasSubstr("is no label"));
  EXPECT_THAT(errors(state({{"group", "builders"}})), HasSubstr("no runner groups"));
  EXPECT_THAT(errors(state({{"user", "root"}})), HasSubstr("refuses to work as root"));
  EXPECT_THAT(errors(state({{"mode", "jit"}, {"labels", ValueList{}}, {"default_labels", false}})),
              HasSubstr("registered with labels"));
}

}  // namespace
}  // namespace holdfast
