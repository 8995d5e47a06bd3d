#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/kind.h"
#include "engine/plan/diff.h"
#include "resources/apt/version.h"
#include "tests/resources/make.h"
#include "tests/support/fragment.h"

namespace holdfast {

std::unique_ptr<Kind> make_package_kind();
std::unique_ptr<Collector> make_dpkg_collector();

namespace {

Value dpkg(const char* key, const std::string& rows, const std::string& automatic = "") {
  const auto values = make_dpkg_collector()->parse({key}, rows + "errors\n\nauto\n" + automatic);
  EXPECT_TRUE(values) << values.error().message;
  return values->at(0);
}

struct PackageCase {
  const char* name;
  State desired;
  std::string rows;
  const char* forward;
  const char* back;
  std::string automatic = "";
  bool absent = false;
};
class PackagePlan : public testing::TestWithParam<PackageCase> {};

/// apt-get's options are the same each time.
std::string brief(std::string text) {
  const std::string options =
      "apt-get -y -q -o 'DPkg::Lock::Timeout=120' -o 'Dpkg::Use-Pty=0' -o "
      "'Dpkg::Options::=--force-confdef' -o 'Dpkg::Options::=--force-confold' ";
  const std::size_t at = text.find(options);
  return at == std::string::npos ? text : text.replace(at, options.size(), "apt-get … ");
}

TEST_P(PackagePlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const PackageCase& c = GetParam();
  const auto kind = make_package_kind();
  const Resource resource = resource_of("nginx", c.desired, c.absent);
  EXPECT_TRUE(kind->check(resource).empty());
  Answers answers;
  const Query query = kind->queries(resource).at(0);
  answers.set(query, dpkg(query.key.c_str(), c.rows, c.automatic));
  const auto seen = kind->read(resource, answers);
  ASSERT_TRUE(seen) << seen.error().message;
  const Change change = diff(*kind, resource, *seen);
  const bool quiet = change.action == Action::None;
  const auto steps = quiet ? std::vector<PhasedStep>{} : kind->steps(resource, change);
  EXPECT_EQ(brief(forward_text(steps)), c.forward);
  EXPECT_EQ(back_text(steps), c.back);
}

INSTANTIATE_TEST_SUITE_P(
    Table, PackagePlan,
    testing::Values(
        PackageCase{"Converged", state({{"manual", true}}), "nginx\tamd64\t1.22.1-9\tii \n", "",
                    ""},
        PackageCase{"Version", state({{"version", "1.22.1-9"}}), "nginx\tamd64\t1.22.1-9\tii \n",
                    "", ""},
        PackageCase{"VersionByItsBeginning", state({{"version", "1.22*"}}),
                    "nginx\tamd64\t1.22.1-9\tii \n", "", ""},
        PackageCase{"New", state({{"manual", true}}), "",
                    "0 look up nginx\n"
                    "1 apt-get … --no-install-recommends --no-remove install -- nginx\n",
                    "apt-undo nginx\ntrue\n"},
        PackageCase{"NewOnHold", state({{"version", "1.22*"}, {"hold", true}}), "",
                    "0 look up 'nginx=1.22*'\n"
                    "1 apt-get … --no-install-recommends --no-remove install -- 'nginx=1.22*'\n"
                    "2 apt-mark hold -- nginx\n",
                    "apt-mark unhold -- nginx\napt-undo nginx\ntrue\n"},
        PackageCase{"OtherVersionOfAHeldOne",
                    state({{"version", "1.24"}, {"hold", true}, {"allow_downgrade", true}}),
                    "nginx\tamd64\t1.26\thi \n",
                    "0 look up 'nginx=1.24'\n"
                    "1 apt-get … --no-install-recommends --no-remove --allow-downgrades "
                    "--allow-change-held-packages install -- 'nginx=1.24'\n"
                    "2 apt-mark hold -- nginx\n",
                    "apt-mark unhold -- nginx\napt-undo nginx\ntrue\n"},
        PackageCase{"OnlyHold", state({{"hold", true}}), "nginx\tamd64\t1\tii \n",
                    "2 apt-mark hold -- nginx\n", "apt-mark unhold -- nginx\n"},
        PackageCase{"OnlyUnhold", state({{"hold", false}}), "nginx\tamd64\t1\thi \n",
                    "2 apt-mark unhold -- nginx\n", "apt-mark hold -- nginx\n"},
        PackageCase{"CameAsADependency", state({{"manual", true}}), "nginx\tamd64\t1\tii \n",
                    "2 apt-mark manual -- nginx\n", "apt-mark-undo auto nginx\n", "nginx\n"},
        PackageCase{"Absent",
                    {},
                    "nginx\tamd64\t1\tii \n",
                    "1 uninstall nginx\n",
                    "apt-undo nginx\n",
                    "",
                    true},
        PackageCase{"AbsentAlready", {}, "", "", "", "", true},
        PackageCase{"ConfigurationLeft", {}, "nginx\tamd64\t1\trc \n", "", "", "", true},
        PackageCase{"Purged", state({{"purge", true}}), "nginx\tamd64\t1\trc \n", "1 purge nginx\n",
                    "apt-undo nginx\n", "", true},
        PackageCase{"ConfigurationLeftIsNotInstalled", state({{"recommends", true}}),
                    "nginx\tamd64\t1\trc \n",
                    "0 look up nginx\n"
                    "1 apt-get … --install-recommends --no-remove install -- nginx\n",
                    "apt-undo nginx\ntrue\n"}),
    [](const auto& p) { return p.param.name; });

TEST(Package, TellsBrokenOnesAndHostsWithoutDpkg) {
  const auto kind = make_package_kind();
  Answers answers;
  answers.set({"dpkg", "nginx"}, dpkg("nginx", "nginx\tamd64\t1\tiF \n"));
  const auto broken = kind->read(resource_of("nginx"), answers);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::PackageBroken);
  EXPECT_NE(broken.error().hint.find("dpkg --configure -a"), std::string::npos);
  answers.set({"dpkg", "nginx"}, make_dpkg_collector()->parse({"nginx"}, "no-dpkg\n")->at(0));
  const auto none = kind->read(resource_of("nginx"), answers);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::NoDpkg);
}

