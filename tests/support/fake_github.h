#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/api/http.h"
#include "tests/support/stand_in_process.h"

namespace holdfast {

/// The stand-in of tests/fakes as a process of its own, for as long as this lives. It knows the
/// repository octo/hello, the organization octo and the enterprise mega, and the token `all`.
class FakeGithub {
 public:
  const std::string& url() const { return process_.url(); }
  /// Says something to it under /_control/. @return its answer.
  nlohmann::json tell(const std::string& what, const nlohmann::json& body);
  nlohmann::json know(const std::string& what);
  /// How many requests with this method its REST API has answered.
  int asked(const std::string& method);

 private:
  nlohmann::json control(const HttpRequest& request);

  StandInProcess process_{"fake-github",
                          {"--repository", "octo/hello", "--organization", "octo", "--enterprise",
                           "mega", "--token", "all"}};
  std::unique_ptr<HttpTransport> transport_ = curl_transport({});
};

}  // namespace holdfast
