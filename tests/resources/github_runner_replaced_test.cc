#include <gmock/gmock.h>

#include "tests/resources/github_runner_fixture.h"

namespace holdfast {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(GithubRunnerKind, AnotherScopeIsAReplacementThatCantBeTakenBack) {
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

TEST_F(GithubRunnerKind, AnotherNameIsAReplacementOfWhatTheFolderHolds) {
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

TEST_F(GithubRunnerKind, WhatGoesIsRemovedWhereItIsRegistered) {
  Resource one = runner();
  one.absent = true;
  const Answers answers = former(one, "url", "https://github.com/octo/moved");
  const std::string acts = orders(one, change(one, answers));
  EXPECT_THAT(acts, HasSubstr(R"("do":"remove","scope":"repository","of":"octo/moved")"));
}

TEST_F(GithubRunnerKind, OneOfAnotherServerIsReplacedThoughNobodyIsAskedThere) {
  const Resource one = runner();
  const Answers answers = former(one, "url", "https://ghe.local/octo/hello");
  EXPECT_THAT(kind_->further_queries(one, answers), IsEmpty());
  const Change found = change(one, answers);
  EXPECT_EQ(found.action, Action::Replace);
  EXPECT_THAT(told(one, found), Not(Contains("remove runner one from GitHub")));
  EXPECT_THAT(told(one, found).front(), HasSubstr("runner-worker")) << "its job is waited for";
}

TEST_F(GithubRunnerKind, AnotherNameOfOneForASingleJobIsSeenByItsUnit) {
  const Resource two = resource_for(*kind_, "two", wished_runner(state({{"mode", "jit"}})));
  Answers answers = done(two);
  EXPECT_EQ(change(two, answers).action, Action::Replace);
}

TEST_F(GithubRunnerKind, BetweenAServiceAndSingleJobsItIsReplaced) {
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

}  // namespace
}  // namespace holdfast
