#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/core/hash.h"
#include "engine/plan/credential_end.h"
#include "engine/plan/diff.h"
#include "engine/plan/own_host.h"
#include "engine/wiring/ends.h"
#include "resources/github/runner_text.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"
#include "tests/support/fragment.h"
#include "tests/support/sample_plan.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::unique_ptr<Kind> make_github_runner_kind();
std::unique_ptr<Collector> make_github_runner_collector();

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const char* const kArchiveDigest =
    "194f1e1e4bd02f80b7e9633fc546084d8d4e19f3928a324d512ea53430102e1d";

State wished_runner(State more = {}) {
  State out = state({{"url", "https://github.com/octo/hello/"},
                     {"token", Secret("ghp-secret")},
                     {"version", "2.329.0"},
                     {"sha256", kArchiveDigest},
                     {"labels", ValueList{"Primary", "staging"}}});
  for (const auto& [name, value] : more) out.set(name, value);
  return out;
}

class GithubRunner : public testing::Test {
 protected:
  Resource runner(State more = {}) {
    return resource_for(*kind_, "one", wished_runner(std::move(more)));
  }

  /// As a host and GitHub answer where all is as wished.
  Answers converged(const Resource& resource) {
    ValueMap here = state({{"credentials", true},
                           {"url", "https://github.com/octo/hello"},
                           {"name", "one"},
                           {"work", "_work"},
                           {"ephemeral", false},
                           {"disable_update", false},
                           {"version", "2.329.0"},
                           {"unit", "actions.runner.octo-hello.one.service"},
                           {"active", "active"},
                           {"enabled", true},
                           {"settings", runner_settings(resource)}});
    ValueMap there = state({{"id", std::int64_t{7}},
                            {"online", true},
                            {"busy", false},
                            {"labels", ValueList{"primary", "staging"}}});
    Answers out;
    out.set({"github_runner", "/opt/actions-runner"}, std::move(here));
    out.set(kind_->server_queries(resource).front().key(), std::move(there));
    return out;
  }

  /// The same of one that is registered for one job, and waits for it.
  Answers waiting(const Resource& resource) {
    Answers out = with(resource, false, "unit", "actions.runner.jit.one.service");
    ValueMap here = out.at({"github_runner", "/opt/actions-runner"}).as_map();
    here.erase("enabled");
    here.set("ephemeral", true);
    out.set({"github_runner", "/opt/actions-runner"}, std::move(here));
    return out;
  }

  /// And once it has had its job.
  Answers done(const Resource& resource) {
    Answers out = waiting(resource);
    ValueMap here = out.at({"github_runner", "/opt/actions-runner"}).as_map();
    for (const char* name : {"credentials", "url", "name", "work", "ephemeral", "disable_update"})
      here.erase(name);
    here.set("active", "inactive");
    out.set({"github_runner", "/opt/actions-runner"}, std::move(here));
    out.set(kind_->server_queries(resource).front().key(), {});
    return out;
  }

  Change change(const Resource& resource, const Answers& answers) {
    auto seen = kind_->read(resource, answers);
    EXPECT_TRUE(seen) << seen.error().message;
    return diff(*kind_, resource, *seen);
  }

  std::vector<std::string> told(const Resource& resource, const Change& of) {
    std::vector<std::string> out;
    for (const PhasedStep& step : kind_->steps(resource, of)) out.push_back(describe(step.step));
    return out;
  }

  Answers with(const Resource& resource, bool github, const char* name, const Value& value) {
    Answers answers = converged(resource);
    const Query query = github ? kind_->server_queries(resource).front().key()
                               : Query{"github_runner", "/opt/actions-runner"};
    ValueMap map = answers.at(query).as_map();
    value.is_null() ? void(map.erase(name)) : map.set(name, value);
    answers.set(query, std::move(map));
    return answers;
  }

  /// The host has a runner that GitHub knows by something else than is wished for.
  Answers former(const Resource& resource, const char* name, const Value& value) {
    Answers answers = with(resource, false, name, value);
    const Query wished = kind_->server_queries(resource).front().key();
    const Value there = answers.at(wished);
    answers.set(wished, {});
    for (const ServerQuery& query : kind_->further_queries(resource, answers))
      answers.set(query.key(), there);
    return answers;
  }

  std::string orders(const Resource& resource, const Change& of) {
    std::string out;
    for (const PhasedStep& step : kind_->steps(resource, of)) {
      if (const Call* call = std::get_if<Call>(&step.step)) out += call->act + "\n";
    }
    return out;
  }

