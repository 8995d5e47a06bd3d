#include "engine/manifest/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Manifest, TypesComeFromTheSchema) {
  Site site(R"(
hosts: h1
resources:
  - note: /etc//motd/
    content: NO
    mode: 0644
    owner: 1.10
  - daemon: web
    running: off
    memory: 10MiB
    allow: {port: 80, from: h3}
)");
  EXPECT_EQ(summary(site.expand()),
            "h1 note /etc/motd {\"content\":\"NO\",\"mode\":\"0644\",\"owner\":\"1.10\"}\n"
            "h1 daemon web {\"running\":false,\"memory\":10485760,\"allow\":{\"port\":80,\"from\":"
            "\"h3\"},\"grace\":30.0}\n");
  EXPECT_EQ(site.errors(), "");
}

TEST(Manifest, KindFormInAnyOrderIsTheSame) {
  Site site(R"(
hosts: h1
resources:
  - {content: x, kind: note, mode: "644", name: /a}
  - {kind: block, name: b, resources: [{name: w, grace: ~, kind: daemon}]}
)");
  EXPECT_EQ(summary(site.expand()),
            "h1 note /a {\"content\":\"x\",\"mode\":\"0644\"}\nh1 daemon w {\"running\":true}\n");
  EXPECT_EQ(site.errors(), "");
}

TEST(Manifest, TellsWhichSecretsTheCommandLineGave) {
  Site site(
      "hosts: h1\ninputs:\n  token: {secret: true}\n  key: {secret: true, default: k}\n"
      "  port: {type: int}\nresources: []\n");
  site.options.set = {{"token", "t"}, {"port", "1"}};
  EXPECT_THAT(site.load().secrets_set(), ElementsAre("token"));
}

TEST(Manifest, AnEmptyKeyOfAMappingIsNoDecision) {
  const auto problems = [](const std::string& from) {
    Site site(
        "hosts: h1\nvars: {nobody: }\nresources:\n  - daemon: d\n    allow: {port: 80, from: " +
        from + "}\n");
    site.expand();
    return site.problems();
  };
  for (const char* empty :
       {"\"{{ nobody }}\"", "\"{{ nobody if nobody is not none else nobody }}\"", "", "~"}) {
    EXPECT_THAT(problems(empty),
                ElementsAre(HasSubstr("'from' in 'allow' of daemon 'd' needs a host name or an "
                                      "address, not nothing")))
        << empty;
  }
  EXPECT_THAT(problems("\"{{ nobody if nobody else none }}\""), IsEmpty()) << "on purpose";
}

TEST(Manifest, NullIsNotManaged) {
  Site site("hosts: h1\nresources:\n  - note: /a\n    content: ~\n    owner: null\n    mode:\n");
  EXPECT_EQ(summary(site.expand()), "h1 note /a {}\n");
  EXPECT_EQ(site.errors(), "");
}

TEST(Manifest, CommonAttributesAreRead) {
  Site site(R"(
hosts: h1
on_failure: stop
resources:
  - note: /a
  - daemon: web
    as: w
    tags: [one, two]
    requires: note //a
    before: {on: web, resource: note /a}
    restart_on: [note /a]
    reload_on: note /a
    on_failure: rollback_all
    protect: yes
    sensitive: true
    rollback: never
    audit: on
    was: old
    timeout: 90s
    trust_facts: [h3]
)");
  const Catalog catalog = site.expand();
  EXPECT_EQ(site.errors(), "");
  const Declaration& d = found(catalog, "h1", "daemon web");
  EXPECT_EQ(d.alias, "w");
  EXPECT_THAT(d.tags, ElementsAre("one", "two"));
  ASSERT_EQ(d.requires_.size(), 1U);
  EXPECT_EQ(d.requires_[0].address, "note /a") << "normalised as the kind does it";
  EXPECT_FALSE(d.requires_[0].host);
  ASSERT_EQ(d.before.size(), 2U) << "a group stands for its hosts";
  EXPECT_EQ(d.before[0].host, "h1");
  EXPECT_EQ(d.before[1].host, "h2");
  EXPECT_EQ(d.restart_on.size(), 1U);
  EXPECT_EQ(d.reload_on.size(), 1U);
  EXPECT_EQ(d.on_failure, FailurePolicy::RollbackAll);
  EXPECT_TRUE(d.protect && d.resource.sensitive && d.keep && d.audit);
  EXPECT_EQ(d.was, "old");
  EXPECT_EQ(d.timeout, std::chrono::seconds(90));
  EXPECT_THAT(d.trust_facts, ElementsAre("h3"));
  EXPECT_EQ(catalog.on_failure.at("site"), FailurePolicy::Stop);
  EXPECT_EQ(d.owner.text(), "demo/test/site on h1");
  EXPECT_EQ(d.rank, 1);
}

