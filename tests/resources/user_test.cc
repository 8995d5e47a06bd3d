#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "resources/account.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_user_kind();

namespace {

constexpr const char* kHash = "$6$salt$hash";
const Query kPasswd{"passwd", "bob"};
const Query kShadow{"shadow", "bob"};

Value account(ValueList groups = {}) {
  ValueMap out;
  out.set("uid", 1001);
  out.set("gid", 1001);
  out.set("group", "bob");
  out.set("groups", std::move(groups));
  out.set("comment", "Bob");
  out.set("home", "/home/bob");
  out.set("shell", "/bin/sh");
  return out;
}

/// The salt depends on the hash and the name alone.
std::string salt() { return hmac_sha256_hex("holdfast shadow bob", kHash).substr(0, 32); }

Query salted() { return {"shadow", salt() + ":bob"}; }

Value shadow(bool locked, const char* hash = nullptr, Value expires = {}) {
  ValueMap out;
  out.set("locked", locked);
  out.set("has_password", hash != nullptr);
  if (hash != nullptr) out.set("digest", sha256_hex(salt() + hash));
  out.set("expires", std::move(expires));
  return out;
}

class UserPlan : public testing::TestWithParam<KindCase> {};

TEST_P(UserPlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_user_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "bob", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, UserPlan,
    testing::Values(
        KindCase{"Converged",
                 state({{"uid", 1001},
                        {"group", "bob"},
                        {"groups", ValueList{"b", "a"}},
                        {"shell", "/bin/sh"},
                        {"system", true},
                        {"create_home", false}}),
                 {{kPasswd, account({"a", "b"})}},
                 ""},
        KindCase{"New",
                 {},
                 {{kPasswd, {}}},
                 "add the account bob\n",
                 "drop-user bob /home/bob\n",
                 "does not exist"},
        KindCase{"NewLockedWithPassword",
                 state({{"password", Secret(kHash)}, {"locked", true}}),
                 {{kPasswd, {}}, {salted(), {}}},
                 "add the account bob\nset the password of bob < '(secret)'\n"
                 "usermod --lock -- bob\n",
                 "true\ntrue\ndrop-user bob /home/bob\n",
                 "does not exist"},
        KindCase{"ShellAndComment",
                 state({{"shell", "/bin/bash"}, {"comment", "B; $(x)"}}),
                 {{kPasswd, account()}},
                 "usermod --comment 'B; $(x)' --shell /bin/bash -- bob\n",
                 "restore-account bob comment 'B; $(x)' Bob shell /bin/bash /bin/sh\n",
                 "shell /bin/sh -> /bin/bash, comment Bob -> B; $(x)"},
        KindCase{"ExactGroups",
                 state({{"groups", ValueList{"adm"}}}),
                 {{kPasswd, account({"sudo"})}},
                 "remember the order of accounts\nusermod --groups adm -- bob\n",
                 "restore-account bob groups adm sudo\naccount-order '' ''\n",
                 R"(groups ["sudo"] -> ["adm"])"},
        KindCase{"NoGroups",
                 state({{"groups", ValueList{}}}),
                 {{kPasswd, account({"sudo"})}},
                 "remember the order of accounts\nusermod --groups '' -- bob\n",
                 "restore-account bob groups '' sudo\naccount-order '' ''\n",
                 R"(groups ["sudo"] -> [])"},
        KindCase{"AppendedGroups",
                 state({{"groups", ValueList{"adm"}}, {"append_groups", true}}),
                 {{kPasswd, account({"sudo"})}},
                 "remember the order of accounts\nusermod --append --groups adm -- bob\n",
                 "restore-account bob groups adm ''\naccount-order '' ''\n",
                 R"(groups [] -> ["adm"])"},
        KindCase{"AppendedAlready",
                 state({{"groups", ValueList{"adm"}}, {"append_groups", true}}),
                 {{kPasswd, account({"adm", "sudo"})}},
                 ""},
        KindCase{"Numbers",
                 state({{"uid", 2000}, {"group", "adm"}, {"shell", "/bin/bash"}}),
                 {{kPasswd, account()}},
                 "usermod --shell /bin/bash -- bob\n"
                 "usermod --uid 2000 --gid adm -- bob\n",
                 "restore-numbers bob /home/bob --uid 1001 --gid bob\n"
                 "restore-account bob shell /bin/bash /bin/sh\n",
                 "uid 1001 -> 2000, group bob -> adm, shell /bin/sh -> /bin/bash"},
        KindCase{"Expires",
                 state({{"expires", "2030-12-31"}}),
                 {{kPasswd, account()}, {kShadow, shadow(true)}},
                 "usermod --expiredate 2030-12-31 -- bob\n",
                 "restore-account bob expiredate 22279 ''\n",
                 "expires never -> 2030-12-31"},
        KindCase{"ExpiresNoMore",
                 state({{"expires", "never"}}),
                 {{kPasswd, account()}, {kShadow, shadow(true, nullptr, 22279)}},
                 "usermod --expiredate '' -- bob\n",
                 "restore-account bob expiredate '' 22279\n",
                 "expires 2030-12-31 -> never"},
        KindCase{"Lock",
                 state({{"locked", true}}),
                 {{kPasswd, account()}, {kShadow, shadow(false, "x")}},
                 "usermod --lock -- bob\n",
                 "usermod --unlock -- bob\n",
                 "locked false -> true"},
        KindCase{"SamePassword",
                 state({{"password", Secret(kHash)}}),
                 {{kPasswd, account()}, {salted(), shadow(false, kHash)}},
                 ""},
        KindCase{"OtherPassword",
                 state({{"password", Secret(kHash)}}),
                 {{kPasswd, account()}, {salted(), shadow(false, "$6$other")}},
                 "set the password of bob < '(secret)'\n",
                 "restore-password bob\n",
                 "password differs"},
        KindCase{
            "Removed",
            {},
            {{kPasswd, account({"adm"})}, {{"stat", "/home/bob"}, {}}},
            "remember the order of accounts\ndelete the account bob\n",
            "restore-user bob 1001 bob 1001 /home/bob /bin/sh Bob adm\naccount-order bob bob\n",
            "ensure: absent",
            true},
        KindCase{"RemovedWithHome",
                 state({{"remove_home", true}}),
                 {{kPasswd, account()}, {{"stat", "/home/bob"}, stat_answer("directory")}},
                 "remove /home/bob if directory\nremember the order of accounts\ndelete the "
                 "account bob\n",
                 "restore-user bob 1001 bob 1001 /home/bob /bin/sh Bob ''\naccount-order bob bob\n",
                 "ensure: absent",
                 true},
        KindCase{"RemovedWithoutAHome",
                 state({{"remove_home", true}}),
                 {{kPasswd, account()}, {{"stat", "/home/bob"}, {}}},
                 "remember the order of accounts\ndelete the account bob\n",
                 "restore-user bob 1001 bob 1001 /home/bob /bin/sh Bob ''\naccount-order bob bob\n",
                 "ensure: absent",
                 true},
        KindCase{"Gone", {}, {{kPasswd, {}}}, "", "", "", true}),
    [](const auto& p) { return p.param.name; });

std::string created_with(State desired) {
  const auto kind = make_user_kind();
  const Resource resource = resource_for(*kind, "bob", std::move(desired));
  Change change{.action = Action::Create};
  for (const State& part : {kind->desired(resource), kind->creation_defaults(resource)}) {
    for (const auto& [name, value] : part) {
      if (change.find(name) == nullptr) change.attributes.push_back({name, {}, value});
    }
  }
  const auto steps = kind->steps(resource, change);
  Argv argv = std::get<Run>(steps.at(0).step).argv;
  if (argv[0] == "sh") argv.erase(argv.begin(), argv.begin() + 4);
  return shell_quote(argv);
}

TEST(User, IsMadeAsStated) {
  EXPECT_EQ(created_with({}), "bob --home /home/bob --shell /bin/sh --create-home");
  EXPECT_EQ(created_with(state({{"system", true}})),
            "bob --home /home/bob --shell /usr/sbin/nologin --system --no-create-home");
  EXPECT_EQ(created_with(state({{"group", "ops"},
                                {"groups", ValueList{"b", "a"}},
                                {"uid", 77},
                                {"home", "/srv/b"},
                                {"create_home", false},
                                {"expires", "never"}})),
            "useradd --uid 77 --gid ops --groups a,b --expiredate '' --home /srv/b --shell /bin/sh "
            "--no-create-home --no-user-group -- bob");
}

TEST(User, ThePasswordIsInNoArgv) {
  const auto kind = make_user_kind();
  const Resource resource = resource_for(*kind, "bob", state({{"password", Secret(kHash)}}));
  Change change{.action = Action::Update, .attributes = {{"password", {}, Secret("d")}}};
  change.before = account().as_map();
  for (const PhasedStep& step : kind->steps(resource, change)) {
    const auto& run = std::get<holdfast::Run>(step.step);
    EXPECT_EQ(shell_quote(run.argv).find("$6$"), std::string::npos);
    EXPECT_TRUE(run.input.is_secret());
    EXPECT_EQ(run.input.bytes(), "bob:$6$salt$hash\n");
  }
  const Effects effects = kind->effects(resource, change);
  EXPECT_TRUE(effects.one_way);
  EXPECT_TRUE(effects.privileged);
}

TEST(User, RefusesAnOpenDoor) {
  const auto kind = make_user_kind();
  const Resource resource = resource_for(*kind, "bob", state({{"locked", false}}));
  Answers answers;
  answers.set(kPasswd, account());
  answers.set(kShadow, shadow(true));
  const auto read = kind->read(resource, answers);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::NothingToUnlock);
  answers.set(kPasswd, {});
  EXPECT_FALSE(kind->read(resource, answers));
}

