#include "resources/grafana/server.h"

#include "engine/check/probe.h"
#include "engine/core/text.h"
#include "engine/wiring/machines.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

bool has(const ValueMap& stated_server, const char* name) {
  const Value* value = stated_server.find(name);
  return value != nullptr && !value->is_null();
}

/// What a change does, for people.
std::string words(const GrafanaAct& act) {
  const char* verb = !act.to.is_map() ? "remove" : act.from.is_map() ? "change" : "make";
  return std::string(verb) + " the " + grafana_word(act.object) + " " + printable(act.uid);
}

std::string back_words(const GrafanaAct& act) {
  const std::string thing =
      std::string("the ") + grafana_word(act.object) + " " + printable(act.uid);
  if (!act.from.is_map()) return "remove " + thing;
  return (act.to.is_map() ? "put back " : "make again ") + thing;
}

/// Whether its host's connection leads to a server of the host's own.
bool is_hosts_own(const Server& server) {
  if (!server.through_host) return false;
  const auto target = http_target(server.address);
  return target && is_loopback(target->host);
}

}  // namespace

std::vector<Attribute> with_grafana_server(std::vector<Attribute> own) {
  own.push_back({.name = "server",
                 .type = {TypeKind::Url},
                 .doc = "Address of the Grafana server: `http://127.0.0.1:3000`."});
  own.push_back({.name = "token",
                 .type = {TypeKind::Secret},
                 .doc = "Token of a service account there: Editor for dashboards and folders, "
                        "Admin for data sources."});
  own.push_back({.name = "user", .doc = "Login, where there is no token."});
  own.push_back({.name = "password", .type = {TypeKind::Secret}, .doc = "Its password."});
  own.push_back({.name = "through",
                 .type = Type::one_of({"direct", "ssh"}),
                 .doc = "How the controller reaches it: by itself, or through its connection to "
                        "the host, as the host would.",
                 .default_value = "direct"});
  return own;
}

std::vector<GrafanaServerFlaw> grafana_server_flaws(const ValueMap& stated_server) {
  std::vector<GrafanaServerFlaw> out;
  const std::string server = stated_text(stated_server, "server");
  if (!server.empty() && !starts_with(server, "http://") && !starts_with(server, "https://")) {
    out.push_back(
        {"server", "'" + printable(server) + "' is no address of a server", "http:// or https://"});
  }
  if (starts_with(server, "https://") && stated_text(stated_server, "through") == "ssh") {
    out.push_back({"through", "TLS through the host's connection, which is encrypted already",
                   "name the server as the host sees it: http://127.0.0.1:3000"});
  }
  const bool user = has(stated_server, "user");
  const bool password = has(stated_server, "password");
  if (has(stated_server, "token") && (user || password)) {
    out.push_back({"token", "a token and a login", "only one of them"});
  } else if (user != password) {
    out.push_back({"", "half a login", "`user` and `password`"});
  }
  if (stated_text(stated_server, "user").find(':') != std::string::npos) {
    out.push_back({"user", "a login with a ':' in it"});
  }
  return out;
}

std::vector<Error> check_grafana_server(const Resource& resource, Code code) {
  std::vector<Error> errors;
  const auto refuse = [&](const char* attribute, const std::string& why, std::string hint) {
    errors.push_back(wrong(resource, attribute, code,
                           resource.kind + " '" + printable(resource.name) + "': " + why,
                           std::move(hint)));
  };
  const auto given = [&](const char* name) { return has(resource.desired, name); };
  if (!given("server")) refuse("", "it doesn't say which `server`", "server: http://…");
  if (!given("token") && !given("user") && !given("password")) {
    refuse("", "it says no credential", "`token`, or `user` and `password`");
  }
  for (GrafanaServerFlaw& flaw : grafana_server_flaws(resource.desired)) {
    refuse(flaw.attribute, flaw.what, std::move(flaw.hint));
  }
  return errors;
}

Server grafana_server(const ValueMap& stated_server, const std::string& owner) {
  Server out{.service = kGrafanaService,
             .address = stated_text(stated_server, "server"),
             .through_host = stated_text(stated_server, "through") == "ssh"};
  while (ends_with(out.address, "/")) out.address.pop_back();
  if (const Value* token = stated(stated_server, "token")) {
    out.credential = Secret(std::string(token->bytes()));
    out.credential_name = "the token of " + owner;
  } else if (const Value* password = stated(stated_server, "password")) {
    out.credential =
        Secret(stated_text(stated_server, "user") + ":" + std::string(password->bytes()));
    out.credential_name = "the login of " + owner;
  } else {
    out.credential_name = "a token for " + out.address;
  }
  return out;
}

Server grafana_server(const Resource& resource) {
  return grafana_server(resource.desired, resource.kind + " " + resource.name);
}

ServerQuery grafana_query(const Resource& resource, GrafanaObject object, const std::string& uid) {
  return {grafana_server(resource), grafana_question(object, uid)};
}

void add_grafana_server(const Resource& resource, State& state) {
  for (const char* name : {"server", "through"}) {
    if (const Value* value = stated(resource.desired, name)) state.set(name, *value);
  }
}

void add_grafana_links(const Resource& resource, Links& links) {
  if (stated_text(resource.desired, "through") == "ssh") {
    links.needs.emplace_back("unit:grafana-server.service");
  }
}

void add_grafana_sole(const Resource& resource, GrafanaObject object, const std::string& uid,
                      const State& wanted, Code code, Ends& ends) {
  Sole sole;
  sole.wish.insert(wanted.begin(), wanted.end());
  for (const auto& [name, value] : resource.desired) {
    if (value.find_unknown() != nullptr) sole.wish.insert_or_assign(name, value);
  }
  // Which object it is, and what all of a dashboard rests on.
  for (const char* name : {"server", "through", "uid", "datasources"}) {
    const auto part = sole.wish.find(name);
    if (part == sole.wish.end()) continue;
    if (part->second.find_unknown() != nullptr) return;
    sole.wish.erase(part);
  }
  const Server server = grafana_server(resource);
  sole.what = std::string("the ") + grafana_word(object) + " " + printable(uid) + " at " +
              printable(to_lower(server.address));
  sole.code = code;
  sole.hint = "state it on one host, or the same on each: every apply would undo the other's";
  sole.per_machine = is_hosts_own(server);
  ends.soles.push_back(std::move(sole));
}

PhasedStep grafana_step(const Resource& resource, const GrafanaAct& act,
                        std::optional<Secret> secrets) {
  Call call;
  call.server = grafana_server(resource);
  call.act = grafana_act_text(act);
  call.secret = std::move(secrets);
  call.note = words(act) + " on " + printable(call.server.address);
  call.undo = grafana_act_text(act.back());
  call.undo_note = back_words(act) + " on " + printable(call.server.address);
  return {0, std::move(call)};
}

}  // namespace holdfast
