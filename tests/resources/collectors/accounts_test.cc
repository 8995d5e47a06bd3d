#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "engine/core/shell_quote.h"
#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::unique_ptr<Collector> make_passwd_collector();
std::unique_ptr<Collector> make_group_collector();
std::unique_ptr<Collector> make_shadow_collector();
std::unique_ptr<Collector> make_authorized_keys_collector();
std::unique_ptr<Collector> make_sysctl_collector();

namespace {

TEST(PasswdCollector, FindsAccountsAndTheirGroups) {
  const auto answers = make_passwd_collector()->parse(
      {"bob", "gone", "x"},
      "bob:x:1001:1001:Bob, B:/home/bob:/bin/bash\nx:x:7:99::/:/bin/sh\ngroups\n"
      "bob:x:1001:\nsudo:x:27:alice,bob\nadm:x:4:bob\nend");
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(field(answers->at(0), "uid"), Value(1001));
  EXPECT_EQ(field(answers->at(0), "group"), Value("bob"));
  EXPECT_EQ(field(answers->at(0), "groups"), Value(ValueList{"adm", "sudo"}));
  EXPECT_EQ(field(answers->at(0), "comment"), Value("Bob, B"));
  EXPECT_TRUE(answers->at(1).is_null());
  EXPECT_EQ(field(answers->at(2), "group"), Value("99"));
  EXPECT_FALSE(make_passwd_collector()->parse({"bob"}, "bob:x:nonsense\nend"));
  EXPECT_FALSE(make_passwd_collector()->parse({"bob"}, "bob:x:1:1::/:/bin/sh\ngroups"));
}

TEST(PasswdCollector, AsksThisMachine) {
  const auto collector = make_passwd_collector();
  for (const char* shell : {"sh", "busybox sh"}) {
    const std::vector<std::string> keys{"root", "no-such-account", "-x"};
    const auto answers = collector->parse(keys, run_fragment(*collector, keys, shell));
    ASSERT_TRUE(answers) << answers.error().message;
    EXPECT_EQ(field(answers->at(0), "uid"), Value(0));
    EXPECT_EQ(field(answers->at(0), "group"), Value("root"));
    EXPECT_TRUE(answers->at(1).is_null());
    EXPECT_TRUE(answers->at(2).is_null());
  }
}

TEST(GroupCollector, AsksThisMachine) {
  const auto collector = make_group_collector();
  const std::vector<std::string> keys{"no-such-group", "root", "$(id)"};
  const auto answers = collector->parse(keys, run_fragment(*collector, keys));
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_TRUE(answers->at(0).is_null());
  EXPECT_EQ(field(answers->at(1), "gid"), Value(0));
  EXPECT_TRUE(answers->at(2).is_null());
  EXPECT_FALSE(collector->parse({"a"}, "sh: xargs: not found\nend"));
  EXPECT_FALSE(collector->parse({"a"}, ""));
}

TEST(ShadowCollector, TellsALockAndNeverTheHash) {
  const auto answers = make_shadow_collector()->parse(
      {"bob", "5a17:bob", "gone"}, "bob yes no - -\n5a17:bob no yes abc 20000\nend");
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(field(answers->at(0), "locked"), Value(true));
  EXPECT_EQ(field(answers->at(0), "has_password"), Value(false));
  EXPECT_TRUE(field(answers->at(0), "expires").is_null());
  EXPECT_EQ(field(answers->at(1), "digest"), Value("abc"));
  EXPECT_EQ(field(answers->at(1), "expires"), Value(20000));
  EXPECT_TRUE(answers->at(2).is_null());
  const auto blind = make_shadow_collector()->parse({"bob"}, "unreadable\nend");
  ASSERT_TRUE(blind);
  EXPECT_EQ(blind->at(0).as_unknown().cause, "needs root");
}

TEST(ShadowCollector, DoesNotQuoteWhatItCantRead) {
  const auto answers = make_shadow_collector()->parse({"bob"}, "bob:$6$salt$hash:1:2\nend");
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().message.find("$6$"), std::string::npos);
}

TEST(AuthorizedKeysCollector, ReadsLinesOfEachFile) {
  const auto answers = make_authorized_keys_collector()->parse(
      {"bob", "eve", "new", "gone", "dev"},
      "key text\n2:ssh-ed25519 AAAA1 a b\n4:restrict,command=\"x y\" ssh-rsa\tAAAA2\n"
      "5:# ssh-rsa AAAA3\nkey unreadable\nkey absent\nkey account\nkey other\nend");
  ASSERT_TRUE(answers) << answers.error().message;
  const ValueList& keys = field(answers->at(0), "keys").as_list();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(field(keys[0], "comment"), Value("a b"));
  EXPECT_EQ(field(keys[1], "options"), Value("restrict,command=\"x y\""));
  EXPECT_EQ(field(keys[1], "key"), Value("ssh-rsa AAAA2"));
  EXPECT_EQ(field(keys[1], "line_number"), Value(4));
  EXPECT_TRUE(answers->at(1).is_unknown());
  EXPECT_TRUE(field(answers->at(2), "keys").as_list().empty());
  EXPECT_TRUE(answers->at(3).is_null());
  EXPECT_TRUE(answers->at(4).is_unknown());
  EXPECT_FALSE(make_authorized_keys_collector()->parse({"bob", "eve"}, "key text\nend"));
}

