// What is kept was seen by a fresh login.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::HasSubstr;

const HostOutcome& only(const Outcome& outcome) { return outcome.hosts.at(0); }

TEST(ApplyConfirmed, AChangeIsKeptAfterOneFreshLogin) {
  Fleet fleet(kOneFile);
  EXPECT_EQ(only(fleet.apply()).end, HostEnd::Applied);
  EXPECT_EQ(fleet["h1"].confirmed, 1);
}

TEST(ApplyConfirmed, TheHostIsToldHowLongItWaits) {
  Fleet fleet(kOneFile);
  ApplyOptions options;
  options.lease = std::chrono::seconds(7);
  fleet.apply(fleet.plan(), options);
  EXPECT_EQ(fleet["h1"].lease, std::chrono::seconds(7));
}

TEST(ApplyConfirmed, ARunThatOnlyWritesTheRecordNeedsNone) {
  Fleet fleet(kOneFile);
  fleet["h1"].host.files["/srv/a"] = {.content = "a"};
  EXPECT_EQ(only(fleet.apply()).end, HostEnd::Unchanged);
  EXPECT_EQ(fleet["h1"].confirmed, 0);
}

TEST(ApplyConfirmed, WhereNobodyCanLogInAnyMoreAllIsTakenBackWhateverThePolicy) {
  for (const FailurePolicy policy : {FailurePolicy::Rollback, FailurePolicy::Stop}) {
    Fleet fleet(kOneFile);
    const std::string before = fleet["h1"].host.snapshot();
    fleet["h1"].shut_by_change = true;
    ApplyOptions options;
    options.on_failure = policy;
    const Outcome outcome = fleet.apply(fleet.plan(), options);
    EXPECT_EQ(only(outcome).end, HostEnd::RolledBack);
    EXPECT_EQ(only(outcome).error->code, Code::NotConfirmed);
    EXPECT_THAT(only(outcome).error->message, HasSubstr("connection timed out"));
    EXPECT_EQ(fleet["h1"].host.snapshot(), before);
    EXPECT_EQ(parse_meta(fleet["h1"].meta_of("run-1"))->status, "rolled-back");
  }
}

TEST(ApplyConfirmed, AHostThatStaysShutIsNotSaidToBeAsBefore) {
  Fleet fleet(kOneFile);
  fleet["h1"].shut = true;
  const Outcome outcome = fleet.apply();
  EXPECT_EQ(only(outcome).end, HostEnd::HalfDone);
  EXPECT_THAT(only(outcome).left, testing::ElementsAre(HasSubstr("a new login still fails")));
}

TEST(ApplyConfirmed, WhatThePolicyLeavesIsConfirmedToo) {
  Fleet fleet(
      "hosts: h1\non_failure: stop\nresources:\n  - {file: /srv/a, content: a}\n"
      "  - {file: /srv/b, content: b, requires: [file /srv/a]}\n");
  fleet["h1"].fail_after(1);
  EXPECT_EQ(only(fleet.apply()).end, HostEnd::Stopped);
  EXPECT_EQ(fleet["h1"].confirmed, 1);
}

/// /srv/b closes a hole; /srv/a is any other change.
std::string closing(const std::string& text, const std::string& more = "") {
  return "hosts: h1\nresources:\n  - {file: /srv/a, content: " + text +
         "}\n  - {file: /srv/b, content: " + text + ", rollback: never" + more + "}\n";
}

struct Closing {
  Fleet fleet{closing("one")};
  explicit Closing(const std::string& more = "") {
    fleet.settle();
    before = fleet.snapshot();
    fleet.manifest(closing("two", more));
    fleet["h1"].confirmed = 0;
  }
  std::string text(const std::string& path) { return fleet["h1"].host.files.at(path).content; }
  std::string before;
};

TEST(ApplyConfirmed, WhatClosesAHoleIsFollowedByALoginOfItsOwnAndThenStaysWhateverComes) {
  Closing closing;
  closing.fleet["h1"].lose_after(1);
  const Outcome outcome = closing.fleet.apply();
  EXPECT_EQ(closing.fleet["h1"].confirmed, 1);
  EXPECT_EQ(only(outcome).end, HostEnd::RolledBack);
  EXPECT_THAT(only(outcome).stays, testing::ElementsAre("file /srv/b"));
  EXPECT_EQ(closing.text("/srv/a"), "one");
  EXPECT_EQ(closing.text("/srv/b"), "two");
}

