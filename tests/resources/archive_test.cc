#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/core/hash.h"
#include "engine/plan/diff.h"
#include "resources/registry.h"
#include "resources/unpack/programs.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"
#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::unique_ptr<Kind> make_archive_kind();
std::unique_ptr<Collector> make_archives_collector();

namespace {

const std::string kOne(64, '1');
const std::string kTwo(64, '2');

Value tree(const std::string& digest, int time = 1, const char* owner = "root") {
  return state(
      {{"time", time}, {"sha256", digest}, {"owner", owner}, {"group", "root"}, {"strip", "0"}});
}

/// @param link  What /srv/now leads to; "" : it isn't there.
Given archive_answers(State trees, const std::string& link, const char* folder = nullptr) {
  Given out{{{"archives", "/srv/r"}, Value(std::move(trees))},
            {{"stat", "/srv/r/2"}, folder == nullptr ? Value() : stat_answer(folder)}};
  out.push_back({{"stat", "/srv/now"}, link.empty() ? Value() : stat_answer("link", link.c_str())});
  return out;
}

State wished_archive(std::vector<std::pair<std::string, Value>> more = {}) {
  State out = state(
      {{"version", "2"}, {"path", "/a.tar"}, {"sha256", kTwo}, {"strip", 0}, {"link", "/srv/now"}});
  for (auto& [name, value] : more) out.set(name, std::move(value));
  return out;
}

class ArchivePlan : public testing::TestWithParam<KindCase> {};

TEST_P(ArchivePlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_archive_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "/srv/r", c.desired, c.absent), c);
}

const char* const kUnpackUndo =
    "unpack-undo /srv/r 2 c5d7bffab763008f all "
    "2222222222222222222222222222222222222222222222222222222222222222\n";

INSTANTIATE_TEST_SUITE_P(
    Table, ArchivePlan,
    testing::Values(
        KindCase{"Converged", wished_archive(),
                 archive_answers(state({{"2", tree(kTwo)}}), "/srv/r/2", "directory"), ""},
        KindCase{"New", wished_archive(), archive_answers({}, ""),
                 "unpack /srv/r/2\n1 link /srv/now to /srv/r/2 root:root if absent\n", kUnpackUndo,
                 "does not exist"},
        KindCase{"NextVersion", wished_archive(),
                 archive_answers(state({{"1", tree(kOne)}}), "/srv/r/1"),
                 "unpack /srv/r/2\n1 link /srv/now to /srv/r/2 root:root if link /srv/r/1\n",
                 kUnpackUndo, "version 1 -> 2, sha256 differs, current /srv/r/1 -> /srv/r/2"},
        KindCase{"BackToOneThatIsThere", wished_archive(),
                 archive_answers(state({{"2", tree(kTwo)}, {"3", tree(kOne)}}), "r/3", "directory"),
                 "1 link /srv/now to /srv/r/2 root:root if link r/3\n", "",
                 "current /srv/r/3 -> /srv/r/2"},
        KindCase{"OldVersionsGoButNotTheLastOne", wished_archive({{"keep", 1}}),
                 archive_answers(
                     state({{"0", tree(kOne, 1)}, {"1", tree(kOne, 2)}, {"3", tree(kOne, 9)}}),
                     "/srv/r/1"),
                 "unpack /srv/r/2\n1 link /srv/now to /srv/r/2 root:root if link /srv/r/1\n"
                 "2 remove /srv/r/3 if directory\n2 remove /srv/r/0 if directory\n",
                 kUnpackUndo,
                 "version 1 -> 2, sha256 differs, current /srv/r/1 -> /srv/r/2, surplus "
                 "[\"3\",\"0\"] -> []"},
        KindCase{"SameVersionOtherBytes", wished_archive(),
                 archive_answers(state({{"2", tree(kOne)}}), "/srv/r/2", "directory"),
                 "unpack beside /srv/r/2\nremove /srv/r/2 if directory\n"
                 "put what was unpacked to /srv/r/2\n",
                 "unpack-undo /srv/r 2 c5d7bffab763008f place "
                 "2222222222222222222222222222222222222222222222222222222222222222\n"
                 "unpack-undo /srv/r 2 c5d7bffab763008f stage "
                 "2222222222222222222222222222222222222222222222222222222222222222\n",
                 "sha256 differs"},
        KindCase{"Gone",
                 state({{"link", "/srv/now"}}),
                 {{{"archives", "/srv/r"}, state({{"1", tree(kOne)}, {"2", tree(kTwo)}})},
                  {{"stat", "/srv/r"}, stat_answer("directory")},
                  {{"stat", "/srv/now"}, stat_answer("link", "/srv/r/2")}},
                 "remove /srv/now if link /srv/r/2\nremove /srv/r/2 if directory\n"
                 "remove /srv/r/1 if directory\n",
                 "",
                 "ensure: absent",
                 true}),
    [](const auto& p) { return p.param.name; });

