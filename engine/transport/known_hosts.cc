#include "engine/transport/known_hosts.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/transport/host_pattern.h"

namespace holdfast {
namespace {

std::string without_padding(std::string base64) {
  while (!base64.empty() && base64.back() == '=') base64.pop_back();
  return base64;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};  // NOLINT: bytes as bytes
}

/// "|1|SALT|HMAC-SHA1(SALT, name)|" of ssh-keygen -H.
bool matches_hashed(std::string_view name, std::string_view field) {
  const std::vector<std::string_view> parts = split(field, '|');
  std::string salt;
  std::string wanted;
  if (parts.size() != 4 || parts[1] != "1" || !base64_decode(parts[2], salt) ||
      !base64_decode(parts[3], wanted)) {
    return false;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  const std::string lower = to_lower(name);
  HMAC(EVP_sha1(), salt.data(), static_cast<int>(salt.size()),
       reinterpret_cast<const unsigned char*>(lower.data()), lower.size(),  // NOLINT
       digest.data(), &size);
  return std::string_view(reinterpret_cast<const char*>(digest.data()), size) == wanted;  // NOLINT
}

bool matches_names(std::string_view name, const std::string& names) {
  return starts_with(names, "|") ? matches_hashed(name, names) : matches_pattern_list(name, names);
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  while (!(line = trim(line)).empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    out.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return out;
}

/// The type that a blob itself names (its first string), "" where it is no key.
std::string_view inner_type(std::string_view blob) {
  if (blob.size() < 4) return {};
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i) {
    size = size << 8U | static_cast<unsigned char>(blob[static_cast<std::size_t>(i)]);
  }
  return size <= blob.size() - 4 ? blob.substr(4, size) : std::string_view();
}

bool parse_key(std::string_view type, std::string_view base64, HostKey& key) {
  key.type = type;
  return base64_decode(base64, key.blob) && inner_type(key.blob) == type;
}

std::string shown(const HostKey& key) { return key.type + " " + key.fingerprint(); }

std::string how_to_add(const KnownHosts& known, const HostKeyRules& rules, const HostKey& seen) {
  const std::string file = known.paths().empty() ? "~/.ssh/known_hosts" : known.paths().front();
  return "compare the fingerprint with the host's own, then pin it in the inventory "
         "(holdfast_host_key: " +
         seen.fingerprint() + ") or add this line to " + file + ": " + printable(rules.name) + " " +
         seen.text();
}

Result<void> check_pin(const HostKeyRules& rules, const HostKey& seen) {
  const std::string pin(trim(rules.pin));
  const std::vector<std::string_view> parts = words(pin);
  HostKey whole;
  if (starts_with(pin, "SHA256:") && parts.size() == 1) {
    if (without_padding(pin) == seen.fingerprint()) return {};
  } else if (parts.size() >= 2 && parse_key(parts[0], parts[1], whole)) {
    if (whole.blob == seen.blob) return {};
  } else {
    return fail(Code::HostKeyRefused,
                "the inventory's host_key '" + printable(pin) + "' is no fingerprint",
                "write SHA256:… as `ssh-keygen -lf` prints it; the host showed " + shown(seen));
  }
  return fail(
      Code::HostKeyRefused,
      "the host shows the key " + shown(seen) + ", but the inventory pins " + printable(pin),
      "find out why the key is another one before changing the pin");
}

/// Lines for the host; those of the name without its port count only where there are no others.
std::vector<const KnownHosts::Line*> lines_for(const KnownHosts& known, const HostKeyRules& rules) {
  std::vector<const KnownHosts::Line*> lines = known.find(rules.name);
  const bool any_key = std::any_of(lines.begin(), lines.end(), [](const KnownHosts::Line* line) {
    return line->mark == KnownHosts::Mark::None;
  });
  if (!any_key && !rules.plain_name.empty() && rules.plain_name != rules.name) {
    const std::vector<const KnownHosts::Line*> plain = known.find(rules.plain_name);
    lines.insert(lines.end(), plain.begin(), plain.end());
  }
  return lines;
}

Error changed(const KnownHosts::Line& line, const HostKeyRules& rules, const HostKey& seen) {
  const bool same_type = line.key.type == seen.type;
  return {
      .code = Code::HostKeyRefused,
      .message = "the host shows the key " + shown(seen) + ", but " + printable(line.place) +
                 (same_type ? " has another one for '" : " has only one of another type for '") +
                 printable(rules.name) + "': " + shown(line.key),
      .hint =
          "someone may be between you and the host. If its key was changed on purpose, "
          "remove that line (ssh-keygen -R '" +
          printable(rules.name) + "') and add the new key"};
}

}  // namespace

HostKey HostKey::from_blob(std::string blob) {
  HostKey key;
  key.type = inner_type(blob);
  key.blob = std::move(blob);
  return key;
}

std::string HostKey::fingerprint() const {
  return "SHA256:" + without_padding(base64_encode(sha256(blob)));
}

std::string HostKey::text() const { return type + " " + base64_encode(blob); }

std::string known_hosts_name(std::string_view host, int port) {
  constexpr int kSshPort = 22;
  const std::string lower = to_lower(host);
  return port == kSshPort ? lower : "[" + lower + "]:" + std::to_string(port);
}

void KnownHosts::load(const std::string& path) {
  paths_.push_back(path);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  parse(text.str(), path);
}

void KnownHosts::parse(std::string_view text, const std::string& path) {
  int number = 0;
  for (const std::string_view line : lines(text)) {
    ++number;
    std::vector<std::string_view> parts = words(line);
    if (parts.empty() || starts_with(parts[0], "#")) continue;
    Line entry;
    if (starts_with(parts[0], "@")) {
      if (parts[0] == "@revoked") {
        entry.mark = Mark::Revoked;
      } else if (parts[0] == "@cert-authority") {
        entry.mark = Mark::Authority;
      } else {
        continue;
      }
      parts.erase(parts.begin());
    }
    if (parts.size() < 3 || !parse_key(parts[1], parts[2], entry.key)) continue;
    entry.names = parts[0];
    entry.place = path + ":" + std::to_string(number);
    lines_.push_back(std::move(entry));
  }
}

std::vector<const KnownHosts::Line*> KnownHosts::find(std::string_view name) const {
  std::vector<const Line*> out;
  for (const Line& line : lines_) {
    if (matches_names(name, line.names)) out.push_back(&line);
  }
  return out;
}

Result<void> check_host_key(const KnownHosts& known, const HostKeyRules& rules,
                            const HostKey& seen) {
  const std::vector<const KnownHosts::Line*> lines = lines_for(known, rules);
  const KnownHosts::Line* other = nullptr;
  const KnownHosts::Line* authority = nullptr;
  bool right = false;
  for (const KnownHosts::Line* line : lines) {
    const bool same = line->key.blob == seen.blob;
    if (line->mark == KnownHosts::Mark::Revoked && same) {
      return fail(
          Code::HostKeyRefused,
          "the host's key " + shown(seen) + " is marked @revoked at " + printable(line->place),
          "whoever answers there may hold a stolen key: give the host a new one");
    }
    if (line->mark == KnownHosts::Mark::Authority) authority = line;
    if (line->mark != KnownHosts::Mark::None) continue;
    if (same) right = true;
    // A key of the same type says more than one of another.
    if (!same && (other == nullptr || line->key.type == seen.type)) other = line;
  }
  if (!rules.pin.empty()) return check_pin(rules, seen);
  if (right) return {};
  if (other != nullptr) return tl::unexpected<Error>(changed(*other, rules, seen));
  if (authority != nullptr) {
    return fail(Code::HostKeyRefused,
                "only the @cert-authority line " + printable(authority->place) + " speaks of '" +
                    printable(rules.name) +
                    "', and holdfast can't verify host certificates; the "
                    "host shows the key " +
                    shown(seen),
                how_to_add(known, rules, seen));
  }
  return fail(
      Code::HostKeyRefused,
      "the key of '" + printable(rules.name) + "' is not known; the host shows " + shown(seen),
      how_to_add(known, rules, seen));
}

std::vector<std::string> known_key_types(const KnownHosts& known, const HostKeyRules& rules) {
  std::vector<std::string> types;
  const auto add = [&](const std::string& type) {
    if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
  };
  const std::vector<std::string_view> pin = words(rules.pin);
  if (pin.size() >= 2) add(std::string(pin[0]));
  for (const KnownHosts::Line* line : lines_for(known, rules)) {
    if (line->mark == KnownHosts::Mark::None) add(line->key.type);
  }
  return types;
}

}  // namespace holdfast
