// What the runner's service, processes and logs say, in folders that look like a host's.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "exporter/exporter.h"
#include "tests/support/source_dir.h"
#include "tests/support/temp_folder.h"

namespace holdfast::exporter {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const std::string kUnit = "actions.runner.o-r.h.service";

/// A host in a folder. Its process numbers are beyond what a kernel gives, so that none of them
/// lives.
class Host {
 public:
  Host() {
    fs::create_directories(folder_.path() + "/units");
    fs::create_directories(folder_.path() + "/proc");
    fs::create_directories(cgroup() + "/system.slice");
    fs::create_directories(runner() + "/_diag");
    write("runner/.service", kUnit + "\n");
    write("proc/stat", "cpu  1 0 0 1 0 0 0 0\n");
    write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 250 kB\n");
  }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string runner() const { return path("runner"); }
  std::string cgroup() const { return path("cgroup"); }
  Places places() const { return {path("proc"), cgroup(), path("units")}; }
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::app) << text;
  }
  void touch(const std::string& name, long seconds) const {
    const timespec times[] = {{seconds, 0}, {seconds, 0}};
    utimensat(AT_FDCWD, path(name).c_str(), times, 0);
  }

  void process(int pid, const std::string& name, char state = 'S', int start = 5) const {
    std::string text = std::to_string(pid) + " (" + name + ") " + state;
    for (int column = 4; column < 22; ++column) text += " 0";
    write("proc/" + std::to_string(pid) + "/stat", text + " " + std::to_string(start) + " 0 0\n");
  }
  void start(const std::string& processes, const std::string& slice = "system.slice") const {
    write("cgroup/" + slice + "/" + kUnit + "/cgroup.procs", processes);
    fs::create_symlink("id", path("units/invocation:" + kUnit));
  }
  RunnerService service(const std::string& unit = {}) const { return {runner(), unit, places()}; }

 private:
  const TempFolder folder_;
};

constexpr int kShell = 900000001;
constexpr int kListener = 900000002;
constexpr int kWorker = 900000003;

std::string numbers(std::initializer_list<int> pids) {
  std::string out;
  for (const int pid : pids) out += std::to_string(pid) + "\n";
  return out;
}

TEST(RunnerService, IsOnlineWhereItsListenerLives) {
  const Host host;
  host.process(kShell, "runsvc.sh");
  host.process(kListener, "Runner.Listener");
  host.start(numbers({kShell, kListener}));
  const auto state = host.service().look();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->active_state, "active");
  EXPECT_TRUE(state->online);
  EXPECT_FALSE(state->busy);
}

TEST(RunnerService, ActiveIsNotOnline) {
  const Host host;
  host.process(kShell, "runsvc.sh");
  host.process(kListener, "Runner.Listener", 'Z');
  host.start(numbers({kShell, kListener}));
  const auto state = host.service().look();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->active_state, "active");
  EXPECT_FALSE(state->online);
}

TEST(RunnerService, IsBusyWhileAWorkerLivesAlsoInAGroupBelow) {
  const Host host;
  host.process(kListener, "Runner.Listener");
  host.process(kWorker, "Runner.Worker");
  host.start(numbers({kListener}));
  host.write("cgroup/system.slice/" + kUnit + "/job.scope/cgroup.procs", numbers({kWorker}));
  RunnerService service = host.service();
  EXPECT_TRUE(service.look()->busy);
  EXPECT_TRUE(service.look()->busy) << "known from the last look";
  fs::remove_all(host.path("proc/" + std::to_string(kWorker)));
  EXPECT_FALSE(service.look()->busy);
  host.process(kWorker, "sleep", 'S', 6);
  EXPECT_FALSE(service.look()->busy) << "its number is another's now";
}

TEST(RunnerService, IsInactiveWithoutAGroup) {
  const Host host;
  const auto state = host.service().look();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->active_state, "inactive");
  EXPECT_FALSE(state->online);
  EXPECT_FALSE(state->busy);
}

TEST(RunnerService, LeftoversOfAStoppedServiceMakeItNeitherActiveNorOnline) {
  const Host host;
  host.process(kListener, "Runner.Listener");
  host.process(kWorker, "Runner.Worker");
  host.start(numbers({kListener, kWorker}));
  fs::remove(host.path("units/invocation:" + kUnit));
  const auto state = host.service().look();
  ASSERT_TRUE(state);
  EXPECT_EQ(state->active_state, "inactive");
  EXPECT_FALSE(state->online);
  EXPECT_TRUE(state->busy) << "the job goes on";
}

