#include "engine/check/tunnel.h"

#include <algorithm>
#include <array>

#include "engine/check/probe.h"
#include "engine/core/hash.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

/// How often somebody is asked whether to go on.
constexpr std::chrono::milliseconds kTurn{500};

std::string request_text(const HttpRequest& request, const HttpTarget& target) {
  std::string out = request.method + " " + target.path + " HTTP/1.1\r\nHost: " + target.host + ":" +
                    std::to_string(target.port) +
                    "\r\nUser-Agent: holdfast/" HOLDFAST_VERSION "\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) {
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (request.bearer) {
    out += "Authorization: Bearer " + std::string(request.bearer->reveal()) + "\r\n";
  } else if (request.login) {
    out += "Authorization: Basic " + base64_encode(request.login->reveal()) + "\r\n";
  }
  if (request.body || request.method == "POST" || request.method == "PUT") {
    out += "Content-Length: " + std::to_string(request.body ? request.body->size() : 0) + "\r\n";
  }
  return out + "\r\n" + request.body.value_or("");
}

/// A line's end in it would begin a header of somebody else's choice.
bool forged(const HttpRequest& request, const HttpTarget& target) {
  const auto bad = [](std::string_view text) {
    return text.find_first_of("\r\n") != std::string_view::npos;
  };
  const bool secret = (request.bearer && bad(request.bearer->reveal()));
  return secret || bad(target.path) || target.path.find(' ') != std::string::npos ||
         std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& one) { return bad(one.first) || bad(one.second); });
}

class Tunnel final : public HttpTransport {
 public:
  Tunnel(Connection& connection, HttpSettings settings)
      : connection_(connection), settings_(std::move(settings)) {}

  HttpOutcome exchange(const HttpRequest& request, const std::function<bool()>& go_on) override {
    const auto target = http_target(request.url);
    if (!target) return HttpBroken{.why = target.error().message};
    if (forged(request, *target)) return HttpBroken{.why = "the request has a line's end in it"};
    const auto channel =
        connection_.tunnel(target->host, target->port, Clock::now() + settings_.connect_limit);
    if (!channel) return HttpBroken{.why = channel.error().message};
    const Deadline end = Clock::now() + settings_.limit;
    if (const auto sent = (*channel)->write(request_text(request, *target), end); !sent) {
      return HttpBroken{.why = sent.error().message, .sent = true};
    }
    return answer(**channel, end, go_on);
  }

 private:
  HttpOutcome answer(Channel& channel, Deadline end, const std::function<bool()>& go_on) const {
    std::string bytes;
    std::array<char, 16384> buffer{};
    for (;;) {
      if (go_on && !go_on()) {
        return HttpBroken{.why = "it was ended", .sent = true, .cancelled = true};
      }
      const auto count =
          channel.read(buffer.data(), buffer.size(), std::min(end, Clock::now() + kTurn));
      const bool waits = !count && count.error().code == Code::DeadlinePassed && Clock::now() < end;
      if (waits) continue;
      if (!count) return HttpBroken{.why = count.error().message, .sent = true};
      bytes.append(buffer.data(), *count);
      if (auto whole = parse_http_answer(bytes, *count == 0)) {
        return HttpReply{whole->status, std::move(whole->headers), std::move(whole->body)};
      }
      if (*count == 0) return HttpBroken{.why = "the answer was cut off", .sent = true};
      if (bytes.size() > settings_.most_bytes) {
        return HttpBroken{.why = "the answer is too long", .sent = true};
      }
    }
  }

  Connection& connection_;
  HttpSettings settings_;
};

}  // namespace

std::unique_ptr<HttpTransport> tunnel_transport(Connection& connection, HttpSettings settings) {
  return std::make_unique<Tunnel>(connection, std::move(settings));
}

}  // namespace holdfast
