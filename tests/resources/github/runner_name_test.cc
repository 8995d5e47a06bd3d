#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wiring/wiring.h"
#include "resources/registry.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

/// A runner `one` of this host, for a place as it is written.
std::string runner_on(const std::string& host, const std::string& url) {
  return "hosts: " + host + "\nresources:\n  - github_runner: one\n    url: " + url +
         "\n    token: t\n    version: 2.329.0\n    sha256: "
         "194f1e1e4bd02f80b7e9633fc546084d8d4e19f3928a324d512ea53430102e1d\n";
}

std::vector<Error> refused_names(const std::string& url_of_h1, const std::string& url_of_h2) {
  Site site(all_kinds());
  site.write("manifests/one.yaml", runner_on("h1", url_of_h1));
  site.write("manifests/two.yaml", runner_on("h2", url_of_h2));
  site.manifests = {"manifests/one.yaml", "manifests/two.yaml"};
  const Catalog catalog = site.expand();
  EXPECT_FALSE(site.diagnostics.failed()) << site.errors();
  Diagnostics found;
  follow_wiring(catalog.declarations, site.inventory(), all_kinds(), found);
  return found.errors();
}

TEST(RunnerNames, OneOfTwoHostsIsRefusedWithBothPlaces) {
  const auto errors =
      refused_names("https://github.com/octo/hello", "https://GitHub.com/Octo/Hello/");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, Code::GithubRunnerElsewhere);
  EXPECT_EQ(errors[0].message,
            "github_runner one on h2 and github_runner one on h1 both decide over runner one at "
            "https://api.github.com/repos/octo/hello");
  EXPECT_THAT(errors[0].where.text(), testing::HasSubstr("manifests/two.yaml:3:"));
  ASSERT_EQ(errors[0].notes.size(), 1U);
  EXPECT_THAT(errors[0].notes[0].where.text(), testing::HasSubstr("manifests/one.yaml:3:"));
}

TEST(RunnerNames, OfAnotherScopeAreOthers) {
  EXPECT_TRUE(refused_names("https://github.com/octo/hello", "https://github.com/octo").empty());
  EXPECT_TRUE(
      refused_names("https://github.com/octo/hello", "https://ghe.local/octo/hello").empty());
}

}  // namespace
}  // namespace holdfast
