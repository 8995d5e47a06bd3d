#include <gtest/gtest.h>

#include "engine/transport/ssh_connection.h"

namespace holdfast {
namespace {

TEST(TunnelRefusal, IsSaidInOurOwnWords) {
  const std::string channel = "Channel opening failure: channel 44 error ";
  EXPECT_EQ(tunnel_refusal("127.0.0.1", 9101, channel + "(2) Connection refused"),
            "nothing listens on 127.0.0.1:9101 of the host");
  EXPECT_EQ(tunnel_refusal("10.0.0.5", 80, channel + "(2) Connection refused"),
            "10.0.0.5:80 refuses the host's connection");
  EXPECT_EQ(tunnel_refusal("10.0.0.5", 80, channel + "(2) Connection timed out"),
            "the host can't reach 10.0.0.5:80: Connection timed out");
  EXPECT_EQ(
      tunnel_refusal("127.0.0.1", 80, channel + "(1) open failed"),
      "the host's sshd lets nothing through to 127.0.0.1:80 (AllowTcpForwarding, PermitOpen)");
  EXPECT_EQ(tunnel_refusal("127.0.0.1", 80, "Channel opening failure: channel 44"),
            "the host can't reach 127.0.0.1:80: its sshd says no");
  EXPECT_EQ(tunnel_refusal("h\n", 80, "Socket error: \x1b"),
            "the host can't reach h\\n:80: Socket error: \\x1b");
}

}  // namespace
}  // namespace holdfast
