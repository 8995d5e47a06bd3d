#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <thread>

#include "engine/transport/descriptor.h"
#include "tests/e2e/transport/lab_hosts.h"

namespace holdfast::lab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

double milliseconds_since(Deadline start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// A port of this machine on which something accepts connections; `say` is sent to each.
class Listener {
 public:
  explicit Listener(std::string say)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), say_(std::move(say)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size);  // NOLINT
    ::listen(socket_.get(), 16);
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);  // NOLINT
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  int port() const { return port_; }
  int accepted() const { return accepted_; }

 private:
  void serve(const std::stop_token& stop) {
    std::vector<Descriptor> open;
    while (!stop.stop_requested()) {
      if (!wait_ready(socket_.get(), POLLIN, within(50))) continue;
      Descriptor peer(::accept(socket_.get(), nullptr, nullptr));
      ++accepted_;
      ::send(peer.get(), say_.data(), say_.size(), MSG_NOSIGNAL);
      if (!say_.empty()) peer.reset();
      open.push_back(std::move(peer));
    }
  }
  Descriptor socket_;
  std::string say_;
  int port_ = 0;
  std::atomic<int> accepted_ = 0;
  std::jthread thread_;
};

TEST(Patience, AServerThatSaysNothingEndsInTime) {
  const Listener silent("");
  ConnectPolicy hasty = policy();
  hasty.timeout = std::chrono::milliseconds(300);
  hasty.attempts = 1;
  Endpoint to = endpoint("root", "127.0.0.1");
  to.port = silent.port();
  const Deadline start = Clock::now();
  EXPECT_THAT(who(*make_dialer(hasty), to),
              AllOf(StartsWith("HF4004"), HasSubstr("no SSH server spoke")));
  EXPECT_LT(milliseconds_since(start), 1500);
}

TEST(Patience, AServerThatDropsUsIsTriedAgain) {
  const Listener dropping("Exceeded MaxStartups\r\n");
  Endpoint to = endpoint("root", "127.0.0.1");
  to.port = dropping.port();
  EXPECT_THAT(who(*make_dialer(policy()), to), StartsWith("HF4001"));
  EXPECT_EQ(dropping.accepted(), policy().attempts);
}

TEST(Patience, AWrongKeyIsNotTriedAgain) {
  ConnectPolicy slow = policy();
  slow.known_hosts = {"/dev/null"};
  slow.attempts = 10;
  const Deadline start = Clock::now();
  EXPECT_THAT(who(*make_dialer(slow), endpoint("root")), StartsWith("HF4002"));
  EXPECT_LT(milliseconds_since(start), 3000);
}

TEST(Patience, UnreachableIsSaid) {
  ConnectPolicy hasty = policy();
  hasty.timeout = std::chrono::seconds(1);
  hasty.attempts = 1;
  Endpoint refused = endpoint("root");
  refused.port = 1;
  EXPECT_THAT(who(*make_dialer(hasty), refused), AllOf(StartsWith("HF4001"), HasSubstr("refused")));
  EXPECT_THAT(who(*make_dialer(hasty), endpoint("root", "no-such-host.invalid")),
              StartsWith("HF4001"));
}

