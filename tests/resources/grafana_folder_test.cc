#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_grafana_folder_kind();

namespace {

State stated_folder(const char* title) {
  return state({{"title", title},
                {"server", "http://g:3000/"},
                {"token", Secret("glsa_x")},
                {"through", "direct"}});
}

std::vector<std::pair<Query, Value>> answer(Value value) {
  return {{{"grafana", "http://g:3000 {\"get\": \"folder\", \"uid\": \"ops\"}"}, std::move(value)}};
}

Value folder(const char* title) { return Value(state({{"title", title}, {"version", 3}})); }

class GrafanaFolderPlan : public testing::TestWithParam<KindCase> {};

TEST_P(GrafanaFolderPlan, ChangesOnlyWhatDiffers) {
  const auto kind = make_grafana_folder_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "ops", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GrafanaFolderPlan,
    testing::Values(KindCase{"Converged", stated_folder("Ops"), answer(folder("Ops")), ""},
                    KindCase{"New", stated_folder("Ops"), answer({}),
                             "make the folder ops on http://g:3000\n", "", "does not exist"},
                    KindCase{"Renamed", stated_folder("Ops"), answer(folder("Old")),
                             "change the folder ops on http://g:3000\n", "", "title Old -> Ops"},
                    KindCase{"Gone", stated_folder("Ops"), answer({}), "", "", "", true},
                    KindCase{"Removed", stated_folder("Ops"), answer(folder("Ops")),
                             "remove the folder ops on http://g:3000\n", "", "ensure: absent",
                             true}),
    [](const auto& p) { return p.param.name; });

TEST(GrafanaFolder, WhatTakesItBackIsTheSameTheOtherWayRound) {
  const auto kind = make_grafana_folder_kind();
  const Resource resource = resource_for(*kind, "ops", stated_folder("Ops"));
  Change change{.action = Action::Update};
  change.before = state({{"title", "Old"}});
  const auto steps = kind->steps(resource, change);
  ASSERT_EQ(steps.size(), 1U);
  const auto* call = std::get_if<Call>(&steps[0].step);
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(
      call->act,
      R"({"object": "folder", "uid": "ops", "from": {"title": "Old"}, "to": {"title": "Ops"}})");
  EXPECT_EQ(
      std::get<std::string>(call->undo),
      R"({"object": "folder", "uid": "ops", "from": {"title": "Ops"}, "to": {"title": "Old"}})");
  EXPECT_EQ(call->undo_note, "put back the folder ops on http://g:3000");
  EXPECT_EQ(call->server.credential_name, "the token of grafana_folder ops");
}

TEST(GrafanaFolder, WantsAServerAndOneCredential) {
  const auto kind = make_grafana_folder_kind();
  const auto said = [&](const State& desired) {
    return check_text(*kind, resource_for(*kind, "ops", desired));
  };
  EXPECT_EQ(said(stated_folder("Ops")), "");
  const State login = state({{"server", "http://g"}, {"user", "a"}, {"password", Secret("b")}});
  EXPECT_EQ(said(login), "");
  EXPECT_NE(said(state({{"server", "http://g"}, {"user", "a"}})), "");
  EXPECT_NE(said(state({{"server", "http://g"}})), "");
  EXPECT_NE(said(state({{"server", "ftp://g"}, {"token", Secret("x")}})), "");
  EXPECT_NE(said(state({{"token", Secret("x")}})), "");
  EXPECT_NE(said(state({{"server", "https://g"}, {"through", "ssh"}, {"token", Secret("x")}})), "");
  EXPECT_NE(said(state({{"server", "http://g"}, {"user", "a:b"}, {"password", Secret("b")}})), "");
  State both = login;
  both.set("token", Secret("x"));
  EXPECT_NE(said(both), "");
  EXPECT_NE(check_text(*kind, resource_for(*kind, "a/b", stated_folder("x"))), "");
}

TEST(GrafanaFolder, AnAnswerThatCouldNotBeHadMakesItUnknown) {
  const auto kind = make_grafana_folder_kind();
  const Resource resource = resource_for(*kind, "ops", stated_folder("Ops"));
  Answers answers;
  answers.set(answer({})[0].first, Unknown{"the server is down"});
  const auto seen = kind->read(resource, answers);
  ASSERT_TRUE(seen && *seen);
  EXPECT_EQ((*seen)->find("title")->as_unknown().cause, "the server is down");
}

}  // namespace
}  // namespace holdfast
