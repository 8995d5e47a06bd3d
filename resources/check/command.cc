#include <algorithm>

#include "engine/core/text.h"
#include "resources/check/question.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

decltype(Probe::ask) ask(const std::string&, const ValueMap& stated) {
  return Probe::Command{.argv = stated_list(stated, "argv"),
                        .status = static_cast<int>(stated_int(stated, "status", 0)),
                        .output = stated_text(stated, "output")};
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
std::vector<QuestionFlaw> shell_flaws(const ValueMap& command) {
  const std::vector<std::string> argv = stated_list(command, "argv");
  const bool shell = argv.size() >= 3 && ends_with(argv[0], "sh") && argv[1] == "-c";
  const bool decides =
      stated_text(command, "output").empty() && stated_int(command, "status", 0) == 0;
  if (!shell || !decides || !never_fails(argv[2])) return {};
  return {{.what = " can never fail: it ends in '" +
                   printable(
                       argv[2].substr(argv[2].size() - std::min<std::size_t>(argv[2].size(), 40))) +
                   "'",
           .hint = "Leave that out, so that its exit status tells; or state the 'output' that it "
                   "must have.",
           .code = Code::CheckNeverFails}};
}

std::vector<QuestionFlaw> flaws(const ValueMap& command) {
  std::vector<QuestionFlaw> out = shell_flaws(command);
  const Value* argv = stated(command, "argv");
  if (argv != nullptr && argv->is_list() && argv->as_list().empty()) {
    out.push_back({" names no program", "Give argv: [program, argument, …]."});
  }
  if (argv != nullptr && argv->holds_secret()) {
    out.push_back({" would show a secret in the host's process list",
                   "Any account of a host can read the arguments of its programs; let the program "
                   "read the secret from a file."});
  }
  return out;
}

}  // namespace

CheckQuestion command_question() {
  return {{.name = "command",
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
           .doc = "A program on the host that changes nothing there."},
          ask,
          flaws,
          {"- check: sshd's configuration is sound\n"
           "  command: {argv: [sshd, -t]}\n"}};
}

}  // namespace holdfast