TEST(ArchiveRead, OfALinkThatLeadsElsewhereThereIsNothingToRemove) {
  const auto kind = make_archive_kind();
  const Resource gone = resource_for(*kind, "/srv/r", state({{"link", "/srv/now"}}), true);
  const auto seen = [&](const char* target) {
    Answers answers;
    answers.set({"archives", "/srv/r"}, Value(ValueMap()));
    answers.set({"stat", "/srv/r"}, Value());
    answers.set({"stat", "/srv/now"}, stat_answer("link", target));
    return kind->read(gone, answers).value();
  };
  EXPECT_FALSE(seen("/srv/other/2"));
  EXPECT_TRUE(seen("/srv/r/2"));
}

TEST(ArchiveRead, LeavesWhatNoArchiveMade) {
  const auto kind = make_archive_kind();
  Answers answers;
  for (const auto& [query, value] : archive_answers({}, "", "directory")) answers.set(query, value);
  const auto seen = kind->read(resource_for(*kind, "/srv/r", wished_archive()), answers);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::ArchiveElsewhere);
}

TEST(ArchiveRead, SparesVersionsThatOtherResourcesName) {
  const auto kind = make_archive_kind();
  Resource resource = resource_for(*kind, "/srv/r", wished_archive({{"keep", 1}}));
  resource.managed_children = {"0"};
  Answers answers;
  for (const auto& [query, value] :
       archive_answers(state({{"0", tree(kOne, 1)}, {"1", tree(kOne, 2)}}), "/srv/r/1")) {
    answers.set(query, value);
  }
  const auto seen = kind->read(resource, answers);
  ASSERT_TRUE(seen);
  EXPECT_EQ((*seen)->find("surplus")->display(), "[]");
}

TEST(ArchiveCheck, SaysWhatIsWrong) {
  const auto kind = make_archive_kind();
  const auto check = [&](State desired, bool absent = false) {
    return check_text(*kind, resource_for(*kind, "/srv/r", std::move(desired), absent));
  };
  EXPECT_EQ(check(wished_archive()), "");
  EXPECT_THAT(check(wished_archive({{"url", "https://x"}})), testing::HasSubstr("several sources"));
  EXPECT_THAT(check(state({{"sha256", kOne}})), testing::HasSubstr("nothing of where"));
  EXPECT_THAT(check(wished_archive({{"version", "../x"}})),
              testing::HasSubstr("no name of a version"));
  EXPECT_THAT(check(wished_archive({{"link", "/srv/r/2/x"}})),
              testing::HasSubstr("where the archive is"));
  EXPECT_THAT(check(wished_archive({{"owner", "a b"}})), testing::HasSubstr("no account's"));
  EXPECT_THAT(check(state({{"path", "/a"}, {"sha256", kOne}, {"keep", 1}})),
              testing::HasSubstr("counts versions"));
  EXPECT_THAT(check(state({{"path", "/a"}})), testing::HasSubstr("it needs `sha256`"));
  EXPECT_EQ(check(state({{"content", "x"}})), "");
  EXPECT_THAT(check(state({{"content", "x"}, {"sha256", kOne}})),
              testing::HasSubstr("digest is another one"));
  EXPECT_THAT(check(state({{"version", "1"}}), true), testing::HasSubstr("every version"));
}

