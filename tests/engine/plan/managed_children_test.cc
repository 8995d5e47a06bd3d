#include "engine/plan/managed_children.h"

#include <gtest/gtest.h>

#include "tests/support/fake_kinds.h"

namespace holdfast {
namespace {

Declaration note(const std::string& host, const std::string& path) {
  Declaration out;
  out.host = host;
  out.resource.kind = "note";
  out.resource.name = path;
  return out;
}

TEST(ManagedChildren, AreWhatOthersPutBelowAPath) {
  Plan plan;
  plan.declarations = {note("h1", "/etc/app"), note("h1", "/etc/app/a"),
                       note("h1", "/etc/app/b/c/d"), note("h1", "/etc/apple"),
                       note("h2", "/etc/app/other-host")};
  set_managed_children(plan, {}, fake_kinds());
  EXPECT_EQ(plan.declarations[0].resource.managed_children, (std::set<std::string>{"a", "b"}));
  EXPECT_TRUE(plan.declarations[1].resource.managed_children.empty());
}

TEST(ManagedChildren, OtherOwnersObjectsCountTheRunsOwnOrphansDoNot) {
  Owner ours;
  ours.project = "ours";
  Owner theirs;
  theirs.project = "theirs";
  Plan plan;
  plan.declarations = {note("h1", "/etc/app")};
  HostPlan host;
  host.host = "h1";
  const auto record = [](const Owner& owner, const char* name) {
    ObjectRecord out;
    out.kind = "note";
    out.name = name;
    out.owner = owner;
    return out;
  };
  host.state.objects["note /etc/app/old"] = record(ours, "/etc/app/old");
  host.state.objects["note /etc/app/foreign"] = record(theirs, "/etc/app/foreign");
  plan.hosts.push_back(host);
  set_managed_children(plan, {ours}, fake_kinds());
  EXPECT_EQ(plan.declarations[0].resource.managed_children, std::set<std::string>{"foreign"});
}

}  // namespace
}  // namespace holdfast