TEST(Session, TwoChannelsAndATunnel) {
  const auto dialer = make_dialer(policy());
  auto connection = dialer->dial(endpoint("deploy"));
  ASSERT_TRUE(connection) << connection.error().message;
  auto work = Shell::start(**connection, {.become = true}, within(20'000));
  auto watch = Shell::start(**connection, {.become = true}, within(20'000));
  ASSERT_TRUE(work);
  ASSERT_TRUE(watch);
  ASSERT_TRUE((*work)->send("sleep 1; hf_record done 0 slept", "", within(20'000)));
  const auto beat = (*watch)->ask("hf_record beat 0 here", "", within(20'000));
  ASSERT_TRUE(beat) << beat.error().message;
  EXPECT_EQ(beat->payload, "here");
  std::string seen;
  int ticks = 0;
  ASSERT_TRUE((*work)->receive([&](Record&& record) { seen = record.payload; }, 100, within(20'000),
                               [&]() -> Result<void> {
                                 ++ticks;
                                 return {};
                               }));
  EXPECT_EQ(seen, "slept");
  EXPECT_GE(ticks, 1);

  auto tunnel = (*connection)->tunnel("127.0.0.1", 22, within(20'000));
  ASSERT_TRUE(tunnel) << tunnel.error().message;
  std::array<char, 8> buffer{};
  const auto got = (*tunnel)->read(buffer.data(), buffer.size(), within(20'000));
  ASSERT_TRUE(got);
  EXPECT_EQ(std::string(buffer.data(), *got).substr(0, 7), "SSH-2.0");
  const auto closed = (*connection)->tunnel("127.0.0.1", 1, within(20'000));
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, Code::HostUnreachable);
}

TEST(Session, LargePayloadsAreFast) {
  const auto connection = make_dialer(policy())->dial(endpoint("root"));
  ASSERT_TRUE(connection);
  auto shell = Shell::start(**connection, {}, within(20'000));
  ASSERT_TRUE(shell);
  const std::string big(std::size_t{32} << 20, 'x');
  const auto answer = (*shell)->ask("hf_take " + std::to_string(big.size()) +
                                        " >/var/tmp/big; hf_record size 0 "
                                        "\"$(stat -c %s /var/tmp/big)\"; rm /var/tmp/big",
                                    big, within(30'000));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->payload, std::to_string(big.size()));
}

TEST(Session, NoLoginAccountsAreNamed) {
  const auto dialer = make_dialer(policy());
  auto connection = dialer->dial(endpoint("root"));
  ASSERT_TRUE(connection);
  auto shell = Shell::start(**connection, {}, within(20'000));
  ASSERT_TRUE(shell);
  const auto made = (*shell)->ask(
      "useradd -m -s /usr/sbin/nologin locked && cp -r /root/.ssh /home/locked/ && chown -R "
      "locked: /home/locked; "
      "useradd -m -s /bin/bash noisy && cp -r /root/.ssh /home/noisy/ && chown -R noisy: "
      "/home/noisy && "
      "{ echo 'echo Welcome to HF; echo to stderr >&2; printf \"no newline\"'; cat "
      "/home/noisy/.bashrc; } >/tmp/rc && "
      "cp /tmp/rc /home/noisy/.bashrc",
      "", within(20'000));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(who(*dialer, endpoint("locked")),
              AllOf(StartsWith("HF4008"), HasSubstr("not available")));
  EXPECT_EQ(who(*dialer, endpoint("noisy")), "noisy");
}

TEST(Session, TwentyAtOnce) {
  const auto dialer = make_dialer(policy());
  std::array<std::string, 20> answers;
  {
    std::vector<std::jthread> threads;
    for (std::string& answer : answers) {
      threads.emplace_back([&] { answer = who(*dialer, endpoint("deploy"), {.become = true}); });
    }
  }
  EXPECT_THAT(answers, testing::Each("root"));
}

TEST(Session, ThroughAProxyCommand) {
  Endpoint to = endpoint("root", "a-name-that-only-the-proxy-knows");
  to.ssh_options = {"HostKeyAlias=" + first_host(), "ProxyCommand=bash -c 'exec 3<>/dev/tcp/" +
                                                        first_host() + "/22; cat <&3 & cat >&3'"};
  EXPECT_EQ(who(*make_dialer(policy()), to), "root");
}

TEST(CutCable, IsNoticed) {
  const auto dialer = make_dialer(policy());
  Endpoint watched = endpoint("root");
  watched.ssh_options = {"ServerAliveInterval=1", "ServerAliveCountMax=2"};
  auto quiet = dialer->dial(endpoint("root"));
  auto alive = dialer->dial(watched);
  ASSERT_TRUE(quiet);
  ASSERT_TRUE(alive);
  auto first = Shell::start(**quiet, {}, within(20'000));
  auto second = Shell::start(**alive, {}, within(20'000));
  ASSERT_TRUE((*first)->ask("true", "", within(20'000)));
  ASSERT_TRUE((*second)->ask("true", "", within(20'000)));
  run(variable("HOLDFAST_LAB_CUT"));
  const Deadline start = Clock::now();
  const auto late = (*first)->ask("true", "", within(500));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::DeadlinePassed);
  EXPECT_LT(milliseconds_since(start), 2000);
  const auto lost = (*second)->ask("true", "", within(30'000));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::ConnectionLost) << lost.error().message;
  EXPECT_LT(milliseconds_since(start), 10'000);
  // A payload that nobody takes must not hold us beyond the deadline either.
  const Deadline writing = Clock::now();
  const auto stuck =
      (*first)->ask("hf_drain", std::string(std::size_t{16} << 20, 'x'), within(500));
  ASSERT_FALSE(stuck);
  EXPECT_LT(milliseconds_since(writing), 3000);
  run(variable("HOLDFAST_LAB_HEAL"));
}

}  // namespace
}  // namespace holdfast::lab
