#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::ElementsAre;

constexpr const char* kExporter = R"(
inputs:
  port: {type: port, default: 9101, doc: TCP port, check: port > 1024}
  every: {type: duration, default: 30s}
  words: {type: list(text), default: []}
vars:
  url: http://{{ inventory_hostname }}:{{ port }}
resources:
  - note: /etc/exporter-{{ port }}
    content: "{{ url }} every {{ every }} {{ words | join('+') }}"
  - daemon: exporter-{{ port }}
    restart_on: ["note /etc/exporter-{{ port }}"]
    grace: "{{ every }}"
)";

TEST(Modules, AreUsedWithInputs) {
  Site site(R"(
hosts: h1
resources:
  - use: exporter
  - use: exporter
    with: {port: 9102, every: 5m, words: [a, "{{ inventory_hostname }}"]}
    as: second
    tags: [x]
)");
  site.write("manifests/exporter.yaml", kExporter);
  const Catalog catalog = site.expand();
  EXPECT_EQ(site.errors(), "");
  EXPECT_EQ(summary(catalog),
            "h1 note /etc/exporter-9101 {\"content\":\"http://h1:9101 every 30s \"}\n"
            "h1 daemon exporter-9101 {\"grace\":30.0,\"running\":true}\n"
            "h1 second/note /etc/exporter-9102 {\"content\":\"http://h1:9102 every 5m a+h1\"}\n"
            "h1 second/daemon exporter-9102 {\"grace\":300.0,\"running\":true}\n");
  const Declaration& second = found(catalog, "h1", "second/daemon exporter-9102");
  EXPECT_EQ(second.restart_on.at(0).address, "note /etc/exporter-9102");
  EXPECT_THAT(second.tags, ElementsAre("x"));
  EXPECT_EQ(second.owner.manifest, "site") << "a module owns nothing";
}

TEST(Modules, AreLookedForBesideAndInTheModulePath) {
  Site site("hosts: h1\nresources:\n  - use: a\n  - use: b\n  - use: parts/c.yaml\n");
  site.write("manifests/a.yaml", "resources: [{note: /a}]\n");
  site.write("shared/b.yaml", "resources: [{note: /b}, {use: d}]\n");
  site.write("shared/d.yaml", "resources: [{note: /d}]\n");
  site.write("manifests/parts/c.yaml", "resources: [{note: /c}]\n");
  EXPECT_EQ(summary(site.expand()), "h1 note /a {}\nh1 note /b {}\nh1 note /d {}\nh1 note /c {}\n");
  EXPECT_EQ(site.errors(), "");
}

TEST(Modules, OneWrongInputIsOneError) {
  Site site(R"(
hosts: h1
resources:
  - use: exporter
    as: first
    with: {port: 99999}
  - use: exporter
    as: second
    with: {port: x, words: 3}
)");
  site.write("manifests/exporter.yaml",
             "inputs:\n  port: {type: port}\n  words: {type: list(text), default: []}\n"
             "resources:\n  - note: /n-{{ port }}\n    content: '{{ port + 1 }}'\n"
             "  - note: /w-{{ item }}\n    for_each: '{{ words }}'\n");
  site.expand();
  EXPECT_THAT(site.diagnostics.errors(), testing::SizeIs(3)) << site.errors();
}

TEST(Modules, AnInputsValueHasAPrecedence) {
  const char* module = "inputs: {x: {type: text, default: d}}\nresources: [{note: '/{{ x }}'}]\n";
  const auto value = [&](const std::string& with, const std::string& vars, const std::string& set) {
    Site site("hosts: h1\nresources: [{use: m" + with + "}]\n");
    site.write("manifests/m.yaml", module);
    site.write("inventory.yaml", "all: {hosts: {h1: {" + vars + "}}}\n");
    if (!set.empty()) site.options.set["x"] = set;
    const std::string out = summary(site.expand());
    EXPECT_EQ(site.errors(), "");
    return out;
  };
  EXPECT_EQ(value("", "", ""), "h1 note /d {}\n");
  EXPECT_EQ(value("", "x: host", ""), "h1 note /host {}\n");
  EXPECT_EQ(value("", "x: host", "set"), "h1 note /set {}\n");
  EXPECT_EQ(value(", with: {x: given}", "x: host", "set"), "h1 note /given {}\n");
  EXPECT_EQ(value("", "x: '{{ y }}', y: through", ""), "h1 note /through {}\n");
  EXPECT_EQ(value("", "x: ", ""), "h1 note /d {}\n") << "empty is no value";
  EXPECT_EQ(value(", with: {x: }", "x: host", ""), "h1 note /host {}\n");
}

