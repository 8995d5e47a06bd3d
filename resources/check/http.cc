#include "engine/core/text.h"
#include "resources/check/question.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

decltype(Probe::ask) ask_http(const std::string&, const ValueMap& stated) {
  return Probe::Http{.url = stated_text(stated, "url"),
                     .status = static_cast<int>(stated_int(stated, "status", 200)),
                     .body = stated_text(stated, "body"),
                     .headers = stated_pairs(stated, "headers")};
}

decltype(Probe::ask) ask_tcp(const std::string&, const ValueMap& stated) {
  return Probe::Tcp{.host = stated_text(stated, "host", "127.0.0.1"),
                    .port = static_cast<int>(stated_int(stated, "port", 0))};
}

}  // namespace

std::vector<QuestionFlaw> no_flaws(const ValueMap&) { return {}; }

std::vector<QuestionFlaw> url_flaws(const ValueMap& stated) {
  const std::string url = stated_text(stated, "url");
  if (url.empty() || starts_with(url, "http://")) return {};
  return {
      {.what = " can't ask " + printable(url) + ": only http:// is asked through the connection",
       .hint = "Let a program of the host ask: command: {argv: [curl, -fsS, URL]}."}};
}

CheckQuestion http_question() {
  return {{.name = "http",
           .type = Type::object(
               {{.name = "url", .type = {TypeKind::Url}, .doc = "What to ask.", .required = true},
                {.name = "status",
                 .type = {.kind = TypeKind::Int, .min = 100, .max = 599},
                 .doc = "The status that the answer must have.",
                 .default_value = 200},
                {.name = "body", .doc = "A text that the answer's body must contain."},
                {.name = "headers",
                 .type = Type::map_of({TypeKind::Text}),
                 .doc = "Headers to send."}}),
           .doc = "An HTTP question, asked through the host's own connection: the url is as the "
                  "host sees it."},
          ask_http,
          url_flaws,
          {"- check: exporter answers\n"
           "  http: {url: \"http://127.0.0.1:9101/health\", body: OK}\n"
           "  retry: {for: 30s, backoff: 500ms}\n"
           "  hint: systemctl status runner-exporter\n"}};
}

CheckQuestion tcp_question() {
  return {{.name = "tcp",
           .type = Type::object(
               {{.name = "port", .type = {TypeKind::Port}, .doc = "The port.", .required = true},
                {.name = "host",
                 .type = {TypeKind::Host},
                 .doc = "Where, as the host sees it.",
                 .default_value = "127.0.0.1"}}),
           .doc = "Whether a TCP port takes connections."},
          ask_tcp,
          no_flaws,
          {"- check: ssh listens\n"
           "  tcp: {port: 22}\n"}};
}

}  // namespace holdfast
