#pragma once

#include <gtest/gtest.h>

#include "engine/plan/diff.h"
#include "resources/github/runner_text.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_github_runner_kind();

inline constexpr const char* kArchiveDigest =
    "194f1e1e4bd02f80b7e9633fc546084d8d4e19f3928a324d512ea53430102e1d";

inline State wished_runner(State more = {}) {
  State out = state({{"url", "https://github.com/octo/hello/"},
                     {"token", Secret("ghp-secret")},
                     {"version", "2.329.0"},
                     {"sha256", kArchiveDigest},
                     {"labels", ValueList{"Primary", "staging"}}});
  for (const auto& [name, value] : more) out.set(name, value);
  return out;
}

/// A host and GitHub as they answer of one runner, and what is made of it.
class GithubRunnerKind : public testing::Test {
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

}  // namespace holdfast
