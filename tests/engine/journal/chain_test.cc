#include "engine/journal/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

#include "engine/core/hash.h"
#include "engine/core/read_file.h"
#include "engine/core/shell_quote.h"
#include "engine/journal/state.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::string_view audit_sh();

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Word = ChainVerdict::Word;

/// A host's /var/lib/holdfast in a folder, written by the very functions that a host runs.
class HostFolder {
 public:
  explicit HostFolder(std::string shell) : shell_(std::move(shell)) {
    folder_.write("audit.sh", std::string(audit_sh()));
  }

  /// A run ends so, again or for the first time. @return what the shell ended with.
  int end(const std::string& id, const std::string& status) {
    RunMeta meta;
    meta.id = id;
    meta.status = status;
    folder_.write("runs/" + id + "/meta.json", meta_json(meta));
    if (numbers_.count(id) == 0) numbers_[id] = static_cast<std::int64_t>(numbers_.size()) + 1;
    return call("hf_chain_run " + shell_quote(id));
  }
  int call(const std::string& what) const {
    const std::string script =
        "umask 077; hf_home=" + shell_quote(folder_.path()) + "; . \"$hf_home/audit.sh\"; " + what;
    return std::system((shell_ + " -c " + shell_quote(script)).c_str());
  }
  std::string read(const std::string& name) const {
    return read_file(folder_.path() + "/" + name, 1 << 20).value_or("");
  }
  void write(const std::string& name, const std::string& text) { folder_.write(name, text); }
  void remove(const std::string& name) const {
    std::filesystem::remove_all(folder_.path() + "/" + name);
  }

  /// As a controller is shown it.
  HostChain seen() const {
    HostChain out;
    out.text = read("chain");
    out.unreadable = std::filesystem::exists(folder_.path() + "/chain.unreadable");
    for (const auto& [id, number] : numbers_) {
      const std::string bytes = read("runs/" + id + "/meta.json");
      if (bytes.empty()) continue;
      const auto meta = parse_meta(bytes);
      out.runs[id] = {sha256_hex(bytes), meta ? meta->status : "", number};
    }
    return out;
  }
  Anchor anchor() const {
    const auto links = parse_chain(read("chain"));
    return {links->back().number, links->back().head};
  }

 private:
  std::string shell_;
  TempFolder folder_;
  std::map<std::string, std::int64_t> numbers_;
};

class Chain : public testing::TestWithParam<const char*> {
 protected:
  Chain() {
    for (const char* run : {"r1", "r2", "r3"}) EXPECT_EQ(host_.end(run, "done"), 0);
  }
  ChainVerdict judge(const std::vector<Anchor>& anchors) const {
    return judge_chain(host_.seen(), anchors);
  }
  HostFolder host_{GetParam()};
};

TEST_P(Chain, IsOkWhereTheHistoryKnowsItsHead) {
  const ChainVerdict verdict = judge({host_.anchor()});
  EXPECT_EQ(verdict.word, Word::Ok) << verdict.what;
  EXPECT_EQ(verdict.head.number, 3);
  EXPECT_EQ(verdict.kept, 3U);
  EXPECT_EQ(parse_chain_head("3 " + verdict.head.head), verdict.head);
}

TEST_P(Chain, IsUnanchoredWhereNobodyElseKnowsIt) {
  EXPECT_EQ(judge({}).word, Word::Unanchored);
  const Anchor early = host_.anchor();
  host_.end("r4", "done");
  const ChainVerdict verdict = judge({early});
  EXPECT_EQ(verdict.word, Word::Unanchored);
  EXPECT_THAT(verdict.what, HasSubstr("up to link 3 of 4"));
}

TEST_P(Chain, TellsOneEndOnce) {
  EXPECT_EQ(host_.call("hf_chain_run r3"), 0);
  EXPECT_EQ(parse_chain(host_.read("chain"))->size(), 3U);
  // Taken back, it ends anew.
  host_.end("r2", "rolled-back");
  EXPECT_EQ(parse_chain(host_.read("chain"))->size(), 4U);
  EXPECT_EQ(judge({host_.anchor()}).word, Word::Ok);
}

TEST_P(Chain, KeepsWhatRunsWereThatAreDeleted) {
  host_.remove("runs/r1");
  const ChainVerdict verdict = judge({host_.anchor()});
  EXPECT_EQ(verdict.word, Word::Ok);
  EXPECT_EQ(verdict.gone, 1U);
}

TEST_P(Chain, FindsARunThatWasChangedLater) {
  host_.write("runs/r2/meta.json", host_.read("runs/r2/meta.json") + " ");
  const ChainVerdict verdict = judge({host_.anchor()});
  EXPECT_EQ(verdict.word, Word::Broken);
  EXPECT_THAT(verdict.what, HasSubstr("run r2"));
  EXPECT_THAT(verdict.runs, testing::ElementsAre("r2"));
}

