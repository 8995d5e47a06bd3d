#include "engine/core/text.h"
#include "resources/check/question.h"
#include "resources/grafana/check.h"
#include "resources/grafana/lint.h"
#include "resources/grafana/server.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

GrafanaCheck wanted_of(const ValueMap& map) {
  return {.dashboard = stated_text(map, "dashboard"),
          .title = stated_text(map, "title"),
          .source = stated_text(map, "datasource")};
}

std::string words(const GrafanaCheck& wanted) {
  std::string out;
  if (!wanted.dashboard.empty()) out = "dashboard " + printable(wanted.dashboard);
  if (!wanted.title.empty()) out += " '" + printable(wanted.title) + "'";
  if (!wanted.source.empty()) {
    out += (out.empty() ? "" : ", ") + ("data source " + printable(wanted.source));
  }
  return out.empty() ? "whether it is well" : out;
}

decltype(Probe::ask) ask(const std::string& check, const ValueMap& map) {
  const GrafanaCheck wanted = wanted_of(map);
  Probe::Remote out{.server = grafana_server(map, "check " + check),
                    .question = grafana_check_text(wanted),
                    .note = words(wanted)};
  // As a check's other questions, where that needs no second TLS.
  if (stated(map, "through") == nullptr) {
    out.server.through_host = starts_with(out.server.address, "http://");
  }
  return out;
}

std::vector<QuestionFlaw> flaws(const ValueMap& map) {
  std::vector<QuestionFlaw> out;
  for (const GrafanaServerFlaw& flaw : grafana_server_flaws(map)) {
    out.push_back({": " + flaw.what, flaw.hint});
  }
  const GrafanaCheck wanted = wanted_of(map);
  if (!wanted.dashboard.empty() && !is_grafana_uid(wanted.dashboard)) {
    out.push_back({": '" + printable(wanted.dashboard) + "' is no uid of a dashboard",
                   "40 letters, digits, '-' and '_' at most; not its title"});
  }
  if (!wanted.title.empty() && wanted.dashboard.empty()) {
    out.push_back({": a title of no dashboard", "dashboard: its uid"});
  }
  return out;
}

/// What the kinds that live on a Grafana have, but for how a check reaches it.
std::vector<Attribute> attributes() {
  std::vector<Attribute> out = with_grafana_server(
      {{.name = "dashboard", .doc = "Uid of a dashboard that must be there."},
       {.name = "title", .doc = "The title that it must have."},
       {.name = "datasource",
        .doc = "Uid or name of a data source that Grafana must get an answer from."}});
  for (Attribute& one : out) {
    if (one.name == "server") {
      one.required = true;
    } else if (one.name == "token") {
      one.doc =
          "Token of a service account there: Viewer for a dashboard, Admin for a data "
          "source. Neither it nor a login: asked as anybody may.";
    } else if (one.name == "through") {
      one.doc =
          "How the controller reaches it: by itself (`direct`), or through its connection to "
          "the host, as the host would (`ssh`). Not stated: `ssh` for http://, `direct` for "
          "https://.";
      one.default_value = {};
    }
  }
  return out;
}

}  // namespace

CheckQuestion grafana_check_question() {
  return {{.name = "grafana",
           .type = Type::object(attributes()),
           .doc = "A Grafana server: a dashboard, a data source, or (neither stated) whether it is "
                  "well by its own account."},
          ask,
          flaws,
          {"- check: the dashboard is there\n"
           "  grafana:\n"
           "    server: http://127.0.0.1:3000\n"
           "    token: !env GRAFANA_TOKEN\n"
           "    dashboard: github-runner-health\n"
           "    title: GitHub Runner Health Dashboard\n"}};
}

}  // namespace holdfast
