#include <gtest/gtest.h>

#include "resources/registry.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

const Row* row_of(const Plan& plan, const std::string& address) {
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    if (plan.declarations[i].resource.address() == address) return &plan.rows[i];
  }
  return nullptr;
}

std::string manifest(const std::string& rest) {
  return "manifest: site\nhosts: h1\nresources:\n  - firewall: ufw\n    incoming: deny\n" + rest;
}

TEST(WayIn, LooksAtWhatElseIsStatedForTheHost) {
  using V = WayIn::Verdict;
  Fleet fleet(manifest(""));
  const Plan alone = fleet.plan();
  ASSERT_TRUE(row_of(alone, "firewall ufw")->effects.way_in);
  EXPECT_EQ(row_of(alone, "firewall ufw")->effects.way_in->verdict, V::Shut);
  const std::string rule = "  - firewall_rule: ssh\n    allow: {port: 22/tcp}\n";
  fleet.manifest(manifest(rule));
  EXPECT_EQ(row_of(fleet.plan(), "firewall ufw")->effects.way_in->verdict, V::Open);
  // What it needs comes with it.
  const Plan aimed = fleet.plan({.targets = {"firewall ufw"}, .judge_orphans = false});
  EXPECT_EQ(row_of(aimed, "firewall ufw")->effects.way_in->verdict, V::Open);
  // What will not be made is no help.
  fleet.manifest(manifest("    tags: [wall]\n" + rule));
  const Plan without = fleet.plan({.tags = {"wall"}, .judge_orphans = false});
  EXPECT_EQ(row_of(without, "firewall ufw")->effects.way_in->verdict, V::Shut);
  fleet.manifest(manifest(rule + "    audit: true\n"));
  EXPECT_EQ(row_of(fleet.plan(), "firewall ufw")->effects.way_in->verdict, V::Shut);
}

TEST(WayIn, IsSaidOfChangesOnly) {
  Fleet fleet(manifest("  - firewall_rule: ssh\n    allow: {port: 22/tcp}\n"));
  fleet.settle();
  EXPECT_FALSE(row_of(fleet.plan(), "firewall ufw")->effects.way_in);
}

std::vector<std::string> problems(const std::string& resource, const std::string& file = {}) {
  Site site(all_kinds());
  site.write("manifests/site.yaml", "manifest: site\nhosts: h1\nresources:\n" + resource);
  if (!file.empty()) {
    site.write("manifests/files/rules.nft", file);
    site.write("manifests/templates/rules.nft", file);
  }
  site.expand();
  std::vector<std::string> out;
  for (const Error& error : site.diagnostics.errors()) out.push_back(error.where.text());
  return out;
}

TEST(PlacedText, IsBlamedWhereItWasWritten) {
  using Places = std::vector<std::string>;
  const std::string head = "  - nftables: inet guard\n    ";
  EXPECT_EQ(problems(head + "content: |\n      define a = 1\n      table inet x {\n      }\n"),
            Places{"manifests/site.yaml:7:7"});
  EXPECT_EQ(problems(head + "content: |\n      # {{ inventory_hostname }}\n      table inet x {\n"
                            "      }\n"),
            Places{"manifests/site.yaml:7:7"});
  EXPECT_EQ(problems(head + "source: rules.nft\n", "define a = 1\n\ntable inet x {\n}\n"),
            Places{"manifests/files/rules.nft:3:1"});
  EXPECT_EQ(
      problems(head + "template: rules.nft\n", "# {{ inventory_hostname }}\ntable inet x {\n}\n"),
      Places{"manifests/templates/rules.nft:2:1"});
  // Rendering made lines: only the attribute is sure.
  EXPECT_EQ(problems(head + "template: rules.nft\n",
                     "{% for i in [1, 2] %}\n# {{ i }}\n{% endfor %}\ntable inet x {\n}\n"),
            Places{"manifests/site.yaml:5:15"});
  EXPECT_EQ(problems(head + "content: \"flush ruleset\"\n"), Places{"manifests/site.yaml:5:14"});
}

}  // namespace
}  // namespace holdfast
