#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
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

/// The heap is one piece from the start, which the kernel may fill with pages of 2 MiB: a plan of
/// 1000 files touches 3000 of 4 KiB, and on a virtual machine the first touch of each costs 15 µs.
/// What is never touched takes no memory.
void widen_heap() {
  constexpr std::size_t kHeap = std::size_t{30} << 20;
  constexpr std::size_t kLargePage = std::size_t{2} << 20;
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  void* const all = std::malloc(kHeap);
  if (all == nullptr) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(all);
  const std::uintptr_t first = (begin + kLargePage - 1) / kLargePage * kLargePage;
  madvise(reinterpret_cast<void*>(first), begin + kHeap - first, MADV_HUGEPAGE);
  std::free(all);
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
  widen_heap();
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
