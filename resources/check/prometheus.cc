#include "engine/check/prometheus.h"

#include "engine/core/text.h"
#include "resources/check/question.h"
#include "resources/prometheus/rules_check.h"
#include "resources/promql/uses.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

constexpr const char* kUrl = "http://127.0.0.1:9090";

const ValueMap* rules_of(const ValueMap& map) {
  const Value* rules = stated(map, "rules");
  return rules != nullptr && rules->is_map() ? &rules->as_map() : nullptr;
}

Probe::Remote ask_for_rules(const ValueMap& map, const ValueMap& rules) {
  const RuleGroupCheck wanted{.group = stated_text(rules, "group"),
                              .at_least = stated_int(rules, "at_least", 1)};
  Probe::Remote out{.server = {.service = kPrometheusService,
                               .address = stated_text(map, "url", kUrl),
                               .through_host = true},
                    .question = rule_group_text(wanted),
                    .note = "rules of group " + printable(wanted.group) +
                            " (>= " + std::to_string(wanted.at_least) + ")"};
  while (ends_with(out.server.address, "/")) out.server.address.pop_back();
  return out;
}

decltype(Probe::ask) ask(const std::string&, const ValueMap& stated) {
  if (const ValueMap* rules = rules_of(stated)) return ask_for_rules(stated, *rules);
  return PrometheusQuestion{
      .url = stated_text(stated, "url", kUrl),
      .headers = stated_pairs(stated, "headers"),
      .about = PrometheusQuestion::Query{
          .text = stated_text(stated, "query"),
          .is = stated_text(stated, "is", "some"),
          .holds = stated_duration(stated, "for", std::chrono::milliseconds(0))}};
}

/// Of a query.
void add_query_flaws(const ValueMap& map, std::vector<QuestionFlaw>& out) {
  const Value* query = stated(map, "query");
  if (query != nullptr && trim(query->bytes()).empty()) out.push_back({": it asks nothing"});
  if (query != nullptr && !trim(query->bytes()).empty()) {
    if (const auto problem = check_promql(query->bytes())) {
      out.push_back({": '" + printable(query->bytes()) + "', at byte " +
                     std::to_string(problem->offset + 1) + ": " + problem->message});
    }
  }
  const std::string is = stated_text(map, "is", "some");
  if (!read_comparison(is)) {
    out.push_back(
        {": '" + printable(is) + "' is no comparison", "such as == 1, < 80, some or none"});
  }
}

std::vector<QuestionFlaw> flaws(const ValueMap& map) {
  std::vector<QuestionFlaw> out = url_flaws(map);
  const bool query = map.find("query") != nullptr, rules = map.find("rules") != nullptr;
  if (query == rules) out.push_back({": it asks for either a `query` or `rules`"});
  if (rules && (map.find("for") != nullptr || map.find("headers") != nullptr)) {
    out.push_back({": `for` and `headers` go with a `query`"});
  }
  if (query) add_query_flaws(map, out);
  return out;
}

}  // namespace

CheckQuestion prometheus_question() {
  return {
      {.name = "prometheus",
       .type = Type::object(
           {{.name = "query", .doc = "An expression of PromQL."},
            {.name = "is",
             .doc = "What each of its samples must be: `== 1`, `< 80`; `some`: there is at "
                    "least one, `none`: there is none.",
             .default_value = "some"},
            {.name = "for",
             .type = {TypeKind::Duration},
             .doc = "For how long it must stay so. Not stated: it is asked once."},
            {.name = "rules",
             .type = Type::object({{.name = "group", .doc = "Name of the group.", .required = true},
                                   {.name = "at_least",
                                    .type = {.kind = TypeKind::Int, .min = 1},
                                    .doc = "So many rules it must have.",
                                    .default_value = 1}}),
             .doc = "In place of `query`: a group of rules that the server must have loaded, "
                    "none of which fails."},
            {.name = "url",
             .type = {TypeKind::Url},
             .doc = "Where Prometheus answers, as the host sees it.",
             .default_value = kUrl},
            {.name = "headers",
             .type = Type::map_of({TypeKind::Text}),
             .doc = "Headers to send."}}),
       .doc = "What a Prometheus server knows, asked through the host's own connection."},
      ask,
      flaws,
      {"- check: both runners are up\n"
       "  prometheus:\n"
       "    query: runner_status{environment=\"production\"}\n"
       "    is: == 1\n"
       "    for: 10s\n"
       "  retry: {for: 1m}\n",
       "- check: the alerts are loaded\n"
       "  prometheus:\n"
       "    rules: {group: github_runner_health, at_least: 4}\n"}};
}

}  // namespace holdfast
