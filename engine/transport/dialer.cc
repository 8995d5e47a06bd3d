#include <algorithm>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "engine/core/text.h"
#include "engine/transport/local.h"
#include "engine/transport/proxy_command.h"
#include "engine/transport/ssh_auth.h"
#include "engine/transport/ssh_config.h"
#include "engine/transport/ssh_connection.h"
#include "engine/transport/ssh_jump.h"

namespace holdfast {
namespace {

constexpr int kMostHops = 8;

/// A session with what is known of the login.
struct LoggedIn {
  std::unique_ptr<SshSession> session;
  Peer peer;
};

/// What belongs to one target, beyond its ssh options.
struct Target {
  std::string pin{};
  std::optional<Secret> password{};
  std::optional<std::string> identity_file{};
};

/// Files of known keys, each set read once for the run.
class KnownHostsCache {
 public:
  std::shared_ptr<const KnownHosts> get(const std::vector<std::string>& paths) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<const KnownHosts>& found = sets_[paths];
    if (!found) {
      auto loaded = std::make_shared<KnownHosts>();
      for (const std::string& path : paths) loaded->load(path);
      found = std::move(loaded);
    }
    return found;
  }

 private:
  std::mutex mutex_;
  std::map<std::vector<std::string>, std::shared_ptr<const KnownHosts>> sets_;
};

std::string address_of(const SshOptions& options) {
  return options.host_name + ":" + std::to_string(options.port);
}

TcpTarget target_of(const SshOptions& options) {
  return {.host = options.host_name,
          .port = options.port,
          .bind_address = options.bind_address,
          .family = options.family};
}

/// Streams that a head start opened, each for whoever dials its target first.
class BegunStreams {
 public:
  void put(const TcpTarget& target, Descriptor stream) {
    const std::lock_guard lock(mutex_);
    if (stream) streams_[key(target)] = std::move(stream);
  }
  Descriptor take(const TcpTarget& target) {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(key(target));
    if (found == streams_.end()) return Descriptor();
    Descriptor out = std::move(found->second);
    streams_.erase(found);
    return out;
  }

 private:
  static std::string key(const TcpTarget& target) {
    return target.host + " " + std::to_string(target.port) + " " + target.bind_address;
  }
  std::mutex mutex_;
  std::map<std::string, Descriptor> streams_;
};

HostKeyRules rules_for(const SshOptions& options, const std::string& pin) {
  if (!options.host_key_alias.empty()) return {to_lower(options.host_key_alias), "", pin};
  return {known_hosts_name(options.host_name, options.port), to_lower(options.host_name), pin};
}

/// Doubles with each attempt; spread, so that many hosts behind one sshd don't come back together.
std::chrono::milliseconds pause_before(int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int base = 200 << std::min(attempt, 6);
  return std::chrono::milliseconds(std::uniform_int_distribution<int>(base / 2, base)(random));
}

class RunDialer final : public Dialer {
 public:
  explicit RunDialer(ConnectPolicy policy)
      : policy_(std::move(policy)), keys_(policy_.ask_password) {}

  void head_start(const std::vector<Endpoint>& endpoints) override {
    for (const Endpoint& endpoint : endpoints) {
      if (endpoint.local) continue;
      const auto options = resolve(query_of(endpoint));
      if (!options || !options->proxy_jump.empty() || !options->proxy_command.empty()) continue;
      const TcpTarget target = target_of(*options);
      begun_.put(target, begin_tcp(target));
    }
  }

  Result<std::unique_ptr<Connection>> dial(const Endpoint& endpoint) override {
    if (endpoint.local) return make_local_connection();
    HF_TRY(const SshOptions options, resolve(query_of(endpoint)));
    const Target target{.pin = endpoint.host_key.value_or(""),
                        .password = endpoint.password,
                        .identity_file = endpoint.identity_file};
    HF_CHECK(check_hops(options, target));
    HF_TRY(LoggedIn in, log_in(options, target));
    return make_ssh_connection(std::move(in.session), std::move(in.peer));
  }

 private:
  SshQuery query_of(const Endpoint& endpoint) const {
    return {.host = endpoint.address,
            .user = endpoint.user,
            .port = endpoint.port,
            .identity_file = endpoint.identity_file,
            .proxy_jump = endpoint.proxy_jump,
            .options = endpoint.ssh_options,
            .known_hosts = policy_.known_hosts};
  }

  Result<SshOptions> resolve(const SshQuery& query) {
    const SshConfig* config = nullptr;
    {
      const std::lock_guard lock(config_mutex_);
      if (!config_) config_ = SshConfig::load(policy_.ssh_config);
      if (!*config_) return tl::unexpected<Error>(config_->error());
      config = &**config_;
    }
    return config->resolve(query);
  }

  /// With as many attempts as may help.
  Result<LoggedIn> log_in(const SshOptions& options, const Target& target) {
    const int attempts = std::max(1, options.connection_attempts.value_or(policy_.attempts));
    for (int attempt = 0;; ++attempt) {
      bool retryable = false;
      auto result = attempt_login(options, target, retryable);
      if (result || !retryable || attempt + 1 >= attempts) return result;
      std::this_thread::sleep_for(pause_before(attempt));
    }
  }

