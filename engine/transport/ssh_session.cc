#include "engine/transport/ssh_session.h"

#include <libssh/libssh.h>
#include <libssh/server.h>
#include <poll.h>

#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

/// libssh's own order; types that are known for a host go before it.
const std::vector<std::string>& default_host_key_algorithms() {
  static const std::vector<std::string> kAlgorithms{"ssh-ed25519",         "ecdsa-sha2-nistp256",
                                                    "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
                                                    "rsa-sha2-512",        "rsa-sha2-256"};
  return kAlgorithms;
}

/// An RSA key signs under other names than its own; SHA-1 isn't among the safe ones.
std::vector<std::string> algorithms_of(const std::string& key_type) {
  if (key_type == "ssh-rsa") return {"rsa-sha2-512", "rsa-sha2-256"};
  return {key_type};
}

std::string ordered_algorithms(const std::string& configured,
                               const std::vector<std::string>& known_types) {
  if (!configured.empty() &&
      std::string_view("+-^").find(configured[0]) != std::string_view::npos) {
    return configured;
  }
  std::vector<std::string> allowed = default_host_key_algorithms();
  if (!configured.empty()) {
    allowed.clear();
    for (const std::string_view name : split(configured, ',')) allowed.emplace_back(name);
  }
  std::vector<std::string> out;
  const auto add = [&](const std::string& name) {
    const bool fits = std::find(allowed.begin(), allowed.end(), name) != allowed.end();
    if (fits && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  };
  for (const std::string& type : known_types) {
    for (const std::string& name : algorithms_of(type)) add(name);
  }
  for (const std::string& name : allowed) add(name);
  return join(out, ",");
}

/// Whether a failed key exchange may pass another time: the server closed or reset the connection
/// (MaxStartups does that), instead of finding no common algorithm.
bool dropped(std::string_view message) {
  for (const std::string_view sign :
       {"Socket error", "reset", "closed", "Timeout", "disconnected", "Broken pipe"}) {
    if (message.find(sign) != std::string_view::npos) return true;
  }
  return message.empty();
}

}  // namespace

void FreeSshSession::operator()(ssh_session_struct* session) const {
  ssh_disconnect(session);
  ssh_free(session);
}
void FreeSshChannel::operator()(ssh_channel_struct* channel) const { ssh_channel_free(channel); }
void FreeSshKey::operator()(ssh_key_struct* key) const { ssh_key_free(key); }

SshSession::~SshSession() = default;

std::string SshSession::error_text() const {
  const char* text = ssh_get_error(session_.get());
  return printable(text != nullptr ? text : "");
}

int SshSession::descriptor() const { return ssh_get_fd(session_.get()); }

short SshSession::poll_events() const {
  const bool writing = (ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0;
  return static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN);
}

Result<std::unique_ptr<SshSession>> SshSession::start(SshStream stream, const SshOptions& options,
                                                      const std::vector<std::string>& known_types,
                                                      Deadline deadline, bool& retryable) {
  retryable = false;
  std::unique_ptr<SshSession> out(new SshSession);
  out->keeper_ = std::move(stream.keeper);
  out->session_.reset(ssh_new());
  if (!out->session_) return fail(Code::Internal, "libssh has no memory for a session");
  out->traffic_ = std::make_shared<ssh_counter_struct>();
  ssh_set_counters(out->raw(), out->traffic_.get(), nullptr);
  HF_CHECK(out->configure(stream.socket.get(), options, known_types));
  // From its first call on the session closes the socket itself.
  const int fd = stream.socket.release();
  HF_CHECK(out->handshake(deadline, retryable));
  // A blocking socket could hold us for minutes in send(2) when the peer has gone.
  set_nonblocking(fd);
  out->alive_interval_ = options.server_alive_interval;
  out->alive_count_max_ = options.server_alive_count_max;
  if (out->alive_interval_.count() > 0) {
    out->keep_alive_due_ = Clock::now() + out->alive_interval_;
  }
  return out;
}

Result<void> SshSession::set_list(int option, const char* name, const std::string& value) {
  if (value.empty()) return {};
  if (ssh_options_set(session_.get(), static_cast<ssh_options_e>(option), value.c_str()) == 0) {
    return {};
  }
  return fail(Code::SshConfigRefused,
              std::string(name) + " '" + printable(value) + "' names nothing that libssh knows",
              "list at least one algorithm that it has; " + std::string(name) +
                  " is set in ~/.ssh/config, /etc/ssh/ssh_config or the inventory");
}