TEST(ApplyConfirmed, WhatClosesTheWayInItselfGoesBack) {
  Closing closing;
  closing.fleet["h1"].lets_in = [&] { return closing.text("/srv/b") == "one"; };
  const Outcome outcome = closing.fleet.apply();
  EXPECT_EQ(only(outcome).end, HostEnd::RolledBack);
  EXPECT_EQ(only(outcome).error->code, Code::NotConfirmed);
  EXPECT_THAT(only(outcome).stays, testing::IsEmpty());
  EXPECT_EQ(closing.fleet.snapshot(), closing.before);
}

TEST(ApplyConfirmed, AHostThatGoesBackAloneOpensWhatMayShutEverybodyOut) {
  Closing closing;
  closing.fleet["h1"].lets_in = [&] { return closing.text("/srv/b") == "one"; };
  closing.fleet["h1"].lose_after(1);
  EXPECT_EQ(only(closing.fleet.apply()).end, HostEnd::RolledBack);
  EXPECT_EQ(closing.fleet.snapshot(), closing.before);
}

TEST(ApplyConfirmed, AnOldKeyMayGoBeforeTheNewOneComes) {
  Closing closing;
  closing.fleet["h1"].lets_in = [&] {
    return closing.text("/srv/b") == "one" || closing.text("/srv/a") == "two";
  };
  EXPECT_EQ(only(closing.fleet.apply()).end, HostEnd::Applied);
}

TEST(ApplyConfirmed, WhatLetsNobodyInWithoutTheRestGoesBackWithIt) {
  // The old key goes after the new one has come, and then something fails.
  Closing closing(", requires: file /srv/a}\n  - {file: /srv/c, content: three");
  closing.fleet["h1"].lets_in = [&] {
    return closing.text("/srv/b") == "one" || closing.text("/srv/a") == "two";
  };
  for (const bool lost : {false, true}) {
    if (lost) {
      closing.fleet["h1"].lose_after(2);
    } else {
      closing.fleet["h1"].fail_after(2);
    }
    EXPECT_EQ(only(closing.fleet.apply()).end, HostEnd::RolledBack);
    EXPECT_EQ(closing.fleet.snapshot(), closing.before);
    closing.fleet["h1"].host.fail_at(0);
  }
}

TEST(ApplyConfirmed, APersonIsAskedOnceForAllHostsAndNoAnswerTakesAllBack) {
  for (const bool keeps : {true, false}) {
    Fleet fleet("hosts: web\nresources:\n  - {file: /srv/a, content: a}\n");
    const std::string before = fleet.snapshot();
    ApplyOptions options;
    int asked = 0;
    options.ask_keep = [&] {
      ++asked;
      for (const char* host : {"h1", "h2"})
        EXPECT_EQ(fleet[host].host.files.at("/srv/a").content, "a");
      return keeps;
    };
    const Outcome outcome = fleet.apply(fleet.plan(), options);
    EXPECT_EQ(asked, 1);
    for (const HostOutcome& host : outcome.hosts) {
      EXPECT_EQ(host.end, keeps ? HostEnd::Applied : HostEnd::RolledBack);
      if (!keeps) {
        EXPECT_EQ(host.error->code, Code::NotConfirmed);
      }
    }
    EXPECT_EQ(fleet.snapshot() == before, !keeps);
  }
}

TEST(ApplyConfirmed, NobodyIsAskedAboutWhatIsTakenBackAnyway) {
  Fleet fleet(kOneFile);
  fleet["h1"].fail_after(0);
  ApplyOptions options;
  options.ask_keep = [] {
    ADD_FAILURE() << "there is nothing to keep";
    return true;
  };
  EXPECT_EQ(only(fleet.apply(fleet.plan(), options)).end, HostEnd::RolledBack);
}

TEST(ApplyConfirmed, WhatIsTakenBackNeedsNone) {
  Fleet fleet(kOneFile);
  fleet["h1"].fail_after(0);
  EXPECT_EQ(only(fleet.apply()).end, HostEnd::RolledBack);
  EXPECT_EQ(fleet["h1"].confirmed, 0);
}

}  // namespace
}  // namespace holdfast
