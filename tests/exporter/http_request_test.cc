#include "exporter/http_request.h"

#include <gtest/gtest.h>

#include <random>

namespace holdfast::exporter {
namespace {

constexpr auto kWhole = RequestState::Whole;
constexpr auto kBad = RequestState::Bad;
constexpr auto kUnfinished = RequestState::Unfinished;
constexpr auto kTooLong = RequestState::TooLong;

struct Case {
  const char* name;
  std::string bytes;
  RequestState state;
  const char* method = "";
  const char* path = "";
  const char* accept = "";
};

class HttpRequestCase : public testing::TestWithParam<Case> {};

TEST_P(HttpRequestCase, IsJudged) {
  const Case& c = GetParam();
  HttpRequest request;
  EXPECT_EQ(parse_request(c.bytes, request), c.state);
  if (c.state != kWhole) return;
  EXPECT_EQ(request.method, c.method);
  EXPECT_EQ(request.path, c.path);
  EXPECT_EQ(request.accept, c.accept);
}

std::string with(const std::string& headers) {
  return "GET /metrics HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

std::string many_headers(int count) {
  std::string out;
  for (int k = 0; k < count; ++k) out += "X: y\r\n";
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    Table, HttpRequestCase,
    testing::Values(
        Case{"Plain", with(""), kWhole, "GET", "/metrics"},
        Case{"WithAccept", with("aCCEPT: \t text/plain \r\n"), kWhole, "GET", "/metrics",
             "text/plain"},
        Case{"Query", "HEAD /metrics?x=1 HTTP/1.1\r\nHost: h\r\n\r\n", kWhole, "HEAD", "/metrics"},
        Case{"OldVersionNeedsNoHost", "GET / HTTP/1.0\r\n\r\n", kWhole, "GET", "/"},
        Case{"AsToAProxy", "GET http://h:9101/health HTTP/1.1\r\nHost: h\r\n\r\n", kWhole, "GET",
             "/health"},
        Case{"AsToAProxyWithoutPath", "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", kWhole, "GET",
             "/"},
        Case{"Asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", kWhole, "OPTIONS", "*"},
        Case{"WhatFollowsIsLeftAlone", with("Content-Length: 3\r\n") + "abc", kWhole, "GET",
             "/metrics"},
        Case{"ValueOfAnyText", with("X: \xC3\xA4\t b\r\n"), kWhole, "GET", "/metrics"},
        Case{"Nothing", "", kUnfinished}, Case{"Beginning", "GE", kUnfinished},
        Case{"LineNotEnded", "GET /metrics HTTP/1.1\r", kUnfinished},
        Case{"HeadersNotEnded", "GET /metrics HTTP/1.1\r\nHost: h\r\n", kUnfinished},
        Case{"NoHost", "GET /metrics HTTP/1.1\r\n\r\n", kBad},
        Case{"TwoHosts", with("Host: other\r\n"), kBad},
        Case{"NoVersion", "GET /metrics\r\n\r\n", kBad},
        Case{"OtherVersion", "GET /metrics HTTP/2.0\r\nHost: h\r\n\r\n", kBad},
        Case{"NoPath", "GET  HTTP/1.1\r\nHost: h\r\n\r\n", kBad},
        Case{"RelativePath", "GET metrics HTTP/1.1\r\nHost: h\r\n\r\n", kBad},
        Case{"BlankInPath", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", kBad},
        Case{"ControlInPath", "GET /a\x01 HTTP/1.1\r\nHost: h\r\n\r\n", kBad},
        Case{"NulInHeader", with(std::string("X: a\0b\r\n", 8)), kBad},
        Case{"BareLineBreakInHeader", with("X: a\nY: b\r\n"), kBad},
        Case{"HeaderWithoutColon", with("nonsense\r\n"), kBad},
        Case{"BlankBeforeColon", with("Accept : x\r\n"), kBad},
        Case{"FoldedHeader", with("X: a\r\n b\r\n"), kBad},
        Case{"Tls", std::string("\x16\x03\x01\x02\x00\x01\x00", 7), kBad},
        Case{"Zeros", std::string(10, '\0'), kBad},
        Case{"LinesWithoutCarriageReturn", "GET /metrics HTTP/1.1\nHost: h\n\n", kBad},
        Case{"MethodWithoutEnd", std::string(40, 'A'), kBad},
        Case{"LongPath", "GET /" + std::string(kMostRequest, 'a'), kTooLong},
        Case{"LongHeader", with("X: " + std::string(kMostRequest, 'a') + "\r\n"), kTooLong},
        Case{"ManyHeaders", with(many_headers(kMostHeaders)), kTooLong}),
    [](const auto& p) { return p.param.name; });

TEST(HttpRequestBytes, AreJudgedTheSameInPiecesOfAnySize) {
  const std::string bytes = with("Accept: text/plain\r\nUser-Agent: x\r\n");
  HttpRequest request;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(parse_request(bytes.substr(0, size), request), kUnfinished) << size;
  }
  EXPECT_EQ(parse_request(bytes, request), kWhole);
}

/// Random bytes, and whole requests with random damage: never a crash or a read outside (the
/// sanitizers watch), and whatever is whole is within the bytes.
TEST(HttpRequestBytes, SurviveRandomDamage) {
  std::mt19937 random(20261128);
  const auto below = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  const std::string pieces[] = {
      "\r\n", "\r\n\r\n",           " ",    ":", "HTTP/1.1", "Host: h", "GET ",
      "/",    std::string(1, '\0'), "\xFF", "\n"};
  int whole = 0;
  for (int round = 0; round < 200000; ++round) {
    std::string bytes = with("Accept: a;q=0.5\r\n");
    if (round % 4 == 0) {
      bytes.resize(below(64));
      for (char& c : bytes) c = static_cast<char>(below(256));
    }
    for (std::size_t damage = below(4); damage > 0 && !bytes.empty(); --damage) {
      const std::size_t at = below(bytes.size());
      switch (below(4)) {
        case 0:
          bytes[at] = static_cast<char>(below(256));
          break;
        case 1:
          bytes.erase(at, 1 + below(8));
          break;
        case 2:
          bytes.insert(at, pieces[below(std::size(pieces))]);
          break;
        default:
          bytes.insert(at, below(20) == 0 ? 9000 : 3, 'a');
      }
    }
    HttpRequest request;
    const RequestState state = parse_request(bytes, request);
    if (state != kWhole) continue;
    ++whole;
    const auto inside = [&](std::string_view part) {
      return part.empty() || (part.data() >= bytes.data() &&
                              part.data() + part.size() <= bytes.data() + bytes.size());
    };
    ASSERT_TRUE(inside(request.method) && inside(request.path) && inside(request.accept));
    ASSERT_EQ(request.method.find_first_of(" \r\n"), std::string_view::npos);
    ASSERT_TRUE(request.path.starts_with('/') || request.path == "*");
    // More bytes behind a whole request change nothing of it.
    HttpRequest longer;
    const std::string followed = bytes + "more";
    ASSERT_EQ(parse_request(followed, longer), kWhole);
    ASSERT_EQ(request.path, longer.path);
  }
  EXPECT_GT(whole, 10000);
}

}  // namespace
}  // namespace holdfast::exporter
