#include "tests/support/fake_github.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "tests/support/source_dir.h"

namespace holdfast {

FakeGithub::FakeGithub() {
  const std::string program = source_dir() + "/tests/fakes/fake-github";
  const char* argv[] = {program.c_str(), "--repository", "octo/hello", "--organization",
                        "octo",          "--enterprise", "mega",       "--token",
                        "all",           nullptr};
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  const int failed = ::posix_spawn(&process_, program.c_str(), &actions, nullptr,
                                   const_cast<char* const*>(argv), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  char c = 0;
  while (failed == 0 && ::read(ends[0], &c, 1) == 1 && c != '\n') url_ += c;
  ::close(ends[0]);
  if (url_.empty()) throw std::runtime_error(program + " did not start");
}

FakeGithub::~FakeGithub() {
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

nlohmann::json FakeGithub::control(const HttpRequest& request) {
  const HttpOutcome outcome = transport_->exchange(request, nullptr);
  const auto* reply = std::get_if<HttpReply>(&outcome);
  if (reply == nullptr || reply->status != 200) {
    throw std::runtime_error(request.url + ": " + (reply ? reply->body : "no answer"));
  }
  return nlohmann::json::parse(reply->body);
}

nlohmann::json FakeGithub::tell(const std::string& what, const nlohmann::json& body) {
  return control({.method = "POST",
                  .url = url_ + "/_control/" + what,
                  .headers = {},
                  .bearer = std::nullopt,
                  .body = body.dump()});
}

nlohmann::json FakeGithub::know(const std::string& what) {
  return control({.method = "GET",
                  .url = url_ + "/_control/" + what,
                  .headers = {},
                  .bearer = std::nullopt,
                  .body = std::nullopt});
}

int FakeGithub::asked(const std::string& method) {
  int count = 0;
  for (const auto& exchange : know("requests")) count += exchange["verb"] == method ? 1 : 0;
  return count;
}

}  // namespace holdfast
