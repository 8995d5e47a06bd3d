#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "resources/unpack/origin.h"
#include "resources/unpack/programs.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"
#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::unique_ptr<Kind> make_download_kind();

namespace {

const Query kDownloadStat{"stat", "/srv/a"};
const Query kDownloadDigest{"digest", "/srv/a"};
const std::string kNew = sha256_hex("new");

State wished_download(std::vector<std::pair<std::string, Value>> more = {}) {
  State out = state({{"url", "https://x/a"}, {"sha256", kNew}});
  for (auto& [name, value] : more) out.set(name, std::move(value));
  return out;
}

class DownloadPlan : public testing::TestWithParam<KindCase> {};

TEST_P(DownloadPlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_download_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "/srv/a", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, DownloadPlan,
    testing::Values(
        KindCase{"ConvergedFetchesNothing",
                 wished_download(),
                 {{kDownloadStat, stat_answer("file")}, {kDownloadDigest, digest_answer("new")}},
                 ""},
        KindCase{"New",
                 wished_download(),
                 {{kDownloadStat, {}}, {kDownloadDigest, {}}},
                 "download /srv/a < 'url = \"https://x/a\"\\n'\n",
                 "download-undo /srv a 3b998da0edfff381 absent "
                 "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437\n",
                 "does not exist"},
        KindCase{"OtherBytes",
                 wished_download(),
                 {{kDownloadStat, stat_answer("file")}, {kDownloadDigest, digest_answer("old")}},
                 "download /srv/a < 'url = \"https://x/a\"\\n'\n",
                 "download-undo /srv a 3b998da0edfff381 "
                 "file:cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4 "
                 "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437\n",
                 "sha256 differs"},
        KindCase{"ModeOnly",
                 wished_download({{"mode", "0755"}}),
                 {{kDownloadStat, stat_answer("file")}, {kDownloadDigest, digest_answer("new")}},
                 "chmod 0755 /srv/a\n",
                 "",
                 "mode 0644 -> 0755"},
        KindCase{"SecretsComeByStandardInput",
                 wished_download({{"headers", state({{"Authorization", Secret("Bearer t0k")}})}}),
                 {{kDownloadStat, {}}, {kDownloadDigest, {}}},
                 "download /srv/a < '(secret)'\n",
                 "download-undo /srv a 3b998da0edfff381 absent "
                 "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437\n",
                 "does not exist"},
        KindCase{"Removed",
                 {},
                 {{kDownloadStat, stat_answer("file")}, {kDownloadDigest, digest_answer("x")}},
                 "remove /srv/a if file 2d71\n",
                 "",
                 "ensure: absent",
                 true}),
    [](const auto& p) { return p.param.name; });

std::string argv_of(const Value& url, State more = {}) {
  const auto kind = make_download_kind();
  more.set("url", url);
  more.set("sha256", kNew);
  const Resource resource = resource_for(*kind, "/srv/a", more);
  const Argv words = fetch_words(origin_of(resource));
  return words[0] + " '" + words[1] + "' '" + words[4] + "'";
}

TEST(DownloadArguments, ShowAUrlOnlyWhereEverybodyMayReadIt) {
  EXPECT_EQ(argv_of("https://x/a"), "url 'https://x/a' '=https'");
  EXPECT_EQ(argv_of("http://x/a"), "url 'http://x/a' '=http,https'");
  EXPECT_EQ(argv_of("https://ann:pw@x/a"), "url '' '=https'");
  EXPECT_EQ(argv_of("https://x/a?sig=1"), "url '' '=https'");
  EXPECT_EQ(argv_of(Secret("https://x/a")), "url '' '=https'");
  EXPECT_EQ(argv_of("file:///a//b"), "file '/a/b' ''");
  const auto with = [](const char* name, const Value& value) {
    return state({{"headers", state({{name, value}})}});
  };
  EXPECT_EQ(argv_of("https://x/a", with("Accept", "x")), "url '' '=https'");
  EXPECT_EQ(argv_of("https://x/a", with("authorization", Secret("x"))), "url '' '=https'");
  EXPECT_EQ(argv_of("https://x/a", with("Private-Token", Secret("x"))), "url '' ''");
}

TEST(DownloadArguments, QuoteWhatCurlReads) {
  const auto kind = make_download_kind();
  const Resource resource = resource_for(
      *kind, "/srv/a",
      wished_download({{"headers", state({{"X", "a\"b\\c"}})}, {"proxy", "http://p:1"}}));
  EXPECT_EQ(std::string(fetch_input(origin_of(resource)).bytes()),
            "url = \"https://x/a\"\nheader = \"X: a\\\"b\\\\c\"\nproxy = \"http://p:1\"\n");
}

TEST(DownloadCheck, SaysWhatIsWrong) {
  const auto kind = make_download_kind();
  const auto check = [&](State desired) {
    return check_text(*kind, resource_for(*kind, "/srv/a", std::move(desired)));
  };
  EXPECT_EQ(check(wished_download()), "");
  EXPECT_THAT(check(state({{"url", "https://x/a"}, {"sha256", "abc"}})),
              testing::HasSubstr("'abc' is no SHA-256"));
  EXPECT_THAT(check(state({{"url", "ftp://x/a"}, {"sha256", kNew}})),
              testing::HasSubstr("begins with https://"));
  EXPECT_THAT(check(wished_download({{"headers", state({{"a b", "c"}})}})),
              testing::HasSubstr("'a b' can't be sent so"));
  EXPECT_THAT(check(wished_download({{"headers", state({{"a", "c\nd: e"}})}})),
              testing::HasSubstr("'a' can't be sent so"));
  EXPECT_THAT(check(state({{"url", "file://a"}, {"sha256", kNew}})),
              testing::HasSubstr("file:// and its absolute path"));
}

TEST(DownloadEffects, HideWhatAUrlMaySay) {
  EXPECT_EQ(shown_origin({.url = "https://ann:pw@x/a?token=1#y"}), "https://x/a?…");
  EXPECT_EQ(shown_origin({.url = Secret("https://x")}), "a secret url");
  EXPECT_EQ(shown_origin({.path = "/a"}), "/a");
  EXPECT_EQ(shown_origin({.bytes = "x"}), "a file of the project");
}

/// The programs themselves, on this machine, with a file of it as what is fetched.
class DownloadProgram : public testing::Test {
 protected:
  std::string put(const std::string& old, const std::string& bytes, const std::string& digest,
                  const std::string& most = "1000") {
    const std::string from = folder_.write("from", bytes);
    return run_program(put_program(),
                       {place(), "a", "token", old, "path", from, digest, most, "", "", "0640"});
  }
  std::string undo(const std::string& old, const std::string& digest) {
    return run_program(put_undo_program(), {place(), "a", "token", old, digest}, {},
                       "HF_CAPTURE=" + capture_ + " ");
  }
  void capture() {
    const std::string said = run_program(put_capture_program(), {place(), "a"});
    capture_ = folder_.write("capture", said.substr(0, said.rfind("status ")));
  }
  std::string place() const { return folder_.path() + "/place"; }
  std::string old(const std::string& bytes, int mode = 0644) {
    folder_.write("place/a", bytes, mode);
    return "file:" + sha256_hex(bytes);
  }
  std::size_t entries() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(place())) {
      static_cast<void>(entry);
      ++count;
    }
    return count;
  }

  const TempFolder folder_;
  std::string capture_;
};

