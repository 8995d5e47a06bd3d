#include "engine/transport/agent_proxy.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "tests/engine/transport/wire.h"

namespace holdfast {
namespace {

std::string count(char number) { return std::string(3, '\0') + number; }

TEST(FilterIdentities, KeepsWhatIsAllowed) {
  const std::string answer =
      "\x0c" + count(2) + wire("key1") + wire("one") + wire("key2") + wire("two");
  EXPECT_EQ(filter_identities(answer, {"key2"}), "\x0c" + count(1) + wire("key2") + wire("two"));
  EXPECT_EQ(filter_identities(answer, {}), answer);
  EXPECT_EQ(filter_identities(answer, {"key3"}), "\x0c" + count(0));
}

TEST(FilterIdentities, RefusesWhatIsNoAnswer) {
  for (const std::string& answer :
       {std::string(), std::string("\x05"), "\x0c" + count(2) + wire("key1") + wire("one"),
        "\x0c" + count(1) + std::string("\xff\xff\xff\xff"), std::string("\x0c\0", 2)}) {
    EXPECT_EQ(filter_identities(answer, {}), "");
  }
}

/// An agent that listens and never answers.
class SilentAgent {
 public:
  SilentAgent()
      : path_(std::filesystem::temp_directory_path() /
              ("holdfast-agent-" + std::to_string(::getpid()))),
        socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    ::unlink(path_.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);  // NOLINT
    ::listen(socket_.get(), 1);
  }
  ~SilentAgent() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  Descriptor socket_;
};

TEST(AgentProxy, EndsWithAnAgentThatHangs) {
  const SilentAgent agent;
  const Deadline deadline = Clock::now() + std::chrono::milliseconds(30);
  auto proxy = AgentProxy::start(agent.path(), {}, deadline);
  ASSERT_TRUE(proxy) << proxy.error().message;
  const Descriptor client((*proxy)->take_client());
  const std::string request = count(1) + "\x0b";
  ASSERT_EQ(::write(client.get(), request.data(), request.size()), 5);
  char byte = 0;
  EXPECT_EQ(::read(client.get(), &byte, 1), 0);
}

TEST(AgentProxy, SaysThatThereIsNoAgent) {
  const auto proxy = AgentProxy::start("/nonexistent/agent", {}, Clock::now());
  ASSERT_FALSE(proxy);
  EXPECT_EQ(proxy.error().code, Code::LoginRefused);
}

}  // namespace
}  // namespace holdfast
