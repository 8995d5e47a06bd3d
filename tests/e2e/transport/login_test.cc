#include "engine/core/hash.h"
#include "tests/e2e/transport/lab_hosts.h"

namespace holdfast::lab {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string with_known_hosts(const std::string& text) {
  const Folder folder;
  ConnectPolicy with = policy();
  with.known_hosts = {folder.write("known_hosts", text)};
  return who(*make_dialer(with), endpoint("root"));
}

TEST(HostKeys, StrictOnly) {
  const std::string h1 = first_host();
  const std::string right = keys_of(h1).front();
  const std::string other = keys_of(second_host()).front();
  EXPECT_EQ(with_known_hosts(h1 + " " + right + "\n"), "root");
  EXPECT_EQ(with_known_hosts("10.*,!10.0.0.0 " + right + "\n"), "root");
  EXPECT_THAT(with_known_hosts(""),
              AllOf(StartsWith("HF4002"), HasSubstr("is not known"), HasSubstr("SHA256:")));
  EXPECT_THAT(with_known_hosts(h1 + " " + other + "\n"),
              AllOf(StartsWith("HF4002"), HasSubstr("known_hosts:1 has another one")));
  EXPECT_THAT(with_known_hosts(h1 + " " + right + "\n@revoked * " + right + "\n"),
              AllOf(StartsWith("HF4002"), HasSubstr("@revoked")));
  EXPECT_THAT(with_known_hosts("@cert-authority * " + right + "\n"),
              AllOf(StartsWith("HF4002"), HasSubstr("@cert-authority")));
}

TEST(HostKeys, KnownTypeIsNegotiated) {
  const auto dialer = make_dialer(policy());
  auto shell_of = dialer->dial(endpoint("root"));
  ASSERT_TRUE(shell_of) << shell_of.error().message;
  auto shell = Shell::start(**shell_of, {}, within(20'000));
  ASSERT_TRUE(shell);
  ASSERT_TRUE((*shell)->ask("ssh-keygen -A >/dev/null; systemctl reload ssh; sleep 0.5", "",
                            within(20'000)));
  for (const char* type : {"ecdsa", "rsa", "ed25519"}) {
    const auto key = (*shell)->ask("hf_record key 0 \"$(cut -d' ' -f1,2 /etc/ssh/ssh_host_" +
                                       std::string(type) + "_key.pub)\"",
                                   "", within(20'000));
    ASSERT_TRUE(key);
    EXPECT_EQ(with_known_hosts(first_host() + " " + key->payload + "\n"), "root") << type;
  }
}

TEST(HostKeys, PinWins) {
  ConnectPolicy none = policy();
  none.known_hosts = {"/dev/null"};
  const auto known = make_dialer(policy())->dial(endpoint("root"));
  ASSERT_TRUE(known) << known.error().message;
  Endpoint pinned = endpoint("root");
  pinned.host_key = (*known)->peer().host_key;
  EXPECT_EQ(who(*make_dialer(none), pinned), "root");
  pinned.host_key = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  EXPECT_THAT(who(*make_dialer(policy()), pinned),
              AllOf(StartsWith("HF4002"), HasSubstr("the inventory pins")));
}

TEST(Login, EveryAccountThatMay) {
  const auto dialer = make_dialer(policy());
  EXPECT_EQ(who(*dialer, endpoint("root")), "root");
  EXPECT_EQ(who(*dialer, endpoint("root"), {.become = true}), "root");
  EXPECT_EQ(who(*dialer, endpoint("deploy")), "deploy");
  EXPECT_EQ(who(*dialer, endpoint("deploy"), {.become = true}), "root");
  EXPECT_EQ(who(*dialer, endpoint("deploy"), {.become = true, .user = "plain"}), "plain");
  EXPECT_EQ(who(*dialer, endpoint("fish")), "fish");
  EXPECT_EQ(who(*dialer, endpoint("fish"), {.become = true}), "root");
}

TEST(Login, RefusedSaysWhatWasTried) {
  Endpoint nobody = endpoint("nosuchuser");
  EXPECT_THAT(who(*make_dialer(policy()), nobody),
              AllOf(StartsWith("HF4003"), HasSubstr("nosuchuser"),
                    HasSubstr(variable("HOLDFAST_LAB_KEY"))));
}

TEST(Login, ByPassword) {
  Endpoint plain = endpoint("plain");
  plain.identity_file = "none";
  plain.ssh_options = {"IdentityAgent=none"};
  EXPECT_THAT(who(*make_dialer(policy()), plain), StartsWith("HF4003"));
  plain.password = Secret("wrong");
  EXPECT_THAT(who(*make_dialer(policy()), plain),
              AllOf(StartsWith("HF4003"), HasSubstr("password: refused")));
  plain.password = Secret("plain");
  EXPECT_EQ(who(*make_dialer(policy()), plain), "plain");
  plain.password.reset();
  ConnectPolicy asking = policy();
  std::string prompt;
  asking.ask_password = [&](const std::string& text) -> Result<Secret> {
    prompt = text;
    return Secret("plain");
  };
  EXPECT_EQ(who(*make_dialer(asking), plain), "plain");
  EXPECT_THAT(prompt, HasSubstr("plain@" + first_host()));
}

TEST(Sudo, WithPassword) {
  const auto dialer = make_dialer(policy());
  const Endpoint asks = endpoint("asks");
  EXPECT_THAT(who(*dialer, asks, {.become = true}),
              AllOf(StartsWith("HF4007"), HasSubstr("a password is required")));
  EXPECT_THAT(who(*dialer, asks, {.become = true, .password = Secret("wrong")}),
              AllOf(StartsWith("HF4007"), HasSubstr("did not accept the password")));
  EXPECT_EQ(who(*dialer, asks, {.become = true, .password = Secret("asks")}), "root");
  EXPECT_EQ(who(*dialer, endpoint("deploy"), {.become = true, .password = Secret("not wanted")}),
            "root");
  int asked = 0;
  const AskSecret ask = [&](const std::string&) -> Result<Secret> {
    ++asked;
    return Secret("asks");
  };
  EXPECT_EQ(who(*dialer, asks, {.become = true, .ask_password = ask}), "root");
  EXPECT_EQ(who(*dialer, endpoint("deploy"), {.become = true, .ask_password = ask}), "root");
  EXPECT_EQ(asked, 1);
  EXPECT_THAT(who(*dialer, endpoint("plain"), {.become = true, .password = Secret("plain")}),
              StartsWith("HF4007"));
}

TEST(Sudo, CarriesExactFramesWithAPassword) {
  const auto connection = make_dialer(policy())->dial(endpoint("asks"));
  ASSERT_TRUE(connection);
  auto shell =
      Shell::start(**connection, {.become = true, .password = Secret("asks")}, within(20'000));
  ASSERT_TRUE(shell) << shell.error().message;
  const std::string big(std::size_t{8} << 20, '\xff');
  for (int i = 0; i < 3; ++i) {
    const auto answer =
        (*shell)->ask("hf_record sum 0 \"$(hf_take 8388608 | sha256sum)\"", big, within(30'000));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_THAT(answer->payload, StartsWith(sha256_hex(big)));
  }
}

TEST(Keys, LockedKeyIsUnlockedOnce) {
  const Folder folder;
  run("cp '" + variable("HOLDFAST_LAB_KEY") + "' '" + folder / "key" +
      "' && ssh-keygen -q -p -P '' -N sesame -f '" + folder / "key" + "'");
  Endpoint locked = endpoint("root");
  locked.identity_file = folder / "key";
  locked.ssh_options = {"IdentityAgent=none"};
  EXPECT_THAT(who(*make_dialer(policy()), locked),
              AllOf(StartsWith("HF4003"), HasSubstr("is locked")));
  int asked = 0;
  ConnectPolicy asking = policy();
  asking.ask_password = [&](const std::string&) -> Result<Secret> {
    ++asked;
    return Secret("sesame");
  };
  const auto dialer = make_dialer(asking);
  EXPECT_EQ(who(*dialer, locked), "root");
  EXPECT_EQ(who(*dialer, locked), "root");
  EXPECT_EQ(asked, 1);
}

TEST(Keys, OfTheAgent) {
  const Folder folder;
  const std::string socket = folder / "agent";
  run("ssh-agent -a '" + socket + "' >'" + folder / "env" + "'");
  run("SSH_AUTH_SOCK='" + socket + "' ssh-add -q '" + variable("HOLDFAST_LAB_KEY") + "'");
  Endpoint with_agent = endpoint("root");
  with_agent.identity_file = "none";
  with_agent.ssh_options = {"IdentityAgent=" + socket};
  const auto connection = make_dialer(policy())->dial(with_agent);
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_THAT((*connection)->peer().auth_key, StartsWith("SHA256:"));
  with_agent.identity_file = folder.write("other", "");
  with_agent.ssh_options.emplace_back("IdentitiesOnly=yes");
  EXPECT_THAT(who(*make_dialer(policy()), with_agent), StartsWith("HF4003"));
  run("cp '" + variable("HOLDFAST_LAB_KEY") + ".pub' '" + folder / "other.pub" + "'");
  EXPECT_EQ(who(*make_dialer(policy()), with_agent), "root");
  run(". '" + folder / "env" + "' >/dev/null; kill \"$SSH_AGENT_PID\"");
}

TEST(Keys, WithACertificate) {
  const Folder folder;
  run("ssh-keygen -q -t ed25519 -N '' -f '" + folder / "ca" +
      "' && ssh-keygen -q -t ed25519 -N '' -f '" + folder / "key" + "' && ssh-keygen -q -s '" +
      folder / "ca" + "' -I test -n root '" + folder / "key.pub" + "'");
  const auto dialer = make_dialer(policy());
  auto connection = dialer->dial(endpoint("root"));
  ASSERT_TRUE(connection);
  auto shell = Shell::start(**connection, {}, within(20'000));
  ASSERT_TRUE(shell);
  const std::string authority = read_file(folder / "ca.pub");
  const auto trusted = (*shell)->ask("hf_take " + std::to_string(authority.size()) +
                                         " >/etc/ssh/ca.pub && chmod 644 /etc/ssh/ca.pub && "
                                         "echo TrustedUserCAKeys /etc/ssh/ca.pub "
                                         ">/etc/ssh/sshd_config.d/ca.conf && systemctl reload ssh",
                                     authority, within(20'000));
  ASSERT_TRUE(trusted);
  ASSERT_EQ(trusted->status, 0);
  Endpoint certified = endpoint("root");
  certified.identity_file = folder / "key";
  certified.ssh_options = {"IdentityAgent=none"};
  EXPECT_EQ(who(*dialer, certified), "root");
  run("mv '" + folder / "key-cert.pub" + "' '" + folder / "elsewhere" + "'");
  EXPECT_THAT(who(*dialer, certified), StartsWith("HF4003"));
  certified.ssh_options.push_back("CertificateFile=" + folder / "elsewhere");
  EXPECT_EQ(who(*dialer, certified), "root");
}

}  // namespace
}  // namespace holdfast::lab
