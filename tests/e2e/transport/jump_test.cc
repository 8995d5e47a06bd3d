#include <array>
#include <thread>

#include "tests/e2e/transport/lab_hosts.h"

namespace holdfast::lab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

Endpoint behind(const std::string& jump, const std::string& address = second_host()) {
  Endpoint to = endpoint("root", address);
  to.proxy_jump = jump;
  return to;
}

/// test_transport.py counts the logins that this makes at the jump host.
TEST(Jump, ManyHostsBehindOne) {
  const auto dialer = make_dialer(policy());
  std::array<std::string, 20> answers;
  {
    std::vector<std::jthread> threads;
    for (std::string& answer : answers) {
      threads.emplace_back([&] { answer = who(*dialer, behind("deploy@" + first_host())); });
    }
  }
  EXPECT_THAT(answers, testing::Each("root"));
}

TEST(Jump, Chain) {
  const auto dialer = make_dialer(policy());
  EXPECT_EQ(who(*dialer,
                behind("root@" + first_host() + ",deploy@" + second_host() + ":22", first_host())),
            "root");
}

TEST(Jump, CarriesMuch) {
  const auto dialer = make_dialer(policy());
  const auto connection = dialer->dial(behind("root@" + first_host()));
  ASSERT_TRUE(connection) << connection.error().message;
  auto shell = Shell::start(**connection, {}, within(20'000));
  ASSERT_TRUE(shell);
  const std::string big(std::size_t{8} << 20, 'x');
  const auto answer = (*shell)->ask(
      "hf_record all 0 \"$(hf_take " + std::to_string(big.size()) + ")\"", big, within(30'000));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->payload, big);
}

TEST(Jump, OutlivesTheDialer) {
  auto dialer = make_dialer(policy());
  auto connection = dialer->dial(behind("root@" + first_host()));
  ASSERT_TRUE(connection) << connection.error().message;
  dialer.reset();
  auto shell = Shell::start(**connection, {}, within(20'000));
  ASSERT_TRUE(shell);
  EXPECT_TRUE((*shell)->ask("true", "", within(20'000)));
}

TEST(Jump, ItsKeyIsCheckedToo) {
  const Folder folder;
  ConnectPolicy with = policy();
  with.known_hosts = {
      folder.write("known_hosts", second_host() + " " + keys_of(second_host()).front() + "\n")};
  EXPECT_THAT(who(*make_dialer(with), behind("root@" + first_host())),
              AllOf(StartsWith("HF4002"), HasSubstr("jump host " + first_host())));
}

TEST(Jump, WhatItCantReachIsSaid) {
  Endpoint closed = behind("root@" + first_host());
  closed.port = 1;
  EXPECT_THAT(who(*make_dialer(policy()), closed),
              AllOf(StartsWith("HF4001"), HasSubstr("jump host can't reach")));
}

TEST(Jump, ACircleEnds) {
  const Folder folder;
  ConnectPolicy with = policy();
  with.ssh_config = folder.write("config", "Host a\n ProxyJump b\nHost b\n ProxyJump a\n");
  EXPECT_THAT(who(*make_dialer(with), endpoint("root", "a")),
              AllOf(StartsWith("HF4006"), HasSubstr("circle")));
}

TEST(Jump, FromTheConfiguration) {
  const Folder folder;
  ConnectPolicy with = policy();
  with.known_hosts.clear();
  with.ssh_config = folder.write(
      "config", "Host inner\n HostName " + second_host() +
                    "\n ProxyJump outer\nHost outer\n HostName " + first_host() +
                    "\nHost *\n User root\n IdentityFile " + variable("HOLDFAST_LAB_KEY") +
                    "\n UserKnownHostsFile " + variable("HOLDFAST_LAB_KNOWN_HOSTS") + "\n");
  EXPECT_EQ(who(*make_dialer(with), {.name = "inner", .address = "inner"}), "root");
}

}  // namespace
}  // namespace holdfast::lab
