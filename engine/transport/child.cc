#include "engine/transport/child.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

namespace holdfast {
namespace {

struct SpawnFiles {
  SpawnFiles() { posix_spawn_file_actions_init(&actions); }
  ~SpawnFiles() { posix_spawn_file_actions_destroy(&actions); }
  SpawnFiles(const SpawnFiles&) = delete;
  SpawnFiles& operator=(const SpawnFiles&) = delete;
  posix_spawn_file_actions_t actions{};
};

struct SpawnAttributes {
  SpawnAttributes() {
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    sigset_t usual;
    sigemptyset(&usual);
    for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) sigaddset(&usual, signal);
    posix_spawnattr_setsigdefault(&attributes, &usual);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  posix_spawnattr_t attributes{};
};

bool ended(pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; }

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& argv, const ChildStreams& streams) {
  SpawnFiles files;
  const int wanted[] = {streams.input, streams.output, streams.error};
  for (int target = 0; target < 3; ++target) {
    posix_spawn_file_actions_adddup2(&files.actions, wanted[target], target);
  }
  const SpawnAttributes attributes;
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));  // NOLINT
  words.push_back(nullptr);
  pid_t pid = -1;
  const int error =
      ::posix_spawnp(&pid, words[0], &files.actions, &attributes.attributes, words.data(), environ);
  if (error != 0) {
    return fail(Code::Internal, "can't start " + argv.front() + ": " + system_error_text(error));
  }
  return Child(pid);
}

Child::~Child() {
  using namespace std::chrono_literals;
  if (pid_ <= 0) return;
  for (auto pause = 1ms; pause <= 128ms; pause *= 2) {
    if (ended(pid_)) return;
    std::this_thread::sleep_for(pause);
  }
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace holdfast
