#include "engine/plan/saved.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/core/hash.h"
#include "engine/core/read_file.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

/// Of a fleet with long texts.
constexpr std::size_t kLargest = std::size_t{1} << 28U;
/// What is nested deeper, no plan has; writing it again would take the stack.
constexpr int kDeepest = 64;

std::string label(const Plan& plan, std::size_t node) {
  return plan.declarations[node].host + " " + plan.declarations[node].resource.address();
}

/// What a row would do, with every value keyed: attributes before and after, steps with their
/// bytes, the precondition.
std::string row_digest(const Plan& plan, std::size_t node, const std::string& salt) {
  const Row& row = plan.rows[node];
  std::string all =
      std::to_string(static_cast<int>(row.change.action)) + "\n" + row.precondition() + "\n";
  all += row.change.restart_due ? "restart\n" : "\n";
  all += row.unknown ? "unknown " + row.unknown->cause : "";
  for (const AttributeChange& change : row.change.attributes) {
    all += change.name + "=" + canonical(change.before, salt) + ">" +
           canonical(change.after, salt) + "\n";
  }
  // Whether a step is left for later is no other change.
  std::vector<PhasedStep> steps = row.steps;
  steps.insert(steps.end(), row.later.begin(), row.later.end());
  for (const PhasedStep& phased : steps) {
    all += describe(phased.step) + "\n";
    if (const auto* file = std::get_if<WriteFile>(&phased.step))
      all += sha256_hex(file->content.bytes()) + "\n";
    if (const auto* run = std::get_if<Run>(&phased.step))
      all += sha256_hex(run->input.bytes()) + "\n";
    if (const auto* call = std::get_if<Call>(&phased.step))
      all += call->act + "\n" + sha256_hex(call->secret ? call->secret->reveal() : "") + "\n";
  }
  return hmac_sha256_hex(salt, all);
}

std::string goal_digest(const Plan& plan, std::size_t node, const std::string& salt,
                        const Registry& registry) {
  const Resource& resource = plan.declarations[node].resource;
  const Kind* kind = registry.kind(resource.kind);
  if (kind == nullptr || resource.absent) return "absent";
  return hmac_sha256_hex(salt, canonical(Value(kind->desired(resource)), salt));
}

/// Audited rows are never carried out.
bool counts(const Plan& plan, std::size_t node) {
  const Row& row = plan.rows[node];
  const bool acts = row.change.action != Action::None || row.unknown;
  return row.selected && acts && !plan.declarations[node].audit;
}

/// What acts in every apply tells nothing of what was done.
bool always_acts(const Plan& plan, std::size_t node, const Registry& registry) {
  const Kind* kind = registry.kind(plan.declarations[node].resource.kind);
  return plan.rows[node].only_asks() || (kind != nullptr && kind->schema().never_observed);
}

Json strings(const std::map<std::string, std::string>& map) {
  Json out = Json::object();
  for (const auto& [name, value] : map) out[name] = value;
  return out;
}

std::map<std::string, std::string> map_from(const Json& json) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : json.items()) out[name] = value.get<std::string>();
  return out;
}

SavedPlan summary(const Plan& plan, const std::string& salt, const Registry& registry) {
  SavedPlan out;
  out.salt = salt;
  for (std::size_t node = 0; node < plan.rows.size(); ++node) {
    if (!counts(plan, node)) continue;
    out.rows[label(plan, node)] = row_digest(plan, node, salt);
    out.goals[label(plan, node)] = goal_digest(plan, node, salt, registry);
  }
  for (const HostPlan& host : plan.hosts) out.machines[host.host] = host.machine_id;
  return out;
}

Result<void> write_whole(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".tmp-" + random_hex(4);
  const int file =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  const bool written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (written && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  ::unlink(temporary.c_str());
  return fail(Code::FileUnwritable, "can't write " + printable(path));
}

}  // namespace

