#include "tests/support/fake_grafana.h"

#include <stdexcept>

namespace holdfast {

nlohmann::json FakeGrafana::ask(const std::string& method, const std::string& path,
                                const nlohmann::json& body) {
  HttpRequest request;
  request.method = method;
  request.url = url() + path;
  request.bearer = Secret("all");
  if (!body.is_null()) request.body = body.dump();
  const HttpOutcome outcome = transport_->exchange(request, nullptr);
  const auto* reply = std::get_if<HttpReply>(&outcome);
  if (reply == nullptr) throw std::runtime_error(request.url + ": no answer");
  return reply->status == 200 ? nlohmann::json::parse(reply->body) : nlohmann::json();
}

nlohmann::json FakeGrafana::tell(const std::string& what, const nlohmann::json& body) {
  return ask("POST", "/_control/" + what, body);
}

int FakeGrafana::asked(const std::string& method) {
  int count = 0;
  for (const auto& exchange : ask("GET", "/_control/exchanges")) {
    count += exchange["verb"] == method ? 1 : 0;
  }
  return count;
}

}  // namespace holdfast
