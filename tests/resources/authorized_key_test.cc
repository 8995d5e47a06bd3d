#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/core/shell_quote.h"
#include "resources/authorized_key_line.h"
#include "resources/authorized_key_program.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"
#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::unique_ptr<Kind> make_authorized_key_kind();

namespace {

constexpr const char* kKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8QkI3NkpJCq1c7k0wVQm0cVwWcT7Yk0hH2Wm5v5p9B";
const Query kKeys{"authorized_keys", "bob"};

Value keys(const std::vector<std::string>& lines) {
  ValueList list;
  for (const std::string& line : lines) {
    const auto read = read_authorized_key(line);
    ValueMap entry;
    entry.set("line", line);
    entry.set("options", read->options);
    entry.set("key", read->key);
    entry.set("comment", read->comment);
    list.emplace_back(std::move(entry));
  }
  ValueMap out;
  out.set("keys", std::move(list));
  return out;
}

State wanted_key(std::vector<std::pair<std::string, Value>> more = {}) {
  State out = state({{"user", "bob"}, {"key", kKey}});
  for (auto& [name, value] : more) out.set(name, std::move(value));
  return out;
}

const std::string kOther = "ssh-ed25519 AAAAother x";
const std::string kLine = kKey;

class AuthorizedKeyPlan : public testing::TestWithParam<KindCase> {};

TEST_P(AuthorizedKeyPlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_authorized_key_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "laptop", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, AuthorizedKeyPlan,
    testing::Values(
        KindCase{
            "Converged", wanted_key(), {{kKeys, keys({kOther, "restrict " + kLine + " c"})}}, ""},
        KindCase{"New",
                 wanted_key({{"comment", "c d"}}),
                 {{kKeys, keys({kOther})}},
                 "add a key of bob: laptop < 'ssh-ed25519 "
                 "AAAAC3NzaC1lZDI1NTE5AAAAIJ8QkI3NkpJCq1c7k0wVQm0cVwWcT7Yk0hH2Wm5v5p9B c d\\n'\n",
                 "edit-key undo bob '' 'ssh-ed25519 "
                 "AAAAC3NzaC1lZDI1NTE5AAAAIJ8QkI3NkpJCq1c7k0wVQm0cVwWcT7Yk0hH2Wm5v5p9B'\n",
                 "does not exist"},
        KindCase{"NewOptionsKeepTheComment",
                 wanted_key({{"options", "restrict"}}),
                 {{kKeys, keys({kLine + " c"})}},
                 "change a key of bob: laptop < 'restrict ssh-ed25519 "
                 "AAAAC3NzaC1lZDI1NTE5AAAAIJ8QkI3NkpJCq1c7k0wVQm0cVwWcT7Yk0hH2Wm5v5p9B c\\n'\n",
                 "edit-key undo bob '' 'ssh-ed25519 "
                 "AAAAC3NzaC1lZDI1NTE5AAAAIJ8QkI3NkpJCq1c7k0wVQm0cVwWcT7Yk0hH2Wm5v5p9B'\n",
                 "options \"\" -> restrict"},
        KindCase{"NoAccountYet",
                 wanted_key(),
                 {{kKeys, {}}},
                 "add a key of bob: laptop < 'ssh-ed25519 "
                 "AAAAC3NzaC1lZDI1NTE5AAAAIJ8QkI3NkpJCq1c7k0wVQm0cVwWcT7Yk0hH2Wm5v5p9B\\n'\n",
                 "edit-key undo bob '' 'ssh-ed25519 "
                 "AAAAC3NzaC1lZDI1NTE5AAAAIJ8QkI3NkpJCq1c7k0wVQm0cVwWcT7Yk0hH2Wm5v5p9B'\n",
                 "does not exist"},
        KindCase{"Removed",
                 wanted_key(),
                 {{kKeys, keys({kLine})}},
                 "remove a key of bob: laptop < '\\n'\n",
                 "edit-key undo bob '' 'ssh-ed25519 "
                 "AAAAC3NzaC1lZDI1NTE5AAAAIJ8QkI3NkpJCq1c7k0wVQm0cVwWcT7Yk0hH2Wm5v5p9B'\n",
                 "ensure: absent",
                 true},
        KindCase{"Gone", wanted_key(), {{kKeys, keys({kOther})}}, "", "", "", true}),
    [](const auto& p) { return p.param.name; });

TEST(AuthorizedKey, IsItsKeyNotItsLabel) {
  const auto kind = make_authorized_key_kind();
  const Resource a = resource_for(*kind, "a", wanted_key());
  const Resource b =
      resource_for(*kind, "b", state({{"user", "bob"}, {"key", kLine + " a comment"}}));
  EXPECT_EQ(kind->identity(a), kind->identity(b));
  EXPECT_EQ(*kind->desired(b).find("comment"), Value("a comment"));
}

TEST(AuthorizedKey, ChecksWhatIsStated) {
  const auto kind = make_authorized_key_kind();
  const auto check = [&](State desired) {
    return check_text(*kind, resource_for(*kind, "laptop", std::move(desired)));
  };
  EXPECT_EQ(check(wanted_key({{"options", "restrict,command=\"a b\""}})), "");
  EXPECT_NE(check(state({{"user", "bob"}, {"key", "AAAA"}})), "");
  EXPECT_NE(check(state({{"user", "bob"}, {"key", "ssh-rsa " + kLine.substr(12)}})), "");
  EXPECT_NE(check(state({{"user", "bob"}, {"key", "restrict " + kLine}})), "");
  EXPECT_NE(check(state({{"user", "bob"}, {"key", kLine + "\n" + kOther}})), "");
  EXPECT_NE(check(wanted_key({{"user", "a:b"}})), "");
  EXPECT_NE(check(wanted_key({{"options", "two words"}})), "");
  EXPECT_NE(check(wanted_key({{"options", "command=\"open"}})), "");
  EXPECT_NE(check(wanted_key({{"comment", "x\nssh-rsa AAAA"}})), "");
  const std::string other_half =
      check(state({{"user", "bob"}, {"key", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza\n"}}));
  EXPECT_NE(other_half.find("a private key"), std::string::npos) << other_half;
  EXPECT_EQ(other_half.find("b3BlbnNza"), std::string::npos) << other_half;
}

TEST(AuthorizedKeyLine, IsReadAsSshdDoes) {
  EXPECT_FALSE(read_authorized_key(""));
  EXPECT_FALSE(read_authorized_key("# ssh-rsa AAAA"));
  EXPECT_FALSE(read_authorized_key("nothing here"));
  const auto line = read_authorized_key("command=\"echo \\\"a b\\\"\",pty  ssh-rsa\tAAAA= c  d ");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->options, "command=\"echo \\\"a b\\\"\",pty");
  EXPECT_EQ(line->key, "ssh-rsa AAAA=");
  EXPECT_EQ(line->comment, "c  d");
  EXPECT_EQ(text_of(*line), "command=\"echo \\\"a b\\\"\",pty ssh-rsa AAAA= c  d");
}

/// The program at work on a file of this machine.
class EditKey : public testing::Test {
 protected:
  std::string run(const char* mode, const std::string& key, const std::string& input = {}) {
    return run_program(kEditKey, {mode, user_, path(), key}, input,
                       "HF_CAPTURE=" + shell_quote(folder_.path() + "/capture"));
  }
  void capture(const std::string& key) {
    std::string out = run("capture", key);
    out.resize(out.size() - std::string("status 0\n").size());
    folder_.write("capture", out);
  }
  std::string path() const { return folder_.path() + "/keys"; }
  std::string text() const {
    std::ifstream file(path(), std::ios::binary);
    std::ostringstream out;
    out << file.rdbuf();
    return file ? out.str() : "(none)";
  }

  TempFolder folder_;
  std::string user_ = ::getpwuid(::geteuid())->pw_name;
};

TEST_F(EditKey, AddsAndGivesTheOldBytesBack) {
  folder_.write("keys", "# mine\n\nssh-rsa AAAA1 no end of line");
  ASSERT_EQ(chmod(path().c_str(), 0640), 0);
  capture("ssh-rsa AAAA2");
  EXPECT_EQ(run("set", "ssh-rsa AAAA2", "ssh-rsa AAAA2 $(x) \\n\n"), "status 0\n");
  EXPECT_EQ(text(), "# mine\n\nssh-rsa AAAA1 no end of line\nssh-rsa AAAA2 $(x) \\n\n");
  struct stat seen {};
  ASSERT_EQ(::stat(path().c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 07777U, 0640U);
  EXPECT_EQ(run("undo", "ssh-rsa AAAA2", "ssh-rsa AAAA2 $(x) \\n\n\n"), "status 0\n");
  EXPECT_EQ(text(), "# mine\n\nssh-rsa AAAA1 no end of line");
}

TEST_F(EditKey, MakesAndDropsTheFile) {
  capture("ssh-rsa AAAA");
  EXPECT_EQ(run("set", "ssh-rsa AAAA", "ssh-rsa AAAA\n"), "status 0\n");
  EXPECT_EQ(run("set", "ssh-rsa AAAA", "ssh-rsa AAAA\n"), "status 0\n");
  EXPECT_EQ(text(), "ssh-rsa AAAA\n");
  EXPECT_EQ(run("undo", "ssh-rsa AAAA", "ssh-rsa AAAA\n\n"), "status 0\n");
  EXPECT_EQ(text(), "(none)");
  EXPECT_EQ(run("undo", "ssh-rsa AAAA", "ssh-rsa AAAA\n\n"), "status 0\n");
}

TEST_F(EditKey, UndoSparesWhatOthersAddedSince) {
  capture("ssh-rsa AAAA");
  run("set", "ssh-rsa AAAA", "ssh-rsa AAAA\n");
  std::ofstream(path(), std::ios::app) << "ssh-rsa BBBB later\n";
  EXPECT_EQ(run("undo", "ssh-rsa AAAA", "ssh-rsa AAAA\n\n"), "status 0\n");
  EXPECT_EQ(text(), "ssh-rsa BBBB later\n");
}

TEST_F(EditKey, ChangesAndRemovesOneLineOnly) {
  folder_.write("keys",
                "ssh-rsa AAAA\n# ssh-rsa AAAAB\nrestrict ssh-rsa\tAAAAB old\nssh-rsa AAAABB\n");
  capture("ssh-rsa AAAAB");
  EXPECT_EQ(run("set", "ssh-rsa AAAAB", "ssh-rsa AAAAB new\n"), "status 0\n");
  EXPECT_EQ(text(), "ssh-rsa AAAA\n# ssh-rsa AAAAB\nssh-rsa AAAAB new\nssh-rsa AAAABB\n");
  EXPECT_EQ(run("set", "ssh-rsa AAAAB", "\n"), "status 0\n");
  EXPECT_EQ(text(), "ssh-rsa AAAA\n# ssh-rsa AAAAB\nssh-rsa AAAABB\n");
}

TEST_F(EditKey, RefusesLinksAndOtherThings) {
  const std::string real = folder_.write("real", "ssh-rsa AAAA\n");
  std::filesystem::create_symlink(real, path());
  EXPECT_NE(run("set", "ssh-rsa AAAA", "\n").find("is a link"), std::string::npos);
  std::filesystem::remove(path());
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  EXPECT_NE(run("set", "ssh-rsa AAAA", "\n").find("not a regular file"), std::string::npos);
  user_ = "no-such-account";
  EXPECT_EQ(run("set", "ssh-rsa AAAA", "\n"), "status 0\n");
  EXPECT_NE(run("set", "ssh-rsa AAAA", "ssh-rsa AAAA\n").find("there is no account"),
            std::string::npos);
  EXPECT_EQ(run("capture", "ssh-rsa AAAA"), "nodir\nstatus 0\n");
}

}  // namespace
}  // namespace holdfast
