#include "engine/transport/ssh_auth.h"

#include <libssh/libssh.h>

#include <algorithm>

#include "engine/core/text.h"
#include "engine/transport/agent_proxy.h"

namespace holdfast {
namespace {

/// One login under way.
class Login {
 public:
  Login(SshSession& session, const SshOptions& options, const SshCredentials& credentials,
        Deadline deadline)
      : session_(session), options_(options), credentials_(credentials), deadline_(deadline) {}

  Result<std::string> run() {
    for (const std::string& method : options_.preferred_authentications) {
      if (done_) break;
      if (method == "publickey" && options_.pubkey) HF_CHECK(try_keys());
      if (method == "password" && options_.password) HF_CHECK(try_password());
      if (method == "keyboard-interactive" && options_.keyboard_interactive) {
        HF_CHECK(try_questions());
      }
    }
    if (done_) return signer_;
    return tl::unexpected<Error>(refusal());
  }

 private:
  /// Whether there is still a point in trying `method`.
  bool offered(unsigned method) const {
    return !done_ && (!answered_ || (allowed() & method) != 0);
  }
  unsigned allowed() const {
    return static_cast<unsigned>(ssh_userauth_list(session_.raw(), nullptr));
  }

  /// Takes in what the server said to one attempt.
  Result<void> note(const Result<int>& status, const std::string& what) {
    if (!status) return tl::unexpected<Error>(status.error());
    if (*status == SSH_AUTH_ERROR) return tl::unexpected<Error>(broken());
    answered_ = true;
    done_ = *status == SSH_AUTH_SUCCESS;
    if (done_) return {};
    tried_.push_back(
        what + (*status == SSH_AUTH_PARTIAL ? ": accepted, but more is wanted" : ": refused"));
    return {};
  }

  Error broken() const {
    const std::string why = session_.error_text();
    // "Too many authentication failures" is an answer; a reset is not.
    if (why.find("SSH_MSG_DISCONNECT") != std::string::npos) {
      Error error = refusal();
      error.message += "; the server then said: " + why;
      return error;
    }
    return {.code = Code::ConnectionLost,
            .message = "the connection broke during the login: " + why};
  }

  Error refusal() const {
    const std::string list = tried_.empty() ? "there was nothing to try" : join(tried_, "; ");
    return {.code = Code::LoginRefused,
            .message = "the login as '" + printable(options_.user) + "' was refused (" + list + ")",
            .hint =
                "check the user name, and that the public key is in the account's "
                "authorized_keys; `ssh -v` shows what ssh itself would try"};
  }

  /// Asking a person takes time that isn't the host's.
  template <class Ask>
  auto untimed(const Ask& ask) {
    const Deadline start = Clock::now();
    auto answer = ask();
    deadline_ += Clock::now() - start;
    return answer;
  }

  Result<void> try_keys() {
    const bool named = !options_.identity_files.empty();
    const std::vector<std::string> files =
        named ? options_.identity_files : default_identity_files();
    if (named) HF_CHECK(try_files(files, false));
    HF_CHECK(try_agent());
    if (!named) HF_CHECK(try_files(files, false));
    return try_files(files, true);
  }

  /// @param locked  Whether it is the turn of those whose passphrase must be asked for.
  Result<void> try_files(const std::vector<std::string>& files, bool locked) {
    for (const std::string& file : files) {
      if (!offered(SSH_AUTH_METHOD_PUBLICKEY)) return {};
      const bool was_locked = credentials_.keys.load(file, {}, false).locked;
      if (was_locked != locked) continue;
      const SshKeys::Loaded loaded =
          untimed([&] { return credentials_.keys.load(file, options_.certificate_files, locked); });
      if (!loaded.trouble.empty() && !options_.identity_files.empty()) {
        tried_.push_back("key " + printable(file) + " " + loaded.trouble);
      }
      for (const SshIdentity& identity : loaded.identities) {
        if (offered(SSH_AUTH_METHOD_PUBLICKEY)) HF_CHECK(try_identity(identity));
      }
    }
    return {};
  }

  Result<void> try_identity(const SshIdentity& identity) {
    signer_ = identity.fingerprint;
    return note(
        session_.drive(
            SSH_AUTH_AGAIN, deadline_,
            [&] { return ssh_userauth_publickey(session_.raw(), nullptr, identity.key.get()); }),
        "key " + identity.label);
  }