TEST(Modules, AnEmptyVariableIsNoValueOfAnInput) {
  Site site(
      "hosts: h1\ninputs: {x: {type: host}, y: {type: any}}\n"
      "resources: [{note: /a, content: \"{{ x }}\"}]\n");
  site.write("inventory.yaml", "all: {hosts: {h1: {x: , y: '{{ z }}', z: }}}\n");
  site.expand();
  ASSERT_EQ(site.problems().size(), 1U) << site.errors();
  EXPECT_THAT(site.problems()[0], testing::HasSubstr("input 'x' of 'site' has no value on h1"));
  EXPECT_THAT(site.errors(), testing::HasSubstr("this variable is empty"));
}

TEST(Modules, VariablesHaveAPrecedenceAndAreLazy) {
  Site site(R"(
hosts: h1
vars: {x: vars, a: "{{ b }}", b: "{{ c }}", c: deep, unused: "{{ nobody_knows }}"}
resources:
  - note: /{{ x }}/{{ a }}/{{ only }}
)");
  site.write("inventory.yaml", "all: {hosts: {h1: {x: host, only: host}}}\n");
  EXPECT_EQ(summary(site.expand()), "h1 note /vars/deep/host {}\n");
  EXPECT_EQ(site.errors(), "");
  site.options.set["x"] = "set";
  EXPECT_EQ(summary(site.expand()), "h1 note /set/deep/host {}\n");
}

TEST(Modules, SeeTheirHostNotTheirUser) {
  Site site("hosts: h1\nvars: {secret_of_site: 1}\nresources: [{use: m}]\n");
  site.write("manifests/m.yaml", "resources: [{note: '/{{ secret_of_site }}'}]\n");
  site.expand();
  ASSERT_EQ(site.problems().size(), 1U);
  EXPECT_THAT(site.problems()[0], testing::HasSubstr("'secret_of_site' is not defined on h1"));
  EXPECT_THAT(site.errors(), testing::HasSubstr("note: manifests/site.yaml:3:14: used here"));
}

TEST(Modules, NestedUsesNestTheirPaths) {
  Site site(
      "hosts: h1\nresources:\n  - use: a\n    as: x\n  - use: a\n    as: y\n    with: {n: 2}\n");
  site.write("manifests/a.yaml",
             "inputs: {n: {type: int, default: 1}}\nresources: [{use: b, as: in, with: {n: '{{ n "
             "}}'}}]\n");
  site.write("manifests/b.yaml", "inputs: {n: {type: int}}\nresources: [{note: '/{{ n }}'}]\n");
  EXPECT_EQ(summary(site.expand()), "h1 x/in/note /1 {}\nh1 y/in/note /2 {}\n");
  EXPECT_EQ(site.errors(), "");
}

TEST(Modules, OneThingHasOneOwnerWhateverThePath) {
  Site site("hosts: h1\nresources:\n  - use: m\n    as: a\n  - use: m\n    as: b\n");
  site.write("manifests/m.yaml", "resources: [{note: /x}]\n");
  site.expand();
  EXPECT_THAT(site.problems(),
              ElementsAre("manifests/m.yaml:1:14: b/note /x is declared twice on h1, also as "
                          "a/note /x"));
}

TEST(Modules, WhySaysWhereAValueComesFrom) {
  Site site("hosts: all\ninputs: {port: {type: port, default: 1}}\nvars: {v: 5}\n");
  site.write("inventory.yaml",
             "all:\n  vars: {port: 2, other: 7}\n  hosts:\n    h1: {port: 3}\n    h2:\n");
  const ManifestSet set = site.load();
  const Inventory inventory = site.inventory();
  EXPECT_EQ(site.errors(), "");
  const std::string file = site.folder() + "/inventory.yaml";
  EXPECT_EQ(*set.why(inventory, "h1", "port"),
            "3  by variable of h1, " + file + ":4\n2  by variable of group all, " + file +
                ":2\n1  by default of an input of site, manifests/site.yaml:2\n");
  EXPECT_EQ(*set.why(inventory, "h2", "other"), "7  by variable of group all, " + file + ":2\n");
  EXPECT_EQ(*set.why(inventory, "h2", "v"), "5  by vars of site, manifests/site.yaml:3\n");
  EXPECT_EQ(set.why(inventory, "h1", "prot").error().hint, "did you mean 'port'?");
  EXPECT_EQ(set.why(inventory, "h9", "port").error().message, "there is no host 'h9'");
}

}  // namespace
}  // namespace holdfast
