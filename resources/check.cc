#include <algorithm>

#include "engine/check/prometheus.h"
#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "engine/wiring/ends.h"
#include "resources/check/question.h"
#include "resources/promql/uses.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

Attribute http_attribute() {
  return {
      .name = "http",
      .type = Type::object(
          {{.name = "url", .type = {TypeKind::Url}, .doc = "What to ask.", .required = true},
           {.name = "status",
            .type = {.kind = TypeKind::Int, .min = 100, .max = 599},
            .doc = "The status that the answer must have.",
            .default_value = 200},
           {.name = "body", .doc = "A text that the answer's body must contain."},
           {.name = "headers", .type = Type::map_of({TypeKind::Text}), .doc = "Headers to send."}}),
      .doc =
          "An HTTP question, asked through the host's own connection: the url is as the host "
          "sees it."};
}

Attribute tcp_attribute() {
  return {.name = "tcp",
          .type = Type::object(
              {{.name = "port", .type = {TypeKind::Port}, .doc = "The port.", .required = true},
               {.name = "host",
                .type = {TypeKind::Host},
                .doc = "Where, as the host sees it.",
                .default_value = "127.0.0.1"}}),
          .doc = "Whether a TCP port takes connections."};
}

Attribute command_attribute() {
  return {.name = "command",
          .type = Type::object(
              {{.name = "argv",
                .type = Type::list_of({TypeKind::Text}),
                .doc = "The program and its arguments; no shell.",
                .required = true},
               {.name = "status",
                .type = {.kind = TypeKind::Int, .min = 0, .max = 255},
                .doc = "The exit status that it must have.",
                .default_value = 0},
               {.name = "output", .doc = "A text that its standard output must contain."}}),
          .doc = "A program on the host that changes nothing there."};
}

Attribute unit_attribute() {
  return {.name = "unit",
          .type = Type::object({{.name = "name", .doc = "The systemd unit.", .required = true},
                                {.name = "state",
                                 .doc = "Its ActiveState: active, inactive, failed …",
                                 .default_value = "active"}}),
          .doc = "The state of a systemd unit."};
}

