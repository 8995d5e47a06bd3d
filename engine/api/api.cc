#include "engine/api/api.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "engine/core/clock.h"
#include "engine/core/hash.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr int kMostPages = 1000;
constexpr std::size_t kLongest = 600;  // of a message
constexpr std::chrono::milliseconds kTick{200};
constexpr std::string_view kMask = "(secret)";

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// What a server says in the body of an error.
std::string said(const HttpReply& reply) {
  const auto json = nlohmann::json::parse(reply.body, nullptr, false);
  if (!json.is_object() || !json.contains("message") || !json["message"].is_string()) {
    return "an answer that is no JSON: " + reply.body;
  }
  std::string text = json["message"].get<std::string>();
  if (json.contains("errors") && json["errors"].is_array()) {
    for (const auto& error : json["errors"]) {
      const std::string more = error.is_string() ? error.get<std::string>() : error.dump();
      if (text.find(more) == std::string::npos) text += "; " + more;
    }
  }
  return text;
}

/// How long a limit lasts; nullopt: the answer speaks of none.
std::optional<std::chrono::seconds> limit(const HttpReply& reply, std::int64_t now) {
  if (reply.status != 403 && reply.status != 429 && reply.status != 503) return std::nullopt;
  if (const auto after = number(reply.header("retry-after"))) {
    return std::chrono::seconds(std::max<std::int64_t>(*after, 1));
  }
  if (reply.status == 503) return std::nullopt;
  if (reply.header("x-ratelimit-remaining") == "0") {
    const auto reset = number(reply.header("x-ratelimit-reset"));
    return std::chrono::seconds(reset ? std::max<std::int64_t>(*reset - now, 1) : 60);
  }
  if (reply.status == 429 || reply.body.find("rate limit") != std::string::npos) {
    return std::chrono::seconds(60);  // as GitHub asks of clients that were not told how long
  }
  return std::nullopt;
}

ApiFault fault_of(int status) {
  if (status == 401) return ApiFault::Unauthorized;
  if (status == 403) return ApiFault::Forbidden;
  if (status == 404) return ApiFault::NotFound;
  return status >= 500 ? ApiFault::Server : ApiFault::Refused;
}

ApiError refused(const HttpRequest& request, const HttpReply& reply, std::int64_t now) {
  ApiError error{.fault = fault_of(reply.status), .status = reply.status};
  error.message = request.method + " " + request.url + ": " + std::to_string(reply.status) + ", ";
  const std::string& id = reply.header("x-github-request-id");
  if (!id.empty()) error.message += "request " + id + ": ";
  error.message += said(reply);
  if (const auto wait = limit(reply, now)) {
    error.fault = ApiFault::Limited;
    error.wait = *wait;
    error.hint = "the server takes no more requests until " + time_text(now + wait->count());
  }
  if (reply.status >= 300 && reply.status < 400) {
    error.hint = "it has moved to " + printable(reply.header("location")) +
                 "; holdfast follows no redirect, because the token would go along";
  }
  // A gateway that fails may have passed the request on.
  error.may_be_done = error.fault == ApiFault::Server && request.method != "GET";
  return error;
}

void mask(std::string& text, const std::string& secret) {
  if (secret.empty()) return;
  for (auto at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kMask.size())) {
    text.replace(at, secret.size(), kMask);
  }
}

/// A scheme's and a host's letters are the same in either case.
std::string origin(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return "";
  return to_lower(std::string_view(url).substr(0, url.find_first_of("/?#", scheme + 3)));
}

}  // namespace

ApiClock ApiClock::real(std::function<bool()> go_on) {
  return {.now = [] { return unix_time(); },
          .pause =
              [go_on = std::move(go_on)](std::chrono::milliseconds left) {
                for (; left.count() > 0; left -= std::min(left, kTick)) {
                  if (go_on && !go_on()) return false;
                  std::this_thread::sleep_for(std::min(left, kTick));
                }
                return !go_on || go_on();
              },
          .chance =
              [] {
                thread_local std::mt19937 engine{std::random_device{}()};
                return std::uniform_real_distribution<double>(0, 1)(engine);
              }};
}

ApiClient::ApiClient(Settings settings, std::unique_ptr<HttpTransport> transport, ApiClock clock)
    : settings_(std::move(settings)), transport_(std::move(transport)), clock_(std::move(clock)) {}

HttpRequest ApiClient::request(const std::string& method, const std::string& url) const {
  HttpRequest made{.method = method,
                   .url = url,
                   .headers = settings_.headers,
                   .bearer = settings_.token,
                   .login = settings_.login,
                   .body = std::nullopt};
  return made;
}

/// Whatever stands between here and the server may show in its error what it was sent.
ApiError ApiClient::shown(ApiError error) const {
  std::vector<std::string> secrets;
  if (settings_.token) secrets.emplace_back(settings_.token->reveal());
  if (settings_.login) {
    const std::string login(settings_.login->reveal());
    secrets.insert(secrets.end(), {login, base64_encode(login), login.substr(login.find(':') + 1)});
  }
  for (std::string* text : {&error.message, &error.hint}) {
    for (const std::string& secret : secrets) mask(*text, secret);
  }
  error.message = printable(std::string_view(error.message).substr(0, kLongest));
  return error;
}

