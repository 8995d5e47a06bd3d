#include "engine/apply/rehearsed_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
/// Not the Run of a testing::Test.
using Program = Run;

Act act(int number, Step step, std::size_t row) { return {number, std::move(step), {row}}; }

Run run(Argv argv, std::variant<NotRehearsed, Rehearsal> how = Rehearsal{}) {
  Run out{.argv = std::move(argv), .undo = Argv{"back"}};
  out.rehearsal = std::move(how);
  return out;
}

std::vector<std::string> told(const RehearsedBlocks& parts) {
  std::vector<std::string> out;
  for (const Block& block : parts.blocks) {
    for (const Act& one : block.acts) {
      out.push_back(std::to_string(one.number) + " " + describe(one.step));
    }
  }
  return out;
}

std::vector<std::string> left_out(const RehearsedBlocks& parts) {
  std::vector<std::string> out;
  for (const Unrehearsed& one : parts.left_out) {
    out.push_back(std::to_string(one.row) + " " + one.reason);
  }
  return out;
}

TEST(RehearsedBlocks, FileLikeStepsAreRehearsedAsTheyAre) {
  Block block;
  block.acts = {act(1, Link{.path = "/a", .target = "b"}, 0), act(2, Remove{.path = "/c"}, 1)};
  const RehearsedBlocks parts = rehearsed_blocks({block});
  EXPECT_THAT(told(parts), ElementsAre("1 link /a to b", "2 remove /c"));
  EXPECT_THAT(parts.left_out, IsEmpty());
  EXPECT_EQ(parts.acts(), 2);
}

TEST(RehearsedBlocks, AProgramSaysHow) {
  Block block;
  Program linked =
      run({"systemctl", "enable"}, Rehearsal{.argv = {"systemctl", "--root=/", "enable"},
                                             .undo = {"systemctl", "--root=/", "disable"},
                                             .leaves = {"/run/systemd"},
                                             .without = "the running packet filter"});
  linked.operands = {"a.service"};
  block.acts = {act(1, run({"groupadd", "x"}), 0), act(2, linked, 1)};
  const RehearsedBlocks parts = rehearsed_blocks({block});
  EXPECT_THAT(told(parts), ElementsAre("1 groupadd x", "2 systemctl '--root=/' enable a.service"));
  const Program& second = std::get<Program>(parts.act(2)->step);
  EXPECT_EQ(std::get<Argv>(second.undo), (Argv{"systemctl", "--root=/", "disable"}));
  EXPECT_THAT(parts.leaves, ElementsAre("/run/systemd"));
  EXPECT_THAT(left_out(parts), ElementsAre("1 without the running packet filter"));
}

TEST(RehearsedBlocks, WhatCantBeRehearsedIsLeftOutWithItsReason) {
  Block block, asked;
  Program no_undo = run({"migrate"});
  no_undo.undo = Irreversible{"the manifest gives no undo for it"};
  block.acts = {act(1, run({"start"}, NotRehearsed{"it starts a service"}), 0), act(2, no_undo, 1),
                act(3, Remove{.path = "/c"}, 2)};
  asked.acts = {act(4, Probe{.ask = Probe::Tcp{.port = 22}}, 3)};
  asked.by = Block::By::Probe;
  const RehearsedBlocks parts = rehearsed_blocks({block, asked});
  EXPECT_THAT(told(parts), ElementsAre("3 remove /c"));
  EXPECT_THAT(left_out(parts), ElementsAre("0 it starts a service",
                                           "1 it can't be taken back: the manifest gives no undo "
                                           "for it",
                                           "3 it asks the running host"));
}

TEST(RehearsedBlocks, WhatComesAfterAGapIsKnown) {
  Block block;
  block.acts = {act(1, Remove{.path = "/before"}, 0),
                act(2, run({"reload"}, NotRehearsed{"it reloads", false}), 1),
                act(3, Remove{.path = "/between"}, 2),
                act(4, run({"apt-get"}, NotRehearsed{"it installs"}), 3),
                act(5, Remove{.path = "/after"}, 4)};
  const RehearsedBlocks parts = rehearsed_blocks({block});
  EXPECT_THAT(parts.after_gap, ElementsAre(testing::Pair(4, 3)));
}

TEST(RehearsedBlocks, ABeginningMayEndInTheMiddleOfABlock) {
  Block one, two;
  one.acts = {act(1, Remove{.path = "/a"}, 0), act(2, Remove{.path = "/b"}, 1)};
  two.acts = {act(3, Remove{.path = "/c"}, 2), act(4, Remove{.path = "/d"}, 3)};
  const RehearsedBlocks parts = rehearsed_blocks({one, two});
  const auto sizes = [&](int count) {
    std::vector<std::size_t> out;
    for (const Block& block : parts.first(count)) out.push_back(block.acts.size());
    return out;
  };
  EXPECT_THAT(sizes(1), ElementsAre(1));
  EXPECT_THAT(sizes(2), ElementsAre(2));
  EXPECT_THAT(sizes(3), ElementsAre(2, 1));
  EXPECT_THAT(sizes(4), ElementsAre(2, 2));
}

}  // namespace
}  // namespace holdfast
