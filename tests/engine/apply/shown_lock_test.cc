#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/apply/remote_runner.h"
#include "tests/support/fake_connection.h"
#include "tests/support/fake_kinds.h"
#include "tests/support/soon.h"

namespace holdfast {
namespace {

using testing::HasSubstr;
using testing_support::fake_record;
using testing_support::FakeConnection;
using testing_support::FakeFrame;

/// Each login answers what its script says.
class Scripted final : public Dialer {
 public:
  using Answer = std::function<std::string(const FakeFrame&)>;
  explicit Scripted(Answer answer) : answer_(std::move(answer)) {}
  Result<std::unique_ptr<Connection>> dial(const Endpoint&) override {
    const auto answer = [this](const FakeFrame& frame, int index) {
      if (index == 0) return fake_record(frame.nonce, "ready", 0, "");
      return answer_(frame) + fake_record(frame.nonce, "end", 0, "");
    };
    return std::unique_ptr<Connection>(std::make_unique<FakeConnection>(
        std::deque<testing_support::FakeHost>{{.answer = answer}}, "root"));
  }

 private:
  Answer answer_;
};

std::unique_ptr<RemoteHost> login(Dialer& dialer, const std::string& name, const Registry& kinds) {
  auto host = RemoteHost::connect(dialer, {.name = name, .address = "10.0.0.1"}, {}, kinds, soon());
  EXPECT_TRUE(host);
  return host ? std::move(*host) : nullptr;
}

TEST(ShownLock, ARunIsRefusedWhereAnotherNameFindsItFree) {
  std::vector<std::string> scripts;
  Scripted first([&](const FakeFrame& frame) {
    scripts.push_back(frame.script);
    const bool takes = scripts.size() == 1;
    return fake_record(frame.nonce, takes ? "lock" : "ok", 0, "");
  });
  std::string word = "free";
  Scripted second(
      [&](const FakeFrame& frame) { return fake_record(frame.nonce, "lock", 0, word); });
  const Registry kinds = fake_kinds();
  const auto h1 = login(first, "h1", kinds);
  const auto web1 = login(second, "web1", kinds);
  RemoteRunner runner(*h1, {web1.get()});

  const auto refused = runner.begin({}, {}, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::ClonedMachine);
  EXPECT_THAT(refused.error().message, HasSubstr("h1 and web1 looked like one machine"));
  ASSERT_EQ(scripts.size(), 2U);
  EXPECT_THAT(scripts[1], HasSubstr("hf_drop_lock")) << "and holds nothing";

  for (const char* fine : {"held", "hidden"}) {
    scripts.clear();
    word = fine;
    const auto begun = runner.begin({}, {}, soon());
    EXPECT_EQ(scripts.size(), 1U) << fine << ": the lock is kept";
    EXPECT_TRUE(begun || begun.error().code != Code::ClonedMachine);
  }
}

}  // namespace
}  // namespace holdfast
