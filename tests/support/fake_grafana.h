#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>

#include "engine/api/http.h"

namespace holdfast {

/// The stand-in of tests/fakes as a process of its own, for as long as this lives. It knows the
/// token `all`, an administrator's, and the login admin:admin.
class FakeGrafana {
 public:
  FakeGrafana();
  ~FakeGrafana();
  FakeGrafana(const FakeGrafana&) = delete;
  FakeGrafana& operator=(const FakeGrafana&) = delete;

  const std::string& url() const { return url_; }
  /// Says something to it under /_control/. @return its answer.
  nlohmann::json tell(const std::string& what, const nlohmann::json& body);
  /// Asks its API as somebody else would. @return its answer, null where it refuses.
  nlohmann::json ask(const std::string& method, const std::string& path,
                     const nlohmann::json& body = nullptr);
  /// How many requests with this method its API has answered or broken off.
  int asked(const std::string& method);

 private:
  pid_t process_ = -1;
  std::string url_;
  std::unique_ptr<HttpTransport> transport_ = curl_transport({});
};

}  // namespace holdfast
