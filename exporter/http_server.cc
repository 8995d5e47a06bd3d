#include "exporter/http_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace holdfast::exporter {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNoDescriptors{100};
/// What a client may still send while it is told that this was too much.
constexpr std::size_t kMostDiscarded = std::size_t{256} << 10;

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Internal Server Error";
  }
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

std::string render(const HttpResponse& response, bool head_only) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out.append(reason(response.status)).append("\r\nContent-Type: ").append(response.content_type);
  out += "\r\nContent-Length: " + std::to_string(response.body.size());
  if (response.status == 405) out += "\r\nAllow: GET, HEAD";
  out +=
      "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
  if (!head_only) out += response.body;
  return out;
}

HttpServer::HttpServer(Descriptor socket, Handler handler, Limits limits)
    : listener_(std::move(socket)), handler_(std::move(handler)), limits_(limits) {}

int HttpServer::patience(Clock::time_point until) const {
  for (const Connection& connection : connections_) until = std::min(until, connection.deadline);
  if (accept_again_ > Clock::now()) until = std::min(until, accept_again_);
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 60000));
}

bool HttpServer::work(int stop, Clock::time_point until) {
  while (Clock::now() < until) {
    const bool accepting = Clock::now() >= accept_again_;
    waiting_.assign({pollfd{stop, POLLIN, 0}, pollfd{accepting ? listener_.get() : -1, POLLIN, 0}});
    for (const Connection& connection : connections_) {
      const short wanted = connection.doing == Doing::Writing ? POLLOUT : POLLIN;
      waiting_.push_back({connection.socket.get(), wanted, 0});
    }
    if (poll(waiting_.data(), waiting_.size(), patience(until)) < 0) continue;
    if (waiting_[0].revents != 0) return false;
    std::size_t k = 2;
    for (Connection& connection : connections_) {
      if (waiting_[k++].revents != 0) serve(connection);
    }
    close_late(Clock::now());
    if (waiting_[1].revents != 0) accept_waiting();
  }
  return true;
}

void HttpServer::close_late(Clock::time_point now) {
  connections_.remove_if([&](const Connection& c) { return c.done || c.deadline <= now; });
}

void HttpServer::accept_waiting() {
  // Not without end: those who are connected get their turn.
  for (std::size_t k = 0; k < limits_.connections; ++k) {
    Descriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      const bool scarce = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      if (scarce) accept_again_ = Clock::now() + kNoDescriptors;
      if (scarce || would_block()) return;
      continue;
    }
    if (connections_.size() >= limits_.connections) make_room();
    Connection& connection = connections_.emplace_back();
    connection.socket = std::move(socket);
    connection.deadline = Clock::now() + limits_.request;
    // Most requests are here already.
    serve(connection);
    if (connection.done) connections_.pop_back();
  }
}

void HttpServer::make_room() {
  const auto longest = [&](Doing doing) {
    return std::find_if(connections_.begin(), connections_.end(),
                        [&](const Connection& c) { return c.doing == doing; });
  };
  for (const Doing doing : {Doing::Parting, Doing::Reading, Doing::Writing}) {
    const auto found = longest(doing);
    if (found == connections_.end()) continue;
    connections_.erase(found);
    return;
  }
}

void HttpServer::serve(Connection& connection) {
  if (connection.doing == Doing::Reading) read(connection);
  if (connection.doing == Doing::Writing) write(connection);
  if (connection.doing == Doing::Parting) part(connection);
}

void HttpServer::read(Connection& connection) {
  std::array<char, kMostRequest> piece{};
  const ssize_t got =
      recv(connection.socket.get(), piece.data(), kMostRequest - connection.in.size(), 0);
  if (got < 0) {
    connection.done = !would_block() && errno != EINTR;
    return;
  }
  if (got == 0) {
    connection.done = true;
    return;
  }
  connection.in.append(piece.data(), static_cast<std::size_t>(got));
  answer(connection);
}

void HttpServer::answer(Connection& connection) {
  HttpRequest request;
  HttpResponse response;
  switch (parse_request(connection.in, request)) {
    case RequestState::Unfinished:
      return;
    case RequestState::Bad:
      response = {.status = 400, .body = "This is no HTTP request.\n"};
      break;
    case RequestState::TooLong:
      response = {.status = 431, .body = "The request is too long.\n"};
      break;
    case RequestState::Whole:
      response = handler_(request);
      break;
  }
  connection.out = render(response, request.method == "HEAD");
  connection.doing = Doing::Writing;
  connection.deadline = Clock::now() + limits_.answer;
}

void HttpServer::write(Connection& connection) {
  while (connection.sent < connection.out.size()) {
    const ssize_t sent = send(connection.socket.get(), connection.out.data() + connection.sent,
                              connection.out.size() - connection.sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      connection.done = !would_block();
      return;
    }
    connection.sent += static_cast<std::size_t>(sent);
  }
  // What is closed with bytes unread takes back what was sent: the rest of the request is waited
  // for, a while.
  shutdown(connection.socket.get(), SHUT_WR);
  connection.out.clear();
  connection.out.shrink_to_fit();
  connection.doing = Doing::Parting;
  connection.deadline = Clock::now() + limits_.parting;
}

void HttpServer::part(Connection& connection) {
  std::array<char, kMostRequest> piece{};
  while (connection.discarded < kMostDiscarded) {
    const ssize_t got = recv(connection.socket.get(), piece.data(), piece.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && would_block()) return;
    if (got <= 0) break;
    connection.discarded += static_cast<std::size_t>(got);
  }
  connection.done = true;
}

}  // namespace holdfast::exporter
