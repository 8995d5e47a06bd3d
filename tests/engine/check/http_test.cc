#include <gtest/gtest.h>

#include "engine/check/probe.h"
#include "engine/check/tunnel.h"

namespace holdfast {
namespace {

TEST(HttpTarget, TakesAUrlApart) {
  const auto target = http_target("http://127.0.0.1:9101/health?x=1");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->host, "127.0.0.1");
  EXPECT_EQ(target->port, 9101);
  EXPECT_EQ(target->path, "/health?x=1");
  EXPECT_EQ(http_target("http://[::1]:80")->host, "::1");
  EXPECT_EQ(http_target("http://a")->path, "/");
  EXPECT_FALSE(http_target("https://a/"));
  EXPECT_FALSE(http_target("http://a:x/"));
  EXPECT_FALSE(http_target("http://:80/"));
}

TEST(HttpAnswer, KnowsWhenItIsWhole) {
  EXPECT_FALSE(parse_http_answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nO", true));
  EXPECT_EQ(parse_http_answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", false)->body, "OK");
  EXPECT_EQ(
      parse_http_answer(
          "HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n",
          false)
          ->body,
      "abc");
  EXPECT_FALSE(parse_http_answer("HTTP/1.0 200 OK\r\n\r\nabc", false));
  EXPECT_EQ(parse_http_answer("HTTP/1.0 200 OK\r\n\r\nabc", true)->body, "abc");
  EXPECT_FALSE(parse_http_answer("SSH-2.0-OpenSSH\r\n\r\n", true));
}

/// A host behind which a server answers each request with the next of its texts, and breaks off.
class ServerBehind final : public Connection {
 public:
  explicit ServerBehind(std::string answer) : answer_(std::move(answer)) {}
  const Peer& peer() const override { return peer_; }
  Result<std::unique_ptr<Channel>> execute(const std::string&, Deadline) override {
    return fail(Code::HostUnreachable, "only tunnels here");
  }
  Result<std::unique_ptr<Channel>> execute_later(const std::string& command) override {
    return execute(command, {});
  }
  Result<std::unique_ptr<Channel>> tunnel(const std::string& host, int port, Deadline) override {
    asked += host + ":" + std::to_string(port) + "\n";
    if (answer_.empty()) return fail(Code::HostUnreachable, "nobody listens");
    return std::unique_ptr<Channel>(std::make_unique<End>(*this));
  }

  std::string asked;

 private:
  class End final : public Channel {
   public:
    explicit End(ServerBehind& server) : server_(server) {}
    Result<void> write(std::string_view bytes, Deadline) override {
      server_.asked += bytes;
      return {};
    }
    Result<std::size_t> read(char* buffer, std::size_t size, Deadline) override {
      // In small pieces, as a network gives them.
      const std::size_t count = server_.answer_.copy(buffer, std::min<std::size_t>(size, 7), at_);
      at_ += count;
      return count;
    }
    std::string error_tail() const override { return {}; }
    void close_input() override {}

   private:
    ServerBehind& server_;
    std::size_t at_ = 0;
  };

  std::string answer_;
  Peer peer_{};
};

HttpRequest put(std::string path) {
  HttpRequest out;
  out.method = "PUT";
  out.url = "http://127.0.0.1:3000" + path;
  out.headers = {{"Accept", "application/json"}};
  out.login = Secret("a:b");
  out.body = "{}";
  return out;
}

TEST(Tunnel, CarriesARequestOverTheHostsConnection) {
  ServerBehind server("HTTP/1.1 412 No\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\n{}more");
  const HttpOutcome outcome = tunnel_transport(server, {})->exchange(put("/api/x"), nullptr);
  const auto* reply = std::get_if<HttpReply>(&outcome);
  ASSERT_NE(reply, nullptr);
  EXPECT_EQ(reply->status, 412);
  EXPECT_EQ(reply->body, "{}");
  EXPECT_EQ(reply->header("retry-after"), "3");
  EXPECT_EQ(server.asked,
            "127.0.0.1:3000\nPUT /api/x HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nUser-Agent: "
            "holdfast/" HOLDFAST_VERSION
            "\r\nConnection: close\r\nAccept: application/json\r\nAuthorization: Basic "
            "YTpi\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(Tunnel, SaysWhetherTheServerMayHaveCarriedItOut) {
  const auto broken = [](const std::string& answer, const std::string& path,
                         const std::function<bool()>& go_on = nullptr) {
    ServerBehind server(answer);
    const HttpOutcome outcome = tunnel_transport(server, {})->exchange(put(path), go_on);
    const auto* out = std::get_if<HttpBroken>(&outcome);
    return out == nullptr ? HttpBroken{.why = "whole"} : *out;
  };
  EXPECT_FALSE(broken("", "/").sent);
  EXPECT_TRUE(broken("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "/").sent);
  EXPECT_TRUE(broken("HTTP/1.1 200 OK\r\n", "/", [] { return false; }).cancelled);
  // A line's end would begin a header of somebody else's choice.
  EXPECT_FALSE(broken("HTTP/1.1 200 OK\r\n\r\n", "/x HTTP/1.1\r\nHost: y").sent);
  EXPECT_EQ(broken("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "/").why, "whole");
}

TEST(Retry, AsksTheLastTimeAtTheVeryEnd) {
  using std::chrono::milliseconds;
  EXPECT_EQ(pause_before_next(milliseconds(4000), milliseconds(9000), 0.0), milliseconds(2000));
  EXPECT_EQ(pause_before_next(milliseconds(4000), milliseconds(9000), 1.0), milliseconds(4000));
  EXPECT_EQ(pause_before_next(milliseconds(4000), milliseconds(1500), 0.5), milliseconds(1500));
  EXPECT_EQ(pause_before_next(milliseconds(0), milliseconds(1500), 0.0), milliseconds(1));
  EXPECT_EQ(pause_before_next(milliseconds(250), milliseconds(0), 0.5), std::nullopt);
}

}  // namespace
}  // namespace holdfast
