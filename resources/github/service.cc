#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/api/servers.h"
#include "engine/core/clock.h"
#include "engine/core/text.h"
#include "resources/github/route_move.h"
#include "resources/github/runner_check.h"

namespace holdfast {

std::unique_ptr<Service> make_github_service();

namespace {

using Clock = std::chrono::steady_clock;

/// One request of the engine, taken apart.
struct Order {
  nlohmann::json json;
  GithubScope scope;
  std::string runner;

  std::string what() const { return json.value("do", ""); }
  std::vector<std::string> labels(const char* key) const {
    std::vector<std::string> out;
    for (const nlohmann::json& label : json.value(key, nlohmann::json::array()))
      out.push_back(label.get<std::string>());
    return out;
  }
};

Result<Order> order_of(const std::string& text) {
  Order out{.json = nlohmann::json::parse(text, nullptr, false), .scope = {}, .runner = {}};
  const auto is_text = [&](const char* key) {
    return out.json.contains(key) && out.json[key].is_string();
  };
  if (!out.json.is_object() || !is_text("do") || !is_text("scope") || !is_text("of") ||
      !is_text("runner")) {
    return fail(Code::RecordUnreadable, "not an order for GitHub");
  }
  const std::string kind = out.json.value("scope", "");
  out.scope = {kind == "repository"     ? GithubScope::Kind::Repository
               : kind == "organization" ? GithubScope::Kind::Organization
                                        : GithubScope::Kind::Enterprise,
               out.json.value("of", "")};
  out.runner = out.json.value("runner", "");
  return out;
}

template <class T>
Result<T> said(ApiResult<T> result) {
  if (!result) return fail(server_error(result.error()));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::milliseconds kBetween{3000};

/// One conversation with GitHub.
class Talk {
 public:
  Talk(const Server& server, const Contact& contact, Order order)
      : contact_(contact),
        order_(std::move(order)),
        github_(server.address, *server.credential, {}, contact.transport(),
                ApiClock::real(contact.go_on)) {}

  Result<Value> look() {
    HF_TRY(const std::optional<GithubRunner> runner, find());
    ValueMap out;
    const auto expires = github_.token_expires();
    if (expires) out.set("token_expires", *expires);
    if (!runner) return expires ? Value(std::move(out)) : Value();
    out.set("id", runner->id);
    out.set("online", runner->online);
    out.set("busy", runner->busy);
    ValueList labels;
    for (const std::string& label : runner->custom_labels()) labels.emplace_back(label);
    out.set("labels", Value(std::move(labels)));
    if (order_.scope.kind != GithubScope::Kind::Repository && runner->group) {
      HF_TRY(const std::vector<GithubGroup> groups, said(github_.groups(order_.scope)));
      for (const GithubGroup& group : groups) {
        if (group.id == *runner->group) out.set("group", group.name);
      }
    }
    return Value(std::move(out));
  }

  Result<std::string> check(const std::string& wanted) {
    HF_TRY(const std::optional<GithubRunner> runner, find());
    return judge_github_runner(order_.scope, order_.runner, runner, read_github_check(wanted),
                               github_.token_expires(), unix_time());
  }

  Result<Value> answer() {
    return order_.what() == "runners" ? list_runners(github_, order_.scope) : look();
  }

  Result<void> act(const std::string& text) {
    const std::string what = order_.what();
    if (what == "move route") return move_route(text);
    if (what == "claim") return claim();
    if (what == "remove") return remove();
    if (what == "set labels") return set_labels();
    if (what == "move") return move();
    if (what == "wait idle") return wait_idle();
    if (what == "wait online") return wait_online();
    return fail(Code::RecordTooNew, "this holdfast can't '" + printable(what) + "' at GitHub");
  }

  Result<Secret> issue() {
    if (order_.what() == "for one job") return for_one_job();
    HF_TRY(const GithubRunnerToken token, said(github_.registration_token(order_.scope)));
    return token.token;
  }

 private:
  Result<std::optional<GithubRunner>> find() {
    return said(github_.find(order_.scope, order_.runner));
  }

  /// What is seen of a runner that is waited for.
  struct Glimpse {
    std::optional<GithubRunner> runner{};
    std::optional<Error> fault{};  ///< GitHub's own: nothing is known meanwhile.
  };
  Result<Glimpse> glimpse() {
    auto found = find();
    if (found) return Glimpse{.runner = std::move(*found)};
    const Code code = found.error().code;
    const bool passes =
        code == Code::ServerUnreachable || code == Code::ServerFailed || code == Code::ServerLimit;
    if (!passes || !contact_.go_on()) return fail(std::move(found.error()));
    return Glimpse{.fault = std::move(found.error())};
  }

  Result<void> claim() {
    HF_TRY(const std::optional<GithubRunner> runner, find());
    if (!runner) return {};
    if (runner->online) {
      return fail(Code::ServerMoved,
                  "GitHub has a runner " + printable(order_.runner) +
                      " that is online: another "
                      "machine works under this name",
                  "take another name, or stop that one first");
    }
    return said(github_.remove(order_.scope, runner->id));
  }

  Result<void> remove() {
    HF_TRY(const std::optional<GithubRunner> runner, find());
    if (!runner) return {};
    return said(github_.remove(order_.scope, runner->id));
  }

  Result<Secret> for_one_job() {
    HF_TRY(const std::int64_t group, group_id(order_.json.value("group", "")));
    HF_TRY(GithubJitRunner made, said(github_.register_for_one_job(order_.scope, order_.runner,
                                                                   group, order_.labels("labels"),
                                                                   order_.json.value("work", ""))));
    return std::move(made.configuration);
  }

  /// @param wanted  "": the default one. A repository has one alone, which is in no list.
  Result<std::int64_t> group_id(const std::string& wanted) {
    if (order_.scope.kind == GithubScope::Kind::Repository) return std::int64_t{1};
    HF_TRY(const std::vector<GithubGroup> groups, said(github_.groups(order_.scope)));
    for (const GithubGroup& group : groups) {
      if (wanted.empty() ? group.is_default : group.name == wanted) return group.id;
    }
    return fail(Code::ServerRefused,
                "GitHub has no runner group " + printable(wanted) + " that this token sees");
  }

  bool gone_is_well() const { return order_.json.value("gone_is_well", false); }

  Result<GithubRunner> there() {
    HF_TRY(std::optional<GithubRunner> runner, find());
    if (!runner) {
      return fail(Code::ServerMoved,
                  "GitHub has no runner " + printable(order_.runner) + " any more");
    }
    return std::move(*runner);
  }

  Result<void> set_labels() {
    if (gone_is_well()) {
      HF_TRY(const std::optional<GithubRunner> found, find());
      if (!found) return {};
    }
    HF_TRY(const GithubRunner runner, there());
    const std::vector<std::string> now = runner.custom_labels();
    std::vector<std::string> wanted = order_.labels("labels");
    HF_TRY(const std::vector<std::string> routed, routes_of(runner));
    wanted.insert(wanted.end(), routed.begin(), routed.end());
    if (now == normal_labels(wanted)) return {};
    const std::vector<std::string> own = labels_of(now, false);
    const bool done = own == normal_labels(order_.labels("labels"));
    if (!done && own != labels_of(normal_labels(order_.labels("are")), false)) {
      return fail(Code::ServerMoved, "somebody gave " + printable(order_.runner) +
                                         " other labels meanwhile: " + printable(join(own, ", ")));
    }
    return said(github_.set_labels(order_.scope, runner.id, wanted));
  }

  /// Labels of routes that it is to have: those that it has, and those that it gets back.
  Result<std::vector<std::string>> routes_of(const GithubRunner& runner) {
    std::vector<std::string> out;
    if (order_.json.value("routes", "") != "off") out = labels_of(runner.custom_labels(), true);
    const std::vector<std::string> back = normal_labels(order_.labels("back"));
    if (back.empty()) return out;
    HF_TRY(const std::vector<GithubRunner> all, said(github_.runners(order_.scope)));
    for (const std::string& label : back) {
      const bool taken = std::any_of(all.begin(), all.end(), [&](const GithubRunner& other) {
        const std::vector<std::string> labels = other.custom_labels();
        return other.id != runner.id && std::count(labels.begin(), labels.end(), label) > 0;
      });
      if (!taken) out.push_back(label);
    }
    return out;
  }

  Result<void> move_route(const std::string& act) {
    HF_TRY(const RouteMove move, read_route_move(act));
    return holdfast::move_route(github_, order_.scope, move);
  }

  Result<void> move() {
    HF_TRY(const GithubRunner runner, there());
    HF_TRY(const std::int64_t group, group_id(order_.json.value("group", "")));
    if (runner.group == group) return {};
    return said(github_.move_to_group(order_.scope, runner.id, group));
  }

  /// Nothing shows a job that is on its way: so it must look idle for longer than a poll lasts.
  Result<void> wait_idle() {
    const std::chrono::milliseconds quiet(order_.json.value("quiet_ms", 60'000));
    const auto end = Clock::now() + std::chrono::milliseconds(order_.json.value("most_ms", 0));
    auto since = Clock::now();
    while (true) {
      HF_TRY(const Glimpse seen, glimpse());
      if (!seen.fault && !seen.runner) return {};
      const bool busy = seen.runner && seen.runner->busy;
      if (busy || seen.fault) since = Clock::now();
      if (Clock::now() - since >= quiet) return {};
      if (Clock::now() >= end) {
        if (order_.json.value("busy_is_well", false)) return {};
        if (seen.fault) return fail(*seen.fault);
        return fail(Code::ServerRefused,
                    "runner " + printable(order_.runner) +
                        (busy ? " still has work after `drain_timeout`"
                              : " had work until shortly before the end of `drain_timeout`"),
                    "wait for its job, or let it be cancelled: when_busy: stop");
      }
      HF_CHECK(pause(std::min(kBetween, quiet / 10), seen.fault ? "GitHub fails"
                                                     : busy     ? "it still has a job"
                                                                : "it had a job a moment ago"));
    }
  }

  Result<void> wait_online() {
    while (true) {
      HF_TRY(const Glimpse seen, glimpse());
      if (!seen.fault && (seen.runner ? seen.runner->online : gone_is_well())) return {};
      HF_CHECK(pause(std::chrono::milliseconds(500), seen.fault    ? "GitHub fails"
                                                     : seen.runner ? "GitHub calls it offline"
                                                                   : "GitHub doesn't know it"));
    }
  }

  Result<void> pause(std::chrono::milliseconds how_long, const char* why) {
    for (const auto end = Clock::now() + how_long; Clock::now() < end;) {
      if (!contact_.may_wait()) {
        return fail(Code::ServerRefused,
                    "waiting for runner " + printable(order_.runner) + " ended: " + why);
      }
      std::this_thread::sleep_for(kTick);
    }
    return {};
  }

  const Contact& contact_;
  Order order_;
  GithubClient github_;
};

class GithubService final : public Service {
 public:
  std::string name() const override { return "github"; }

  Result<Value> ask(const Server& server, const std::string& question,
                    const Contact& contact) const override {
    HF_TRY(const auto talk, begin(server, question, contact));
    return talk->answer();
  }

  Result<void> act(const Server& server, const std::string& act, const std::optional<Secret>&,
                   const Contact& contact) const override {
    HF_TRY(const auto talk, begin(server, act, contact));
    try {
      return talk->act(act);
    } catch (const nlohmann::json::exception&) {
      return fail(Code::RecordUnreadable, "not an order for GitHub");
    }
  }

  Result<std::string> check(const Server& server, const std::string& question,
                            const Contact& contact) const override {
    HF_TRY(const auto talk, begin(server, question, contact));
    return talk->check(question);
  }

  Result<Secret> issue(const Server& server, const std::string& what,
                       const Contact& contact) const override {
    HF_TRY(const auto talk, begin(server, what, contact));
    return talk->issue();
  }

 private:
  static Result<std::unique_ptr<Talk>> begin(const Server& server, const std::string& text,
                                             const Contact& contact) {
    if (!server.credential) {
      return fail(Code::CredentialMissing, printable(server.credential_name) + " is not known",
                  "state it: token: !env GITHUB_TOKEN");
    }
    HF_TRY(Order order, order_of(text));
    return std::make_unique<Talk>(server, contact, std::move(order));
  }
};

}  // namespace

std::unique_ptr<Service> make_github_service() { return std::make_unique<GithubService>(); }

}  // namespace holdfast
