#include "tests/support/fake_grafana.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "tests/support/source_dir.h"

namespace holdfast {

FakeGrafana::FakeGrafana() {
  const std::string program = source_dir() + "/tests/fakes/fake-grafana";
  const char* argv[] = {program.c_str(), "--port",  "0",   "--provisioning",
                        "/nonexistent",  "--token", "all", nullptr};
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

FakeGrafana::~FakeGrafana() {
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

nlohmann::json FakeGrafana::ask(const std::string& method, const std::string& path,
                                const nlohmann::json& body) {
  HttpRequest request;
  request.method = method;
  request.url = url_ + path;
  request.bearer = Secret("all");
  if (!body.is_null()) request.body = body.dump();
  const HttpOutcome outcome = transport_->exchange(request, nullptr);
  const auto* reply = std::get_if<HttpReply>(&outcome);
  if (reply == nullptr) throw std::runtime_error(request.url + ": no answer");
  return reply->status == 200 ? nlohmann::json::parse(reply->body) : nlohmann::json();
}

nlohmann::json FakeGrafana::tell(const std::string& what, const nlohmann::json& body) {
  return ask("POST", "/_control/" + what, body);
}

int FakeGrafana::asked(const std::string& method) {
  int count = 0;
  for (const auto& exchange : ask("GET", "/_control/exchanges")) {
    count += exchange["verb"] == method ? 1 : 0;
  }
  return count;
}

}  // namespace holdfast
