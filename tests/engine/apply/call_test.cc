#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/apply/masking.h"
#include "engine/apply/run_name.h"
#include "engine/plan/servers.h"
#include "tests/support/fake_library.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kFileAndShelf = R"(
hosts: h1
vars: {token: "of-a-librarian"}
resources:
  - {shelf: a, text: new, token: "{{ token }}"}
  - {file: /srv/a, content: a, requires: shelf a}
)";

class Calls : public testing::Test {
 protected:
  Calls() { FakeLibrary::open(&library_); }
  ~Calls() override { FakeLibrary::open(nullptr); }

  /// A run whose host fails, and whose server can't be reached when its change is taken back.
  void leave_a_call(Fleet& fleet) {
    const Plan plan = fleet.plan();
    fleet["h1"].fail_after(0);
    int times = 0;
    library_.before = [&](const auto&) -> Result<void> {
      if (++times == 1) return {};
      return fail(Code::ServerUnreachable, "nobody listens");
    };
    EXPECT_EQ(end_of(fleet.apply(plan), "h1").end, HostEnd::HalfDone);
    library_.before = [](const auto&) { return Result<void>(); };
  }

  FakeLibrary library_;
};

TEST_F(Calls, AreMadeInTheirPlaceAndOnce) {
  Fleet fleet(kFileAndShelf, kinds_with_library);
  EXPECT_THAT(told(fleet.plan()), ElementsAre("h1 create shelf a: does not exist",
                                              "h1 create file /srv/a: does not exist"));
  fleet.settle();
  EXPECT_THAT(library_.shelves, ElementsAre(Pair("a", "new")));
  EXPECT_THAT(library_.log, ElementsAre("of-a-librarian put a: new"));
  EXPECT_THAT(told(fleet.plan()), IsEmpty());
}

TEST_F(Calls, GoBackWithTheRunThatMadeThem) {
  library_.shelves["a"] = "old";
  Fleet fleet(kFileAndShelf, kinds_with_library);
  const Plan plan = fleet.plan();
  fleet["h1"].fail_after(0);
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(library_.shelves, ElementsAre(Pair("a", "old")));
}

TEST_F(Calls, SayWhichRunMakesThemAndTakesThemBack) {
  RunMeta named;
  named.id = "7";
  named.project = "shop";
  named.environment = "lab";
  EXPECT_EQ(run_name(named, "h1"), "shop/lab, h1, run 7");
  std::vector<std::string> runs;
  library_.before = [&](const std::string& act) -> Result<void> {
    runs.push_back(nlohmann::json::parse(act).value("run", ""));
    return {};
  };
  Fleet fleet(kFileAndShelf, kinds_with_library);
  const Plan plan = fleet.plan();
  fleet["h1"].fail_after(0);
  EXPECT_EQ(end_of(fleet.apply(plan), "h1").end, HostEnd::RolledBack);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_THAT(runs[0], testing::EndsWith("h1, run run-1"));
  EXPECT_EQ(runs[1], runs[0]) << "by the same run";
}

TEST_F(Calls, WhoseOutcomeIsUnknownGoBackTheSame) {
  library_.shelves["a"] = "old";
  for (const bool carried_out : {false, true}) {
    auto& moment = carried_out ? library_.after : library_.before;
    int times = 0;
    moment = [&](const auto&) -> Result<void> {
      if (++times > 1) return {};
      return fail(Code::ServerUnreachable, "the connection broke");
    };
    Fleet fleet(kFileAndShelf, kinds_with_library);
    const Outcome outcome = fleet.apply();
    EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack) << carried_out;
    EXPECT_THAT(end_of(outcome, "h1").error->message, HasSubstr("put a: the connection broke"));
    EXPECT_THAT(library_.shelves, ElementsAre(Pair("a", "old"))) << carried_out;
    moment = [](const auto&) { return Result<void>(); };
  }
}

TEST_F(Calls, ThatCantGoBackAreSaid) {
  Fleet fleet(kFileAndShelf, kinds_with_library);
  const Plan plan = fleet.plan();
  fleet["h1"].fail_after(0);
  int times = 0;
  library_.before = [&](const auto&) -> Result<void> {
    if (++times == 1) return {};
    return fail(Code::CredentialRefused, "the token has expired");
  };
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::HalfDone);
  EXPECT_THAT(end_of(outcome, "h1").left, ElementsAre("put back a: the token has expired"));
}

