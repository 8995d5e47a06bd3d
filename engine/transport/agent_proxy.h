#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/transport/descriptor.h"

namespace holdfast {

/// Stands between libssh and an ssh-agent (draft-ietf-sshm-ssh-agent): shows only the keys that may
/// be used, notes which key signed, and ends a conversation with an agent that hangs.
class AgentProxy {
 public:
  /// @param allowed  Public keys in the wire format that may be seen; empty: all.
  /// @errors HF4003 nothing answers at `path`.
  static Result<std::unique_ptr<AgentProxy>> start(const std::string& path,
                                                   std::vector<std::string> allowed,
                                                   Deadline deadline);
  AgentProxy(const AgentProxy&) = delete;
  AgentProxy& operator=(const AgentProxy&) = delete;
  ~AgentProxy();

  /// The end for libssh, which closes it. Once.
  int take_client() { return client_.release(); }
  /// The key of the last signature that the agent was asked for, in the wire format.
  std::string last_signer() const;

 private:
  AgentProxy() = default;
  void serve();
  bool exchange();

  Descriptor client_;
  Descriptor server_;
  Descriptor agent_;
  std::vector<std::string> allowed_;
  Deadline deadline_{};
  mutable std::mutex mutex_;
  std::string last_signer_;
  std::thread thread_;
};

/// The answer to "request identities" (its type byte first) with only `allowed` keys left; "" where
/// it isn't one.
std::string filter_identities(std::string_view answer, const std::vector<std::string>& allowed);

}  // namespace holdfast
