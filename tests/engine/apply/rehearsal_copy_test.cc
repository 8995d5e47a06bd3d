#include "engine/apply/rehearsal_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/apply/script.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string word(const std::string& tag, int number, const std::string& text) {
  return tag + " " + std::to_string(number) + " " + std::to_string(text.size()) + "\n" + text +
         "\n";
}

/// "PATH WHAT" of each difference.
std::vector<std::string> differences(const std::string& said) {
  const auto read = read_copy(said);
  if (!read) return {read.error().message};
  std::vector<std::string> out;
  for (const auto& one : read->differences) out.push_back(one.path + " " + one.what);
  return out;
}

TEST(RehearsalCopy, NothingSaidIsNothingWrong) {
  const auto read = read_copy("");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->differences, IsEmpty());
  EXPECT_EQ(read->impossible, "");
}

TEST(RehearsalCopy, ReadsWhatFailedAndWhatIsLeft) {
  const auto read =
      read_copy(word("failed", 500001, "exit status 1: no\nsuch group") + word("left", 499999, "") +
                word("note", 0, "no xattrs") + word("impossible", 0, "no overlay"));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->failed.size(), 1U);
  EXPECT_EQ(read->failed[0].act, 500001);
  EXPECT_EQ(read->failed[0].what, "exit status 1: no\nsuch group");
  ASSERT_EQ(read->left.size(), 1U);
  EXPECT_EQ(read->left[0].act, 499999);
  EXPECT_THAT(read->notes, ElementsAre("no xattrs"));
  EXPECT_EQ(read->impossible, "no overlay");
}

/// The shell that passes the text on takes newlines off its end.
TEST(RehearsalCopy, AnEndWithoutItsNewlinesIsWhole) {
  EXPECT_EQ(read_copy("left 5 0")->left.size(), 1U);
  EXPECT_EQ(read_copy("left 5 4\nab\n")->left[0].what, "ab\n");
}

TEST(RehearsalCopy, RefusesWhatItCannotRead) {
  for (const char* wrong : {"mount: no\n", "left x 3\nabc\n", "left 3\nabc\n", "left 3 -1\n"}) {
    const auto read = read_copy(wrong);
    ASSERT_FALSE(read) << wrong;
    EXPECT_EQ(read.error().code, Code::HostAnswerInvalid);
  }
}

struct Place {
  const char* name;
  const char* lines;
  std::vector<std::string> told;
};

class RehearsalPlaces : public testing::TestWithParam<Place> {};