TEST(Manifest, AbsentNeedsNoMoreThanItsName) {
  Site site("hosts: h1\nresources:\n  - note: /a\n    ensure: absent\n");
  EXPECT_EQ(summary(site.expand()), "h1 note /a {} absent\n");
}

TEST(Manifest, OneOrderForAllHosts) {
  Site site(
      "manifest: b\nhosts: web\nresources:\n  - note: /b\n---\nmanifest: a\nhosts: [h2, h3]\n"
      "resources:\n  - note: /a\n");
  const Catalog catalog = site.expand();
  EXPECT_EQ(summary(catalog), "h1 note /b {}\nh2 note /b {}\nh2 note /a {}\nh3 note /a {}\n");
  EXPECT_THAT(catalog.hosts, ElementsAre("h1", "h2", "h3"));
  std::vector<std::string> owners;
  for (const Owner& owner : catalog.owners) owners.push_back(owner.text());
  EXPECT_THAT(owners, ElementsAre("demo/test/b on h1", "demo/test/a on h1", "demo/test/b on h2",
                                  "demo/test/a on h2", "demo/test/a on h3", "demo/test/b on h3"))
      << "that a manifest wants nothing of a host is known, too";
  EXPECT_THAT(catalog.inputs, ElementsAre("manifests/site.yaml"));
}

TEST(Manifest, LimitLeavesOnlyItsHosts) {
  Site site("hosts: all\nresources:\n  - note: /a\n");
  site.options.limit = {"h3", "h1"};
  EXPECT_THAT(site.expand().hosts, ElementsAre("h1", "h3"));
  site.options.limit = {"web", "!h1"};
  EXPECT_THAT(site.expand().hosts, ElementsAre("h2"));
  EXPECT_EQ(site.errors(), "");
  Site nobody("hosts: web\nresources:\n  - note: /a\n");
  nobody.options.limit = {"h3"};
  EXPECT_THAT(nobody.expand().hosts, IsEmpty());
  EXPECT_THAT(nobody.problems(), ElementsAre("--limit 'h3' leaves no host of these manifests"));
}

TEST(Manifest, BlocksHandDownWhatTheyShare) {
  Site site(R"(
hosts: h1
resources:
  - block: outer
    tags: [a]
    requires: note /first
    audit: true
    resources:
      - block: inner
        tags: [b]
        when: "inventory_hostname == 'h1'"
        resources:
          - note: /x
            tags: [c]
            audit: false
      - note: /y
        when: "inventory_hostname == 'h2'"
)");
  const Catalog catalog = site.expand();
  EXPECT_EQ(site.errors(), "");
  EXPECT_EQ(catalog.declarations.size(), 1U);
  const Declaration& d = found(catalog, "h1", "note /x");
  EXPECT_THAT(d.tags, ElementsAre("a", "b", "c"));
  EXPECT_EQ(d.requires_.size(), 1U);
  EXPECT_FALSE(d.audit) << "the nearest says it";
}