TEST(RunnerService, WaitsToBeStartedAgain) {
  const Host host;
  host.start("");
  EXPECT_EQ(host.service().look()->active_state, "activating");
}

TEST(RunnerService, IsFoundInAnotherSliceAndInOldHierarchies) {
  const Host host;
  host.process(kListener, "Runner.Listener");
  host.start(numbers({kListener}), "runners.slice/runners-o.slice");
  EXPECT_TRUE(host.service().look()->online);
  fs::create_directories(host.path("old"));
  fs::rename(host.cgroup(), host.path("old/systemd"));
  fs::rename(host.path("old"), host.cgroup());
  EXPECT_TRUE(host.service().look()->online);
}

TEST(RunnerService, IsFoundAgainAfterItMoved) {
  const Host host;
  host.process(kListener, "Runner.Listener");
  host.start(numbers({kListener}));
  RunnerService service = host.service();
  EXPECT_TRUE(service.look()->online);
  fs::create_directories(host.cgroup() + "/other.slice");
  fs::rename(host.cgroup() + "/system.slice/" + kUnit, host.cgroup() + "/other.slice/" + kUnit);
  EXPECT_TRUE(service.look()->online);
}

TEST(RunnerService, ANameThatIsGivenNeedsNoFile) {
  const Host host;
  fs::remove(host.runner() + "/.service");
  EXPECT_FALSE(host.service().look());
  EXPECT_EQ(host.service(kUnit).look()->active_state, "inactive");
}

TEST(RunnerService, TakesNoNameThatIsNone) {
  for (const char* text :
       {"", "\n", "ssh.socket\n", "../../x.service\n", "a b.service\n", ".service\n"}) {
    const Host host;
    host.write("runner/.service", text);
    EXPECT_FALSE(host.service().look()) << text;
  }
  const Host host;
  host.write("elsewhere", kUnit);
  fs::remove(host.runner() + "/.service");
  fs::create_symlink(host.path("elsewhere"), host.runner() + "/.service");
  EXPECT_FALSE(host.service().look()) << "a link of the runner's account is not followed";
  fs::remove(host.runner() + "/.service");
  mkfifo((host.runner() + "/.service").c_str(), 0644);
  EXPECT_FALSE(host.service().look()) << "nobody is waited for";
}

TEST(RunnerService, CannotBeToldWithoutSystemdOrWhereProcessesAreHidden) {
  const Host host;
  host.start(std::to_string(getpid()) + "\n");
  EXPECT_FALSE(host.service().look()) << "it lives, and /proc does not show it";
  const Host other;
  fs::remove_all(other.cgroup());
  EXPECT_FALSE(other.service().look());
}

std::string log_head(const std::string& version) {
  return "[2026-11-28 21:00:00Z INFO Listener] Runner is built for Linux (X64) - linux-x64.\n"
         "[2026-11-28 21:00:00Z INFO Listener] Version: " +
         version + "\r\n";
}

std::string job_line(const std::string& name) {
  return "[2026-11-28 21:00:09Z INFO Terminal] WRITE LINE: 2026-11-28 21:00:09Z: Running job: " +
         name + "\n";
}

class RunnerLogFiles : public testing::Test {
 protected:
  std::optional<std::uint64_t> count() {
    return logs_.refresh() ? jobs_.look(logs_) : std::nullopt;
  }
  std::optional<std::string> version() {
    logs_.refresh();
    return version_.look(logs_);
  }

  const Host host_;
  RunnerLogs logs_{host_.runner()};
  Jobs jobs_;
  RunnerVersion version_{host_.runner()};
};

const std::string kFirst = "runner/_diag/Runner_20261128-210000-utc.log";
const std::string kSecond = "runner/_diag/Runner_20261128-220000-utc.log";

TEST_F(RunnerLogFiles, CountJobsThatBeginFromNowOn) {
  host_.write(kFirst, log_head("2.329.0") + job_line("before"));
  EXPECT_EQ(count(), 0U);
  host_.append(kFirst, job_line("one") + "noise\n" + job_line("two").substr(0, 50));
  EXPECT_EQ(count(), 1U) << "half a line is none yet";
  host_.append(kFirst, job_line("two").substr(50));
  EXPECT_EQ(count(), 2U);
  EXPECT_EQ(count(), 2U);
}

