#include "engine/transport/known_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "tests/engine/transport/wire.h"

namespace holdfast {
namespace {

using testing::HasSubstr;

HostKey key(const std::string& type, char fill) {
  return HostKey::from_blob(wire(type) + wire(std::string(32, fill)));
}

const HostKey& first() {
  static const HostKey kKey = key("ssh-ed25519", 'a');
  return kKey;
}
const HostKey& second() {
  static const HostKey kKey = key("ssh-ed25519", 'b');
  return kKey;
}
const HostKey& other_type() {
  static const HostKey kKey = key("ecdsa-sha2-nistp256", 'c');
  return kKey;
}

struct HostKeyCase {
  const char* name;
  std::string file;
  HostKeyRules rules;
  HostKey seen;
  const char* complaint;  ///< "" : the key is right.
};
class CheckHostKey : public testing::TestWithParam<HostKeyCase> {};

TEST_P(CheckHostKey, AcceptsOnlyWhatIsKnown) {
  const HostKeyCase& c = GetParam();
  KnownHosts known;
  known.parse(c.file, "known");
  const auto result = check_host_key(known, c.rules, c.seen);
  if (*c.complaint == '\0') {
    EXPECT_TRUE(result) << result.error().message;
    return;
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::HostKeyRefused);
  EXPECT_THAT(result.error().message, HasSubstr(c.complaint));
  EXPECT_THAT(result.error().message + result.error().hint, HasSubstr(c.seen.fingerprint()));
}

const HostKeyRules kH1{"h1", "h1", ""};
const HostKeyRules kH1Port{"[h1]:2222", "h1", ""};

std::string line(const std::string& names, const HostKey& shown) {
  return names + " " + shown.text() + " comment\n";
}

INSTANTIATE_TEST_SUITE_P(
    Table, CheckHostKey,
    testing::Values(
        HostKeyCase{"Known", line("h1", first()), kH1, first(), ""},
        HostKeyCase{"KnownAmongNames", line("h0,h1,10.0.0.1", first()), kH1, first(), ""},
        HostKeyCase{"SeveralKeys", line("h1", second()) + line("h1", first()), kH1, first(), ""},
        HostKeyCase{"SeveralTypes", line("h1", other_type()) + line("h1", first()), kH1, first(),
                    ""},
        HostKeyCase{"Wildcard", line("h*", first()), kH1, first(), ""},
        HostKeyCase{"Negated", line("h*,!h1", first()), kH1, first(), "is not known"},
        HostKeyCase{"Unknown", line("h2", first()), kH1, first(), "is not known"},
        HostKeyCase{"EmptyFile", "", kH1, first(), "the key of 'h1' is not known"},
        HostKeyCase{"Changed", "# comment\n" + line("h1", second()), kH1, first(),
                    "known:2 has another one"},
        HostKeyCase{"OnlyOtherType", line("h1", other_type()), kH1, first(),
                    "only one of another type"},
        HostKeyCase{"Port", line("[h1]:2222", first()), kH1Port, first(), ""},
        HostKeyCase{"PortKnownWithout", line("h1", first()), kH1Port, first(), ""},
        HostKeyCase{"PortWinsOverPlain", line("h1", first()) + line("[h1]:2222", second()), kH1Port,
                    first(), "known:2 has another one"},
        HostKeyCase{"PlainDoesNotTakePort", line("[h1]:2222", first()), kH1, first(),
                    "is not known"},
        HostKeyCase{"Alias", line("cluster", first()), HostKeyRules{"cluster", "", ""}, first(),
                    ""},
        HostKeyCase{"Revoked", line("h1", first()) + line("@revoked *", first()), kH1, first(),
                    "@revoked at known:2"},
        HostKeyCase{"RevokedOther", line("h1", first()) + line("@revoked *", second()), kH1,
                    first(), ""},
        HostKeyCase{"RevokedThoughPinned", line("@revoked h1", first()),
                    HostKeyRules{"h1", "h1", first().fingerprint()}, first(), "@revoked"},
        HostKeyCase{"AuthorityOnly", line("@cert-authority *", second()), kH1, first(),
                    "@cert-authority line known:1"},
        HostKeyCase{"AuthorityIsNoKey", line("@cert-authority *", first()), kH1, first(),
                    "@cert-authority line"},
        HostKeyCase{"AuthorityBeside", line("@cert-authority *", second()) + line("h1", first()),
                    kH1, first(), ""},
        HostKeyCase{"UnknownMarker", line("@trusted h1", first()), kH1, first(), "is not known"},
        HostKeyCase{"PinWins", line("h1", second()),
                    HostKeyRules{"h1", "h1", first().fingerprint()}, first(), ""},
        HostKeyCase{"PinPadded", "", HostKeyRules{"h1", "h1", first().fingerprint() + "="}, first(),
                    ""},
        HostKeyCase{"PinWholeKey", "", HostKeyRules{"h1", "h1", first().text()}, first(), ""},
        HostKeyCase{"PinOther", line("h1", first()),
                    HostKeyRules{"h1", "h1", second().fingerprint()}, first(),
                    "the inventory pins SHA256:"},
        HostKeyCase{"PinWholeOther", "", HostKeyRules{"h1", "h1", second().text()}, first(),
                    "the inventory pins"},
        HostKeyCase{"PinNonsense", line("h1", first()), HostKeyRules{"h1", "h1", "MD5:ab:cd"},
                    first(), "is no fingerprint"},
        HostKeyCase{"TypeLies", "h1 ssh-rsa " + base64_encode(first().blob) + "\n", kH1, first(),
                    "is not known"},
        HostKeyCase{"NotBase64", "h1 ssh-ed25519 !!!\n", kH1, first(), "is not known"},
        HostKeyCase{"Escape", "", HostKeyRules{"h\x1b[1m", "", ""}, first(), "h\\x1b[1m"}),
    [](const auto& p) { return p.param.name; });

// The two lines are `ssh-keygen -H`'s own for the names h1 and [h1]:2222.
TEST(KnownHosts, FindsHashedNames) {
  KnownHosts known;
  const std::string type_and_key =
      " ssh-ed25519 "
      "AAAAC3NzaC1lZDI1NTE5AAAAIPQO0RhDIeQ5WNeIDeL5BvPuBn1pR44aSo8NSH5H1pRP\n";
  known.parse("|1|y+btymUQwP9dNTnfOuVDGn1YQt8=|Ga46Zk6j1SPtZ1Mf1mBxA8F9aJo=" + type_and_key +
                  "|1|pnjDevd1CiDUN88DVgucllXMiNo=|fF64W8kxmmqqQN0IZ8OOrU5IGHE=" + type_and_key,
              "known");
  EXPECT_EQ(known.find("h1").size(), 1U);
  EXPECT_EQ(known.find("[h1]:2222").size(), 1U);
  EXPECT_EQ(known.find("h2").size(), 0U);
}

TEST(KnownHosts, NegotiatesWhatIsKnownFirst) {
  KnownHosts known;
  known.parse(line("h1", other_type()) + line("@revoked h1", second()) + line("h1", first()),
              "known");
  EXPECT_THAT(known_key_types(known, kH1),
              testing::ElementsAre("ecdsa-sha2-nistp256", "ssh-ed25519"));
  EXPECT_THAT(known_key_types(known, {"h1", "", first().text()}),
              testing::ElementsAre("ssh-ed25519", "ecdsa-sha2-nistp256"));
}

TEST(KnownHosts, MissingFileKnowsNothing) {
  KnownHosts known;
  known.load("/nonexistent/known_hosts");
  EXPECT_TRUE(known.find("h1").empty());
  EXPECT_EQ(known.paths().size(), 1U);
}

TEST(KnownHosts, NamesHostsAsTheFileDoes) {
  EXPECT_EQ(known_hosts_name("H1", 22), "h1");
  EXPECT_EQ(known_hosts_name("h1", 2222), "[h1]:2222");
  EXPECT_EQ(known_hosts_name("fe80::1", 2222), "[fe80::1]:2222");
}

}  // namespace
}  // namespace holdfast
