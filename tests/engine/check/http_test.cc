#include <gtest/gtest.h>

#include "engine/check/probe.h"

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

}  // namespace
}  // namespace holdfast
