#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "engine/core/hash.h"
#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::unique_ptr<Collector> make_stat_collector();
std::unique_ptr<Collector> make_digest_collector();
std::unique_ptr<Collector> make_listing_collector();
std::unique_ptr<Collector> make_content_collector();

namespace {

/// Names that break what isn't careful.
const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> kNames{
      "plain",     "with space",  "quote\"s'", "new\nline", "$(touch pwned)", "-n",
      "ünïcode",   "back\\slash", "tab\there", "\x01\xff",  "`id`",           "a' -> 'b",
      "star*?[x]", "\\n",         ";&|<>",     "trailing ", "carriage\r"};
  return kNames;
}

Result<std::vector<Value>> asked(const Collector& collector, const std::vector<std::string>& keys,
                                 const char* shell = "sh") {
  return collector.parse(keys, run_fragment(collector, keys, shell));
}

/// A folder of files with hostile names, each with its own name as its text.
std::vector<std::string> hostile_files(const TempFolder& folder) {
  std::vector<std::string> paths;
  for (const std::string& name : hostile_names()) paths.push_back(folder.write(name, name));
  return paths;
}

TEST(StatCollector, SeesWhateverTheName) {
  const TempFolder folder;
  const std::vector<std::string> paths = hostile_files(folder);
  const auto answers = asked(*make_stat_collector(), paths);
  ASSERT_TRUE(answers) << answers.error().message;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    EXPECT_EQ(field(answers->at(i), "type"), Value("file")) << hostile_names()[i];
    EXPECT_EQ(field(answers->at(i), "size"),
              Value(static_cast<std::int64_t>(hostile_names()[i].size())));
  }
}

TEST(StatCollector, TellsTypesAndDoesNotFollowLinks) {
  const TempFolder folder;
  const std::string& at = folder.path();
  folder.write("file", "x");
  std::filesystem::create_symlink("some \"where\n", at + "/link");
  ASSERT_EQ(mkfifo((at + "/fifo").c_str(), 0600), 0);
  ASSERT_EQ(chmod((at + "/file").c_str(), 04751), 0);
  const auto answers =
      asked(*make_stat_collector(), {at + "/file", at + "/gone", at + "/link", at, at + "/fifo",
                                     "/dev/null", at + "/file/below", "/"});
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(field(answers->at(0), "mode"), Value("4751"));
  EXPECT_TRUE(answers->at(1).is_null());
  EXPECT_EQ(field(answers->at(2), "type"), Value("link"));
  EXPECT_EQ(field(answers->at(2), "target"), Value("some \"where\n"));
  EXPECT_EQ(field(answers->at(3), "type"), Value("directory"));
  EXPECT_EQ(field(answers->at(4), "type"), Value("fifo"));
  EXPECT_EQ(field(answers->at(5), "type"), Value("char"));
  EXPECT_EQ(field(answers->at(5), "owner"), Value("root"));
  EXPECT_TRUE(answers->at(6).is_null());
  EXPECT_EQ(field(answers->at(7), "type"), Value("directory"));
}

TEST(StatCollector, SaysWhereItMayNotLook) {
  const auto answers =
      make_stat_collector()->parse({"/a", "/b", "/c"},
                                   "81a4 7 8 3 12:UNKNOWN:UNKNOWN:\"/a\"\nerrors\n"
                                   "stat: cannot statx '/b': Permission denied\n"
                                   "stat: cannot statx '/c': No such file or directory");
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(field(answers->at(0), "owner"), Value("7"));
  ASSERT_TRUE(answers->at(1).is_unknown());
  EXPECT_EQ(answers->at(1).as_unknown().cause, "needs root");
  EXPECT_TRUE(answers->at(2).is_null());
}

TEST(StatCollector, ReadsBusyboxToo) {
  const auto answers = make_stat_collector()->parse(
      {"/a b", "/l"},
      "81a4 0 0 0 12:root:root:/a b\na1ff 0 0 3 12:root:root:'/l' -> 'x y'\nerrors\n");
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(field(answers->at(0), "type"), Value("file"));
  EXPECT_EQ(field(answers->at(1), "target"), Value("x y"));
  EXPECT_FALSE(make_stat_collector()->parse({"/a"}, "sh: stat: not found\n"));
}

