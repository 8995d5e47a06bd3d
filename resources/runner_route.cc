#include <algorithm>
#include <set>

#include "engine/core/text.h"
#include "engine/plan/candidates.h"
#include "engine/wiring/ends.h"
#include "resources/github/route_move.h"
#include "resources/promql/uses.h"
#include "resources/route/route.h"
#include "resources/stated.h"

namespace holdfast {

std::unique_ptr<Kind> make_runner_route_kind();

namespace {

Type candidates_type() {
  return Type::list_of(Type::object(
      {{.name = "runner", .doc = "Its name at GitHub.", .required = true},
       {.name = "labels",
        .type = Type::list_of({}),
        .doc = "The labels that a workflow reaches it by, its own and GitHub's. It must have them: "
               "one that is drained has none of its own.",
        .required = true},
       {.name = "authorized",
        .type = {TypeKind::Bool},
        .doc = "Whether it may do what the route's jobs do. One that may not is refused.",
        .required = true},
       gate_attribute("gate",
                      "What must be so before it gets the label, and as long as it keeps it."),
       gate_attribute("recovery",
                      "What must be so besides, for `back_after`, before it gets the label back "
                      "from one after it.")}));
}

Schema make_schema() {
  return {.kind = "runner_route",
          .doc =
              "A way to one of several runners: a label for `runs-on`, which the first of them "
              "has that is authorized and passes its gate.",
          .name_doc = "Its name; the label is `route-NAME`.",
          .attributes =
              {{.name = "url",
                .type = {TypeKind::Url},
                .doc = "The repository, organization or enterprise of the runners, as in "
                       "`github_runner`.",
                .required = true,
                .identity = true},
               {.name = "token",
                .type = {TypeKind::Secret},
                .doc = "A token of GitHub's API that may administer its runners.",
                .required = true},
               {.name = "api",
                .type = {TypeKind::Url},
                .doc = "Where GitHub's REST API is. Not stated: where `url` says."},
               {.name = "candidates",
                .type = candidates_type(),
                .doc = "The runners, the one that is preferred first.",
                .required = true},
               {.name = "prometheus",
                .type = {TypeKind::Url},
                .doc = "Whom gates ask, as this host sees it.",
                .default_value = "http://127.0.0.1:9090"},
               {.name = "back_after",
                .type = {TypeKind::Duration},
                .doc = "For how long Prometheus must have seen one well, without a gap, before it "
                       "gets the label back from one after it. 0s: at once.",
                .default_value = 300.0},
               {.name = "held_by",
                .doc = "Who has the label: the first that is fit.",
                .computed = true}},
          .examples = {"- runner_route: production\n"
                       "  url: https://github.com/rmnanney/PAWS360\n"
                       "  token: !env GITHUB_TOKEN\n"
                       "  candidates:\n"
                       "    - runner: Serotonin-paws360\n"
                       "      labels: [self-hosted, production, primary]\n"
                       "      authorized: true\n"
                       "      gate:\n"
                       "        - prometheus: {query: 'runner_status{hostname=\"Serotonin\", "
                       "environment=\"production\"}', is: == 1}\n"
                       "    - runner: dell-r640-01-runner\n"
                       "      labels: [self-hosted, production, secondary]\n"
                       "      authorized: true\n"
                       "      gate:\n"
                       "        - http: {url: \"http://192.168.0.51:9102/health\", body: OK}\n"
                       "  back_after: 5m\n"}};
}

const Schema& route_schema() {
  static const Schema kSchema = make_schema();
  return kSchema;
}

bool is_label(const std::string& text) {
  return !text.empty() && text.size() <= 250 && !has_control(text) &&
         text.find(',') == std::string::npos && trim(text) == text;
}

Value list(const std::vector<std::string>& texts) {
  ValueList out;
  for (const std::string& text : texts) out.emplace_back(text);
  return Value(std::move(out));
}

std::vector<std::string> names_of(const RouteWish& wish) {
  std::vector<std::string> out;
  for (const RouteCandidate& one : wish.candidates) out.push_back(one.runner);
  return out;
}

/// What it is like when all is well.
std::string settled_text(const RouteWish& wish) {
  return "the first fit one of " + join(names_of(wish), ", ");
}

/// What is wrong with a route, and where.
class Judge {
 public:
  explicit Judge(const Resource& resource) : resource_(resource), wish_(route_wish(resource)) {}

  std::vector<Error> errors() && {
    const State& state = resource_.desired;
    if (!is_label(resource_.name) || is_route_label(resource_.name)) {
      refuse("", "not a route's name", "the label is `route-NAME`: give NAME alone");
    }
    if (stated(state, "url") != nullptr && !github_place(wish_.url)) {
      refuse("url", "'" + printable(wish_.url) + "' is no repository, organization or enterprise",
             "such as https://github.com/OWNER/REPOSITORY");
    }
    if (!starts_with(wish_.prometheus, "http://")) {
      refuse("prometheus", "only http:// is asked through the connection");
    }
    if (stated(state, "candidates") != nullptr && wish_.candidates.empty()) {
      refuse("candidates", "there is nobody to choose");
    }
    std::set<std::string> names;
    for (const RouteCandidate& one : wish_.candidates) {
      if (!names.insert(to_lower(one.runner)).second)
        refuse("candidates", "runner " + printable(one.runner) + " stands there twice");
      candidate(one);
    }
    patience();
    return std::move(errors_);
  }