TEST(User, RemovesOnlyTheHomeThatIsMeant) {
  const auto kind = make_user_kind();
  ValueMap daemon = account().as_map();
  daemon.set("home", "/");
  Answers answers;
  answers.set(kPasswd, daemon);
  const auto read = [&](State desired) {
    return kind->read(resource_for(*kind, "bob", std::move(desired), true), answers);
  };
  EXPECT_FALSE(read(state({{"remove_home", true}})));
  EXPECT_FALSE(read(state({{"remove_home", true}, {"home", "/"}})));
  EXPECT_TRUE(read({}));
}

TEST(User, WithoutRootTheShadowIsUnknown) {
  const auto kind = make_user_kind();
  Answers answers;
  answers.set(kPasswd, account());
  answers.set(kShadow, Unknown{"needs root"});
  const auto read = kind->read(resource_for(*kind, "bob", state({{"locked", true}})), answers);
  ASSERT_TRUE(read);
  EXPECT_TRUE((*read)->find("locked")->is_unknown());
}

TEST(User, ChecksWhatIsStated) {
  const auto kind = make_user_kind();
  const auto check = [&](State desired, const char* name = "bob", bool absent = false) {
    return check_text(*kind, resource_for(*kind, name, std::move(desired), absent));
  };
  EXPECT_EQ(check({}), "");
  EXPECT_NE(check({}, "a:b"), "");
  EXPECT_NE(check(state({{"group", "a b"}})), "");
  EXPECT_EQ(check(state({{"group", "1000"}})), "");
  EXPECT_NE(check(state({{"groups", ValueList{"a", "b,c"}}})), "");
  EXPECT_NE(check(state({{"comment", "a:b"}})), "");
  EXPECT_NE(check(state({{"shell", "/bin/sh\nroot::0"}})), "");
  EXPECT_NE(check(state({{"expires", "2030-02-30"}})), "");
  EXPECT_EQ(check(state({{"expires", "2030-02-28"}})), "");
  EXPECT_NE(check(state({{"append_groups", true}})), "");
  EXPECT_NE(check(state({{"remove_home", true}})), "");
  const std::string plain = check(state({{"password", Secret("hunter2")}}));
  EXPECT_NE(plain, "");
  EXPECT_EQ(plain.find("hunter2"), std::string::npos);
  EXPECT_NE(check(state({{"password", Secret("$6$x\nroot:y")}})), "");
}

