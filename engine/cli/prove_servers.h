#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// What Prometheus and its Alertmanagers say of alerts over their HTTP API.

/// An alert as a server has it.
struct SeenAlert {
  std::map<std::string, std::string> labels{};
  std::string state{};                   ///< pending, firing; of Alertmanager: active, suppressed.
  std::vector<std::string> receivers{};  ///< Of Alertmanager: where its routes send it.
};

/// How often an Alertmanager told anybody, and could not.
struct Notifications {
  double sent = 0, failed = 0;
};

/// The body of the answer to a GET. @errors No answer, or not 200.
using GetText = std::function<Result<std::string>(const std::string& url)>;

/// @param server  Its root. @errors HF6006 with what came instead.
Result<std::vector<SeenAlert>> alerts_of_prometheus(const GetText& get, const std::string& server);
/// The alerts that its rules raise by their names, each with the seconds between two looks at it.
Result<std::map<std::string, double>> rules_of(const GetText& get, const std::string& server);
/// Where the server sends its alerts: roots of Alertmanagers, as it sees them.
Result<std::vector<std::string>> alertmanagers_of(const GetText& get, const std::string& server);
Result<std::vector<SeenAlert>> alerts_of_alertmanager(const GetText& get,
                                                      const std::string& server);
Result<Notifications> notifications_of(const GetText& get, const std::string& server);

}  // namespace holdfast