 private:
  void refuse(const char* attribute, const std::string& why, std::string hint = {}) {
    errors_.push_back(wrong(resource_, attribute, Code::RunnerRouteInvalid,
                            "runner_route '" + printable(resource_.name) + "': " + why,
                            std::move(hint)));
  }

  void candidate(const RouteCandidate& one) {
    const std::string who = "runner " + printable(one.runner);
    if (one.runner.empty() || has_control(one.runner)) refuse("candidates", "a runner has no name");
    if (!one.authorized) {
      refuse("candidates", who + " is not authorized",
             "take it out of the candidates, or authorize it: authorized: true");
    }
    if (one.labels.empty()) {
      refuse("candidates", who + " has no labels", "one that is drained is told by them");
    }
    for (const std::string& label : one.labels) {
      if (!is_label(label)) refuse("candidates", "'" + printable(label) + "' is no label");
      if (is_route_label(label)) {
        refuse("candidates", who + ": " + printable(label) + " moves, so nobody is known by it");
      }
    }
    for (const auto* questions : {&one.gate, &one.recovery}) {
      for (const GateQuestion& question : *questions) {
        const std::string why = wrong_gate_question(question);
        if (!why.empty()) refuse("candidates", std::string(who).append(": ").append(why));
      }
    }
  }

  /// Nobody but Prometheus remembers for how long something was well.
  void patience() {
    if (wish_.back_after.count() == 0) return;
    if (wish_.back_after < std::chrono::seconds(1)) refuse("back_after", "at least 1s, or 0s");
    for (std::size_t i = 0; i + 1 < wish_.candidates.size(); ++i) {
      const RouteCandidate& one = wish_.candidates[i];
      const auto remembered = [](const GateQuestion& question) { return question.of_prometheus(); };
      if (std::any_of(one.gate.begin(), one.gate.end(), remembered) ||
          std::any_of(one.recovery.begin(), one.recovery.end(), remembered)) {
        continue;
      }
      refuse("back_after",
             "nobody remembers for how long runner " + printable(one.runner) + " has been well",
             "ask Prometheus in its gate, or give it the label back at once: back_after: 0s");
    }
  }

  const Resource& resource_;
  const RouteWish wish_;
  std::vector<Error> errors_;
};

class RunnerRouteKind final : public Kind, public Wired, public Chooses {
 public:
  const Schema& schema() const override { return route_schema(); }
  std::vector<Error> check(const Resource& resource) const override {
    return Judge(resource).errors();
  }
  Links links(const Resource&) const override { return {}; }
  std::vector<Query> queries(const Resource&) const override { return {}; }

  std::vector<ServerQuery> server_queries(const Resource& resource) const override {
    const RouteWish wish = route_wish(resource);
    std::vector<ServerQuery> out{wish.runners()};
    for (std::size_t i = 0; i < wish.candidates.size() && !resource.absent; ++i) {
      if (auto gate = wish.gate_of(i)) out.push_back(std::move(*gate));
    }
    return out;
  }

  void ends(const Resource& resource, Ends& ends) const override {
    const RouteWish wish = route_wish(resource);
    Sole label;
    label.what = "the label " + printable(wish.label) + " at " + printable(wish.url);
    label.code = Code::RunnerRouteInvalid;
    label.hint = "what moves it is kept from moving it twice by its host alone: state it once";
    ends.soles.push_back(std::move(label));
    for (const RouteCandidate& one : wish.candidates) {
      for (const auto* questions : {&one.gate, &one.recovery}) {
        for (const GateQuestion& question : *questions) {
          add_metric_uses(question.query, PromqlFrom::Prometheus,
                          "the gate of runner " + printable(one.runner),
                          resource.place_in("candidates", 1, 1, 1), {}, ends);
        }
      }
    }
  }

