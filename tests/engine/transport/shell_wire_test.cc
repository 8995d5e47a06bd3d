#include "engine/transport/shell_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

using testing::HasSubstr;

/// What a parser makes of a host's bytes: "TAG STATUS PAYLOAD;…" and how it ends.
std::string read_all(std::string_view bytes, std::size_t piece, std::size_t cap) {
  RecordParser parser;
  std::string out;
  while (true) {
    auto record = parser.next("n1", cap);
    if (!record) return out + "error: " + record.error().message;
    if (*record) {
      out += (*record)->tag + " " + std::to_string((*record)->status) + " " + (*record)->payload +
             ((*record)->truncated ? "…;" : ";");
      continue;
    }
    if (bytes.empty()) return out + "more";
    parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
}

struct RecordCase {
  const char* name;
  std::string bytes;
  const char* result;
};
class RecordParserTable : public testing::TestWithParam<RecordCase> {};

TEST_P(RecordParserTable, TrustsNothing) {
  constexpr std::size_t kPieces[] = {1, 7, 1U << 20U};
  for (const std::size_t piece : kPieces) {
    EXPECT_THAT(read_all(GetParam().bytes, piece, 8), HasSubstr(GetParam().result)) << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, RecordParserTable,
    testing::Values(
        RecordCase{"One", "HF n1 done 0 2\nhi\n", "done 0 hi;more"},
        RecordCase{"Two", "HF n1 a 0 1\nx\nHF n1 end 3 0\n\n", "a 0 x;end 3 ;more"},
        RecordCase{"Empty", "HF n1 end 0 0\n\n", "end 0 ;more"},
        RecordCase{"NewlinesInside", "HF n1 a 0 4\nx\n\ny\n", "a 0 x\n\ny;more"},
        RecordCase{"LooksLikeARecord", "HF n1 a 0 7\nHF n1 b\n", "a 0 HF n1 b;more"},
        RecordCase{"Truncated", "HF n1 a 0 10\n0123456789\nHF n1 end 0 0\n\n",
                   "a 0 01234567…;end 0 ;more"},
        RecordCase{"ExactlyTheCap", "HF n1 a 0 8\n01234567\n", "a 0 01234567;more"},
        RecordCase{"Banner", "Welcome!\nLast login: x\nHF n1 a 0 1\nx\n", "a 0 x;more"},
        RecordCase{"BannerWithoutNewline", "motdHF n1 a 0 1\nx\n", "a 0 x;more"},
        RecordCase{"BannerPretends", "HF n0 a 0 1\ny\nHF n1 a 0 1\nx\n", "a 0 x;more"},
        RecordCase{"EndlessBanner", std::string(70000, 'x'),
                   "error: the host printed more than 64 KiB"},
        RecordCase{"OtherNonce", "HF n1 a 0 1\nx\nHF n2 end 0 0\n\n",
                   "a 0 x;error: the host's answer is not of this frame"},
        RecordCase{"Between", "HF n1 a 0 1\nx\nboo\n",
                   "a 0 x;error: the host's answer is not of this frame"},
        RecordCase{"Longer", "HF n1 a 0 1\nxy\n",
                   "error: the host's answer is longer than it said"},
        RecordCase{"Nothing", "", "more"}, RecordCase{"HalfHeader", "HF n1 a 0", "more"},
        RecordCase{"HalfText", "HF n1 a 0 5\nab", "more"},
        RecordCase{"EndlessHeader", "HF n1 a 0 " + std::string(300, '1'),
                   "error: the host's answer has an endless first line"},
        RecordCase{"TooLong", "HF n1 a 0 1073741825\n",
                   "error: the host announces an answer that is too long"},
        RecordCase{"Overflow", "HF n1 a 0 99999999999999999999999\n",
                   "error: the host's answer has a wrong first line"},
        RecordCase{"NegativeLength", "HF n1 a 0 -1\n",
                   "error: the host's answer has a wrong first line"},
        RecordCase{"NoLength", "HF n1 a 0\n", "error: the host's answer has a wrong first line"},
        RecordCase{"ExtraWord", "HF n1 a 0 1 2\n",
                   "error: the host's answer has a wrong first line"},
        RecordCase{"StatusText", "HF n1 a ok 1\n",
                   "error: the host's answer has a wrong first line"},
        RecordCase{"StatusHuge", "HF n1 a 99999999 1\n",
                   "error: the host's answer has a wrong first line"},
        RecordCase{"EmptyTag", "HF n1  0 1\n", "error: the host's answer has a wrong first line"},
        RecordCase{"ControlInTag", "HF n1 a\x1b 0 1\n",
                   "error: the host's answer has a wrong first line"},
        RecordCase{"EscapesShown", "HF n1 a 0 1\nx\n\x1b[2J", "not of this frame: '\\x1b"}),
    [](const auto& p) { return p.param.name; });

TEST(RecordParser, KeepsNoMoreThanTheCap) {
  RecordParser parser;
  parser.feed("HF n1 a 0 100000000\n");
  const std::string piece(std::size_t{1} << 16, 'x');
  for (int i = 0; i < 1525; ++i) {
    parser.feed(piece);
    const auto record = parser.next("n1", 10);
    ASSERT_TRUE(record);
    ASSERT_FALSE(*record);
    ASSERT_TRUE(parser.unparsed().empty());
  }
}

TEST(ShellCommand, HoldsNothingThatShellsReadDifferently) {
  for (const ShellStart& start :
       {ShellStart{}, ShellStart{.sudo = true},
        ShellStart{.sudo = true, .user = "app_1-x.y", .prompt = "p1", .mark = "m1"}}) {
    const auto command = shell_command(start);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->find_first_of("\\!\n"), std::string::npos);
    EXPECT_EQ(std::count(command->begin(), command->end(), '\''), 2);
    EXPECT_EQ(command->back(), '\'');
  }
}

TEST(ShellCommand, RefusesAUserThatCouldBeCode) {
  for (const char* user : {"", "-x", "a b", "a'b", "$(id)", "a;b", "#0"}) {
    const auto command = shell_command({.sudo = true, .user = user});
    ASSERT_FALSE(command) << user;
    EXPECT_EQ(command.error().code, Code::EscalationRefused);
  }
}

}  // namespace
}  // namespace holdfast
