#include "engine/graph/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/report/error_text.h"
#include "resources/registry.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// The graph of a manifest's real resources.
struct Drawn {
  explicit Drawn(const std::string& manifest) : site(all_kinds()) {
    site.write("manifests/site.yaml", manifest);
    declarations = site.expand().declarations;
    EXPECT_EQ(site.errors(), "");
    graph = Graph::build(declarations, all_kinds(), {}, diagnostics);
  }
  std::string name(std::size_t node) const {
    return declarations[node].host + " " + declarations[node].resource.address();
  }
  std::vector<std::string> order() const {
    std::vector<std::string> out;
    for (const std::size_t node : graph.order()) out.push_back(name(node));
    return out;
  }
  /// "h1 user a > h1 file /a: needs user:a".
  std::vector<std::string> edges() const {
    std::vector<std::string> out;
    for (const Edge& edge : graph.edges())
      out.push_back(name(edge.from) + " > " + name(edge.to) + ": " + edge.reason);
    return out;
  }

  Site site;
  std::vector<Declaration> declarations;
  Diagnostics diagnostics;
  Graph graph;
};

TEST(Graph, AFileComesAfterItsFolderOwnerAndGroup) {
  const Drawn drawn(R"(
hosts: h1
resources:
  - {file: /srv/app/a, content: x, owner: bob, group: staff}
  - {directory: /srv/app}
  - {user: bob}
  - {group: staff}
)");
  EXPECT_THAT(drawn.edges(), UnorderedElementsAre(
                                 "h1 directory /srv/app > h1 file /srv/app/a: needs path:/srv/app",
                                 "h1 user bob > h1 file /srv/app/a: needs user:bob",
                                 "h1 group staff > h1 file /srv/app/a: needs group:staff"));
  EXPECT_THAT(drawn.order(), ElementsAre("h1 directory /srv/app", "h1 user bob", "h1 group staff",
                                         "h1 file /srv/app/a"));
}

TEST(Graph, ALinkComesAfterItsTargetAndAUnitAfterItsFiles) {
  const Drawn drawn(R"(
hosts: h1
resources:
  - {symlink: /srv/current, target: /srv/v1}
  - {directory: /srv/v1}
  - {systemd_unit: app.service, state: running}
  - {file: /etc/systemd/system/app.service, content: "[Unit]"}
)");
  EXPECT_THAT(drawn.order(), ElementsAre("h1 directory /srv/v1", "h1 symlink /srv/current",
                                         "h1 file /etc/systemd/system/app.service",
                                         "h1 systemd_unit app.service"));
}

TEST(Graph, TheFilesOrderRanksAndIsNoDependency) {
  const Drawn drawn(R"(
hosts: h1
resources:
  - {file: /srv/c, content: x}
  - {file: /srv/a, content: x, before: file /srv/b}
  - {file: /srv/b, content: x}
)");
  EXPECT_THAT(drawn.edges(), ElementsAre("h1 file /srv/a > h1 file /srv/b: before"));
  EXPECT_THAT(drawn.order(), ElementsAre("h1 file /srv/c", "h1 file /srv/a", "h1 file /srv/b"));
}

TEST(Graph, WhatGoesIsTurnedRound) {
  const Drawn drawn(R"(
hosts: h1
resources:
  - {directory: /srv/app, ensure: absent}
  - {file: /srv/app/a, ensure: absent}
  - {file: /srv/b, content: x, requires: file /srv/c}
  - {file: /srv/c, ensure: absent}
)");
  EXPECT_THAT(drawn.order(), ElementsAre("h1 file /srv/app/a", "h1 directory /srv/app",
                                         "h1 file /srv/b", "h1 file /srv/c"));
}

TEST(Graph, EdgesGoAcrossHostsOnlyWhereTheyAreStated) {
  const Drawn drawn(R"(
hosts: web
resources:
  - {directory: /srv/app}
---
manifest: of-h1
hosts: h1
resources:
  - {file: /srv/app/a, content: x, requires: [{on: h2, resource: directory /srv/app}]}
)");
  EXPECT_THAT(
      drawn.edges(),
      UnorderedElementsAre("h2 directory /srv/app > h1 file /srv/app/a: requires",
                           "h1 directory /srv/app > h1 file /srv/app/a: needs path:/srv/app"));
}

