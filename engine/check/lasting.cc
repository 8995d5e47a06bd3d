#include "engine/check/lasting.h"

#include <nlohmann/json.hpp>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kScheme = "lasting+";

struct Write {
  Json& json;
  std::string operator()(const DiskFree& disk) const {
    json["disk"] = {{"path", disk.path}, {"bytes", disk.bytes}, {"percent", disk.percent}};
    return "disk:" + disk.path + "#room on its disk";
  }
  std::string operator()(const TlsExpiry& tls) const {
    json["tls"] = {{"host", tls.host},
                   {"port", tls.port},
                   {"name", tls.name},
                   {"seconds", tls.at_least.count()}};
    return "tls://" + tls.host + ":" + std::to_string(tls.port) + "#certificates" +
           (tls.name.empty() ? "" : " of " + tls.name);
  }
  std::string operator()(const SecretExpiry& secret) const {
    json["secret"] = {{"path", secret.path},
                      {"field", secret.field},
                      {"date", secret.date},
                      {"seconds", secret.at_least.count()}};
    return secret.path.empty() ? "date:" + secret.date + "#the date that is stated"
                               : "file:" + secret.path + "#" + secret.field;
  }
};

LastingQuestion read(const Json& json) {
  if (json.contains("disk")) {
    const Json& disk = json.at("disk");
    return DiskFree{
        .path = disk.at("path"), .bytes = disk.at("bytes"), .percent = disk.at("percent")};
  }
  if (json.contains("tls")) {
    const Json& tls = json.at("tls");
    return TlsExpiry{.host = tls.at("host"),
                     .port = tls.at("port"),
                     .name = tls.at("name"),
                     .at_least = std::chrono::seconds(tls.at("seconds"))};
  }
  const Json& secret = json.at("secret");
  return SecretExpiry{.path = secret.at("path"),
                      .field = secret.at("field"),
                      .date = secret.at("date"),
                      .at_least = std::chrono::seconds(secret.at("seconds"))};
}

}  // namespace

Probe::Http lasting_probe(const LastingQuestion& question) {
  Json json = Json::object();
  const std::string words = std::visit(Write{json}, question);
  return {.url = std::string(kScheme) + words,
          .body = json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

std::optional<LastingQuestion> lasting_question(const Probe::Http& http) {
  if (!starts_with(http.url, kScheme)) return std::nullopt;
  const Json json = Json::parse(http.body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    return read(json);
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace holdfast
