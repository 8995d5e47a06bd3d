#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::IsEmpty;

/// A manifest of folders, files, links, accounts and groups, as a seed throws them.
class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}

  std::string manifest() {
    std::string out = "hosts: web\nresources:\n";
    for (const char* group : {"g1", "g2"}) {
      if (chance(50)) out += std::string("  - {group: ") + group + "}\n";
    }
    for (const char* user : {"u1", "u2"}) {
      users_[user] = chance(50);
      if (users_[user])
        out += std::string("  - {user: ") + user + pick({"", ", comment: c"}) + "}\n";
    }
    for (const char* folder : {"/srv/d1", "/srv/d2"}) {
      // What isn't stated may be there from an earlier manifest: its files are left out, too.
      if (!chance(60)) continue;
      out += std::string("  - {directory: ") + folder + owner() + mode() + "}\n";
      for (const char* name : {"a", "b", "c"}) entry(out, std::string(folder) + "/" + name);
    }
    for (const char* name : {"/srv/x", "/srv/y", "/etc/z"}) entry(out, name);
    return out + "  - {file: /srv/always, content: x}\n";
  }

  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::string pick(const std::vector<std::string>& of) {
    return of[static_cast<std::size_t>(below(static_cast<int>(of.size())))];
  }
  std::string mode() { return pick({"", ", mode: 0700", ", mode: 0755"}); }
  std::string owner() {
    const std::string user = pick({"u1", "u2"});
    return users_[user] && chance(40) ? ", owner: " + user : "";
  }
  void entry(std::string& out, const std::string& path) {
    if (chance(40)) return;
    if (chance(20)) {
      out += "  - {file: " + path + ", ensure: absent}\n";
    } else {
      out += "  - {file: " + path + ", content: " + pick({"one", "two"}) + owner() + mode() + "}\n";
    }
  }

  std::mt19937 random_;
  std::map<std::string, bool> users_;
};

/// One manifest after another on the same hosts; after each, one of them comes to grief.
TEST(Invariants, HoldForAnyManifest) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    const std::string first = dice.manifest();
    const std::string second = dice.manifest();
    Fleet fleet(first);
    for (const std::string& manifest : {first, second}) {
      SCOPED_TRACE(manifest);
      fleet.manifest(manifest);
      const PlanOptions prune{.prune = dice.chance(50)};
      const std::string before = fleet.snapshot();
      const Plan plan = fleet.plan(prune);
      ASSERT_EQ(fleet.snapshot(), before) << "a plan changes nothing";

      fleet["h1"].fail_after(dice.below(8));
      const Outcome failed = fleet.apply(plan, {.on_failure = FailurePolicy::RollbackAll});
      fleet["h1"].host.fail_at(0);
      const bool closed = std::any_of(failed.hosts.begin(), failed.hosts.end(),
                                      [](const HostOutcome& host) { return !host.stays.empty(); });
      if (end_of(failed, "h1").end == HostEnd::RolledBack) {
        if (!closed) {
          ASSERT_EQ(fleet.snapshot(), before) << "what failed is as before";
        }
        fleet.settle(prune);
      }
      ASSERT_THAT(told(fleet.plan(prune)), IsEmpty()) << "what was applied is as wanted";
      const std::string after = fleet.snapshot();
      if (after == before || closed) continue;
      for (const HostOutcome& host : fleet.roll_back({}, false, true).hosts) {
        ASSERT_EQ(host.end, HostEnd::RolledBack) << host.host;
      }
      ASSERT_EQ(fleet.snapshot(), before) << "what was taken back is as before";
      fleet.settle(prune);
      ASSERT_EQ(fleet.snapshot(), after);
    }
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace holdfast