TEST(Package, GoesToAnOlderVersionOnlyWhereAgreed) {
  const auto kind = make_package_kind();
  const auto read = [&](const char* version, bool agreed) {
    const Resource resource =
        resource_of("nginx", state({{"version", version}, {"allow_downgrade", agreed}}));
    const Query query = kind->queries(resource).at(0);
    Answers answers;
    answers.set(query, dpkg(query.key.c_str(), "nginx\tamd64\t1:1.2-1\tii \n"));
    return kind->read(resource, answers);
  };
  ASSERT_FALSE(read("1.9-1", false));
  EXPECT_EQ(read("1.9-1", false).error().code, Code::PackageDowngrade);
  EXPECT_TRUE(read("1.9-1", true));
  EXPECT_TRUE(read("1:1.2-2", false));
  EXPECT_TRUE(read("1:1.1*", false));
}

TEST(Package, OrdersVersionsAsDpkgDoes) {
  // Oldest first; deb-version(7).
  const std::vector<std::string> versions{
      "0.9",  "1.0~~", "1.0~rc1", "1.0", "1.0-1~a", "1.0-1",  "1.0-1a", "1.0-1+b", "1.0-2",
      "1.0a", "1.0+1", "1.0.1",   "1.2", "1.010",   "1.10.1", "1:0.1",  "2:0"};
  for (std::size_t i = 0; i < versions.size(); ++i) {
    for (std::size_t k = 0; k < versions.size(); ++k) {
      EXPECT_EQ(compare_versions(versions[i], versions[k]), i <=> k)
          << versions[i] << " " << versions[k];
    }
  }
  EXPECT_EQ(compare_versions("0:1.0", "1.0"), std::strong_ordering::equal);
  EXPECT_EQ(compare_versions("1.0-0", "1.0"), std::strong_ordering::equal);
}

TEST(Package, AsksForFreshListsOnlyWhereStated) {
  const auto kind = make_package_kind();
  const auto look = [&](State desired) {
    const Resource resource = resource_of("nginx", std::move(desired));
    const auto steps = kind->steps(resource, diff(*kind, resource, std::nullopt));
    const Argv argv = std::get<holdfast::Run>(steps.at(0).step).argv;
    return argv.at(argv.size() - 2) + " " + argv.back();
  };
  EXPECT_EQ(look({}), "any 120");
  EXPECT_EQ(look(state({{"lists_max_age", 3600.0}, {"lock_timeout", 10.0}})), "3600 10");
}

/// The plan's words on whether the installed version can come back.
std::vector<std::string> irreversible(const State& desired, bool absent, const std::string& more) {
  const auto kind = make_package_kind();
  const Resource resource = resource_of("nginx", desired, absent);
  const Query query = kind->queries(resource).at(0);
  Answers answers;
  answers.set(query, make_dpkg_collector()
                         ->parse({query.key}, "nginx\tamd64\t1:1.0\tii \nerrors\n\nauto\n" + more)
                         ->at(0));
  const auto seen = kind->read(resource, answers);
  return kind->effects(resource, diff(*kind, resource, *seen)).irreversible;
}