TEST(DigestCollector, EqualsTheBytesWhateverTheName) {
  const TempFolder folder;
  const std::vector<std::string> paths = hostile_files(folder);
  const auto answers = asked(*make_digest_collector(), paths);
  ASSERT_TRUE(answers) << answers.error().message;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    EXPECT_EQ(field(answers->at(i), "digest"), Value(sha256_hex(hostile_names()[i])))
        << hostile_names()[i];
  }
}

TEST(DigestCollector, OpensRegularFilesOnly) {
  const TempFolder folder;
  const std::string& at = folder.path();
  folder.write("file", "text");
  std::filesystem::create_symlink(at + "/file", at + "/link");
  ASSERT_EQ(mkfifo((at + "/fifo").c_str(), 0600), 0);
  const auto answers = asked(*make_digest_collector(), {at + "/fifo", "/dev/zero", at + "/link", at,
                                                        at + "/gone", at + "/file"});
  ASSERT_TRUE(answers) << answers.error().message;
  for (std::size_t i = 0; i < 5; ++i) EXPECT_TRUE(answers->at(i).is_null()) << i;
  EXPECT_EQ(field(answers->at(5), "digest"), Value(sha256_hex("text")));
}

TEST(DigestCollector, ReadsItsLetters) {
  const std::string digest(64, 'a');
  const auto answers = make_digest_collector()->parse(
      {"/f", "/c", "/r", "/u", "/a", "/big", "/n\nl"},
      "s fcruaff\n" + digest + "  /c\n" + digest + "  /f\n\\" + digest + "  /n\\nl");
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(field(answers->at(0), "digest"), Value(digest));
  EXPECT_EQ(field(answers->at(1), "digest"), Value(digest));
  EXPECT_EQ(answers->at(2).as_unknown().cause, "behind a link that another account owns");
  EXPECT_EQ(answers->at(3).as_unknown().cause, "needs root");
  EXPECT_TRUE(answers->at(4).is_null());
  EXPECT_TRUE(answers->at(5).is_unknown());
  EXPECT_EQ(field(answers->at(6), "digest"), Value(digest));
  EXPECT_FALSE(make_digest_collector()->parse({"/f"}, "s ff\n"));
  EXPECT_FALSE(make_digest_collector()->parse({"/f"}, "xargs: sh: not found\n"));
}

TEST(ListingCollector, ListsOneLevelWhateverTheName) {
  const TempFolder folder;
  hostile_files(folder);
  folder.write("sub/below", "x");
  const std::string& at = folder.path();
  std::filesystem::create_symlink(at + "/sub", at + "/link");
  const auto answers = asked(*make_listing_collector(),
                             {at, at + "/gone", at + "/plain", at + "/link", at + "/sub"});
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(answers->at(0).as_list().size(), hostile_names().size() + 2);
  EXPECT_TRUE(answers->at(1).is_null());
  EXPECT_TRUE(answers->at(2).is_null());
  EXPECT_TRUE(answers->at(3).is_null());
  ASSERT_EQ(answers->at(4).as_list().size(), 1U);
  EXPECT_EQ(field(answers->at(4).as_list()[0], "name"), Value("below"));
  EXPECT_EQ(field(answers->at(4).as_list()[0], "type"), Value("file"));
}

TEST(ListingCollector, SaysWhatItCouldNotList) {
  const auto answers = make_listing_collector()->parse(
      {"/a", "/u"}, "s du\nfound\n81a4 0 0 0 1:root:root:\"/a/x\"\n81a4 0 0 0 1:root:ro");
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_TRUE(answers->at(0).is_unknown());
  EXPECT_TRUE(answers->at(1).is_unknown());
}

TEST(ContentCollector, GivesTheBytesWhateverTheName) {
  const TempFolder folder;
  const std::vector<std::string> paths = hostile_files(folder);
  for (const char* shell : {"sh", "busybox sh"}) {
    const auto answers = asked(*make_content_collector(), paths, shell);
    ASSERT_TRUE(answers) << answers.error().message;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      EXPECT_EQ(field(answers->at(i), "content"), Value(hostile_names()[i]))
          << shell << " " << hostile_names()[i];
    }
  }
}

