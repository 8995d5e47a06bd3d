#include "engine/report/plan_json.h"

#include <nlohmann/json.hpp>

#include "engine/plan/refusals.h"
#include "engine/report/counts.h"
#include "engine/report/json_parts.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

Json texts(const std::vector<std::string>& all) {
  Json out = Json::array();
  for (const std::string& one : all) out.push_back(json_text(one));
  return out;
}

/// Where the run works on this host itself, or others are reached through it.
void own_json(Json& out, const Plan& plan, const HostPlan& host) {
  if (host.own) {
    out["own"] = Json::object();
    if (host.footing) out["own"]["unit"] = json_text(host.footing->unit);
  }
  if (!host.after.empty()) out["after"] = texts(host.after);
  for (const std::size_t row : plan.rows_of(host.host)) {
    const std::string address = json_text(plan.declarations[row].resource.address());
    if (plan.rows[row].unasked) out["unasked"].push_back(address);
    const std::string& run = plan.rows[row].left_by;
    if (run.empty()) continue;
    out["left"].push_back({{"run", json_text(run)}, {"address", address}});
  }
}

Json host_json(const Plan& plan, const HostPlan& host, const Registry& registry) {
  Json out{{"host", json_text(host.host)}};
  for (const std::string& name : host.also) out["also"].push_back(json_text(name));
  if (host.unreachable) {
    out[record_refused(host) ? "refused" : "unreachable"] = json_of(*host.unreachable);
  }
  if (!host.unreachable) out["stateless"] = host.stateless;
  if (!host.open_run.empty()) out["open_run"] = json_text(host.open_run);
  if (!host.holder.empty()) out["held"] = true;
  if (host.pause) {
    out["paused"] = {{"until", json_text(host.pause->until)},
                     {"by", json_text(host.pause->who)},
                     {"reason", json_text(host.pause->why)}};
  }
  for (const EndedAlone& ended : host.alone) out["ended_alone"].push_back(json_of(ended));
  own_json(out, plan, host);
  if (!guard_note(plan, host).empty()) out["systemd"] = false;
  Json rows = Json::array();
  for (const std::size_t index : plan.rows_of(host.host)) {
    const RowView view = view_row(plan, index, registry);
    if (view.fate != Fate::LeftOut) rows.push_back(json_of(view));
  }
  out["rows"] = std::move(rows);
  Json orphans = Json::array();
  for (const std::string& orphan : host.kept_orphans) orphans.push_back(json_text(orphan));
  out["orphans"] = std::move(orphans);
  return out;
}

Json summary_json(const Counts& counts) {
  return {{"hosts", counts.hosts},
          {"changing_hosts", counts.changing_hosts},
          {"unreachable", counts.unreachable},
          {"refused_hosts", counts.spoilt},
          {"open_runs", counts.cut_off},
          {"resources", counts.resources},
          {"create", counts.create},
          {"update", counts.update},
          {"replace", counts.replace},
          {"delete", counts.remove},
          {"run", counts.run},
          {"check", counts.checks},
          {"adopt", counts.adopt},
          {"unknown", counts.unknown},
          {"refused", counts.refused},
          {"audited", counts.audited},
          {"unchanged", counts.unchanged},
          {"left_out", counts.left_out},
          {"drift", counts.drift},
          {"pending", counts.pending},
          {"stranger", counts.strangers},
          {"shut_out", counts.shut_out},
          {"orphans", counts.orphans}};
}

void fill(Json& out, const Plan& plan, const Registry& registry, const PlanBeside& beside) {
  out["format"] = kJsonFormat;
  out["hosts"] = Json::array();
  for (const HostPlan& host : plan.hosts) out["hosts"].push_back(host_json(plan, host, registry));
  out["summary"] = summary_json(count(plan, registry));
  for (const Error& warning : beside.warnings) out["warnings"].push_back(json_of(warning));
  for (const GoneHost& gone : beside.gone) {
    out["gone"].push_back({{"host", json_text(gone.host)}, {"orphans", texts(gone.orphans)}});
  }
}

}  // namespace

std::string plan_json(const Plan& plan, const Registry& registry, const PlanBeside& beside) {
  Json out = Json::object();
  fill(out, plan, registry, beside);
  if (beside.rehearsal != nullptr) out["rehearsal"] = json_of(plan, *beside.rehearsal);
  return json_document(out, 2);
}

std::string plan_event(const Plan& plan, const Registry& registry, const PlanBeside& beside) {
  Json out{{"event", "plan"}};
  fill(out, plan, registry, beside);
  return json_document(out, -1);
}

}  // namespace holdfast
