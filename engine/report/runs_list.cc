#include "engine/report/runs_list.h"

#include <nlohmann/json.hpp>

#include "engine/apply/rollback.h"
#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/json_parts.h"

namespace holdfast {
namespace {

/// Whether a run can be taken back; "" where there is nothing to be taken back.
std::string way_back(const RunMeta& run) {
  if (!stands(run) || run.status == "open") return {};
  if (!run.way_back.there) return "no way back: " + why_gone(run.way_back);
  if (!run.way_back.gone.empty())
    return "can be rolled back but for " + counted(run.way_back.gone.size(), "step");
  return "can be rolled back";
}

}  // namespace

std::string runs_text(const std::vector<HostRuns>& all) {
  std::string out;
  for (const HostRuns& host : all) {
    const std::string also = host.also.empty() ? "" : " (also " + join(host.also, ", ") + ")";
    out += printable(host.host + also) + "\n";
    if (host.error) {
      out += "  unreachable: " + printable(host.error->message) + "\n";
    } else if (host.runs.empty() && host.unreadable.empty()) {
      out += "  no runs\n";
    }
    for (const RunMeta& run : host.runs) {
      out += "  " + printable(run.id) + "  " + printable(run.status) + "  " +
             printable(run.command) + (run.of.empty() ? "" : " of " + printable(run.of)) + "  " +
             counted(run.changes.size(), "change") + "  by " + printable(run.user) + " from " +
             printable(run.from) + (run.ci.empty() ? "" : "  (" + printable(run.ci) + ")");
      const std::string back = way_back(run);
      out += (back.empty() ? "" : "  " + back) + "\n";
      if (back.empty()) continue;
      for (const std::string& step : run.way_back.gone)
        out += "      can't be taken back any more: " + printable(step) + "\n";
    }
    for (const Error& error : host.unreadable) {
      out += "  a run can't be told: " + printable(error.message) + "\n";
    }
  }
  return out;
}

std::string runs_json(const std::vector<HostRuns>& all) {
  auto out = nlohmann::ordered_json::array();
  for (const HostRuns& host : all) {
    auto runs = nlohmann::ordered_json::array();
    for (const RunMeta& run : host.runs) {
      auto one = nlohmann::ordered_json::parse(meta_json(run));
      one["can_be_rolled_back"] = stands(run) && run.status != "open" && run.way_back.there;
      one["way_back"] = run.way_back.there ? "there" : run.way_back.dropped;
      one["gone"] = run.way_back.gone;
      runs.push_back(std::move(one));
    }
    nlohmann::ordered_json entry{{"host", host.host}, {"also", host.also}, {"runs", runs}};
    for (const Error& error : host.unreadable) entry["unreadable"].push_back(json_of(error));
    if (host.error) entry["unreachable"] = host.error->message;
    out.push_back(entry);
  }
  return json_document(out, 1);
}

}  // namespace holdfast
