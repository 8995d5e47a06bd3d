#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_directory_kind();

namespace {

const Query kFolderStat{"stat", "/srv/app"};
const Query kListing{"listing", "/srv/app"};

Value listing(std::vector<std::pair<const char*, const char*>> entries) {
  ValueList out;
  for (const auto& [name, type] : entries) {
    ValueMap entry;
    entry.set("name", name);
    entry.set("type", type);
    out.emplace_back(std::move(entry));
  }
  return out;
}

class DirectoryPlan : public testing::TestWithParam<KindCase> {};

TEST_P(DirectoryPlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_directory_kind();
  const KindCase& c = GetParam();
  Resource resource = resource_for(*kind, "/srv/app", c.desired, c.absent);
  if (!c.absent) resource.managed_children = {"ours"};
  expect_case(*kind, resource, c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, DirectoryPlan,
    testing::Values(KindCase{"Converged",
                             state({{"mode", "0750"}}),
                             {{kFolderStat, stat_answer("directory", "0750")}},
                             ""},
                    KindCase{"New",
                             state({{"owner", "bob"}}),
                             {{kFolderStat, {}}},
                             "make directory /srv/app bob:root 0755\n",
                             "",
                             "does not exist"},
                    KindCase{"OwnerAndMode",
                             state({{"owner", "bob"}, {"group", "adm"}, {"mode", "2770"}}),
                             {{kFolderStat, stat_answer("directory", "0755")}},
                             "chown bob:adm /srv/app\nchmod 2770 /srv/app\n",
                             "",
                             "owner root -> bob, group root -> adm, mode 0755 -> 2770"},
                    KindCase{"PurgeSparesManagedAndKept",
                             state({{"purge", true}, {"keep", ValueList{"*.local"}}}),
                             {{kFolderStat, stat_answer("directory", "0755")},
                              {kListing, listing({{"a b", "file"},
                                                  {"d", "directory"},
                                                  {"l", "link"},
                                                  {"mine.local", "file"},
                                                  {"ours", "file"},
                                                  {"pipe", "fifo"}})}},
                             "remove '/srv/app/a b' if file any\nremove /srv/app/d if directory\n"
                             "remove /srv/app/l if link \nremove /srv/app/pipe\n",
                             "",
                             R"(entries ["a b","d","l","pipe"] -> [])"},
                    KindCase{"NothingToPurge",
                             state({{"purge", true}}),
                             {{kFolderStat, stat_answer("directory", "0755")},
                              {kListing, listing({{"ours", "directory"}})}},
                             ""},
                    KindCase{"Gone", {}, {{kFolderStat, {}}, {kListing, {}}}, "", "", "", true},
                    KindCase{"Removed",
                             {},
                             {{kFolderStat, stat_answer("directory")},
                              {kListing, listing({{"x", "file"}})}},
                             "remove /srv/app if directory\n",
                             "",
                             "ensure: absent",
                             true}),
    [](const auto& p) { return p.param.name; });

TEST(Directory, IsOneWayWhereWaysInGoWithIt) {
  const auto kind = make_directory_kind();
  const auto one_way = [&](const char* path, const char* entry) {
    const Resource resource = resource_for(*kind, path, state({{"purge", true}}));
    Change change{.action = Action::Update};
    change.before = state({{"entries", ValueList{entry}}});
    change.attributes.push_back({"entries", ValueList{entry}, ValueList{}});
    return kind->effects(resource, change).one_way;
  };
  EXPECT_TRUE(one_way("/home/bob/.ssh", "authorized_keys"));
  EXPECT_TRUE(one_way("/etc/sudoers.d", "bob"));
  EXPECT_FALSE(one_way("/srv/app", "authorized_keys.txt"));
}

TEST(Directory, RefusesAnotherType) {
  const auto kind = make_directory_kind();
  for (const char* type : {"file", "link", "fifo"}) {
    Answers answers;
    answers.set(kFolderStat, stat_answer(type));
    const auto read = kind->read(resource_for(*kind, "/srv/app", {}), answers);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::PathIsOther);
  }
}

TEST(Directory, ChecksWhatIsStated) {
  const auto kind = make_directory_kind();
  const auto check = [&](const char* name, State desired, bool absent = false) {
    return check_text(*kind, resource_for(*kind, name, std::move(desired), absent));
  };
  EXPECT_EQ(check("/srv", state({{"mode", "0755"}})), "");
  EXPECT_NE(check("/etc", state({{"purge", true}})), "");
  EXPECT_NE(check("/home", {}, true), "");
  EXPECT_NE(check("/srv/app", state({{"keep", ValueList{"x"}}})), "");
  Resource resource = resource_for(*kind, "/srv/app", {}, true);
  resource.managed_children = {"ours"};
  EXPECT_NE(check_text(*kind, resource), "");
}

TEST(Directory, SaysWhatGoesWithIt) {
  const auto kind = make_directory_kind();
  const Resource resource = resource_for(*kind, "/srv/app", {}, true);
  const Change change{.action = Action::Delete,
                      .before = state({{"entries", ValueList{"a", "b"}}})};
  EXPECT_EQ(kind->effects(resource, change).brings,
            std::vector<std::string>{"removes all that is in /srv/app: 2 entries"});
}

TEST(Directory, AnUnreadableFolderIsNotPurged) {
  const auto kind = make_directory_kind();
  Answers answers;
  answers.set(kFolderStat, stat_answer("directory", "0755"));
  answers.set(kListing, Unknown{"needs root"});
  const auto read = kind->read(resource_for(*kind, "/srv/app", state({{"purge", true}})), answers);
  ASSERT_TRUE(read);
  EXPECT_TRUE((*read)->find("entries")->is_unknown());
}

}  // namespace
}  // namespace holdfast
