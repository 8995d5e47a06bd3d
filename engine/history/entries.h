#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/journal/chain.h"

namespace holdfast {

/// Whose work it was.
struct Doer {
  std::string project{}, environment{};
  std::string user{}, from{}, ci{};
};

/// A plan that had something to do, as `plan --json` shows it.
struct PlanEntry {
  std::string digest;  ///< Of the document.
  std::string made{}, command{};
  Doer by{};
  std::string document{};
};

/// One host's part of a run.
struct RunEntry {
  std::string run, host, machine{};
  std::string command{}, of{};
  Doer by{};
  std::string plan{};  ///< Its digest, "" of a rollback.
  std::string started{}, ended{};
  std::string status = "open";  ///< Or how the host's part ended, as `apply --json` calls it.
  std::string ended_by{};       ///< guard, boot or another run; "" : its controller.
  std::int64_t changed = 0;
  std::string error{};
};

/// That a run which is known already ended otherwise than by its controller.
struct LaterEnd {
  std::string run, host, status, by, at;
};

/// What one host was like, for as long as every look found the same.
struct DriftEntry {
  std::string id{}, host, machine{};
  Doer by{};
  std::string scope{};  ///< Manifests that were looked at, "" : all of the environment.
  std::string first{}, last{};
  std::int64_t looks = 1;
  std::string result{};  ///< same, drift, pending, unknown, unreachable, refused.
  std::int64_t drift = 0, pending = 0, stranger = 0, unknown = 0, orphans = 0, resources = 0;
  std::vector<std::string> what{};  ///< Addresses of what drifted.
};

/// The newest link that a host showed.
struct AnchorEntry {
  std::string machine, host;
  ChainHead head{};
  std::string seen{};  ///< When the look began; what others saw after `doubt` may be newer.
  std::string doubt{};
  Doer by{};
};

/// What servers have of one host, by its record: kept until the host has nothing there any more, so
/// that it is found when the host is gone.
struct OnServersEntry {
  std::string host;
  std::string seen{};
  std::string document{};  ///< state_json() of these objects alone, without secrets; "": none.
  Doer by{};
};

/// What is written at once.
struct Entries {
  std::vector<PlanEntry> plans{};
  std::vector<RunEntry> runs{};
  std::vector<LaterEnd> ends{};
  std::vector<DriftEntry> drift{};
  std::vector<AnchorEntry> anchors{};
  std::vector<OnServersEntry> on_servers{};
  bool empty() const {
    return plans.empty() && runs.empty() && ends.empty() && drift.empty() && anchors.empty() &&
           on_servers.empty();
  }
};

/// Which entries are wanted; "" and empty: all.
struct HistoryFilter {
  std::vector<std::string> hosts{};
  std::string since{};  ///< RFC 3339, or the beginning of one.
  std::string run{};    ///< The beginning of an id.
  int most = 0;         ///< 0: all.
  bool latest = false;  ///< Only the newest of each host of a project's environment.
};

}  // namespace holdfast