TEST(User, SaysWhatItRestsOn) {
  const auto kind = make_user_kind();
  const Links own = kind->links(resource_for(*kind, "bob", {}));
  EXPECT_EQ(own.provides, (std::vector<std::string>{"user:bob", "group:bob", "path:/home/bob"}));
  const Links shared = kind->links(
      resource_for(*kind, "bob", state({{"group", "ops"}, {"groups", ValueList{"adm"}}})));
  EXPECT_EQ(shared.needs, (std::vector<std::string>{"group:ops", "group:adm"}));
}

TEST(User, PowerIsListed) {
  const auto kind = make_user_kind();
  const Resource bob = resource_for(*kind, "bob", {});
  const auto privileged = [&](AttributeChange change) {
    return kind->effects(bob, {.action = Action::Update, .attributes = {std::move(change)}})
        .privileged;
  };
  EXPECT_TRUE(privileged({"uid", 1001, 0}));
  EXPECT_TRUE(privileged({"groups", ValueList{}, ValueList{"sudo"}}));
  EXPECT_FALSE(privileged({"groups", ValueList{"sudo"}, ValueList{"sudo", "adm"}}));
  EXPECT_TRUE(privileged({"group", "bob", "docker"}));
  EXPECT_FALSE(privileged({"shell", "/bin/sh", "/bin/bash"}));
}

TEST(Account, DatesAreDays) {
  EXPECT_EQ(days_of_date("1970-01-01"), 0);
  EXPECT_EQ(days_of_date("2030-12-31"), 22279);
  EXPECT_EQ(date_of_days(22279), "2030-12-31");
  for (const char* wrong :
       {"2030-1-1", "2030-13-01", "2030-00-10", "x", "2030-02-29", "2030/02/01"}) {
    EXPECT_FALSE(days_of_date(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace holdfast
