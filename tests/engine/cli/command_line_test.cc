#include "engine/cli/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

struct ReadWords {
  Asked asked;
  Options options;
  std::string said;
};

ReadWords typed(std::vector<const char*> words) {
  words.insert(words.begin(), "holdfast");
  ReadWords out;
  testing::internal::CaptureStderr();
  out.asked = read_command_line(static_cast<int>(words.size()), words.data(), out.options);
  out.said = testing::internal::GetCapturedStderr();
  return out;
}

TEST(CommandLine, TakesAnEmptyWordForASlip) {
  const std::vector<std::vector<const char*>> slips{{"apply", "--yes", "-e", ""},
                                                    {"apply", "-i", ""},
                                                    {"apply", "--limit", ""},
                                                    {"apply", "--tags", ""},
                                                    {"apply", "--target", ""},
                                                    {"validate", ""},
                                                    {"plan", "a.yaml", ""},
                                                    {"plan", "--out", ""},
                                                    {"why", "--manifest", "", "h1", "x"},
                                                    {"prepare", ""},
                                                    {"prepare", "--key", ""},
                                                    {"pause", "h1", "", "--for", "1h"}};
  for (const auto& words : slips) {
    const ReadWords got = typed(words);
    EXPECT_EQ(got.asked.run, nullptr) << words[0] << " " << words[1];
    EXPECT_EQ(got.asked.code, static_cast<int>(Exit::Usage)) << got.said;
    EXPECT_NE(got.said.find("is empty"), std::string::npos) << got.said;
  }
}

TEST(CommandLine, TakesWhatIsGiven) {
  const ReadWords got = typed({"plan", "-e", "staging", "--limit", "web", "--set", "x=", "a.yaml"});
  ASSERT_NE(got.asked.run, nullptr) << got.said;
  EXPECT_EQ(got.options.environment, "staging");
  EXPECT_EQ(got.options.limit, std::vector<std::string>{"web"});
  EXPECT_EQ(got.options.set, std::vector<std::string>{"x="});
  EXPECT_EQ(got.options.manifests, std::vector<std::string>{"a.yaml"});
}

}  // namespace
}  // namespace holdfast
