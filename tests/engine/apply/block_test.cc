#include "engine/apply/block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// The blocks of h1, each a line an act.
std::vector<std::vector<std::string>> blocks_of(const std::string& resources,
                                                std::vector<Block>* blocks = nullptr) {
  Fleet fleet("hosts: h1\nresources:\n" + resources);
  const Plan plan = fleet.plan();
  Numbering numbering;
  const auto made = make_blocks(plan, plan.rows_of("h1"), fleet.registry(), numbering);
  if (blocks != nullptr) *blocks = made;
  std::vector<std::vector<std::string>> out;
  for (const Block& block : made) {
    out.emplace_back();
    for (const Act& act : block.acts) out.back().push_back(describe(act.step));
  }
  return out;
}

const Act& act_with(const Block& block, const std::string& text) {
  static const Act kNone;
  for (const Act& act : block.acts) {
    if (describe(act.step).find(text) != std::string::npos) return act;
  }
  ADD_FAILURE() << "no act with " << text;
  return kNone;
}

TEST(Blocks, SeveralPackagesAreOneTransaction) {
  std::vector<Block> blocks;
  blocks_of("  - {package: nginx}\n  - {package: curl}\n  - {file: /srv/a, content: x}\n", &blocks);
  ASSERT_EQ(blocks.size(), 1U);
  const Act& install = act_with(blocks[0], "install");
  EXPECT_THAT(std::get<holdfast::Run>(install.step).operands, ElementsAre("nginx", "curl"));
  EXPECT_THAT(install.rows, ElementsAre(0U, 1U));
  EXPECT_THAT(std::get<holdfast::Run>(install.step).undo_operands, ElementsAre("curl", "nginx"))
      << "undone in reverse, as steps are";
}

TEST(Blocks, NothingIsMovedAcrossAPackage) {
  const auto lines = blocks_of(
      "  - {file: /srv/source, content: x}\n  - {package: nginx}\n"
      "  - {file: /srv/brought/a, content: x}\n  - {package: curl}\n");
  std::vector<std::string> order;
  for (const std::string& line : lines[0]) {
    if (line.find("write") == 0 || line.find("install") != std::string::npos) order.push_back(line);
  }
  EXPECT_THAT(order, ElementsAre("write /srv/source", HasSubstr("nginx"), "write /srv/brought/a",
                                 HasSubstr("curl")));
}

TEST(Blocks, WhatLiesStillGoesBeforeABatchSoThatItGrows) {
  std::vector<Block> blocks;
  const auto lines = blocks_of(
      "  - {firewall_rule: a, allow: {port: 80/tcp}}\n  - {file: /srv/a, content: x}\n"
      "  - {firewall_rule: b, allow: {port: 81/tcp}, requires: file /srv/a}\n",
      &blocks);
  EXPECT_THAT(lines[0][0], "write /srv/a");
  EXPECT_THAT(act_with(blocks[0], "ufw").rows, ElementsAre(0U, 2U));
}

TEST(Blocks, NothingIsMovedAcrossABarrier) {
  std::vector<Block> blocks;
  const auto lines = blocks_of(
      "  - {package: nginx}\n  - {command: c, argv: [\"true\"], always: true}\n"
      "  - {package: curl}\n  - {file: /srv/a, content: x}\n",
      &blocks);
  ASSERT_EQ(lines.size(), 1U);
  std::vector<std::string> installs;
  for (const Act& act : blocks[0].acts) {
    if (describe(act.step).find("install") == std::string::npos) continue;
    installs.push_back(std::get<holdfast::Run>(act.step).operands.at(0));
  }
  EXPECT_THAT(installs, ElementsAre("nginx", "curl"));
  EXPECT_EQ(lines[0][0].find("write"), std::string::npos);
}

TEST(Blocks, WhatSettlesIsLookedAtAsLateAsItCanBe) {
  const std::string unit =
      "  - {systemd_unit: a.service, content: \"[Service]\\nExecStart=/bin/true\\n\", state: "
      "running}\n";
  const auto lines = blocks_of(unit + "  - {firewall_rule: r, allow: {port: 80/tcp}}\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0].back(), HasSubstr("still active"));
  std::vector<Block> blocks;
  const auto needing = blocks_of(
      unit + "  - {firewall_rule: r, allow: {port: 80/tcp}, requires: systemd_unit a.service}\n",
      &blocks);
  ASSERT_EQ(needing.size(), 1U);
  EXPECT_THAT(needing[0].back(), HasSubstr("ufw"));
  EXPECT_THAT(act_with(blocks[0], "still active").rows, ElementsAre(0U));
  const auto before_barrier =
      blocks_of(unit + "  - {command: c, argv: [\"true\"], always: true}\n");
  EXPECT_THAT(before_barrier[0].back(),
              AllOf(HasSubstr("true"), testing::Not(HasSubstr("active"))));
}

TEST(Blocks, RulesAndTheFirewallTheyLeadToAreOneCallOfUfw) {
  std::vector<Block> blocks;
  const auto lines = blocks_of(
      "  - {firewall: ufw, enabled: true}\n  - {firewall_rule: a, allow: {port: 22/tcp}}\n",
      &blocks);
  ASSERT_EQ(blocks.size(), 1U);
  ASSERT_EQ(blocks[0].acts.size(), 1U) << lines[0].back();
  EXPECT_EQ(blocks[0].acts[0].rows.size(), 2U);
}

TEST(Blocks, ABatchGoesThroughEachPhaseTogether) {
  const std::string unit = "content: \"[Service]\\nExecStart=/bin/true\\n\", state: running}\n";
  const auto lines =
      blocks_of("  - {systemd_unit: a.service, " + unit + "  - {systemd_unit: b.service, " + unit);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0][0], HasSubstr("write /etc/systemd/system/a.service"));
  EXPECT_THAT(lines[0][1], HasSubstr("write /etc/systemd/system/b.service"));
  int reloads = 0;
  for (const std::string& line : lines[0])
    reloads += line.find("daemon-reload") == std::string::npos ? 0 : 1;
  EXPECT_EQ(reloads, 1);
  EXPECT_THAT(lines[0].back(), AllOf(HasSubstr("a.service"), HasSubstr("b.service")));
}

TEST(Blocks, AProbeIsABlockOfItsOwn) {
  std::vector<Block> blocks;
  const auto lines = blocks_of(
      "  - {file: /srv/a, content: x}\n  - {check: it answers, tcp: {port: 80}}\n"
      "  - {file: /srv/b, content: x}\n",
      &blocks);
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[0].by, Block::By::Host);
  EXPECT_EQ(blocks[1].by, Block::By::Probe);
  EXPECT_THAT(lines[2], ElementsAre("write /srv/b"));
}

TEST(Blocks, UndosAreNumberedUpwardsAndLastOnesDownwards) {
  Numbering numbering;
  const Step inverse = Remove{.path = "/a"};
  const Step last = holdfast::Run{.argv = {"true"}, .undo_order = holdfast::Run::UndoOrder::Last};
  const int first = numbering.next(inverse);
  const int reload = numbering.next(last);
  EXPECT_EQ(numbering.next(inverse), first + 1);
  EXPECT_EQ(numbering.next(last), reload - 1);
  EXPECT_LT(reload, first) << "after every inverse, from the highest number down";
}

}  // namespace
}  // namespace holdfast
