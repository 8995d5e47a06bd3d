#include "engine/core/kind.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "engine/wiring/ends.h"
#include "resources/stated.h"
#include "resources/systemd/programs.h"

namespace holdfast {
namespace {

// What the state says of each guard: nothing is to be done while every guard says kDone.
constexpr std::string_view kSucceeds = "succeeds";
constexpr std::string_view kFails = "fails";

std::vector<Attribute> guards() {
  return {{.name = "creates",
           .type = {TypeKind::Path},
           .doc = "Runs only while this path does not exist."},
          {.name = "unless",
           .type = Type::list_of({TypeKind::Text}),
           .doc = "A program that changes nothing: runs only while it fails (any exit status but "
                  "0, or longer than 60 s)."},
          {.name = "only_if",
           .type = Type::list_of({TypeKind::Text}),
           .doc = "A program that changes nothing: runs only while it succeeds."},
          {.name = "always", .type = {TypeKind::Bool}, .doc = "Runs in every apply, knowingly."}};
}

std::vector<Attribute> attributes() {
  std::vector<Attribute> out = {
      {.name = "argv",
       .type = Type::list_of({TypeKind::Text}),
       .doc = "The program and its arguments. No shell sees them: no globs, no pipes, no quoting."},
      {.name = "shell",
       .doc = "A text that `sh -c` runs instead: `$`, quotes and globs mean what they mean to sh. "
              "Values from elsewhere belong in `environment`, not in this text."}};
  for (Attribute& guard : guards()) out.push_back(std::move(guard));
  const std::vector<Attribute> rest = {
      {.name = "undo",
       .type = Type::list_of({TypeKind::Text}),
       .doc = "A program that takes it back, whether or not it got to its end. Not stated: the "
              "plan marks the command as one that can't be taken back."},
      {.name = "rehearse",
       .type = {TypeKind::Bool},
       .doc = "Whether `--rehearse` runs it and its undo, too: in a copy of the host's files, "
              "without network, devices, other processes and daemons.",
       .default_value = false},
      {.name = "user", .doc = "The account that it and its guards run as. Not stated: root."},
      {.name = "directory", .type = {TypeKind::Path}, .doc = "Where it and its guards run."},
      {.name = "environment",
       .type = Type::map_of({TypeKind::Text}),
       .doc = "Variables for it and its guards, beside LC_ALL=C and PATH. No secrets: other "
              "programs can see it."},
      {.name = "input", .doc = "Its standard input; may be secret. Not stated: empty."},
      {.name = "success",
       .type = Type::list_of({.kind = TypeKind::Int, .min = 0, .max = 255}),
       .doc = "Exit statuses that count as done. Not stated: 0."}};
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

const Schema& command_schema() {
  static const Schema kSchema = {
      .kind = "command",
      .doc =
          "Runs a program on the host while a guard says that it is needed. The last resort: a "
          "kind that describes the wanted state is always better. What it leaves running holds the "
          "host's lock until it ends: a service belongs to a systemd_unit.",
      .name_doc = "What it does, in words.",
      .attributes = attributes(),
      .scheduling = Scheduling::Barrier,
      .can_be_absent = false,
      .examples = {
          "- command: make the exporter's certificate\n"
          "  argv: [openssl, req, -x509, -newkey, \"rsa:2048\", -nodes, -subj, /CN=exporter,\n"
          "         -keyout, /etc/exporter/key.pem, -out, /etc/exporter/cert.pem]\n"
          "  creates: /etc/exporter/cert.pem\n"
          "  undo: [rm, -f, /etc/exporter/key.pem, /etc/exporter/cert.pem]\n",
          "- command: enable lingering for the runner\n"
          "  argv: [loginctl, enable-linger, runner]\n"
          "  unless: [test, -e, /var/lib/systemd/linger/runner]\n"
          "  undo: [loginctl, disable-linger, runner]\n",
          "- command: count the files\n"
          "  shell: 'find /srv -type f | wc -l >/run/files'\n"
          "  always: true\n"}};
  return kSchema;
}

/// A guard as one line of sh whose every word is quoted: run as the account and in the folder that
/// the command has. What `enter` is the collector says.
std::string guard_line(const State& state, const Argv& argv) {
  Argv words = {"exec", "env"};
  for (const auto& [name, value] : stated_pairs(state, "environment")) {
    words.push_back(name + "=" + value);
  }
  const std::string directory = stated_text(state, "directory");
  if (const std::string user = stated_text(state, "user"); !user.empty()) {
    words.insert(words.end(), {"runuser", "-u", user, "--"});
    // Where the account can't go root doesn't take it.
    if (!directory.empty())
      words.insert(words.end(),
                   {"sh", "-c", "cd -P -- \"$1\" && shift && exec \"$@\"", "sh", directory});
    words.insert(words.end(), argv.begin(), argv.end());
    return shell_quote(words);
  }
  words.insert(words.end(), argv.begin(), argv.end());
  const std::string enter = directory.empty() ? "" : "enter " + shell_quote(directory) + " && ";
  return enter + shell_quote(words);
}

std::optional<Query> guard_query(const Resource& resource, std::string_view guard) {
  const Argv argv = stated_list(resource.desired, guard);
  if (argv.empty()) return std::nullopt;
  return Query{"guard", guard_line(resource.desired, argv)};
}

bool valid_variable(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool word =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!word) return false;
  }
  return true;
}

void check_secrets(const Resource& resource, std::vector<Error>& errors) {
  for (const char* name : {"argv", "shell", "unless", "only_if", "undo", "environment"}) {
    const Value* value = resource.get(name);
    if (value == nullptr || !value->holds_secret()) continue;
    errors.push_back(wrong(
        resource, name, Code::CommandInvalid,
        "'" + std::string(name) + "' of command '" + printable(resource.name) + "' holds a secret",
        "Other accounts of the host could see it. Give it by 'input', or put it "
        "in a file of mode 0600 that the program reads."));
  }
}

class CommandKind final : public Kind, public Wired {
 public:
  const Schema& schema() const override { return command_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const std::string who = "command '" + printable(resource.name) + "'";
    const auto refuse = [&](std::string_view attribute, Code code, std::string message,
                            std::string hint) {
      errors.push_back(wrong(resource, attribute, code, std::move(message), std::move(hint)));
    };
    const auto given = [&](std::string_view name) {
      const Value* value = resource.get(name);
      return value != nullptr && !value->is_null();
    };
    if (given("argv") == given("shell")) {
      refuse(given("argv") ? "shell" : "", Code::CommandInvalid,
             who + (given("argv") ? " has both argv and shell" : " has nothing to run"),
             "Give argv: [program, argument, …], or shell: TEXT.");
    }
    const bool guarded = given("creates") || given("unless") || given("only_if");
    const bool always = stated_bool(resource.desired, "always", false);
    if (!guarded && !always) {
      refuse("", Code::CommandUnguarded, who + " has no guard, so every apply would run it",
             "Give creates, unless or only_if; or say always: true.");
    }
    if (stated_bool(resource.desired, "rehearse", false) && !given("undo")) {
      refuse("rehearse", Code::CommandInvalid, who + " has no undo that could be rehearsed",
             "Give undo: [program, argument, …], or leave 'rehearse' out.");
    }
    if (guarded && always) {
      refuse("always", Code::CommandInvalid, who + " has a guard and always: true",
             "Leave one of them out.");
    }
    for (const char* name : {"argv", "unless", "only_if", "undo"}) {
      const Value* value = stated(resource.desired, name);
      if (value != nullptr && value->is_list() && value->as_list().empty()) {
        refuse(name, Code::CommandInvalid, who + " has an empty '" + name + "'",
               "The first item is the program.");
      }
    }
    for (const auto& [name, value] : stated_pairs(resource.desired, "environment")) {
      if (!valid_variable(name)) {
        refuse("environment", Code::CommandInvalid,
               who + " sets '" + printable(name) + "', which no variable can be called",
               "Letters, digits and _, not a digit first.");
      }
    }
    check_secrets(resource, errors);
    return errors;
  }