  std::unique_ptr<Kind> kind_ = make_github_runner_kind();
};

TEST_F(GithubRunner, StartsOnceFirewallsAreOn) {
  const auto needs = kind_->links(runner()).needs;
  EXPECT_THAT(needs, testing::IsSupersetOf({"firewall:ufw", "firewall:nftables"}));
}

TEST_F(GithubRunner, AsWishedIsLeftAlone) {
  const Resource one = runner();
  EXPECT_EQ(change(one, converged(one)).action, Action::None) << change(one, converged(one)).reason;
}

TEST_F(GithubRunner, LabelsChangeThroughTheApiAlone) {
  const Resource one = runner({state({{"labels", ValueList{"primary", "gpu"}}})});
  const Change found = change(one, converged(one));
  EXPECT_EQ(found.action, Action::Update);
  EXPECT_THAT(told(one, found), ElementsAre("set the labels of one: primary, gpu"));
}

TEST_F(GithubRunner, GithubsOwnLabelsAreNoneThatItGives) {
  const ValueList all{"self-hosted", "linux", "X64", "Primary", "staging"};
  const Resource one = runner({state({{"labels", all}})});
  EXPECT_EQ(change(one, converged(one)).action, Action::None) << change(one, converged(one)).reason;
  const Resource other = runner({state({{"labels", all}, {"default_labels", false}})});
  EXPECT_EQ(change(other, converged(other)).action, Action::Update);
}

TEST_F(GithubRunner, AStoppedOneHasNothingToBeDrainedOf) {
  const Resource one = runner();
  EXPECT_THAT(told(one, change(one, with(one, false, "active", "inactive"))),
              Not(Contains("wait until one has no job")));
}

TEST_F(GithubRunner, AReplacedOneGetsItsRouteBack) {
  const Resource one = runner({state({{"ephemeral", true}})});
  const Answers answers =
      with(one, true, "labels", Value(ValueList{"primary", "route-x", "staging"}));
  const std::string acts = orders(one, change(one, answers));
  EXPECT_LT(acts.find(R"("do":"claim")"), acts.rfind(R"("back":["route-x"])")) << acts;
}

TEST_F(GithubRunner, ALabelThatARouteMovesIsNoConcernOfIts) {
  const Resource one = runner();
  const auto labelled = [&](ValueList labels) {
    return with(one, true, "labels", Value(std::move(labels)));
  };
  EXPECT_EQ(change(one, labelled({"primary", "route-production", "staging"})).action, Action::None);
  EXPECT_THAT(told(one, change(one, labelled({"primary", "route-production"}))),
              ElementsAre("set the labels of one: Primary, staging"));
  EXPECT_EQ(kind_->check(runner({state({{"labels", ValueList{"Route-x"}}})})).size(), 1U);
}

