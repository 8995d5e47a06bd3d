#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <exception>

#include "engine/cli/command_line.h"
#include "engine/cli/output.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"
#include "resources/registry.h"

namespace {

/// Its memory holds secrets: no core dump has it, and no other process of the same account may look
/// into it. What it starts leaves no core dump either, unless it asks for that itself.
void shut_memory() {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &limit);
}

int run(int argc, char** argv) {
  holdfast::Options options;
  const holdfast::Asked asked = holdfast::read_command_line(argc, argv, options);
  if (asked.run == nullptr) return asked.code;
  const holdfast::Registry registry = holdfast::all_kinds();
  const int code = asked.run(options, registry);
  if (!holdfast::flush_output() && code == 0) return static_cast<int>(holdfast::Exit::Failed);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  shut_memory();
  try {
    return run(argc, argv);
  } catch (const std::exception& mistake) {
    // None should get here: each file catches what its own library throws.
    holdfast::flush_output();
    std::fprintf(stderr, "error: a mistake of holdfast itself: %s\n",
                 holdfast::printable(mistake.what()).c_str());
    return static_cast<int>(holdfast::Exit::HalfDone);
  }
}
