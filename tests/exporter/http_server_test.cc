// The server and clients that mean it no good, over real sockets.
#include "exporter/http_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "exporter/listen.h"

namespace holdfast::exporter {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kBig = std::size_t{16} << 20;

class Server {
 public:
  explicit Server(HttpServer::Limits limits) {
    Listening listening = listen_on("127.0.0.1", 0);
    port_ = listening.port;
    server_.emplace(
        std::move(listening.socket),
        [](const HttpRequest& request) {
          return HttpResponse{.body = request.path == "/big" ? std::string(kBig, 'x')
                                                             : std::string(request.path)};
        },
        limits);
    thread_ = std::thread([this] {
      while (server_->work(stop_.get(), HttpServer::Clock::now() + 1h)) {
      }
    });
  }
  ~Server() {
    const std::uint64_t one = 1;
    EXPECT_EQ(write(stop_.get(), &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Descriptor connect() const {
    Descriptor out(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{20, 0};
    setsockopt(out.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    EXPECT_EQ(::connect(out.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return out;
  }
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  Descriptor stop_{eventfd(0, EFD_CLOEXEC)};
  std::optional<HttpServer> server_;
  std::thread thread_;
};

void say(const Descriptor& client, std::string_view text) {
  send(client.get(), text.data(), text.size(), MSG_NOSIGNAL);
}

/// All that comes until the server closes; "(reset)" or "(nothing)" at its end where it doesn't.
std::string hear(const Descriptor& client) {
  std::string out;
  char piece[65536];
  for (;;) {
    const ssize_t got = recv(client.get(), piece, sizeof(piece), 0);
    if (got < 0) return out + (errno == ECONNRESET ? "(reset)" : "(nothing)");
    if (got == 0) return out;
    out.append(piece, static_cast<std::size_t>(got));
  }
}

std::string ask(const Server& server, const std::string& request) {
  const Descriptor client = server.connect();
  say(client, request);
  return hear(client);
}

const std::string kAsk = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(HttpServer, AnswersAlsoInPieces) {
  const Server server({});
  EXPECT_THAT(ask(server, kAsk),
              testing::AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), testing::EndsWith("\r\n\r\n/a")));
  const Descriptor client = server.connect();
  for (const char c : kAsk) say(client, std::string_view(&c, 1));
  EXPECT_THAT(hear(client), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(HttpServer, GivesHeadTheLengthAndNoBody) {
  const Server server({});
  const std::string answer = ask(server, "HEAD /abc HTTP/1.0\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 4\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

TEST(HttpServer, SaysWhatIsWrongAlsoToThoseWhoGoOnSending) {
  const Server server({});
  EXPECT_THAT(ask(server, "\x16\x03\x01nonsense\r\n\r\n"),
              StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(ask(server, "GET /" + std::string(100000, 'a')), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask(server, kAsk + std::string(100000, 'b')), testing::EndsWith("/a"));
}

TEST(HttpServer, ClosesAnUnfinishedRequestAfterItsTime) {
  const Server server({.request = 50ms});
  EXPECT_EQ(ask(server, ""), "");
  EXPECT_EQ(ask(server, "GET /a HT"), "");
}

TEST(HttpServer, LeavesOneWhoDoesNotReadAndServesTheOthers) {
  const Server server({.answer = 100ms});
  const Descriptor slow = server.connect();
  say(slow, "GET /big HTTP/1.0\r\n\r\n");
  EXPECT_THAT(ask(server, kAsk), testing::EndsWith("/a"));
  std::this_thread::sleep_for(300ms);
  EXPECT_LT(hear(slow).size(), kBig) << "it was not waited for";
  EXPECT_EQ(ask(server, "GET /big HTTP/1.0\r\n\r\n").substr(0, 12), "HTTP/1.1 200")
      << "who reads gets all of it";
}

TEST(HttpServer, MakesRoomWhereHalfOpenConnectionsFillIt) {
  const Server server({.connections = 4});
  std::vector<Descriptor> idle;
  for (int k = 0; k < 50; ++k) {
    idle.push_back(server.connect());
    say(idle.back(), "GET /x HT");
  }
  EXPECT_THAT(ask(server, kAsk), testing::EndsWith("/a"));
  EXPECT_THAT(hear(idle.front()), testing::AnyOf("", "(reset)")) << "the one that waited longest";
  say(idle.back(), "TP/1.0\r\n\r\n");
  EXPECT_THAT(hear(idle.back()), testing::EndsWith("/x")) << "a late one is still served";
}

TEST(HttpServer, GoesOnWithoutDescriptors) {
  const Server server({});
  std::vector<Descriptor> all;
  for (;;) {
    Descriptor one(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!one) break;
    all.push_back(std::move(one));
  }
  all.pop_back();
  const Descriptor client = server.connect();
  say(client, kAsk);
  std::this_thread::sleep_for(50ms);
  all.clear();
  EXPECT_THAT(hear(client), testing::EndsWith("/a"));
}

TEST(Listening, NamesThePortThatIsTaken) {
  const Listening first = listen_on("127.0.0.1", 0);
  ASSERT_TRUE(first.socket);
  const std::string port = std::to_string(first.port);
  EXPECT_EQ(listen_on("127.0.0.1", first.port).error,
            "port " + port + " of 127.0.0.1 is taken by another program");
  EXPECT_EQ(listen_on("", first.port).error, "port " + port + " is taken by another program");
  EXPECT_THAT(listen_on("203.0.113.1", 9101).error,
              StartsWith("can't listen on port 9101 of 203.0.113.1: "));
}

}  // namespace
}  // namespace holdfast::exporter