Attribute prometheus_attribute() {
  return {
      .name = "prometheus",
      .type = Type::object(
          {{.name = "query", .doc = "An expression of PromQL.", .required = true},
           {.name = "is",
            .doc = "What each of its samples must be: `== 1`, `< 80`; `some`: there is at "
                   "least one, `none`: there is none.",
            .default_value = "some"},
           {.name = "for",
            .type = {TypeKind::Duration},
            .doc = "For how long it must stay so. Not stated: it is asked once."},
           {.name = "url",
            .type = {TypeKind::Url},
            .doc = "Where Prometheus answers, as the host sees it.",
            .default_value = "http://127.0.0.1:9090"},
           {.name = "headers", .type = Type::map_of({TypeKind::Text}), .doc = "Headers to send."}}),
      .doc = "What a Prometheus server knows, asked through the host's own connection."};
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

/// Those about what runs out.
const std::vector<CheckQuestion>& questions() {
  static const std::vector<CheckQuestion> kQuestions{disk_free_question(), tls_expiry_question(),
                                                     secret_expiry_question()};
  return kQuestions;
}

Schema make_schema() {
  Schema out{.kind = "check",
             .doc =
                 "A question whose answer must be right before a run counts as done. It changes "
                 "nothing.",
             .name_doc = "What is checked, in words.",
             .attributes = {http_attribute(), tcp_attribute(), command_attribute(),
                            unit_attribute(), prometheus_attribute(), retry_attribute()},
             .scheduling = Scheduling::Barrier,
             .never_observed = true,
             .can_be_absent = false,
             .examples = {"- check: exporter answers\n"
                          "  http: {url: \"http://127.0.0.1:9101/health\", body: OK}\n"
                          "  retry: {for: 30s, backoff: 500ms}\n",
                          "- check: ssh listens\n"
                          "  tcp: {port: 22}\n",
                          "- check: sshd's configuration is sound\n"
                          "  command: {argv: [sshd, -t]}\n",
                          "- check: the exporter runs\n"
                          "  unit: {name: runner-exporter.service}\n",
                          "- check: both runners are up\n"
                          "  prometheus:\n"
                          "    query: runner_status{environment=\"production\"}\n"
                          "    is: == 1\n"
                          "    for: 10s\n"
                          "  retry: {for: 1m}\n"}};
  for (const CheckQuestion& question : questions()) {
    out.attributes.push_back(question.attribute);
    out.examples.push_back(question.example);
  }
  return out;
}

const Schema& check_schema() {
  static const Schema kSchema = make_schema();
  return kSchema;
}

constexpr std::string_view kQuestions[] = {"http", "tcp", "command", "unit", "prometheus"};

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

decltype(Probe::ask) ask_of(const State& state) {
  if (const ValueMap* http = fields(state, "http")) {
    return Probe::Http{.url = stated_text(*http, "url"),
                       .status = static_cast<int>(stated_int(*http, "status", 200)),
                       .body = stated_text(*http, "body"),
                       .headers = stated_pairs(*http, "headers")};
  }
  if (const ValueMap* tcp = fields(state, "tcp")) {
    return Probe::Tcp{.host = stated_text(*tcp, "host", "127.0.0.1"),
                      .port = static_cast<int>(stated_int(*tcp, "port", 0))};
  }
  if (const ValueMap* command = fields(state, "command")) {
    return Probe::Command{.argv = stated_list(*command, "argv"),
                          .status = static_cast<int>(stated_int(*command, "status", 0)),
                          .output = stated_text(*command, "output")};
  }
  if (const ValueMap* prometheus = fields(state, "prometheus")) {
    return PrometheusQuestion{
        .url = stated_text(*prometheus, "url", "http://127.0.0.1:9090"),
        .headers = stated_pairs(*prometheus, "headers"),
        .about = PrometheusQuestion::Query{
            .text = stated_text(*prometheus, "query"),
            .is = stated_text(*prometheus, "is", "some"),
            .holds = stated_duration(*prometheus, "for", std::chrono::milliseconds(0))}};
  }
  for (const CheckQuestion& question : questions()) {
    const ValueMap* map = fields(state, question.attribute.name);
    if (map != nullptr) return question.ask(*map);
  }
  static const ValueMap kNone;
  const ValueMap* unit = fields(state, "unit");
  if (unit == nullptr) unit = &kNone;
  return Probe::Unit{.name = stated_text(*unit, "name"),
                     .state = stated_text(*unit, "state", "active")};
}

void check_command(const Resource& resource, std::vector<Error>& errors) {
  const ValueMap* command = fields(resource.desired, "command");
  if (command == nullptr) return;
  const Value* argv = stated(*command, "argv");
  if (argv != nullptr && argv->is_list() && argv->as_list().empty()) {
    errors.push_back(wrong(resource, "command", Code::CheckInvalid,
                           "check '" + printable(resource.name) + "' names no program",
                           "Give argv: [program, argument, …]."));
  }
  if (argv != nullptr && argv->holds_secret()) {
    errors.push_back(wrong(
        resource, "command", Code::CheckInvalid,
        "check '" + printable(resource.name) + "' would show a secret in the host's process list",
        "Any account of a host can read the arguments of its programs; let the "
        "program read the secret from a file."));
  }
}

/// What stands behind the last `||` or `;` of a shell's text, outside of quotes; "" where there is
/// none. @param always  Whether it is reached whatever comes before.
std::string_view last_resort(std::string_view text, bool& always) {
  std::size_t begin = std::string_view::npos;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && c == '\\') {
      ++i;
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (text.substr(i, 2) == "||" || c == ';' || c == '\n') {
      always = c != '|';
      begin = i + (always ? 1 : 2);
      i = begin - 1;
    }
  }
  return begin == std::string_view::npos ? std::string_view() : trim(text.substr(begin));
}

/// Only of a text that can't end before its last word.
bool never_fails(std::string_view shell) {
  for (const std::string_view word : {"exit", "exec", "set -", "trap", "kill"}) {
    if (shell.substr(0, shell.find_last_of("|;\n") + 1).find(word) != std::string_view::npos)
      return false;
  }
  while (!shell.empty() &&
         std::string_view("; \t\n").find(shell.back()) != std::string_view::npos) {
    shell.remove_suffix(1);
  }
  bool always = false;
  const std::string_view last = last_resort(shell, always);
  if (last == "true" || last == ":" || last == "/bin/true" || last == "exit 0") return true;
  const bool echo =
      starts_with(last, "echo ") && last.find_first_of("&|<>$`()") == std::string_view::npos;
  return echo;
}