  Result<void> try_agent() {
    if (options_.identity_agent.empty() || !offered(SSH_AUTH_METHOD_PUBLICKEY)) return {};
    std::vector<std::string> allowed;
    if (options_.identities_only) {
      for (const std::string& file :
           options_.identity_files.empty() ? default_identity_files() : options_.identity_files) {
        std::string blob = credentials_.keys.public_blob(file);
        if (!blob.empty()) allowed.push_back(std::move(blob));
      }
      if (allowed.empty()) return {};
    }
    auto proxy = AgentProxy::start(options_.identity_agent, std::move(allowed), deadline_);
    if (!proxy) {
      tried_.push_back(proxy.error().message);
      return {};
    }
    ssh_set_agent_socket(session_.raw(), (*proxy)->take_client());
    const Result<int> status = session_.drive(
        SSH_AUTH_AGAIN, deadline_, [&] { return ssh_userauth_agent(session_.raw(), nullptr); });
    const std::string blob = (*proxy)->last_signer();
    signer_ = blob.empty() ? "" : HostKey::from_blob(blob).fingerprint();
    if (status && *status == SSH_AUTH_ERROR && session_.connected()) {
      tried_.push_back("the agent at " + printable(options_.identity_agent) + ": did not answer");
      return {};
    }
    return note(status, "keys of the agent");
  }

  /// Learns what the server takes before a person is asked for it.
  Result<void> probe() {
    if (answered_) return {};
    const Result<int> status = session_.drive(
        SSH_AUTH_AGAIN, deadline_, [&] { return ssh_userauth_none(session_.raw(), nullptr); });
    if (!status) return tl::unexpected<Error>(status.error());
    if (*status == SSH_AUTH_ERROR) return tl::unexpected<Error>(broken());
    answered_ = true;
    done_ = *status == SSH_AUTH_SUCCESS;
    return {};
  }

  /// False: there is none.
  bool have_password() {
    if (password_) return true;
    if (password_refused_) return false;
    password_ = credentials_.password;
    if (!password_ && credentials_.ask_password) {
      auto asked = untimed([&] {
        return credentials_.ask_password("Password for " + printable(options_.user) + "@" +
                                         printable(options_.host_name) + ": ");
      });
      if (asked) {
        password_ = std::move(*asked);
      } else {
        tried_.push_back("password: " + asked.error().message);
      }
    }
    password_refused_ = !password_;
    return password_.has_value();
  }

  Result<void> try_password() {
    if (!credentials_.password && !credentials_.ask_password) return {};
    HF_CHECK(probe());
    if (!offered(SSH_AUTH_METHOD_PASSWORD) || !have_password()) return {};
    signer_.clear();
    return note(session_.drive(SSH_AUTH_AGAIN, deadline_,
                               [&] {
                                 return ssh_userauth_password(session_.raw(), nullptr,
                                                              password_->reveal().data());
                               }),
                "password");
  }

  Result<void> try_questions() {
    if (!credentials_.password && !credentials_.ask_password) return {};
    HF_CHECK(probe());
    if (!offered(SSH_AUTH_METHOD_INTERACTIVE) || !have_password()) return {};
    signer_.clear();
    constexpr int kMostRounds = 8;
    bool said = false;
    for (int round = 0; round < kMostRounds; ++round) {
      const Result<int> status = session_.drive(SSH_AUTH_AGAIN, deadline_, [&] {
        return ssh_userauth_kbdint(session_.raw(), nullptr, nullptr);
      });
      if (!status || *status != SSH_AUTH_INFO) return note(status, "keyboard-interactive");
      HF_CHECK(answer_questions(said));
    }
    tried_.push_back("keyboard-interactive: it never ended");
    return {};
  }

  /// Only the password is given away, once, and only to a question that hides its answer.
  Result<void> answer_questions(bool& said) {
    const int count = ssh_userauth_kbdint_getnprompts(session_.raw());
    for (int i = 0; i < count; ++i) {
      char echo = 0;
      ssh_userauth_kbdint_getprompt(session_.raw(), static_cast<unsigned>(i), &echo);
      const bool hidden = echo == 0 && !said;
      if (ssh_userauth_kbdint_setanswer(session_.raw(), static_cast<unsigned>(i),
                                        hidden ? password_->reveal().data() : "") < 0) {
        return tl::unexpected<Error>(broken());
      }
      said = said || hidden;
    }
    return {};
  }

  SshSession& session_;
  const SshOptions& options_;
  const SshCredentials& credentials_;
  Deadline deadline_;
  bool answered_ = false;  ///< Whether the server has said what it takes.
  bool done_ = false;
  bool password_refused_ = false;
  std::optional<Secret> password_;
  std::string signer_;
  std::vector<std::string> tried_;
};

}  // namespace

Result<std::string> ssh_authenticate(SshSession& session, const SshOptions& options,
                                     const SshCredentials& credentials, Deadline deadline) {
  return Login(session, options, credentials, deadline).run();
}

}  // namespace holdfast
