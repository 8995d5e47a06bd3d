#include "engine/report/fleet_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/history_text.h"
#include "engine/report/json_parts.h"
#include "engine/report/plan_markdown.h"
#include "engine/report/xml_text.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

constexpr HostStand kStates[] = {HostStand::Converged, HostStand::Pending,     HostStand::Drifted,
                                 HostStand::Stranger,  HostStand::Unknown,     HostStand::Unseen,
                                 HostStand::Refused,   HostStand::Unreachable, HostStand::Failed};

std::string word(HostStand state) {
  static constexpr const char* kWords[] = {"converged", "pending",     "drifted",
                                           "stranger",  "unknown",     "unseen",
                                           "refused",   "unreachable", "failed"};
  return kWords[static_cast<std::size_t>(state)];
}

HostStand state_of(const DriftEntry& look) {
  static const std::map<std::string, HostStand> kResults = {
      {"same", HostStand::Converged},  {"pending", HostStand::Pending},
      {"drift", HostStand::Drifted},   {"stranger", HostStand::Stranger},
      {"refused", HostStand::Refused}, {"unreachable", HostStand::Unreachable},
      {"unknown", HostStand::Unknown}};
  const auto found = kResults.find(look.result);
  return found == kResults.end() ? HostStand::Unknown : found->second;
}

const std::string& end_of(const RunEntry& run) {
  return run.ended.empty() ? run.started : run.ended;
}

/// A rollback that was asked for, and worked: what manifests say is to be done again.
bool taken_back_at_will(const RunEntry& run) {
  const bool alone = run.ended_by == "guard" || run.ended_by == "boot" || run.ended_by == "later";
  return run.status == "rolled-back" && run.error.empty() && !alone &&
         (run.command != "apply" || !run.ended_by.empty());
}

/// What a run left its host as. @param look  The one before it acted, or none.
HostStand state_of(const RunEntry& run, const std::optional<DriftEntry>& look) {
  if (run.status == "unreachable") return HostStand::Unreachable;
  if (run.status == "refused" || run.status == "locked" || run.status == "held-back") {
    return HostStand::Refused;
  }
  if (taken_back_at_will(run)) return HostStand::Pending;
  if (run.status != "applied" && run.status != "unchanged" && run.status != "done") {
    return HostStand::Failed;
  }
  if (run.command == "rollback" || run.command == "retire") return HostStand::Pending;
  // A run of a part (--tags) looks at none as a whole, and what is only audited it leaves.
  const bool whole = look && look->last >= run.started &&
                     look->drift + look->pending + look->stranger <= run.changed;
  if (whole) return HostStand::Converged;
  return look ? state_of(*look) : HostStand::Unknown;
}

bool mere_difference(HostStand state) {
  return state == HostStand::Pending || state == HostStand::Drifted ||
         state == HostStand::Stranger || state == HostStand::Unknown;
}

/// What is to say of a host beside its state.
std::string details(const HostReport& host) {
  std::vector<std::string> out;
  const bool by_run = host.run && !host.run->error.empty() && host.state != HostStand::Converged;
  if (host.run && (by_run || host.state == HostStand::Failed)) {
    const RunEntry& run = *host.run;
    out.push_back(run.command + " " + run.run + " " +
                  (run.status == "open" ? "has not ended" : run.status) +
                  (run.ended_by.empty() ? "" : " by " + run.ended_by) +
                  (run.error.empty() ? "" : ": " + run.error));
  }
  if (host.look && mere_difference(host.state)) {
    const DriftEntry& look = *host.look;
    const std::vector<std::string> counts = difference_counts(look);
    if (!counts.empty()) {
      out.push_back(join(counts, ", ") + " of " + std::to_string(look.resources) +
                    (look.what.empty() ? "" : ": " + join(look.what, ", ")));
    }
  }
  if (host.look && host.look->orphans > 0) {
    out.push_back(counted(static_cast<std::size_t>(host.look->orphans), "orphan"));
  }
  if (host.look && !host.look->scope.empty()) out.push_back("only " + host.look->scope);
  return join(out, "; ");
}