TEST_F(RunnerLogFiles, CountOnInTheNextLog) {
  host_.write(kFirst, log_head("2.329.0"));
  EXPECT_EQ(count(), 0U);
  host_.append(kFirst, job_line("last of the old"));
  host_.write(kSecond, log_head("2.330.0") + job_line("first of the new"));
  host_.write("runner/_diag/Worker_20261128-220001-utc.log", job_line("no listener's log"));
  EXPECT_EQ(count(), 2U);
  fs::remove(host_.path(kFirst));
  fs::remove(host_.path(kSecond));
  EXPECT_EQ(count(), 2U) << "it never goes back";
  host_.write("runner/_diag/Runner_20261128-230000-utc.log", job_line("of the third"));
  EXPECT_EQ(count(), 3U);
}

TEST_F(RunnerLogFiles, CountFromTheBeginningOfALogThatWasEmptied) {
  host_.write(kFirst, log_head("2.329.0") + job_line("before"));
  EXPECT_EQ(count(), 0U);
  host_.write(kFirst, job_line("x"));
  EXPECT_EQ(count(), 1U);
}

TEST_F(RunnerLogFiles, TakeNoOtherLineForAJob) {
  host_.write(kFirst, "");
  EXPECT_EQ(count(), 0U);
  host_.append(
      kFirst,
      "[t INFO Terminal] WRITE LINE: 2026-11-28 21:00:09Z: Job a: Running job: b completed\n" +
          std::string(": Running job: x\n") + "[t INFO JobDispatcher] : Running job: x\n" +
          std::string(100000, 'x') + "\n[t INFO Terminal] WRITE LINE: \n");
  EXPECT_EQ(count(), 0U);
  host_.append(kFirst, job_line(std::string(100000, 'n')));
  EXPECT_EQ(count(), 1U);
}

TEST_F(RunnerLogFiles, AreMissingWhereTheFolderIs) {
  fs::remove_all(host_.runner() + "/_diag");
  EXPECT_FALSE(count());
  EXPECT_FALSE(logs_.last_written());
}

TEST_F(RunnerLogFiles, SayWhenTheRunnerWroteLast) {
  EXPECT_TRUE(logs_.refresh());
  EXPECT_FALSE(logs_.last_written()) << "there is none";
  host_.write(kFirst, "x");
  host_.write("runner/_diag/Worker_20261128-215900-utc.log", "x");
  host_.write("runner/_diag/SelfUpdate-x.log", "x");
  host_.touch(kFirst, 1000);
  host_.touch("runner/_diag/Worker_20261128-215900-utc.log", 2000);
  host_.touch("runner/_diag/SelfUpdate-x.log", 9000);
  EXPECT_TRUE(logs_.refresh());
  EXPECT_EQ(logs_.last_written(), 2000.0);
  host_.touch(kFirst, 3000);
  EXPECT_EQ(logs_.last_written(), 3000.0);
}

TEST_F(RunnerLogFiles, AreLookedThroughAgainWhereOneWasAdded) {
  host_.touch("runner/_diag", 1000);
  EXPECT_TRUE(logs_.refresh());
  host_.write(kFirst, "x");
  EXPECT_TRUE(logs_.refresh());
  EXPECT_EQ(logs_.of_listener().size(), 1U);
}

TEST_F(RunnerLogFiles, NameTheVersionThatRuns) {
  EXPECT_FALSE(version());
  fs::create_directory_symlink("bin.2.328.0", host_.runner() + "/bin");
  EXPECT_EQ(version(), "2.328.0");
  host_.write(kFirst, log_head("2.329.0"));
  EXPECT_EQ(version(), "2.329.0");
  host_.write(kSecond, "");
  EXPECT_EQ(version(), "2.329.0") << "just begun";
  host_.append(kSecond, log_head("2.330.0"));
  EXPECT_EQ(version(), "2.330.0");
  host_.write("runner/_diag/Runner_20261128-230000-utc.log", std::string(20000, 'x'));
  EXPECT_EQ(version(), "2.330.0") << "that one goes on with the one before";
}

TEST(RunnerVersionText, IsTakenFromTheListenersLineOnly) {
  EXPECT_EQ(parse_version(log_head("2.329.0")), "2.329.0");
  EXPECT_FALSE(parse_version("[t INFO Terminal] Version: 1\n"));
  EXPECT_FALSE(parse_version("[t INFO Listener] Version: 2.3")) << "cut short";
  EXPECT_FALSE(parse_version("[t INFO Listener] Version: a\"b\n"));
  EXPECT_FALSE(parse_version("[t INFO Listener] Version: " + std::string(100, '1') + "\n"));
}

