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

  std::vector<std::string> list(const std::vector<std::string>& files,
                                const std::string& inventory) const {
    Project project;
    project.folder = folder_.string();
    return trust_list(project, files, inventory);
  }

  std::filesystem::path folder_{};
};

TEST_F(TrustList, NamesEachProgramAndFileOnceAndSorted) {
  write("site.yaml",
        "vars:\n  b: !file ../token.txt\n  a: !command [pass, show, x]\n"
        "  list: [{deep: !file ../token.txt}]\n");
  write("broken.yaml", "a: [");
  EXPECT_THAT(list({"site.yaml", "broken.yaml"}, ""),
              ElementsAre("command: pass show x", "file: ../token.txt"));
}

TEST_F(TrustList, LeavesOutFilesOfTheProjectItself) {
  std::filesystem::create_directory(folder_ / "files");
  write("files/token.txt", "x");
  std::filesystem::create_symlink("/etc/hostname", folder_ / "files/out.txt");
  write("site.yaml",
        "a: !file token.txt\nb: !file files/token.txt\nc: !file out.txt\nd: !file /etc/shadow\n");
  EXPECT_THAT(list({"site.yaml"}, ""), ElementsAre("file: /etc/shadow", "file: out.txt"));
}

TEST_F(TrustList, KnowsAnInventoryProgramByItsContents) {
  const std::string program = write("inventory", "#!/bin/sh\necho '{}'\n");
  EXPECT_THAT(list({}, program), ElementsAre());
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const auto before = list({}, program);
  EXPECT_THAT(before, ElementsAre(StartsWith("inventory program: " + program + " ")));
  EXPECT_EQ(list({}, folder_.string()), before);
  write("inventory", "#!/bin/sh\necho '{} '\n");
  EXPECT_NE(list({}, program), before);
}

}  // namespace
}  // namespace holdfast
