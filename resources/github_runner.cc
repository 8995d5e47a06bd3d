#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/plan/credential_end.h"
#include "engine/wiring/ends.h"
#include "resources/account.h"
#include "resources/github/runner_schema.h"
#include "resources/github/runner_steps.h"
#include "resources/github/runner_text.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {

std::unique_ptr<Kind> make_github_runner_kind();

namespace {

bool is_hex(const std::string& text, std::size_t size) {
  return text.size() == size && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_version(const std::string& text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

/// Names that go into file names and command lines.
bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= 64 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  c == '.' || c == '_' || c == '-';
         });
}

std::string digest_of(const Value& text) { return "sha256:" + sha256_hex(text.bytes()); }

class GithubRunnerKind final : public Kind, public Wired, public HasCredential {
 public:
  const Schema& schema() const override { return runner_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::GithubRunnerInvalid,
                             "github_runner '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    const RunnerWish wish = runner_wish(resource);
    const auto known = [&](const char* name) { return stated(resource.desired, name) != nullptr; };
    if (!is_name(resource.name)) {
      refuse("", "not a runner's name", "letters, digits, `.`, `_` and `-`, 64 at most");
    }
    if (known("url") && !github_place(wish.url)) {
      refuse("url", "'" + printable(wish.url) + "' is no repository, organization or enterprise",
             "such as https://github.com/OWNER/REPOSITORY");
    }
    if (known("version") && !is_version(wish.version)) refuse("version", "not a version: 2.329.0");
    if (known("sha256") && !is_hex(wish.sha256, 64)) {
      refuse("sha256", "not a SHA-256", "64 hexadecimal digits, as GitHub's release page has them");
    }
    for (const std::string& label : wish.labels) {
      const bool bad = label.empty() || label.size() > 256 || has_control(label) ||
                       label.find(',') != std::string::npos;
      if (bad) refuse("labels", "'" + printable(label) + "' is no label");
      if (is_route_label(label)) {
        refuse("labels", "'" + printable(label) + "' is a route's, and moves between runners",
               "leave it to `runner_route: " +
                   printable(to_lower(label).substr(kRoutePrefix.size())) + "`");
      }
    }
    if (!wish.group.empty() && wish.scope.kind == GithubScope::Kind::Repository && known("url")) {
      refuse("group", "a repository has no runner groups");
    }
    if (wish.drain_timeout < wish.idle_for && known("drain_timeout") && known("idle_for")) {
      refuse("drain_timeout", "a runner must look idle for `idle_for` before `drain_timeout` ends",
             "make it longer, or `idle_for` shorter");
    }
    if (!wish.default_labels && wish.labels_stated && wish.labels.empty()) {
      refuse("labels", "without GitHub's own labels it needs some of its own");
    }
    if (known("user") && !bad_account_name(wish.user).empty()) {
      refuse("user", "'" + printable(wish.user) + "' is no account's name");
    }
    if (wish.one_job && !wish.default_labels && wish.labels.empty()) {
      refuse("labels", "a runner for one job is registered with labels, and it has none");
    }
    if (wish.user == "root") refuse("user", "a runner refuses to work as root");
    check_lines(resource, refuse);
    return errors;
  }

  Links links(const Resource& resource) const override {
    const RunnerWish wish = runner_wish(resource);
    // A firewall that is switched on drops the answers on connections that it has not seen begin:
    // the one on which a runner waits for jobs would be deaf for minutes.
    return {.provides = {"path:" + wish.directory},
            .needs = {"user:" + wish.user, "path:" + parent_path(wish.directory), "firewall:ufw",
                      "firewall:nftables"}};
  }

  void ends(const Resource& resource, Ends& ends) const override {
    const RunnerWish wish = runner_wish(resource);
    if (const std::string unit = wish.unit(); !unit.empty()) {
      UnitMade made;
      made.name = unit;
      ends.units_made.push_back(std::move(made));
    }
    if (!github_place(wish.url)) return;
    Sole name;
    name.what = "runner " + printable(to_lower(wish.name)) + " at " +
                printable(to_lower(wish.server.address + wish.scope.path()));
    name.code = Code::GithubRunnerElsewhere;
    name.hint = "GitHub knows one runner by a name, so each would take it from the other";
    ends.soles.push_back(std::move(name));
  }