TEST_P(RehearsalPlaces, AreToldInWords) {
  EXPECT_EQ(differences(word("places", 0, GetParam().lines)), GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RehearsalPlaces,
    testing::Values(
        Place{"Gone", "/\n./etc/a\tf 644 0:0 \n", {"/etc/a is gone"}},
        Place{"Left", "/\n\t./etc/a\tf 644 0:0 \n", {"/etc/a is left behind: a file"}},
        Place{"Mode",
              "/\n./etc/a\tf 644 0:0 \n\t./etc/a\tf 600 0:0 \n",
              {"/etc/a has mode 0600, and had 0644"}},
        Place{"Owner",
              "/\n./etc/a\td 755 0:0 \n\t./etc/a\td 755 1:1 \n",
              {"/etc/a belongs to 1:1, and belonged to 0:0"}},
        Place{"Target",
              "/\n./etc/a\tl 777 0:0 b c\n\t./etc/a\tl 777 0:0 d\n",
              {"/etc/a leads to 'd', and led to 'b c'"}},
        Place{"Type",
              "/\n./etc/a\tl 777 0:0 b\n\t./etc/a\tf 644 0:0 \n",
              {"/etc/a is a file, and was a link"}},
        Place{"ModeAndOwner",
              "/\n./etc/a\tf 4755 0:0 \n\t./etc/a\tf 755 0:4 \n",
              {"/etc/a has mode 0755, and had 4755; belongs to 0:4, and belonged to 0:0"}},
        Place{"OnAnotherFileSystem",
              "/home\n./bob\td 700 7:7 \n\t.\td 755 1:1 \n.\td 755 0:0 \n",
              {"/home belongs to 1:1, and belonged to 0:0", "/home/bob is gone"}},
        Place{"TheRoot",
              "/\n\t.\td 755 1:1 \n.\td 755 0:0 \n",
              {"/ belongs to 1:1, and belonged to 0:0"}},
        Place{"ANewlineInTheName", "/\n./a\001b\tf 644 0:0 \n", {"/a\nb is gone"}},
        Place{"TheRunsOwn", "/run\n\t./holdfast\td 700 0:0 \n\t./holdfast/x\tf 600 0:0 \n", {}}),
    [](const auto& p) { return p.param.name; });

TEST(RehearsalCopy, ATextThatIsAnotherIsToldOnce) {
  EXPECT_THAT(differences(word("texts", 0, "/\naa  ./etc/a\n\tbb  ./etc/a\n\tcc  ./etc/new\n")),
              ElementsAre("/etc/a holds another text than before"))
      << "of what is new or gone the places tell";
}

TEST(RehearsalCopy, AttributesAndAccessListsAreToldApart) {
  EXPECT_THAT(differences(word("attributes", 0,
                               "/\n# file: etc/a\tuser.note=\"kept\"\n"
                               "# file: ./etc/b\t# owner: 0\t# group: 0\tuser::rw-\tuser:7:r--\n")),
              ElementsAre("/etc/a has other extended attributes than before",
                          "/etc/b has another access list than before"));
  EXPECT_THAT(differences(word("places", 0, "/\n./etc/a\tf 644 0:0 \n") +
                          word("attributes", 0, "/\n# file: etc/a\tuser.note=\"kept\"\n")),
              ElementsAre("/etc/a is gone"));
}

Act act(int number, Step step) { return {number, std::move(step), {0}}; }

WriteFile new_file(const std::string& path, const std::string& text) {
  return {.path = path, .content = text, .expect = {Expect::What::Absent, ""}};
}

TEST(RehearsalCopy, EachActFindsItsPartOfThePayload) {
  Block first, second;
  const ::holdfast::Run fed{.argv = {"tool"}, .input = "678", .undo = Argv{"true"}};
  const std::string long_text(20000, '9');
  first.acts = {act(500000, new_file("/etc/a", std::string("12\00045", 5))), act(500001, fed)};
  second.acts = {act(500002, new_file("/srv/b", "a word")),
                 act(500003, new_file("/srv/d", long_text))};
  const CopyOrder order = copy_order({first, second});
  EXPECT_THAT(order.payload, HasSubstr("0) hf_number=500000 hf_at=0 ;;\n"
                                       "    1) hf_number=500001 hf_at=5 ;;\n"));
  EXPECT_THAT(order.payload, HasSubstr("0) hf_number=500002 hf_at=8 ;;\n"
                                       "    1) hf_number=500003 hf_at=8 ;;\n"));
  EXPECT_THAT(order.payload, testing::EndsWith(std::string("exit 0\n12\00045678", 15) + long_text));
  const std::string program = order.payload.substr(0, order.program);
  EXPECT_THAT(program, testing::EndsWith(" /etc /srv\n")) << "what the acts touch";
}

TEST(RehearsalCopy, TheUndoScriptsAreTheVerySame) {
  Block block;
  block.acts = {act(500000, new_file("/etc/it's", "x")), act(500001, Remove{.path = "/etc/gone"})};
  const Script real = block_script(block);
  const Script rehearsed = block_script(block, AtFailure::GoesPast);
  const auto written = [](const std::string& text) {
    return text.substr(0, text.find("hf_begin_act"));
  };
  EXPECT_EQ(written(rehearsed.text), written(real.text));
  EXPECT_EQ(rehearsed.payload, real.payload);
}

}  // namespace
}  // namespace holdfast
