#include "resources/route/gate.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/check/prometheus.h"
#include "engine/core/text.h"
#include "resources/prometheus/server.h"
#include "resources/promql/promql.h"
#include "resources/route/gate_text.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

Json list_of(const std::vector<GateQuestion>& questions) {
  Json out = Json::array();
  for (const GateQuestion& one : questions) {
    if (one.of_prometheus()) {
      out.push_back({{"query", one.query}, {"is", one.is}});
    } else {
      out.push_back({{"url", one.url}, {"status", one.status}, {"body", one.body}});
    }
  }
  return out;
}

std::vector<GateQuestion> questions_of(const Json& list) {
  std::vector<GateQuestion> out;
  for (const Json& one : list) {
    GateQuestion question;
    question.query = one.value("query", "");
    question.is = one.value("is", "some");
    question.url = one.value("url", "");
    question.body = one.value("body", "");
    question.status = one.value("status", 200);
    out.push_back(std::move(question));
  }
  return out;
}

std::string number(double value) {
  const Json json = value;
  return json.dump();
}

}  // namespace

Attribute gate_attribute(std::string name, std::string doc) {
  return {
      .name = std::move(name),
      .type = Type::list_of(Type::object(
          {{.name = "prometheus",
            .type = Type::object(
                {{.name = "query", .doc = "An expression of PromQL.", .required = true},
                 {.name = "is",
                  .doc = "What each of its samples must be: `== 1`, `< 80`; `some`: there is "
                         "at least one, `none`: there is none.",
                  .default_value = "some"}}),
            .doc = "What Prometheus knows."},
           {.name = "http",
            .type = Type::object(
                {{.name = "url", .type = {TypeKind::Url}, .doc = "What to ask.", .required = true},
                 {.name = "status",
                  .type = {.kind = TypeKind::Int, .min = 100, .max = 599},
                  .doc = "The status that the answer must have.",
                  .default_value = 200},
                 {.name = "body", .doc = "A text that the answer's body must contain."}}),
            .doc = "An HTTP question."}})),
      .doc = std::move(doc)};
}

std::vector<GateQuestion> gate_questions(const ValueMap& map, std::string_view attribute) {
  std::vector<GateQuestion> out;
  const Value* list = stated(map, attribute);
  if (list == nullptr || !list->is_list()) return out;
  for (const Value& item : list->as_list()) {
    GateQuestion one;
    if (!item.is_map()) continue;
    const Value* prometheus = stated(item.as_map(), "prometheus");
    const Value* http = stated(item.as_map(), "http");
    if (prometheus != nullptr && prometheus->is_map()) {
      one.query = stated_text(prometheus->as_map(), "query");
      one.is = stated_text(prometheus->as_map(), "is", "some");
    }
    if (http != nullptr && http->is_map()) {
      one.url = stated_text(http->as_map(), "url");
      one.status = static_cast<int>(stated_int(http->as_map(), "status", 200));
      one.body = stated_text(http->as_map(), "body");
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::string wrong_gate_question(const GateQuestion& question) {
  if (question.of_prometheus() == !question.url.empty()) {
    return "a question of a gate is either `prometheus` or `http`";
  }
  if (!question.url.empty() && !starts_with(question.url, "http://")) {
    return "can't ask " + printable(question.url) +
           ": only http:// is asked through the connection";
  }
  if (!question.of_prometheus()) return {};
  if (const auto problem = check_promql(question.query)) {
    return "'" + printable(question.query) + "', at byte " + std::to_string(problem->offset + 1) +
           ": " + problem->message;
  }
  if (!read_comparison(question.is)) {
    return "'" + printable(question.is) + "' is no comparison, such as == 1, < 80, some or none";
  }
  return {};
}

std::string gate_text(const Gate& gate) {
  Json json{{"gate", list_of(gate.questions)}};
  if (!gate.recovery.empty()) {
    json["held_ms"] = gate.held.count();
    json["recovery"] = list_of(gate.recovery);
  }
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Result<Gate> read_gate(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  try {
    Gate out{.questions = questions_of(json.at("gate"))};
    out.held = std::chrono::milliseconds(json.value("held_ms", std::int64_t{0}));
    if (json.contains("recovery")) out.recovery = questions_of(json.at("recovery"));
    return out;
  } catch (const Json::exception&) {
    return fail(Code::RecordUnreadable, "not a question of a gate");
  }
}

Value gate_value(const GateAnswer& answer) {
  ValueMap out;
  out.set("passed", answer.passed);
  out.set("recovered", answer.recovered);
  out.set("why", answer.why);
  out.set("why_not_recovered", answer.why_not_recovered);
  return Value(std::move(out));
}

GateAnswer gate_answer(const Value& answer) {
  if (answer.is_unknown()) return {.why = answer.as_unknown().cause};
  if (!answer.is_map()) return {.why = "its gate was not asked"};
  const ValueMap& map = answer.as_map();
  return {.passed = stated_bool(map, "passed", false),
          .recovered = stated_bool(map, "recovered", false),
          .why = stated_text(map, "why"),
          .why_not_recovered = stated_text(map, "why_not_recovered")};
}

HeldQuery held_query(const GateQuestion& question, std::chrono::milliseconds held) {
  using std::chrono::milliseconds;
  const auto step = std::clamp(held / 20, milliseconds(1000), milliseconds(15'000));
  const auto seconds = [](milliseconds time) {
    return prometheus_duration(static_cast<double>(time.count()) / 1000.0);
  };
  const std::string range = "[" + seconds(held) + ":" + seconds(step) + "]";
  const auto times = std::max<std::int64_t>(1, held / step);
  const auto wanted = read_comparison(question.is);
  if (!wanted || wanted->op == "none") {
    return {"count_over_time((" + question.query + ")" + range + ")", "none"};
  }
  // Where there was no sample at some time, fewer are counted.
  const std::string count = "count_over_time(";
  const std::string enough = " >= " + std::to_string(times);
  if (wanted->op == "some") {
    return {count + "(" + question.query + ")" + range + ")" + enough, "some"};
  }
  const std::string is =
      "((" + question.query + ") " + wanted->op + " bool " + number(wanted->value) + ")" + range;
  return {"min_over_time(" + is + ") and (" + count + is + ")" + enough + ")", "== 1"};
}

}  // namespace holdfast