ApiResult<HttpReply> ApiClient::once(const HttpRequest& request) {
  HttpOutcome outcome =
      transport_->exchange(request, [this] { return clock_.pause(std::chrono::milliseconds(0)); });
  if (const auto* broken = std::get_if<HttpBroken>(&outcome)) {
    return tl::unexpected(ApiError{
        .fault = broken->cancelled ? ApiFault::Interrupted : ApiFault::Unreachable,
        .status = 0,
        .message = request.method + " " + printable(request.url) + ": " + printable(broken->why),
        .hint = "see whether the address is right, and whether a proxy is needed (https_proxy)",
        .may_be_done = broken->sent && request.method != "GET",
        .wait = {}});
  }
  last_ = std::move(std::get<HttpReply>(outcome));
  if (last_.status == 304 || (last_.status >= 200 && last_.status < 300)) {
    if (last_.body.empty() || nlohmann::json::accept(last_.body)) return last_;
    return tl::unexpected(ApiError{
        .fault = ApiFault::Garbage,
        .status = last_.status,
        // Not a byte of it is shown: it may be a token that came in half.
        .message = request.method + " " + printable(request.url) + ": the answer is no JSON",
        .hint = "something between here and the server answers in its place, or the "
                "address is not that of its API",
        .may_be_done = request.method != "GET",
        .wait = {}});
  }
  return tl::unexpected(shown(refused(request, last_, clock_.now())));
}

std::optional<std::chrono::milliseconds> ApiClient::pause_after(const ApiError& error,
                                                                bool harmless, int attempt) {
  if (attempt >= settings_.patience.attempts) return std::nullopt;
  if (error.fault == ApiFault::Limited) {
    if (error.wait > settings_.patience.longest_wait) return std::nullopt;
    return error.wait;
  }
  const bool passing = error.fault == ApiFault::Server || error.fault == ApiFault::Unreachable ||
                       error.fault == ApiFault::Garbage;
  if (!passing || (error.may_be_done && !harmless)) return std::nullopt;
  const double factor = static_cast<double>(1 << (attempt - 1)) * (0.75 + clock_.chance() / 2);
  return std::chrono::milliseconds(static_cast<std::int64_t>(
      factor * static_cast<double>(settings_.patience.first_pause.count())));
}

ApiResult<HttpReply> ApiClient::ask(const HttpRequest& request) {
  for (int attempt = 1;; ++attempt) {
    ApiResult<HttpReply> reply = once(request);
    if (reply) return reply;
    const auto pause = pause_after(reply.error(), request.method == "GET", attempt);
    if (!pause) return reply;
    if (!clock_.pause(*pause)) {
      reply.error().fault = ApiFault::Interrupted;
      return reply;
    }
  }
}

ApiResult<HttpReply> ApiClient::get_url(const std::string& url) {
  HttpRequest asked = request("GET", url);
  const auto known = cache_.find(url);
  if (known != cache_.end()) asked.headers.emplace_back("If-None-Match", known->second.tag);
  ApiResult<HttpReply> reply = ask(asked);
  if (!reply) return reply;
  if (reply->status == 304) {
    if (known == cache_.end()) {
      return tl::unexpected(
          ApiError{.fault = ApiFault::Garbage,
                   .status = 304,
                   .message = "GET " + printable(url) + ": 304 to a question without a tag",
                   .hint = "",
                   .may_be_done = false,
                   .wait = {}});
    }
    return known->second.reply;
  }
  const std::string& tag = reply->header("etag");
  if (!tag.empty()) cache_[url] = {tag, *reply};
  return reply;
}

ApiResult<HttpReply> ApiClient::get(const std::string& path) {
  return get_url(settings_.base + path);
}

ApiResult<std::vector<HttpReply>> ApiClient::pages(const std::string& path) {
  std::vector<HttpReply> all;
  std::string url = settings_.base + path;
  while (!url.empty()) {
    if (origin(url) != origin(settings_.base) || all.size() == kMostPages) {
      return tl::unexpected(ApiError{
          .fault = ApiFault::Garbage,
          .status = 200,
          .message = "the next page of " + printable(path) + " is said to be " + printable(url),
          .hint = "it leads to another server, or the pages have no end",
          .may_be_done = false,
          .wait = {}});
    }
    ApiResult<HttpReply> reply = get_url(url);
    if (!reply) return tl::unexpected(std::move(reply.error()));
    url = link_target(reply->header("link"), "next");
    all.push_back(std::move(*reply));
  }
  return all;
}

ApiResult<HttpReply> ApiClient::send(const std::string& method, const std::string& path,
                                     std::optional<std::string> body) {
  HttpRequest made = request(method, settings_.base + path);
  if (body) made.headers.emplace_back("Content-Type", "application/json");
  made.body = std::move(body);
  return ask(made);
}

std::string link_target(std::string_view header, std::string_view rel) {
  const std::string wanted = "rel=\"" + std::string(rel) + "\"";
  while (!header.empty()) {
    const auto begin = header.find('<');
    const auto end = header.find('>', begin == std::string_view::npos ? 0 : begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return {};
    const auto next = header.find('<', end);
    if (header.substr(end, next == std::string_view::npos ? next : next - end).find(wanted) !=
        std::string_view::npos) {
      return std::string(header.substr(begin + 1, end - begin - 1));
    }
    if (next == std::string_view::npos) return {};
    header.remove_prefix(next);
  }
  return {};
}

}  // namespace holdfast
