// Disturbs programs of a lab host from outside, without their help: follows what a process starts,
// counts the system calls of chosen programs that change something, and at the k-th kills, or
// stands still. One count for all of them, where strace counts each process for itself.
//
//   disturb --pid PID… --match TEXT [--after TEXT] [--at K --do it|all|stand] [--list FILE]
//
// --match: a program with this in its command line, and whatever it starts, is counted; --after:
// from when one of these runs a program with that in its command line. --do it: kills the process
// that makes the call; all: all that are counted; stand: that process does not go on. Prints
// "reached K WHAT" before it acts, and "ready" once it is attached. Ends when its standard input
// does, or once it has killed: what comes then need not be followed.

#include <fcntl.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Wanted {
  std::vector<pid_t> pids;
  std::string match, after, list;
  long at = 0;
  enum class Do { It, All, Stand } what = Do::It;
};

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string command_line(pid_t pid) {
  std::string out = slurp("/proc/" + std::to_string(pid) + "/cmdline");
  for (char& c : out) {
    if (c == '\0') c = ' ';
  }
  return out;
}

std::string target_of(pid_t pid, std::uint64_t descriptor) {
  char buffer[512];
  const std::string link =
      "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(static_cast<int>(descriptor));
  const ssize_t size = readlink(link.c_str(), buffer, sizeof buffer);
  return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
}

std::string text_at(pid_t pid, std::uint64_t address) {
  char buffer[256] = {};
  iovec here{buffer, sizeof buffer - 1};
  // Up to the page's end: what lies beyond may not be there.
  const std::size_t room = 4096 - (address & 4095);
  iovec there{reinterpret_cast<void*>(address), std::min(room, sizeof buffer - 1)};
  here.iov_len = there.iov_len;
  if (process_vm_readv(pid, &here, 1, &there, 1, 0) <= 0) return {};
  return buffer;
}

struct Call {
  const char* name;
  enum class Kind { Always, Path, PathAt, Open, Write, Descriptor } kind;
};

/// Calls that change something that others can see, or make it last.
const std::map<long, Call>& calls() {
  using K = Call::Kind;
  static const std::map<long, Call> kCalls{
      {SYS_open, {"open", K::Open}},
      {SYS_openat, {"openat", K::Open}},
      {SYS_creat, {"creat", K::Path}},
      {SYS_write, {"write", K::Write}},
      {SYS_pwrite64, {"pwrite", K::Write}},
      {SYS_writev, {"writev", K::Write}},
      {SYS_sendmsg, {"sendmsg", K::Always}},
      {SYS_sendto, {"sendto", K::Always}},
      {SYS_rename, {"rename", K::Path}},
      {SYS_renameat, {"renameat", K::PathAt}},
      {SYS_renameat2, {"renameat2", K::PathAt}},
      {SYS_link, {"link", K::Path}},
      {SYS_linkat, {"linkat", K::PathAt}},
      {SYS_symlink, {"symlink", K::Path}},
      {SYS_symlinkat, {"symlinkat", K::Path}},
      {SYS_unlink, {"unlink", K::Path}},
      {SYS_unlinkat, {"unlinkat", K::PathAt}},
      {SYS_mkdir, {"mkdir", K::Path}},
      {SYS_mkdirat, {"mkdirat", K::PathAt}},
      {SYS_rmdir, {"rmdir", K::Path}},
      {SYS_mknodat, {"mknodat", K::PathAt}},
      {SYS_chmod, {"chmod", K::Path}},
      {SYS_fchmod, {"fchmod", K::Descriptor}},
      {SYS_fchmodat, {"fchmodat", K::PathAt}},
      {SYS_chown, {"chown", K::Path}},
      {SYS_lchown, {"lchown", K::Path}},
      {SYS_fchown, {"fchown", K::Descriptor}},
      {SYS_fchownat, {"fchownat", K::PathAt}},
      {SYS_setxattr, {"setxattr", K::Path}},
      {SYS_lsetxattr, {"lsetxattr", K::Path}},
      {SYS_fsetxattr, {"fsetxattr", K::Descriptor}},
      {SYS_removexattr, {"removexattr", K::Path}},
      {SYS_utimensat, {"utimensat", K::PathAt}},
      {SYS_truncate, {"truncate", K::Path}},
      {SYS_ftruncate, {"ftruncate", K::Descriptor}},
      {SYS_fallocate, {"fallocate", K::Descriptor}},
      {SYS_copy_file_range, {"copy_file_range", K::Descriptor}},
      {SYS_sendfile, {"sendfile", K::Descriptor}},
      {SYS_fsync, {"fsync", K::Descriptor}},
      {SYS_fdatasync, {"fdatasync", K::Descriptor}},
      {SYS_syncfs, {"syncfs", K::Descriptor}},
      {SYS_sync, {"sync", K::Always}},
      {SYS_execve, {"execve", K::Path}},
      {SYS_flock, {"flock", K::Descriptor}},
      {SYS_kill, {"kill", K::Always}},
      {SYS_setsid, {"setsid", K::Always}},
      {SYS_mount, {"mount", K::Path}},
      {SYS_umount2, {"umount2", K::Path}},
  };
  return kCalls;
}

