#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// A line of an authorized_keys file (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
struct AuthorizedKeyLine {
  std::string options;  ///< "" : none.
  std::string key;      ///< "ssh-ed25519 AAAA…": type and base64, one space between.
  std::string comment;
};

/// nullopt for an empty line, a comment, or anything without a public key.
std::optional<AuthorizedKeyLine> read_authorized_key(std::string_view line);
/// The line that says this.
std::string text_of(const AuthorizedKeyLine& line);

}  // namespace holdfast
