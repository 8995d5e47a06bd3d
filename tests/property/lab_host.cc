#include "tests/property/lab_host.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace holdfast::property {
namespace {

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Both outputs go to files: whoever reads one pipe to its end must not wait for the other.
Ended run(const std::vector<std::string>& argv, const std::string& folder,
          const std::string& input = "/dev/null") {
  const std::string out = folder + "/.out", err = folder + "/.err";
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("can't fork");
  if (child == 0) {
    const int in = open(input.c_str(), O_RDONLY);
    const int to_out = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int to_err = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (in < 0 || chdir(folder.c_str()) != 0) _exit(127);
    dup2(in, 0);
    dup2(to_out, 1);
    dup2(to_err, 2);
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    execv(words[0], words.data());
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content(out),
          content(err)};
}

}  // namespace

LabHost::LabHost(std::string lab, std::string name, std::string program, std::string folder)
    : lab_(std::move(lab)),
      name_(std::move(name)),
      program_(std::move(program)),
      folder_(std::move(folder)) {}

std::string LabHost::sh(const std::string& script) const {
  const Ended ended = run({lab_, "console", name_, "/bin/sh", "-c", script}, folder_);
  if (ended.code != 0)
    throw std::runtime_error("on the host: exit code " + std::to_string(ended.code) + "\n" +
                             ended.out + ended.err + "\n" + script);
  return ended.out;
}

std::string LabHost::snapshot() const {
  Ended ended = run({lab_, "snapshot", name_}, folder_);
  if (ended.code != 0) throw std::runtime_error("no snapshot: " + ended.err);
  return std::move(ended.out);
}

void LabHost::reset() const {
  for (const char* what : {"reset", "repository"}) {
    const Ended ended = run({lab_, what, name_}, folder_);
    if (ended.code != 0) throw std::runtime_error(std::string("lab ") + what + ": " + ended.err);
  }
  const Ended given =
      run({lab_, "console", name_, "/bin/sh", "-s"}, folder_, folder_ + "/given.sh");
  if (given.code != 0) throw std::runtime_error("given.sh: " + given.out + given.err);
  sh("apt-get -q update >/dev/null");
}

void LabHost::write_manifest(const std::string& text) const {
  std::ofstream(folder_ + "/site.yaml", std::ios::binary) << text;
}

Ended LabHost::holdfast(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), program_);
  return run(arguments, folder_);
}

}  // namespace holdfast::property
