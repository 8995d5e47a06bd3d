#include "engine/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "engine/cli/command_options.h"
#include "engine/cli/commands.h"
#include "engine/cli/prove.h"
#include "engine/core/crash_point.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

/// What a command takes beside its name.
enum Takes : unsigned {
  kInventory = 1,  ///< -e, -i, --limit and the ways to the hosts.
  kManifests = 2,  ///< Manifests and --set.
  kArguments = 4,  ///< Free positional arguments.
  kHosts = 8,      ///< Connects: time-outs, passwords, --parallel.
  kChoice = 16     ///< --tags and --target: works on resources, one by one.
};

struct Entry {
  const char* name;
  const char* doc;
  Command run;
  unsigned takes;
  const char* arguments = "TEXT";  ///< What the free ones are, in their order.
};

constexpr Entry kCommands[] = {
    {"adopt", "Move objects from another owner's record to ours", adopt_command,
     kInventory | kManifests | kChoice | kHosts},
    {"apply", "Make the hosts what the manifests say, or carry a saved plan out", apply_command,
     kInventory | kManifests | kChoice | kHosts},
    {"completion", "Print what completes commands in bash, zsh or fish", completion_command,
     kArguments, "SHELL"},
    {"drift", "Show what others changed on the hosts, and what is pending", drift_command,
     kInventory | kManifests | kChoice | kHosts},
    {"explain", "Explain a kind of resource, or an error's number", explain_command, kArguments,
     "KIND"},
    {"facts", "Show what hosts report about themselves", facts_command, kInventory | kHosts},
    {"forget", "Release objects: they stay, but are nobody's", forget_command,
     kInventory | kArguments | kHosts, "ADDRESS"},
    {"graph", "Draw the order of resources", graph_command, kInventory | kManifests},
    {"history", "Show runs, plans and drift that this controller remembers", history_command,
     kArguments, "RUN"},
    {"init", "Start a project in this folder", init_command, kArguments, "FOLDER"},
    {"inventory", "Show hosts, groups and variables", inventory_command, kInventory | kArguments,
     "PATTERN"},
    {"pause", "Let nothing be changed on hosts for a while", pause_command,
     kInventory | kArguments | kHosts, "PATTERN"},
    {"pick", "Say by which labels a workflow reaches the first runner that is fit; changes nothing",
     pick_command, kInventory | kManifests | kArguments | kHosts},
    {"plan", "Show what apply would do; changes nothing", plan_command,
     kInventory | kManifests | kChoice | kHosts},
    {"prepare", "Make an account on the hosts that may plan and nothing else", prepare_command,
     kInventory | kArguments | kHosts, "PATTERN"},
    {"prove", "Show of each alert that it can fire, by promtool or on the running servers",
     prove_command, kInventory | kManifests | kHosts},
    {"recover", "Take back what a run that was cut off, or could not go back whole, left",
     recover_command, kInventory | kManifests | kChoice | kHosts},
    {"report", "Tell how hosts are and since when, out of the history", report_command, kInventory},
    {"retire", "Take away all that was made on hosts, and holdfast itself", retire_command,
     kInventory | kManifests | kArguments | kHosts, "HOST"},
    {"rollback", "Take a run back", rollback_command, kInventory | kArguments | kHosts, "RUN"},
    {"runs", "List the runs that the hosts remember", runs_command, kInventory | kHosts},
    {"schema", "Print the JSON Schema of manifests, for editors", schema_command, 0},
    {"seal", "Prepare hosts to be copied: an image keeps the record, and nothing else of holdfast",
     seal_command, kInventory | kArguments | kHosts, "PATTERN"},
    {"show", "Show a saved plan again, or what the history knows of a run", show_command,
     kArguments, "PLAN"},
    {"trust", "Let this project run programs and read files on this machine", trust_command,
     kInventory | kManifests},
    {"validate", "Check everything that can be checked without a host", validate_command,
     kInventory | kManifests | kChoice},
    {"verify", "Ask the manifests' checks", verify_command,
     kInventory | kManifests | kChoice | kHosts},
    {"why", "Say where a name's value on a host comes from", why_command,
     kInventory | kManifests | kArguments, "HOST NAME"},
};

/// Whether the first word is a command; says so where it is none.
bool known_command(int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return true;
  const std::string word = argv[1];
  std::vector<std::string> names;
  for (const Entry& entry : kCommands) names.emplace_back(entry.name);
  if (std::find(names.begin(), names.end(), word) != names.end()) return true;
  const std::string hint = did_you_mean(word, names);
  std::cerr << "unknown command '" << printable(word) << "'"
            << (hint.empty() ? "; `holdfast --help` lists them" : ", " + hint) << "\n";
  return false;
}

/// An unset variable of a shell, as in `-e "$ENV"`, is not the same as no option.
CLI::Validator given() {
  return {[](const std::string& text) {
            return text.empty() ? std::string("is empty: say what is meant, or leave it out")
                                : std::string();
          },
          ""};
}

