#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/apply/masking.h"
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

TEST_F(Calls, OfAFinishedRunNeedACredential) {
  Fleet fleet(kFileAndShelf, kinds_with_library);
  fleet.settle();
  const Outcome without = fleet.roll_back();
  EXPECT_EQ(end_of(without, "h1").end, HostEnd::HalfDone);
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
