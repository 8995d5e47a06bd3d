#include "engine/api/pending_call.h"

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Server PendingCall::server() const {
  return {.service = service,
          .address = address,
          .credential_name = credential,
          .through_host = through_host};
}

std::string pending_call_text(const Call& call) {
  const auto* undo = std::get_if<std::string>(&call.undo);
  const Json json{{"format", 1},
                  {"service", call.server.service},
                  {"address", call.server.address},
                  {"through_host", call.server.through_host},
                  {"act", undo == nullptr ? "" : *undo},
                  {"note", call.undo_note},
                  {"credential", call.server.credential_name}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Result<PendingCall> parse_pending_call(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format").get<int>() > 1) {
      return fail(Code::RecordTooNew,
                  "what takes a change of a server back was written by a newer "
                  "holdfast");
    }
    return PendingCall{.service = json.at("service").get<std::string>(),
                       .address = json.at("address").get<std::string>(),
                       .through_host = json.at("through_host").get<bool>(),
                       .act = json.at("act").get<std::string>(),
                       .note = json.at("note").get<std::string>(),
                       .credential = json.at("credential").get<std::string>()};
  } catch (const Json::exception&) {
    return fail(Code::RecordUnreadable, "what takes a change of a server back can't be read");
  }
}

}  // namespace holdfast
