#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// One mistake in one manifest, and all that is said about it.
struct Mistake {
  const char* name;
  const char* manifest;
  const char* text;
};
class ManifestMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ManifestMistake, IsSaidOnceWithItsPlaceAndAHint) {
  Site site(GetParam().manifest);
  site.write("manifests/module.yaml",
             "inputs:\n  port: {type: port}\nresources:\n  - note: /m/{{ port }}\n");
  site.write("manifests/loop.yaml", "resources:\n  - use: loop2\n");
  site.write("manifests/loop2.yaml", "resources:\n  - use: loop\n");
  site.write("manifests/hosts.yaml", "hosts: all\n");
  site.write("manifests/bad.j2", "one\n{{ nope }}\n");
  site.write("manifests/syntax.j2", "{% if x %}\n");
  site.expand();
  EXPECT_EQ(site.errors(), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ManifestMistake,
    testing::Values(
        Mistake{"UnknownAttribute", "hosts: h1\nresources:\n  - note: /etc/motd\n    contnet: hi\n",
                "manifests/site.yaml:4:5: error: note '/etc/motd' has no attribute 'contnet'  "
                "[HF2003]\n"
                "    4 |     contnet: hi\n"
                "      |     ^~~~~~~\n"
                "   hint: did you mean 'content'? See `holdfast explain note`.\n"},
        Mistake{"UnknownKind", "hosts: h1\nresources:\n  - noet: /a\n",
                "manifests/site.yaml:3:5: error: there is no kind 'noet'  [HF2004]\n"
                "    3 |   - noet: /a\n"
                "      |     ^~~~\n"
                "   hint: did you mean 'note'?\n"},
        Mistake{"KindNotFirst", "hosts: h1\nresources:\n  - mode: 0644\n    note: /a\n",
                "manifests/site.yaml:3:5: error: the first key of a resource is its kind, not "
                "'mode'  [HF2004]\n"
                "    3 |   - mode: 0644\n"
                "      |     ^~~~\n"
                "   hint: put 'note' first\n"},
        Mistake{"UnknownKindInSortedForm", "hosts: h1\nresources:\n  - {kind: noet, name: /a}\n",
                "manifests/site.yaml:3:12: error: there is no kind 'noet'  [HF2004]\n"
                "    3 |   - {kind: noet, name: /a}\n"
                "      |            ^~~~\n"
                "   hint: did you mean 'note'?\n"},
        Mistake{"NameMissingInSortedForm", "hosts: h1\nresources:\n  - {kind: note}\n",
                "manifests/site.yaml:3:12: error: this note needs a 'name'  [HF2007]\n"
                "    3 |   - {kind: note}\n"
                "      |            ^~~~\n"},
        Mistake{"NoName", "hosts: h1\nresources:\n  - note:\n",
                "manifests/site.yaml:3:5: error: this note has no name  [HF2009]\n"
                "    3 |   - note:\n"
                "      |     ^~~~\n"},
        Mistake{"NotAMapping", "hosts: h1\nresources:\n  - note\n",
                "manifests/site.yaml:3:5: error: a resource is a mapping whose first key is its "
                "kind  [HF2009]\n"
                "    3 |   - note\n"
                "      |     ^~~~\n"
                "   hint: for example: - user: bob\n"},
        Mistake{"WrongMode", "hosts: h1\nresources:\n  - note: /a\n    mode: 0999\n",
                "manifests/site.yaml:4:11: error: 'mode' of note '/a' needs a mode such as 0644 or "
                "u=rw,go=r, not '0999'  [HF2006]\n"
                "    4 |     mode: 0999\n"
                "      |           ^~~~\n"},
        Mistake{"RelativePath", "hosts: h1\nresources:\n  - note: etc/a\n",
                "manifests/site.yaml:3:11: error: the name of this note needs an absolute path, "
                "not 'etc/a'  [HF2006]\n"
                "    3 |   - note: etc/a\n"
                "      |           ^~~~~\n"
                "   hint: a path on a host begins with '/'\n"},
        Mistake{"UndefinedName",
                "hosts: h2\nresources:\n  - note: /a\n    content: \"{{ group_nams }}\"\n",
                "manifests/site.yaml:4:18: error: 'group_nams' is not defined on h2  "
                "[HF2101]\n"
                "    4 |     content: \"{{ group_nams }}\"\n"
                "      |                  ^~~~~~~~~~\n"
                "   hint: did you mean 'group_names'?\n"},
        Mistake{"BareExpression", "hosts: h1\nresources:\n  - note: /a\n    content: {{ x }}\n",
                "manifests/site.yaml:4:14: error: a value that begins with '{{' must be quoted: "
                "YAML sees a mapping here  [HF2001]\n"
                "    4 |     content: {{ x }}\n"
                "      |              ^~\n"
                "   hint: put the whole value in quotes: \"{{ … }}\"\n"},
        Mistake{"UnknownTopLevelKey", "hosts: h1\nresource: []\n",
                "manifests/site.yaml:2:1: error: a manifest has no key 'resource'  [HF2003]\n"
                "    2 | resource: []\n"
                "      | ^~~~~~~~\n"
                "   hint: did you mean 'resources'?\n"},
        Mistake{"NoHosts", "manifest: m\nresources: []\n",
                "manifests/site.yaml:1:11: error: 'm' has no 'hosts'  [HF2009]\n"
                "    1 | manifest: m\n"
                "      |           ^\n"
                "   hint: a manifest without hosts is a module: `- use: m` in another one\n"},
        Mistake{"Rollout", "hosts: h1\nrollout: {serial: 1}\n",
                "manifests/site.yaml:2:10: error: 'rollout' isn't supported yet  [HF2008]\n"
                "    2 | rollout: {serial: 1}\n"
                "      |          ^\n"
                "   hint: hosts run side by side; take them in turns with --limit\n"},
        Mistake{"TwiceOnOneHost", "hosts: h1\nresources:\n  - note: /a\n  - note: /a/\n",
                "manifests/site.yaml:4:5: error: note /a is declared twice on h1  [HF2005]\n"
                "    4 |   - note: /a/\n"
                "      |     ^~~~\n"
                "   hint: join the two; uses of one module are told apart by what their inputs "
                "name\n"
                "   note: manifests/site.yaml:3:5: the first one\n"},
        Mistake{"ContentAndSource",
                "hosts: h1\nresources:\n  - note: /a\n    content: x\n    source: y\n",
                "manifests/site.yaml:5:5: error: note '/a' has both 'content' and 'source'  "
                "[HF2008]\n"
                "    5 |     source: y\n"
                "      |     ^~~~~~\n"
                "   hint: exactly one of content, source, template\n"
                "   note: manifests/site.yaml:4:5: the other one\n"},
        Mistake{"NoSuchTemplate", "hosts: h1\nresources:\n  - note: /a\n    template: t.j2\n",
                "manifests/site.yaml:4:15: error: there is no file 't.j2'  [HF1002]\n"
                "    4 |     template: t.j2\n"
                "      |               ^~~~\n"
                "   hint: looked for manifests/t.j2, manifests/templates/t.j2\n"},
        Mistake{"UndefinedInTemplate",
                "hosts: h1\nresources:\n  - note: /a\n    template: bad.j2\n",
                "manifests/bad.j2:2:4: error: 'nope' is not defined on h1  [HF2101]\n"
                "    2 | {{ nope }}\n"
                "      |    ^~~~\n"},
        Mistake{"PathEscapes",
                "hosts: h1\nresources:\n  - note: /a\n    source: ../../etc/passwd\n",
                "manifests/site.yaml:4:13: error: '../../etc/passwd' leads out of the project  "
                "[HF2018]\n"
                "    4 |     source: ../../etc/passwd\n"
                "      |             ^~~~~~~~~~~~~~~~\n"
                "   hint: move it inside, or trust the project: `holdfast trust`\n"},
        Mistake{"RestartOfNoService",
                "hosts: h1\nresources:\n  - note: /a\n    restart_on: [note /b]\n",
                "manifests/site.yaml:4:5: error: note '/a' can't have 'restart_on'  [HF2008]\n"
                "    4 |     restart_on: [note /b]\n"
                "      |     ^~~~~~~~~~\n"
                "   hint: a note isn't a service; see `requires`\n"},
        Mistake{"NeverAbsent",
                "hosts: h1\nresources:\n  - ping: p\n    url: http://a\n    ensure: absent\n",
                "manifests/site.yaml:5:13: error: ping 'p' can't be absent  [HF2008]\n"
                "    5 |     ensure: absent\n"
                "      |             ^~~~~~\n"
                "   hint: delete it from the manifest\n"},
        Mistake{"RequiredMissing", "hosts: h1\nresources:\n  - ping: p\n",
                "manifests/site.yaml:3:5: error: ping 'p' needs 'url'  [HF2007]\n"
                "    3 |   - ping: p\n"
                "      |     ^~~~\n"
                "   hint: see `holdfast explain ping`\n"},
        Mistake{"RequiredNull",
                "hosts: h1\nvars: {u: ~}\nresources:\n  - ping: p\n    url: \"{{ u }}\"\n",
                "manifests/site.yaml:5:10: error: 'url' of ping 'p' is null, and can't be left "
                "out  [HF2007]\n"
                "    5 |     url: \"{{ u }}\"\n"
                "      |          ^~~~~~~~~\n"
                "   hint: `when:` leaves out the resource\n"},
        Mistake{"NameFirst", "hosts: h1\nresources:\n  - name: motd\n    note: /a\n",
                "manifests/site.yaml:3:5: error: the first key of a resource is its kind, not "
                "'name'  [HF2004]\n"
                "    3 |   - name: motd\n"
                "      |     ^~~~\n"
                "   hint: put 'note' first: what is behind it is the resource's name\n"},
        Mistake{"Playbook", "- hosts: h1\n  resources: []\n",
                "manifests/site.yaml:1:1: error: a manifest is a mapping, not a list  [HF2009]\n"
                "    1 | - hosts: h1\n"
                "      | ^\n"
                "   hint: of a playbook each play is a manifest: `hosts:` and `resources:` without "
                "a '-'\n"},
        Mistake{"HostsByExpression", "hosts: \"{{ t }}\"\nresources: []\n",
                "manifests/site.yaml:1:8: error: 'hosts' takes no expression  [HF2009]\n"
                "    1 | hosts: \"{{ t }}\"\n"
                "      |        ^~~~~~~~~\n"
                "   hint: name all that it may mean, and say by --limit which of them\n"},
        Mistake{"EmptyItem", "hosts: h1\nresources:\n  -  # none\n\n  - note: /a\n",
                "manifests/site.yaml:3:3: error: a resource is a mapping whose first key is its "
                "kind  [HF2009]\n"
                "    3 |   -  # none\n"
                "      |   ^\n"
                "   hint: for example: - user: bob\n"},
        Mistake{"TruthAsYes", "hosts: h1\nresources:\n  - note: /a\n    when: no\n",
                "manifests/site.yaml:4:11: error: 'no' is not defined on h1  [HF2101]\n"
                "    4 |     when: no\n"
                "      |           ^~\n"
                "   hint: truth is written true and false\n"},
        Mistake{"KindsOwnRule", "hosts: web\nresources:\n  - daemon: d\n    workers: 13\n",
                "manifests/site.yaml:4:14: error: 13 workers bring bad luck  [HF2006]\n"
                "    4 |     workers: 13\n"
                "      |              ^~\n"},
        Mistake{"ReferenceOfNoKind",
                "hosts: h1\nresources:\n  - note: /a\n    requires: [fil /b]\n",
                "manifests/site.yaml:4:16: error: there is no kind 'fil', so 'fil /b' is no "
                "reference  [HF2019]\n"
                "    4 |     requires: [fil /b]\n"
                "      |                ^~~~~~\n"
                "   hint: KIND NAME, as in `file /etc/motd`, or what `as:` says\n"},
        Mistake{"ReferenceAsPrinted",
                "hosts: h1\nresources:\n  - note: /a\n    requires: [h2 note /b]\n",
                "manifests/site.yaml:4:16: error: there is no kind 'h2', so 'h2 note /b' is no "
                "reference  [HF2019]\n"
                "    4 |     requires: [h2 note /b]\n"
                "      |                ^~~~~~~~~~\n"
                "   hint: on another host: {on: h2, resource: note /b}\n"},
        Mistake{"ReferenceWithoutName", "hosts: h1\nresources:\n  - note: /a\n    before: note\n",
                "manifests/site.yaml:4:13: error: 'note' lacks the name of the note  [HF2019]\n"
                "    4 |     before: note\n"
                "      |             ^~~~\n"
                "   hint: KIND NAME, as in `file /etc/motd`, or what `as:` says\n"},
        Mistake{"ReferenceHalf", "hosts: h1\nresources:\n  - note: /a\n    requires: {on: h2}\n",
                "manifests/site.yaml:4:15: error: a reference to another host needs 'on' and "
                "'resource'  [HF2019]\n"
                "    4 |     requires: {on: h2}\n"
                "      |               ^\n"
                "   hint: {on: HOST, resource: KIND NAME}\n"},
        Mistake{"WhenWithBraces", "hosts: h1\nresources:\n  - note: /a\n    when: \"{{ true }}\"\n",
                "manifests/site.yaml:4:11: error: an expression stands bare here, without '{{ }}'  "
                "[HF2008]\n"
                "    4 |     when: \"{{ true }}\"\n"
                "      |           ^~~~~~~~~~~~\n"
                "   hint: for example: when: environment == 'production'\n"},
        Mistake{
            "LoopOverText", "hosts: h1\nresources:\n  - note: /{{ item }}\n    for_each: users\n",
            "manifests/site.yaml:4:15: error: 'for_each' of note '/{{ item }}' needs a map or a "
            "list, not a text  [HF2006]\n"
            "    4 |     for_each: users\n"
            "      |               ^~~~~\n"
            "   hint: of a variable: for_each: \"{{ users }}\"\n"},
        Mistake{"NoModule", "hosts: h1\nresources:\n  - use: modul\n",
                "manifests/site.yaml:3:10: error: there is no module 'modul'  [HF2010]\n"
                "    3 |   - use: modul\n"
                "      |          ^~~~~\n"
                "   hint: did you mean 'module'?\n"},
        Mistake{"NoSuchInput",
                "hosts: h1\nresources:\n  - use: module\n    with: {port: 80, prot: 81}\n",
                "manifests/site.yaml:4:22: error: module 'module' has no input 'prot'  [HF2003]\n"
                "    4 |     with: {port: 80, prot: 81}\n"
                "      |                      ^~~~\n"
                "   hint: did you mean 'port'?\n"},
        Mistake{"InputOfWrongType", "hosts: h1\nresources:\n  - use: module\n    with: {port: x}\n",
                "manifests/site.yaml:4:18: error: input 'port' needs a port from 1 to 65535, not "
                "'x'  [HF2006]\n"
                "    4 |     with: {port: x}\n"
                "      |                  ^\n"},
        Mistake{"InputMissing", "hosts: h1\nresources:\n  - use: module\n",
                "manifests/site.yaml:3:10: error: input 'port' of 'module' has no value on h1  "
                "[HF2013]\n"
                "    3 |   - use: module\n"
                "      |          ^~~~~~\n"
                "   hint: give it by `with: {port: VALUE}`, or a host or group variable\n"
                "   note: manifests/module.yaml:2:3: the input\n"},
        Mistake{"ModuleCycle", "hosts: h1\nresources:\n  - use: loop\n",
                "manifests/loop2.yaml:2:10: error: 'manifests/loop.yaml' uses itself  [HF2011]\n"
                "    2 |   - use: loop\n"
                "      |          ^~~~\n"
                "   note: manifests/loop.yaml:2:10: through 'manifests/loop2.yaml'\n"},
        Mistake{"ModuleWithHosts", "hosts: h1\nresources:\n  - use: hosts\n",
                "manifests/hosts.yaml:1:8: error: 'hosts' has 'hosts', so it is a manifest and no "
                "module  [HF2009]\n"
                "    1 | hosts: all\n"
                "      |        ^~~\n"
                "   hint: a module runs on the hosts of the manifest that uses it\n"
                "   note: manifests/site.yaml:3:10: used here\n"},
        Mistake{"IncludeOfItself", "hosts: h1\ninclude: [site.yaml]\n",
                "manifests/site.yaml:2:11: error: 'manifests/site.yaml' uses itself  [HF2011]\n"
                "    2 | include: [site.yaml]\n"
                "      |           ^~~~~~~~~\n"},
        Mistake{"InputType", "hosts: h1\ninputs: {x: {type: prot, default: 1}}\n",
                "manifests/site.yaml:2:20: error: there is no type 'prot'  [HF2012]\n"
                "    2 | inputs: {x: {type: prot, default: 1}}\n"
                "      |                    ^~~~\n"
                "   hint: did you mean 'port'?\n"},
        Mistake{"InputCheck",
                "hosts: h1\ninputs: {x: {type: port, default: 80, check: x > 1024}}\n",
                "manifests/site.yaml:2:46: error: input 'x' of 'site' refuses '80' on h1  "
                "[HF2012]\n"
                "    2 | inputs: {x: {type: port, default: 80, check: x > 1024}}\n"
                "      |                                              ^~~~~~~~\n"
                "   hint: it must hold: x > 1024\n"},
        Mistake{"NameTaken", "hosts: h1\nvars: {facts: 1}\n",
                "manifests/site.yaml:2:8: error: the name 'facts' is taken by holdfast  [HF2008]\n"
                "    2 | vars: {facts: 1}\n"
                "      |        ^~~~~\n"},
        Mistake{"NameOfAConstant", "hosts: h1\nvars: {none: 1}\n",
                "manifests/site.yaml:2:8: error: 'none' is a word of expressions, and names "
                "nothing there  [HF2008]\n"
                "    2 | vars: {none: 1}\n"
                "      |        ^~~~\n"},
        Mistake{"InputAndVariable",
                "hosts: h1\ninputs: {x: {type: int, default: 1}}\nvars: {x: 1}\n",
                "manifests/site.yaml:3:8: error: 'x' is an input already  [HF2008]\n"
                "    3 | vars: {x: 1}\n"
                "      |        ^\n"
                "   note: manifests/site.yaml:2:10: the input\n"},
        Mistake{"VariableCycle",
                "hosts: h1\nvars: {a: '{{ b }}', b: '{{ a }}'}\nresources: [{note: '/{{ a }}'}]\n",
                "manifests/site.yaml:2:8: error: 'a' refers to itself: a → b → a  [HF2014]\n"
                "    2 | vars: {a: '{{ b }}', b: '{{ a }}'}\n"
                "      |        ^\n"
                "   note: manifests/site.yaml:2:29: used here\n"
                "   note: manifests/site.yaml:2:15: used here\n"
                "   note: manifests/site.yaml:3:25: used here\n"},
        Mistake{"UnknownTag", "hosts: h1\nresources:\n  - note: /a\n    content: !evn X\n",
                "manifests/site.yaml:4:14: error: there is no tag '!evn'  [HF2015]\n"
                "    4 |     content: !evn X\n"
                "      |              ^~~~~~\n"
                "   hint: did you mean '!env'?\n"},
        Mistake{"Vault", "hosts: h1\nresources:\n  - note: /a\n    content: !vault |\n      x\n",
                "manifests/site.yaml:4:14: error: !vault isn't supported yet  [HF2015]\n"
                "    4 |     content: !vault |\n"
                "      |              ^~~~~~~~\n"
                "   hint: decrypt it into an environment variable and use !env, or use !command\n"},
        Mistake{"TagWithExpression",
                "hosts: h1\nresources:\n  - note: /a\n    content: !env '{{ x }}'\n",
                "manifests/site.yaml:4:14: error: a tag can't hold an expression  [HF2015]\n"
                "    4 |     content: !env '{{ x }}'\n"
                "      |              ^~~~~~~~~~~~~~\n"
                "   hint: what is asked of this machine is written out, so that it can be read\n"},
        Mistake{"ExpressionInKey",
                "hosts: h1\nresources:\n  - daemon: d\n    settings: {'{{ x }}': 1}\n",
                "manifests/site.yaml:4:16: error: a key can't hold an expression: '{{ x }}'  "
                "[HF2008]\n"
                "    4 |     settings: {'{{ x }}': 1}\n"
                "      |                ^~~~~~~~~\n"},
        Mistake{"BlockWithoutResources", "hosts: h1\nresources:\n  - block: b\n    tag: x\n",
                "manifests/site.yaml:3:5: error: block 'b' needs 'resources'  [HF2007]\n"
                "    3 |   - block: b\n"
                "      |     ^~~~~\n"
                "manifests/site.yaml:4:5: error: block 'b' has no key 'tag'  [HF2003]\n"
                "    4 |     tag: x\n"
                "      |     ^~~\n"
                "   hint: did you mean 'tags'?\n"},
        Mistake{"EmptyFile", "# nothing\n",
                "manifests/site.yaml:1:1: error: 'manifests/site.yaml' holds no manifest  "
                "[HF2009]\n"
                "    1 | # nothing\n"
                "      | ^\n"}),
    [](const auto& p) { return std::string(p.param.name); });

TEST(ManifestErrors, AreAllSaidAtOnceInTheOrderOfTheFiles) {
  Site site("hosts: all\nresources:\n  - note: a\n  - use: m\n  - note: /b\n    mode: x\n");
  site.write("manifests/second.yaml",
             "hosts: web\nresources:\n  - note: \"/{{ nope }}\"\n  - x: 1\n");
  site.write("manifests/m.yaml", "resources:\n  - note: /m\n    contnt: y\n");
  site.manifests.push_back("manifests/second.yaml");
  site.expand();
  EXPECT_THAT(
      site.problems(),
      ElementsAre(
          "manifests/site.yaml:3:11: the name of this note needs an absolute path, not 'a'",
          "manifests/site.yaml:6:11: 'mode' of note '/b' needs a mode such as 0644 or u=rw,go=r, "
          "not 'x'",
          "manifests/m.yaml:3:5: note '/m' has no attribute 'contnt'",
          "manifests/second.yaml:3:16: 'nope' is not defined on h1 and h2",
          "manifests/second.yaml:4:5: there is no kind 'x'"));
}

TEST(ManifestErrors, OneMistakeIsSaidOnceWithItsHosts) {
  Site site(
      "hosts: web\nresources:\n  - note: /a\n    content: \"{{ nope }}\"\n"
      "  - note: /a\n  - note: /b\n    mode: \"{{ mode }}\"\n"
      "  - note: /c\n    content: \"{{ only }}\"\n");
  std::string inventory = "web:\n  vars: {mode: \"0644\"}\n  hosts:\n";
  for (int i = 1; i <= 10; ++i) inventory += "    h" + std::to_string(i) + ":\n";
  site.write("inventory.yaml", inventory);
  site.write("host_vars/h1.yaml", "only: x\nmode: wide\n");
  site.write("host_vars/h2.yaml", "mode: wide\n");
  site.write("host_vars/h3.yaml", "mode: wider\n");
  site.expand();
  const std::string only =
      "manifests/site.yaml:9:18: 'only' is not defined on h2, h3 and 7 more (it is on h1, by " +
      site.folder() + "/host_vars/h1.yaml:1)";
  EXPECT_THAT(
      site.problems(),
      ElementsAre("manifests/site.yaml:4:18: 'nope' is not defined on h1, h2 and 8 more",
                  "manifests/site.yaml:5:5: note /a is declared twice on h1, h2 and 8 more",
                  HasSubstr("site.yaml:7:11: 'mode' of note '/b' needs a mode such as 0644 or "
                            "u=rw,go=r, not 'wide'"),
                  HasSubstr("not 'wider'"), only));
  EXPECT_THAT(site.errors(), HasSubstr("   note: on h1 and h2\n"));
  EXPECT_THAT(site.errors(), HasSubstr("   note: on h3\n"));
}

TEST(ManifestErrors, TellOnWhichOtherHostANameIs) {
  Site site("hosts: web\nresources:\n  - note: /{{ runner_nmae }}\n  - note: /{{ only }}\n");
  site.write("inventory.yaml",
             "web:\n  hosts:\n    h1:\n      runner_name: a\n      only: 1\n    h2:\n      "
             "runner_name: b\n");
  site.expand();
  EXPECT_THAT(site.errors(), HasSubstr("'runner_nmae' is not defined on h1"));
  EXPECT_THAT(site.errors(), HasSubstr("hint: did you mean 'runner_name'?"));
  EXPECT_THAT(site.errors(), HasSubstr("'only' is not defined on h2 (it is on h1, by " +
                                       site.folder() + "/inventory.yaml:5)"));
}

TEST(ManifestErrors, StopAModuleThatMultiplies) {
  Site site("hosts: h1\nresources: [{use: m0}]\n");
  for (int i = 0; i < 20; ++i) {
    const std::string next = i == 19 ? "note: '/{{ 1 }}'" : "use: m" + std::to_string(i + 1);
    site.write("manifests/m" + std::to_string(i) + ".yaml",
               "resources: [{" + next + ", as: a}, {" + next + ", as: b}]\n");
  }
  site.expand();
  EXPECT_THAT(site.problems(), testing::Contains(HasSubstr("more than 100,000 resources on h1")));
}

TEST(ManifestErrors, SetOfAnUnknownNameIsASlip) {
  Site site("hosts: h1\nvars: {port: 1}\n");
  site.options.set["prot"] = "2";
  site.expand();
  EXPECT_THAT(site.errors(), HasSubstr("error: --set: there is no input or variable 'prot'"));
  EXPECT_THAT(site.errors(), HasSubstr("hint: did you mean 'port'?"));
}

TEST(ManifestErrors, TwoManifestsOfOneName) {
  Site site("hosts: h1\n---\nhosts: h2\n");
  site.expand();
  EXPECT_THAT(site.problems(),
              ElementsAre("manifests/site.yaml:3:1: two manifests are called 'site'"));
}

TEST(ManifestErrors, AHostileNameForgesNothing) {
  Site site("hosts: h1\nresources:\n  - note: \"a\\n::error::x\\e[31m\"\n    \"b\\e[1m\": 1\n");
  site.expand();
  EXPECT_THAT(site.errors(), testing::Not(HasSubstr("\x1b")));
  EXPECT_THAT(site.errors(), testing::Not(HasSubstr("\n::error")));
  EXPECT_THAT(site.errors(), HasSubstr("not 'a\\n::error::x\\x1b[31m'"));
}

TEST(ManifestErrors, AnUnknownHostIsNamed) {
  Site site("hosts: h1,wbe\nresources: [{note: /a, requires: {on: h9, resource: note /b}}]\n");
  site.expand();
  EXPECT_THAT(site.errors(), HasSubstr("manifests/site.yaml:1:8: error: "));
  EXPECT_THAT(site.errors(), HasSubstr("[HF1110]"));
  EXPECT_THAT(site.errors(), HasSubstr("hint: did you mean 'web'?"));
  site.write("manifests/site.yaml",
             "hosts: h1\nresources: [{note: /a, requires: {on: h9, resource: note /b}}]\n");
  site.diagnostics = {};
  site.expand();
  EXPECT_THAT(site.errors(), HasSubstr("manifests/site.yaml:2:39: error: "));
}

TEST(ManifestErrors, AWrongAttributeDoesNotHideWhatIsWrongElsewhere) {
  Site site(
      "hosts: h1\nresources:\n  - note: /a\n    contnet: x\n    mode: 9\n"
      "  - note: /b\n    content: \"{{ nope }}\"\n");
  const ManifestSet set = site.load();
  const Catalog catalog = set.expand(site.inventory(), {}, site.diagnostics);
  EXPECT_FALSE(catalog.left_out.may_be("note /c"));
  EXPECT_EQ(site.problems().size(), 3U) << site.errors();
  EXPECT_THAT(site.errors(), HasSubstr("'nope' is not defined on h1"));
}

TEST(ManifestErrors, WhatAnErrorLeftOutIsKnownToBeMissing) {
  Site unread("hosts: h1\nresources:\n  - notes: /a\n  - note: /b\n    requires: note /a\n");
  const LeftOut left_out = unread.expand().left_out;
  EXPECT_TRUE(left_out.may_be("note /a"));
  EXPECT_FALSE(left_out.may_be("note /c"));
  EXPECT_EQ(unread.problems().size(), 1U) << unread.errors();
  Site unnamed("hosts: h1\nresources:\n  - note: \"/{{ nope }}\"\n");
  EXPECT_TRUE(unnamed.expand().left_out.may_be("note /c"));
}

TEST(ManifestErrors, NamesThatASlipHidesAreNotMissedAgain) {
  Site site("hosts: h1\nvras: {x: 1}\nresources:\n  - note: \"/{{ x }}\"\n");
  site.expand();
  EXPECT_EQ(site.problems().size(), 1U) << site.errors();
}

TEST(ManifestErrors, ASlipOfOneFileHidesNothingOfAnother) {
  Site site("hosts: h1\nvras: {x: 1}\nresources:\n  - note: \"/{{ x }}\"\n");
  site.write("manifests/other.yaml", "hosts: h1\nresources:\n  - note: \"/{{ y }}\"\n");
  site.write("manifests/third.yaml", "hosts: h1\nresources: [\n");
  site.manifests = {"manifests/site.yaml", "manifests/other.yaml", "manifests/third.yaml"};
  site.expand();
  EXPECT_THAT(site.errors(), HasSubstr("no key 'vras'"));
  EXPECT_THAT(site.errors(), HasSubstr("'y' is not defined on h1"));
  EXPECT_THAT(site.errors(), HasSubstr("this '[' is never closed"));
  EXPECT_EQ(site.problems().size(), 3U) << site.errors();
}

TEST(ManifestErrors, AKeyTwiceAndUnquotedBracesAreToldWithTheRest) {
  Site site(
      "hosts: h1\nresources:\n  - note: /a\n    content: x\n    content: y\n"
      "  - note: /b\n    content: {{ z }}\n    mode: {{ z }}\n"
      "  - note: /a\n    content: \"{{ nope }}\"\n");
  site.expand();
  EXPECT_THAT(site.problems(),
              testing::ElementsAre(HasSubstr("5:5: the key 'content' stands twice"),
                                   HasSubstr("7:14: a value that begins with '{{' must be quoted"),
                                   HasSubstr("8:11: a value that begins with '{{' must be quoted"),
                                   HasSubstr("declared twice"), HasSubstr("'nope' is not defined")))
      << site.errors();
}

TEST(ManifestErrors, AWrongValueOfTheCommandLineIsQuotedFromThere) {
  Site site("hosts: h1\ninputs: {port: {type: port}}\nresources:\n  - note: \"/{{ port }}\"\n");
  site.options.set["port"] = "99999";
  site.expand();
  EXPECT_THAT(site.errors(), HasSubstr("--set port=99999\n"));
  EXPECT_THAT(site.errors(), HasSubstr("command line:1:12: error: "));
}

TEST(ManifestErrors, AMissingManifestIsNamed) {
  Site site;
  site.expand();
  ASSERT_EQ(site.problems().size(), 1U);
  EXPECT_THAT(site.problems()[0], HasSubstr("site.yaml': No such file or directory"));
}

}  // namespace
}  // namespace holdfast
