#include "tests/support/fake_github.h"

#include <stdexcept>

namespace holdfast {

nlohmann::json FakeGithub::control(const HttpRequest& request) {
  const HttpOutcome outcome = transport_->exchange(request, nullptr);
  const auto* reply = std::get_if<HttpReply>(&outcome);
  if (reply == nullptr || reply->status != 200) {
    throw std::runtime_error(request.url + ": " + (reply ? reply->body : "no answer"));
  }
  return nlohmann::json::parse(reply->body);
}

nlohmann::json FakeGithub::tell(const std::string& what, const nlohmann::json& body) {
  return control({.method = "POST",
                  .url = url() + "/_control/" + what,
                  .headers = {},
                  .bearer = std::nullopt,
                  .body = body.dump()});
}

nlohmann::json FakeGithub::know(const std::string& what) {
  return control({.method = "GET",
                  .url = url() + "/_control/" + what,
                  .headers = {},
                  .bearer = std::nullopt,
                  .body = std::nullopt});
}

int FakeGithub::asked(const std::string& method) {
  int count = 0;
  for (const auto& exchange : know("requests")) count += exchange["verb"] == method ? 1 : 0;
  return count;
}

}  // namespace holdfast