TEST(Package, SaysThatAnOldVersionIsNowhereToBeHad) {
  const std::string old = "old:\nnginx\t1:1.0\tamd64\t2.*\nto-be-had:\n";
  const State newer = state({{"version", "2.*"}});
  const std::string reason = "no package list has its version 1:1.0 any more, nor has apt's cache";
  EXPECT_THAT(irreversible(newer, false, old + "nginx | 2.0 | http://x Packages\n"),
              testing::ElementsAre(reason));
  EXPECT_THAT(irreversible(newer, false, old + "nginx | 1:1.0 | http://x Sources\n"),
              testing::ElementsAre(reason));
  EXPECT_THAT(irreversible(newer, false, old + "nginx |  1:1.0 | http://x Packages\n"),
              testing::IsEmpty());
  EXPECT_THAT(irreversible(newer, false, old + "nginx | 1:1.0 | cache\n"), testing::IsEmpty());
  EXPECT_THAT(irreversible({}, true, old), testing::ElementsAre(reason));
  EXPECT_THAT(irreversible(state({{"hold", true}}), false, ""), testing::IsEmpty());
}

TEST(Package, AsksForTheOldVersionOnlyWhereItMayHaveToGo) {
  const auto key = [](State desired, bool absent = false) {
    return make_package_kind()->queries(resource_of("nginx", std::move(desired), absent)).at(0).key;
  };
  EXPECT_EQ(key({}), "nginx");
  EXPECT_EQ(key(state({{"version", "1.2*"}})), "nginx 1.2*");
  EXPECT_EQ(key({}, true), "nginx -");
}

/// What the host says of one package; rows and sections as its collector prints them.
struct Told {
  Resource resource;
  Answers answers;
};

Told told(const State& desired, bool absent, const std::string& text) {
  const auto kind = make_package_kind();
  Told out{resource_of("nginx", desired, absent), {}};
  const Query query = kind->queries(out.resource).at(0);
  out.answers.set(query, make_dpkg_collector()->parse({query.key}, text)->at(0));
  return out;
}

TEST(Package, SaysThatNoListKnowsWhatIsToCome) {
  const auto kind = make_package_kind();
  const auto notes = [&](const State& desired, const std::string& text) {
    const Told one = told(desired, false, text);
    const auto seen = kind->read(one.resource, one.answers);
    return kind->notes(one.resource, diff(*kind, one.resource, *seen), one.answers);
  };
  const std::string none = "errors\ndpkg-query: no packages found matching nginx\nauto\n";
  const std::string comes = none + "new:\nnginx\nto-be-had:\n";
  EXPECT_THAT(
      notes({}, comes),
      testing::ElementsAre("no package list of the host knows it yet: apply fetches them first"));
  EXPECT_THAT(notes({}, comes + "nginx | 1.0 | http://x Packages\n"), testing::IsEmpty());
  const State newer = state({{"version", "2.*"}});
  const std::string reason =
      "no package list of the host knows version 2.* of it yet: apply fetches them first";
  EXPECT_THAT(notes(newer, comes + "nginx | 1.0 | http://x Packages\n"),
              testing::ElementsAre(reason));
  EXPECT_THAT(notes(newer, comes + "nginx | 2.0 | cache\n"), testing::ElementsAre(reason))
      << "what lies in the cache alone apt would not install";
  const std::string old = "nginx\tamd64\t1.0\tii \nerrors\n\nauto\nold:\nnginx\t1.0\tamd64\t2.*\n";
  EXPECT_THAT(notes(newer, old + "to-be-had:\n"), testing::ElementsAre(reason));
  EXPECT_THAT(notes(newer, old + "to-be-had:\nnginx | 2.1 | http://x Packages\n"),
              testing::IsEmpty());
  EXPECT_THAT(notes({}, none), testing::IsEmpty()) << "nothing was asked";
  EXPECT_THAT(
      notes({}, comes + "nginx | 1.0 | http://x Packages\nlocked:\n812 unattended upgr\n9 x\n"),
      testing::ElementsAre("waits up to 120 s for the lock of apt, held by process 812 "
                           "(unattended upgr), process 9 (x)"));
}