Result<void> SshSession::configure(int socket, const SshOptions& options,
                                   const std::vector<std::string>& known_types) {
  ssh_session session = session_.get();
  ssh_set_blocking(session, 0);
  const bool off = false;
  const std::string nothing = "/dev/null";
  // Both known_hosts and ssh_config are read by ourselves: libssh reads less than they say.
  ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &off);
  ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, nothing.c_str());
  ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, nothing.c_str());
  ssh_options_set(session, SSH_OPTIONS_HOST, options.host_name.c_str());
  ssh_options_set(session, SSH_OPTIONS_USER, options.user.c_str());
  ssh_options_set(session, SSH_OPTIONS_FD, &socket);
  ssh_options_set(session, SSH_OPTIONS_LOG_VERBOSITY, &options.log_verbosity);
  ssh_options_set(session, SSH_OPTIONS_COMPRESSION, options.compression ? "yes" : "no");
  if (options.required_rsa_size) {
    ssh_options_set(session, SSH_OPTIONS_RSA_MIN_SIZE, &*options.required_rsa_size);
  }
  if (options.rekey_bytes) ssh_options_set(session, SSH_OPTIONS_REKEY_DATA, &*options.rekey_bytes);
  if (options.rekey_seconds) {
    ssh_options_set(session, SSH_OPTIONS_REKEY_TIME, &*options.rekey_seconds);
  }
  HF_CHECK(set_list(SSH_OPTIONS_CIPHERS_C_S, "Ciphers", options.ciphers));
  HF_CHECK(set_list(SSH_OPTIONS_CIPHERS_S_C, "Ciphers", options.ciphers));
  HF_CHECK(set_list(SSH_OPTIONS_HMAC_C_S, "MACs", options.macs));
  HF_CHECK(set_list(SSH_OPTIONS_HMAC_S_C, "MACs", options.macs));
  HF_CHECK(set_list(SSH_OPTIONS_KEY_EXCHANGE, "KexAlgorithms", options.kex_algorithms));
  HF_CHECK(set_list(SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, "PubkeyAcceptedAlgorithms",
                    options.pubkey_accepted_algorithms));
  return set_list(SSH_OPTIONS_HOSTKEYS, "HostKeyAlgorithms",
                  ordered_algorithms(options.host_key_algorithms, known_types));
}

Result<void> SshSession::handshake(Deadline deadline, bool& retryable) {
  ssh_session session = session_.get();
  auto status = drive(SSH_AGAIN, deadline, [&] { return ssh_connect(session); });
  if (!status) {
    retryable = true;
    return fail(status.error().code,
                ssh_get_serverbanner(session) == nullptr
                    ? "the connection was accepted, but no SSH server spoke in time"
                    : "the SSH key exchange was not done in time");
  }
  if (*status != SSH_OK) {
    const std::string why = error_text();
    retryable = dropped(why);
    return fail(
        Code::HostUnreachable,
        "the SSH server ended the key exchange" + (why.empty() ? "" : ": " + why),
        retryable ? "a server that has too many logins under way (MaxStartups) does that" : "");
  }
  ssh_key shown = nullptr;
  if (ssh_get_server_publickey(session, &shown) != SSH_OK) {
    return fail(Code::HostKeyRefused, "the host showed no key that can be read");
  }
  const SshKeyHandle key(shown);
  char* base64 = nullptr;
  if (ssh_pki_export_pubkey_base64(key.get(), &base64) != SSH_OK) {
    return fail(Code::HostKeyRefused, "the host showed no key that can be read");
  }
  std::string blob;
  base64_decode(base64, blob);
  ssh_string_free_char(base64);
  host_key_ = HostKey::from_blob(std::move(blob));
  return {};
}

std::uint64_t SshSession::taken_in() const { return traffic_->in_bytes; }

Result<void> SshSession::wait(std::uint64_t mark, Deadline deadline) {
  if (taken_in() != mark) return {};
  const int fd = descriptor();
  if (fd < 0) return {};  // Closed meanwhile: the next call tells why.
  const bool ready = wait_ready(fd, poll_events(), std::min(deadline, keep_alive_due_));
  HF_CHECK(keep_alive(ready));
  if (!ready && Clock::now() >= deadline) {
    return fail(Code::DeadlinePassed, "the host did not answer in time");
  }
  return {};
}

bool SshSession::pump() {
  if (!idle_) idle_.reset(ssh_channel_new(session_.get()));
  return ssh_channel_poll(idle_.get(), 0) != SSH_ERROR;
}

bool SshSession::connected() const { return ssh_is_connected(session_.get()) != 0; }

Result<void> SshSession::keep_alive(bool heard) {
  if (heard) unanswered_ = 0;
  if (Clock::now() < keep_alive_due_) return {};
  if (unanswered_++ > alive_count_max_) {
    return fail(
        Code::ConnectionLost,
        "the host answered none of " + std::to_string(alive_count_max_) + " keep-alive messages");
  }
  keep_alive_due_ = Clock::now() + alive_interval_;
  // The first call takes in the answer to the last one, the second asks again.
  ssh_send_keepalive(session_.get());
  ssh_send_keepalive(session_.get());
  return {};
}

}  // namespace holdfast
