#include "engine/cli/output.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "engine/core/text.h"
#include "engine/report/error_text.h"
#include "engine/report/exit_code.h"
#include "engine/report/github.h"

namespace holdfast {
namespace {

std::atomic<int> interrupts{0};
std::atomic<bool> second_leaves{false};

void on_interrupt(int) {
  const int before = interrupts.fetch_add(1);
  if (before > (second_leaves.load() ? 0 : 1)) _exit(static_cast<int>(Exit::HalfDone));
  if (before > 0) return;
  constexpr std::string_view kHeard =
      "\nInterrupted: ends after what is under way. Once more: ends that at once. A third time: "
      "leaves, and what is begun as it stands.\n";
  constexpr std::string_view kHeardInRollback =
      "\nInterrupted: ends after the hosts that it is at. Once more: leaves at once, and these go "
      "on alone.\n";
  const std::string_view heard = second_leaves.load() ? kHeardInRollback : kHeard;
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, heard.data(), heard.size());
}

}  // namespace

bool use_colour(const Options& options, int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  const bool refused = no_color != nullptr && *no_color != '\0';
  return !options.no_color && !refused && isatty(descriptor) == 1;
}

void say(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void complain(const Options& options, const Diagnostics& diagnostics) {
  const bool colour = use_colour(options, STDERR_FILENO);
  const std::string text = warnings_text(diagnostics, colour) + errors_text(diagnostics, colour);
  std::fwrite(text.data(), 1, text.size(), stderr);
  if (options.format == "github") say(github_annotations(diagnostics));
}

int refuse(const Options& options, Error error, Exit code) {
  Diagnostics diagnostics;
  diagnostics.error(std::move(error));
  complain(options, diagnostics);
  return static_cast<int>(code);
}

void hand_to_workflow(const char* variable, const std::string& text) {
  const char* path = std::getenv(variable);
  if (path == nullptr || *path == '\0') return;
  auto written = append_to_file(path, text);
  if (written) return;
  Diagnostics diagnostics;
  diagnostics.warning(std::move(written.error()));
  const std::string said = warnings_text(diagnostics, false);
  std::fwrite(said.data(), 1, said.size(), stderr);
}

bool keep_junit(const Options& options, const std::string& xml) {
  if (options.junit == "-") {
    say(xml);
    return true;
  }
  std::ofstream file(options.junit, std::ios::binary | std::ios::trunc);
  file << xml;
  file.close();
  if (file) return true;
  Diagnostics diagnostics;
  diagnostics.error(
      {.code = Code::FileUnwritable, .message = "can't write " + printable(options.junit)});
  complain(options, diagnostics);
  return false;
}

bool flush_output() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

const std::atomic<int>& watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return interrupts;
}

const std::atomic<int>& watch_interrupts_of_rollback() {
  second_leaves = true;
  return watch_interrupts();
}

}  // namespace holdfast
