#include "resources/grafana/check.h"

#include "engine/api/servers.h"
#include "engine/core/text.h"
#include "resources/json/document.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

constexpr const char* kKey = "check";

tl::unexpected<Error> failed(std::string what, std::string hint) {
  return fail(Code::CheckFailed, std::move(what), std::move(hint));
}

Result<std::string> ask_dashboard(GrafanaClient& client, const GrafanaCheck& check) {
  const auto found = client.dashboard(check.dashboard);
  if (!found) return fail(server_error(found.error()));
  const std::string who = "dashboard " + printable(check.dashboard);
  if (!*found) {
    return failed("there is no " + who,
                  "`holdfast apply` puts it there; what Grafana refuses stands in its log");
  }
  const std::string title = stated_text((*found)->model, "title");
  if (!check.title.empty() && title != check.title) {
    return failed(
        who + " is called '" + printable(title) + "', not '" + printable(check.title) + "'",
        "`holdfast plan` shows what else somebody changed of it");
  }
  const Value* panels = stated((*found)->model, "panels");
  const std::size_t count = panels != nullptr && panels->is_list() ? panels->as_list().size() : 0;
  return "'" + printable(title) + "', " + std::to_string(count) +
         (count == 1 ? " panel" : " panels");
}

/// @param source  A uid; else a name, which costs a question more.
Result<std::string> ask_source(GrafanaClient& client, const std::string& source) {
  auto health = client.source_health(source);
  if (health && !*health) {
    const auto named = client.source_named(source);
    if (!named) return fail(server_error(named.error()));
    if (!*named) {
      return failed("there is no data source " + printable(source), "`holdfast apply` makes it");
    }
    health = client.source_health((*named)->uid);
  }
  if (!health) return fail(server_error(health.error()));
  if (!*health) return failed("data source " + printable(source) + " can't say how it is", "");
  if ((*health)->well) return printable((*health)->message);
  return failed("data source " + printable(source) + ": " + printable((*health)->message),
                "is its url right, as Grafana sees it, and does that server run?");
}

Result<std::string> ask_itself(GrafanaClient& client) {
  const auto health = client.health();
  if (!health) return fail(server_error(health.error()));
  if (health->database == "ok") return "version " + printable(health->version);
  return failed("Grafana calls its database '" + printable(health->database) + "'",
                "its log says why: journalctl -u grafana-server");
}

}  // namespace

std::string grafana_check_text(const GrafanaCheck& check) {
  ValueMap about;
  if (!check.dashboard.empty()) about.set("dashboard", check.dashboard);
  if (!check.title.empty()) about.set("title", check.title);
  if (!check.source.empty()) about.set("source", check.source);
  ValueMap out;
  out.set(kKey, Value(std::move(about)));
  return json_text(Value(std::move(out)), {.newline = "", .unit = ""}, "");
}

std::optional<GrafanaCheck> read_grafana_check(std::string_view text) {
  JsonMistake ignored;
  const auto root = parse_json_text(text, ignored);
  if (!root || !root->is_map()) return std::nullopt;
  const Value json = json_value(*root);
  const Value* about = json.as_map().find(kKey);
  if (about == nullptr || !about->is_map()) return std::nullopt;
  return GrafanaCheck{.dashboard = stated_text(about->as_map(), "dashboard"),
                      .title = stated_text(about->as_map(), "title"),
                      .source = stated_text(about->as_map(), "source")};
}

Result<std::string> ask_grafana(GrafanaClient& client, const GrafanaCheck& check) {
  if (check.dashboard.empty() && check.source.empty()) return ask_itself(client);
  std::string found;
  if (!check.dashboard.empty()) {
    HF_TRY(found, ask_dashboard(client, check));
  }
  if (check.source.empty()) return found;
  HF_TRY(const std::string source, ask_source(client, check.source));
  return found.empty() ? source : found + "; " + source;
}

}  // namespace holdfast
