#include <algorithm>

#include "engine/check/only_warns.h"
#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "engine/wiring/ends.h"
#include "resources/check/question.h"
#include "resources/promql/uses.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

/// All that a check can ask; each check asks one of them.
const std::vector<CheckQuestion>& questions() {
  static const std::vector<CheckQuestion> kQuestions{
      http_question(),          tcp_question(),        command_question(),
      unit_question(),          prometheus_question(), github_runner_check_question(),
      grafana_check_question(), disk_free_question(),  tls_expiry_question(),
      secret_expiry_question()};
  return kQuestions;
}

Attribute retry_attribute() {
  return {
      .name = "retry",
      .type = Type::object({{.name = "for",
                             .type = {TypeKind::Duration},
                             .doc = "For how long it is asked again until it is right.",
                             .required = true},
                            {.name = "backoff",
                             .type = {TypeKind::Duration},
                             .doc = "The first pause; doubled each time, with jitter, up to 15 s.",
                             .default_value = 0.5}}),
      .doc = "Ask again while the answer is wrong. Not stated: asked once."};
}

Schema make_schema() {
  Schema out{.kind = "check",
             .doc =
                 "A question whose answer must be right before a run counts as done, asked from "
                 "the host that declares it. It changes nothing.",
             .name_doc = "What is checked, in words.",
             .attributes = {},
             .scheduling = Scheduling::Barrier,
             .never_observed = true,
             .can_be_absent = false};
  for (const CheckQuestion& question : questions()) {
    out.attributes.push_back(question.attribute);
    out.examples.insert(out.examples.end(), question.examples.begin(), question.examples.end());
  }
  out.attributes.push_back(retry_attribute());
  out.attributes.push_back(
      {.name = "hint",
       .doc = "What to do where the answer is wrong, shown with it: a command, a page."});
  out.attributes.push_back(only_warns_attribute());
  return out;
}

const Schema& check_schema() {
  static const Schema kSchema = make_schema();
  return kSchema;
}

Retry retry_of(const State& state) {
  const Value* retry = stated(state, "retry");
  if (retry == nullptr || !retry->is_map()) return {};
  return {.total = stated_duration(retry->as_map(), "for", {}),
          .backoff = stated_duration(retry->as_map(), "backoff", std::chrono::milliseconds(500))};
}

const ValueMap* fields(const State& state, std::string_view question) {
  const Value* value = stated(state, question);
  return value != nullptr && value->is_map() ? &value->as_map() : nullptr;
}

/// Those that are stated, known or not.
std::vector<const CheckQuestion*> asked_by(const Resource& resource) {
  std::vector<const CheckQuestion*> out;
  for (const CheckQuestion& question : questions()) {
    const Value* value = resource.get(question.attribute.name);
    if (value != nullptr && !value->is_null()) out.push_back(&question);
  }
  return out;
}

decltype(Probe::ask) ask_of(const Resource& resource) {
  for (const CheckQuestion* question : asked_by(resource)) {
    const ValueMap* map = fields(resource.desired, question->attribute.name);
    if (map != nullptr) return question->ask(resource.name, *map);
  }
  return Probe::Unit{};  // nothing is known of it
}

std::string names_of_all() {
  std::vector<std::string> names;
  for (const CheckQuestion& question : questions()) names.push_back(question.attribute.name);
  return join(names, ", ");
}

/// It asks one thing. @param start  "check 'NAME'".
void check_one(const Resource& resource, const std::string& start,
               const std::vector<const CheckQuestion*>& asked, std::vector<Error>& errors) {
  if (asked.empty()) {
    errors.push_back(wrong(resource, "", Code::CheckInvalid, start + " asks nothing",
                           "Give one of " + names_of_all() + "."));
  }
  for (std::size_t i = 1; i < asked.size(); ++i) {
    errors.push_back(wrong(resource, asked[i]->attribute.name, Code::CheckInvalid,
                           start + " asks by '" + asked[0]->attribute.name + "' and by '" +
                               asked[i]->attribute.name + "'",
                           "Make two checks of it."));
  }
}

class CheckKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return check_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const std::string start = "check '" + printable(resource.name) + "'";
    const std::vector<const CheckQuestion*> asked = asked_by(resource);
    check_one(resource, start, asked, errors);
    for (const CheckQuestion* question : asked) {
      const ValueMap* map = fields(resource.desired, question->attribute.name);
      if (map == nullptr) continue;
      for (QuestionFlaw& flaw : question->flaws(*map)) {
        errors.push_back(wrong(resource, question->attribute.name, flaw.code, start + flaw.what,
                               std::move(flaw.hint)));
      }
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    Links links;
    if (const ValueMap* unit = fields(resource.desired, "unit")) {
      links.needs.push_back("unit:" + stated_text(*unit, "name"));
    }
    if (fields(resource.desired, "grafana") != nullptr) {
      links.needs.emplace_back("unit:grafana-server.service");
    }
    return links;
  }

  void ends(const Resource& resource, Ends& ends) const override {
    if (const ValueMap* asked = fields(resource.desired, "prometheus")) {
      add_metric_uses(stated_text(*asked, "query"), PromqlFrom::Prometheus,
                      "check '" + printable(resource.name) + "'",
                      resource.place_in("prometheus", 1, 1, 1), {}, ends);
    }
    const ValueMap* unit = fields(resource.desired, "unit");
    const std::string name = unit == nullptr ? "" : stated_text(*unit, "name");
    if (name.empty() || name.find_first_of("*?[") != std::string::npos) return;
    UnitUse use;
    use.where = resource.place_in("unit", 1, 1, 1);
    use.name = name;
    ends.units_used.push_back(std::move(use));
  }

  std::vector<Query> queries(const Resource&) const override { return {}; }
  Result<std::optional<State>> read(const Resource&, const Answers&) const override {
    return std::nullopt;
  }
  std::vector<PhasedStep> steps(const Resource& resource, const Change&) const override {
    return {{0, Probe{.ask = ask_of(resource),
                      .retry = retry_of(resource.desired),
                      .hint = stated_text(resource.desired, "hint")}}};
  }
};

}  // namespace

std::unique_ptr<Kind> make_check_kind() { return std::make_unique<CheckKind>(); }

}  // namespace holdfast