  std::vector<Query> queries(const Resource& resource) const override {
    const RunnerWish wish = runner_wish(resource);
    std::vector<Query> out{{"github_runner", wish.directory}};
    if (!runner_environment(resource).is_null())
      out.push_back({"digest", wish.directory + "/.env"});
    return out;
  }

  /// A folder holds one runner, under whatever name: another one is a replacement.
  std::string identity(const Resource& resource) const override {
    return "github_runner " + runner_wish(resource).directory;
  }

  std::vector<ServerQuery> server_queries(const Resource& resource) const override {
    const RunnerWish wish = runner_wish(resource);
    return {{wish.server, wish.acts().question()}};
  }

  std::vector<ServerQuery> further_queries(const Resource& resource,
                                           const Answers& answers) const override {
    const RunnerWish wish = runner_wish(resource);
    const Value& host = answers.at({"github_runner", wish.directory});
    if (!host.is_map()) return {};
    const auto former = former_acts(resource, seen_as(host.as_map(), wish));
    if (!former) return {};
    return {{wish.server, former->question()}};
  }

  State desired(const Resource& resource) const override {
    const RunnerWish wish = runner_wish(resource);
    State out;
    const Value stated_all(resource.desired);
    if (const Unknown* cause = stated_all.find_unknown()) {
      out.set("url", *cause);
      return out;
    }
    out.set("url", wish.url);
    add_place(wish, out);
    out.set("registered_as", wish.name);
    out.set("version", wish.version);
    out.set("work", wish.work);
    out.set("mode", wish.one_job ? "jit" : "service");
    if (wish.labels_stated) out.set("labels", list(normal_labels(wish.labels)));
    if (!wish.group.empty()) out.set("group", wish.group);
    if (!wish.one_job) {
      out.set("ephemeral", wish.ephemeral);
      out.set("disable_update", wish.disable_update);
      out.set("registered", true);
      out.set("enabled", true);
    }
    if (const Value text = runner_environment(resource); !text.is_null()) {
      out.set("environment_file", digest_of(text));
    }
    out.set("service_settings", runner_settings(resource));
    out.set("state", "running");
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const RunnerWish wish = runner_wish(resource);
    const Value& host = answers.at({"github_runner", wish.directory});
    const Value& github = answers.at(server_queries(resource).front().key());
    for (const Value* answer : {&host, &github}) {
      if (answer->is_unknown()) return unknown(answer->as_unknown().cause);
    }
    static const ValueMap kNone;
    const ValueMap& here = host.is_map() ? host.as_map() : kNone;
    if (here.find("hidden") != nullptr) return unknown("needs root");
    if (here.find("no-systemd") != nullptr && !resource.absent) {
      return fail(wrong(resource, "", Code::NoSystemd,
                        "github_runner '" + printable(wish.name) +
                            "': the host has no systemd, and a runner is a service",
                        "leave it out there with 'when: facts.systemd'"));
    }
    HF_CHECK(is_ours(resource, wish, here));
    const bool configured = here.find("url") != nullptr && here.find("credentials") != nullptr;
    const ValueMap* there = known_to_github(github);
    if (!configured && !for_one_job(here)) {
      if (there == nullptr) return std::nullopt;
      return only_at_github(resource, *there);
    }
    const RunnerSeen seen = seen_as(here, wish);
    if (is_wished(seen, wish)) return both(resource, wish, here, there, answers);
    // The name that it is to get must be free.
    if (there != nullptr) HF_CHECK(only_at_github(resource, *there));
    const auto former = former_acts(resource, seen);
    if (!former) return both(resource, wish, here, nullptr, answers);
    const Value& at_github = answers.at(ServerQuery{wish.server, former->question()}.key());
    if (at_github.is_unknown()) return unknown(at_github.as_unknown().cause);
    return both(resource, wish, here, known_to_github(at_github), answers);
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    return change.action == Action::None ? std::vector<PhasedStep>{}
                                         : runner_steps(resource, change);
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    const RunnerWish wish = runner_wish(resource);
    const bool ends = change.action == Action::Delete || change.action == Action::Replace;
    if (!ends && !(change.action == Action::Update && stops_runner(change))) return out;
    if (change.action == Action::Update && stated_text(*change.before, "state") == "done") {
      out.brings.emplace_back("registers it for one more job and starts it");
      // That its job is done is nobody's doing.
      out.every_time = change.attributes.size() == 1;
      return out;
    }
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(wish.drain_timeout);
    out.brings.push_back("takes its labels off and waits for its job, " +
                         std::to_string(minutes.count()) + " min at most");
    if (change.action != Action::Delete) out.brings.push_back("restarts its service");
    return out;
  }

