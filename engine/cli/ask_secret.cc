#include "engine/cli/ask_secret.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>

namespace holdfast {
namespace {

Result<Secret> from_terminal(const std::string& prompt) {
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0)
    return fail(Code::Usage, "a password is needed and there is no terminal to ask at");
  termios before{};
  tcgetattr(terminal, &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(terminal, TCSAFLUSH, &silent);
  [[maybe_unused]] auto asked = ::write(terminal, prompt.data(), prompt.size());
  std::string line;
  char c = 0;
  while (::read(terminal, &c, 1) == 1 && c != '\n') line += c;
  asked = ::write(terminal, "\n", 1);
  tcsetattr(terminal, TCSAFLUSH, &before);
  ::close(terminal);
  return Secret(std::move(line));
}

Result<Secret> from_program(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "re"), pclose);
  if (!pipe) return fail(Code::Usage, "can't run the password command");
  std::string out;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    out.append(buffer.data(), n);
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.pop_back();
  if (out.empty()) return fail(Code::Usage, "the password command printed nothing");
  return Secret(std::move(out));
}

}  // namespace

AskSecret ask_secret(bool prompt, const std::string& command) {
  if (command.empty() && !prompt) return {};
  struct Known {
    std::mutex mutex;
    std::map<std::string, Secret> answers;
  };
  const auto known = std::make_shared<Known>();
  return [known, command](const std::string& question) -> Result<Secret> {
    const std::lock_guard lock(known->mutex);
    const std::string key = command.empty() ? question : command;
    if (const auto found = known->answers.find(key); found != known->answers.end())
      return found->second;
    HF_TRY(Secret secret, command.empty() ? from_terminal(question) : from_program(command));
    known->answers.emplace(key, secret);
    return secret;
  };
}

}  // namespace holdfast
