#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/core/error.h"
#include "resources/grafana/client.h"

namespace holdfast {

/// What a check wants of a Grafana. Nothing at all: that it is well by its own account.
struct GrafanaCheck {
  std::string dashboard{};  ///< Uid of one that is there.
  std::string title{};      ///< Which it has; "" : any.
  std::string source{};     ///< Uid or name of a data source that answers.
};

/// As a text of the service.
std::string grafana_check_text(const GrafanaCheck& check);
/// nullopt: it is no such text.
std::optional<GrafanaCheck> read_grafana_check(std::string_view text);

/// @return what was found, for people. @errors HF6006, and those of server_error().
Result<std::string> ask_grafana(GrafanaClient& client, const GrafanaCheck& check);

}  // namespace holdfast
