#include "engine/api/servers.h"

#include <nlohmann/json.hpp>
#include <set>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

Result<const Service*> service_of(const std::string& name, const Registry& registry) {
  if (const Service* service = registry.service(name)) return service;
  return fail(Code::RecordTooNew, "this holdfast knows no '" + printable(name) + "'");
}

/// The way that a server is reached by is its contact's only one.
Result<Contact> contact_for(const Server& server, const Reach& reach) {
  Contact contact = reach.contact;
  if (!server.through_host) return contact;
  if (!reach.tunnel) {
    return fail(Code::ServerUnreachable,
                printable(server.address) + " is reached through a host, and none is at hand");
  }
  contact.transport = reach.tunnel;
  return contact;
}

Result<Value> ask_one(const ServerQuery& query, const Registry& registry, const Reach& reach) {
  HF_TRY(const Service* service, service_of(query.server.service, registry));
  HF_TRY(const Contact way, contact_for(query.server, reach));
  return service->ask(query.server, query.question, way);
}

/// The act with the run that makes it. What lies on a host doesn't have it: whoever takes it back
/// is another one.
std::string named(const std::string& act, const std::string& run) {
  if (run.empty() || act.size() < 3 || act.back() != '}') return act;
  return act.substr(0, act.size() - 1) +
         ",\"run\":" + Json(run).dump(-1, ' ', true, Json::error_handler_t::replace) + "}";
}

Code code_of(const ApiError& error) {
  switch (error.fault) {
    case ApiFault::Unauthorized:
    case ApiFault::Forbidden:
      return Code::CredentialRefused;
    case ApiFault::Limited:
      return Code::ServerLimit;
    case ApiFault::NotFound:
    case ApiFault::Refused:
      return Code::ServerRefused;
    case ApiFault::Server:
    case ApiFault::Garbage:
      return Code::ServerFailed;
    case ApiFault::Unreachable:
      return Code::ServerUnreachable;
    case ApiFault::Interrupted:
      break;
  }
  return Code::Interrupted;
}

/// Answers by which a server says that it did not do what it was asked to.
bool refuses(int status) {
  static const std::set<int> kRefusals{400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 429};
  return kRefusals.count(status) > 0;
}

/// Notes whether what goes through may have changed the server.
class Watched final : public HttpTransport {
 public:
  Watched(std::unique_ptr<HttpTransport> inner, bool& changed)
      : inner_(std::move(inner)), changed_(changed) {}

  HttpOutcome exchange(const HttpRequest& request, const std::function<bool()>& go_on) override {
    HttpOutcome outcome = inner_->exchange(request, go_on);
    const auto* broken = std::get_if<HttpBroken>(&outcome);
    const bool harmless =
        request.method == "GET" ||
        (broken != nullptr ? !broken->sent : refuses(std::get<HttpReply>(outcome).status));
    changed_ = changed_ || !harmless;
    return outcome;
  }

 private:
  std::unique_ptr<HttpTransport> inner_;
  bool& changed_;
};

}  // namespace

Contact plain_contact(const std::function<bool()>& go_on) {
  return {.transport = [] { return curl_transport({}); }, .go_on = go_on, .may_wait = go_on};
}

ServerFaults ask_servers(const std::vector<ServerQuery>& queries, const Registry& registry,
                         const Reach& reach, Answers& into) {
  ServerFaults faults;
  std::set<Query> asked;
  for (const ServerQuery& query : queries) {
    if (asked.insert(query.key()).second) {
      auto answer = ask_one(query, registry, reach);
      if (answer) {
        into.set(query.key(), std::move(*answer));
      } else {
        into.set(query.key(), Unknown{answer.error().message});
        faults.emplace(query.key(), std::move(answer.error()));
      }
    }
    const auto fault = faults.find(query.key());
    if (query.after && fault != faults.end()) faults.emplace(*query.after, fault->second);
  }
  return faults;
}

void leave_unasked(const std::vector<ServerQuery>& queries, const std::string& cause,
                   Answers& into) {
  for (const ServerQuery& query : queries) into.set(query.key(), Unknown{cause});
}

Result<std::string> ask_remote(const Probe::Remote& asked, const Registry& registry,
                               const Reach& reach) {
  HF_TRY(const Service* service, service_of(asked.server.service, registry));
  HF_TRY(const Contact way, contact_for(asked.server, reach));
  return service->check(asked.server, asked.question, way);
}

Result<void> make_call(const Call& call, const Registry& registry, const Reach& reach,
                       bool* unmade) {
  HF_TRY(const Service* service, service_of(call.server.service, registry));
  HF_TRY(Contact way, contact_for(call.server, reach));
  bool used = false;
  bool changed = false;
  if (way.transport) {
    way.transport = [inner = way.transport, &used, &changed]() -> std::unique_ptr<HttpTransport> {
      used = true;
      return std::make_unique<Watched>(inner(), changed);
    };
  }
  Result<void> done = service->act(call.server, named(call.act, reach.run), call.secret, way);
  if (unmade != nullptr) *unmade = !done && used && !changed;
  return done;
}

Result<Secret> get_issued(const Issued& issued, const Registry& registry, const Reach& reach) {
  HF_TRY(const Service* service, service_of(issued.server.service, registry));
  HF_TRY(const Contact way, contact_for(issued.server, reach));
  return service->issue(issued.server, issued.what, way);
}

Result<void> take_back_call(const PendingCall& call, const FindServer& find,
                            const Registry& registry, const Reach& reach) {
  HF_TRY(const Service* service, service_of(call.service, registry));
  std::optional<Server> server = find ? find(call) : std::nullopt;
  if (!server) {
    return fail(Code::CredentialMissing,
                "it needs " + printable(call.credential) + ", for " + printable(call.address));
  }
  server->through_host = call.through_host;
  HF_TRY(const Contact way, contact_for(*server, reach));
  return service->act(*server, named(call.act, reach.run), std::nullopt, way);
}

Error server_error(const ApiError& error) {
  Error out{.code = code_of(error), .message = error.message, .hint = error.hint};
  if (error.may_be_done) out.notes.push_back({{}, "nobody knows whether it was carried out"});
  return out;
}

}  // namespace holdfast