  State desired(const Resource& resource) const override {
    const RouteWish wish = route_wish(resource);
    State out;
    const Value stated_all(resource.desired);
    if (const Unknown* cause = stated_all.find_unknown()) {
      out.set("url", *cause);
      return out;
    }
    add_place(wish, out);
    out.set("held_by", settled_text(wish));
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const RouteWish wish = route_wish(resource);
    const RouteSeen seen = route_seen(wish, answers);
    State out;
    if (seen.unknown) {
      out.set("url", Unknown{*seen.unknown});
      return out;
    }
    if (resource.absent && seen.holders.empty()) return std::nullopt;
    add_place(wish, out);
    out.set("holders", list(seen.holders));
    if (resource.absent) {
      out.set("held_by", runners_text(seen.holders));
      return out;
    }
    const RouteChoice choice = choose_runner(seen);
    std::vector<std::string> to;
    if (choice.to) to.push_back(wish.candidates[*choice.to].runner);
    const bool settled = normal_labels(seen.holders) == normal_labels(to);
    out.set("goes_to", list(to));
    if (!choice.fit && settled) {
      out.set("held_by",
              Unknown{"no candidate is fit [" + code_text(Code::NoneFit) + "], so it stays with " +
                      runners_text(seen.holders) + ". " + join(unfit_reasons(seen), "; ")});
      return out;
    }
    out.set("held_by", settled ? settled_text(wish) : runners_text(seen.holders));
    return out;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    if (change.action == Action::None || !change.before) return {};
    const RouteWish wish = route_wish(resource);
    RouteMove there{.label = wish.label,
                    .from = stated_list(*change.before, "holders"),
                    .to = stated_list(*change.before, "goes_to"),
                    .online = true};
    RouteMove back{.label = wish.label, .from = there.to, .to = there.from};
    for (const RouteCandidate& one : wish.candidates) {
      if (!there.to.empty() && one.runner == there.to.front()) there.beside = one.labels;
    }
    // Whoever should never have had it doesn't get it again.
    if (change.action != Action::Delete) std::erase_if(back.to, stranger_to(wish));
    return {{0, Call{.server = wish.server,
                     .act = route_move_act(wish.scope, there),
                     .note = move_text(there),
                     .undo = route_move_act(wish.scope, back),
                     .undo_note = move_text(back),
                     .limit = std::chrono::minutes(2)}}};
  }

  Effects effects(const Resource&, const Change& change) const override {
    Effects out;
    out.makes = change.before && stated_list(*change.before, "holders").empty();
    return out;
  }

  std::vector<std::string> notes(const Resource& resource, const Change& change,
                                 const Answers& answers) const override {
    if (change.action == Action::Delete) return {};
    const RouteWish wish = route_wish(resource);
    const RouteSeen seen = route_seen(wish, answers);
    const RouteChoice choice = choose_runner(seen);
    const std::string to = choice.to ? printable(wish.candidates[*choice.to].runner) : "nobody";
    std::vector<std::string> why = unfit_reasons(seen);
    for (const std::string& holder : seen.holders) {
      if (stranger_to(wish)(holder)) why.push_back(printable(holder) + " is no candidate");
    }
    return {"sends jobs for " + printable(wish.label) + " to " + to +
            (why.empty() ? "" : "; " + join(why, "; "))};
  }

  Result<std::vector<Candidate>> candidates(const Resource& resource,
                                            const Answers& answers) const override {
    const RouteWish wish = route_wish(resource);
    const RouteSeen seen = route_seen(wish, answers);
    if (seen.unknown) return fail(Code::ServerUnreachable, *seen.unknown);
    std::vector<Candidate> out;
    for (std::size_t i = 0; i < seen.candidates.size(); ++i) {
      const RouteView& view = seen.candidates[i];
      const std::string why = view.fit ? why_not_by_labels(view, seen) : view.why;
      out.push_back({.name = view.runner,
                     .labels = wish.candidates[i].labels,
                     .fit = why.empty(),
                     .idle = view.idle,
                     .why = why});
    }
    return out;
  }

 private:
  /// Where it was looked for: in the record, it is how an orphan is found.
  static void add_place(const RouteWish& wish, State& out) {
    out.set("url", wish.url);
    out.set("api", wish.server.address);
  }

  /// Labels add up: whoever has them all may get the job.
  static std::string why_not_by_labels(const RouteView& view, const RouteSeen& seen) {
    for (const std::string& other : view.reaches) {
      const bool fit = std::any_of(
          seen.candidates.begin(), seen.candidates.end(),
          [&](const RouteView& one) { return one.fit && to_lower(one.runner) == to_lower(other); });
      if (!fit) return "its labels reach runner " + printable(other) + " as well, which is not fit";
    }
    return {};
  }

  static std::function<bool(const std::string&)> stranger_to(const RouteWish& wish) {
    return [names = normal_labels(names_of(wish))](const std::string& runner) {
      return std::find(names.begin(), names.end(), to_lower(runner)) == names.end();
    };
  }

  static std::string move_text(const RouteMove& move) {
    const std::string label = printable(move.label);
    if (move.to.empty()) return "take " + label + " from " + runners_text(move.from);
    if (move.from.empty()) return "give " + label + " to " + runners_text(move.to);
    return "move " + label + " from " + runners_text(move.from) + " to " + runners_text(move.to);
  }
};

}  // namespace

std::unique_ptr<Kind> make_runner_route_kind() { return std::make_unique<RunnerRouteKind>(); }

}  // namespace holdfast