/// Of what was cut off or is half-done on h1. @param call  Takes changes of servers back.
Outcome recover(Fleet& fleet, const std::function<Result<void>(const PendingCall&, Reach)>& call) {
  RollbackOptions options;
  options.only_open = true;
  options.call = call;
  options.meta.id = "recovery";
  options.meta.command = "rollback";
  return roll_back({{"h1", &fleet["h1"]}}, options, fleet.diary());
}

struct Answer {
  const char* name;
  const char* method;
  HttpOutcome outcome;
  bool taken_back;  ///< Whether the server may have done it.
};
class CallThatFails : public Calls, public testing::WithParamInterface<Answer> {
 protected:
  class Scripted final : public HttpTransport {
   public:
    HttpOutcome exchange(const HttpRequest&, const std::function<bool()>&) override {
      return GetParam().outcome;
    }
  };
};

TEST_P(CallThatFails, IsUnmadeOnlyWhereTheServerSurelyDidNothing) {
  library_.sent = [](const Contact& contact) {
    contact.transport()->exchange({.method = GetParam().method, .url = "http://library"}, {});
  };
  library_.before = [](const auto&) -> Result<void> {
    return fail(Code::ServerFailed, "it went wrong");
  };
  Reach reach;
  reach.contact.transport = [] { return std::make_unique<Scripted>(); };
  Call call;
  call.server = {.service = "library", .address = "http://library"};
  call.act = R"({"shelf": "a", "is": "", "text": "new"})";
  bool unmade = false;
  EXPECT_FALSE(make_call(call, kinds_with_library(), reach, &unmade));
  EXPECT_EQ(unmade, !GetParam().taken_back);
}

INSTANTIATE_TEST_SUITE_P(
    Table, CallThatFails,
    testing::Values(Answer{"OnlyLooked", "GET", HttpReply{.status = 500}, false},
                    Answer{"Unauthorized", "POST", HttpReply{.status = 401}, false},
                    Answer{"LockedVersion", "PUT", HttpReply{.status = 412}, false},
                    Answer{"NotSent", "DELETE", HttpBroken{.why = "no route"}, false},
                    Answer{"NoAnswer", "POST", HttpBroken{.why = "cut", .sent = true}, true},
                    Answer{"Failed", "POST", HttpReply{.status = 500}, true},
                    Answer{"TookTooLong", "POST", HttpReply{.status = 408}, true},
                    Answer{"Garbage", "POST", HttpReply{.status = 200}, true}),
    [](const auto& p) { return p.param.name; });

TEST_F(Calls, ThatWereNeverMadeAreNotTakenBackFromAServerThatStillFails) {
  Fleet fleet(kFileAndShelf, kinds_with_library);
  library_.sent = [](const Contact& contact) {
    contact.transport()->exchange({.method = "POST", .url = "http://127.0.0.1:1/"}, {});
  };
  library_.before = [](const auto&) -> Result<void> {
    return fail(Code::ServerUnreachable, "nobody listens");
  };
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::RolledBack);
  EXPECT_EQ(library_.log.size(), 1U) << "once asked to put it, never to put it back";
}

TEST_F(Calls, OfAHostThatShutEverybodyOutAreNeverMade) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/a, content: a}
  - {shelf: a, text: new, token: x, requires: file /srv/a}
)",
              kinds_with_library);
  fleet["h1"].shut_by_change = true;
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::NotConfirmed);
  EXPECT_THAT(library_.log, IsEmpty());
}

TEST_F(Calls, AloneNeedOneLoginOnly) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/a, content: a}
  - {shelf: a, text: new, token: x, requires: file /srv/a}
)",
              kinds_with_library);
  fleet.settle();
  EXPECT_EQ(fleet["h1"].confirmed, 1);
}

TEST_F(Calls, SeeAnotherOnesChangeUnderTheLock) {
  Fleet fleet(kFileAndShelf, kinds_with_library);
  const Plan plan = fleet.plan();
  library_.shelves["a"] = "of somebody else";
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Refused);
  EXPECT_THAT(library_.shelves, ElementsAre(Pair("a", "of somebody else")));
}

TEST_F(Calls, AreRefusedWhereTheirServerCantTellWhatThereIs) {
  library_.asked = [](const auto&) {
    return fail(Code::CredentialRefused, "401: Bad credentials", "make a new token");
  };
  Fleet fleet(kFileAndShelf, kinds_with_library);
  const Plan plan = fleet.plan();
  const Row& row = plan.rows[row_of(plan, "h1", "shelf a")];
  ASSERT_TRUE(row.refused);
  EXPECT_EQ(row.refused->code, Code::CredentialRefused);
  EXPECT_EQ(row.refused->message, "h1 shelf a can't be planned: 401: Bad credentials");
  EXPECT_EQ(row.refused->hint, "make a new token");
  EXPECT_NE(row.refused->where.line, 0);
  EXPECT_FALSE(row.unknown);
}

