#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/core/value.h"

namespace holdfast {

/// One request to a server. What is secret has a place of its own: nothing else of it may be.
struct HttpRequest {
  std::string method = "GET";
  std::string url{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::optional<Secret> bearer{};     ///< Authorization: Bearer …
  std::optional<Secret> login{};      ///< "user:password": Authorization: Basic …
  std::optional<std::string> body{};  ///< JSON.
};

struct HttpReply {
  int status = 0;
  std::map<std::string, std::string> headers{};  ///< By name in lower case.
  std::string body{};

  /// "" where there is none.
  const std::string& header(const std::string& name) const;
};

/// No whole answer came.
struct HttpBroken {
  std::string why{};
  bool sent = false;       ///< The server may have carried it out.
  bool cancelled = false;  ///< The caller wanted it to end.
};

using HttpOutcome = std::variant<HttpReply, HttpBroken>;

struct HttpSettings {
  std::chrono::milliseconds connect_limit{10'000};
  std::chrono::milliseconds limit{30'000};  ///< For a whole exchange.
  std::size_t most_bytes = std::size_t{16} << 20;
  std::string proxy{};    ///< "": what http_proxy, https_proxy and no_proxy say.
  std::string ca_file{};  ///< "": the system's.
};

/// Carries requests. Follows no redirect: the token would go along.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  /// @param go_on  Asked about once a second; false ends the exchange.
  virtual HttpOutcome exchange(const HttpRequest& request, const std::function<bool()>& go_on) = 0;
};

/// Over libcurl; keeps connections open between requests. One thread at a time may use it.
std::unique_ptr<HttpTransport> curl_transport(HttpSettings settings);

}  // namespace holdfast
