#include "engine/api/servers.h"

#include <set>

#include "engine/core/text.h"

namespace holdfast {
namespace {

Result<const Service*> service_of(const std::string& name, const Registry& registry) {
  if (const Service* service = registry.service(name)) return service;
  return fail(Code::RecordTooNew, "this holdfast knows no '" + printable(name) + "'");
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

}  // namespace

void ask_servers(const std::vector<ServerQuery>& queries, const Registry& registry,
                 const Contact& contact, Answers& into) {
  std::set<Query> asked;
  for (const ServerQuery& query : queries) {
    if (!asked.insert(query.key()).second) continue;
    const auto service = service_of(query.server.service, registry);
    auto answer = service ? (*service)->ask(query.server, query.question, contact)
                          : Result<Value>(tl::unexpected(service.error()));
    if (answer) {
      into.set(query.key(), std::move(*answer));
    } else {
      into.set(query.key(), Unknown{answer.error().message});
    }
  }
}

void leave_unasked(const std::vector<ServerQuery>& queries, const std::string& cause,
                   Answers& into) {
  for (const ServerQuery& query : queries) into.set(query.key(), Unknown{cause});
}

Result<void> make_call(const Call& call, const Registry& registry, const Contact& contact) {
  HF_TRY(const Service* service, service_of(call.server.service, registry));
  return service->act(call.server, call.act, call.secret, contact);
}

Result<Secret> get_issued(const Issued& issued, const Registry& registry, const Contact& contact) {
  HF_TRY(const Service* service, service_of(issued.server.service, registry));
  return service->issue(issued.server, issued.what, contact);
}

Result<void> take_back_call(const PendingCall& call, const FindServer& find,
                            const Registry& registry, const Contact& contact) {
  HF_TRY(const Service* service, service_of(call.service, registry));
  std::optional<Server> server = find ? find(call) : std::nullopt;
  if (!server) {
    return fail(Code::CredentialMissing,
                "it needs " + printable(call.credential) + ", for " + printable(call.address));
  }
  server->through_host = call.through_host;
  return service->act(*server, call.act, std::nullopt, contact);
}

Error server_error(const ApiError& error) {
  Error out{.code = code_of(error), .message = error.message, .hint = error.hint};
  if (error.may_be_done) out.notes.push_back({{}, "nobody knows whether it was carried out"});
  return out;
}

}  // namespace holdfast
