#include "engine/observe/facts.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast {
namespace {

constexpr std::string_view kUbuntu =
    "os.ID=ubuntu\n"
    "os.ID_LIKE=debian\n"
    "os.VERSION_ID=24.04\n"
    "os.VERSION_CODENAME=noble\n"
    "os.PRETTY_NAME=Ubuntu 24.04 LTS\n"
    "os.LOGO=ubuntu-logo\n"
    "no fact\n"
    "arch=x86_64\n"
    "hostname=h1\n"
    "cpus=8\n"
    "memory_kib=16384000\n"
    "systemd=255\n"
    "address=lo inet 127.0.0.1\n"
    "address=eth0 inet6 fd00::1\n"
    "address=eth0 inet 192.0.2.7\n"
    "address=torn\n"
    "route=default via 192.0.2.1 dev eth0 metric 100\n"
    "route=default via 198.51.100.1 dev eth1 metric 200\n";

/// The fact at "os.family" and the like, as a plan would show it; "absent" where there is none.
std::string fact(const Value& facts, const std::string& path) {
  const auto dot = path.find('.');
  const Value* found = facts.as_map().find(path.substr(0, dot));
  if (found == nullptr) return "absent";
  return dot == std::string::npos ? found->as_text() : fact(*found, path.substr(dot + 1));
}

TEST(Facts, AreReadFromWhatTheHostPrinted) {
  const Value facts = parse_facts(kUbuntu, "h1");
  EXPECT_EQ(fact(facts, "os.id"), "ubuntu");
  EXPECT_EQ(fact(facts, "os.family"), "debian");
  EXPECT_EQ(fact(facts, "os.version"), "24.04");
  EXPECT_EQ(fact(facts, "os.codename"), "noble");
  EXPECT_EQ(fact(facts, "os.logo"), "absent");
  EXPECT_EQ(fact(facts, "distribution"), "ubuntu");
  EXPECT_EQ(fact(facts, "arch"), "x86_64");
  EXPECT_EQ(*facts.as_map().find("cpus"), Value(8));
  EXPECT_EQ(*facts.as_map().find("memory_mib"), Value(16000));
  EXPECT_EQ(*facts.as_map().find("systemd"), Value(255));
}

TEST(Facts, TheDefaultAddressIsTheOneOfTheFirstRoute) {
  const Value facts = parse_facts(kUbuntu, "h1");
  EXPECT_EQ(fact(facts, "default_ipv4.address"), "192.0.2.7");
  EXPECT_EQ(fact(facts, "default_ipv4.interface"), "eth0");
  EXPECT_EQ(facts.as_map().find("addresses")->as_list().size(), 3u);
}

TEST(Facts, OfAHostThatSaysLittleAreFewAndNoGuess) {
  const Value facts = parse_facts("os.ID=debian\n", "h1");
  EXPECT_EQ(fact(facts, "os.family"), "debian");
  EXPECT_EQ(*facts.as_map().find("systemd"), Value(0));
  EXPECT_EQ(fact(facts, "default_ipv4.address"), "absent");
  EXPECT_EQ(fact(facts, "arch"), "absent");
}

TEST(Facts, OfAHostThatWasNotAskedHaveTheSameNames) {
  const ValueMap asked =
      parse_facts(std::string(kUbuntu) + "kernel=6\nfqdn=h1.test\n", "h1").as_map();
  const ValueMap unknown = unknown_facts("h1").as_map();
  EXPECT_EQ(asked.size(), unknown.size());
  for (const auto& [name, value] : asked) {
    const Value* same = unknown.find(name);
    ASSERT_NE(same, nullptr) << name;
    if (name != "os") {
      EXPECT_EQ(same->as_unknown().cause, "facts of h1");
    }
  }
  EXPECT_EQ(asked.find("os")->as_map().size(), unknown.find("os")->as_map().size());
}

}  // namespace
}  // namespace holdfast
