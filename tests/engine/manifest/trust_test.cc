#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "engine/manifest/confined.h"
#include "engine/manifest/program.h"
#include "resources/registry.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string with_content(const std::string& content) {
  return "hosts: h1\nresources:\n  - note: /a\n    content: " + content + "\n";
}

TEST(Paths, LieInAFolderOrNot) {
  EXPECT_TRUE(lies_inside("/a/b", "/a/b"));
  EXPECT_TRUE(lies_inside("/a/b/c", "/a/b"));
  EXPECT_TRUE(lies_inside("/a/b/c", "/a/b/"));
  EXPECT_TRUE(lies_inside("/a", "/"));
  EXPECT_FALSE(lies_inside("/a/bc", "/a/b"));
  EXPECT_FALSE(lies_inside("/a", "/a/b"));
  EXPECT_FALSE(lies_inside("", "/a"));
  EXPECT_FALSE(lies_inside("/a", ""));
}

struct Asked {
  const char* content;
  Trust trust;
  const char* outcome;  ///< What the content shows, or a part of the error.
};

TEST(Trust, DecidesWhatTagsMayTouch) {
  ::setenv("HOLDFAST_TEST_TOKEN", "hunter2", 1);
  const std::vector<Asked> cases{
      {"!env HOLDFAST_TEST_TOKEN", Trust::Full, "(secret)"},
      {"!env HOLDFAST_TEST_TOKEN", Trust::Limited, "(secret)"},
      {"!env HOLDFAST_TEST_TOKEN", Trust::Untrusted, "(unknown: needs trust)"},
      {"!env HOLDFAST_TEST_TOKEN", Trust::Offline, "(unknown: not asked offline)"},
      {"!env {name: HOLDFAST_TEST_TOKEN, secret: false}", Trust::Limited, "hunter2"},
      {"!env HOLDFAST_TEST_NONE", Trust::Limited,
       "the environment variable 'HOLDFAST_TEST_NONE' isn't set"},
      {"!env", Trust::Limited, "!env needs a variable's name"},
      {"!env {nam: X}", Trust::Limited, "!env can't use 'nam' so"},
      {"!file key.txt", Trust::Limited, "(secret)"},
      {"!file key.txt", Trust::Untrusted, "(unknown: needs trust)"},
      {"!file none.txt", Trust::Limited, "there is no file 'none.txt'"},
      {"!file /etc/hostname", Trust::Limited, "'/etc/hostname' leads out of the project"},
      {"!file ../../x", Trust::Limited, "'../../x' leads out of the project"},
      {"!file out", Trust::Limited, "'out' leads out of the project"},
      {"!file fifo", Trust::Limited, "it isn't a regular file"},
      {"!file /etc/hostname", Trust::Full, "(secret)"},
      {"!command [echo, hunter2]", Trust::Full, "(secret)"},
      {"!command [echo, hunter2]", Trust::Limited, "'echo' would run on this machine"},
      {"!command [echo, hunter2]", Trust::Untrusted, "(unknown: needs trust)"},
      {"!command [sh, -c, 'echo hunter2; echo why >&2; exit 3']", Trust::Full,
       "'sh' failed with status 3: why"},
      {"!command [no-such-program-anywhere]", Trust::Full, "failed with status 127"},
      {"!command echo", Trust::Full, "!command needs a program and its arguments"}};
  for (const Asked& c : cases) {
    Site site(with_content(c.content));
    site.write("manifests/files/key.txt", "hunter2\n");
    ASSERT_EQ(::symlink("/etc/hostname", (site.folder() + "/manifests/out").c_str()), 0);
    ASSERT_EQ(::mkfifo((site.folder() + "/manifests/fifo").c_str(), 0600), 0);
    site.options.trust = c.trust;
    const Catalog catalog = site.expand();
    const std::string all = summary(catalog) + site.errors();
    EXPECT_THAT(all, HasSubstr(c.outcome)) << c.content;
    const bool told = std::string(c.outcome) == "hunter2" ||
                      std::string(c.content).find("hunter2") != std::string::npos;
    if (!told) {
      EXPECT_THAT(all, testing::Not(HasSubstr("hunter2"))) << c.content;
    }
  }
}

TEST(Trust, ATagsBytesArriveWhole) {
  ::setenv("HOLDFAST_TEST_TOKEN", "hunter2", 1);
  Site site(R"(
hosts: h1
vars: {token: !env HOLDFAST_TEST_TOKEN}
resources:
  - note: /file
    content: !file key.txt
  - note: /mixed
    content: "user:{{ token }}"
  - daemon: d
    token: literal
)");
  site.write("manifests/files/key.txt", "two\nlines\n");
  const Catalog catalog = site.expand();
  EXPECT_EQ(site.errors(), "");
  EXPECT_EQ(found(catalog, "h1", "note /file").resource.get("content")->bytes(), "two\nlines");
  const Value& mixed = *found(catalog, "h1", "note /mixed").resource.get("content");
  EXPECT_TRUE(mixed.is_secret()) << "what rests on a secret is one";
  EXPECT_EQ(mixed.bytes(), "user:hunter2");
  EXPECT_TRUE(found(catalog, "h1", "daemon d").resource.get("token")->is_secret());
}

