#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/inventory/inventory.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

Inventory inventory_of(const std::string& text) {
  const TempFolder folder;
  Diagnostics diagnostics;
  Inventory out = load_inventory(folder.write("hosts.yml", text), diagnostics);
  EXPECT_FALSE(diagnostics.failed());
  return out;
}

TEST(InventoryOutput, ListIsWrittenAsAnsibleWritesIt) {
  const Inventory inventory =
      inventory_of("web:\n  hosts: {w1: {b: [1, 2.0], a: ''}, w2: {e: {}, f: []}}\n");
  EXPECT_EQ(inventory_list_json(inventory), R"({
    "_meta": {
        "hostvars": {
            "w1": {
                "a": "",
                "b": [
                    1,
                    2.0
                ]
            },
            "w2": {
                "e": {},
                "f": []
            }
        }
    },
    "all": {
        "children": [
            "ungrouped",
            "web"
        ]
    },
    "web": {
        "hosts": [
            "w1",
            "w2"
        ]
    }
})");
}

TEST(InventoryOutput, NothingIsForgedInATerminal) {
  const Inventory inventory = inventory_of(R"(all: {hosts: {h1: {x: "a\e[31m\n\u202E\t\"\\é😀"}}})"
                                           "\n");
  const std::string text = inventory_list_json(inventory);
  EXPECT_NE(text.find(R"("a\u001b[31m\n\u202e\t\"\\é😀")"), std::string::npos) << text;
  const auto parsed = nlohmann::json::parse(text);
  EXPECT_EQ(parsed["_meta"]["hostvars"]["h1"]["x"], "a\x1b[31m\n\u202e\t\"\\é😀");
}

TEST(InventoryOutput, NumbersAreWrittenAsPythonDoes) {
  const Inventory inventory = inventory_of(
      "all: {hosts: {h1: {a: 100.0, b: 1.0e+16, c: 1.0e-5, d: 0.1, e: .inf, f: -.inf, g: "
      ".nan}}}\n");
  const std::string text = inventory_host_json(*inventory.host("h1"));
  for (const char* part : {"\"a\": 100.0", "\"b\": 1e+16", "\"c\": 1e-05", "\"d\": 0.1",
                           "\"e\": Infinity", "\"f\": -Infinity", "\"g\": NaN"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

TEST(InventoryOutput, GraphIsATree) {
  const Inventory inventory = inventory_of(
      "site: {children: {web: {hosts: {w1: }}}, hosts: {s1: }}\nall: {hosts: {lone: }}\n");
  EXPECT_EQ(inventory_graph(inventory),
            "@all:\n"
            "  |--@ungrouped:\n"
            "  |  |--lone\n"
            "  |--@site:\n"
            "  |  |--@web:\n"
            "  |  |  |--w1\n"
            "  |  |--s1");
  EXPECT_EQ(inventory_graph(inventory, "web"), "@web:\n  |--w1");
  EXPECT_EQ(inventory_graph(inventory, "none"), "");
}

TEST(InventoryOutput, AHugeTreeIsCut) {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    const std::string next = std::to_string(i + 1);
    text += "a" + std::to_string(i) + ": {children: {a" + next + ": , b" + next + ": }}\n";
    text += "b" + std::to_string(i) + ": {children: {a" + next + ": , b" + next + ": }}\n";
  }
  const std::string graph = inventory_graph(inventory_of(text));
  EXPECT_LT(graph.size(), 64U << 20);
  EXPECT_NE(graph.find("(cut:"), std::string::npos);
}

TEST(InventoryOutput, MembersComeInInventoryOrder) {
  const Inventory inventory = inventory_of(
      "db: {hosts: {d1: }}\ntop: {hosts: {t1: , d1: }, children: {db: , sub: {hosts: {s1: }}}}\n");
  EXPECT_EQ(inventory.members("top"), (std::vector<std::string>{"d1", "t1", "s1"}));
  EXPECT_EQ(inventory.members_by_level("top"), (std::vector<std::string>{"t1", "d1", "s1"}));
  EXPECT_TRUE(inventory.members("none").empty());
  EXPECT_EQ(inventory.host("none"), nullptr);
}

}  // namespace
}  // namespace holdfast
