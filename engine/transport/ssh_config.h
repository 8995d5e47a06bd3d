#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/transport/tcp.h"

namespace holdfast {

/// What ssh_config(5) says for one host, tokens and `~` expanded. Everything here is carried out.
struct SshOptions {
  std::string host_name;  ///< Where to connect.
  int port = 22;
  std::string user;
  std::vector<std::string> identity_files{};  ///< Empty: the default ones.
  bool identities_only = false;
  std::string identity_agent{};  ///< Path of its socket; "" : none.
  std::vector<std::string> certificate_files{};
  std::string proxy_jump{};  ///< "[user@]host[:port]", several separated by commas; "" : none.
  std::string proxy_command{};
  std::vector<std::string> known_hosts{};  ///< The user's files, then the global ones.
  std::string host_key_alias{};
  std::optional<std::chrono::seconds> connect_timeout{};
  std::optional<int> connection_attempts{};
  std::chrono::seconds server_alive_interval{0};  ///< 0: the kernel's keep-alive alone.
  int server_alive_count_max = 3;
  std::string ciphers{}, macs{}, kex_algorithms{}, host_key_algorithms{},
      pubkey_accepted_algorithms{};
  std::string bind_address{};
  AddressFamily family = AddressFamily::Any;
  bool compression = false;
  bool password = true, pubkey = true, keyboard_interactive = true;
  std::vector<std::string> preferred_authentications{};
  int log_verbosity = 0;  ///< As libssh counts: 0 nothing … 4 trace.
  std::optional<int> required_rsa_size{};
  std::optional<std::uint64_t> rekey_bytes{};
  std::optional<std::uint32_t> rekey_seconds{};
};

/// A line of a file, or an option of the inventory.
struct SshConfigLine {
  std::string keyword;  ///< Lower case.
  std::string written;  ///< As the user wrote it.
  std::vector<std::string> arguments;
  Position where{};
  std::vector<SshConfigLine> included{};  ///< Of an Include.
};

/// Whom a look-up is for.
struct SshQuery {
  std::string host;  ///< As one would type it after `ssh`.
  std::optional<std::string> user{};
  std::optional<int> port{};
  std::optional<std::string> identity_file{};
  std::optional<std::string> proxy_jump{};
  std::vector<std::string> options{};      ///< "Name=Value": before the files.
  std::vector<std::string> known_hosts{};  ///< Instead of what the files say; empty: what they say.
};

/// Parsed ssh_config files. Immutable after loading, so threads may share it.
class SshConfig {
 public:
  /// @param path  "" : ~/.ssh/config, then /etc/ssh/ssh_config; "none": no file. A file named here
  /// must exist. @errors HF4006 with the line.
  static Result<SshConfig> load(const std::string& path);
  static Result<SshConfig> parse(std::string_view text, const std::string& path);

  /// First value wins: the query's own, then its options, then the files in order.
  /// @errors HF4006 an active line that holdfast neither honours nor may ignore.
  Result<SshOptions> resolve(const SshQuery& query) const;

 private:
  std::vector<std::vector<SshConfigLine>> files_;
};

/// One hop of a ProxyJump.
struct JumpHop {
  std::string host;
  std::optional<std::string> user{};
  std::optional<int> port{};
};
/// @errors HF4006 where it isn't a list of [user@]host[:port] or ssh:// addresses.
Result<std::vector<JumpHop>> parse_jump(const std::string& text);

/// The account's home, from the environment or the password file.
std::string home_directory();

}  // namespace holdfast
