#include "engine/manifest/trust_list.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

/// A folder of its own, gone with the test.
class TrustList : public testing::Test {
 protected:
  TrustList() {
    std::string name = (std::filesystem::temp_directory_path() / "trust-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~TrustList() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    return path.string();
  }

  std::filesystem::path folder_{};
};

TEST_F(TrustList, NamesEachProgramAndFileOnceAndSorted) {
  const std::string site = write("site.yaml",
                                 "vars:\n  b: !file token.txt\n  a: !command [pass, show, x]\n"
                                 "  list: [{deep: !file token.txt}]\n");
  const std::string broken = write("broken.yaml", "a: [");
  EXPECT_THAT(trust_list({site, broken}, ""),
              ElementsAre("command: pass show x", "file: token.txt"));
}

TEST_F(TrustList, KnowsAnInventoryProgramByItsContents) {
  const std::string program = write("inventory", "#!/bin/sh\necho '{}'\n");
  EXPECT_THAT(trust_list({}, program), ElementsAre());
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const auto before = trust_list({}, program);
  EXPECT_THAT(before, ElementsAre(StartsWith("inventory program: " + program + " ")));
  EXPECT_EQ(trust_list({}, folder_.string()), before);
  write("inventory", "#!/bin/sh\necho '{} '\n");
  EXPECT_NE(trust_list({}, program), before);
}

}  // namespace
}  // namespace holdfast
