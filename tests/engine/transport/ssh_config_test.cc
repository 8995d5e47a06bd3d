#include "engine/transport/ssh_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<SshOptions> resolve(const std::string& text, const SshQuery& query) {
  auto config = SshConfig::parse(text, "config");
  if (!config) return tl::unexpected<Error>(config.error());
  return config->resolve(query);
}

/// The value that decides in each case of the table below.
struct ConfigCase {
  const char* name;
  const char* text;
  std::string (*read)(const SshOptions&);
  const char* value;
};
class SshConfigTable : public testing::TestWithParam<ConfigCase> {};

TEST_P(SshConfigTable, ReadsAsSshDoes) {
  const auto options = resolve(GetParam().text, {.host = "web1"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(GetParam().read(*options), GetParam().value);
}

std::string host(const SshOptions& o) { return o.host_name; }
std::string user(const SshOptions& o) { return o.user; }
std::string port(const SshOptions& o) { return std::to_string(o.port); }
std::string jump(const SshOptions& o) { return o.proxy_jump; }
std::string command(const SshOptions& o) { return o.proxy_command; }
std::string keys(const SshOptions& o) {
  std::string out;
  for (const std::string& file : o.identity_files) out += file + ";";
  return out;
}
std::string known(const SshOptions& o) { return o.known_hosts.front(); }
std::string timeout(const SshOptions& o) {
  return o.connect_timeout ? std::to_string(o.connect_timeout->count()) : "none";
}
std::string alive(const SshOptions& o) {
  return std::to_string(o.server_alive_interval.count()) + "x" +
         std::to_string(o.server_alive_count_max);
}
std::string rekey(const SshOptions& o) {
  return std::to_string(o.rekey_bytes.value_or(0)) + " " +
         std::to_string(o.rekey_seconds.value_or(0));
}
std::string methods(const SshOptions& o) {
  return std::string(o.pubkey ? "k" : "") + (o.password ? "p" : "") +
         (o.keyboard_interactive ? "i" : "") + (o.identities_only ? "o" : "") +
         (o.compression ? "c" : "");
}

INSTANTIATE_TEST_SUITE_P(
    Table, SshConfigTable,
    testing::Values(
        ConfigCase{"Nothing", "", host, "web1"}, ConfigCase{"DefaultPort", "", port, "22"},
        ConfigCase{"HostName", "Host web1\n HostName 10.0.0.1\n", host, "10.0.0.1"},
        ConfigCase{"HostNameToken", "Host web*\n HostName %h.example.com\n", host,
                   "web1.example.com"},
        ConfigCase{"HostNamePercent", "HostName a%%b\n", host, "a%b"},
        ConfigCase{"OtherHost", "Host db\n HostName 10.0.0.1\n", host, "web1"},
        ConfigCase{"FirstWins", "Host web1\n Port 2\nHost *\n Port 3\n", port, "2"},
        ConfigCase{"Negation", "Host * !web1\n Port 2\n", port, "22"},
        ConfigCase{"SeveralPatterns", "Host db web?\n Port 2\n", port, "2"},
        ConfigCase{"BeforeAnyHost", "Port 7\nHost web1\n Port 2\n", port, "7"},
        ConfigCase{"Equals", "Port=5\n", port, "5"},
        ConfigCase{"EqualsSpaced", "Port = 5\n", port, "5"},
        ConfigCase{"CaseOfKeyword", "pORT 5\n", port, "5"},
        ConfigCase{"Tabs", "\tPort\t5\t\n", port, "5"},
        ConfigCase{"CarriageReturn", "Port 5\r\n", port, "5"},
        ConfigCase{"Quoted", "User \"a b\"\n", user, "a b"},
        ConfigCase{"SingleQuoted", "User 'a b'\n", user, "a b"},
        ConfigCase{"EscapedQuote", "User \"a\\\"b\"\n", user, "a\"b"},
        ConfigCase{"TrailingComment", "User ops # the team\n", user, "ops"},
        ConfigCase{"Comment", "# User no\n\nUser yes\n", user, "yes"},
        ConfigCase{"MatchAll", "Match all\n Port 4\n", port, "4"},
        ConfigCase{"MatchHost", "Match host web*\n Port 4\n", port, "4"},
        ConfigCase{"MatchHostAfterName", "HostName db\nMatch host db\n Port 4\n", port, "4"},
        ConfigCase{"MatchOriginal", "HostName db\nMatch originalhost web1\n Port 4\n", port, "4"},
        ConfigCase{"MatchNegated", "Match !host web1\n Port 4\n", port, "22"},
        ConfigCase{"MatchUser", "User ops\nMatch user ops\n Port 4\n", port, "4"},
        ConfigCase{"MatchTwo", "Match host web1 user nobody\n Port 4\n", port, "22"},
        ConfigCase{"MatchEquals", "Match host=web1\n Port 4\n", port, "4"},
        ConfigCase{"MatchList", "Match host db,web1\n Port 4\n", port, "4"},
        ConfigCase{"MatchExecNotReached", "Match host db exec \"false\"\n Port 4\n", port, "22"},
        ConfigCase{"Jump", "ProxyJump a,b\n", jump, "a,b"},
        ConfigCase{"JumpNone", "ProxyJump none\n", jump, ""},
        ConfigCase{"JumpBeforeCommand", "ProxyJump a\nProxyCommand nc %h %p\n", command, ""},
        ConfigCase{"CommandBeforeJump", "ProxyCommand nc %h %p\nProxyJump a\n", jump, ""},
        ConfigCase{"Command", "ProxyCommand nc -X 5 \"%h\" %p %% %r\nUser u\n", command,
                   "nc -X 5 \"web1\" 22 % u"},
        ConfigCase{"CommandNone", "ProxyCommand none\n", command, ""},
        ConfigCase{"IdentitiesAdd", "IdentityFile /a\nHost web1\n IdentityFile /b\n", keys,
                   "/a;/b;"},
        ConfigCase{"IdentityToken", "IdentityFile /k/%h-%p-%r\nUser u\n", keys, "/k/web1-22-u;"},
        ConfigCase{"IdentityNone", "IdentityFile none\n", keys, ""},
        ConfigCase{"KnownHosts", "UserKnownHostsFile /k/%n\n", known, "/k/web1"},
        ConfigCase{"KnownHostsNone", "UserKnownHostsFile none\n", known,
                   "/etc/ssh/ssh_known_hosts"},
        ConfigCase{"Timeout", "ConnectTimeout 1m30s\n", timeout, "90"},
        ConfigCase{"TimeoutNone", "ConnectTimeout none\n", timeout, "none"},
        ConfigCase{"TimeoutZero", "ConnectTimeout 0\n", timeout, "none"},
        ConfigCase{"Alive", "ServerAliveInterval 15\nServerAliveCountMax 2\n", alive, "15x2"},
        ConfigCase{"AliveDefault", "", alive, "0x3"},
        ConfigCase{"Rekey", "RekeyLimit 2M 1h\n", rekey, "2097152 3600"},
        ConfigCase{"RekeyDefault", "RekeyLimit default none\n", rekey, "0 0"},
        ConfigCase{"Methods",
                   "PasswordAuthentication no\nChallengeResponseAuthentication no\n"
                   "IdentitiesOnly yes\nCompression yes\n",
                   methods, "koc"},
        ConfigCase{"StrictAccepted", "StrictHostKeyChecking accept-new\nPort 9\n", port, "9"},
        ConfigCase{"Harmless",
                   "ForwardAgent yes\nSendEnv LANG LC_*\nHashKnownHosts yes\n"
                   "GSSAPIAuthentication yes\nControlPath ~/.ssh/%C\nPort 9\n",
                   port, "9"},
        ConfigCase{"HarmlessValue", "RemoteCommand none\nTunnel no\nPort 9\n", port, "9"},
        ConfigCase{"IgnoreUnknown", "IgnoreUnknown Use*\nUseKeychain yes\nPort 9\n", port, "9"},
        ConfigCase{"RefusedElsewhere", "Host db\n VerifyMagic yes\nHost web1\n Port 9\n", port,
                   "9"}),
    [](const auto& p) { return p.param.name; });

struct BadCase {
  const char* name;
  const char* text;
  const char* complaint;
  int line;
};
class SshConfigRefuses : public testing::TestWithParam<BadCase> {};

TEST_P(SshConfigRefuses, ByNameAndPlace) {
  const auto options = resolve(GetParam().text, {.host = "web1"});
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().code, Code::SshConfigRefused);
  EXPECT_THAT(options.error().message, HasSubstr(GetParam().complaint));
  EXPECT_EQ(options.error().where.line, GetParam().line);
}

INSTANTIATE_TEST_SUITE_P(
    Table, SshConfigRefuses,
    testing::Values(
        BadCase{"Unknown", "Port 5\nVerifyMagic yes\n", "'VerifyMagic yes'", 2},
        BadCase{"NotStrict", "\nStrictHostKeyChecking no\n", "would accept any host key", 2},
        BadCase{"StrictOff", "StrictHostKeyChecking off\n", "would accept any host key", 1},
        BadCase{"MatchExec", "Match exec \"true\"\n Port 4\n", "'exec'", 1},
        BadCase{"MatchCanonical", "Match canonical\n", "'canonical'", 1},
        BadCase{"RevokedHostKeys", "RevokedHostKeys /etc/ssh/revoked\n", "RevokedHostKeys", 1},
        BadCase{"RemoteCommand", "RemoteCommand tmux attach\n", "RemoteCommand", 1},
        BadCase{"Canonicalize", "CanonicalizeHostname yes\n", "CanonicalizeHostname", 1},
        BadCase{"PortText", "Port ssh\n", "no number from 1 to 65535", 1},
        BadCase{"PortZero", "Port 0\n", "no number", 1},
        BadCase{"PortLarge", "Port 65536\n", "no number", 1},
        BadCase{"NoValue", "Port\n", "has no value", 1},
        BadCase{"OpenQuote", "User \"a\n", "quote is not closed", 1},
        BadCase{"Token", "IdentityFile /k/%Z\n", "'%Z'", 1},
        BadCase{"TokenAtEnd", "HostName a%\n", "token", 1},
        BadCase{"Flag", "IdentitiesOnly maybe\n", "neither yes nor no", 1},
        BadCase{"Time", "ConnectTimeout soon\n", "is no time", 1},
        BadCase{"TimeHuge", "ConnectTimeout 99999999999999999999\n", "is no time", 1},
        BadCase{"Rekey", "RekeyLimit 1T\n", "is no size", 1},
        BadCase{"Environment", "IdentityFile ${HOLDFAST_NOT_SET}/k\n", "not set", 1},
        BadCase{"Escape", "Magic \x1b[31m\n", "\\x1b[31m", 1}),
    [](const auto& p) { return p.param.name; });

TEST(SshConfig, QueryComesBeforeTheFile) {
  const auto options = resolve("Port 5\nUser file\nIdentityFile /file\nProxyJump file\n",
                               {.host = "web1",
                                .user = "mine",
                                .port = 6,
                                .identity_file = "/mine",
                                .proxy_jump = "bastion",
                                .options = {"ConnectTimeout=7", "Compression yes"},
                                .known_hosts = {"/pinned"}});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->port, 6);
  EXPECT_EQ(options->user, "mine");
  EXPECT_EQ(options->proxy_jump, "bastion");
  EXPECT_THAT(options->identity_files, ElementsAre("/mine", "/file"));
  EXPECT_THAT(options->known_hosts, ElementsAre("/pinned"));
  EXPECT_EQ(options->connect_timeout, std::chrono::seconds(7));
  EXPECT_TRUE(options->compression);
}

