#include <charconv>

#include "engine/check/probe.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

template <class Number>
bool parse_number(std::string_view text, Number& out, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

std::map<std::string, std::string> headers_of(std::string_view head) {
  std::map<std::string, std::string> out;
  for (const std::string_view line : lines(head)) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    // Of several, the first counts.
    out.emplace(to_lower(trim(line.substr(0, colon))), trim(line.substr(colon + 1)));
  }
  return out;
}

/// RFC 9112, 7.1; nullopt where chunks are missing.
std::optional<std::string> dechunk(std::string_view body) {
  std::string out;
  for (;;) {
    const auto end = body.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    std::size_t size = 0;
    if (!parse_number(trim(body.substr(0, std::min(end, body.find(';')))), size, 16))
      return std::nullopt;
    body.remove_prefix(end + 2);
    if (size == 0) return out;
    if (body.size() < size + 2) return std::nullopt;
    out += body.substr(0, size);
    body.remove_prefix(size + 2);
  }
}

}  // namespace

Result<HttpTarget> http_target(const std::string& url) {
  static constexpr std::string_view kScheme = "http://";
  const auto refuse = [&](const char* why) {
    return fail(Code::CheckFailed, "can't ask " + printable(url) + ": " + why);
  };
  if (!starts_with(url, kScheme)) return refuse("only http:// is asked through the connection");
  const std::string_view rest = std::string_view(url).substr(kScheme.size());
  const auto slash = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, slash);
  HttpTarget target;
  target.path = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  if (target.path.front() == '?') target.path.insert(0, "/");
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    if (!parse_number(authority.substr(colon + 1), target.port) || target.port < 1 ||
        target.port > 65535) {
      return refuse("its port is no port");
    }
    authority = authority.substr(0, colon);
  }
  if (!authority.empty() && authority.front() == '[' && authority.back() == ']') {
    authority = authority.substr(1, authority.size() - 2);
  }
  target.host = std::string(authority);
  if (target.host.empty()) return refuse("it has no host");
  return target;
}

std::optional<HttpAnswer> parse_http_answer(std::string_view bytes, bool ended) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos || !starts_with(bytes, "HTTP/1.")) return std::nullopt;
  const std::string_view head = bytes.substr(0, head_end);
  const std::string_view body = bytes.substr(head_end + 4);
  const auto space = head.find(' ');
  HttpAnswer answer;
  if (space == std::string_view::npos || !parse_number(head.substr(space + 1, 3), answer.status)) {
    return std::nullopt;
  }
  answer.headers = headers_of(head);
  const auto header = [&](const char* name) {
    const auto found = answer.headers.find(name);
    return found == answer.headers.end() ? std::string() : found->second;
  };
  if (to_lower(header("transfer-encoding")) == "chunked") {
    const auto whole = dechunk(body);
    if (!whole) return std::nullopt;
    answer.body = *whole;
    return answer;
  }
  std::size_t length = 0;
  if (parse_number(std::string_view(header("content-length")), length)) {
    if (body.size() < length) return std::nullopt;
    answer.body = std::string(body.substr(0, length));
    return answer;
  }
  if (!ended) return std::nullopt;
  answer.body = std::string(body);
  return answer;
}

}  // namespace holdfast
