#include "resources/route/route.h"

#include <algorithm>

#include "engine/core/text.h"
#include "resources/github/route_move.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

RouteCandidate candidate_of(const ValueMap& map) {
  return {.runner = stated_text(map, "runner"),
          .labels = stated_list(map, "labels"),
          .authorized = stated_bool(map, "authorized", false),
          .gate = gate_questions(map, "gate"),
          .recovery = gate_questions(map, "recovery")};
}

const ValueMap* runner_named(const ValueList& runners, const std::string& name) {
  for (const Value& runner : runners) {
    if (runner.is_map() && to_lower(stated_text(runner.as_map(), "name")) == to_lower(name))
      return &runner.as_map();
  }
  return nullptr;
}

bool has_label(const ValueMap& runner, const std::string& label) {
  for (const char* list : {"labels", "fixed"}) {
    const std::vector<std::string> labels = stated_list(runner, list);
    if (std::find(labels.begin(), labels.end(), to_lower(label)) != labels.end()) return true;
  }
  return false;
}

/// What GitHub has against a runner; "": nothing.
std::string against(const ValueMap* runner, const RouteCandidate& candidate) {
  if (runner == nullptr) return "GitHub knows no runner of this name";
  if (!stated_bool(*runner, "online", false)) return "GitHub calls it offline";
  for (const std::string& label : candidate.labels) {
    if (!has_label(*runner, label)) {
      return "it has no label " + printable(label) + " at GitHub, as one that is drained";
    }
  }
  return {};
}

RouteView view_of(const RouteWish& wish, std::size_t index, const ValueList& runners,
                  const Answers& answers) {
  const RouteCandidate& candidate = wish.candidates[index];
  const ValueMap* runner = runner_named(runners, candidate.runner);
  RouteView out{.runner = candidate.runner};
  out.holds = runner != nullptr && has_label(*runner, wish.label);
  out.idle = runner != nullptr && !stated_bool(*runner, "busy", true);
  out.why = candidate.authorized ? against(runner, candidate) : "it is not authorized";
  GateAnswer gate{.passed = true, .recovered = true};
  if (const auto query = wish.gate_of(index)) gate = gate_answer(answers.at(query->key()));
  if (out.why.empty() && !gate.passed)
    out.why = gate.why.empty() ? "its gate does not pass" : gate.why;
  for (const Value& other : runners) {
    if (other.is_map() && &other.as_map() != runner && against(&other.as_map(), candidate).empty())
      out.reaches.push_back(stated_text(other.as_map(), "name"));
  }
  out.fit = out.why.empty();
  out.recovered = out.fit && gate.recovered;
  out.why_not_recovered = gate.why_not_recovered;
  return out;
}

}  // namespace

RouteWish route_wish(const Resource& resource) {
  const State& state = resource.desired;
  RouteWish out;
  out.label = std::string(kRoutePrefix) + to_lower(resource.name);
  out.url = without_slash(stated_text(state, "url"));
  out.prometheus = without_slash(stated_text(state, "prometheus", "http://127.0.0.1:9090"));
  out.back_after = stated_duration(state, "back_after", std::chrono::minutes(5));
  const Value* candidates = stated(state, "candidates");
  if (candidates != nullptr && candidates->is_list()) {
    for (const Value& one : candidates->as_list()) {
      if (one.is_map()) out.candidates.push_back(candidate_of(one.as_map()));
    }
  }
  const auto place = github_place(out.url);
  if (place) out.scope = place->scope;
  out.server = github_server(state, place, resource.address());
  return out;
}

ServerQuery RouteWish::runners() const { return {server, github_runners_question(scope)}; }

std::optional<ServerQuery> RouteWish::gate_of(std::size_t candidate) const {
  const RouteCandidate& asked = candidates[candidate];
  if (asked.gate.empty() && asked.recovery.empty()) return std::nullopt;
  Gate gate{.questions = asked.gate};
  // The last one gets it back from nobody.
  if (candidate + 1 < candidates.size()) {
    gate.held = back_after;
    gate.recovery = asked.gate;
    gate.recovery.insert(gate.recovery.end(), asked.recovery.begin(), asked.recovery.end());
  }
  Server at{.service = kGateService, .address = prometheus};
  at.through_host = true;
  return ServerQuery{at, gate_text(gate)};
}

RouteSeen route_seen(const RouteWish& wish, const Answers& answers) {
  RouteSeen out;
  const Value& runners = answers.at(wish.runners().key());
  if (runners.is_unknown()) {
    out.unknown = runners.as_unknown().cause;
    return out;
  }
  static const ValueList kNone;
  const ValueList& all = runners.is_list() ? runners.as_list() : kNone;
  for (std::size_t i = 0; i < wish.candidates.size(); ++i) {
    out.candidates.push_back(view_of(wish, i, all, answers));
  }
  for (const Value& runner : all) {
    if (runner.is_map() && has_label(runner.as_map(), wish.label))
      out.holders.push_back(stated_text(runner.as_map(), "name"));
  }
  return out;
}

RouteChoice choose_runner(const RouteSeen& seen) {
  const auto& all = seen.candidates;
  const auto first = [&](auto is) -> std::optional<std::size_t> {
    const auto found = std::find_if(all.begin(), all.end(), is);
    if (found == all.end()) return std::nullopt;
    return static_cast<std::size_t>(found - all.begin());
  };
  const auto fit = first([](const RouteView& one) { return one.fit; });
  if (!fit) return {first([](const RouteView& one) { return one.holds; }), false};
  const auto holder = first([](const RouteView& one) { return one.fit && one.holds; });
  if (!holder) return {fit, true};
  const auto back = first([](const RouteView& one) { return one.fit && one.recovered; });
  return {back && *back < *holder ? back : holder, true};
}

std::vector<std::string> unfit_reasons(const RouteSeen& seen) {
  std::vector<std::string> out;
  for (const RouteView& one : seen.candidates) {
    if (!one.fit) out.push_back(printable(one.runner) + ": " + one.why);
  }
  return out;
}

}  // namespace holdfast