TEST(SshConfig, QueryMayNotOpenBlocksOrLowerTrust) {
  for (const char* option : {"Host=*", "Include=/etc/passwd", "StrictHostKeyChecking=no"}) {
    const auto options = resolve("", {.host = "web1", .options = {option}});
    ASSERT_FALSE(options) << option;
    EXPECT_EQ(options.error().code, Code::SshConfigRefused) << option;
  }
}

TEST(SshConfig, PathsUnderHome) {
  ASSERT_EQ(::setenv("HOME", "/home/me", 1), 0);
  const auto options = resolve("IdentityFile ~/.ssh/%u\nIdentityAgent none\n", {.host = "web1"});
  ASSERT_TRUE(options);
  EXPECT_THAT(options->identity_files.front(), testing::StartsWith("/home/me/.ssh/"));
  EXPECT_EQ(options->identity_agent, "");
}

class SshConfigFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("holdfast-config-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  std::filesystem::path folder_;
};

TEST_F(SshConfigFiles, IncludeKeepsToItsBlockAndFile) {
  write("10.conf", "Host db\n Port 1\nHost web1\n User included\n");
  write("20.conf", "Port 2\n");
  const std::string path =
      write("config", "Host none\n Include " + folder_.string() + "/10.conf\nHost *\n Include " +
                          folder_.string() + "/*.conf\n Compression yes\n");
  const auto config = SshConfig::load(path);
  ASSERT_TRUE(config) << config.error().message;
  const auto options = config->resolve({.host = "web1"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->user, "included");
  EXPECT_EQ(options->port, 2);
  EXPECT_TRUE(options->compression);
}

TEST_F(SshConfigFiles, IncludeOfItselfEnds) {
  const std::string path = write("config", "");
  write("config", "Include " + path + "\n");
  const auto config = SshConfig::load(path);
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("16 files deep"));
}