std::string times(const HostReport& host) {
  if (host.since.empty()) return "";
  return "since " + host.since + (host.seen == host.since ? "" : ", seen " + host.seen);
}

std::string owner(const FleetReport& fleet) {
  const std::string name =
      fleet.project + (fleet.environment.empty() ? "" : "/" + fleet.environment);
  return name.empty() ? "no project" : name;
}

std::map<HostStand, std::size_t> tally(const FleetReport& fleet) {
  std::map<HostStand, std::size_t> out;
  for (const HostReport& host : fleet.hosts) ++out[host.state];
  return out;
}

/// "4 hosts: 3 converged, 1 drifted".
std::string summary(const FleetReport& fleet) {
  std::vector<std::string> parts;
  for (const auto& [state, count] : tally(fleet)) {
    parts.push_back(std::to_string(count) + " " + word(state));
  }
  return counted(fleet.hosts.size(), "host") + (parts.empty() ? "" : ": " + join(parts, ", "));
}

std::string coloured(HostStand state, const std::string& text, const Ink& ink) {
  if (state == HostStand::Converged) return ink.green(text);
  return mere_difference(state) || state == HostStand::Unseen ? ink.yellow(text) : ink.red(text);
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

bool asked_in_vain(HostStand state) {
  return state == HostStand::Unreachable || state == HostStand::Refused;
}

std::string junit_case(const HostReport& host, const std::string& suite) {
  std::string out =
      "    <testcase classname=\"" + xml_text(suite) + "\" name=\"" + xml_text(host.host) + "\"";
  if (host.state == HostStand::Converged) return out + "/>\n";
  const std::string tag = host.state == HostStand::Unseen ? "skipped"
                          : asked_in_vain(host.state)     ? "error"
                                                          : "failure";
  out += ">\n      <" + tag + " message=\"" + word(host.state) + "\">";
  return out + xml_text(join({times(host), details(host)}, "; ")) + "</" + tag +
         ">\n    </testcase>\n";
}

Json look_json(const DriftEntry& look) {
  Json what = Json::array();
  for (const std::string& address : look.what) what.push_back(json_text(address));
  return {{"manifests", json_text(look.scope)},
          {"first", json_text(look.first)},
          {"last", json_text(look.last)},
          {"result", json_text(look.result)},
          {"drift", look.drift},
          {"pending", look.pending},
          {"stranger", look.stranger},
          {"unknown", look.unknown},
          {"orphans", look.orphans},
          {"resources", look.resources},
          {"what", std::move(what)}};
}

Json run_json(const RunEntry& run) {
  return {{"run", json_text(run.run)},
          {"command", json_text(run.command)},
          {"end", json_text(run.status)},
          {"ended_by", json_text(run.ended_by)},
          {"started", json_text(run.started)},
          {"ended", json_text(run.ended)},
          {"changed", run.changed},
          {"error", json_text(run.error)},
          {"plan", json_text(run.plan)}};
}

}  // namespace

HostReport judge(const std::string& host, std::optional<DriftEntry> look,
                 std::optional<RunEntry> run) {
  HostReport out{.host = host};
  if (look) {
    out.state = state_of(*look);
    out.since = look->first;
    out.seen = look->last;
  }
  // A run looks before it acts: its end is newer than that.
  if (run && (!look || run->status == "open" || end_of(*run) >= look->last)) {
    const HostStand left = state_of(*run, look);
    if (!look || left != out.state) out.since = end_of(*run);
    out.state = left;
    out.seen = std::max(out.seen, end_of(*run));
  } else if (run && mere_difference(out.state) && state_of(*run, look) == HostStand::Failed) {
    out.state = HostStand::Failed;
    out.since = end_of(*run);
  }
  out.look = std::move(look);
  out.run = std::move(run);
  return out;
}