TEST(ContentCollector, OpensRegularFilesUpToItsLimitOnly) {
  const TempFolder folder;
  const std::string& at = folder.path();
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  folder.write("file", all);
  folder.write("most", std::string(1048576, 'x'));
  folder.write("more", std::string(1048577, 'x'));
  folder.write("none", "");
  std::filesystem::create_symlink(at + "/file", at + "/link");
  std::filesystem::create_hard_link(at + "/file", at + "/again");
  ASSERT_EQ(mkfifo((at + "/fifo").c_str(), 0600), 0);
  const auto answers = asked(*make_content_collector(),
                             {at + "/fifo", "/dev/zero", at + "/link", at, at + "/gone",
                              at + "/file/below", at + "/most", at + "/more", at + "/none"});
  ASSERT_TRUE(answers) << answers.error().message;
  for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(answers->at(i).is_null()) << i;
  EXPECT_EQ(field(answers->at(6), "content").bytes().size(), 1048576U);
  EXPECT_TRUE(answers->at(7).is_unknown());
  EXPECT_EQ(field(answers->at(8), "content"), Value(""));
  std::filesystem::remove(at + "/again");
  const auto bytes = asked(*make_content_collector(), {at + "/file"});
  EXPECT_EQ(field(bytes->at(0), "content"), Value(all));
}

TEST(ContentCollector, WhatNotEverybodyMayReadIsASecretAndStaysFromWhoMayOnlyPlan) {
  const TempFolder folder;
  const std::string file = folder.write("file", "text");
  const std::string hidden = folder.write("hidden", "text");
  const std::string below = folder.write("folder/file", "text");
  ASSERT_EQ(chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod(hidden.c_str(), 0640), 0);
  ASSERT_EQ(chmod((folder.path() + "/folder").c_str(), 0750), 0);
  const auto collector = make_content_collector();
  const auto answers = asked(*collector, {file, hidden, below});
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_TRUE(field(answers->at(0), "content").is_text());
  EXPECT_TRUE(field(answers->at(1), "content").is_secret());
  EXPECT_TRUE(field(answers->at(2), "content").is_secret());
  const std::string output =
      run_program("hf_plans_only=yes; hf_c() {\n" + collector->shell() + "\n}\nhf_c \"$@\"",
                  {file, hidden, below}, "");
  const auto planned =
      collector->parse({file, hidden, below}, output.substr(0, output.rfind("status")));
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_EQ(field(planned->at(0), "content"), Value("text"));
  EXPECT_TRUE(planned->at(1).is_unknown());
  EXPECT_TRUE(planned->at(2).is_unknown());
}

TEST(ContentCollector, ReadsItsAnswers) {
  const auto collector = make_content_collector();
  const auto answers = collector->parse(
      {"/a", "/b", "/c", "/d"}, "key absent\nkey unreadable\nkey public 3 eA==\nkey link\nend\n");
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_TRUE(answers->at(0).is_null());
  EXPECT_EQ(answers->at(1).as_unknown().cause, "needs root");
  EXPECT_TRUE(answers->at(2).is_unknown());
  EXPECT_TRUE(answers->at(3).is_unknown());
  EXPECT_FALSE(collector->parse({"/a"}, "key absent\n"));
  EXPECT_FALSE(collector->parse({"/a"}, "key public 3 *\nend\n"));
  EXPECT_FALSE(collector->parse({"/a"}, "sh: xargs: not found\nend\n"));
}

TEST(FileCollectors, WorkUnderBusybox) {
  if (std::system("busybox true 2>/dev/null") != 0) GTEST_FAIL() << "needs busybox";
  const TempFolder folder;
  const std::string file = folder.write("a b", "text");
  for (const auto make : {make_stat_collector, make_digest_collector, make_listing_collector,
                          make_content_collector}) {
    const auto collector = (*make)();
    const auto answers = asked(*collector, {folder.path(), file, file + ".gone"}, "busybox sh");
    ASSERT_TRUE(answers) << collector->name() << answers.error().message;
    EXPECT_TRUE(answers->at(2).is_null()) << collector->name();
  }
}

}  // namespace
}  // namespace holdfast
