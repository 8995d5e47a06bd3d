#include "engine/cli/inventory.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace holdfast