  void ends(const Resource& resource, Ends& ends) const override {
    const Argv argv = stated_list(resource.desired, "argv");
    if (argv.size() < 3 || (argv[0] != "systemctl" && argv[0] != "/usr/bin/systemctl")) return;
    for (std::size_t i = 2; i < argv.size(); ++i) {
      if (starts_with(argv[i], "-") || argv[i].find('*') != std::string::npos) continue;
      UnitUse use;
      use.where = resource.place_in("argv", 1, 1, 1);
      use.name = argv[i];
      ends.units_used.push_back(std::move(use));
    }
  }

  std::string stopped(const std::string& unit) const override {
    return "  - command: 'stop " + unit + "'\n    argv: [systemctl, stop, --, '" + unit +
           "']\n    only_if: [systemctl, is-active, --quiet, --, '" + unit +
           "']\n    undo: [systemctl, start, --, '" + unit + "']\n";
  }

  Links links(const Resource& resource) const override {
    Links links;
    const State& state = resource.desired;
    if (const std::string path = stated_text(state, "creates"); !path.empty()) {
      links.provides.push_back("path:" + path);
    }
    if (const std::string user = stated_text(state, "user"); !user.empty()) {
      links.needs.push_back("user:" + user);
    }
    if (const std::string path = stated_text(state, "directory"); !path.empty()) {
      links.needs.push_back("path:" + path);
    }
    for (const char* name : {"argv", "unless", "only_if", "undo"}) {
      const Argv argv = stated_list(state, name);
      if (!argv.empty() && starts_with(argv[0], "/")) {
        links.needs.push_back("path:" + normalise_path(argv[0]));
      }
    }
    return links;
  }

