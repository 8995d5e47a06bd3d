#include "resources/grafana/client.h"

#include "engine/core/text.h"
#include "resources/json/document.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const JsonLayout kOneLine{.newline = "", .unit = ""};

std::string encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string dashboard_path(const std::string& uid) { return "/api/dashboards/uid/" + encoded(uid); }
std::string folder_path(const std::string& uid) { return "/api/folders/" + encoded(uid); }
std::string source_path(const std::string& uid) { return "/api/datasources/uid/" + encoded(uid); }

ApiError unlike(const std::string& what) {
  return {.fault = ApiFault::Garbage,
          .status = 200,
          .message = "the server's answer is not what Grafana's API says: " + what,
          .hint = "is the address that of a Grafana, with the path below which it is served?",
          .may_be_done = false,
          .wait = {}};
}

/// Where the credential is no token, it is a login.
ApiClient::Settings settings_of(const std::string& address, const std::optional<Secret>& credential,
                                ApiPatience patience) {
  ApiClient::Settings out{.base = address, .headers = {{"Accept", "application/json"}}};
  out.patience = patience;
  const bool login = credential && credential->reveal().find(':') != std::string_view::npos;
  (login ? out.login : out.token) = credential;
  return out;
}

std::optional<GrafanaSource> source_of(const Value& answer) {
  if (!answer.is_map() || stated_text(answer.as_map(), "uid").empty()) return std::nullopt;
  GrafanaSource out;
  out.uid = stated_text(answer.as_map(), "uid");
  out.version = stated_int(answer.as_map(), "version", 0);
  out.read_only = stated_bool(answer.as_map(), "readOnly", false);
  if (const Value* set = answer.as_map().find("secureJsonFields");
      set != nullptr && set->is_map()) {
    for (const auto& [name, is_set] : set->as_map()) {
      if (is_set == Value(true)) out.secrets.push_back(name);
    }
  }
  for (const char* field : {"name", "type", "access", "url", "user", "database", "basicAuth",
                            "basicAuthUser", "withCredentials", "isDefault", "jsonData"}) {
    const Value* value = answer.as_map().find(field);
    if (value != nullptr && !value->is_null()) out.fields.set(field, *value);
  }
  return out;
}

}  // namespace

GrafanaClient::GrafanaClient(const std::string& address, const std::optional<Secret>& credential,
                             ApiPatience patience, std::unique_ptr<HttpTransport> transport,
                             ApiClock clock)
    : api_(settings_of(address, credential, patience), std::move(transport), std::move(clock)) {}

ApiError GrafanaClient::explained(ApiError error) const {
  if (error.fault == ApiFault::Unauthorized) {
    error.hint =
        "the token or the login is wrong or expired: make a new token of a service account";
  } else if (error.fault == ApiFault::Forbidden) {
    error.hint =
        "the service account needs the role Editor for dashboards and folders, Admin for data "
        "sources";
  }
  return error;
}

ApiResult<Value> GrafanaClient::get(const std::string& path) {
  const auto reply = api_.get(path);
  if (!reply) return tl::unexpected(explained(reply.error()));
  JsonMistake ignored;
  const auto root = parse_json_text(reply->body, ignored);
  if (!root) return tl::unexpected(unlike("no JSON"));
  return json_value(*root);
}

ApiResult<std::optional<Value>> GrafanaClient::find(const std::string& path) {
  auto found = get(path);
  if (found) return std::optional(std::move(*found));
  if (found.error().fault == ApiFault::NotFound) return std::optional<Value>();
  return tl::unexpected(std::move(found.error()));
}

ApiResult<void> GrafanaClient::send(const std::string& method, const std::string& path,
                                    const std::optional<std::string>& body) {
  const auto reply = api_.send(method, path, body);
  if (!reply) return tl::unexpected(explained(reply.error()));
  return {};
}

ApiResult<std::optional<GrafanaDashboard>> GrafanaClient::dashboard(const std::string& uid) {
  const auto answer = find(dashboard_path(uid));
  if (!answer) return tl::unexpected(answer.error());
  if (!*answer) return std::optional<GrafanaDashboard>();
  const Value* model = (*answer)->is_map() ? (*answer)->as_map().find("dashboard") : nullptr;
  const Value* meta = (*answer)->is_map() ? (*answer)->as_map().find("meta") : nullptr;
  const bool whole = model != nullptr && model->is_map() && meta != nullptr && meta->is_map();
  if (!whole) return tl::unexpected(unlike("no dashboard"));
  GrafanaDashboard out{.model = model->as_map()};
  out.folder = stated_text(meta->as_map(), "folderUid");
  out.version = stated_int(out.model, "version", stated_int(meta->as_map(), "version", 0));
  out.provisioned = stated_bool(meta->as_map(), "provisioned", false);
  return std::optional(std::move(out));
}

ApiResult<void> GrafanaClient::save_dashboard(const std::string& uid, const ValueMap& model,
                                              const std::string& folder,
                                              std::optional<std::int64_t> version,
                                              const std::string& message) {
  ValueMap sent = model;
  // An export's own of another server.
  for (const char* name : {"__inputs", "__requires", "__elements", "iteration", "version"}) {
    sent.erase(name);
  }
  sent.set("id", Value());
  sent.set("uid", uid);
  if (version) sent.set("version", *version);
  ValueMap body;
  body.set("dashboard", Value(std::move(sent)));
  // Left out, the dashboard would be moved out of its folder.
  body.set("folderUid", folder);
  body.set("message", message);
  body.set("overwrite", false);
  return send("POST", "/api/dashboards/db", json_text(Value(std::move(body)), kOneLine, ""));
}