TEST_F(SshConfigFiles, FileThatOthersMayWriteIsRefused) {
  const auto config = SshConfig::load(write("config", "Port 5\n", 0666));
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Code::SshConfigRefused);
}

TEST_F(SshConfigFiles, NamedFileMustExist) {
  const auto config = SshConfig::load(folder_ / "missing");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Code::FileUnreadable);
  EXPECT_TRUE(SshConfig::load("none"));
}

struct JumpCase {
  const char* name;
  const char* text;
  const char* hops;  ///< "user@host:port;…", "" : refused.
};
class ParseJump : public testing::TestWithParam<JumpCase> {};

TEST_P(ParseJump, Splits) {
  const auto hops = parse_jump(GetParam().text);
  ASSERT_EQ(hops.has_value(), *GetParam().hops != '\0');
  std::string shown;
  if (hops) {
    for (const JumpHop& hop : *hops) {
      shown += hop.user.value_or("-") + "@" + hop.host + ":" +
               std::to_string(hop.port.value_or(0)) + ";";
    }
  }
  EXPECT_EQ(shown, GetParam().hops);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParseJump,
    testing::Values(JumpCase{"Host", "a", "-@a:0;"}, JumpCase{"All", "u@a:22", "u@a:22;"},
                    JumpCase{"Two", "a, u@b:2", "-@a:0;u@b:2;"},
                    JumpCase{"Six", "[fe80::1]:22", "-@fe80::1:22;"},
                    JumpCase{"Uri", "ssh://u@a:22/", "u@a:22;"},
                    JumpCase{"AtInUser", "u@x@a", "u@x@a:0;"}, JumpCase{"Empty", "", ""},
                    JumpCase{"EmptyHop", "a,,b", ""}, JumpCase{"Dash", "-oProxyCommand=x", ""},
                    JumpCase{"BadPort", "a:0", ""}, JumpCase{"TextPort", "a:x", ""},
                    JumpCase{"NoUser", "@a", ""}),
    [](const auto& p) { return p.param.name; });

}  // namespace
}  // namespace holdfast