/// What a call is about to do: "" where it changes nothing.
std::string change_of(pid_t pid, const __ptrace_syscall_info& info) {
  using K = Call::Kind;
  const auto found = calls().find(static_cast<long>(info.entry.nr));
  if (found == calls().end()) return {};
  const auto& args = info.entry.args;
  std::string name = found->second.name;
  switch (found->second.kind) {
    case K::Always:
      return name;
    case K::Path: {
      const std::string path = text_at(pid, args[0]);
      // What is looked for along PATH isn't started.
      const bool runs = found->first == SYS_execve && path[0] == '/';
      if (runs && access(("/proc/" + std::to_string(pid) + "/root" + path).c_str(), F_OK) != 0)
        return {};
      return name + " " + path;
    }
    case K::PathAt:
      return name + " " + text_at(pid, args[1]);
    case K::Descriptor:
      return name + " " + target_of(pid, args[0]);
    case K::Open: {
      const bool at = found->first == SYS_openat;
      if ((args[at ? 2 : 1] & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) == 0) return {};
      const std::string path = text_at(pid, args[at ? 1 : 0]);
      if (path.rfind("/dev/", 0) == 0 || path.rfind("/proc/", 0) == 0) return {};
      return name + " " + path;
    }
    case K::Write: {
      const std::string target = target_of(pid, args[0]);
      // Descriptor 9 is the wire: an answer to the controller.
      if (args[0] == 9) return name + " the wire";
      if (target.empty() || target[0] != '/' || target.rfind("/dev/", 0) == 0) return {};
      return name + " " + target;
    }
  }
  return {};
}

class Tracer {
 public:
  explicit Tracer(Wanted wanted) : wanted_(std::move(wanted)), counts_(wanted_.after.empty()) {
    if (!wanted_.list.empty()) list_.open(wanted_.list);
  }

