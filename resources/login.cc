#include "resources/login.h"

#include "resources/stated.h"

namespace holdfast {

const Query kLogin{"login", "connection"};
const Query kLoginInterface{"login", "interface"};

std::optional<Login> login_of(const Answers& answers, const Query& query) {
  const Value& answer = answers.at(query);
  if (!answer.is_map()) return std::nullopt;
  const ValueMap& seen = answer.as_map();
  return Login{.client = stated_text(seen, "client"),
               .server = stated_text(seen, "server"),
               .port = static_cast<int>(stated_int(seen, "port", 0)),
               .interface = stated_text(seen, "interface")};
}

}  // namespace holdfast