TEST(Trust, NoErrorOfAKindShowsASecret) {
  ::setenv("HOLDFAST_TEST_TOKEN", "22/hunter2", 1);
  Site site(all_kinds());
  site.write("manifests/site.yaml", R"(
hosts: h1
inputs: {tok: {type: secret, default: !env HOLDFAST_TEST_TOKEN}}
resources:
  - firewall_rule: source
    allow: {port: 22/tcp, from: "{{ tok }}"}
  - firewall_rule: protocol
    allow: {port: "{{ tok }}", from: any}
  - authorized_key: k
    user: root
    key: "{{ tok }}"
  - sysctl: net.ipv4.ip_forward
    value: "a\nb{{ tok }}"
  - timer: t
    run: /bin/true
    on_calendar: "{{ tok }}"
)");
  site.expand();
  EXPECT_GE(site.diagnostics.errors().size(), 4U) << site.errors();
  EXPECT_THAT(site.errors(), testing::Not(HasSubstr("hunter2")));
}

TEST(Trust, WhatIsNotAskedForKeepsNoOtherMistakeFromBeingSeen) {
  for (const Trust trust : {Trust::Offline, Trust::Untrusted}) {
    Site site(all_kinds());
    site.write("manifests/site.yaml", R"(
hosts: h1
resources:
  - github_runner: one
    url: https://github.com/a/../b
    token: !env HOLDFAST_TEST_NONE
    version: 2.329.0
    sha256: 194f1e1e4bd02f80b7e9633fc546084d8d4e19f3928a324d512ea53430102e1d
    user: root
  - check: it works
    github_runner: {url: https://github.com, name: one, token: !env HOLDFAST_TEST_NONE}
  - user: operator
    password: !env HOLDFAST_TEST_NONE
  - file: /etc/known
    content: !env HOLDFAST_TEST_NONE
)");
    site.options.trust = trust;
    site.expand();
    EXPECT_THAT(site.problems(), ElementsAre(HasSubstr("github.com/a/../b"), HasSubstr("as root"),
                                             HasSubstr("'https://github.com'")))
        << site.errors();
  }
}

TEST(Trust, NoErrorShowsASecret) {
  ::setenv("HOLDFAST_TEST_TOKEN", "hunter2", 1);
  Site site(R"(
hosts: h1
inputs:
  password: {type: secret, default: !env HOLDFAST_TEST_TOKEN, check: password == 'x'}
  port: {type: port, default: !env HOLDFAST_TEST_TOKEN}
resources:
  - note: "{{ password }}"
  - daemon: d
    level: "{{ password }}"
    workers: "{{ password }}"
    token: [hunter2]
)");
  site.expand();
  EXPECT_EQ(site.diagnostics.errors().size(), 6U) << site.errors();
  EXPECT_THAT(site.errors(), testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(site.errors(), HasSubstr("refuses its value on h1"));
}

TEST(Files, SourceIsTakenAsItIs) {
  Site site(
      "hosts: h1\nresources:\n  - note: /a\n    source: blob\n  - note: /b\n    template: t.j2\n");
  const std::string blob("\x7f\0{{ x }}\xff\r\n", 12);
  site.write("manifests/blob", blob);
  site.write("manifests/templates/t.j2", "on {{ inventory_hostname }}\n");
  const Catalog catalog = site.expand();
  EXPECT_EQ(site.errors(), "");
  EXPECT_EQ(found(catalog, "h1", "note /a").resource.get("content")->bytes(), blob);
  EXPECT_EQ(found(catalog, "h1", "note /b").resource.get("content")->bytes(), "on h1\n");
}

TEST(Files, ALinkOutOrAFifoIsRefused) {
  Site site(
      "hosts: h1\nresources:\n  - note: /a\n    source: out\n  - note: /b\n    source: fifo\n  - "
      "note: "
      "/c\n    template: dir/../../../x\n  - note: /d\n    source: folder/passwd\n");
  ASSERT_EQ(::symlink("/etc/passwd", (site.folder() + "/manifests/out").c_str()), 0);
  ASSERT_EQ(::symlink("/etc", (site.folder() + "/manifests/folder").c_str()), 0);
  ASSERT_EQ(::mkfifo((site.folder() + "/manifests/fifo").c_str(), 0600), 0);
  site.expand();
  EXPECT_THAT(site.problems(),
              testing::ElementsAre(HasSubstr("'out' leads out of the project"),
                                   HasSubstr("it isn't a regular file"),
                                   HasSubstr("'dir/../../../x' leads out of the project"),
                                   HasSubstr("'folder/passwd' leads out of the project")));
}

TEST(Program, IsEndedWithAllThatItStarted) {
  const auto start = std::chrono::steady_clock::now();
  const auto slow =
      program_output({"sh", "-c", "sleep 60 & sleep 60"}, "/", std::chrono::milliseconds(100));
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().message, "'sh' did not end in time");
  const auto quiet =
      program_output({"sh", "-c", "exec >&- 2>&-; sleep 60"}, "/", std::chrono::milliseconds(100));
  EXPECT_EQ(quiet.error().message, "'sh' did not end in time");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(program_output({"head", "-c", "3000000", "/dev/zero"}, "/", std::chrono::seconds(10))
                .error()
                .message,
            "'head' printed more than 1 MiB");
  EXPECT_EQ(
      program_output({"sh", "-c", "kill -9 $$"}, "/", std::chrono::seconds(10)).error().message,
      "'sh' was ended by signal 9");
  EXPECT_EQ(*program_output({"pwd"}, "/etc", std::chrono::seconds(10)), "/etc\n");
}

}  // namespace
}  // namespace holdfast
