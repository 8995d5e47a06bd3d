#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/check/probe.h"

namespace holdfast {

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

inline constexpr std::string_view kPrometheusScheme = "prometheus+";

/// The question as a step carries it: at a URL of a scheme of its own, whose fragment says for
/// people what is asked; `body` holds the rest.
Probe::Http prometheus_probe(const PrometheusQuestion& question);
/// The other way round; nullopt of any other question.
std::optional<PrometheusQuestion> prometheus_question(const Probe::Http& http);

/// How the host's server is reached, and its files are.
struct PrometheusAccess {
  std::function<Result<HttpAnswer>(const std::string& url)> get;
  /// When a file was written, in seconds since 1970.
  std::function<Result<double>(const std::string& path)> written;
};

/// Asks once. @errors HF6006 with what was asked, and what came.
Result<void> ask_prometheus(const PrometheusQuestion& question, const PrometheusAccess& access);

/// What every sample of a query must be: "== 1", "< 80"; or "none", "some".
struct Comparison {
  std::string op{};  ///< "none" and "some", too.
  double value = 0;
  bool holds(double sample) const;
};
std::optional<Comparison> read_comparison(std::string_view text);

}  // namespace holdfast
