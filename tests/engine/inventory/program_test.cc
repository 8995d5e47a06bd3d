#include "engine/inventory/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

using testing::HasSubstr;

Inventory load(const std::string& path, bool trusted, Diagnostics& diagnostics) {
  return load_inventory(path, diagnostics, trusted);
}

TEST(InventoryProgram, RunsOnlyWhereTrusted) {
  const TempFolder folder;
  const std::string mark = folder.path() + "/ran";
  const std::string path =
      folder.write("inv.sh", "#!/bin/sh\ntouch '" + mark + "'\necho '{\"web\": [\"h1\"]}'\n", 0755);
  Diagnostics untrusted;
  EXPECT_TRUE(load(path, false, untrusted).hosts().empty());
  ASSERT_TRUE(untrusted.failed());
  EXPECT_EQ(untrusted.errors()[0].code, Code::InventoryProgramUntrusted);
  EXPECT_THAT(untrusted.errors()[0].message, HasSubstr(path));
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST(InventoryProgram, ItsAnswerIsAnInventory) {
  const TempFolder folder;
  const std::string path = folder.write("inv.sh",
                                        "#!/bin/sh\n"
                                        "[ \"$1\" = --list ] || exit 9\n"
                                        "echo '{\"_meta\": {\"hostvars\": {\"h1\": {\"a\": 1.5}}},"
                                        "\"web\": {\"hosts\": [\"h1\"], \"vars\": {\"v\": \"yes\"},"
                                        "\"children\": [\"db\"]}, \"db\": [\"h2\"]}'\n",
                                        0755);
  Diagnostics diagnostics;
  const Inventory got = load(path, true, diagnostics);
  ASSERT_FALSE(diagnostics.failed()) << diagnostics.errors()[0].message;
  EXPECT_EQ(got.members("web"), (std::vector<std::string>{"h1", "h2"}));
  EXPECT_EQ(got.host("h1")->variables.at("a").value, Value(1.5));
  EXPECT_EQ(got.host("h2")->variables.at("v").value, Value("yes"));
}

TEST(InventoryProgram, AsksForEachHostWhereItHasToDo) {
  const TempFolder folder;
  const std::string path =
      folder.write("inv.sh",
                   "#!/bin/sh\n"
                   "case $1 in --list) echo '{\"web\": [\"h1\", \"h2\"]}';;\n"
                   "*) [ \"$2\" = h2 ] || echo \"{\\\"me\\\": \\\"$2\\\"}\";;\n"
                   "esac\n",
                   0755);
  Diagnostics diagnostics;
  const Inventory got = load(path, true, diagnostics);
  ASSERT_FALSE(diagnostics.failed());
  EXPECT_EQ(got.host("h1")->variables.at("me").value, Value("h1"));
  EXPECT_TRUE(got.host("h2")->variables.empty());
}

TEST(InventoryProgram, FailuresSayWhatHappened) {
  const TempFolder folder;
  const std::vector<std::pair<std::string, std::string>> cases{
      {"echo broken >&2; exit 3", "ended with status 3: broken"},
      {"kill -9 $$", "was ended by signal 9"},
      {"echo text", "isn't an inventory"},
      {"echo '[1]'", "isn't an inventory"},
      {R"(echo '{"web": {"hosts": "h1"}}')", "the hosts of 'web'"},
      {R"(echo '{"web": {"hosts": [1]}}')", "a host of 'web'"},
      {R"(echo '{"web": {"vars": []}}')", "the variables of 'web'"},
      {R"(echo '{"a": {"children": ["a"]}}')", "'a'"},
  };
  for (const auto& [body, said] : cases) {
    const std::string path = folder.write("inv.sh", "#!/bin/sh\n" + body + "\n", 0755);
    Diagnostics diagnostics;
    load(path, true, diagnostics);
    ASSERT_TRUE(diagnostics.failed()) << body;
    EXPECT_THAT(diagnostics.errors()[0].message, HasSubstr(said));
  }
}

TEST(InventoryProgram, HasALimitedTime) {
  const TempFolder folder;
  const std::string path = folder.write("inv.sh", "#!/bin/sh\nsleep 60\n", 0755);
  InventoryBuilder builder;
  std::vector<Error> errors;
  run_inventory_program(path, builder, errors, std::chrono::seconds(0));
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors[0].message, HasSubstr("took too long"));
}

TEST(InventoryProgram, DataWithAnExecutableBitIsData) {
  const TempFolder folder;
  EXPECT_FALSE(is_inventory_program(folder.write("data", "[web]\nh1\n", 0755)));
  EXPECT_FALSE(is_inventory_program(folder.write("script", "#!/bin/sh\n", 0644)));
  EXPECT_TRUE(is_inventory_program(folder.write("program", "#!/bin/sh\n", 0755)));
  EXPECT_FALSE(is_inventory_program(folder.path()));
}

}  // namespace
}  // namespace holdfast
