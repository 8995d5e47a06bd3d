#include "engine/inventory/builder.h"

#include <gtest/gtest.h>

#include "engine/inventory/vars_folders.h"

namespace holdfast {
namespace {

using Names = std::vector<std::string>;

Inventory built(InventoryBuilder& builder) {
  VarsFolders folders{std::string()};
  Diagnostics diagnostics;
  EXPECT_TRUE(builder.reconcile());
  return builder.build(folders, diagnostics);
}

TEST(InventoryBuilder, HostsWithoutAGroupAreUngrouped) {
  InventoryBuilder builder;
  ASSERT_TRUE(builder.add_group("web", {}));
  ASSERT_TRUE(builder.add_host("h1", "", 22, {}));
  ASSERT_TRUE(builder.add_host("h2", "ungrouped", {}, {}));
  ASSERT_TRUE(builder.add_host("h2", "web", {}, {}));
  ASSERT_TRUE(builder.add_host("h3", "all", 0, {}));
  const Inventory got = built(builder);
  EXPECT_EQ(got.group("ungrouped")->hosts, (Names{"h1", "h3"}));
  EXPECT_EQ(got.host("h2")->groups, Names{"web"});
  EXPECT_EQ(got.host("h1")->variables.at("ansible_port").value, Value(22));
  EXPECT_TRUE(got.host("h3")->variables.empty());
}

TEST(InventoryBuilder, ANameOfBothMeansTheGroup) {
  InventoryBuilder builder;
  ASSERT_TRUE(builder.add_group("web", {}));
  ASSERT_TRUE(builder.add_host("web", "web", {}, {}));
  ASSERT_TRUE(builder.set_variable("web", "v", {Value(1)}));
  const Inventory got = built(builder);
  EXPECT_EQ(got.group("web")->variables.at("v").value, Value(1));
  EXPECT_EQ(got.host("web")->variables.at("v").value, Value(1));
  EXPECT_EQ(got.warnings().size(), 1U);
}

TEST(InventoryBuilder, RefusesLoopsAndStrangers) {
  InventoryBuilder builder;
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(builder.add_group(name, {}));
  ASSERT_TRUE(builder.add_child("a", "b", {}));
  ASSERT_TRUE(builder.add_child("b", "c", {}));
  const auto loop = builder.add_child("c", "a", {});
  ASSERT_FALSE(loop);
  EXPECT_EQ(loop.error().code, Code::GroupLoop);
  EXPECT_NE(loop.error().message.find("(a > b > c)"), std::string::npos) << loop.error().message;
  EXPECT_EQ(builder.add_child("a", "a", {}).error().code, Code::GroupLoop);
  EXPECT_EQ(builder.add_child("a", "nobody", {}).error().code, Code::GroupUndefined);
  EXPECT_EQ(builder.set_variable("nobody", "x", {Value(1)}).error().code, Code::InventoryInvalid);
  EXPECT_EQ(builder.add_group("", {}).error().code, Code::InventoryInvalid);
  EXPECT_EQ(builder.add_host("", "", {}, {}).error().code, Code::InventoryInvalid);
}

TEST(InventoryBuilder, AllCanBeNobodysChild) {
  InventoryBuilder builder;
  ASSERT_TRUE(builder.add_group("a", {}));
  ASSERT_TRUE(builder.add_child("a", "all", {}));
  EXPECT_EQ(builder.reconcile().error().code, Code::GroupLoop);
}

TEST(InventoryBuilder, WarnsOfHostsThatFallOutOfAllGroups) {
  InventoryBuilder builder;
  ASSERT_TRUE(builder.add_group("a", {}));
  ASSERT_TRUE(builder.add_host("h1", "ungrouped", {}, {}));
  ASSERT_TRUE(builder.add_child("a", "ungrouped", {}));
  const Inventory got = built(builder);
  EXPECT_TRUE(got.members("all").empty());
  ASSERT_EQ(got.warnings().size(), 1U);
  EXPECT_NE(got.warnings()[0].message.find("'h1' is in no group"), std::string::npos);
}

TEST(InventoryBuilder, PrioritiesAreWholeNumbers) {
  InventoryBuilder builder;
  ASSERT_TRUE(builder.add_group("a", {}));
  for (const Value& good : {Value(5), Value("7"), Value(" -3 "), Value(2.9), Value(true)}) {
    EXPECT_TRUE(builder.set_variable("a", "ansible_group_priority", {good})) << good.display();
  }
  for (const Value& bad : {Value("x"), Value(), Value(""), Value("--1"), Value(ValueList{})}) {
    EXPECT_FALSE(builder.set_variable("a", "ansible_group_priority", {bad})) << bad.display();
  }
  EXPECT_EQ(built(builder).group("a")->priority, 1);
}

TEST(InventoryBuilder, AnsiblesOwnNamesReachNoHost) {
  InventoryBuilder builder;
  ASSERT_TRUE(builder.add_host("h", "", {}, {}));
  ASSERT_TRUE(builder.set_variable("h", "inventory_hostname", {Value("x")}));
  ASSERT_TRUE(builder.set_variable("h", "environment", {Value("production")}));
  const Inventory got = built(builder);
  EXPECT_EQ(got.host("h")->variables.size(), 1U);
}

}  // namespace
}  // namespace holdfast
