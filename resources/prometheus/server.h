#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "engine/core/kind.h"
#include "resources/yaml/list_text.h"

namespace holdfast {

/// What the kinds share whose things a running server reads from its configuration: Prometheus and
/// its Alertmanager.

/// A server as a resource states it.
struct MonitoringServer {
  std::string config{};  ///< Its configuration file.
  std::string unit{};
  std::string url{};  ///< Where it answers, as its host sees it.
  std::chrono::milliseconds wait{0};
  bool validate = true;
};

/// What holds where nothing is stated.
struct UsualServer {
  const char *name, *config, *unit, *url;
  const char* tool;  ///< What judges a new text.
};
inline constexpr UsualServer kPrometheus{"Prometheus", "/etc/prometheus/prometheus.yml",
                                         "prometheus.service", "http://127.0.0.1:9090", "promtool"};
inline constexpr UsualServer kAlertmanager{"Alertmanager", "/etc/prometheus/alertmanager.yml",
                                           "prometheus-alertmanager.service",
                                           "http://127.0.0.1:9093", "amtool"};

/// `config`, `unit`, `url`, `wait` and `validate`.
std::vector<Attribute> server_attributes(const UsualServer& usual);
MonitoringServer server_of(const Resource& resource, const UsualServer& usual);
/// What of them is stated and unusual: it is remembered, so that a removal knows it, and compared
/// with nothing.
void add_server(const Resource& resource, const UsualServer& usual, State& out);
/// What of them is stated wrongly.
std::vector<Error> check_server(const Resource& resource, Code code);

/// A list of its configuration as an answer of `content` has it. Empty where there is no file.
/// @errors HF7103 it can't be read, or its items can't be edited.
Result<YamlListText> config_list(const Resource& resource, const std::string& file,
                                 const std::vector<std::string>& path, const Value& content);
/// The bytes of an item; a secret where not everybody on the host may read them.
Value item_bytes(const YamlListItem& item, const Value& content);
/// The text of an answer of `content`; Null where there is no file.
Value content_text(const Value& answer);

/// What there is at the path of a file of ours: its type, owner, group and mode.
/// @errors it is no file.
Result<void> add_own_file(const Resource& resource, const std::string& path, const ValueMap& stat,
                          State& state);

/// "# holdfast: KIND NAME", which stands above what is ours in a file that others write, too.
std::string mark_of(const Resource& resource);

/// The folder, if it isn't there yet; whoever comes first makes it.
Run make_config_folder(const std::string& folder);
/// Lets the server read its configuration anew: over HTTP where it allows that and the host has a
/// client, else by a signal. One that doesn't run will read it when it starts.
Run reload_server(const MonitoringServer& server);

/// Programs of sh that judge a new text, whose path is "$1".
extern const char* const kCheckPrometheus;
extern const char* const kCheckRules;
extern const char* const kCheckAlertmanager;

/// "30s", "5m", as Prometheus writes a duration.
std::string prometheus_duration(double seconds);
/// Seconds of "1h30m"; nullopt where it isn't one.
std::optional<double> read_prometheus_duration(std::string_view text);

bool label_name(std::string_view text);
/// The same with colons: of a metric.
bool metric_name(std::string_view text);
/// A name that can be a file's, too.
bool file_name(std::string_view text);

}  // namespace holdfast
