#include "engine/cli/inventory.h"

#include <gtest/gtest.h>

#include "engine/cli/commands.h"
#include "engine/report/exit_code.h"
#include "tests/support/fake_kinds.h"

namespace holdfast {
namespace {

Inventory fleet() {
  Diagnostics diagnostics;
  return load_inventory("h1,h2:2222", diagnostics);
}

TEST(InventoryCommand, ShowsWhatIsAskedFor) {
  const Inventory inventory = fleet();
  EXPECT_EQ(*inventory_output(inventory, InventoryView::Graph, ""),
            "@all:\n  |--@ungrouped:\n  |  |--h1\n  |  |--h2\n");
  EXPECT_EQ(*inventory_output(inventory, InventoryView::Host, "h2"),
            "{\n    \"ansible_port\": 2222\n}\n");
  EXPECT_EQ(*inventory_output(inventory, InventoryView::Host, "h1"), "{}\n");
  EXPECT_EQ(*inventory_output(inventory, InventoryView::Hosts, "h*"), "h1\nh2\n");
  EXPECT_EQ(*inventory_output(inventory, InventoryView::Hosts, "", {"h*", "!h1"}), "h2\n");
  EXPECT_NE(inventory_output(inventory, InventoryView::List, "")->find("\"_meta\""),
            std::string::npos);
}

TEST(InventoryCommand, NamesWhatIsNotThere) {
  const Inventory inventory = fleet();
  const auto group = inventory_output(inventory, InventoryView::Graph, "ungruoped");
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().hint, "did you mean 'ungrouped'?");
  EXPECT_EQ(inventory_output(inventory, InventoryView::Host, "all").error().code,
            Code::PatternUnmatched);
  EXPECT_EQ(inventory_output(inventory, InventoryView::Host, "h3").error().code,
            Code::PatternUnmatched);
}

TEST(InventoryCommand, RefusesWhatItWouldNotHeed) {
  const auto code = [](const char* view, std::vector<std::string> arguments,
                       std::vector<std::string> limit) {
    Options options;
    options.inventory = "h1,h2";
    options.format = view;
    options.arguments = std::move(arguments);
    options.limit = std::move(limit);
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    const int out = inventory_command(options, fake_kinds());
    testing::internal::GetCapturedStdout();
    testing::internal::GetCapturedStderr();
    return static_cast<Exit>(out);
  };
  EXPECT_EQ(code("list", {}, {"h1"}), Exit::Usage);
  EXPECT_EQ(code("graph", {}, {"h1"}), Exit::Usage);
  EXPECT_EQ(code("", {"h1"}, {}), Exit::Usage);
  EXPECT_EQ(code("hosts", {"h1", "h2"}, {}), Exit::Usage);
  EXPECT_EQ(code("", {}, {}), Exit::Done);
  EXPECT_EQ(code("host", {"h1"}, {}), Exit::Done);
  EXPECT_EQ(code("hosts", {"h1"}, {"h1"}), Exit::Done);
}

}  // namespace
}  // namespace holdfast
