#include "resources/check/question.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

decltype(Probe::ask) ask(const std::string&, const ValueMap& stated) {
  return Probe::TlsExpiry{.host = stated_text(stated, "host", "127.0.0.1"),
                          .port = static_cast<int>(stated_int(stated, "port", 443)),
                          .name = stated_text(stated, "name"),
                          .at_least = at_least_of(stated)};
}

}  // namespace

Attribute at_least_attribute() {
  return {.name = "at_least",
          .type = {TypeKind::Duration},
          .doc = "For so long it must still hold.",
          .default_value = 14.0 * 86400};
}

std::chrono::seconds at_least_of(const ValueMap& stated) {
  return std::chrono::duration_cast<std::chrono::seconds>(
      stated_duration(stated, "at_least", std::chrono::hours(14 * 24)));
}

CheckQuestion tls_expiry_question() {
  return {
      {.name = "tls_expiry",
       .type = Type::object(
           {{.name = "host",
             .type = {TypeKind::Host},
             .doc = "Where the server is, as the host sees it.",
             .default_value = "127.0.0.1"},
            {.name = "port", .type = {TypeKind::Port}, .doc = "Its port.", .default_value = 443},
            {.name = "name",
             .type = {TypeKind::Host},
             .doc = "Which of its sites is asked for. Not stated: `host`."},
            at_least_attribute()}),
       .doc = "How long the certificates still hold that a TLS server shows, its own and those "
              "above it. The host needs no program for it."},
      ask,
      no_flaws,
      {"- check: the certificate holds for two weeks\n"
       "  tls_expiry: {name: app.example.com, at_least: 14d}\n"}};
}

}  // namespace holdfast
