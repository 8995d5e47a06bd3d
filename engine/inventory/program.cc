#include "engine/inventory/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/core/text.h"
#include "engine/inventory/data_file.h"

namespace holdfast {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostOutput = 16U << 20;

Error program_error(const std::string& path, const std::string& why) {
  return Error{.code = Code::InventoryProgramFailed,
               .message = "the inventory program '" + printable(path) + "' " + why,
               .hint = "run `" + printable(path) + " --list` yourself to see what it says"};
}

/// A running program in a process group of its own; it is gone when this is.
class Process {
 public:
  Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    for (const int pipe : pipes_) {
      if (pipe >= 0) close(pipe);
    }
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  /// 0, or an errno.
  int start(const std::vector<std::string>& arguments) {
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (pipe2(out.data(), O_CLOEXEC) != 0) return errno;
    if (pipe2(err.data(), O_CLOEXEC) != 0) {
      const int reason = errno;
      close(out[0]);
      close(out[1]);
      return reason;
    }
    pipes_ = {out[0], err[0]};
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    const int reason = posix_spawn(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
    if (reason != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(out[1]);
    close(err[1]);
    return reason;
  }

  /// Collects both outputs until they end; false where the limit passes or they grow too long.
  bool collect(std::string& out, std::string& err, Clock::time_point deadline) {
    std::array<pollfd, 2> polled{pollfd{pipes_[0], POLLIN, 0}, pollfd{pipes_[1], POLLIN, 0}};
    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return false;
      const int ready = poll(polled.data(), polled.size(), static_cast<int>(left));
      if (ready < 0 && errno != EINTR) return false;
      for (std::size_t i = 0; ready > 0 && i < polled.size(); ++i) {
        if (polled[i].revents != 0 && !take(polled[i].fd, i == 0 ? out : err)) polled[i].fd = -1;
      }
      if (out.size() > kMostOutput || err.size() > kMostOutput) return false;
    }
    return true;
  }

  /// The wait status, once the outputs are closed; nullopt where the limit passes.
  std::optional<int> wait(Clock::time_point deadline) {
    int status = 0;
    for (;;) {
      const pid_t ended = waitpid(pid_, &status, WNOHANG);
      if (ended == pid_) break;
      if (ended < 0 || Clock::now() > deadline) return std::nullopt;
      poll(nullptr, 0, 5);
    }
    kill(-pid_, SIGKILL);
    pid_ = -1;
    return status;
  }

 private:
  static bool take(int pipe, std::string& into) {
    std::array<char, 65536> buffer{};
    const ssize_t got = read(pipe, buffer.data(), buffer.size());
    if (got < 0) return errno == EINTR;
    into.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  pid_t pid_ = -1;
  std::array<int, 2> pipes_{-1, -1};
};

Result<std::string> output_of(const std::string& path, const std::vector<std::string>& arguments,
                              Clock::time_point deadline) {
  Process process;
  std::error_code problem;
  const std::filesystem::path whole = std::filesystem::absolute(path, problem);
  if (problem) return fail(program_error(path, "can't be started: " + problem.message()));
  std::vector<std::string> argv{whole.lexically_normal().string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  if (const int reason = process.start(argv); reason != 0) {
    return fail(program_error(path, std::string("can't be started: ") + std::strerror(reason)));
  }
  std::string out;
  std::string err;
  const bool complete = process.collect(out, err, deadline);
  const std::optional<int> status = complete ? process.wait(deadline) : std::nullopt;
  if (!status) return fail(program_error(path, "took too long, or said more than 16 MiB"));
  if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) {
    const std::string how = WIFEXITED(*status)
                                ? "ended with status " + std::to_string(WEXITSTATUS(*status))
                                : "was ended by signal " + std::to_string(WTERMSIG(*status));
    const std::string_view said = trim(err);
    const std::string_view tail = said.size() > 400 ? said.substr(said.size() - 400) : said;
    return fail(program_error(path, how + (tail.empty() ? "" : ": " + printable(tail))));
  }
  return out;
}

/// Reads what a program printed: a group is a list of hosts, or a mapping.
class ProgramReader {
 public:
  ProgramReader(const std::string& path, InventoryBuilder& builder, Clock::time_point deadline)
      : path_(path), builder_(builder), deadline_(deadline) {}

  Result<void> read() {
    HF_TRY(const YamlNode root, ask({"--list"}));
    for (const YamlNode::Entry& entry : root.entries) {
      if (entry.key != "_meta") HF_CHECK(group(entry));
    }
    const YamlNode* meta = root.find("_meta");
    const YamlNode* known = meta != nullptr ? meta->find("hostvars") : nullptr;
    if (known != nullptr && known->kind != YamlNode::Kind::Mapping) return wrong("bad hostvars");
    for (const std::string& host : hosts_) {
      if (known == nullptr) {
        HF_TRY(const YamlNode answer, ask({"--host", host}));
        HF_CHECK(variables(host, answer));
      } else if (const YamlNode* found = known->find(host)) {
        HF_CHECK(variables(host, *found));
      }
    }
    return {};
  }

 private:
  tl::unexpected<Error> wrong(const std::string& what) const {
    return fail(program_error(path_, "printed something that isn't an inventory: " + what));
  }

  Result<YamlNode> ask(const std::vector<std::string>& arguments) {
    HF_TRY(std::string text, output_of(path_, arguments, deadline_));
    YamlNode nothing{.kind = YamlNode::Kind::Mapping};
    if (arguments[0] == "--host" && trim(text).empty()) return nothing;
    const auto source = std::make_shared<const Source>(Source{path_, std::move(text)});
    if (!starts_with(trim(source->text), "{")) return wrong("no JSON");
    auto parsed = parse_json_data(source);
    if (!parsed) return wrong("no JSON");
    parsed->where = {};
    return std::move(*parsed);
  }

  Result<void> add_host(const std::string& name, const std::string& group) {
    HF_CHECK(builder_.add_host(name, group, std::nullopt, {}));
    if (std::find(hosts_.begin(), hosts_.end(), name) == hosts_.end()) hosts_.push_back(name);
    return {};
  }

  Result<void> host_list(const YamlNode& list, const std::string& group) {
    const std::string name = printable(group);
    if (list.kind != YamlNode::Kind::Sequence) return wrong("the hosts of '" + name + "'");
    for (const YamlNode& host : list.items) {
      if (host.kind != YamlNode::Kind::Scalar || !host.tag.empty()) {
        return wrong("a host of '" + name + "'");
      }
      HF_CHECK(add_host(host.scalar, group));
    }
    return {};
  }

  Result<void> variables(const std::string& entity, const YamlNode& node) {
    if (node.kind != YamlNode::Kind::Mapping) {
      return wrong("the variables of '" + printable(entity) + "'");
    }
    for (const YamlNode::Entry& entry : node.entries) {
      HF_TRY(Value value, ansible_value(entry.value));
      HF_CHECK(builder_.set_variable(entity, entry.key, {std::move(value), {}}));
    }
    return {};
  }

  Result<void> group(const YamlNode::Entry& entry) {
    HF_CHECK(builder_.add_group(entry.key, {}));
    const YamlNode& node = entry.value;
    if (node.kind != YamlNode::Kind::Mapping) return host_list(node, entry.key);
    const YamlNode* hosts = node.find("hosts");
    const YamlNode* vars = node.find("vars");
    const YamlNode* children = node.find("children");
    if (hosts == nullptr && vars == nullptr && children == nullptr) {
      HF_CHECK(add_host(entry.key, entry.key));
      return variables(entry.key, node);
    }
    if (hosts != nullptr) HF_CHECK(host_list(*hosts, entry.key));
    if (vars != nullptr) HF_CHECK(variables(entry.key, *vars));
    if (children == nullptr) return {};
    if (children->kind != YamlNode::Kind::Sequence) return wrong("children");
    for (const YamlNode& child : children->items) {
      HF_CHECK(builder_.add_group(child.scalar, {}));
      HF_CHECK(builder_.add_child(entry.key, child.scalar, {}));
    }
    return {};
  }

  const std::string& path_;
  InventoryBuilder& builder_;
  Clock::time_point deadline_;
  std::vector<std::string> hosts_;
};

}  // namespace

bool is_inventory_program(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error) || access(path.c_str(), X_OK) != 0) {
    return false;
  }
  std::array<char, 4> head{};
  std::ifstream(path, std::ios::binary).read(head.data(), head.size());
  const std::string_view bytes(head.data(), head.size());
  return starts_with(bytes, "#!") || bytes ==
                                         "\x7f"
                                         "ELF";
}

void run_inventory_program(const std::string& path, InventoryBuilder& builder,
                           std::vector<Error>& errors, std::chrono::seconds limit) {
  auto done = ProgramReader(path, builder, Clock::now() + limit).read();
  if (!done) errors.push_back(std::move(done.error()));
}

}  // namespace holdfast