  std::vector<Query> queries(const Resource& resource) const override {
    std::vector<Query> out;
    if (const std::string path = stated_text(resource.desired, "creates"); !path.empty()) {
      out.push_back({"stat", path});
    }
    for (const char* guard : {"unless", "only_if"}) {
      if (auto query = guard_query(resource, guard)) out.push_back(std::move(*query));
    }
    return out;
  }

  /// The guards only: what they should say so that nothing is to be done.
  State desired(const Resource& resource) const override {
    State out;
    if (const Value* value = resource.get("creates")) out.set("creates", *value);
    if (const Value* value = resource.get("unless")) out.set("unless", pending(*value, kSucceeds));
    if (const Value* value = resource.get("only_if")) out.set("only_if", pending(*value, kFails));
    if (stated_bool(resource.desired, "always", false)) out.set("always", true);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const State wanted = desired(resource);
    State seen;
    bool done = false;
    if (const std::string path = stated_text(resource.desired, "creates"); !path.empty()) {
      const Value& answer = answers.at({"stat", path});
      seen.set("creates", answer.is_null() || answer.is_unknown() ? answer : Value(path));
      done = !answer.is_null() && !answer.is_unknown();
    }
    for (const char* guard : {"unless", "only_if"}) {
      const auto query = guard_query(resource, guard);
      if (!query) continue;
      const Value verdict = verdict_of(answers.at(*query));
      seen.set(guard, verdict);
      done = done || verdict == *wanted.find(guard);
    }
    // One guard that says "done" is enough: the others are then as they should be.
    return done ? wanted : seen;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change&) const override {
    const State& state = resource.desired;
    Run run{.argv = stated_list(state, "argv")};
    if (run.argv.empty()) run.argv = {"sh", "-c", stated_text(state, "shell")};
    if (const Value* input = stated(state, "input")) run.input = *input;
    run.environment = stated_pairs(state, "environment");
    if (const std::string user = stated_text(state, "user"); !user.empty()) run.user = user;
    if (const std::string path = stated_text(state, "directory"); !path.empty()) {
      run.directory = path;
    }
    if (const Value* codes = stated(state, "success"); codes != nullptr && codes->is_list()) {
      run.success.clear();
      for (const Value& code : codes->as_list()) {
        if (code.is_int()) run.success.push_back(static_cast<int>(code.as_int()));
      }
    }
    const Argv undo = stated_list(state, "undo");
    if (undo.empty()) {
      run.undo = Irreversible{"the manifest gives no undo for it"};
    } else {
      run.undo = undo;
    }
    run.stops = units_taken_down(run.argv);
    run.undo_stops = units_taken_down(undo);
    if (stated_bool(state, "rehearse", false)) {
      run.rehearsal = Rehearsal{};
    } else {
      run.rehearsal = NotRehearsed{"it may reach beyond files; `rehearse: true` says it does not"};
    }
    return {{0, std::move(run)}};
  }

  Effects effects(const Resource& resource, const Change&) const override {
    Effects effects;
    const State& state = resource.desired;
    const Argv argv = stated_list(state, "argv");
    effects.brings.push_back(
        "runs " + printable(argv.empty() ? stated_text(state, "shell") : shell_quote(argv)));
    effects.every_time = stated_bool(state, "always", false);
    if (stated_list(state, "undo").empty()) {
      effects.irreversible.push_back("the manifest gives no undo for it");
    }
    return effects;
  }

 private:
  static Value pending(const Value& guard, std::string_view verdict) {
    const Unknown* unknown = guard.find_unknown();
    return unknown != nullptr ? Value(*unknown) : Value(verdict);
  }

  static Value verdict_of(const Value& answer) {
    if (!answer.is_map()) return answer.is_unknown() ? answer : Value(Unknown{"not asked"});
    return stated_int(answer.as_map(), "status", 1) == 0 ? kSucceeds : kFails;
  }
};

}  // namespace

std::unique_ptr<Kind> make_command_kind() { return std::make_unique<CommandKind>(); }

}  // namespace holdfast
