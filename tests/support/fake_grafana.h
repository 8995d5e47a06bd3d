#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/api/http.h"
#include "tests/support/stand_in_process.h"

namespace holdfast {

/// The stand-in of tests/fakes as a process of its own, for as long as this lives. It knows the
/// token `all`, an administrator's, and the login admin:admin.
class FakeGrafana {
 public:
  const std::string& url() const { return process_.url(); }
  /// Says something to it under /_control/. @return its answer.
  nlohmann::json tell(const std::string& what, const nlohmann::json& body);
  /// Asks its API as somebody else would. @return its answer, null where it refuses.
  nlohmann::json ask(const std::string& method, const std::string& path,
                     const nlohmann::json& body = nullptr);
  /// How many requests with this method its API has answered or broken off.
  int asked(const std::string& method);

 private:
  StandInProcess process_{"fake-grafana",
                          {"--port", "0", "--provisioning", "/nonexistent", "--token", "all"}};
  std::unique_ptr<HttpTransport> transport_ = curl_transport({});
};

}  // namespace holdfast