TEST(Manifest, ForEachTakesListsAndMaps) {
  Site site(R"(
hosts: h1
vars:
  users: {bob: {shell: sh}, eve: {shell: zsh}}
  nothing: []
resources:
  - note: /list/{{ item }}
    for_each: [a, b]
    content: "{{ index }}"
  - note: /map/{{ item.key }}
    for_each: "{{ users }}"
    content: "{{ item.value.shell }}"
  - note: /none/{{ item }}
    for_each: "{{ nothing }}"
  - block: each
    for_each: [1, 2]
    resources:
      - note: /block/{{ item }}
        when: item > 1
)");
  EXPECT_EQ(summary(site.expand()),
            "h1 note /list/a {\"content\":\"0\"}\nh1 note /list/b {\"content\":\"1\"}\n"
            "h1 note /map/bob {\"content\":\"sh\"}\nh1 note /map/eve {\"content\":\"zsh\"}\n"
            "h1 note /block/2 {}\n");
  EXPECT_EQ(site.errors(), "");
  EXPECT_EQ(site.warnings(), "");
}

TEST(Manifest, AnIndexInANameIsAWarning) {
  Site site("hosts: h1\nresources:\n  - note: /n/{{ index }}\n    for_each: [a]\n");
  site.expand();
  EXPECT_EQ(site.errors(), "");
  EXPECT_THAT(site.warnings(),
              HasSubstr("site.yaml:3:11: warning: the name of this note comes from "
                        "its place in a list  [HF2023]"));
}

TEST(Manifest, AFactThatNoHostReportsIsNoFact) {
  Site site(R"(
hosts: h1
resources:
  - note: /a
    content: "{{ facts.os.nmae }}"
  - note: /b
    when: facts.hostnam == 'a'
  - note: /c
    content: "{{ facts.default_ipv4.address }} {{ facts.codename | default('') }}"
)");
  site.expand();
  EXPECT_THAT(site.errors(), HasSubstr("nmae"));
  EXPECT_THAT(site.errors(), HasSubstr("hostnam"));
  EXPECT_THAT(site.errors(), testing::Not(HasSubstr("codename")));
}

TEST(Manifest, WhatIsNotKnownIsUnknownAndNoError) {
  Site site(R"(
hosts: web
resources:
  - note: /a
    when: facts.os.id == 'debian'
    content: "{{ facts.hostname }}"
  - note: /{{ facts.hostname }}
  - daemon: d
    workers: "{{ facts.cpus }}"
  - note: /each/{{ item }}
    for_each: "{{ facts.addresses }}"
)");
  site.facts["h2"] = ValueMap();
  ValueMap os;
  os.set("id", "debian");
  ValueMap facts;
  facts.set("os", os);
  facts.set("hostname", "two");
  facts.set("cpus", 4);
  facts.set("addresses", ValueList{"10.0.0.2"});
  site.facts["h2"] = facts;
  const Catalog catalog = site.expand();
  EXPECT_EQ(site.errors(), "");
  EXPECT_EQ(summary(catalog),
            "h1 note /a {\"content\":\"(unknown: facts of h1)\"} when facts of h1\n"
            "h1 note /{{ facts.hostname }} {} when facts of h1\n"
            "h1 daemon d {\"workers\":\"(unknown: facts of h1)\",\"running\":true,\"grace\":30.0}\n"
            "h1 note /each/{{ item }} {} when facts of h1\n"
            "h2 note /a {\"content\":\"two\"}\nh2 note /two {}\n"
            "h2 daemon d {\"workers\":4,\"running\":true,\"grace\":30.0}\n"
            "h2 note /each/10.0.0.2 {}\n");
  EXPECT_THAT(found(catalog, "h2", "note /a").reported_by, ElementsAre("h2"));
  ASSERT_EQ(catalog.owners.size(), 1U) << "orphans of h1 can't be told";
  EXPECT_EQ(catalog.owners[0].host, "h2");
  ASSERT_EQ(catalog.unsure.size(), 1U);
  EXPECT_EQ(catalog.unsure[0].host, "h1");
}

TEST(Manifest, AHostThatIsLeftIsInScopeAndWantsNothing) {
  Site site("hosts: h1\nresources:\n  - note: /a\n");
  const ManifestSet set = site.load();
  const Catalog catalog = set.expand(site.inventory(), {}, site.diagnostics, {"h3"});
  EXPECT_EQ(site.errors(), "");
  EXPECT_THAT(catalog.hosts, ElementsAre("h1", "h3"));
  EXPECT_EQ(summary(catalog), "h1 note /a {}\n");
  ASSERT_EQ(catalog.owners.size(), 2U);
  EXPECT_EQ(catalog.owners[1].text(), "demo/test/site on h3");
}