TEST_F(Calls, AreNotKnownYetWhereTheirServerMayComeWithThePlan) {
  constexpr const char* kServerFirst = R"(
hosts: h1
resources:
  - {file: /srv/library, content: a}
  - {file: /srv/shelf, content: a, requires: file /srv/library}
  - {shelf: a, text: new, token: x, requires: file /srv/shelf}
  - {shelf: b, text: new, token: x}
)";
  library_.asked = [](const auto&) { return fail(Code::ServerUnreachable, "connection refused"); };
  Fleet fleet(kServerFirst, kinds_with_library);
  const Plan plan = fleet.plan();
  EXPECT_TRUE(plan.rows[row_of(plan, "h1", "shelf a")].unknown);
  const Row& other = plan.rows[row_of(plan, "h1", "shelf b")];
  ASSERT_TRUE(other.refused) << "nothing of the plan brings its server up";
  EXPECT_THAT(other.refused->hint, HasSubstr("`requires`"));
  // What is there already brings nothing up any more.
  library_.asked = [](const auto&) { return Result<void>(); };
  fleet.settle();
  library_.asked = [](const auto&) { return fail(Code::ServerUnreachable, "connection refused"); };
  const Plan later = fleet.plan();
  EXPECT_TRUE(later.rows[row_of(later, "h1", "shelf a")].refused);
}

TEST_F(Calls, AreRefusedWhereTheirServerFailsOnAFurtherQuestion) {
  library_.shelves = {{"a", "see b"}, {"b", "old"}};
  Fleet fleet("hosts: h1\nresources:\n  - {shelf: a, text: new, token: x}\n", kinds_with_library);
  const Plan known = fleet.plan();
  EXPECT_TRUE(known.rows[row_of(known, "h1", "shelf a")].changes());
  library_.asked = [](const std::string& shelf) -> Result<void> {
    if (shelf == "b") return fail(Code::ServerFailed, "500: it went wrong");
    return {};
  };
  const Plan plan = fleet.plan();
  const Row& row = plan.rows[row_of(plan, "h1", "shelf a")];
  ASSERT_TRUE(row.refused);
  EXPECT_THAT(row.refused->message, HasSubstr("can't be planned: 500: it went wrong"));
}

TEST_F(Calls, BeginNothingWhereTheirServerFailsUnderTheLock) {
  Fleet fleet(R"(
hosts: h1
resources:
  - {file: /srv/a, content: a}
  - {shelf: a, text: new, token: x}
)",
              kinds_with_library);
  const Plan plan = fleet.plan();
  const std::string before = fleet.snapshot();
  library_.asked = [](const auto&) { return fail(Code::ServerFailed, "500: it went wrong"); };
  const Outcome outcome = fleet.apply(plan);
  EXPECT_EQ(end_of(outcome, "h1").end, HostEnd::Refused);
  EXPECT_EQ(end_of(outcome, "h1").error->code, Code::ServerFailed);
  EXPECT_THAT(end_of(outcome, "h1").error->message, HasSubstr("500: it went wrong"));
  EXPECT_EQ(fleet.snapshot(), before);
}

