#include "engine/cli/watch.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "engine/cli/output.h"
#include "engine/report/events.h"
#include "engine/report/progress.h"

namespace holdfast {
namespace {

void to_standard_error(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

void to_standard_output(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

LiveBoard::Size terminal_size() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
  LiveBoard::Size out;
  out.columns = size.ws_col;
  out.rows = size.ws_row;
  return out;
}

}  // namespace

std::unique_ptr<Watcher> make_watcher(const Options& options, const Plan& plan) {
  if (options.quiet) return std::make_unique<QuietProgress>();
  if (options.json) return std::make_unique<JsonEvents>(plan, to_standard_output);
  const bool colour = use_colour(options, STDERR_FILENO);
  if (isatty(STDERR_FILENO) != 1)
    return std::make_unique<PlainProgress>(plan, to_standard_error, colour);
  return std::make_unique<TerminalProgress>(plan, to_standard_error, terminal_size, colour);
}

}  // namespace holdfast
