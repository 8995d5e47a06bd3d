#include <nlohmann/json.hpp>

#include "engine/report/json_parts.h"
#include "engine/report/rehearsal_text.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json json_of(const Plan& plan, const RehearsalReport& report) {
  Json out{{"sound", report.sound()}, {"hosts", Json::array()}};
  for (const HostRehearsal& host : report.hosts) {
    Json shown{{"host", json_text(host.host)},
               {"steps", host.steps},
               {"took_ms", host.took.count()},
               {"faults", Json::array()},
               {"not_rehearsed", Json::array()}};
    if (host.error) shown["error"] = json_of(*host.error);
    for (const Error& fault : host.faults) shown["faults"].push_back(json_of(fault));
    for (const Unrehearsed& one : host.left_out) {
      shown["not_rehearsed"].push_back(
          {{"address", json_text(plan.declarations[one.row].resource.address())},
           {"reason", json_text(one.reason)}});
    }
    for (const std::string& note : host.notes) shown["notes"].push_back(json_text(note));
    out["hosts"].push_back(std::move(shown));
  }
  return out;
}

std::string rehearsal_event(const Plan& plan, const RehearsalReport& report) {
  Json out{{"event", "rehearsal"}};
  out.update(json_of(plan, report));
  return json_document(out, -1);
}

}  // namespace holdfast
