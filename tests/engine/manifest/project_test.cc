#include "engine/manifest/project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/manifest/retention.h"
#include "engine/report/error_text.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

constexpr const char* kGood = R"(project: paws360
environments:
  staging:    {inventory: inventories/staging, manifests: [manifests/site.yaml]}
  production: {inventory: inventories/production, manifests: [manifests/site.yaml], protect: true}
default: staging
module_path: [manifests, shared]
parallel: 8
on_failure: stop
)";

TEST(Project, IsFoundAboveTheFolder) {
  const TempFolder folder;
  folder.write("holdfast.yaml", kGood);
  folder.write("manifests/deep/x.yaml", "");
  Diagnostics diagnostics;
  const Project project = load_project(folder.path() + "/manifests/deep", diagnostics);
  EXPECT_EQ(errors_text(diagnostics, false), "");
  EXPECT_TRUE(project.found);
  EXPECT_EQ(project.folder, folder.path());
  EXPECT_EQ(project.name, "paws360");
  EXPECT_EQ(project.default_environment, "staging");
  EXPECT_EQ(project.environments.at("production").inventory, "inventories/production");
  EXPECT_TRUE(project.environments.at("production").protect);
  EXPECT_THAT(project.environments.at("staging").manifests,
              testing::ElementsAre("manifests/site.yaml"));
  EXPECT_THAT(project.module_path, testing::ElementsAre("manifests", "shared"));
  EXPECT_EQ(project.parallel, 8);
  EXPECT_EQ(project.on_failure, "stop");
}

TEST(Project, SaysHowLongWhatRunsLeaveStays) {
  const TempFolder folder;
  folder.write("holdfast.yaml", "retention: {secrets: 10m, number: 5, size: 1MiB}\n");
  Diagnostics diagnostics;
  Project project = load_project(folder.path(), diagnostics);
  EXPECT_EQ(errors_text(diagnostics, false), "");
  EXPECT_EQ(retention_words(project.retention), "600 2592000 5 1024 15552000");
  EXPECT_TRUE(set_retention("age=1d", project.retention));
  EXPECT_EQ(retention_words(project.retention), "600 86400 5 1024 15552000");
  EXPECT_EQ(set_retention("ag=1d", project.retention).error().code, Code::Usage);
  EXPECT_FALSE(set_retention("number=0", project.retention));
  EXPECT_FALSE(set_retention("age", project.retention));
}

TEST(Project, StandsForItselfWhereThereIsNone) {
  const TempFolder folder;
  folder.write("holdfast.yaml", kGood);
  folder.write("checkout/.git/HEAD", "");
  folder.write("checkout/manifests/x.yaml", "");
  Diagnostics diagnostics;
  const Project project = load_project(folder.path() + "/checkout/manifests", diagnostics);
  EXPECT_FALSE(project.found) << "a checkout's top is where the search ends";
  EXPECT_EQ(project.folder, folder.path() + "/checkout/manifests");
  EXPECT_EQ(project.name, "");
  EXPECT_FALSE(diagnostics.failed());
}

TEST(Project, AnOnlyEnvironmentIsTheDefault) {
  const TempFolder folder;
  folder.write("holdfast.yaml", "environments: {lab: {inventory: i, manifests: m.yaml}}\n");
  Diagnostics diagnostics;
  EXPECT_EQ(load_project(folder.path(), diagnostics).default_environment, "lab");
  EXPECT_FALSE(diagnostics.failed());
}

TEST(Project, SaysAllThatIsWrongAtOnce) {
  const TempFolder folder;
  folder.write("holdfast.yaml",
               "project: a b\nenvironmnts: {}\nenvironments:\n  x: {inventry: a}\n  y: 1\n"
               "default: z\nparallel: many\n");
  Diagnostics diagnostics;
  load_project(folder.path(), diagnostics);
  std::vector<std::string> messages;
  for (const Error& error : diagnostics.errors()) {
    messages.push_back(error.where.text() + " " + error.message);
  }
  EXPECT_THAT(messages,
              testing::ElementsAre(
                  "holdfast.yaml:2:1 holdfast.yaml has no key 'environmnts'",
                  "holdfast.yaml:1:10 the project's name 'a b' can't be used",
                  "holdfast.yaml:4:7 environment 'x' has no key 'inventry'",
                  "holdfast.yaml:4:3 environment 'x' needs an 'inventory'",
                  "holdfast.yaml:4:3 environment 'x' needs 'manifests'",
                  "holdfast.yaml:5:6 environment 'y' is a mapping, not a text",
                  "holdfast.yaml:6:10 there is no environment 'z'",
                  "holdfast.yaml:7:11 'parallel' needs a whole number from 1 to 1024, not 'many'"));
}

TEST(Project, SaysWhereTheHistoryIs) {
  const auto read = [](const std::string& text) {
    const TempFolder folder;
    folder.write("holdfast.yaml", text);
    Diagnostics diagnostics;
    Project project = load_project(folder.path(), diagnostics);
    project.name = diagnostics.failed() ? diagnostics.errors()[0].message : "";
    return project;
  };
  EXPECT_EQ(read("history: none\n").history, "none");
  const Project both = read("history: {to: \"sqlite:a\", required: true}\n");
  EXPECT_EQ(both.history, "sqlite:a");
  EXPECT_TRUE(both.history_required);
  EXPECT_EQ(both.history_where.line, 1);
  EXPECT_TRUE(read("history: {required: yes}\n").history_required);
  EXPECT_EQ(read("history: {at: x}\n").name, "'history' has no key 'at'");
}

TEST(Project, AListIsRefused) {
  const TempFolder folder;
  folder.write("holdfast.yaml", "- a\n");
  Diagnostics diagnostics;
  load_project(folder.path(), diagnostics);
  ASSERT_EQ(diagnostics.errors().size(), 1U);
  EXPECT_EQ(diagnostics.errors()[0].message, "holdfast.yaml is a mapping, not a list");
}

}  // namespace
}  // namespace holdfast
