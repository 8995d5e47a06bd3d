#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"

namespace holdfast {

/// A public key as a server shows it and known_hosts keeps it.
struct HostKey {
  /// From the wire format; an empty type where it is no key.
  static HostKey from_blob(std::string blob);
  std::string type;  ///< "ssh-ed25519".
  std::string blob;  ///< The key in the wire format of RFC 4253 6.6, decoded.
  /// "SHA256:…", as ssh-keygen -l prints it.
  std::string fingerprint() const;
  /// "ssh-ed25519 AAAA…", as a line of known_hosts ends.
  std::string text() const;
};

/// "h1", or "[h1]:2222" where the port isn't ssh's own: the name that known_hosts uses.
std::string known_hosts_name(std::string_view host, int port);

/// The lines of known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain and hashed names,
/// wildcards, negation, @revoked, @cert-authority. Immutable after loading, so threads may share
/// it.
class KnownHosts {
 public:
  enum class Mark { None, Revoked, Authority };
  struct Line {
    Mark mark = Mark::None;
    std::string names;
    HostKey key;
    std::string place;  ///< "FILE:LINE".
  };

  /// Adds a file's lines; a file that isn't there adds none. Lines that can't be read are skipped,
  /// as ssh does: they make no key known.
  void load(const std::string& path);
  void parse(std::string_view text, const std::string& path);

  /// Lines whose names match, in order.
  std::vector<const Line*> find(std::string_view name) const;
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  std::vector<Line> lines_;
  std::vector<std::string> paths_;
};

/// What is expected of one host.
struct HostKeyRules {
  std::string name;        ///< As known_hosts_name() makes it, or the HostKeyAlias.
  std::string plain_name;  ///< The name without its port, which ssh looks for last; "" : none.
  std::string pin;         ///< "SHA256:…" or "TYPE BASE64", "" : none. Wins over known_hosts.
};

/// Nothing where the key is right. @errors HF4002 saying why not, and what to add where.
Result<void> check_host_key(const KnownHosts& known, const HostKeyRules& rules,
                            const HostKey& seen);
/// Types of the keys that are known for the host, in the order of the lines: to be negotiated
/// first, or the server shows a key that nobody can judge.
std::vector<std::string> known_key_types(const KnownHosts& known, const HostKeyRules& rules);

}  // namespace holdfast
