#include "tests/support/stand_in_process.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "tests/support/source_dir.h"

namespace holdfast {

StandInProcess::StandInProcess(const std::string& program,
                               const std::vector<std::string>& arguments) {
  std::vector<std::string> words{source_dir() + "/tests/fakes/" + program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  const int failed =
      ::posix_spawn(&process_, words[0].c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  char c = 0;
  while (failed == 0 && ::read(ends[0], &c, 1) == 1 && c != '\n') url_ += c;
  ::close(ends[0]);
  if (url_.empty()) throw std::runtime_error(words[0] + " did not start");
}

StandInProcess::~StandInProcess() {
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace holdfast