  std::vector<std::string> notes(const Resource& resource, const Change& change,
                                 const Answers& answers) const override {
    std::vector<std::string> out;
    const Value& github = answers.at(server_queries(resource).front().key());
    if (change.action == Action::Create && known_to_github(github) != nullptr) {
      out.emplace_back("removes the offline runner of this name that GitHub still lists");
    }
    return out;
  }

  std::optional<CredentialEnd> credential_end(const Resource& resource,
                                              const Answers& answers) const override {
    const Value& github = answers.at(server_queries(resource).front().key());
    const Value* at = github.is_map() ? github.as_map().find("token_expires") : nullptr;
    if (at == nullptr || !at->is_int()) return std::nullopt;
    const RunnerWish wish = runner_wish(resource);
    const auto place = resource.places.find("token");
    return CredentialEnd{
        .what = "the token for " + wish.server.address,
        .at = at->as_int(),
        .early = wish.token_warning,
        .where = place == resource.places.end() ? resource.where : place->second,
        .hint = "make a new one at GitHub and put it where the manifest takes it from"};
  }

 private:
  static const ValueMap* known_to_github(const Value& answer) {
    return answer.is_map() && answer.as_map().find("id") != nullptr ? &answer.as_map() : nullptr;
  }

  /// What is on the host takes one job, and is configured only until that is done.
  static bool for_one_job(const ValueMap& here) {
    return !name_of_one_job_unit(stated_text(here, "unit")).empty();
  }

  /// Once its job is done, nothing on the host says for whom it was; its unit still has its name.
  static RunnerSeen seen_as(const ValueMap& here, const RunnerWish& wish) {
    const bool one_job = for_one_job(here);
    const std::string name = one_job ? name_of_one_job_unit(stated_text(here, "unit")) : wish.name;
    return {.name = stated_text(here, "name", name),
            .url = stated_text(here, "url", wish.url),
            .one_job = one_job || stated_bool(here, "ephemeral", false)};
  }

  /// Where it was looked for: in the record, it is how an orphan is found.
  static void add_place(const RunnerWish& wish, State& out) {
    out.set("api", wish.server.address);
    out.set("directory", wish.directory);
    out.set("user", wish.user);
  }

  static Value list(const std::vector<std::string>& texts) {
    ValueList out;
    for (const std::string& text : texts) out.emplace_back(text);
    return Value(std::move(out));
  }

  template <class Refuse>
  void check_lines(const Resource& resource, const Refuse& refuse) const {
    for (const char* name : {"group", "work", "archive", "proxy"}) {
      const std::string text = stated_text(resource.desired, name);
      if (has_control(text) || starts_with(text, "-")) {
        refuse(name, "`" + std::string(name) + "` is one line of text");
      }
    }
    for (const char* map : {"environment", "settings"}) {
      for (const auto& [name, value] : stated_pairs(resource.desired, map)) {
        const bool bad = name.empty() || has_control(name) || has_control(value) ||
                         name.find_first_of("= []") != std::string::npos;
        if (bad) refuse(map, "'" + printable(name) + "' can't be set so");
      }
    }
  }

