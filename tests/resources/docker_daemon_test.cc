#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_docker_daemon_kind();
std::unique_ptr<Collector> make_docker_collector();

namespace {

constexpr const char* kDaemonPath = "/etc/docker/daemon.json";

struct Daemon {
  const char* text = nullptr;  ///< nullptr: there is no file.
  bool runs = true;
  ValueList containers{};
  bool folder = true;
};

Answers daemon_answers(const Daemon& daemon) {
  Answers out;
  out.set({"stat", kDaemonPath}, daemon.text == nullptr ? Value() : stat_answer("file"));
  ValueMap content;
  if (daemon.text != nullptr) content.set("content", daemon.text);
  out.set({"content", kDaemonPath}, daemon.text == nullptr ? Value() : Value(content));
  out.set({"stat", "/etc/docker"}, daemon.folder ? stat_answer("directory", "0755") : Value());
  ValueMap unit;
  unit.set("ActiveState", daemon.runs ? "active" : "inactive");
  out.set({"systemd", "docker.service"}, unit);
  out.set({"docker", "docker"}, daemon.containers);
  return out;
}

PlannedChange plan_daemon(const State& desired, const Daemon& daemon) {
  const auto kind = make_docker_daemon_kind();
  return planned_change(*kind, resource_for(*kind, "docker", desired), daemon_answers(daemon));
}

State options(const char* size) {
  return state({{"log_opts", Value(state({{"max-size", size}}))}});
}

TEST(DockerDaemon, KeysHaveTheirNamesAndShapesOfTheDaemon) {
  const auto kind = make_docker_daemon_kind();
  const State limit = state({{"soft", 1}, {"hard", 2}});
  const State desired = kind->desired(
      resource_for(*kind, "docker",
                   state({{"log_driver", "local"},
                          {"max_concurrent_downloads", 3},
                          {"default_ulimits", Value(state({{"nofile", Value(limit)}}))},
                          {"settings", Value(state({{"bip", "10.0.0.1/24"}}))},
                          {"remove", ValueList{"/debug"}}})));
  EXPECT_EQ(
      Value(desired).display(),
      "{\"/log-driver\":\"local\",\"/max-concurrent-downloads\":3,"
      "\"/default-ulimits/nofile/Name\":\"nofile\",\"/default-ulimits/nofile/Hard\":2,"
      "\"/default-ulimits/nofile/Soft\":1,\"/bip\":\"10.0.0.1/24\",\"/debug\":\"(removed)\"}");
}

TEST(DockerDaemon, IsReloadedWhereThatIsEnough) {
  const PlannedChange planned =
      plan_daemon(state({{"labels", ValueList{"a=b"}}}), {.text = "{\"x\": 1}"});
  EXPECT_EQ(planned.steps, "1 write /etc/docker/daemon.json\n2 reload-or-restart docker.service\n");
  EXPECT_EQ(planned.back, "last: systemctl reload-or-restart -- docker.service\n");
  ASSERT_EQ(planned.effects.brings.size(), 1U);
  EXPECT_EQ(planned.effects.brings[0], "reloads docker.service; containers run on");
}

TEST(DockerDaemon, IsRestartedWhereItMustBeAndNamesWhatThatEnds) {
  const PlannedChange planned =
      plan_daemon(options("10m"),
                  {.text = "{\"log-opts\": {\"max-size\": \"5m\"}}", .containers = {"db", "web"}});
  EXPECT_EQ(planned.change.reason, "/log-opts/max-size 5m -> 10m");
  EXPECT_EQ(planned.steps, "1 write /etc/docker/daemon.json\n2 restart docker.service\n");
  EXPECT_EQ(planned.back, "last: systemctl restart -- docker.service\n");
  EXPECT_EQ(
      planned.effects.brings,
      (std::vector<std::string>{"restarts docker.service", "ends containers that run: db, web"}));
  const PlannedChange live =
      plan_daemon(options("10m"), {.text = "{\"live-restore\": true}", .containers = {"db"}});
  EXPECT_EQ(live.effects.brings.back(), "containers that run on (live-restore): db");
}

TEST(DockerDaemon, ContainersCountOnlyWhereARestartIsDue) {
  const char* text = "{\"log-opts\": {\"max-size\": \"10m\"}}";
  const PlannedChange none = plan_daemon(options("10m"), {.text = text, .containers = {"db"}});
  EXPECT_EQ(none.change.action, Action::None);
  EXPECT_EQ(none.change.before->find("containers"), nullptr);
}

TEST(DockerDaemon, ADaemonThatDoesNotRunIsLeftSoUnlessItIsStartedMeanwhile) {
  const PlannedChange planned = plan_daemon(options("10m"), {.runs = false, .folder = false});
  EXPECT_EQ(planned.steps,
            "0 make /etc/docker\n1 write /etc/docker/daemon.json\n2 restart docker.service if it "
            "runs by now\n");
  EXPECT_EQ(planned.back, "docker-folder-undo /etc/docker\nlast: docker-late docker.service\n");
  EXPECT_TRUE(planned.effects.makes);
}

TEST(DockerDaemon, RefusesWhatContradictsItself) {
  const auto kind = make_docker_daemon_kind();
  const auto said = [&](const char* name, const State& desired) {
    return check_text(*kind, resource_for(*kind, name, desired));
  };
  EXPECT_NE(said("a b", options("1m")), "");
  EXPECT_NE(said("docker", {}).find("no key"), std::string::npos);
  EXPECT_NE(said("docker", state({{"settings", Value(state({{"log-opts", 1}}))}}))
                .find("attribute of its own"),
            std::string::npos);
  State both = options("1m");
  both.set("remove", ValueList{"/log-opts"});
  EXPECT_NE(said("docker", both).find("is removed"), std::string::npos);
  both.set("remove", ValueList{"debug"});
  EXPECT_NE(said("docker", both).find("no JSON pointer"), std::string::npos);
}

TEST(DockerCollector, ReadsNames) {
  const auto collector = make_docker_collector();
  EXPECT_EQ(collector->parse({"docker"}, "db\nweb\n end\n")->at(0).display(), "[\"db\",\"web\"]");
  EXPECT_TRUE(collector->parse({"docker"}, " end\n")->at(0).as_list().empty());
  EXPECT_TRUE(collector->parse({"docker"}, " unknown\n end\n")->at(0).is_unknown());
  EXPECT_FALSE(collector->parse({"docker"}, "db\n"));
}

}  // namespace
}  // namespace holdfast