TEST_F(DownloadProgram, PutsAndTakesBack) {
  const std::string was = old(std::string("o\0l\nd", 5), 0604);
  capture();
  EXPECT_EQ(put(was, "new", kNew), "status 0\n");
  EXPECT_EQ(text_of_file(place() + "/a"), "new");
  EXPECT_EQ(undo(was, kNew), "status 0\n");
  EXPECT_EQ(text_of_file(place() + "/a"), std::string("o\0l\nd", 5));
  EXPECT_EQ(std::filesystem::status(place() + "/a").permissions(),
            static_cast<std::filesystem::perms>(0604));
  EXPECT_EQ(undo(was, kNew), "status 0\n");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(DownloadProgram, LeavesTheOldFileWhereTheDigestIsWrong) {
  const std::string was = old("old");
  const std::string said = put(was, "other", kNew);
  EXPECT_THAT(said, testing::HasSubstr("wrong digest: sha256 is " + sha256_hex("other")));
  EXPECT_THAT(said, testing::HasSubstr("(5 bytes came)"));
  EXPECT_EQ(text_of_file(place() + "/a"), "old");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(DownloadProgram, TakesNoMoreThanItMay) {
  const std::string was = old("old");
  EXPECT_THAT(put(was, std::string(2000, 'x'), kNew), testing::HasSubstr("more than max_size"));
  EXPECT_EQ(text_of_file(place() + "/a"), "old");
}

TEST_F(DownloadProgram, StopsWhereSomebodyWasFaster) {
  old("theirs");
  EXPECT_THAT(put("absent", "new", kNew), testing::HasSubstr("moved: "));
  EXPECT_EQ(text_of_file(place() + "/a"), "theirs");
}

TEST_F(DownloadProgram, LeavesWhatSomebodyPutThereSince) {
  const std::string was = old("old");
  capture();
  EXPECT_EQ(put(was, "new", kNew), "status 0\n");
  old("theirs");
  EXPECT_THAT(undo(was, kNew), testing::HasSubstr("changed by somebody else"));
  EXPECT_EQ(text_of_file(place() + "/a"), "theirs");
}

TEST_F(DownloadProgram, ARunThatWasKilledLeavesNothing) {
  const std::string was = old("old");
  capture();
  folder_.write("place/.hf-token/got", "half");
  EXPECT_EQ(undo(was, kNew), "status 0\n");
  EXPECT_EQ(text_of_file(place() + "/a"), "old");
  EXPECT_EQ(entries(), 1U);
}

}  // namespace
}  // namespace holdfast
