#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/core/server.h"
#include "engine/core/value.h"

namespace holdfast {

/// How long and how often something is asked again: first after `backoff`, doubled each time with
/// jitter, up to 15 s.
struct Retry {
  std::chrono::milliseconds total{0};
  std::chrono::milliseconds backoff{500};
};

/// What a server of Prometheus' family must say over its HTTP API.
struct PrometheusQuestion {
  enum class Family { Prometheus, Alertmanager };
  /// Each sample of an instant query is as `is` says (see Comparison).
  struct Query {
    std::string text{};
    std::string is = "some";
    std::chrono::milliseconds holds{0};  ///< At every time that it is asked, for so long.
  };
  using Texts = std::vector<std::pair<std::string, std::string>>;
  struct Target {
    std::string address{};
    Texts labels{};
    bool up = true;
  };
  /// The job has these targets and no others; it is gone where there are none.
  struct Job {
    std::string name{};
    std::vector<Target> targets{};
    std::vector<std::string> since{};  ///< Each was scraped after these files were written.
  };
  struct Rule {
    bool alert = true;
    std::string name{}, expression{};
    double seconds = 0;  ///< `for`.
    Texts labels{}, annotations{};
  };
  struct Group {
    std::string name{};
    std::vector<Rule> rules{};
  };
  /// These groups, and no others, are loaded from the file, and none of their rules failed.
  struct RuleFile {
    std::string path{};
    std::vector<Group> groups{};
  };
  std::string url{};  ///< Of its root.
  Family family = Family::Prometheus;
  Texts headers{};
  std::vector<std::string> read{};  ///< Files that it has read since they were written.
  std::variant<std::monostate, Query, Job, RuleFile> about{};
};

/// A question that the controller asks, over the host's own connection or of a server; it changes
/// nothing.
struct Probe {
  struct Http {
    std::string url;
    int status = 200;
    std::string body{};  ///< Must be contained in the answer's.
    std::vector<std::pair<std::string, std::string>> headers{};
  };
  struct Tcp {
    std::string host = "127.0.0.1";
    int port = 0;
  };
  struct Command {
    std::vector<std::string> argv;
    int status = 0;
    std::string output{};  ///< Must be contained in its standard output.
  };
  struct Unit {
    std::string name;
    std::string state = "active";
  };
  /// Room for accounts other than root, on the file system that a path lies on.
  struct DiskFree {
    std::string path{};
    std::int64_t bytes = 0;
    int percent = 0;  ///< Of the whole file system; counts where it isn't 0.
  };
  /// How long the certificates still hold that a TLS server shows.
  struct TlsExpiry {
    std::string host = "127.0.0.1";
    int port = 443;
    std::string name{};  ///< Which of its sites is asked for; "" : `host`.
    std::chrono::seconds at_least{0};
  };
  /// How long a credential still holds: by a certificate or a field of a file of the host, or by a
  /// date that the manifest states.
  struct SecretExpiry {
    std::string path{};
    std::string field = "expires_at";
    std::string date{};
    std::chrono::seconds at_least{0};
  };
  /// What a Service finds on its server (Service::check).
  struct Remote {
    Server server;
    std::string question;  ///< In the service's own words; no secret.
    std::string note;      ///< For people: "whether runner r1 is online".
  };
  std::variant<Http, Tcp, Command, Unit, DiskFree, TlsExpiry, SecretExpiry, PrometheusQuestion,
               Remote>
      ask;
  std::chrono::milliseconds limit{std::chrono::seconds(10)};
  Retry retry{};
  std::string hint{};  ///< What to do where the answer is wrong, by who wrote the check.
};

/// Asks a server through its Service, once.
using AskRemote = std::function<Result<std::string>(const Probe::Remote&)>;

/// For people: "connect to 127.0.0.1:22".
std::string describe(const Probe& probe);

}  // namespace holdfast
