#pragma once

#include <cstdint>
#include <tl/expected.hpp>

#include "engine/api/http.h"

namespace holdfast {

/// Why a server did not do what was asked.
enum class ApiFault {
  Unauthorized,  ///< 401: the token is expired, revoked or wrong.
  Forbidden,     ///< 403: the token lacks a right.
  Limited,       ///< Too many requests; `wait` says how long.
  NotFound,      ///< 404: not there, or not for this token.
  Refused,       ///< 409, 412, 422, any other 4xx, and a redirect: not to be had this way.
  Server,        ///< 5xx.
  Garbage,       ///< An answer that isn't one.
  Unreachable,   ///< No answer.
  Interrupted,   ///< The caller wanted it to end.
};

struct ApiError {
  ApiFault fault{};
  int status = 0;         ///< 0 where no answer came.
  std::string message{};  ///< What was asked, and what the server said; safe to show.
  std::string hint{};     ///< What to do next.
  bool may_be_done =
      false;  ///< Nobody knows whether it was carried out: read back before asking again.
  std::chrono::seconds wait{0};
};

template <class T>
using ApiResult = tl::expected<T, ApiError>;

/// How patient a client is.
struct ApiPatience {
  int attempts = 4;                            ///< For one request.
  std::chrono::milliseconds first_pause{500};  ///< Doubled each time, and varied by half.
  std::chrono::seconds longest_wait{60};       ///< For a limit; a longer one is an error.
};

/// The time that a client lives in; a test has another.
struct ApiClock {
  std::function<std::int64_t()> now;                     ///< Seconds since 1970.
  std::function<bool(std::chrono::milliseconds)> pause;  ///< false: don't go on.
  std::function<double()> chance;                        ///< 0 to 1.
  static ApiClock real(std::function<bool()> go_on);
};

/// Speaks JSON over HTTP with one server, as a good guest: keeps to its limits, asks again only
/// what is safe to ask again, and doesn't fetch what has not changed. One thread at a time may use
/// it.
class ApiClient {
 public:
  struct Settings {
    std::string base{};  ///< "https://api.github.com", without a slash at its end.
    std::optional<Secret> token{};
    std::optional<Secret> login{};  ///< "user:password", where there is no token.
    std::vector<std::pair<std::string, std::string>> headers{};
    ApiPatience patience{};
  };
  ApiClient(Settings settings, std::unique_ptr<HttpTransport> transport, ApiClock clock);

  /// Asked for again where no answer came or the server failed.
  ApiResult<HttpReply> get(const std::string& path);
  /// All pages of a list, by their Link headers; none leads to another server.
  ApiResult<std::vector<HttpReply>> pages(const std::string& path);
  /// Anything that changes the server: asked for again only where it was surely not carried out.
  ApiResult<HttpReply> send(const std::string& method, const std::string& path,
                            std::optional<std::string> body = std::nullopt);

  /// Of the last answer.
  const HttpReply& last() const { return last_; }
  std::int64_t now() const { return clock_.now(); }

 private:
  struct Cached {
    std::string tag;
    HttpReply reply;
  };
  ApiError shown(ApiError error) const;
  ApiResult<HttpReply> ask(const HttpRequest& request);
  ApiResult<HttpReply> once(const HttpRequest& request);
  ApiResult<HttpReply> get_url(const std::string& url);
  HttpRequest request(const std::string& method, const std::string& url) const;
  /// How long to wait before the next attempt; nullopt: don't.
  std::optional<std::chrono::milliseconds> pause_after(const ApiError& error, bool harmless,
                                                       int attempt);

  Settings settings_;
  std::unique_ptr<HttpTransport> transport_;
  ApiClock clock_;
  std::map<std::string, Cached> cache_;
  HttpReply last_;
};

/// The target of `rel` in a Link header; "" where there is none.
std::string link_target(std::string_view header, std::string_view rel);

}  // namespace holdfast