/// `… || true`: whatever is wrong, such a check says that all is well.
void check_shell(const Resource& resource, std::vector<Error>& errors) {
  const ValueMap* command = fields(resource.desired, "command");
  if (command == nullptr) return;
  const std::vector<std::string> argv = stated_list(*command, "argv");
  const bool shell = argv.size() >= 3 && ends_with(argv[0], "sh") && argv[1] == "-c";
  const bool decides =
      stated_text(*command, "output").empty() && stated_int(*command, "status", 0) == 0;
  if (!shell || !decides || !never_fails(argv[2])) return;
  errors.push_back(wrong(
      resource, "command", Code::CheckNeverFails,
      "check '" + printable(resource.name) + "' can never fail: it ends in '" +
          printable(argv[2].substr(argv[2].size() - std::min<std::size_t>(argv[2].size(), 40))) +
          "'",
      "Leave that out, so that its exit status tells; or state the 'output' "
      "that it must have."));
}

void check_url(const Resource& resource, const char* question, std::vector<Error>& errors) {
  const ValueMap* asked = fields(resource.desired, question);
  const std::string url = asked == nullptr ? "" : stated_text(*asked, "url");
  if (url.empty() || starts_with(url, "http://")) return;
  errors.push_back(wrong(resource, question, Code::CheckInvalid,
                         "check '" + printable(resource.name) + "' can't ask " + printable(url) +
                             ": only http:// is asked through the connection",
                         "Let a program of the host ask: command: {argv: [curl, -fsS, URL]}."));
}

void check_prometheus(const Resource& resource, std::vector<Error>& errors) {
  const ValueMap* asked = fields(resource.desired, "prometheus");
  if (asked == nullptr) return;
  const auto refuse = [&](const std::string& why, std::string hint = {}) {
    errors.push_back(wrong(resource, "prometheus", Code::CheckInvalid,
                           "check '" + printable(resource.name) + "': " + why, std::move(hint)));
  };
  const Value* query = stated(*asked, "query");
  if (query != nullptr && trim(query->bytes()).empty()) refuse("it asks nothing");
  if (query != nullptr && !trim(query->bytes()).empty()) {
    if (const auto problem = check_promql(query->bytes())) {
      refuse("'" + printable(query->bytes()) + "', at byte " + std::to_string(problem->offset + 1) +
             ": " + problem->message);
    }
  }
  const std::string is = stated_text(*asked, "is", "some");
  if (!read_comparison(is)) {
    refuse("'" + printable(is) + "' is no comparison", "such as == 1, < 80, some or none");
  }
}

class CheckKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return check_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    std::string given;
    std::vector<std::string> names(std::begin(kQuestions), std::end(kQuestions));
    for (const CheckQuestion& question : questions()) names.push_back(question.attribute.name);
    for (const std::string& question : names) {
      const Value* value = resource.get(question);
      if (value == nullptr || value->is_null()) continue;
      if (given.empty()) {
        given = question;
        continue;
      }
      errors.push_back(wrong(resource, question, Code::CheckInvalid,
                             "check '" + printable(resource.name) + "' asks by '" + given +
                                 "' and by '" + question + "'",
                             "Make two checks of it."));
    }
    if (given.empty()) {
      errors.push_back(wrong(resource, "", Code::CheckInvalid,
                             "check '" + printable(resource.name) + "' asks nothing",
                             "Give one of " + join(names, ", ") + "."));
    }
    check_command(resource, errors);
    check_shell(resource, errors);
    check_url(resource, "http", errors);
    check_url(resource, "prometheus", errors);
    check_prometheus(resource, errors);
    for (const CheckQuestion& question : questions()) {
      const ValueMap* map = fields(resource.desired, question.attribute.name);
      const std::string why = map == nullptr ? "" : question.wrong(*map);
      if (why.empty()) continue;
      errors.push_back(wrong(resource, question.attribute.name, Code::CheckInvalid,
                             "check '" + printable(resource.name) + "': " + why));
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    Links links;
    const Value* unit = stated(resource.desired, "unit");
    if (unit != nullptr && unit->is_map()) {
      links.needs.push_back("unit:" + stated_text(unit->as_map(), "name"));
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
    if (name.empty() || name.find('*') != std::string::npos) return;
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
    return {{0, Probe{.ask = ask_of(resource.desired), .retry = retry_of(resource.desired)}}};
  }
};

}  // namespace

std::unique_ptr<Kind> make_check_kind() { return std::make_unique<CheckKind>(); }

}  // namespace holdfast