TEST(Package, NamesWhatWouldLackIt) {
  const auto kind = make_package_kind();
  const std::string installed =
      "nginx\tamd64\t1.0\tii \nerrors\n\nauto\nold:\nnginx\t1.0\tamd64\t-\nto-be-had:\nneeded:\n";
  const Told needed =
      told({}, true,
           installed +
               "dpkg: dependency problems prevent removal of libother:amd64:\n"
               " third depends on libother.\n\n"
               "dpkg: dependency problems prevent removal of nginx:amd64:\n"
               " web pre-depends on nginx (>= 1.0).\n"
               " libweb:amd64 depends on nginx | httpd; however:\n"
               "  Package nginx:amd64 is to be removed.\n\n"
               "dpkg: error processing package nginx:amd64 (--remove):\n"
               " dependency problems - not removing\n"
               "Errors were encountered while processing:\n libother:amd64\n nginx:amd64\n");
  ASSERT_TRUE(kind->read(needed.resource, needed.answers));
  EXPECT_THAT(kind->needed_by(needed.resource, needed.answers),
              testing::ElementsAre("package:web", "package:libweb"));
  const Told kept = told({}, true,
                         installed +
                             "dpkg: error processing package nginx (--remove):\n"
                             " this is an essential package; it should not be removed\n");
  const auto refused = kind->read(kept.resource, kept.answers);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::PackageKept);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("essential"));
  const Told free = told({}, true, installed);
  EXPECT_THAT(kind->needed_by(free.resource, free.answers), testing::IsEmpty());
}

struct WrongPackage {
  const char* name;
  const char* package;
  State desired;
  const char* message;
};
class PackageCheck : public testing::TestWithParam<WrongPackage> {};

TEST_P(PackageCheck, RefusesWhatCantBe) {
  const auto errors =
      make_package_kind()->check(resource_of(GetParam().package, GetParam().desired));
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors[0].message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, PackageCheck,
    testing::Values(
        WrongPackage{"Option", "-o", {}, "package '-o' is no package's name"},
        WrongPackage{"RemoveSuffix", "nginx-", {}, "package 'nginx-' is no package's name"},
        WrongPackage{"Glob", "ng*", {}, "package 'ng*' is no package's name"},
        WrongPackage{"Shell", "a$(reboot)", {}, "package 'a$(reboot)' is no package's name"},
        WrongPackage{"Version", "nginx", state({{"version", "latest"}}),
                     "package 'nginx': 'latest' is no version"},
        WrongPackage{"VersionGlob", "nginx", state({{"version", "1.*.2"}}),
                     "package 'nginx': '1.*.2' is no version"},
        WrongPackage{"Purge", "nginx", state({{"purge", true}}),
                     "package 'nginx': 'purge' goes with ensure: absent"}),
    [](const auto& p) { return p.param.name; });

TEST(Package, TakesTheNamesThatDebianHas) {
  for (const char* name : {"g++", "libstdc++6", "python3.11", "libc6:i386", "0ad", "docker-ce"}) {
    EXPECT_TRUE(make_package_kind()->check(resource_of(name)).empty()) << name;
  }
}

TEST(DpkgCollector, TakesTheRightRow) {
  const auto values = make_dpkg_collector()->parse(
      {"libc6", "libc6:i386", "gone", "never"},
      "libc6\ti386\t2.36\trc \nlibc6\tamd64\t2.37\tii \ngone\tall\t\tun \n"
      "errors\ndpkg-query: no packages found matching never\nauto\nlibc6\n");
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ(*values->at(0).as_map().find("version"), Value("2.37"));
  EXPECT_EQ(*values->at(0).as_map().find("auto"), Value(true));
  EXPECT_EQ(*values->at(1).as_map().find("version"), Value("2.36"));
  EXPECT_TRUE(values->at(2).is_null());
  EXPECT_TRUE(values->at(3).is_null());
}

TEST(DpkgCollector, AsksThisMachine) {
  const auto collector = make_dpkg_collector();
  const std::vector<std::string> keys{"dpkg", "perl-base -", "no-such-package", "never -"};
  const std::string said = run_fragment(*collector, keys);
  const auto answers = collector->parse(keys, said);
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(*answers->at(0).as_map().find("status"), Value("ii "));
  EXPECT_NE(answers->at(1).as_map().find("kept"), nullptr) << said;
  EXPECT_EQ(*answers->at(2).as_map().find("listed"), Value(false));
  EXPECT_TRUE(answers->at(3).is_null());
}

TEST(DpkgCollector, AsksNoMoreWhereAllIsAsWanted) {
  const std::string said = run_fragment(*make_dpkg_collector(), {"dpkg", "never -"});
  for (const char* head : {"old:", "new:", "to-be-had:", "needed:"})
    EXPECT_THAT(said, testing::Not(testing::HasSubstr(head)));
}

TEST(DpkgCollector, QuotesWhatItCantRead) {
  const auto unread = make_dpkg_collector()->parse(
      {"a"}, "errors\ndpkg-query: error: parsing file '/var/lib/dpkg/status' near line 1\nauto\n");
  ASSERT_FALSE(unread);
  EXPECT_NE(unread.error().message.find("near line 1"), std::string::npos);
  EXPECT_FALSE(make_dpkg_collector()->parse({"a"}, "a\tb\n"));
  EXPECT_FALSE(make_dpkg_collector()->parse({"a"}, ""));
}

}  // namespace
}  // namespace holdfast
