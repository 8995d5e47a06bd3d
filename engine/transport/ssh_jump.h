#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/transport/ssh_session.h"

namespace holdfast {

/// A logged-in session to a jump host, owned by a thread of its own that carries streams through
/// it. Any thread may ask for one.
class JumpHost {
 public:
  virtual ~JumpHost() = default;
  /// A stream to `host`:`port` as the jump host sees it. @errors HF4001, HF4004, HF4005.
  virtual Result<Descriptor> open(const std::string& host, int port, Deadline deadline) = 0;
  virtual bool alive() const = 0;
  /// What it and the jump hosts before it are known by: host keys and addresses.
  virtual const std::vector<std::string>& known_by() const = 0;
};

/// A login to a jump host.
struct JumpLogin {
  std::unique_ptr<SshSession> session;
  std::vector<std::string> known_by;
};

std::shared_ptr<JumpHost> make_jump_host(JumpLogin login);

/// The jump hosts of a run: one login each, however many hosts are behind it.
class JumpHosts {
 public:
  using Login = std::function<Result<JumpLogin>()>;
  /// The one that is there, or the result of one `login`: who waits meanwhile gets its result too,
  /// also where it is an error.
  Result<std::shared_ptr<JumpHost>> get(const std::string& key, const Login& login);

 private:
  struct Slot {
    std::mutex mutex;
    std::shared_ptr<JumpHost> host;
    std::optional<Error> error;
    Deadline ended{};  ///< When the last login was over.
  };
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
};

}  // namespace holdfast
