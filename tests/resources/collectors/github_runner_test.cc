#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "resources/github/runner_text.h"
#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::unique_ptr<Collector> make_github_runner_collector();

namespace {

TEST(GithubPlaces, AreReadFromUrls) {
  const auto place = [](const char* url) {
    const auto found = github_place(url);
    return found ? found->api + found->scope.path() : std::string("-");
  };
  EXPECT_EQ(place("https://github.com/octo/hello"), "https://api.github.com/repos/octo/hello");
  EXPECT_EQ(place("https://GitHub.com/octo/"), "https://api.github.com/orgs/octo");
  EXPECT_EQ(place("https://ghe.local/enterprises/mega"),
            "https://ghe.local/api/v3/enterprises/mega");
  EXPECT_EQ(place("https://github.com"), "-");
  EXPECT_EQ(place("https://github.com/a/../b"), "-");
}

TEST(GithubRunnerCollector, ReadsTheVersionOfOneThatWasUnpackedByHand) {
  const TempFolder folder;
  const std::string listed = R"({"targets": {".NETCoreApp,Version=v8.0/linux-x64": {
      "Runner.Listener/2.329.0": {"dependencies": {"Runner.Common": "2.329.0"}}}}})";
  folder.write("known/bin/Runner.Listener.deps.json", listed);
  folder.write("unknown/bin/Runner.Listener", "");
  folder.write("hostile/bin/Runner.Listener.deps.json", "\"Runner.Listener/2\nunit x\"\n");
  const auto collector = make_github_runner_collector();
  const std::vector<std::string> keys{folder.path() + "/known", folder.path() + "/unknown",
                                      folder.path() + "/hostile"};
  const auto answers = collector->parse(keys, run_fragment(*collector, keys));
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(field(answers->at(0), "version"), Value("2.329.0"));
  EXPECT_EQ(field(answers->at(1), "version"), Value("by-hand"));
  EXPECT_EQ(field(answers->at(2), "version"), Value("by-hand"));
}

TEST(GithubRunnerCollector, ReadsWhatARunnerLeft) {
  const auto collector = make_github_runner_collector();
  const std::string json = base64_encode(
      "\xef\xbb\xbf{\"agentName\": \"one\", \"gitHubUrl\": \"u\", "
      "\"workFolder\": \"_work\", \"ephemeral\": \"True\"}");
  const auto values =
      collector->parse({"/a", "/b", "/c"},
                       "key\nkey\ncredentials\nrunner " + json +
                           "\nversion 2.329.0\nunit actions.runner.o.one.service\n"
                           "is LoadState=loaded\nis ActiveState=active\nis UnitFileState=enabled\n"
                           "settings \nkey\nno-systemd\nend\n");
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_TRUE(values->at(0).is_null());
  EXPECT_EQ(values->at(1).display(),
            R"({"credentials":true,"name":"one","url":"u","work":"_work","ephemeral":true,)"
            R"("disable_update":false,"version":"2.329.0",)"
            R"("unit":"actions.runner.o.one.service","active":"active","enabled":true,)"
            R"("settings":""})");
  EXPECT_EQ(values->at(2).display(), R"({"no-systemd":true})");
  EXPECT_FALSE(collector->parse({"/a"}, "key\nroot:x:0:0\nend\n"));
}

}  // namespace
}  // namespace holdfast
