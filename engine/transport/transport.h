#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/value.h"

namespace holdfast {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

/// For a few bytes to leave this machine.
inline constexpr std::chrono::seconds kFlush{5};

/// A stream of bytes to a program on a host. Only the thread that owns the connection may use it.
class Channel {
 public:
  virtual ~Channel() = default;
  /// Writes all of it. @errors HF4004 deadline, HF4005 connection lost.
  virtual Result<void> write(std::string_view bytes, Deadline deadline) = 0;
  /// At least one byte, at most `size`; 0 at the end of the stream. HF4004 where the deadline
  /// passes first: the channel stays usable, so a caller may poll in short turns.
  virtual Result<std::size_t> read(char* buffer, std::size_t size, Deadline deadline) = 0;
  /// What the program has said on standard error so far: the last 4 KiB.
  virtual std::string error_tail() const = 0;
  /// Says that no more input comes.
  virtual void close_input() = 0;
};

/// Who answered.
struct Peer {
  std::string address;  ///< As dialled, with port: "10.0.0.1:22"; "local".
  std::string user;
  std::string host_key;  ///< "SHA256:…"; "" for local.
  std::string host_key_type;
  std::string auth_key;  ///< Fingerprint of the key that we logged in with, "" otherwise.
  /// Jump hosts on the way: host key and address of each.
  std::vector<std::string> through{};
};

/// One connection to one host (a libssh session, or this machine itself).
class Connection {
 public:
  virtual ~Connection() = default;
  virtual const Peer& peer() const = 0;
  /// Starts a program. `command` is parsed by the account's login shell, whatever that is: it must
  /// be one that sh, bash, dash, fish, csh read alike (shell.h makes such lines).
  virtual Result<std::unique_ptr<Channel>> execute(const std::string& command,
                                                   Deadline deadline) = 0;
  /// The same without waiting: the channel opens while others of the connection are read, and keeps
  /// until then what is written to it. That it can't be had, its own calls tell.
  virtual Result<std::unique_ptr<Channel>> execute_later(const std::string& command) = 0;
  /// A TCP stream from the host to `host`:`port` as the host sees it (direct-tcpip, RFC 4254 7.2; a
  /// plain socket for local).
  virtual Result<std::unique_ptr<Channel>> tunnel(const std::string& host, int port,
                                                  Deadline deadline) = 0;
};

/// Where a secret is asked for when it is needed: a prompt at a terminal, a command, an inventory
/// variable.
using AskSecret = std::function<Result<Secret>(const std::string& prompt)>;

/// How to reach one host; what ~/.ssh/config adds is merged in by the transport.
struct Endpoint {
  std::string name;  ///< Of the inventory; for messages.
  std::string address;
  std::optional<int> port{};
  std::optional<std::string> user{};
  std::optional<std::string> identity_file{};
  std::optional<std::string> proxy_jump{};
  std::optional<Secret> password{};
  std::optional<std::string> host_key{};
  std::vector<std::string> ssh_options{};  ///< "Name=Value".
  bool local = false;
};

struct ConnectPolicy {
  std::chrono::milliseconds timeout{
      std::chrono::seconds(10)};  ///< For each attempt, banner and login included.
  int attempts = 3;          ///< Of what may pass: refused, reset, timed out; not of a wrong key.
  std::string ssh_config{};  ///< "" : ~/.ssh/config and /etc/ssh/ssh_config.
  std::vector<std::string> known_hosts{};  ///< Empty: what ssh_config says, else
                                           ///< ~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts.
  AskSecret ask_password{};                ///< None: no password is ever asked for.
};

/// Shared by all hosts of a run: logins to jump hosts (a hundred hosts behind one cost it no more
/// than two logins), parsed configuration.
class Dialer {
 public:
  virtual ~Dialer() = default;
  /// Begins to connect to hosts that will probably be dialled, where that asks nothing of anybody:
  /// a number for an address, no jump host, no proxy. Their sshd starts meanwhile. It never waits
  /// and never fails; what isn't dialled after all is closed with the dialer.
  virtual void head_start(const std::vector<Endpoint>&) {}
  /// Thread-safe. @errors HF4001 unreachable, HF4002 host key unknown, changed or revoked, HF4003
  /// login refused, HF4004 deadline, HF4006 an option of ssh_config that holdfast neither honours
  /// nor may ignore, by name and place.
  virtual Result<std::unique_ptr<Connection>> dial(const Endpoint& endpoint) = 0;
};

std::unique_ptr<Dialer> make_dialer(ConnectPolicy policy);

}  // namespace holdfast
