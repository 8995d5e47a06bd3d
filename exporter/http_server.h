#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/files.h"
#include "exporter/http_request.h"

namespace holdfast::exporter {

struct HttpResponse {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};

/// The bytes of a response. @param head_only  To HEAD: all but the body.
std::string render(const HttpResponse& response, bool head_only);

/// A small HTTP/1.1 server in one thread. One request a connection; what a client can cost it is
/// bounded: connections, bytes, and the time for a request, for reading the answer and for going
/// away. Where all connections are taken, the one that has kept the server waiting longest makes
/// room.
class HttpServer {
 public:
  using Clock = std::chrono::steady_clock;
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  struct Limits {
    std::size_t connections = 64;
    std::chrono::milliseconds request{5000};  ///< From the first byte expected to the last.
    std::chrono::milliseconds answer{5000};
    std::chrono::milliseconds parting{1000};
  };

  /// @param socket  Listens, and doesn't block.
  HttpServer(Descriptor socket, Handler handler, Limits limits);
  HttpServer(Descriptor socket, Handler handler)
      : HttpServer(std::move(socket), std::move(handler), Limits()) {}

  /// Works until `until`, or until `stop` can be read. @return Whether to go on.
  bool work(int stop, Clock::time_point until);

 private:
  enum class Doing { Reading, Writing, Parting };
  struct Connection {
    Descriptor socket;
    Doing doing = Doing::Reading;
    Clock::time_point deadline;
    std::string in;
    std::string out;
    std::size_t sent = 0;
    std::size_t discarded = 0;
    bool done = false;
  };

  void accept_waiting();
  void make_room();
  void serve(Connection& connection);
  void read(Connection& connection);
  void answer(Connection& connection);
  void write(Connection& connection);
  void part(Connection& connection);
  void close_late(Clock::time_point now);
  int patience(Clock::time_point until) const;

  Descriptor listener_;
  Handler handler_;
  Limits limits_;
  Clock::time_point
      accept_again_{};  ///< Not before, as the system has no descriptor or memory left.
  std::list<Connection> connections_;  ///< Oldest first.
  std::vector<pollfd> waiting_;
};

}  // namespace holdfast::exporter
