#include "engine/observe/machines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/soon.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What all logins of one machine share.
struct System {
  std::map<std::string, std::string> processes;  ///< Id to name.
};

class Login final : public Host {
 public:
  Login(std::string name, std::string key, System& system)
      : name_(std::move(name)), system_(system) {
    peer_.address = "10.0.0.1:22";
    peer_.host_key = std::move(key);
  }
  const std::string& name() const override { return name_; }
  const Peer& peer() const override { return peer_; }
  Result<Value> facts(Deadline) override { return Value(); }
  Result<Seen> observe(const std::vector<Query>&, Deadline) override { return Seen{}; }
  Result<Fetched> fetch(const std::vector<TextQuery>&, bool, Deadline) override {
    return Fetched{};
  }
  Result<std::optional<Mark>> mark(const std::string& word, Deadline) override {
    const std::string id = std::to_string(100 + system_.processes.size());
    system_.processes[id] = word;
    return std::optional<Mark>(Mark{id, word});
  }
  Result<Footing> footing(const ProcessId&, const std::vector<std::string>&, Deadline) override {
    return Footing{};
  }
  Result<bool> sees(const Mark& mark, Deadline) override {
    const auto found = system_.processes.find(mark.process);
    return found != system_.processes.end() && found->second == mark.word;
  }

 private:
  std::string name_;
  Peer peer_;
  System& system_;
};

TEST(Machines, TwoNamesThatSeeEachOtherAreOne) {
  System one;
  System two;
  Login h1("h1", "SHA256:a", one);
  Login h2("h2", "SHA256:b", two);
  Login web1("web1", "SHA256:a", one);
  Diagnostics diagnostics;
  const auto first = find_machines({{&h1, "m1", "b1"}, {}, {&h2, "m2", "b2"}, {&web1, "m1", "b1"}},
                                   soon(), diagnostics);
  EXPECT_FALSE(diagnostics.failed());
  EXPECT_THAT(first, ElementsAre(0, 1, 2, 0));
  EXPECT_TRUE(two.processes.empty()) << "a name alone with its key is asked nothing";
  EXPECT_THAT(share_a_key({&h1, nullptr, &h2, &web1}), ElementsAre(true, false, false, true));
}

struct Clone {
  const char* name;
  const char* machine;
  const char* boot;
  const char* said;
};

class Clones : public testing::TestWithParam<Clone> {};

TEST_P(Clones, OfAMachineAreRefusedByName) {
  System one;
  System two;
  Login h1("h1", "SHA256:a", one);
  Login web1("web1", "SHA256:a", two);
  Diagnostics diagnostics;
  const auto first = find_machines(
      {{&h1, "m1", "b1"}, {&web1, GetParam().machine, GetParam().boot}}, soon(), diagnostics);
  EXPECT_THAT(first, ElementsAre(0, 1));
  ASSERT_EQ(diagnostics.errors().size(), 1U);
  EXPECT_EQ(diagnostics.errors()[0].code, Code::ClonedMachine);
  EXPECT_THAT(diagnostics.errors()[0].message, HasSubstr("h1 and web1 show the same host key"));
  EXPECT_THAT(diagnostics.errors()[0].message, HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(Table, Clones,
                         testing::Values(Clone{"Image", "m2", "b2", "not the same system"},
                                         Clone{"AnotherBoot", "m1", "b2", "not the same system"},
                                         Clone{"RunningCopy", "m1", "b1", "neither sees"}),
                         [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace holdfast
