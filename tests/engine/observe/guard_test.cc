#include <gtest/gtest.h>

#include "engine/observe/remote_host.h"
#include "resources/registry.h"
#include "tests/support/soon.h"

namespace holdfast {
namespace {

/// What this machine's own shell says to two guards.
class Guard : public testing::Test {
 protected:
  void SetUp() override {
    dialer_ = make_dialer({});
    auto host = RemoteHost::connect(*dialer_, {.name = "here", .address = "here", .local = true},
                                    {}, kinds_, soon());
    ASSERT_TRUE(host) << host.error().message;
    host_ = std::move(*host);
  }
  std::string answers() {
    const auto seen = host_->observe({{"guard", "true"}, {"guard", "exit 3"}}, soon());
    if (!seen) return seen.error().message;
    return seen->answers.at({"guard", "true"}).display() + " " +
           seen->answers.at({"guard", "exit 3"}).display();
  }

  const Registry kinds_ = all_kinds();
  std::unique_ptr<Dialer> dialer_;
  std::unique_ptr<RemoteHost> host_;
};

TEST_F(Guard, IsRunFromTheFirstQuestionOn) {
  const std::string both = R"({"status":0} {"status":3})";
  EXPECT_EQ(answers(), both);
  EXPECT_EQ(answers(), both);
}

TEST_F(Guard, OfAStrangerIsNeverRun) {
  host_->run_no_code();
  EXPECT_EQ(answers(), "(unknown: needs trust) (unknown: needs trust)");
  ASSERT_TRUE(host_->facts(soon()));
  EXPECT_EQ(answers(), "(unknown: needs trust) (unknown: needs trust)");
}

}  // namespace
}  // namespace holdfast