TEST(Graph, ACycleIsShownWholeWithItsLines) {
  const Drawn drawn(R"(
hosts: h1
resources:
  - {file: /srv/a, content: x, requires: file /srv/c}
  - {file: /srv/b, content: x, requires: file /srv/a}
  - {file: /srv/c, content: x, requires: file /srv/b}
  - {file: /srv/d, content: x}
)");
  ASSERT_EQ(drawn.diagnostics.errors().size(), 1U);
  const Error& error = drawn.diagnostics.errors()[0];
  EXPECT_EQ(error.code, Code::DependencyCycle);
  EXPECT_EQ(error.message,
            "these resources wait for one another: h1 file /srv/a -> h1 file /srv/b -> "
            "h1 file /srv/c -> h1 file /srv/a");
  ASSERT_EQ(error.notes.size(), 3U);
  EXPECT_EQ(error.notes[0].message, "h1 file /srv/a goes before h1 file /srv/b (requires)");
  for (const Note& note : error.notes) EXPECT_TRUE(note.where.known());
  const std::string text = errors_text(drawn.diagnostics, false);
  for (const char* place : {"site.yaml:4:42", "site.yaml:5:42", "site.yaml:6:42"}) {
    EXPECT_THAT(text, HasSubstr(place));
  }
  EXPECT_THAT(drawn.graph.order(), IsEmpty());
}

TEST(Graph, EachKnotIsToldWithOneCycle) {
  const Drawn drawn(R"(
hosts: h1
resources:
  - {file: /srv/a, content: x, requires: file /srv/b}
  - {file: /srv/b, content: x, requires: [file /srv/a, file /srv/c]}
  - {file: /srv/c, content: x, requires: file /srv/b}
  - {file: /srv/d, content: x, requires: file /srv/e}
  - {file: /srv/e, content: x, requires: file /srv/d}
)");
  ASSERT_EQ(drawn.diagnostics.errors().size(), 2U);
  EXPECT_THAT(drawn.diagnostics.errors()[0].message, HasSubstr("h1 file /srv/a -> h1 file /srv/b"));
  EXPECT_THAT(drawn.diagnostics.errors()[1].message, HasSubstr("h1 file /srv/d -> h1 file /srv/e"));
}

TEST(Graph, ReferencesToNothingAndToItselfAreErrors) {
  const Drawn drawn(R"(
hosts: h1
resources:
  - {file: /srv/a, content: x, requires: [file /srv/bb, file /srv/a]}
  - {file: /srv/b, content: x}
)");
  ASSERT_EQ(drawn.diagnostics.errors().size(), 2U);
  EXPECT_EQ(drawn.diagnostics.errors()[0].message, "no resource 'file /srv/bb' on h1");
  EXPECT_THAT(drawn.diagnostics.errors()[0].hint, HasSubstr("file /srv/b"));
  EXPECT_EQ(drawn.diagnostics.errors()[1].message, "file /srv/a waits for itself on h1");
}

TEST(Graph, AReferenceToWhatAModuleHasSaysWhatItIsCalled) {
  Diagnostics diagnostics;
  std::vector<Declaration> declarations(2);
  declarations[0].host = declarations[1].host = "h1";
  declarations[0].resource.path = "second/";
  declarations[0].resource.kind = declarations[1].resource.kind = "file";
  declarations[0].resource.name = "/srv/a";
  declarations[1].resource.name = "/srv/b";
  declarations[1].requires_ = {{.address = "file /srv/a"}};
  Graph::build(declarations, Registry(), {}, diagnostics);
  ASSERT_TRUE(diagnostics.failed());
  EXPECT_EQ(diagnostics.errors()[0].hint, "of a module: 'second/file /srv/a'");
}

TEST(Graph, IsDrawnInBothLanguages) {
  const Drawn drawn(R"(
hosts: web
resources:
  - {file: '/srv/a"b', content: x}
---
manifest: of-h1
hosts: h1
resources:
  - {file: /srv/c, content: x, requires: [{on: h2, resource: 'file /srv/a"b'}]}
)");
  EXPECT_EQ(graph_dot(drawn.graph, drawn.declarations),
            "digraph holdfast {\n  rankdir=LR;\n  node [shape=box];\n"
            "  subgraph cluster_0 {\n    label=\"h1\";\n"
            "    n0 [label=\"file /srv/a&quot;b\"];\n    n1 [label=\"file /srv/c\"];\n  }\n"
            "  subgraph cluster_1 {\n    label=\"h2\";\n"
            "    n2 [label=\"file /srv/a&quot;b\"];\n  }\n"
            "  n2 -> n1 [label=\"requires\"];\n}\n");
  EXPECT_EQ(
      graph_mermaid(drawn.graph, drawn.declarations),
      "flowchart LR\n"
      "  subgraph h0[\"h1\"]\n    n0[\"file /srv/a&quot;b\"]\n    n1[\"file /srv/c\"]\n  end\n"
      "  subgraph h1[\"h2\"]\n    n2[\"file /srv/a&quot;b\"]\n  end\n"
      "  n2 -->|\"requires\"| n1\n");
}

}  // namespace
}  // namespace holdfast
