#pragma once

#include "engine/api/api.h"

namespace holdfast {

/// As the server has it: with what it adds by itself.
struct GrafanaDashboard {
  ValueMap model;
  std::string folder{};  ///< Its folder's uid; "" where it lies in none.
  std::int64_t version = 0;
  bool provisioned = false;  ///< It comes from a file on the server's host.
};

struct GrafanaFolder {
  std::string title;
  std::int64_t version = 0;
};

/// A data source without its secrets, which nobody is told.
struct GrafanaSource {
  ValueMap fields;  ///< As the API has them: name, type, access, url, jsonData …
  std::string uid;
  std::int64_t version = 0;
  std::vector<std::string> secrets{};  ///< Names of those that are set.
  bool read_only = false;              ///< It comes from a file on the server's host.
};

/// What Grafana says of itself.
struct GrafanaHealth {
  std::string database{};  ///< "ok".
  std::string version{};
};

/// What it says of a data source, having asked it.
struct GrafanaSourceHealth {
  bool well = false;
  std::string message{};
};

/// Dashboards, folders and data sources as Grafana's HTTP API has them. Every change names the
/// version that it rests on, and is asked for once.
class GrafanaClient {
 public:
  /// @param credential  A service account's token, or "user:password".
  GrafanaClient(const std::string& address, const std::optional<Secret>& credential,
                ApiPatience patience, std::unique_ptr<HttpTransport> transport, ApiClock clock);

  ApiResult<std::optional<GrafanaDashboard>> dashboard(const std::string& uid);
  /// @param version  Of the one that is there; nullopt: none is.
  /// @param message  What its history says of the change.
  ApiResult<void> save_dashboard(const std::string& uid, const ValueMap& model,
                                 const std::string& folder, std::optional<std::int64_t> version,
                                 const std::string& message);
  ApiResult<void> remove_dashboard(const std::string& uid);

  ApiResult<std::optional<GrafanaFolder>> folder(const std::string& uid);
  ApiResult<void> save_folder(const std::string& uid, const std::string& title,
                              std::optional<std::int64_t> version);
  /// @errors Refused where anything lies in it: Grafana would remove that, too.
  ApiResult<void> remove_folder(const std::string& uid);

  ApiResult<std::optional<GrafanaSource>> source(const std::string& uid);
  ApiResult<std::optional<GrafanaSource>> source_named(const std::string& name);
  /// @param secrets  A JSON map; none: those that are set stay.
  ApiResult<void> save_source(const std::string& uid, const ValueMap& fields,
                              std::optional<std::int64_t> version,
                              const std::optional<Secret>& secrets);
  ApiResult<void> remove_source(const std::string& uid);

  ApiResult<GrafanaHealth> health();
  /// nullopt: there is none, or it is of a kind that can't be asked.
  ApiResult<std::optional<GrafanaSourceHealth>> source_health(const std::string& uid);

 private:
  ApiResult<Value> get(const std::string& path);
  /// nullopt: there is none.
  ApiResult<std::optional<Value>> find(const std::string& path);
  ApiResult<void> send(const std::string& method, const std::string& path,
                       const std::optional<std::string>& body);
  ApiError explained(ApiError error) const;

  ApiClient api_;
};

}  // namespace holdfast
