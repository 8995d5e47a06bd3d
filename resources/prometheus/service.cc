#include <memory>

#include "engine/api/api.h"
#include "engine/api/servers.h"
#include "engine/core/text.h"
#include "resources/prometheus/rules_check.h"

namespace holdfast {

std::unique_ptr<Service> make_prometheus_service();

namespace {

/// Answers checks; nothing of a resource lives there that its host's files don't say.
class PrometheusService final : public Service {
 public:
  std::string name() const override { return kPrometheusService; }

  Result<Value> ask(const Server&, const std::string& question, const Contact&) const override {
    return fail(Code::Internal, "Prometheus isn't asked " + printable(question));
  }

  Result<void> act(const Server&, const std::string& act, const std::optional<Secret>&,
                   const Contact&) const override {
    return fail(Code::Internal, "Prometheus isn't told to " + printable(act));
  }

  Result<std::string> check(const Server& server, const std::string& question,
                            const Contact& contact) const override {
    const auto wanted = read_rule_group(question);
    if (!wanted) return fail(Code::Internal, "no question for Prometheus: " + printable(question));
    ApiClient api({.base = server.address}, contact.transport(), ApiClock::real(contact.go_on));
    const auto reply = api.get("/api/v1/rules");
    if (!reply) return fail(server_error(reply.error()));
    return judge_rule_group(*wanted, reply->body);
  }
};

}  // namespace

std::unique_ptr<Service> make_prometheus_service() { return std::make_unique<PrometheusService>(); }

}  // namespace holdfast