TEST_P(Chain, FindsALinkThatWasChanged) {
  const Anchor anchor = host_.anchor();
  std::string text = host_.read("chain");
  text.replace(text.find(" r2 "), 4, " rX ");
  host_.write("chain", text);
  const ChainVerdict verdict = judge({anchor});
  EXPECT_EQ(verdict.word, Word::Broken);
  EXPECT_THAT(verdict.what, HasSubstr("link 2"));
}

TEST_P(Chain, FindsALinkThatWasTakenOut) {
  const std::string text = host_.read("chain");
  const auto second = text.find("2 r2 "), first = text.find("1 r1 ");
  const Anchor anchor = host_.anchor();
  host_.write("chain", text.substr(0, second) + text.substr(first));
  EXPECT_EQ(judge({}).word, Word::Broken);
  EXPECT_EQ(judge({anchor}).word, Word::Broken) << "the history knows a link that is not there";
}

TEST_P(Chain, FindsWhatWasCutOffItsEnd) {
  const Anchor anchor = host_.anchor();
  const std::string text = host_.read("chain");
  host_.write("chain", "format 1\n" + text.substr(text.find("2 r2 ")));
  host_.remove("runs/r3");
  EXPECT_EQ(judge({}).word, Word::Unanchored);
  const ChainVerdict verdict = judge({anchor});
  EXPECT_EQ(verdict.word, Word::Behind);
  EXPECT_THAT(verdict.what, HasSubstr("link 3"));
}

TEST_P(Chain, FindsOneThatWasWrittenAnew) {
  const std::vector<Anchor> anchors{host_.anchor()};
  host_.remove("chain");
  EXPECT_EQ(judge(anchors).word, Word::Behind);
  for (const char* run : {"r1", "r3", "r2", "r4"}) host_.end(run, "done");
  EXPECT_EQ(judge({}).word, Word::Unanchored);
  EXPECT_THAT(judge(anchors).what, HasSubstr("not the one that the history knows"));
}

TEST_P(Chain, FindsARunThatNoLinkTellsOf) {
  const std::string text = host_.read("chain");
  host_.end("r4", "done");
  host_.write("chain", text);
  EXPECT_THAT(judge({host_.anchor()}).what, HasSubstr("run r4 has ended, and no link says so"));
  // But not of one that works, nor of what ended before there was a chain.
  HostChain working = host_.seen();
  working.armed = "r4";
  EXPECT_EQ(judge_chain(working, {host_.anchor()}).word, Word::Ok);
  HostChain older = host_.seen();
  older.runs["r4"].number = 0;
  EXPECT_EQ(judge_chain(older, {host_.anchor()}).word, Word::Ok);
}

TEST_P(Chain, SetsAsideWhatCannotBeRead) {
  host_.write("chain", "junk\n");
  EXPECT_EQ(judge({}).word, Word::Broken);
  EXPECT_EQ(host_.end("r4", "done"), 0);
  EXPECT_EQ(host_.read("chain.unreadable"), "junk\n");
  EXPECT_EQ(judge({host_.anchor()}).word, Word::Broken);
}

TEST_P(Chain, IsLeftAloneWhereItIsNewer) {
  host_.write("chain", "format 2\nwhatever\n");
  EXPECT_NE(host_.end("r4", "done"), 0);
  EXPECT_EQ(host_.read("chain"), "format 2\nwhatever\n");
  EXPECT_EQ(parse_chain(host_.read("chain")).error().code, Code::RecordTooNew);
}

TEST_P(Chain, IsWrittenByTheHostAloneToo) {
  EXPECT_EQ(host_.call("hf_close_meta r2 guard rolled-back"), 0);
  const auto meta = parse_meta(host_.read("runs/r2/meta.json"));
  ASSERT_TRUE(meta) << meta.error().message;
  EXPECT_EQ(meta->by, "guard");
  EXPECT_EQ(meta->status, "rolled-back");
  EXPECT_EQ(judge({host_.anchor()}).word, Word::Ok);
  EXPECT_THAT(host_.read("chain.tmp"), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Shells, Chain, testing::Values("sh", "busybox sh"), [](const auto& p) {
  return std::string(p.param) == "sh" ? "dash" : "busybox";
});

TEST(ChainHead, IsNothingButANumberAndADigest) {
  EXPECT_EQ(parse_chain_head("0 " + std::string(64, '0')).number, 0);
  EXPECT_EQ(parse_chain_head("3 " + std::string(63, 'a')).number, 0);
  EXPECT_EQ(parse_chain_head("99999999999999999999 " + std::string(64, 'a')).number, 0);
  EXPECT_EQ(parse_chain_head("").number, 0);
}

}  // namespace
}  // namespace holdfast