Settings settings_of(const Host& host) {
  Settings out;
  out.environment = "staging";
  out.authorized_for_prod = "false";
  out.runner_dir = host.runner();
  return out;
}

TEST(Metrics, AreAllThere) {
  const Host host;
  host.process(kListener, "Runner.Listener");
  host.start(numbers({kListener}));
  host.write(kFirst, log_head("2.329.0"));
  host.touch(kFirst, 1700000000);
  host.write("expiry", "2026-12-31\n");
  Settings settings = settings_of(host);
  settings.runner_name = "r1";
  settings.credential_file = host.path("expiry");
  Exporter exporter(settings, "h1", host.places());
  host.write("proc/stat", "cpu  2 0 0 4 0 0 0 0\n");
  const std::string text = exporter.metrics(Format::Text);
  const std::string common = "hostname=\"h1\",environment=\"staging\"";
  for (const std::string& line :
       {"runner_status{" + common + ",authorized_for_prod=\"false\",active_state=\"active\"} 1",
        "runner_busy{" + common + "} 0", "runner_cpu_usage_percent{" + common + "} 25",
        "runner_memory_usage_percent{" + common + "} 75",
        "runner_memory_total_bytes{" + common + "} 1024000",
        "runner_last_check_in_timestamp_seconds{" + common + "} 1700000000",
        "runner_jobs_total{" + common + "} 0",
        "runner_version_info{" + common + ",runner_name=\"r1\",version=\"2.329.0\"} 1",
        "runner_credential_expiry_timestamp_seconds{" + common + "} 1798675200"}) {
    EXPECT_THAT(text, HasSubstr("\n" + line + "\n"));
  }
  for (const char* name :
       {"service", "cpu", "memory", "disk", "check_in", "jobs", "version", "credential"}) {
    EXPECT_THAT(text, HasSubstr("collector=\"" + std::string(name) + "\"} 1\n"));
  }
  for (const char* name :
       {"runner_disk_usage_percent{", "runner_disk_available_bytes{", "runner_exporter_build_info{",
        "runner_exporter_scrape_duration_seconds{"}) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string(name)));
  }
}

/// Metrics, their types and the names of their labels, without a value.
std::string shape(const std::string& text) {
  std::string out;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted || c == '"') out += c;
  }
  return std::regex_replace(out, std::regex("(\n[^#\n]*) [^ \n]+(?=\n)"), "$1");
}

TEST(Metrics, AreThoseThatTheModuleSaysThatThereAre) {
  const Host host;
  host.process(kListener, "Runner.Listener");
  host.start(numbers({kListener}));
  host.write(kFirst, log_head("2.329.0"));
  host.touch(kFirst, 1700000000);
  host.write("expiry", "2026-12-31\n");
  Settings settings = settings_of(host);
  settings.runner_name = "r1";
  settings.credential_file = host.path("expiry");
  Exporter exporter(settings, "h1", host.places());
  host.write("proc/stat", "cpu  2 0 0 4 0 0 0 0\n");
  const std::string text = exporter.metrics(Format::Text);
  const std::string path = source_dir() + "/manifests/files/runner-exporter.prom";
  if (std::getenv("HOLDFAST_ACCEPT") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  const std::string stated{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(shape(stated), shape(text)) << "HOLDFAST_ACCEPT=1 writes it anew";
}

TEST(Metrics, WhatCannotBeReadIsMissingAndSaidToBe) {
  const TempFolder empty;
  const Host host;
  Settings settings = settings_of(host);
  settings.runner_dir = empty.path() + "/none";
  settings.credential_file = empty.path() + "/none";
  Exporter exporter(settings, "h1", {empty.path(), empty.path(), empty.path()});
  const std::string text = exporter.metrics(Format::Text);
  for (const char* name :
       {"service", "cpu", "memory", "disk", "check_in", "jobs", "version", "credential"}) {
    EXPECT_THAT(text, HasSubstr("collector=\"" + std::string(name) + "\"} 0\n"));
  }
  for (const char* name :
       {"runner_status", "runner_busy", "runner_cpu", "runner_memory", "runner_disk", "runner_last",
        "runner_jobs", "runner_version", "runner_credential"}) {
    EXPECT_THAT(text, Not(HasSubstr(name)));
  }
}

}  // namespace
}  // namespace holdfast::exporter