/// The programs themselves, on this machine.
class UnpackProgram : public testing::Test {
 protected:
  /// Makes an archive of what `commands` make in a folder. @return what tar said.
  void pack(const std::string& commands, const std::string& tar = "tar -czf ../a.tar .") {
    const std::string said =
        run_program("set -e; cd \"$1\"; rm -rf in; mkdir in; cd in\n" + commands + "\n" + tar,
                    {folder_.path()});
    ASSERT_EQ(said, "status 0\n");
  }
  std::string unpack(const std::string& todo = "all", const std::string& strip = "0") {
    std::ostringstream bytes;
    bytes << std::ifstream(folder_.path() + "/a.tar", std::ios::binary).rdbuf();
    digest_ = sha256_hex(bytes.str());
    return run_program(unpack_program(),
                       {place(), "v", "token", todo, "path", folder_.path() + "/a.tar", digest_,
                        "1000000", "", owner_, "", strip});
  }
  std::string undo(const std::string& todo = "all") {
    return run_program(unpack_undo_program(), {place(), "v", "token", todo, digest_});
  }
  std::string place() const { return folder_.path() + "/place"; }
  /// What lies below the place, sorted.
  std::string found() const {
    std::string out = run_program("cd \"$1\" && find . | sort | tr '\\n' ' '", {place()});
    return out.substr(0, out.find("status"));
  }
  void SetUp() override { std::filesystem::create_directories(place()); }

  const TempFolder folder_;
  std::string digest_;
  std::string owner_;
};

TEST_F(UnpackProgram, PutsAllOfItThereAndTakesItBack) {
  pack("mkdir -p d; echo a >d/a; ln -s d/a l; ln d/a h; echo x >run; chmod 6755 run; chmod 777 d");
  EXPECT_EQ(unpack(), "status 0\n");
  EXPECT_EQ(found(), ". ./v ./v/.holdfast-archive ./v/d ./v/d/a ./v/h ./v/l ./v/run ");
  EXPECT_EQ(run_program("cd \"$1/v\"; stat -c %a . d run; cat .holdfast-archive", {place()}),
            "755\n755\n755\nsha256 " + digest_ + "\nowner root\ngroup root\nstrip 0\nstatus 0\n");
  EXPECT_EQ(undo(), "status 0\n");
  EXPECT_EQ(found(), ". ");
  EXPECT_EQ(undo(), "status 0\n");
}

TEST_F(UnpackProgram, LeavesFoldersAtTheTopOut) {
  pack("mkdir -p app-1/sub; echo a >app-1/sub/a; ln -s ../sub app-1/sub/l",
       "tar -cf ../a.tar app-1");
  EXPECT_EQ(unpack("all", "1"), "status 0\n");
  EXPECT_EQ(found(), ". ./v ./v/.holdfast-archive ./v/sub ./v/sub/a ./v/sub/l ");
  undo();
  EXPECT_THAT(unpack("all", "3"), testing::HasSubstr("strip: "));
  EXPECT_EQ(found(), ". ");
}

TEST_F(UnpackProgram, TakesThePlaceOfAnother) {
  pack("echo 1 >a");
  unpack();
  pack("echo 2 >b");
  EXPECT_THAT(unpack(), testing::HasSubstr("moved: "));
  EXPECT_EQ(unpack("stage"), "status 0\n");
  std::filesystem::rename(place() + "/v", folder_.path() + "/kept");
  EXPECT_EQ(unpack("place"), "status 0\n");
  EXPECT_EQ(found(), ". ./v ./v/.holdfast-archive ./v/b ");
  EXPECT_EQ(undo("place"), "status 0\n");
  EXPECT_EQ(undo("stage"), "status 0\n");
  EXPECT_EQ(found(), ". ");
}

struct Refused {
  const char* name;
  const char* make;
  const char* tar;
  const char* says;
};

class UnpackRefuses : public UnpackProgram, public testing::WithParamInterface<Refused> {};

TEST_P(UnpackRefuses, AndTheHostIsAsBefore) {
  pack(GetParam().make, GetParam().tar);
  const std::string said = unpack();
  EXPECT_THAT(said, testing::HasSubstr(GetParam().says));
  EXPECT_THAT(said, testing::EndsWith("status 1\n"));
  EXPECT_EQ(found(), ". ");
  EXPECT_EQ(run_program("cd \"$1\"; ls", {folder_.path()}), "a.tar\nin\nplace\nstatus 0\n");
}

constexpr const char* kPlain = "tar -cf ../a.tar .";