Result<void> save_plan(const std::string& path, const Plan& plan, const PlanRequest& request,
                       const ShownPlan& shown, const Registry& registry) {
  const SavedPlan saved = summary(plan, random_hex(16), registry);
  Json json{{"format", SavedPlan::kFormat},
            {"request",
             {{"folder", request.folder},
              {"environment", request.environment},
              {"inventory", request.inventory},
              {"manifests", request.manifests},
              {"limit", request.limit},
              {"tags", request.tags},
              {"targets", request.targets},
              {"set", request.set},
              {"prune", request.prune}}},
            {"salt", saved.salt},
            {"rows", strings(saved.rows)},
            {"goals", strings(saved.goals)},
            {"machines", strings(saved.machines)}};
  if (!shown.text.empty()) {
    json["shown"] = {{"text", shown.text}, {"plan", Json::parse(shown.document, nullptr, false)}};
  }
  return write_whole(path, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

bool is_saved_plan(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  std::array<char, 64> bytes{};
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const std::string_view begin = trim({bytes.data(), static_cast<std::size_t>(file.gcount())});
  return starts_with(begin, "{") && starts_with(trim(begin.substr(1)), "\"format\":");
}

Result<SavedPlan> load_plan(const std::string& path) {
  HF_TRY(const std::string bytes, read_file(path, kLargest));
  const auto refuse = [&] {
    return fail(Code::PlanUnreadable, printable(path) + " is not a saved plan of this holdfast");
  };
  const auto shallow = [](int depth, Json::parse_event_t, const Json&) { return depth < kDeepest; };
  const Json json = Json::parse(bytes, shallow, false);
  if (json.is_discarded() || !json.is_object() || json.value("format", 0) != SavedPlan::kFormat)
    return refuse();
  try {
    SavedPlan out;
    const Json& request = json.at("request");
    out.request = {request.at("folder"),    request.at("environment"), request.at("inventory"),
                   request.at("manifests"), request.at("limit"),       request.at("tags"),
                   request.at("targets"),   request.at("set"),         request.at("prune")};
    out.salt = json.at("salt");
    out.rows = map_from(json.at("rows"));
    out.goals = map_from(json.at("goals"));
    out.machines = map_from(json.at("machines"));
    if (json.contains("shown")) {
      out.shown = {json.at("shown").at("text"), json.at("shown").at("plan").dump()};
    }
    return out;
  } catch (const Json::exception&) {
    return refuse();
  }
}

std::vector<std::string> other_flags(const PlanRequest& saved, const PlanRequest& beside) {
  std::vector<std::string> out;
  const auto judge = [&](const char* flag, const auto& was, const auto& is) {
    if (!is.empty() && is != was) out.emplace_back(flag);
  };
  judge("-e", saved.environment, beside.environment);
  judge("-i", saved.inventory, beside.inventory);
  judge("--limit", saved.limit, beside.limit);
  judge("--tags", saved.tags, beside.tags);
  judge("--target", saved.targets, beside.targets);
  judge("--set", saved.set, beside.set);
  if (beside.prune && !saved.prune) out.emplace_back("--prune");
  return out;
}

PlanComparison compare_plans(const SavedPlan& saved, const Plan& now, const Registry& registry) {
  PlanComparison out;
  const SavedPlan current = summary(now, saved.salt, registry);
  for (const auto& [host, machine] : saved.machines) {
    const auto found = current.machines.find(host);
    if (found == current.machines.end() || found->second != machine) {
      out.differences.push_back(printable(host) + " is another machine, or can't be reached");
    }
  }
  for (const auto& [name, digest] : saved.rows) {
    const auto found = current.rows.find(name);
    if (found == current.rows.end()) {
      out.differences.push_back(printable(name) + " no longer changes");
    } else if (found->second != digest) {
      out.differences.push_back(printable(name) +
                                " would change in another way, or from another state");
    }
  }
  for (const auto& [name, digest] : current.rows) {
    if (saved.rows.count(name) == 0)
      out.differences.push_back(printable(name) + " changes, which the plan does not say");
  }
  out.same = out.differences.empty();
  bool goals_hold = current.machines == saved.machines;
  for (std::size_t node = 0; node < now.rows.size() && goals_hold; ++node) {
    if (counts(now, node) && !always_acts(now, node, registry)) goals_hold = false;
    const auto goal = saved.goals.find(label(now, node));
    if (goal != saved.goals.end() && goal->second != goal_digest(now, node, saved.salt, registry))
      goals_hold = false;
  }
  out.done = !out.same && goals_hold;
  std::set<std::string> known;
  for (std::size_t node = 0; node < now.rows.size(); ++node) known.insert(label(now, node));
  out.stranger = !out.same && !saved.goals.empty() &&
                 std::none_of(saved.goals.begin(), saved.goals.end(),
                              [&](const auto& goal) { return known.count(goal.first) > 0; });
  return out;
}

}  // namespace holdfast
