#include "engine/manifest/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxOutput = 1U << 20;

/// Both ends of a pipe; closes what is still open.
class Pipe {
 public:
  Pipe() { good_ = ::pipe2(ends_.data(), O_CLOEXEC) == 0; }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  bool good() const { return good_; }
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_end(std::size_t which) {
    if (ends_[which] >= 0) ::close(ends_[which]);
    ends_[which] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  bool good_ = false;
};

tl::unexpected<Error> failed(const std::string& program, const std::string& why) {
  return fail(Code::TagFailed, "'" + printable(program) + "' " + why);
}

[[noreturn]] void become(const std::vector<char*>& argv, const std::string& folder, int out,
                         int err) {
  // In a group of its own, so that what it starts ends with it.
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (::chdir(folder.c_str()) == 0) ::execvp(argv[0], argv.data());
  const char* why = std::strerror(errno);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, why, std::strlen(why));
  ::_exit(127);
}

struct Output {
  std::string out;
  std::string err;
  bool timed_out = false;
};

/// Reads one end; false when it has ended.
bool take(int descriptor, std::string& into) {
  std::array<char, 65536> chunk{};
  const ssize_t got = ::read(descriptor, chunk.data(), chunk.size());
  if (got < 0) return errno == EINTR;
  into.append(chunk.data(), static_cast<std::size_t>(got));
  return got > 0;
}

Output collect(int out, int err, Clock::time_point end) {
  Output got;
  std::array<pollfd, 2> watched{{{out, POLLIN, 0}, {err, POLLIN, 0}}};
  while (watched[0].fd >= 0 || watched[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0 || got.out.size() > kMaxOutput || got.err.size() > kMaxOutput) {
      got.timed_out = left.count() <= 0;
      return got;
    }
    if (::poll(watched.data(), watched.size(), static_cast<int>(left.count())) <= 0) continue;
    if (watched[0].revents != 0 && !take(out, got.out)) watched[0].fd = -1;
    if (watched[1].revents != 0 && !take(err, got.err)) watched[1].fd = -1;
  }
  return got;
}

std::string last_line(const std::string& text) {
  const auto all = lines(trim(text));
  return all.empty() ? std::string() : ": " + std::string(all.back().substr(0, 200));
}

}  // namespace

Result<std::string> program_output(const std::vector<std::string>& argv, const std::string& folder,
                                   std::chrono::milliseconds limit) {
  Pipe out;
  Pipe err;
  if (!out.good() || !err.good()) return failed(argv[0], "can't be started: too many open files");
  std::vector<std::string> words = argv;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return failed(argv[0], std::string("can't be started: ") + std::strerror(errno));
  if (child == 0) become(pointers, folder, out.write_end(), err.write_end());
  ::setpgid(child, child);
  out.close_end(1);
  err.close_end(1);
  const Clock::time_point end = Clock::now() + limit;
  Output got = collect(out.read_end(), err.read_end(), end);
  const bool too_much = got.out.size() > kMaxOutput || got.err.size() > kMaxOutput;
  int status = 0;
  bool ended = false;
  while (!ended && !got.timed_out && !too_much) {
    // It may have closed its output and still run.
    ended = ::waitpid(child, &status, WNOHANG) == child;
    got.timed_out = !ended && Clock::now() >= end;
    if (!ended) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (!ended) {
    ::kill(-child, SIGKILL);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }
  if (got.timed_out) return failed(argv[0], "did not end in time");
  if (too_much) return failed(argv[0], "printed more than 1 MiB");
  if (WIFSIGNALED(status)) {
    return failed(argv[0], "was ended by signal " + std::to_string(WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) {
    return failed(argv[0], "failed with status " + std::to_string(WEXITSTATUS(status)) +
                               printable(last_line(got.err)));
  }
  return std::move(got.out);
}

}  // namespace holdfast