  Result<LoggedIn> attempt_login(const SshOptions& options, const Target& target, bool& retryable) {
    const auto timeout = options.connect_timeout
                             ? std::chrono::milliseconds(*options.connect_timeout)
                             : policy_.timeout;
    HF_TRY(const std::shared_ptr<JumpHost> jump, jump_for(options, target));
    const Deadline deadline = Clock::now() + timeout;
    HF_TRY(SshStream stream, open_stream(options, jump, deadline, retryable));
    const std::shared_ptr<const KnownHosts> known = known_.get(options.known_hosts);
    const HostKeyRules rules = rules_for(options, target.pin);
    HF_TRY(std::unique_ptr<SshSession> session,
           SshSession::start(std::move(stream), options, known_key_types(*known, rules), deadline,
                             retryable));
    HF_CHECK(check_host_key(*known, rules, session->host_key()));
    auto signer = ssh_authenticate(
        *session, options,
        {.keys = keys_, .password = target.password, .ask_password = policy_.ask_password},
        deadline);
    if (!signer) {
      const Code code = signer.error().code;
      retryable = code == Code::ConnectionLost || code == Code::DeadlinePassed;
      return tl::unexpected<Error>(signer.error());
    }
    Peer peer{.address = address_of(options),
              .user = options.user,
              .host_key = session->host_key().fingerprint(),
              .host_key_type = session->host_key().type,
              .auth_key = std::move(*signer)};
    peer.through = jump ? jump->known_by() : known_on_the_way(options);
    return LoggedIn{std::move(session), std::move(peer)};
  }

  Result<SshStream> open_stream(const SshOptions& options, const std::shared_ptr<JumpHost>& jump,
                                Deadline deadline, bool& retryable) {
    if (jump) {
      HF_TRY(Descriptor socket, jump->open(options.host_name, options.port, deadline));
      return SshStream{std::move(socket), jump};
    }
    if (!options.proxy_command.empty()) return start_proxy(options.proxy_command);
    const TcpTarget tcp = target_of(options);
    HF_TRY(Descriptor socket, connect_tcp(tcp, deadline, retryable, begun_.take(tcp)));
    return SshStream{std::move(socket)};
  }

  static Result<SshStream> start_proxy(const std::string& command) {
    HF_TRY(DescriptorPair ends, make_socket_pair());
    HF_TRY(Child child, Child::start({"/bin/sh", "-c", "exec " + command},
                                     {ends.second.get(), ends.second.get(), 2}));
    return SshStream{std::move(ends.first), std::make_shared<Child>(std::move(child))};
  }

  /// Options of the last jump host that `options` name. A chain a,b is: b, reached through a.
  Result<SshOptions> last_hop(const SshOptions& options, const Target& target) {
    HF_TRY(const std::vector<JumpHop> hops, parse_jump(options.proxy_jump));
    std::optional<std::string> before;
    if (const std::size_t comma = options.proxy_jump.rfind(','); comma != std::string::npos) {
      before = options.proxy_jump.substr(0, comma);
    }
    return resolve({.host = hops.back().host,
                    .user = hops.back().user,
                    .port = hops.back().port,
                    .identity_file = target.identity_file,
                    .proxy_jump = before,
                    .known_hosts = policy_.known_hosts});
  }

  /// The addresses of the hosts that a ProxyCommand leads over, as far as it names them.
  std::vector<std::string> known_on_the_way(SshOptions options) {
    std::vector<std::string> out;
    for (int hops = 0; hops < kMostHops; ++hops) {
      const auto way = way_of_proxy_command(options.proxy_command);
      if (!way && options.proxy_jump.empty()) break;
      auto next = way ? resolve({.host = way->hop.host,
                                 .user = way->hop.user,
                                 .port = way->hop.port,
                                 .proxy_jump = way->before})
                      : last_hop(options, {});
      if (!next) break;
      options = std::move(*next);
      out.push_back(address_of(options));
    }
    return out;
  }

  /// Each jump host waits for the one before it, so a circle must be seen before anybody waits.
  Result<void> check_hops(SshOptions options, const Target& target) {
    const std::string host = options.host_name;
    for (int hops = 0; !options.proxy_jump.empty(); ++hops) {
      if (hops >= kMostHops) {
        return fail(Code::SshConfigRefused, "more than 8 jump hosts on the way to '" +
                                                printable(host) +
                                                "': does ProxyJump go in a circle?");
      }
      HF_TRY(options, last_hop(options, target));
    }
    return {};
  }

  /// The jump host that `options` name, logged in; nothing where they name none.
  Result<std::shared_ptr<JumpHost>> jump_for(const SshOptions& options, const Target& target) {
    if (options.proxy_jump.empty()) return std::shared_ptr<JumpHost>();
    HF_TRY(const SshOptions own, last_hop(options, target));
    const std::string key = own.user + "@" + own.host_name + ":" + std::to_string(own.port) + " " +
                            own.proxy_jump + " " + target.identity_file.value_or("");
    auto jump = jumps_.get(key, [&]() -> Result<JumpLogin> {
      HF_TRY(LoggedIn in, log_in(own, {.identity_file = target.identity_file}));
      std::vector<std::string> known_by = std::move(in.peer.through);
      known_by.insert(known_by.end(), {in.peer.host_key, in.peer.address});
      return JumpLogin{std::move(in.session), std::move(known_by)};
    });
    if (!jump) {
      jump.error().message = "jump host " + printable(own.host_name) + ": " + jump.error().message;
    }
    return jump;
  }

  const ConnectPolicy policy_;
  std::mutex config_mutex_;
  std::optional<Result<SshConfig>> config_;
  KnownHostsCache known_;
  BegunStreams begun_;
  SshKeys keys_;
  JumpHosts jumps_;
};

}  // namespace

std::unique_ptr<Dialer> make_dialer(ConnectPolicy policy) {
  ignore_broken_pipes();
  return std::make_unique<RunDialer>(std::move(policy));
}

}  // namespace holdfast
