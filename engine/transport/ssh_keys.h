#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/transport/ssh_session.h"
#include "engine/transport/transport.h"

namespace holdfast {

/// A private key that can sign, with what it is called in messages.
struct SshIdentity {
  std::string label;  ///< "/home/me/.ssh/id_ed25519 (SHA256:…)".
  std::string fingerprint;
  SshKeyHandle key{};
};

/// The private keys of a run, each read (and its passphrase asked for) once. Thread-safe.
class SshKeys {
 public:
  explicit SshKeys(AskSecret ask) : ask_(std::move(ask)) {}

  struct Loaded {
    std::vector<SshIdentity> identities{};  ///< With its certificates first, then the bare key.
    bool locked = false;                    ///< Needs its passphrase.
    std::string trouble{};                  ///< Why there is none, for the message.
  };
  /// @param unlock  Whether the passphrase may be asked for.
  Loaded load(const std::string& path, const std::vector<std::string>& certificates, bool unlock);
  /// The public half of a key file in the wire format, "" where it can't be told without the
  /// passphrase.
  std::string public_blob(const std::string& path);

 private:
  struct Entry {
    SshKeyHandle key{};
    bool locked = false;
    bool asked = false;
    std::string trouble{};
  };
  Entry& entry(const std::string& path);
  void unlock(const std::string& path, Entry& entry);

  AskSecret ask_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

/// The public half of a key in the wire format.
std::string public_key_blob(ssh_key_struct* key);
/// ~/.ssh/id_ed25519, id_ecdsa, id_rsa.
std::vector<std::string> default_identity_files();

}  // namespace holdfast
