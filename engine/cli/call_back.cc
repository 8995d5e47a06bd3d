#include "engine/cli/call_back.h"

#include <memory>
#include <mutex>

#include "engine/api/servers.h"
#include "engine/cli/planning.h"
#include "engine/cli/session.h"
#include "engine/plan/servers.h"

namespace holdfast {
namespace {

/// What resources of the project know of servers, each with its credential.
class ProjectServers {
 public:
  ProjectServers(const Options& options, const Registry& registry)
      : options_(options), registry_(registry) {
    options_.limit.clear();
    options_.tags.clear();
    options_.targets.clear();
    options_.arguments.clear();
  }

  std::optional<Server> find(const PendingCall& wanted) {
    std::call_once(loaded_, [this] { load(); });
    Server server = wanted.server();
    lend_credential(server, wanted.host, declarations_, registry_);
    return server.credential ? std::optional(server) : std::nullopt;
  }

 private:
  void load() {
    Diagnostics ignored;  // without its project a rollback goes as far as it can
    Session session(options_, registry_);
    if (!session.load(trust_level(options_, registry_), ignored)) return;
    declarations_ = session.expand_offline(ignored).declarations;
  }

  Options options_;
  const Registry& registry_;
  std::once_flag loaded_;
  std::vector<Declaration> declarations_;
};

}  // namespace

void use_project_credentials(RollbackOptions& rollback, const Options& options,
                             const Registry& registry) {
  auto project = std::make_shared<ProjectServers>(options, registry);
  rollback.call = [project, &registry](const PendingCall& call, Reach reach) {
    reach.contact.transport = [] { return curl_transport({}); };
    const FindServer find = [&](const PendingCall& wanted) { return project->find(wanted); };
    return take_back_call(call, find, registry, reach);
  };
}

}  // namespace holdfast
