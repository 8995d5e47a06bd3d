#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "engine/manifest/exposition.h"
#include "engine/wiring/labels.h"

namespace holdfast {

/// Where a manifest states something.
struct Stated {
  Position where{};  ///< Of the resource itself, where its kind doesn't tell better.
  /// Where exactly, if that is known only after another look into the file: asked for what is
  /// wrong.
  std::function<Position()> exactly{};

  Position place() const { return exactly ? exactly() : where; }
};

/// One side of what resources are to one another, as a manifest states it.
struct End : Stated {
  // Set by the engine:
  std::string who{};  ///< "systemd_unit a.service".
  std::string host{};
  std::string machine{};  ///< Of Machines.
};

/// Metrics that something gives.
struct Exports {
  bool known = false;  ///< Else it may give any.
  std::vector<ExportedMetric> metrics{};
  std::map<std::string, std::string> labels{};  ///< Of all of them, with their values.
};

/// A program that listens on a TCP port. Port 0: on none, its metrics get to Prometheus by another
/// way.
struct Listener : End {
  int port = 0;
  Exports exports{};
};

struct PortRange {
  int first = 0;
  int last = 0;
};

/// A rule by which a firewall lets TCP connections in.
struct Opening : End {
  std::vector<PortRange> ports{};  ///< None: all.
  std::string from{};              ///< An address or a network; "": anybody.
};

/// A firewall that denies what no rule lets in.
struct Wall : End {};

struct AskedTarget : Stated {
  std::string host;  ///< As written: a name or an address.
  int port = 0;
  std::map<std::string, std::string> labels{};
};

struct ScrapeJob : End {
  std::string name;
  std::string path = "/metrics";
  bool honor_labels = false;
  bool rewrites = false;  ///< Relabels: nobody here knows what comes of it.
  bool complete = true;   ///< All its targets are known here.
  Exports exports{};      ///< What the manifest says that its targets give.
  std::vector<AskedTarget> targets{};
};

/// A metric that a query reads.
struct MetricUse : End {
  std::string what{};  ///< "alert 'GitHubRunnerOffline'", "panel 2 'CPU Usage'".
  std::string metric{};
  std::vector<LabelMatcher> matchers{};
};

/// A metric that a recording rule makes.
struct RecordedMetric : End {
  std::string name;
  std::map<std::string, std::string> labels{};  ///< That the rule gives it.
  std::vector<MetricUse> reads{};               ///< By its expression.
  std::vector<double> numbers{};
};

/// An alert that a rule raises.
struct Alert : End {
  std::string name;
  double hold = 0;    ///< Seconds for which it must hold before it fires.
  std::string url{};  ///< Of the server that looks at it, as its host sees it.
  /// That its rule gives it; nothing where only Prometheus knows the value.
  std::map<std::string, std::optional<std::string>> labels{};
  std::vector<MetricUse> reads{};  ///< By its expression.
  std::vector<double> numbers{};   ///< That stand in its expression.
};

/// A file of rules, as Prometheus reads it.
struct RuleFile : End {
  std::string text;
};

/// A receiver that alerts are sent to, by its name in a configuration of Alertmanager.
struct Route : End {
  std::string receiver;
  std::string config;
  std::vector<LabelMatcher> matchers{};  ///< Of the alerts that it takes.
  Position takes{};                      ///< Where they stand.
  double wait = 0;                       ///< Seconds: for how long a new group waits for more.
};

/// What a unit's sandbox does to paths.
struct Sandbox : End {
  struct Path {
    std::string path;
    std::string setting;  ///< "ProtectHome=yes".
  };
  std::string unit;
  std::vector<Path> hidden{};
  std::vector<Path> read_only{};
  std::vector<std::string> shown{};     ///< Below hidden ones.
  std::vector<std::string> writable{};  ///< Below read-only ones.
};
/// A path that a unit's program needs.
struct PathUse : End {
  std::string unit;
  std::string path;
  std::string what{};  ///< "RUNNER_DIR of its environment".
  bool writes = false;
};
/// A file whose lines a unit's program gets as its environment.
struct EnvironmentFile : End {
  std::string unit;
  std::string path;
};
struct TextFile : End {
  std::string path;
  std::string text;
  bool secret = false;  ///< Nothing of it may be shown.
};

struct UnitMade : End {
  std::string name;
};
struct UnitUse : End {
  std::string name;
};

/// Something that only one resource of a run may decide over, or several that want the same of it.
struct Sole : End {
  std::string what{};  ///< "the label route-x at …", the same however it was written.
  Code code{};
  std::string hint{};
  /// What is wanted of it, by attribute: of what two state and what is known, none may differ.
  /// Empty: it is stated once.
  std::map<std::string, Value> wish{};
  bool per_machine = false;  ///< Each machine has one of its own.
};

/// All that resources state of that.
struct Ends {
  std::vector<Listener> listeners{};
  std::vector<Opening> openings{};
  std::vector<Wall> walls{};
  std::vector<ScrapeJob> jobs{};
  std::vector<MetricUse> uses{};
  std::vector<RecordedMetric> recorded{};
  std::vector<Alert> alerts{};
  std::vector<RuleFile> rules{};
  std::vector<Route> routes{};
  std::vector<Sandbox> sandboxes{};
  std::vector<PathUse> paths{};
  std::vector<EnvironmentFile> environments{};
  std::vector<TextFile> texts{};
  std::vector<UnitMade> units_made{};
  std::vector<UnitUse> units_used{};
  std::vector<Sole> soles{};

  /// Calls `visit` with each of the lists.
  template <class Visit>
  void each(Visit visit) {
    visit(listeners), visit(openings), visit(walls), visit(jobs), visit(uses), visit(recorded);
    visit(alerts), visit(rules), visit(routes), visit(sandboxes), visit(paths);
    visit(environments), visit(texts), visit(units_made), visit(units_used);
    visit(soles);
  }
};

struct ProofStage;

/// What a kind is, too, whose resources are something to those of other hosts.
class Wired {
 public:
  virtual ~Wired() = default;
  /// Adds only what is known for sure. @param resource  Outlives what is added.
  virtual void ends(const Resource& resource, Ends& ends) const = 0;
  /// Resources, as lines of a manifest, by which the server of this one's alerts sees series while
  /// they are there. "": it has none.
  virtual std::string staged(const Resource&, const ProofStage&) const { return {}; }
  /// The same, by which a unit is stopped. "": the kind can't do that. @param unit  A valid name.
  virtual std::string stopped(const std::string& /*unit*/) const { return {}; }
};

}  // namespace holdfast
