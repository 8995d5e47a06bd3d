#include <charconv>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/reference.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

/// "HF2003" or "2003": what an error means.
const CodeEntry* code_named(std::string_view text) {
  if (starts_with(text, "HF")) text.remove_prefix(2);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return nullptr;
  return find_code(static_cast<Code>(number));
}

std::string code_page(const CodeEntry& entry) {
  return code_text(entry.code) + ": " + std::string(entry.title) + "\n\n" +
         std::string(entry.help) + "\n";
}

std::string kind_list(const Registry& registry) {
  std::string out;
  for (const Kind* kind : registry.kinds()) {
    out += kind->schema().kind +
           std::string(kind->schema().kind.size() < 18 ? 18 - kind->schema().kind.size() : 1, ' ') +
           summary_of(*kind) + "\n";
  }
  return out;
}

}  // namespace

int explain_command(const Options& options, const Registry& registry) {
  if (options.arguments.empty()) {
    say(options.format == "errors" ? all_codes_page() : kind_list(registry));
    return static_cast<int>(Exit::Done);
  }
  if (options.arguments.size() > 1) {
    return refuse(options, {.code = Code::Usage, .message = "explain takes one kind or error"},
                  Exit::Usage);
  }
  const std::string& name = options.arguments[0];
  if (const CodeEntry* code = code_named(name)) {
    say(code_page(*code));
    return static_cast<int>(Exit::Done);
  }
  if (const Kind* kind = registry.kind(name)) {
    say(options.format == "markdown" ? reference_page(*kind) : explain_text(*kind));
    return static_cast<int>(Exit::Done);
  }
  std::vector<std::string> names;
  for (const Kind* kind : registry.kinds()) names.push_back(kind->schema().kind);
  return refuse(options,
                {.code = Code::Usage,
                 .message = "there is no kind or error '" + printable(name) + "'",
                 .hint = did_you_mean(name, names)},
                Exit::Usage);
}

}  // namespace holdfast
