#include "resources/github/route_move.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/api/servers.h"
#include "engine/core/text.h"
#include "resources/github/order.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

/// GitHub's list may lag behind what was just written.
constexpr int kLooks = 3;
constexpr std::chrono::seconds kBetweenLooks{1};

bool same_name(const std::string& a, const std::string& b) { return to_lower(a) == to_lower(b); }

bool among(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& one) { return same_name(one, name); });
}

std::vector<std::string> all_labels(const GithubRunner& runner) {
  std::vector<std::string> out;
  for (const GithubLabel& label : runner.labels) out.push_back(label.name);
  return normal_labels(std::move(out));
}

Value texts(const std::vector<std::string>& all) {
  ValueList out;
  for (const std::string& text : all) out.emplace_back(text);
  return Value(std::move(out));
}

std::vector<std::string> names_at(const Json& json, const char* key) {
  return json.at(key).get<std::vector<std::string>>();
}

/// One move, from a look to a look.
class Mover {
 public:
  Mover(GithubClient& github, const GithubScope& scope, const RouteMove& move)
      : github_(github), scope_(scope), move_(move), label_(to_lower(move.label)) {}

  Result<void> run() {
    HF_CHECK(look());
    if (settled()) return {};
    HF_CHECK(nobody_else());
    for (const std::string& name : move_.to) HF_CHECK(ready(name));
    for (const GithubRunner& holder : holders_) {
      if (among(move_.to, holder.name)) continue;
      if (const auto taken = github_.take_label(scope_, holder.id, move_.label); !taken)
        return fail(server_error(taken.error()));
    }
    for (const std::string& name : move_.to) HF_CHECK(give(name));
    return seen_settled();
  }

 private:
  Result<void> seen_settled() {
    for (int looks = 1;; ++looks) {
      HF_CHECK(look());
      if (settled()) return {};
      HF_CHECK(nobody_else());
      if (looks == kLooks) return fail(not_seen());
      std::this_thread::sleep_for(kBetweenLooks);
    }
  }

  Result<void> look() {
    const auto all = github_.runners(scope_);
    if (!all) return fail(server_error(all.error()));
    runners_ = *all;
    holders_.clear();
    for (const GithubRunner& runner : runners_) {
      if (has(runner, label_)) holders_.push_back(runner);
    }
    return {};
  }

  static bool has(const GithubRunner& runner, const std::string& label) {
    const std::vector<std::string> all = all_labels(runner);
    return std::find(all.begin(), all.end(), to_lower(label)) != all.end();
  }

  bool settled() const {
    return holders_.size() == move_.to.size() &&
           std::all_of(holders_.begin(), holders_.end(),
                       [&](const GithubRunner& one) { return among(move_.to, one.name); });
  }

  Result<void> nobody_else() const {
    const bool ours = std::all_of(holders_.begin(), holders_.end(), [&](const GithubRunner& one) {
      return among(move_.from, one.name) || among(move_.to, one.name);
    });
    return ours ? Result<void>{} : fail(moved());
  }

  const GithubRunner* find(const std::string& name) const {
    for (const GithubRunner& runner : runners_) {
      if (same_name(runner.name, name)) return &runner;
    }
    return nullptr;
  }

  Result<void> ready(const std::string& name) const {
    const auto refuse = [&](const std::string& why) {
      return fail(Code::RouteHeld,
                  "runner " + printable(name) + " can't get " + printable(move_.label) + ": " + why,
                  "plan again");
    };
    const GithubRunner* runner = find(name);
    if (runner != nullptr && has(*runner, label_)) return {};
    if (runner == nullptr) return refuse("GitHub doesn't know it any more");
    if (move_.online && !runner->online) return refuse("GitHub calls it offline now");
    for (const std::string& label : move_.beside) {
      if (!has(*runner, label)) {
        return refuse("it has no label " + printable(label) + " now, as one that is drained");
      }
    }
    return {};
  }

  Result<void> give(const std::string& name) {
    const GithubRunner* runner = find(name);
    if (runner == nullptr || has(*runner, label_)) return {};
    const auto given = github_.add_label(scope_, runner->id, move_.label);
    return given ? Result<void>{} : fail(server_error(given.error()));
  }

  std::string with_whom() const {
    std::vector<std::string> now;
    for (const GithubRunner& holder : holders_) now.push_back(holder.name);
    return runners_text(now);
  }

  Error moved() const {
    return {.code = Code::RouteHeld,
            .message = printable(move_.label) + " was moved by somebody else: it was with " +
                       runners_text(move_.from) + ", and is with " + with_whom(),
            .hint = "plan again"};
  }

  Error not_seen() const {
    return {.code = Code::RouteHeld,
            .message = printable(move_.label) + " was given to " + runners_text(move_.to) +
                       ", and GitHub still lists it with " + with_whom(),
            .hint = "plan again"};
  }

  GithubClient& github_;
  const GithubScope& scope_;
  const RouteMove& move_;
  const std::string label_;
  std::vector<GithubRunner> runners_, holders_;
};

}  // namespace

std::string runners_text(const std::vector<std::string>& names) {
  return names.empty() ? "nobody" : printable(join(names, ", "));
}

std::string github_runners_question(const GithubScope& scope) {
  return github_order(scope, "", "runners").dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string route_move_act(const GithubScope& scope, const RouteMove& move) {
  Json json = github_order(scope, "", "move route");
  json["label"] = move.label;
  json["from"] = move.from;
  json["to"] = move.to;
  json["beside"] = move.beside;
  json["online"] = move.online;
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Result<RouteMove> read_route_move(const std::string& act) {
  const Json json = Json::parse(act, nullptr, false);
  try {
    RouteMove out{.label = json.at("label").get<std::string>(),
                  .from = names_at(json, "from"),
                  .to = names_at(json, "to"),
                  .beside = names_at(json, "beside"),
                  .online = json.at("online").get<bool>()};
    if (is_route_label(out.label)) return out;
  } catch (const Json::exception&) {
    return fail(Code::RecordUnreadable, "not a move of a route");
  }
  return fail(Code::RecordUnreadable, "not a route's label");
}

Result<Value> list_runners(GithubClient& github, const GithubScope& scope) {
  const auto all = github.runners(scope);
  if (!all) return fail(server_error(all.error()));
  ValueList out;
  for (const GithubRunner& runner : *all) {
    std::vector<std::string> fixed;
    for (const GithubLabel& label : runner.labels) {
      if (label.read_only) fixed.push_back(label.name);
    }
    ValueMap one;
    one.set("name", runner.name);
    one.set("online", runner.online);
    one.set("busy", runner.busy);
    one.set("labels", texts(runner.custom_labels()));
    one.set("fixed", texts(normal_labels(std::move(fixed))));
    out.emplace_back(std::move(one));
  }
  return Value(std::move(out));
}

Result<void> move_route(GithubClient& github, const GithubScope& scope, const RouteMove& move) {
  return Mover(github, scope, move).run();
}

}  // namespace holdfast
