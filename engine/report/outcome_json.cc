#include <nlohmann/json.hpp>

#include "engine/report/exit_code.h"
#include "engine/report/json_parts.h"
#include "engine/report/outcome_text.h"
#include "engine/report/progress.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

const char* word(RowOutcome::What what) {
  switch (what) {
    case RowOutcome::What::Done:
      return "done";
    case RowOutcome::What::Failed:
      return "failed";
    case RowOutcome::What::UndoneAgain:
      return "taken-back";
    case RowOutcome::What::NotBegun:
      return "not-begun";
    case RowOutcome::What::None:
      break;
  }
  return "none";
}

Json rows_json(const Plan& plan, const Outcome& outcome, const std::string& host) {
  Json out = Json::array();
  for (const auto& [index, row] : outcome.rows) {
    if (index >= plan.declarations.size() || plan.declarations[index].host != host) continue;
    Json shown{{"address", json_text(plan.declarations[index].resource.address())},
               {"end", word(row.what)}};
    if (row.error) shown["error"] = json_of(*row.error);
    out.push_back(std::move(shown));
  }
  return out;
}

void fill(Json& out, const Plan& plan, const Outcome& outcome) {
  out["format"] = kJsonFormat;
  out["hosts"] = Json::array();
  for (const HostOutcome& host : outcome.hosts) {
    Json shown = json_of(host);
    const bool left = host.end == HostEnd::HalfDone || host.end == HostEnd::Stopped;
    const std::string run = left               ? unfinished(host)
                            : half_stays(host) ? host.cut_off->run
                                               : std::string();
    if (!run.empty()) shown["by_hand"] = json_text(by_hand(run));
    shown["rows"] = rows_json(plan, outcome, host.host);
    out["hosts"].push_back(std::move(shown));
  }
  for (const auto& [host, all] : outcome.alone) {
    for (const EndedAlone& one : all) {
      Json shown = json_of(one);
      shown["host"] = json_text(host);
      out["ended_alone"].push_back(std::move(shown));
    }
  }
  out["interrupted"] = outcome.interrupted;
  out["exit_code"] = exit_code(plan, outcome);
}

}  // namespace

std::string outcome_json(const Plan& plan, const Outcome& outcome) {
  Json out = Json::object();
  fill(out, plan, outcome);
  return json_document(out, 2);
}

std::string outcome_event(const Plan& plan, const Outcome& outcome, std::optional<int> code) {
  Json out{{"event", "outcome"}};
  fill(out, plan, outcome);
  if (code) out["exit_code"] = *code;
  return json_document(out, -1);
}

}  // namespace holdfast
