#include <map>

#include "engine/cli/ask_history.h"
#include "engine/cli/command_line.h"
#include "engine/cli/commands.h"
#include "engine/cli/complete.h"
#include "engine/cli/history_book.h"
#include "engine/cli/output.h"
#include "engine/manifest/reference.h"
#include "engine/report/exit_code.h"

namespace holdfast {

std::string_view complete_bash();
std::string_view complete_zsh();
std::string_view complete_fish();

namespace {

const std::map<std::string, std::string_view (*)()>& scripts() {
  static const std::map<std::string, std::string_view (*)()> kScripts = {
      {"bash", complete_bash}, {"fish", complete_fish}, {"zsh", complete_zsh}};
  return kScripts;
}

/// Names that are known on this machine. Nothing is run, asked over a network, or complained of:
/// somebody presses a key.
class LocalNames {
 public:
  explicit LocalNames(const Registry& registry) : registry_(registry) {}

  std::vector<Proposal> operator()(const std::string& sort, const TypedSoFar& typed) const {
    if (sort == "SHELL") return shells();
    if (sort == "KIND") return kinds();
    Options options;
    options.environment = typed.environment;
    options.inventory = typed.inventory;
    options.history = typed.history;
    Session session(options, registry_);
    Diagnostics ignored;
    if (sort == "ENVIRONMENT" && session.load_project_only(ignored)) return environments(session);
    if (sort == "RUN" || sort == "PLAN") {
      return session.load_project_only(ignored) ? runs(session) : std::vector<Proposal>();
    }
    const bool pattern = sort == "PATTERN";
    if ((pattern || sort == "HOST") && session.load_inventory_only(ignored)) {
      return hosts(session.inventory(), pattern);
    }
    return {};
  }

 private:
  static std::vector<Proposal> shells() {
    std::vector<Proposal> out;
    for (const auto& [shell, script] : scripts()) out.push_back({shell, ""});
    return out;
  }

  std::vector<Proposal> kinds() const {
    std::vector<Proposal> out;
    for (const Kind* kind : registry_.kinds()) {
      out.push_back({kind->schema().kind, summary_of(*kind)});
    }
    return out;
  }

  static std::vector<Proposal> environments(const Session& session) {
    std::vector<Proposal> out;
    for (const auto& [name, environment] : session.project().environments) {
      out.push_back({name, environment.inventory});
    }
    return out;
  }

  static std::vector<Proposal> hosts(const Inventory& inventory, bool groups) {
    std::vector<Proposal> out;
    for (const InventoryHost& host : inventory.hosts()) out.push_back({host.name, "host"});
    if (!groups) return out;
    for (const Group& group : inventory.groups()) out.push_back({group.name, "group"});
    return out;
  }

  static std::vector<Proposal> runs(const Session& session) {
    std::vector<Proposal> out;
    const auto place = history_place(session);
    if (!place || place->kind != HistoryPlace::Kind::Sqlite) return out;
    const auto history = read_history(session);
    if (!history || *history == nullptr) return out;
    const auto newest = (*history)->runs({.most = 20});
    if (!newest) return out;
    for (const RunEntry& e : *newest) {
      if (!out.empty() && out.back().word == e.run) continue;
      out.push_back({e.run, e.command + " by " + e.by.user});
    }
    return out;
  }

  const Registry& registry_;
};

}  // namespace

int completion_command(const Options& options, const Registry& registry) {
  if (options.words) {
    say(completion_lines(complete(command_shapes(), options.arguments, LocalNames(registry))));
    return static_cast<int>(Exit::Done);
  }
  const std::string shell = options.arguments.size() == 1 ? options.arguments.front() : "";
  const auto script = scripts().find(shell);
  if (script == scripts().end()) {
    return refuse(options,
                  {.code = Code::Usage,
                   .message = "which shell? bash, zsh or fish",
                   .hint = "`source <(holdfast completion bash)` in ~/.bashrc"},
                  Exit::Usage);
  }
  say(std::string(script->second()));
  return static_cast<int>(Exit::Done);
}

}  // namespace holdfast
