#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/value.h"

namespace holdfast {

/// The name of the service that speaks with Grafana.
inline constexpr const char* kGrafanaService = "grafana";

/// Something that lives on a Grafana server.
enum class GrafanaObject { Dashboard, Folder, Source };

/// What one of them is like, as a map: of a dashboard `folder` and `model`, of a folder `title`, of
/// a data source `fields`. Null: it isn't there.
using GrafanaState = Value;

/// One change: what there is becomes something else. What takes it back is the same with both ends
/// exchanged, so it is right whether or not the change was made, and touches nothing that somebody
/// else made of it.
struct GrafanaAct {
  GrafanaObject object = GrafanaObject::Dashboard;
  std::string uid{};
  GrafanaState from{}, to{};
  bool secrets = false;  ///< Secrets come along, though nothing else may change.
  std::string run{};     ///< Whose it is, once it is made (Reach::run).

  GrafanaAct back() const { return {object, uid, to, from, false}; }
};

/// As text for a Call. Holds no secret.
std::string grafana_act_text(const GrafanaAct& act);
/// nullopt: it is no such text.
std::optional<GrafanaAct> read_grafana_act(std::string_view text);

/// Questions: one object by its uid (the answer is its state, with `version` and more beside), a
/// data source by its name (the answer is a map of its uid).
std::string grafana_question(GrafanaObject object, const std::string& uid);
std::string grafana_source_question(const std::string& name);
struct GrafanaQuestion {
  GrafanaObject object = GrafanaObject::Dashboard;
  std::string name{};
  bool by_name = false;
};
std::optional<GrafanaQuestion> read_grafana_question(std::string_view text);

/// Whether what is there says all that `wanted` says. Both null: yes.
bool grafana_matches(GrafanaObject object, const GrafanaState& wanted, const GrafanaState& there);

/// "dashboard", "folder", "data source".
const char* grafana_word(GrafanaObject object);

}  // namespace holdfast
