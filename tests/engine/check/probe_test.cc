#include "engine/check/probe.h"

#include <gtest/gtest.h>

#include "tests/support/fake_connection.h"

namespace holdfast {
namespace {

using testing_support::FakeConnection;

/// Says the same to whatever it is asked.
class OneAnswer final : public Shell {
 public:
  explicit OneAnswer(std::string text) : text_(std::move(text)) {}
  Result<std::unique_ptr<Shell>> beside() override { return fail(Code::Internal, "only one"); }
  Result<void> send(std::string_view, std::string_view, Deadline, const Tick&) override {
    return {};
  }
  Result<int> receive(const std::function<void(Record&&)>& on_record, std::size_t, Deadline,
                      const Tick&) override {
    on_record({.tag = "answer", .status = 0, .payload = text_});
    return 0;
  }
  int round_trips() const override { return 0; }

 private:
  std::string text_;
};

/// What becomes of a question that a server or a shell answers so.
class Answered {
 public:
  explicit Answered(Result<std::string> remote, std::string shell = "")
      : remote_(std::move(remote)), shell_(std::move(shell)) {}

  Result<std::string> operator()(const Probe& probe) {
    const AskRemote remote = [&](const Probe::Remote&) {
      ++times;
      return remote_;
    };
    return ask_probe(probe, connection_, shell_, remote, [] { return Result<void>(); });
  }

  int times = 0;

 private:
  Result<std::string> remote_;
  FakeConnection connection_{std::deque<testing_support::FakeHost>{{}}};
  OneAnswer shell_;
};

Probe of_server(std::string hint = "", std::chrono::milliseconds patience = {}) {
  Probe out{.ask = Probe::Remote{
                .server = {.service = "s", .address = "a"}, .question = "q", .note = "n"}};
  out.hint = std::move(hint);
  out.retry = {.total = patience, .backoff = std::chrono::milliseconds(1)};
  return out;
}

Result<std::string> error(Code code, std::string hint) {
  return fail(code, "it is wrong", std::move(hint));
}

TEST(AskProbe, SaysWhatWasGot) {
  EXPECT_EQ(Answered(std::string("fine"))(of_server()).value(), "fine");
  EXPECT_EQ(
      Answered({}, "one\ntwo is here\nthree\n\n0")({.ask = Probe::Command{.argv = {"a"}}}).value(),
      "status 0 one");
  EXPECT_EQ(Answered({}, "one\ntwo is here\nthree\n\n0")(
                {.ask = Probe::Command{.argv = {"a"}, .output = "is here"}})
                .value(),
            "status 0 two is here");
  EXPECT_EQ(
      Answered({}, "Id=a.service\nActiveState=active\n")({.ask = Probe::Unit{.name = "a"}}).value(),
      "active");
}

TEST(AskProbe, WhoWroteTheCheckKnowsWhatToDo) {
  const auto hint = [](Code code, std::string own, std::string of_check) {
    const auto got = Answered(error(code, std::move(own)))(of_server(std::move(of_check)));
    EXPECT_EQ(got.error().code, Code::CheckFailed);
    return got.error().hint;
  };
  EXPECT_EQ(hint(Code::CheckFailed, "restart it", ""), "restart it");
  EXPECT_EQ(hint(Code::CheckFailed, "restart it", "see the page"), "see the page");
  EXPECT_EQ(hint(Code::ServerUnreachable, "a proxy?", "see the page"), "see the page");
  EXPECT_EQ(hint(Code::CredentialRefused, "make a new token", "see the page"),
            "make a new token; see the page");
  EXPECT_EQ(hint(Code::CredentialRefused, "", "see the page"), "see the page");
  const auto refused = Answered({})({.ask = Probe::Tcp{.port = 1}});
  EXPECT_EQ(refused.error().message, "no tunnels here");
  EXPECT_EQ(refused.error().hint, "`ss -ltnp` there shows what listens");
}

TEST(AskProbe, AsksAgainButNotWithACredentialThatIsRefused) {
  const std::chrono::milliseconds patience(60);
  Answered wrong(error(Code::CheckFailed, ""));
  EXPECT_NE(wrong(of_server("", patience)).error().message.find("(asked "), std::string::npos);
  EXPECT_GT(wrong.times, 1);
  Answered refused(error(Code::CredentialRefused, ""));
  EXPECT_EQ(refused(of_server("", std::chrono::minutes(5))).error().message, "it is wrong");
  EXPECT_EQ(refused.times, 1);
}

}  // namespace
}  // namespace holdfast
