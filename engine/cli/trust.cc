#include <unistd.h>

#include <cstdio>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/cli/session.h"
#include "engine/cli/trust_store.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"

namespace holdfast {

int trust_command(const Options& options, const Registry& registry) {
  Diagnostics diagnostics;
  Session session(options, registry);
  std::vector<std::string> list;
  if (session.load(Trust::Offline, diagnostics)) list = session.things_to_trust();
  complain(options, diagnostics);
  if (diagnostics.failed()) return failed_exit(diagnostics);
  std::string text =
      "On this machine, the project in " + printable(session.project().folder) + " would:\n";
  for (const std::string& line : list) text += "  " + line + "\n";
  say(list.empty() ? "This project asks for nothing that needs trust.\n" : text);
  flush_output();
  bool agreed = options.yes || list.empty();
  if (!agreed && isatty(STDIN_FILENO) == 1) {
    std::fputs("Type 'yes' to let it: ", stderr);
    std::string answer;
    for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar())
      answer += static_cast<char>(c);
    agreed = trim(answer) == "yes";
  }
  if (!agreed) {
    diagnostics.error({.code = Code::None,  // nothing is wrong
                       .message = "nothing is trusted: nobody agreed",
                       .hint = "--yes agrees beforehand"});
    complain(options, diagnostics);
    return static_cast<int>(Exit::Refused);
  }
  if (auto kept = remember_trust(session.project().folder, list); !kept) {
    diagnostics.error(std::move(kept.error()));
    complain(options, diagnostics);
    return static_cast<int>(Exit::Failed);
  }
  return static_cast<int>(Exit::Done);
}

}  // namespace holdfast
