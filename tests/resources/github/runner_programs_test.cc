#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"
#include "tests/support/fragment.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

std::unique_ptr<Kind> make_github_runner_kind();

namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr std::string_view kUnits = "/etc/systemd/system";
const char* const kUnit = "actions.runner.octo-hello.one.service";

/// What the steps of a new runner run on its host, run here: the runner's folder and that of the
/// units lie in a temporary one, and what a service does is a link more or less.
class RunnerPrograms : public testing::Test {
 protected:
  RunnerPrograms() {
    folder_.write("programs/runuser", "#!/bin/sh\nshift 3\nexec \"$@\"\n", 0755);
    folder_.write("programs/systemctl",
                  "#!/bin/sh\ncd " + folder_.path() +
                      "/units || exit 1\nfor unit do :; done\ncase $1 in\n"
                      "enable) mkdir -p a.wants && ln -sf \"../$unit\" \"a.wants/$unit\" ;;\n"
                      "disable) rm -f \"a.wants/$unit\" ;;\nesac\n",
                  0755);
    folder_.write("units/other.service", "");
  }

  holdfast::Run step(const std::string& note) const {
    const Resource one = resource_for(*kind_, "one",
                                      state({{"url", "https://github.com/octo/hello"},
                                             {"token", Secret("ghp-secret")},
                                             {"version", "2.329.0"},
                                             {"sha256", std::string(64, '0')},
                                             {"directory", folder_.path() + "/runner"}}));
    for (const PhasedStep& phased : kind_->steps(one, Change{.action = Action::Create})) {
      const auto* found = std::get_if<holdfast::Run>(&phased.step);
      if (found != nullptr && found->note == note) return *found;
    }
    ADD_FAILURE() << "no step is called " << note;
    return {};
  }

  std::string run(Argv argv, const std::string& input = {}) const {
    const std::string units = folder_.path() + "/units";
    for (std::string& word : argv) {
      for (auto at = word.find(kUnits); at != std::string::npos; at = word.find(kUnits, at))
        word.replace(at, kUnits.size(), units);
    }
    return run_program(
        "exec \"$@\"", argv, input,
        "PATH=" + folder_.path() + "/programs:$PATH HF_CAPTURE=" + folder_.path() + "/capture");
  }

  /// Its capture, as a run keeps it.
  void keep(const holdfast::Run& of) const {
    const std::string said = run(of.capture);
    EXPECT_THAT(said, EndsWith("status 0\n"));
    folder_.write("capture", said.substr(0, said.rfind("status ")));
  }

  void take_back(const holdfast::Run& it) const {
    EXPECT_EQ(run(std::get<Argv>(it.undo)), "status 0\n");
  }

  /// Every file and link, with what it holds.
  std::string snapshot() const {
    return run_program(
        "cd \"$1\" && find runner units ! -type d | sort | while read -r name; do\n"
        "echo \"$(stat -c '%A %N' \"$name\") $(cat \"$name\")\"; done",
        {folder_.path()});
  }

  const TempFolder folder_;
  const std::unique_ptr<Kind> kind_ = make_github_runner_kind();
};

TEST_F(RunnerPrograms, AServiceThatWasThereIsThereAgainOnTheWayBack) {
  const std::string unit = std::string("units/") + kUnit;
  folder_.write("runner/svc.sh", std::string("SVC_NAME=\"") + kUnit + "\"\n");
  folder_.write("runner/bin/runsvc.sh", "new\n");
  folder_.write("runner/runsvc.sh", "old\n", 0755);
  folder_.write(unit, "[Service]\nWorkingDirectory=" + folder_.path() + "/runner\n");
  folder_.write(unit + ".d/50-holdfast.conf", "[Service]\nMemoryMax=1G\n");
  const holdfast::Run made = step("make the service of one");
  const auto go_there_and_back = [&] {
    const std::string before = snapshot();
    keep(made);
    EXPECT_EQ(run(made.argv, "[Service]\nMemoryMax=2G\n"), "status 0\n");
    EXPECT_THAT(snapshot(), HasSubstr("MemoryMax=2G"));
    take_back(made);
    EXPECT_EQ(snapshot(), before);
  };
  {
    SCOPED_TRACE("its registration alone tells its name");
    go_there_and_back();
  }
  folder_.write("runner/.service", std::string(kUnit) + "\n");
  {
    SCOPED_TRACE("it does not start at boot");
    go_there_and_back();
  }
  EXPECT_EQ(run({"systemctl", "enable", "--", kUnit}), "status 0\n");
  {
    SCOPED_TRACE("it starts at boot");
    go_there_and_back();
  }
}

TEST_F(RunnerPrograms, WhereNoServiceWasThereIsNoneOnTheWayBack) {
  folder_.write("runner/svc.sh", std::string("SVC_NAME=\"") + kUnit + "\"\n");
  folder_.write("runner/bin/runsvc.sh", "new\n");
  const holdfast::Run made = step("make the service of one");
  const std::string before = snapshot();
  keep(made);
  EXPECT_THAT(run(made.argv, "[Service]\n"), EndsWith("status 0\n"));
  EXPECT_THAT(snapshot(), HasSubstr(std::string("a.wants/") + kUnit));
  take_back(made);
  EXPECT_EQ(snapshot(), before);
}

}  // namespace
}  // namespace holdfast