INSTANTIATE_TEST_SUITE_P(
    Table, UnpackRefuses,
    testing::Values(
        Refused{"Upwards", "echo x >x", "tar -Pcf ../a.tar --transform 's,^x,../../x,' x",
                "its entry '../../x' leads out"},
        Refused{"Absolute", "echo x >x", "tar -Pcf ../a.tar --transform 's,^x,/x,' x",
                "its entry '/x' leads out"},
        Refused{"LinkUpwards", "mkdir d; ln -s ../../x d/l", kPlain, "the link d/l leads out"},
        Refused{"LinkAbsolute", "ln -s /etc/passwd l", kPlain, "the link l leads out"},
        Refused{"LinkThroughALink", "mkdir -p a/b; ln -s ../.. a/b/top; ln -s a/b/top/../x l",
                kPlain, "the link l leads out"},
        Refused{"LinkThenFileThroughIt", "mkdir o; ln -s /tmp l; echo x >o/f",
                "tar -Pcf ../a.tar --transform 's,^o/f,l/hf-through,' l o/f", "can't unpack"},
        Refused{"Fifo", "mkfifo f", kPlain, "f is a device, a FIFO or a socket"},
        Refused{"ItsOwnMark", "echo x >.holdfast-archive", kPlain, ".holdfast-archive of its own"},
        Refused{"CutShort", "seq 100000 >n", "tar -cf - . 2>/dev/null | head -c 20000 >../a.tar",
                "cut short"},
        Refused{"CutShortCompressed", "seq 100000 >n",
                "tar -czf - . 2>/dev/null | head -c 20000 >../a.tar", "cut short"},
        Refused{"NoArchive", ":", "echo hello >../a.tar", "no archive that can be read"}),
    [](const auto& p) { return p.param.name; });

TEST_F(UnpackProgram, SaysWhichDigestCame) {
  pack("echo x >x");
  const std::string said =
      run_program(unpack_program(), {place(), "v", "token", "all", "path",
                                     folder_.path() + "/a.tar", kOne, "1000000", "", "", "", "0"});
  EXPECT_THAT(said, testing::HasSubstr("wrong digest: sha256 is "));
  EXPECT_EQ(found(), ". ");
}

TEST_F(UnpackProgram, AFullDiskLeavesTheHostAsItWas) {
  pack("head -c 300000 /dev/urandom >big");
  EXPECT_EQ(run_program("mount -t tmpfs -o size=256k none \"$1\"", {place()}), "status 0\n");
  EXPECT_THAT(unpack(), testing::HasSubstr("no space is left"));
  const std::string left = found();
  run_program("umount \"$1\"", {place()});
  EXPECT_EQ(left, ". ");
}

TEST_F(UnpackProgram, ItsMarkIsFoundAgain) {
  pack("echo x >x");
  unpack();
  const auto collector = make_archives_collector();
  const std::string output = run_fragment(*collector, {place(), place() + "/v", "/nowhere"});
  const auto answers = collector->parse({place(), place() + "/v", "/nowhere"}, output);
  ASSERT_TRUE(answers) << output;
  const Value* seen = answers->at(0).as_map().find("v");
  ASSERT_NE(seen, nullptr) << output;
  EXPECT_EQ(seen->as_map().find("sha256")->as_text(), digest_);
  EXPECT_TRUE(seen->as_map().find("time")->is_int());
  EXPECT_NE(answers->at(1).as_map().find("."), nullptr);
  EXPECT_TRUE(answers->at(2).as_map().empty());
}

TEST(ArchivesCollector, TakesNothingElseForAMark) {
  const auto collector = make_archives_collector();
  const auto answers = collector->parse(
      {"/srv/r"}, "at 5 /srv/r/1/.holdfast-archive\n/srv/r/1/.holdfast-archive:sha256 " + kOne +
                      "\nat x /srv/r/2/.holdfast-archive\nat 5 /srv/other/.holdfast-archive\n"
                      "grep: /srv/r/3: gone\nend");
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->at(0).display(), "{\"1\":{\"time\":5,\"sha256\":\"" + kOne + "\"}}");
  EXPECT_FALSE(collector->parse({"/srv/r"}, "at 5 /srv/r/1/.holdf"));
  const auto denied = collector->parse({"/srv/r"}, "find: '/srv/r': Permission denied\nend");
  ASSERT_TRUE(denied);
  EXPECT_TRUE(denied->at(0).is_unknown());
}

}  // namespace
}  // namespace holdfast
