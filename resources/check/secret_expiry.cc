#include <algorithm>

#include "engine/check/expiry.h"
#include "engine/core/text.h"
#include "resources/check/question.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

decltype(Probe::ask) ask(const std::string&, const ValueMap& stated) {
  return Probe::SecretExpiry{.path = stated_text(stated, "path"),
                             .field = stated_text(stated, "field", "expires_at"),
                             .date = stated_text(stated, "date"),
                             .at_least = at_least_of(stated)};
}

/// It becomes part of a pattern.
bool plain_field(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

std::vector<QuestionFlaw> flaws(const ValueMap& map) {
  const Value* path = map.find("path");
  const Value* date = map.find("date");
  if ((path == nullptr) == (date == nullptr)) {
    return {{": either `path` or `date` says when it expires"}};
  }
  const Value* known = stated(map, "date");
  if (known != nullptr && !read_date(known->bytes())) {
    return {{": '" + printable(known->display()) + "' is no date such as 2026-12-31"}};
  }
  const Value* field = stated(map, "field");
  if (field == nullptr || plain_field(field->bytes())) return {};
  return {{": '" + printable(field->display()) + "' is no name of a field"}};
}

}  // namespace

CheckQuestion secret_expiry_question() {
  return {{.name = "secret_expiry",
           .type = Type::object(
               {{.name = "path",
                 .type = {TypeKind::Path},
                 .doc = "A file of the host: certificates in PEM, or a text with a field that says "
                        "when (`\"expires_at\": \"2026-12-31T00:00:00Z\"`, `expires_at=…`). Of "
                        "several, the first counts."},
                {.name = "field", .doc = "The field's name.", .default_value = "expires_at"},
                {.name = "date",
                 .doc = "In place of `path`: the date itself, 2026-12-31 or with a time."},
                at_least_attribute()}),
           .doc = "How long a credential still holds. Only the date leaves the host."},
          ask,
          flaws,
          {"- check: the deploy key holds for a week\n"
           "  secret_expiry: {path: /etc/app/token.json, at_least: 7d}\n"}};
}

}  // namespace holdfast