  int run() {
    // Whatever arrives while nobody waits wakes the poll.
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, nullptr);
    for (const pid_t pid : wanted_.pids) {
      constexpr long kOptions = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                                PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD;
      if (ptrace(PTRACE_SEIZE, pid, nullptr, kOptions) != 0) {
        std::perror("disturb: PTRACE_SEIZE");
        return 1;
      }
      known_.insert(pid);
    }
    say("ready");
    while (!over_) {
      int status = 0;
      const pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);
      if (pid > 0) {
        handle(pid, status);
      } else if (pid < 0 || !wait(child)) {
        break;
      }
    }
    return 0;  // what is traced goes on without us
  }

 private:
  static void say(const std::string& text) { std::cout << text << std::endl; }

  /// False once the standard input has ended.
  bool wait(const sigset_t& child) {
    pollfd in{STDIN_FILENO, POLLIN, 0};
    const timespec forever{3600, 0};
    sigset_t open = child;
    sigemptyset(&open);
    std::signal(SIGCHLD, [](int) {});
    const int found = ppoll(&in, 1, &forever, &open);
    if (found <= 0) return true;
    char line[64];
    return read(STDIN_FILENO, line, sizeof line) > 0;
  }

  void resume(pid_t pid, int signal) {
    const auto how = counted_.count(pid) > 0 ? PTRACE_SYSCALL : PTRACE_CONT;
    ptrace(how, pid, nullptr, static_cast<long>(signal));
  }

  void handle(pid_t pid, int status) {
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      counted_.erase(pid);
      known_.erase(pid);
      return;
    }
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    if (signal == (SIGTRAP | 0x80)) return at_call(pid);
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
      unsigned long child = 0;
      ptrace(PTRACE_GETEVENTMSG, pid, nullptr, &child);
      announce(static_cast<pid_t>(child), counted_.count(pid) > 0);
      return resume(pid, 0);
    }
    if (event == PTRACE_EVENT_EXEC) {
      const std::string line = command_line(pid);
      if (line.find(wanted_.match) != std::string::npos) counted_.insert(pid);
      const bool begins = !counts_ && counted_.count(pid) > 0;
      if (begins && line.find(wanted_.after) != std::string::npos) counts_ = true;
      return resume(pid, 0);
    }
    if (event == PTRACE_EVENT_STOP) return at_stop(pid, signal);
    resume(pid, event == 0 ? signal : 0);
  }

  /// A new process may stop before its parent has told of it.
  void announce(pid_t child, bool counted) {
    if (counted) counted_.insert(child);
    known_.insert(child);
    if (early_.erase(child) > 0) resume(child, 0);
  }

  void at_stop(pid_t pid, int signal) {
    if (known_.count(pid) == 0) {
      early_.insert(pid);
    } else if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
      ptrace(PTRACE_LISTEN, pid, nullptr, nullptr);
    } else {
      resume(pid, 0);
    }
  }

  void at_call(pid_t pid) {
    __ptrace_syscall_info info{};
    const long got = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
    if (got > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY && counts_) {
      const std::string change = change_of(pid, info);
      if (!change.empty() && moment(pid, change)) return;
    }
    resume(pid, 0);
  }

  /// True where the process must not go on.
  bool moment(pid_t pid, const std::string& change) {
    ++moments_;
    if (list_.is_open()) {
      std::string line = slurp("/proc/" + std::to_string(pid) + "/comm");
      line.resize(line.find('\n') == std::string::npos ? line.size() : line.find('\n'));
      std::string shown = change;
      for (char& c : shown) {
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
      }
      list_ << moments_ << "\t" << line << "\t" << shown << std::endl;
    }
    if (moments_ != wanted_.at) return false;
    say("reached " + std::to_string(moments_) + " " + change);
    if (wanted_.what == Wanted::Do::Stand) return true;
    if (wanted_.what == Wanted::Do::All) {
      for (const pid_t one : counted_) kill(one, SIGKILL);
    }
    kill(pid, SIGKILL);
    over_ = true;
    return true;
  }

  Wanted wanted_;
  bool counts_, over_ = false;
  std::set<pid_t> counted_, known_;
  std::set<pid_t> early_;  ///< Stopped, and not announced yet.
  std::ofstream list_;
  long moments_ = 0;
};

int usage() {
  std::cerr << "disturb: --pid PID… --match TEXT [--after TEXT] [--at K --do it|all|stand] [--list "
               "FILE]\n";
  return 64;
}

}  // namespace

int main(int argc, char** argv) {
  Wanted wanted;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i], value = argv[i + 1];
    if (option == "--pid") {
      wanted.pids.push_back(static_cast<pid_t>(std::stol(value)));
    } else if (option == "--match") {
      wanted.match = value;
    } else if (option == "--after") {
      wanted.after = value;
    } else if (option == "--list") {
      wanted.list = value;
    } else if (option == "--at") {
      wanted.at = std::stol(value);
    } else if (option == "--do") {
      wanted.what = value == "it"    ? Wanted::Do::It
                    : value == "all" ? Wanted::Do::All
                                     : Wanted::Do::Stand;
    } else {
      return usage();
    }
  }
  if (wanted.pids.empty() || wanted.match.empty()) return usage();
  return Tracer(std::move(wanted)).run();
}