Exit exit_of(const std::vector<FleetReport>& fleets) {
  Exit out = Exit::Done;
  for (const FleetReport& fleet : fleets) {
    for (const HostReport& host : fleet.hosts) {
      if (host.state == HostStand::Failed) {
        out = worse(out, host.run->status == "rolled-back" ? Exit::RolledBack : Exit::HalfDone);
      } else if (asked_in_vain(host.state)) {
        out = worse(out, host.state == HostStand::Refused ? Exit::Refused : Exit::Unreachable);
      } else if (host.state != HostStand::Converged) {
        out = worse(out, Exit::Differs);
      }
    }
  }
  return out;
}

std::string fleet_text(const std::vector<FleetReport>& fleets, const Ink& ink) {
  std::string out;
  for (const FleetReport& fleet : fleets) {
    std::size_t widest = 0;
    for (const HostReport& host : fleet.hosts) {
      widest = std::max(widest, printable(host.host).size());
    }
    out += ink.bold(printable(owner(fleet)) + ": " + summary(fleet)) + "\n";
    for (const HostReport& host : fleet.hosts) {
      std::string line = "  " + padded(printable(host.host), widest) + "  ";
      const std::string when = printable(times(host));
      const std::string more = printable(details(host));
      // Nothing behind it: no blanks either.
      line +=
          coloured(host.state, when.empty() ? word(host.state) : padded(word(host.state), 11), ink);
      if (!when.empty()) line += "  " + when;
      if (!more.empty()) line += ": " + more;
      out += line + "\n";
    }
  }
  if (fleets.empty()) out = "The history knows no host.\n";
  return ci_safe(out);
}

std::string fleet_markdown(const std::vector<FleetReport>& fleets) {
  std::string out = "### holdfast\n";
  for (const FleetReport& fleet : fleets) {
    out += "\n" + code_span(owner(fleet)) + " " + summary(fleet) +
           "\n\n| host | state | since | seen | what |\n|---|---|---|---|---|\n";
    for (const HostReport& host : fleet.hosts) {
      const std::string more = details(host);
      out += "| " + table_cell(host.host) + " | " + word(host.state) + " | " +
             printable(host.since) + " | " + printable(host.seen) + " | " +
             (more.empty() ? "" : table_cell(more)) + " |\n";
    }
  }
  return out + (fleets.empty() ? "\nThe history knows no host.\n" : "");
}

std::string fleet_junit(const std::vector<FleetReport>& fleets) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"holdfast report\">\n";
  for (const FleetReport& fleet : fleets) {
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;
    std::string cases;
    for (const HostReport& host : fleet.hosts) {
      if (asked_in_vain(host.state)) {
        ++errors;
      } else if (host.state == HostStand::Unseen) {
        ++skipped;
      } else if (host.state != HostStand::Converged) {
        ++failures;
      }
      cases += junit_case(host, owner(fleet));
    }
    out += "  <testsuite name=\"" + xml_text(owner(fleet)) + "\" tests=\"" +
           std::to_string(fleet.hosts.size()) + "\" failures=\"" + std::to_string(failures) +
           "\" errors=\"" + std::to_string(errors) + "\" skipped=\"" + std::to_string(skipped) +
           "\">\n" + cases + "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

std::string fleet_json(const std::vector<FleetReport>& fleets) {
  Json out{{"format", kJsonFormat}, {"environments", Json::array()}};
  for (const FleetReport& fleet : fleets) {
    Json one{{"project", json_text(fleet.project)}, {"environment", json_text(fleet.environment)}};
    auto counts = tally(fleet);
    one["summary"] = {{"hosts", fleet.hosts.size()}};
    for (const HostStand state : kStates) one["summary"][word(state)] = counts[state];
    one["hosts"] = Json::array();
    for (const HostReport& host : fleet.hosts) {
      one["hosts"].push_back({{"host", json_text(host.host)},
                              {"state", word(host.state)},
                              {"since", json_text(host.since)},
                              {"seen", json_text(host.seen)},
                              {"look", host.look ? look_json(*host.look) : Json()},
                              {"run", host.run ? run_json(*host.run) : Json()}});
    }
    out["environments"].push_back(std::move(one));
  }
  return json_document(out, 2);
}

}  // namespace holdfast