void add_commands(CLI::App& app, Options& options, Command& chosen) {
  for (const Entry& entry : kCommands) {
    CLI::App* sub = app.add_subcommand(entry.name, entry.doc);
    add_common(*sub, options);
    if ((entry.takes & kInventory) != 0) add_inventory(*sub, options);
    if ((entry.takes & kManifests) != 0)
      add_manifests(*sub, options, (entry.takes & kArguments) == 0);
    if ((entry.takes & kChoice) != 0) add_choice(*sub, options);
    if ((entry.takes & kHosts) != 0) add_hosts(*sub, options);
    if ((entry.takes & kArguments) != 0) {
      sub->add_option("arguments", options.arguments)->type_name(entry.arguments);
    }
    add_own(*sub, entry.name, options);
    for (CLI::Option* option : sub->get_options()) {
      if (option->get_items_expected_max() > 0) option->check(given());
    }
    sub->callback([&chosen, &entry] { chosen = entry.run; });
  }
}

std::vector<std::string> parts(const std::string& text, char separator) {
  std::vector<std::string> out;
  for (const std::string_view part : split(text, separator)) out.emplace_back(part);
  return out;
}

/// The parser shows what a value is and may be as "TEXT:{text,html}".
OptionShape shape(const CLI::Option& option) {
  OptionShape out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  out.doc = option.get_description();
  const int most = option.get_items_expected_max();
  out.again = most > 1 || option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  if (most == 0) return out;
  const std::string type = option.get_type_name();
  out.value = type.substr(0, type.find(':'));
  const auto open = type.find(":{");
  if (open != std::string::npos && type.back() == '}') {
    out.choices = parts(type.substr(open + 2, type.size() - open - 3), ',');
  }
  return out;
}

/// What Ansible and others call it.
constexpr std::pair<std::string_view, std::string_view> kElsewhere[] = {
    {"-l", "--limit"},
    {"-t", "--tags"},
    {"-C", "`holdfast plan`"},
    {"--check", "`holdfast plan`"},
    {"--diff", "`holdfast plan`"},
    {"--extra-vars", "--set"},
    {"-var", "--set"},
    {"--auto-approve", "--yes"},
    {"-auto-approve", "--yes"},
    {"-f", "--parallel"},
    {"--forks", "--parallel"}};

/// For the first option that nobody knows.
std::string option_hint(const CLI::App& app, std::string_view first) {
  const std::vector<std::string> rest = app.remaining(true);
  const auto unknown = std::find_if(rest.begin(), rest.end(), [](const std::string& word) {
    return word.size() > 1 && word.front() == '-';
  });
  if (unknown == rest.end()) return {};
  if (starts_with(first, "-")) return "options stand behind the command: `holdfast plan -e X`";
  if (app.get_subcommands().empty()) return {};
  const std::string name = unknown->substr(0, unknown->find('='));
  for (const auto& [theirs, ours] : kElsewhere) {
    if (name == theirs) return "here it is " + std::string(ours);
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_subcommands().front()->get_options()) {
    for (const std::string& known : option->get_lnames()) names.push_back("--" + known);
  }
  return did_you_mean(name, names);
}

/// Words that somebody is still typing look like anything: no parser reads them.
bool asks_for_words(int argc, const char* const* argv, Options& options) {
  if (argc < 3 || argv[1] != std::string_view("completion") ||
      argv[2] != std::string_view("--words")) {
    return false;
  }
  options.words = true;
  options.arguments.assign(argv + 3, argv + argc);
  return true;
}

}  // namespace

Asked read_command_line(int argc, const char* const* argv, Options& options) {
  Asked out{.code = static_cast<int>(Exit::Usage)};
  if (!known_command(argc, argv)) return out;
  if (asks_for_words(argc, argv, options)) return {.run = completion_command};
  CLI::App app("holdfast: declarative reconciliation of hosts over SSH", "holdfast");
  app.set_version_flag("--version", HOLDFAST_VERSION);
  app.require_subcommand(1);
#if HOLDFAST_TEST_BUILD
  app.add_flag_callback("--list-crash-points", [] {
    std::cout << crash_points();
    throw CLI::Success();
  });
#endif
  Command chosen = nullptr;
  add_commands(app, options, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) out.code = static_cast<int>(Exit::Done);
    const std::string hint = option_hint(app, argc > 1 ? argv[1] : "");
    if (!hint.empty()) std::cerr << hint << "\n";
    return out;
  }
  return {.run = chosen};
}

std::vector<CommandShape> command_shapes() {
  CLI::App app;
  Options options;
  Command chosen = nullptr;
  add_commands(app, options, chosen);
  std::vector<CommandShape> out;
  for (const CLI::App* sub : app.get_subcommands({})) {
    CommandShape& command = out.emplace_back();
    command.name = sub->get_name();
    command.doc = sub->get_description();
    for (const CLI::Option* option : sub->get_options()) {
      OptionShape one = shape(*option);
      if (option->get_positional()) {
        command.arguments = parts(one.value, ' ');
      } else {
        command.options.push_back(std::move(one));
      }
    }
  }
  return out;
}

}  // namespace holdfast