TEST(Manifest, AnotherHostsReportIsRemembered) {
  Site site("hosts: h1\nresources:\n  - note: /a\n    content: \"{{ hostvars.h3.facts.fqdn }}\"\n");
  ValueMap facts;
  facts.set("fqdn", "three");
  site.facts["h3"] = facts;
  const Catalog catalog = site.expand();
  EXPECT_EQ(site.errors(), "");
  EXPECT_THAT(found(catalog, "h1", "note /a").reported_by, ElementsAre("h3"));
}

TEST(Manifest, AsksForFactsOnlyWhereSomethingNeedsThem) {
  const auto needs = [](const std::string& resources) {
    Site site("hosts: h1\nresources:\n" + resources);
    site.write("manifests/t.j2", "{{ facts.arch }}");
    const ManifestSet set = site.load();
    EXPECT_EQ(site.errors(), "");
    return set.needs_facts();
  };
  EXPECT_FALSE(needs("  - note: /a\n    content: facts\n"));
  EXPECT_FALSE(needs("  - note: /a\n    content: \"{{ hostvars.h3.x }}\"\n"));
  EXPECT_TRUE(needs("  - note: /a\n    when: facts.systemd\n"));
  EXPECT_TRUE(needs("  - note: /a\n    template: t.j2\n"));
  EXPECT_TRUE(needs("  - note: /a\n    content: \"{{ hostvars[x].facts.arch }}\"\n"));
  EXPECT_TRUE(needs("  - note: /a\n    template: \"{{ x }}\"\n"));
  Site site("hosts: h1\nresources:\n  - note: /a\n    content: \"{{ x }}\"\n");
  site.write("inventory.yaml", "all: {hosts: {h1: {x: '{{ facts.arch }}'}}}\n");
  EXPECT_FALSE(site.load().needs_facts());
  EXPECT_TRUE(site.load().needs_facts(site.inventory()));
}

TEST(Manifest, RawTextIsSomebodyElses) {
  Site site("hosts: h1\nresources:\n  - note: /a\n    title: 'x {{ $labels.x }} {% y'\n");
  EXPECT_EQ(summary(site.expand()), "h1 note /a {\"title\":\"x {{ $labels.x }} {% y\"}\n");
  EXPECT_EQ(site.errors(), "");
}

TEST(Manifest, IncludedFilesArePieces) {
  Site site("hosts: h1\ninclude: [parts/a.yaml]\nvars: {x: mine}\nresources:\n  - note: /z\n");
  site.write("manifests/parts/a.yaml",
             "include: b.yaml\nvars: {x: theirs, y: theirs}\nresources:\n  - note: /{{ x }}/{{ y "
             "}}\n    source: s.txt\n");
  site.write("manifests/parts/b.yaml", "resources:\n  - note: /b\n");
  site.write("manifests/parts/files/s.txt", "bytes");
  const Catalog catalog = site.expand();
  EXPECT_EQ(site.errors(), "");
  EXPECT_EQ(summary(catalog),
            "h1 note /b {}\nh1 note /mine/theirs {\"content\":\"bytes\"}\nh1 note /z {}\n");
  EXPECT_THAT(catalog.inputs,
              UnorderedElementsAre("manifests/site.yaml", "manifests/parts/a.yaml",
                                   "manifests/parts/b.yaml", "manifests/parts/files/s.txt"));
}

TEST(Manifest, TheEnvironmentIsAName) {
  const char* text = "hosts: h1\nresources:\n  - note: \"/{{ environment }}\"\n";
  Site chosen(text);
  found(chosen.expand(), "h1", "note /test");
  Site none(text);
  none.options.environment.clear();
  none.expand();
  EXPECT_THAT(none.errors(),
              testing::HasSubstr("'environment' is not defined on h1: no environment"));
  Site own(text);
  own.write("host_vars/h1.yaml", "environment: theirs\n");
  found(own.expand(), "h1", "note /theirs");
}

}  // namespace
}  // namespace holdfast