TEST_F(Calls, AreTakenBackByTheCredentialThatMadeThem) {
  Fleet fleet(R"(
hosts: h1
vars: {one: "1", two: "2", three: "3"}
resources:
  - {shelf: a, text: new, token: "{{ one }}"}
  - {shelf: b, text: new, token: "{{ two }}", requires: shelf a}
  - {shelf: c, text: new, token: "{{ three }}", requires: shelf b}
)",
              kinds_with_library);
  library_.after = [](const std::string& act) -> Result<void> {
    if (act.find(R"("is":"","shelf":"c")") == std::string::npos) return {};
    return fail(Code::ServerFailed, "nobody knows");
  };
  EXPECT_EQ(end_of(fleet.apply(), "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(library_.shelves, IsEmpty());
  EXPECT_THAT(library_.log, testing::Contains("2 put b: "));
  EXPECT_THAT(library_.log, testing::Contains("1 put a: "));
}

TEST(LentCredential, IsThatOfTheSameNameThenOfTheSameHost) {
  const auto shelf = [](const char* host, const char* name, const char* token) {
    Declaration out;
    out.host = host;
    out.resource.kind = "shelf";
    out.resource.name = name;
    out.resource.desired.set("token", Secret(token));
    return out;
  };
  const std::vector<Declaration> all{shelf("h1", "a", "1a"), shelf("h2", "b", "2b"),
                                     shelf("h2", "a", "2a")};
  const auto lent = [&](const char* name, const char* host, bool through_host = false) {
    Server server{.service = "library", .address = "http://library"};
    server.credential_name = name;
    server.through_host = through_host;
    lend_credential(server, host, all, kinds_with_library());
    return server.credential ? std::string(server.credential->reveal()) : "none";
  };
  EXPECT_EQ(lent("the token of shelf a", "h2"), "2a");
  EXPECT_EQ(lent("the token of shelf b", "h1"), "2b");
  EXPECT_EQ(lent("the token of shelf gone", "h2"), "2b");
  EXPECT_EQ(lent("the token of shelf gone", "h9"), "1a");
  EXPECT_EQ(lent("the token of shelf a", "h1", true), "none") << "another way, another server";
}

TEST_F(Calls, OfAFinishedRunNeedACredential) {
  Fleet fleet(kFileAndShelf, kinds_with_library);
  fleet.settle();
  const Outcome without = fleet.roll_back();
  EXPECT_EQ(end_of(without, "h1").end, HostEnd::HalfDone);
  EXPECT_THAT(library_.shelves, ElementsAre(Pair("a", "new")));
}

TEST_F(Calls, LeftByAHalfDoneRunAreTakenBackByARecovery) {
  Fleet fleet(kFileAndShelf, kinds_with_library);
  leave_a_call(fleet);
  const auto credential = [](const PendingCall& call, const Reach& reach) {
    const FindServer find = [](const PendingCall& wanted) {
      return std::optional(
          Server{.service = wanted.service, .address = wanted.address, .credential = Secret("x")});
    };
    return take_back_call(call, find, kinds_with_library(), reach);
  };
  EXPECT_EQ(end_of(recover(fleet, credential), "h1").end, HostEnd::RolledBack);
  EXPECT_THAT(library_.shelves, IsEmpty());
  EXPECT_THAT(recover(fleet, credential).hosts, IsEmpty()) << "nothing is left any more";
}

TEST_F(Calls, LeftByARunThatALaterOneStandsOnAreItsOwn) {
  Fleet fleet(kFileAndShelf, kinds_with_library);
  leave_a_call(fleet);
  fleet.settle();
  EXPECT_THAT(recover(fleet, {}).hosts, IsEmpty());
  EXPECT_THAT(library_.shelves, ElementsAre(Pair("a", "new")));
}

TEST_F(Calls, OfAnOrphanHaveTheCredentialOfAnotherOne) {
  Fleet fleet(R"(
hosts: h1
vars: {token: x}
resources:
  - {shelf: a, text: new, token: "{{ token }}"}
  - {shelf: b, text: new, token: "{{ token }}"}
)",
              kinds_with_library);
  fleet.settle();
  fleet.manifest(R"(
hosts: h1
vars: {token: x}
resources:
  - {shelf: b, text: new, token: "{{ token }}"}
)");
  fleet.settle({.prune = true, .all_manifests = true});
  EXPECT_THAT(library_.shelves, ElementsAre(Pair("b", "new")));
}

TEST_F(Calls, LieOnTheHostWithoutTheirSecret) {
  const Call call{.server = {.service = "library",
                             .address = "http://library",
                             .credential = Secret("of-a-librarian"),
                             .credential_name = "the token of shelf a"},
                  .act = "{}",
                  .note = "put a",
                  .undo = "{\"shelf\": \"a\"}",
                  .undo_note = "put back a"};
  const std::string text = pending_call_text(call);
  EXPECT_THAT(text, testing::Not(HasSubstr("of-a-librarian")));
  const auto pending = parse_pending_call(text);
  ASSERT_TRUE(pending);
  EXPECT_EQ(pending->act, "{\"shelf\": \"a\"}");
  EXPECT_EQ(pending->credential, "the token of shelf a");
  EXPECT_EQ(parse_pending_call("{\"format\": 2}").error().code, Code::RecordTooNew);
  EXPECT_EQ(parse_pending_call("nothing").error().code, Code::RecordUnreadable);
}

}  // namespace
}  // namespace holdfast