ApiResult<void> GrafanaClient::remove_dashboard(const std::string& uid) {
  return send("DELETE", dashboard_path(uid), std::nullopt);
}

ApiResult<std::optional<GrafanaFolder>> GrafanaClient::folder(const std::string& uid) {
  const auto answer = find(folder_path(uid));
  if (!answer) return tl::unexpected(answer.error());
  if (!*answer) return std::optional<GrafanaFolder>();
  if (!(*answer)->is_map()) return tl::unexpected(unlike("no folder"));
  return std::optional(GrafanaFolder{.title = stated_text((*answer)->as_map(), "title"),
                                     .version = stated_int((*answer)->as_map(), "version", 0)});
}

ApiResult<void> GrafanaClient::save_folder(const std::string& uid, const std::string& title,
                                           std::optional<std::int64_t> version) {
  ValueMap body;
  body.set("title", title);
  if (!version) {
    body.set("uid", uid);
    return send("POST", "/api/folders", json_text(Value(std::move(body)), kOneLine, ""));
  }
  body.set("version", *version);
  body.set("overwrite", false);
  return send("PUT", folder_path(uid), json_text(Value(std::move(body)), kOneLine, ""));
}

ApiResult<void> GrafanaClient::remove_folder(const std::string& uid) {
  const auto inside = get("/api/search?limit=1&folderUIDs=" + encoded(uid));
  if (!inside) return tl::unexpected(inside.error());
  if (!inside->is_list()) return tl::unexpected(unlike("no list of what is in a folder"));
  if (!inside->as_list().empty()) {
    const Value& first = inside->as_list().front();
    const std::string title = first.is_map() ? stated_text(first.as_map(), "title") : "";
    return tl::unexpected(ApiError{.fault = ApiFault::Refused,
                                   .status = 0,
                                   .message = "the folder '" + printable(uid) +
                                              "' is not empty: '" + printable(title) +
                                              "' lies in it, and Grafana would remove that, too",
                                   .hint = "remove or move what is in it first",
                                   .may_be_done = false,
                                   .wait = {}});
  }
  return send("DELETE", folder_path(uid), std::nullopt);
}

ApiResult<std::optional<GrafanaSource>> GrafanaClient::source(const std::string& uid) {
  const auto answer = find(source_path(uid));
  if (!answer) return tl::unexpected(answer.error());
  if (!*answer) return std::optional<GrafanaSource>();
  auto out = source_of(**answer);
  if (!out) return tl::unexpected(unlike("no data source"));
  return out;
}

ApiResult<std::optional<GrafanaSource>> GrafanaClient::source_named(const std::string& name) {
  const auto answer = find("/api/datasources/name/" + encoded(name));
  if (!answer) return tl::unexpected(answer.error());
  if (!*answer) return std::optional<GrafanaSource>();
  auto out = source_of(**answer);
  if (!out) return tl::unexpected(unlike("no data source"));
  return out;
}

ApiResult<void> GrafanaClient::save_source(const std::string& uid, const ValueMap& fields,
                                           std::optional<std::int64_t> version,
                                           const std::optional<Secret>& secrets) {
  ValueMap body = fields;
  body.set("uid", uid);
  if (version) body.set("version", *version);
  std::string text = json_text(Value(std::move(body)), kOneLine, "");
  if (secrets) {
    text.pop_back();
    text += ", \"secureJsonData\": " + std::string(secrets->reveal()) + "}";
  }
  return version ? send("PUT", source_path(uid), text) : send("POST", "/api/datasources", text);
}

ApiResult<void> GrafanaClient::remove_source(const std::string& uid) {
  return send("DELETE", source_path(uid), std::nullopt);
}

ApiResult<GrafanaHealth> GrafanaClient::health() {
  const auto answer = get("/api/health");
  if (!answer) return tl::unexpected(answer.error());
  if (!answer->is_map()) return tl::unexpected(unlike("no health"));
  return GrafanaHealth{.database = stated_text(answer->as_map(), "database"),
                       .version = stated_text(answer->as_map(), "version")};
}

ApiResult<std::optional<GrafanaSourceHealth>> GrafanaClient::source_health(const std::string& uid) {
  const auto answer = find(source_path(uid) + "/health");
  if (!answer) {
    // One that isn't well is refused as if the question were wrong.
    const ApiError& error = answer.error();
    if (error.status != 400) return tl::unexpected(error);
    return std::optional(GrafanaSourceHealth{.message = error.message});
  }
  if (!*answer) return std::optional<GrafanaSourceHealth>();
  if (!(*answer)->is_map()) return tl::unexpected(unlike("no health of a data source"));
  return std::optional(
      GrafanaSourceHealth{.well = stated_text((*answer)->as_map(), "status") == "OK",
                          .message = stated_text((*answer)->as_map(), "message")});
}

}  // namespace holdfast
