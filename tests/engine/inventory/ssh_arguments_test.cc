#include "engine/inventory/ssh_arguments.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using Options = std::vector<std::string>;

TEST(SshArguments, AreTakenApart) {
  SshArguments out;
  ASSERT_TRUE(
      take_ssh_arguments("-o ProxyJump=ann@jump:2222,b -oServerAliveInterval=30 "
                         "-o 'IdentityFile \"~/my key\"' -p2022 -l bob -4C",
                         out));
  EXPECT_EQ(out.proxy_jump, "ann@jump:2222,b");
  EXPECT_EQ(out.identity_file, "~/my key");
  EXPECT_EQ(out.port, "2022");
  EXPECT_EQ(out.user, "bob");
  EXPECT_EQ(out.options,
            (Options{"ServerAliveInterval=30", "AddressFamily=inet", "Compression=yes"}));
}

TEST(SshArguments, TheFirstValueCounts) {
  SshArguments out;
  out.user = "first";
  ASSERT_TRUE(take_ssh_arguments("-o User=second -J one -J two -o A=1 -o a=2", out));
  EXPECT_EQ(out.user, "first");
  EXPECT_EQ(out.proxy_jump, "one");
  EXPECT_EQ(out.options, Options{"A=1"});
}

TEST(SshArguments, DropsWhatConcernsOnlySsh) {
  SshArguments out;
  ASSERT_TRUE(take_ssh_arguments(
      "-C -o ControlMaster=auto -o ControlPersist=60s -o ControlPath=/tmp/x -q -tt -vvv -S none "
      "-o StrictHostKeyChecking=yes -o UserKnownHostsFile=~/.ssh/fleet",
      out));
  EXPECT_EQ(out.options, (Options{"Compression=yes", "UserKnownHostsFile=~/.ssh/fleet"}));
}

TEST(SshArguments, RefusesByName) {
  const std::vector<std::pair<std::string, Code>> cases{
      {"-o StrictHostKeyChecking=no", Code::ConnectionUnsupported},
      {"-ostricthostkeychecking=accept-new", Code::ConnectionUnsupported},
      {"-o UserKnownHostsFile=/dev/null", Code::ConnectionUnsupported},
      {"-F /etc/other", Code::ConnectionUnsupported},
      {"-D 1080", Code::ConnectionUnsupported},
      {"-W a:1", Code::ConnectionUnsupported},
      {"stray", Code::ConnectionUnsupported},
      {"-o Port", Code::ConnectionInvalid},
      {"-p", Code::ConnectionInvalid},
      {"-o 'open", Code::ConnectionInvalid},
  };
  for (const auto& [text, code] : cases) {
    SshArguments out;
    const auto got = take_ssh_arguments(text, out);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, code) << text;
  }
}

}  // namespace
}  // namespace holdfast
