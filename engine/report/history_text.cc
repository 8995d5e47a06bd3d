#include "engine/report/history_text.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/json_parts.h"

namespace holdfast {
namespace {

/// Entries of one run follow each other.
std::vector<std::vector<RunEntry>> by_run(const std::vector<RunEntry>& entries) {
  std::vector<std::vector<RunEntry>> out;
  for (const RunEntry& e : entries) {
    if (out.empty() || out.back().front().run != e.run) out.emplace_back();
    out.back().push_back(e);
  }
  return out;
}

std::string short_digest(const std::string& digest) { return printable(digest.substr(0, 12)); }

std::string owner(const Doer& by) {
  return printable(by.project + (by.environment.empty() ? "" : "/" + by.environment));
}

std::string head_line(const RunEntry& e) {
  std::string out = printable(e.started) + "  " + printable(e.run) + "  " + printable(e.command);
  if (!e.of.empty()) out += " of " + printable(e.of);
  if (!e.by.project.empty()) out += "  " + owner(e.by);
  out += "  by " + printable(e.by.user) + " from " + printable(e.by.from);
  if (!e.by.ci.empty()) out += "  (" + printable(e.by.ci) + ")";
  if (!e.plan.empty()) out += "  plan " + short_digest(e.plan);
  return out + "\n";
}

/// "applied", "rolled-back by guard".
std::string ending(const RunEntry& e) {
  return printable(e.status) + (e.ended_by.empty() ? "" : " by " + printable(e.ended_by));
}

std::string host_line(const RunEntry& e) {
  std::string out = "  " + printable(e.host) + ": " + ending(e);
  if (e.changed > 0) out += ", " + counted(static_cast<std::size_t>(e.changed), "change");
  if (!e.error.empty()) out += ": " + printable(e.error);
  return out + "\n";
}

/// "  applied: h1, h2, 3 changes": hosts that ended alike are told together, those that say why
/// alone.
std::string ends(const std::vector<RunEntry>& run) {
  struct Alike {
    std::vector<std::string> hosts{};
    std::int64_t changed = 0;
  };
  std::map<std::string, Alike> by_end;
  for (const RunEntry& e : run) {
    if (!e.error.empty()) continue;
    Alike& alike = by_end[ending(e)];
    alike.hosts.push_back(printable(e.host));
    alike.changed += e.changed;
  }
  std::string out;
  for (const auto& [word, alike] : by_end) {
    out += "  " + word + ": " + join(alike.hosts, ", ");
    if (alike.changed > 0) out += ", " + counted(static_cast<std::size_t>(alike.changed), "change");
    out += "\n";
  }
  for (const RunEntry& e : run) {
    if (!e.error.empty()) out += host_line(e);
  }
  return out;
}

std::string drift_line(const DriftEntry& e) {
  std::string out = printable(e.first);
  out += e.first == e.last ? std::string(" at one look")
                           : " to " + printable(e.last) + ", " +
                                 counted(static_cast<std::size_t>(e.looks), "look");
  out += ": " + printable(e.result);
  std::vector<std::string> words = difference_counts(e);
  if (e.orphans > 0) words.push_back(std::to_string(e.orphans) + " orphaned");
  if (!words.empty()) out += " (" + join(words, ", ") + " of " + std::to_string(e.resources) + ")";
  std::vector<std::string> what;
  for (const std::string& address : e.what) what.push_back(printable(address));
  if (!what.empty()) out += ": " + join(what, ", ");
  return "  " + out + "\n";
}

using Json = nlohmann::ordered_json;

void put_doer(Json& out, const Doer& by) {
  out["project"] = json_text(by.project);
  out["environment"] = json_text(by.environment);
  if (by.user.empty()) return;
  out["user"] = json_text(by.user);
  out["from"] = json_text(by.from);
  out["ci"] = json_text(by.ci);
}

Json host_json(const RunEntry& e) {
  return {{"host", json_text(e.host)},   {"machine", json_text(e.machine)},
          {"end", json_text(e.status)},  {"ended_by", json_text(e.ended_by)},
          {"ended", json_text(e.ended)}, {"changed", e.changed},
          {"error", json_text(e.error)}};
}

/// Of each host that a recorded plan has something to do on, a line for each such row.
std::vector<std::pair<std::string, std::string>> rows_of(const PlanEntry& entry) {
  std::vector<std::pair<std::string, std::string>> out;
  const Json plan = Json::parse(entry.document, nullptr, false);
  if (!plan.is_object() || !plan.contains("hosts")) return out;
  for (const Json& host : plan["hosts"]) {
    std::string rows;
    for (const Json& row : host.value("rows", Json::array())) {
      const std::string action = row.value("action", "");
      if (action == "unchanged" || action == "check") continue;
      rows += printable(action) + "  " + printable(row.value("address", "")) + "  [" +
              printable(row.value("standing", "")) + "]\n";
    }
    if (!rows.empty()) out.emplace_back(printable(host.value("host", "")), rows);
  }
  return out;
}

std::string run_head(const RunEntry& e) {
  return "run " + printable(e.run) + "\n  " + printable(e.command) +
         (e.of.empty() ? "" : " of " + printable(e.of)) +
         (e.by.project.empty() ? "" : "  " + owner(e.by)) + "\n  by " + printable(e.by.user) +
         " from " + printable(e.by.from) + (e.by.ci.empty() ? "" : ", CI " + printable(e.by.ci)) +
         "\n  began " + printable(e.started) +
         (e.ended.empty() ? "" : ", ended " + printable(e.ended)) + "\n" +
         (e.plan.empty() ? "" : "  plan " + printable(e.plan) + "\n");
}

Json run_json(const std::vector<RunEntry>& run) {
  const RunEntry& e = run.front();
  Json out{{"run", json_text(e.run)}, {"command", json_text(e.command)}, {"of", json_text(e.of)}};
  put_doer(out, e.by);
  out["plan"] = json_text(e.plan);
  out["started"] = json_text(e.started);
  out["hosts"] = Json::array();
  for (const RunEntry& host : run) out["hosts"].push_back(host_json(host));
  return out;
}

Json plan_json_of(const PlanEntry& entry) {
  Json out{{"digest", json_text(entry.digest)},
           {"made", json_text(entry.made)},
           {"command", json_text(entry.command)}};
  put_doer(out, entry.by);
  out["plan"] = Json::parse(entry.document, nullptr, false);
  return out;
}

}  // namespace

std::vector<std::string> difference_counts(const DriftEntry& look) {
  const std::pair<std::int64_t, const char*> parts[] = {{look.drift, " drifted"},
                                                        {look.stranger, " that no record tells of"},
                                                        {look.pending, " pending"},
                                                        {look.unknown, " not known"}};
  std::vector<std::string> out;
  for (const auto& [count, what] : parts) {
    if (count > 0) out.push_back(std::to_string(count) + what);
  }
  return out;
}

std::string history_text(const std::vector<RunEntry>& entries) {
  if (entries.empty()) return "The history knows no such run.\n";
  std::string out;
  for (const auto& run : by_run(entries)) out += head_line(run.front()) + ends(run);
  return out;
}

std::string run_text(const std::vector<RunEntry>& entries, bool plan_kept) {
  std::string out;
  for (const auto& run : by_run(entries)) {
    const RunEntry& e = run.front();
    out += run_head(e);
    for (const RunEntry& host : run) out += host_line(host);
    if (plan_kept) out += "`holdfast history " + short_digest(e.plan) + "` shows the plan.\n";
  }
  return out;
}

std::string run_and_plan_text(const std::vector<RunEntry>& entries, const PlanEntry* plan) {
  std::map<std::string, std::string> planned;
  if (plan != nullptr) {
    for (const auto& [host, rows] : rows_of(*plan)) planned[host] = rows;
  }
  std::string out = run_head(entries.front());
  for (const RunEntry& host : entries) {
    out += host_line(host);
    const std::string& rows = planned[printable(host.host)];
    if (rows.empty()) continue;
    // Of what did not end well the history doesn't know how far it came.
    const bool whole = host.status == "applied";
    out += whole ? indented(rows, 5) : "     planned:\n" + indented(rows, 7);
  }
  if (plan == nullptr && !entries.front().plan.empty()) out += "Its plan is not kept here.\n";
  return ci_safe(out);
}

std::string plan_entry_text(const PlanEntry& entry) {
  std::string out = "plan " + printable(entry.digest) + "\n  first made " + printable(entry.made) +
                    " by " + printable(entry.command) + " of " + printable(entry.by.user) +
                    " from " + printable(entry.by.from) +
                    (entry.by.ci.empty() ? "" : ", CI " + printable(entry.by.ci)) + "\n";
  for (const auto& [host, rows] : rows_of(entry)) out += host + "\n" + indented(rows, 3);
  return out;
}

std::string drift_history_text(const std::vector<DriftEntry>& entries) {
  if (entries.empty()) return "The history knows no such look.\n";
  std::map<std::string, std::string> hosts;
  for (const DriftEntry& e : entries) {
    const std::string scope = e.scope.empty() ? "" : " (" + printable(e.scope) + ")";
    hosts[printable(e.host) + (e.by.project.empty() ? "" : "  " + owner(e.by)) + scope] +=
        drift_line(e);
  }
  std::string out;
  for (const auto& [host, lines_of_it] : hosts) out += host + "\n" + lines_of_it;
  return out;
}

std::string history_json(const std::vector<RunEntry>& entries) {
  Json out{{"format", kJsonFormat}, {"runs", Json::array()}};
  for (const auto& run : by_run(entries)) out["runs"].push_back(run_json(run));
  return json_document(out, 2);
}

std::string run_and_plan_json(const std::vector<RunEntry>& entries, const PlanEntry* plan) {
  return json_document({{"format", kJsonFormat},
                        {"run", run_json(entries)},
                        {"plan", plan == nullptr ? Json() : plan_json_of(*plan)}},
                       2);
}

std::string plan_entry_json(const PlanEntry& entry) {
  Json out{{"format", kJsonFormat}};
  out.update(plan_json_of(entry));
  return json_document(out, 2);
}

std::string drift_history_json(const std::vector<DriftEntry>& entries) {
  Json out{{"format", kJsonFormat}, {"looks", Json::array()}};
  for (const DriftEntry& e : entries) {
    Json shown{{"host", json_text(e.host)}, {"machine", json_text(e.machine)}};
    put_doer(shown, e.by);
    shown.update({{"manifests", json_text(e.scope)},
                  {"first", json_text(e.first)},
                  {"last", json_text(e.last)},
                  {"looks", e.looks},
                  {"result", json_text(e.result)},
                  {"drift", e.drift},
                  {"pending", e.pending},
                  {"stranger", e.stranger},
                  {"unknown", e.unknown},
                  {"orphans", e.orphans},
                  {"resources", e.resources}});
    shown["what"] = Json::array();
    for (const std::string& address : e.what) shown["what"].push_back(json_text(address));
    out["looks"].push_back(std::move(shown));
  }
  return json_document(out, 2);
}

}  // namespace holdfast