TEST(AuthorizedKeysCollector, GivesAwayNothingButKeys) {
  const auto collector = make_authorized_keys_collector();
  const std::vector<std::string> keys{"/etc/passwd", "no-such-account", "/none/x", "/dev/zero"};
  const std::string output = run_fragment(*collector, keys);
  EXPECT_EQ(output.find("root:"), std::string::npos) << output;
  const auto answers = collector->parse(keys, output);
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_TRUE(field(answers->at(0), "keys").as_list().empty());
  EXPECT_TRUE(answers->at(1).is_null());
  EXPECT_TRUE(field(answers->at(2), "keys").as_list().empty());
  EXPECT_TRUE(answers->at(3).is_unknown());
}

/// Whether an answer is read where each program of this name is killed as soon as it starts.
bool answers_without(const std::string& program, const Collector& collector,
                     const std::vector<std::string>& keys) {
  const TempFolder folder;
  folder.write(program, "#!/bin/sh\nkill -KILL $$\n", 0755);
  const std::string path = "PATH=" + shell_quote(folder.path()) + ":$PATH sh";
  return collector.parse(keys, run_fragment(collector, keys, path)).has_value();
}

TEST(AccountCollectors, TakeNoProgramsDeathForAnAnswer) {
  const TempFolder folder;
  const std::string keys = folder.write("keys", "ssh-ed25519 AAAA1 somebody\n");
  EXPECT_TRUE(answers_without("none", *make_authorized_keys_collector(), {keys, "root"}));
  EXPECT_FALSE(answers_without("dd", *make_authorized_keys_collector(), {keys}));
  EXPECT_FALSE(answers_without("grep", *make_authorized_keys_collector(), {keys}));
  EXPECT_FALSE(answers_without("timeout", *make_authorized_keys_collector(), {keys}));
  EXPECT_FALSE(answers_without("getent", *make_authorized_keys_collector(), {"root"}));
  EXPECT_FALSE(answers_without("getent", *make_passwd_collector(), {"root"}));
  EXPECT_FALSE(answers_without("getent", *make_group_collector(), {"root"}));
  EXPECT_FALSE(answers_without("grep", *make_sysctl_collector(), {"kernel/ostype"}));
}

TEST(ShadowCollector, TakesNoProgramsDeathForAnAnswer) {
  const std::vector<std::string> keys{"root"};
  const std::string output = run_fragment(*make_shadow_collector(), keys);
  ASSERT_TRUE(make_shadow_collector()->parse(keys, output)) << "(root's shadow is not shown)";
  if (output.find("unreadable") == std::string::npos) {
    EXPECT_FALSE(answers_without("getent", *make_shadow_collector(), keys));
  }
}

TEST(SysctlCollector, AsksThisMachineAndStaysInItsFolder) {
  const auto collector = make_sysctl_collector();
  const std::vector<std::string> keys{"kernel/ostype", "kernel/none", "../../etc/passwd",
                                      "kernel/../kernel/ostype", "vm/lowmem_reserve_ratio"};
  const std::string output = run_fragment(*collector, keys);
  EXPECT_EQ(output.find("root:"), std::string::npos);
  const auto answers = collector->parse(keys, output);
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(field(answers->at(0), "value"), Value("Linux"));
  EXPECT_TRUE(answers->at(1).is_null());
  EXPECT_TRUE(answers->at(2).is_null());
  EXPECT_TRUE(answers->at(3).is_null());
  EXPECT_EQ(std::string(field(answers->at(4), "value").bytes()).find('\t'), std::string::npos);
}

TEST(SysctlCollector, TellsWhatCantBeWritten) {
  const auto answers = make_sysctl_collector()->parse(
      {"a/b", "c", "d", "e"},
      "s wopu\nfound\n/proc/sys/a/b:1\t 2\n/proc/sys/a/b:3\n/proc/sys/c:x:y");
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(field(answers->at(0), "value"), Value("1 2 3"));
  EXPECT_EQ(field(answers->at(0), "writable"), Value(true));
  EXPECT_EQ(field(answers->at(1), "value"), Value("x:y"));
  EXPECT_EQ(field(answers->at(1), "writable"), Value(false));
  EXPECT_TRUE(field(answers->at(2), "writable").is_null());
  EXPECT_TRUE(field(answers->at(3), "value").is_unknown());
}

}  // namespace
}  // namespace holdfast
