#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "resources/unpack/programs.h"
#include "tests/resources/make.h"
#include "tests/resources/table.h"
#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::unique_ptr<Kind> make_deploy_state_kind();

namespace {

Given state_there(const std::string& text) {
  return {{{"stat", "/srv/s"}, stat_answer("file")},
          {{"digest", "/srv/s"}, digest_answer(text)},
          {{"content", "/srv/s"}, state({{"content", text}})}};
}

class DeployStatePlan : public testing::TestWithParam<KindCase> {};

TEST_P(DeployStatePlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_deploy_state_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "/srv/s", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, DeployStatePlan,
    testing::Values(
        KindCase{"Converged", state({{"version", "2"}, {"fields", state({{"by", "ann"}})}}),
                 state_there("{\"current_version\": \"2\", \"by\": \"bob\"}"), ""},
        KindCase{
            "New",
            state({{"version", "1"}}),
            {{{"stat", "/srv/s"}, {}}, {{"digest", "/srv/s"}, {}}, {{"content", "/srv/s"}, {}}},
            "write /srv/s < '{\\n  \"current_version\": \"1\",\\n  \"previous_version\": "
            "null,\\n  \"last_deploy_timestamp\": \"\",\\n  \"deploy_start\": \"\"\\n}\\n'\n",
            "deploy-state-undo /srv s c8b171da62302b1b absent 1\n",
            "does not exist"},
        KindCase{"Next", state({{"version", "2"}, {"fields", state({{"by", "ann"}})}}),
                 state_there("{\"current_version\": \"1\"}"),
                 "write /srv/s < '{\\n  \"current_version\": \"2\",\\n  \"previous_version\": "
                 "\"1\",\\n  \"last_deploy_timestamp\": \"\",\\n  \"deploy_start\": \"\",\\n  "
                 "\"by\": \"ann\"\\n}\\n'\n",
                 "deploy-state-undo /srv s 9257f15d8dca711a "
                 "file:98a665edb336a897f6188dfe0cfaddf24a2bc7e20d9395b4dd6e2d31da3e9a2b 2\n",
                 "version 1 -> 2"}),
    [](const auto& p) { return p.param.name; });

TEST(DeployStateCheck, SaysWhatIsWrong) {
  const auto kind = make_deploy_state_kind();
  const auto check = [&](State desired) {
    return check_text(*kind, resource_for(*kind, "/srv/s", std::move(desired)));
  };
  EXPECT_EQ(check(state({{"version", "1"}})), "");
  EXPECT_THAT(check(state({{"version", "a\"b"}})), testing::HasSubstr("no version"));
  EXPECT_THAT(check(state({{"version", "1"}, {"fields", state({{"deploy_start", "x"}})}})),
              testing::HasSubstr("written by itself"));
  EXPECT_THAT(check(state({{"version", "1"}, {"fields", state({{"by", Secret("x")}})}})),
              testing::HasSubstr("no place for a secret"));
}

TEST(DeployStateProgram, FillsTheTimesInAndGoesBack) {
  const TempFolder folder;
  const std::string file = folder.write("s", "{\"current_version\": \"1\"}", 0640);
  const std::string old = "file:" + sha256_hex(text_of_file(file));
  const std::string said = run_program(put_capture_program(), {folder.path(), "s"});
  const TempFolder beside;
  const std::string capture = beside.write("capture", said.substr(0, said.rfind("status ")));
  EXPECT_EQ(run_program(state_program(), {folder.path(), "s", "t", old},
                        "{\n  \"current_version\": \"2\",\n  \"last_deploy_timestamp\": \"\",\n"
                        "  \"deploy_start\": \"\"\n}\n"),
            "status 0\n");
  EXPECT_THAT(
      text_of_file(file),
      testing::MatchesRegex("\\{\n  \"current_version\": \"2\",\n  \"last_deploy_timestamp\": "
                            "\"20..-..-..T..:..:..Z\",\n  \"deploy_start\": "
                            "\"20..-..-..T..:..:..Z\"\n\\}\n"));
  const auto undo = [&](const std::string& version) {
    return run_program(state_undo_program(), {folder.path(), "s", "t", old, version}, {},
                       "HF_CAPTURE=" + capture + " ");
  };
  EXPECT_THAT(undo("3"), testing::HasSubstr("changed by somebody else"));
  EXPECT_EQ(undo("2"), "status 0\n");
  EXPECT_EQ(text_of_file(file), "{\"current_version\": \"1\"}");
  EXPECT_EQ(std::filesystem::status(file).permissions(), static_cast<std::filesystem::perms>(0640));
}

}  // namespace
}  // namespace holdfast
