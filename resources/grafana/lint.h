#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resources/json/document.h"

namespace holdfast {

/// Something that Grafana would refuse, or take and show nothing.
struct DashboardFlaw {
  std::string what{};
  std::string hint{};
  std::size_t at = 0, length = 1;  ///< In the text, in bytes.
};

/// What a dashboard may speak of.
struct DashboardSurroundings {
  std::string uid{};  ///< That it is to have.
  /// Data sources by the name that the dashboard has for them; nullopt: nobody says which there
  /// are.
  std::optional<std::map<std::string, std::string>> sources{};
};

/// @param root  Of parse_json_text.
std::vector<DashboardFlaw> dashboard_flaws(const JsonNode& root,
                                           const DashboardSurroundings& around);

/// A query of a panel or an annotation, as it stands: with Grafana's own $variables and macros.
struct DashboardQuery {
  std::string owner{};  ///< "panel 'CPU Usage'", "annotation 'Jobs'".
  std::string expr{};
  std::string source{};  ///< Uid or name of its data source; "" where it has none of its own.
  std::size_t at = 0;    ///< Of the expression in the text.
};

/// Everything in a dashboard that asks Prometheus: `expr` of targets and annotations. Empty where
/// the text is no dashboard.
std::vector<DashboardQuery> dashboard_queries(std::string_view text);

/// The text with its data sources' names replaced by their uids, with `uid` in it, and otherwise as
/// it was, byte by byte. @param text  Parses.
std::string placed_dashboard(std::string_view text, const std::string& uid,
                             const std::map<std::string, std::string>& sources);

/// Data sources that a dashboard speaks of by a bare name (or uid), in their order, each once.
std::vector<std::string> sources_by_name(std::string_view text);

/// From 1, in bytes.
struct TextPlace {
  int line = 1, column = 1;
};
TextPlace text_place(std::string_view text, std::size_t at);

/// Whether Grafana takes it: at most 40 letters, digits, '-' and '_'.
bool is_grafana_uid(std::string_view text);

}  // namespace holdfast
