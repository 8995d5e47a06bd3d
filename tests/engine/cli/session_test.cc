#include "engine/cli/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/in_folder.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::ElementsAre;

std::vector<std::string> problems(const Site& site, const Options& options) {
  const InFolder here(site.folder());
  const Registry kinds = fake_kinds();
  Diagnostics diagnostics;
  Session(options, kinds).validate(diagnostics);
  std::vector<std::string> out;
  for (const Error& error : diagnostics.errors()) {
    out.push_back(error.where.text() + ": " + error.message);
  }
  return out;
}

TEST(Session, TellsWrongReferencesAmongTheOtherErrorsInTheOrderOfTheFiles) {
  Site site(
      "hosts: web\nresources:\n  - note: /a\n    requires: note /none\n"
      "  - note: /b\n    content: \"{{ nope }}\"\n"
      "  - note: /c\n    before: [note /c, {on: h3, resource: note /x}]\n");
  site.write("holdfast.yaml", "project: demo\n");
  Options options;
  options.inventory = "inventory.yaml";
  options.manifests = {"manifests/site.yaml"};
  EXPECT_THAT(problems(site, options),
              ElementsAre("manifests/site.yaml:4:15: no resource 'note /none' on h1 and h2",
                          "manifests/site.yaml:6:18: 'nope' is not defined on h1 and h2",
                          "manifests/site.yaml:8:14: note /c waits for itself on h1 and h2",
                          "manifests/site.yaml:8:42: no resource 'note /x' on h3"));
}

TEST(Session, ValidatesWhatIsChosen) {
  Site site("hosts: web\nresources:\n  - {note: /a, tags: [one]}\n  - {note: /b}\n");
  site.write("holdfast.yaml", "project: demo\n");
  Options options;
  options.inventory = "inventory.yaml";
  options.manifests = {"manifests/site.yaml"};
  options.tags = {"one"};
  options.targets = {"note /b"};
  EXPECT_THAT(problems(site, options), ElementsAre());
  options.tags = {"two"};
  options.targets = {"note /c"};
  EXPECT_THAT(problems(site, options), ElementsAre(": no resource has the tag 'two'",
                                                   ": no resource has the address 'note /c'"));
  site.write("manifests/site.yaml",
             "hosts: web\nresources:\n  - {note: '/{{ facts.os.id }}', tags: [two]}\n");
  EXPECT_THAT(problems(site, options), ElementsAre()) << "it may be what facts name";
}

TEST(Session, SaysThatItsFolderIsGone) {
  const TempFolder folder;
  const std::string gone = folder.path() + "/gone";
  std::filesystem::create_directory(gone);
  const InFolder here(gone);
  std::filesystem::remove(gone);
  const Registry kinds = fake_kinds();
  Options options;
  options.inventory = "hosts.yaml";
  options.manifests = {"site.yaml"};
  Diagnostics diagnostics;
  EXPECT_FALSE(Session(options, kinds).load(Trust::Offline, diagnostics));
  ASSERT_EQ(diagnostics.errors().size(), 1U);
  EXPECT_EQ(diagnostics.errors()[0].message,
            "the current folder can't be read: No such file or directory");
}

TEST(Session, ValidatesTheWaysToTheHostsThatManifestsName) {
  Site site("hosts: web\nresources:\n  - note: /a\n");
  site.write("holdfast.yaml", "project: demo\n");
  site.write("inventory.yaml",
             "web:\n  vars:\n    ansible_host: \"{{ inventory_hostname }}.{{ domain }}\"\n"
             "  hosts: {h1: , h2: , h3: {domain: example.org}}\n"
             "other: {hosts: {h4: {ansible_connection: winrm}}}\n");
  Options options;
  options.inventory = "inventory.yaml";
  options.manifests = {"manifests/site.yaml"};
  EXPECT_THAT(problems(site, options),
              ElementsAre("inventory.yaml:3:5: ansible_host has no value: 'domain' is not defined "
                          "(it is on h3, by inventory.yaml:4) on h1 and h2"));
}

}  // namespace
}  // namespace holdfast