  static Result<std::optional<State>> unknown(const std::string& cause) {
    State out;
    out.set("url", Unknown{cause});
    return out;
  }

  Result<void> is_ours(const Resource& resource, const RunnerWish& wish,
                       const ValueMap& here) const {
    if (here.find("damaged") != nullptr) {
      return fail(Error{.code = Code::GithubRunnerElsewhere,
                        .message = printable(wish.directory) + "/.runner can't be read",
                        .where = resource.where});
    }
    const std::string name = stated_text(here, "name", resource.name);
    if (resource.absent && !same_runner_name(name, resource.name)) {
      return fail(Error{.code = Code::GithubRunnerElsewhere,
                        .message = printable(wish.directory) +
                                   " is the folder of another runner, " + printable(name),
                        .where = resource.where,
                        .hint = "`holdfast forget` this one"});
    }
    return {};
  }

  static Result<std::optional<State>> only_at_github(const Resource& resource,
                                                     const ValueMap& github) {
    if (stated_bool(github, "online", false)) {
      return fail(Error{.code = Code::GithubRunnerElsewhere,
                        .message = "GitHub has a runner '" + printable(resource.name) +
                                   "' that is online, and it isn't this host's",
                        .where = resource.where,
                        .hint = "take another name, or stop that one first"});
    }
    if (!resource.absent) return std::nullopt;
    State out;
    out.set("registered", true);
    return out;
  }

  Result<std::optional<State>> both(const Resource& resource, const RunnerWish& wish,
                                    const ValueMap& here, const ValueMap* github,
                                    const Answers& answers) const {
    State out;
    const bool one_job = for_one_job(here);
    const RunnerSeen seen = seen_as(here, wish);
    out.set("url", as_stated(seen.url, wish.url));
    add_place(wish, out);
    out.set("registered_as", same_runner_name(seen.name, wish.name) ? wish.name : seen.name);
    const std::string version = stated_text(here, "version");
    const bool newer = !wish.pinned && newer_version(version, wish.version);
    out.set("version", newer ? wish.version : version);
    out.set("work", stated_text(here, "work", one_job ? wish.work : ""));
    out.set("mode", one_job ? "jit" : "service");
    out.set("ephemeral", stated_bool(here, "ephemeral", false));
    out.set("disable_update", stated_bool(here, "disable_update", false));
    out.set("registered", github != nullptr);
    if (github != nullptr) {
      const std::vector<std::string> labels = stated_list(*github, "labels");
      out.set("labels", list(labels_of(labels, false)));
      out.set("github_labels", list(labels_of(labels, false)));
      out.set("github_routes", list(labels_of(labels, true)));
      if (const Value* group = github->find("group")) out.set("group", *group);
    } else {  // they come with the registration
      if (wish.labels_stated) out.set("labels", list(normal_labels(wish.labels)));
      if (one_job && !wish.group.empty()) out.set("group", wish.group);
    }
    if (!runner_environment(resource).is_null()) {
      const Value& file = answers.at({"digest", wish.directory + "/.env"});
      if (file.is_unknown()) return unknown(file.as_unknown().cause);
      out.set("environment_file",
              file.is_map() ? Value("sha256:" + std::string(file.as_map().find("digest")->bytes()))
                            : Value(""));
    }
    out.set("unit", stated_text(here, "unit"));
    out.set("service_settings", stated_text(here, "settings"));
    out.set("enabled", stated_bool(here, "enabled", false));
    out.set("state", work_of(here, github, one_job));
    return out;
  }

  /// What it does.
  static const char* work_of(const ValueMap& here, const ValueMap* github, bool one_job) {
    if (stated_text(here, "active") == "active") {
      return github != nullptr && stated_bool(*github, "online", false) ? "running" : "offline";
    }
    return one_job && github == nullptr ? "done" : "stopped";
  }
};

}  // namespace

std::unique_ptr<Kind> make_github_runner_kind() { return std::make_unique<GithubRunnerKind>(); }

}  // namespace holdfast