TEST_F(GithubRunner, ADrainedOneGetsItsRouteBackUnlessAnotherHasIt) {
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

TEST_F(GithubRunner, ANewerVersionByGithubIsNoDriftUnlessPinned) {
  const Resource one = runner();
  EXPECT_EQ(change(one, with(one, false, "version", "2.330.1")).action, Action::None);
  EXPECT_EQ(change(one, with(one, false, "version", "2.99.0")).action, Action::Update);
  const Resource pinned = runner({state({{"update", "pinned"}, {"disable_update", false}})});
  EXPECT_EQ(change(pinned, with(pinned, false, "version", "2.330.1")).action, Action::Update);
}

TEST_F(GithubRunner, IsDrainedBeforeItIsStoppedAndGetsItsLabelsBack) {
  const Resource one = runner();
  EXPECT_THAT(told(one, change(one, with(one, false, "version", "2.328.0"))),
              ElementsAre("unpack runner 2.329.0", "take the labels of one off",
                          "wait until one has no job", HasSubstr("runner-worker"), "stop one",
                          "switch to runner 2.329.0", "start one", "see one online at GitHub",
                          HasSubstr("runner-listens"), "set the labels of one: primary, staging"));
}

TEST_F(GithubRunner, GoneFromGithubIsRegisteredAnew) {
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

TEST_F(GithubRunner, OnlineElsewhereIsAnErrorAndOfflineIsReplaced) {
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

TEST_F(GithubRunner, WithoutSystemdIsRefusedAndCanStillBeRemoved) {
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

TEST_F(GithubRunner, AnotherScopeIsAReplacementThatCantBeTakenBack) {
  const Resource one = runner({state({{"url", "https://github.com/octo/other"}})});
  const Change found = change(one, former(one, "url", "https://github.com/octo/hello"));
  EXPECT_EQ(found.action, Action::Replace);
  const std::string acts = orders(one, found);
  EXPECT_LT(acts.find(R"("do":"wait idle","scope":"repository","of":"octo/hello")"),
            acts.find(R"("do":"remove","scope":"repository","of":"octo/hello")"))
      << acts;
  EXPECT_LT(acts.find(R"("do":"remove","scope":"repository","of":"octo/hello")"),
            acts.find(R"("do":"claim","scope":"repository","of":"octo/other")"))
      << acts;
  int irreversible = 0;
  for (const PhasedStep& step : kind_->steps(one, found)) {
    const Call* call = std::get_if<Call>(&step.step);
    const auto* reason = call == nullptr ? nullptr : std::get_if<Irreversible>(&call->undo);
    if (reason != nullptr && !reason->reason.empty()) ++irreversible;
  }
  EXPECT_EQ(irreversible, 1);
}

TEST_F(GithubRunner, AnotherNameIsAReplacementOfWhatTheFolderHolds) {
  const Resource two = resource_for(*kind_, "two", wished_runner());
  EXPECT_EQ(kind_->identity(two), kind_->identity(runner()));
  const Change found = change(two, former(two, "name", "one"));
  EXPECT_EQ(found.action, Action::Replace);
  EXPECT_THAT(told(two, found),
              ElementsAre("take the labels of one off", "wait until one has no job",
                          HasSubstr("runner-worker"), "stop one", "remove the service of one",
                          "remove runner one from GitHub", "claim the name two at GitHub",
                          "register two at https://github.com/octo/hello",
                          "make the service of two", "start two", "see two online at GitHub",
                          HasSubstr("runner-listens"), "set the labels of two: Primary, staging"));
  Answers taken = former(two, "name", "one");
  taken.set(kind_->server_queries(two).front().key(),
            state({{"id", std::int64_t{8}}, {"online", true}}));
  EXPECT_EQ(kind_->read(two, taken).error().code, Code::GithubRunnerElsewhere);
  Resource gone = two;
  gone.absent = true;
  EXPECT_EQ(kind_->read(gone, converged(gone)).error().code, Code::GithubRunnerElsewhere)
      << "another one is in the folder by now";
}

TEST_F(GithubRunner, WhatGoesIsRemovedWhereItIsRegistered) {
  Resource one = runner();
  one.absent = true;
  const Answers answers = former(one, "url", "https://github.com/octo/moved");
  const std::string acts = orders(one, change(one, answers));
  EXPECT_THAT(acts, HasSubstr(R"("do":"remove","scope":"repository","of":"octo/moved")"));
}

TEST_F(GithubRunner, OneOfAnotherServerIsReplacedThoughNobodyIsAskedThere) {
  const Resource one = runner();
  const Answers answers = former(one, "url", "https://ghe.local/octo/hello");
  EXPECT_THAT(kind_->further_queries(one, answers), IsEmpty());
  const Change found = change(one, answers);
  EXPECT_EQ(found.action, Action::Replace);
  EXPECT_THAT(told(one, found), Not(Contains("remove runner one from GitHub")));
  EXPECT_THAT(told(one, found).front(), HasSubstr("runner-worker")) << "its job is waited for";
}

TEST_F(GithubRunner, AnotherNameOfOneForASingleJobIsSeenByItsUnit) {
  const Resource two = resource_for(*kind_, "two", wished_runner(state({{"mode", "jit"}})));
  Answers answers = done(two);
  EXPECT_EQ(change(two, answers).action, Action::Replace);
}

TEST_F(GithubRunner, ItsNameIsOnePlaceOfGithubs) {
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

TEST_F(GithubRunner, APlaceInAnotherSpellingIsTheSame) {
  const Resource one = runner();
  for (const char* spelt : {"https://github.com/octo/hello/", "https://GitHub.com/Octo/Hello"}) {
    EXPECT_EQ(change(one, with(one, false, "url", spelt)).action, Action::None) << spelt;
  }
  EXPECT_EQ(change(one, former(one, "url", "https://github.com/octo/hell")).action,
            Action::Replace);
}

TEST_F(GithubRunner, OneForASingleJobIsDueAgainOnceItIsDoneAndThatIsNoDrift) {
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

TEST_F(GithubRunner, OneForASingleJobGetsAnotherRegistrationWithWhateverStopsIt) {
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

TEST_F(GithubRunner, BetweenAServiceAndSingleJobsItIsReplaced) {
  const Resource jit = runner(state({{"mode", "jit"}}));
  const Change to_jit = change(jit, converged(jit));
  EXPECT_EQ(to_jit.action, Action::Replace);
  EXPECT_THAT(told(jit, to_jit), Contains("register one for one job and start it"));
  const Resource service = runner();
  const Change back = change(service, done(service));
  EXPECT_EQ(back.action, Action::Replace);
  EXPECT_THAT(told(service, back), Contains("remove the service of one"));
  EXPECT_THAT(told(service, back), Contains("register one at https://github.com/octo/hello"));
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

TEST_F(GithubRunner, SaysWhichUnitItsStepsTakeDown) {
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

TEST_F(GithubRunner, AJobOfItsIsRefusedToStopIt) {
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

TEST_F(GithubRunner, SettingsOfOneForASingleJobStartItNoSecondTime) {
  EXPECT_THAT(runner_settings(runner()), HasSubstr("Restart=on-failure"));
  EXPECT_EQ(runner_settings(runner(state({{"mode", "jit"}}))).find("Restart="), std::string::npos);
}

TEST_F(GithubRunner, ATokenThatEndsSoonIsWarnedOfOnce) {
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

TEST_F(GithubRunner, NoStepShowsTheToken) {
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

TEST_F(GithubRunner, WhatIsStatedWronglyIsSaid) {
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

TEST(GithubPlaces, AreReadFromUrls) {
  const auto place = [](const char* url) {
    const auto found = github_place(url);
    return found ? found->api + found->scope.path() : std::string("-");
  };
  EXPECT_EQ(place("https://github.com/octo/hello"), "https://api.github.com/repos/octo/hello");
  EXPECT_EQ(place("https://GitHub.com/octo/"), "https://api.github.com/orgs/octo");
  EXPECT_EQ(place("https://ghe.local/enterprises/mega"),
            "https://ghe.local/api/v3/enterprises/mega");
  EXPECT_EQ(place("https://github.com"), "-");
  EXPECT_EQ(place("https://github.com/a/../b"), "-");
}

TEST(GithubRunnerCollector, ReadsTheVersionOfOneThatWasUnpackedByHand) {
  const TempFolder folder;
  const std::string listed = R"({"targets": {".NETCoreApp,Version=v8.0/linux-x64": {
      "Runner.Listener/2.329.0": {"dependencies": {"Runner.Common": "2.329.0"}}}}})";
  folder.write("known/bin/Runner.Listener.deps.json", listed);
  folder.write("unknown/bin/Runner.Listener", "");
  folder.write("hostile/bin/Runner.Listener.deps.json", "\"Runner.Listener/2\nunit x\"\n");
  const auto collector = make_github_runner_collector();
  const std::vector<std::string> keys{folder.path() + "/known", folder.path() + "/unknown",
                                      folder.path() + "/hostile"};
  const auto answers = collector->parse(keys, run_fragment(*collector, keys));
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(field(answers->at(0), "version"), Value("2.329.0"));
  EXPECT_EQ(field(answers->at(1), "version"), Value("by-hand"));
  EXPECT_EQ(field(answers->at(2), "version"), Value("by-hand"));
}

TEST(GithubRunnerCollector, ReadsWhatARunnerLeft) {
  const auto collector = make_github_runner_collector();
  const std::string json = base64_encode(
      "\xef\xbb\xbf{\"agentName\": \"one\", \"gitHubUrl\": \"u\", "
      "\"workFolder\": \"_work\", \"ephemeral\": \"True\"}");
  const auto values =
      collector->parse({"/a", "/b", "/c"},
                       "key\nkey\ncredentials\nrunner " + json +
                           "\nversion 2.329.0\nunit actions.runner.o.one.service\n"
                           "is LoadState=loaded\nis ActiveState=active\nis UnitFileState=enabled\n"
                           "settings \nkey\nno-systemd\nend\n");
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_TRUE(values->at(0).is_null());
  EXPECT_EQ(values->at(1).display(),
            R"({"credentials":true,"name":"one","url":"u","work":"_work","ephemeral":true,)"
            R"("disable_update":false,"version":"2.329.0",)"
            R"("unit":"actions.runner.o.one.service","active":"active","enabled":true,)"
            R"("settings":""})");
  EXPECT_EQ(values->at(2).display(), R"({"no-systemd":true})");
  EXPECT_FALSE(collector->parse({"/a"}, "key\nroot:x:0:0\nend\n"));
}

}  // namespace
}  // namespace holdfast
