#include "engine/transport/ssh_keys.h"

#include <libssh/libssh.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/transport/ssh_config_file.h"

namespace holdfast {
namespace {

/// libssh asks here when a key is locked; the answer "no" tells that it is.
int note_locked(const char*, char*, std::size_t, int, int, void* locked) {
  *static_cast<bool*>(locked) = true;
  return -1;
}

std::string blob_of_public(ssh_key key) {
  char* base64 = nullptr;
  std::string blob;
  if (ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK) base64_decode(base64, blob);
  ssh_string_free_char(base64);
  return blob;
}

/// After the first string, which names the type.
std::string_view skip_string(std::string_view blob) {
  if (blob.size() < 4) return {};
  std::size_t size = 0;
  for (const char c : blob.substr(0, 4)) size = size << 8U | static_cast<unsigned char>(c);
  return size + 4 <= blob.size() ? blob.substr(size + 4) : std::string_view();
}

/// A certificate holds its type, a nonce, and then the key's own fields.
bool certifies(std::string_view certificate, std::string_view key) {
  const std::string_view fields = skip_string(key);
  return !fields.empty() && starts_with(skip_string(skip_string(certificate)), fields);
}

/// The key blob of a "TYPE BASE64 comment" file.
std::string blob_of_file(const std::string& path) {
  std::ifstream file(path);
  std::string type;
  std::string base64;
  std::string blob;
  file >> type >> base64;
  if (!base64_decode(base64, blob)) blob.clear();
  return blob;
}

void add_certificates(const std::string& path, const std::vector<std::string>& certificates,
                      ssh_key key, std::vector<SshIdentity>& out) {
  std::vector<std::string> files{path + "-cert.pub"};
  files.insert(files.end(), certificates.begin(), certificates.end());
  const std::string blob = public_key_blob(key);
  for (const std::string& file : files) {
    const std::string content = blob_of_file(file);
    if (content.empty() || !certifies(content, blob)) continue;
    ssh_key loaded = nullptr;
    if (ssh_pki_import_cert_file(file.c_str(), &loaded) != SSH_OK) continue;
    const SshKeyHandle certificate(loaded);
    SshKeyHandle copy(ssh_key_dup(key));
    if (ssh_pki_copy_cert_to_privkey(certificate.get(), copy.get()) != SSH_OK) continue;
    out.push_back({printable(file), HostKey::from_blob(blob).fingerprint(), std::move(copy)});
  }
}

}  // namespace

std::string public_key_blob(ssh_key_struct* key) {
  ssh_key half = nullptr;
  if (ssh_pki_export_privkey_to_pubkey(key, &half) != SSH_OK) return {};
  const SshKeyHandle owned(half);
  return blob_of_public(half);
}

std::vector<std::string> default_identity_files() {
  return {expand_home("~/.ssh/id_ed25519"), expand_home("~/.ssh/id_ecdsa"),
          expand_home("~/.ssh/id_rsa")};
}

SshKeys::Entry& SshKeys::entry(const std::string& path) {
  const auto [found, fresh] = entries_.try_emplace(path);
  Entry& entry = found->second;
  if (!fresh) return entry;
  if (::access(path.c_str(), R_OK) != 0) {
    entry.trouble = "can't be read";
    return entry;
  }
  ssh_key key = nullptr;
  if (ssh_pki_import_privkey_file(path.c_str(), nullptr, note_locked, &entry.locked, &key) ==
      SSH_OK) {
    entry.key.reset(key);
    entry.locked = false;
  } else if (!entry.locked) {
    entry.trouble = "is no private key that libssh can use";
  }
  return entry;
}

void SshKeys::unlock(const std::string& path, Entry& entry) {
  if (entry.asked) return;
  entry.asked = true;
  if (!ask_) {
    entry.trouble = "is locked, and nobody can be asked for its passphrase";
    return;
  }
  const Result<Secret> passphrase = ask_("Passphrase for " + printable(path) + ": ");
  ssh_key key = nullptr;
  if (!passphrase) {
    entry.trouble = "is locked: " + passphrase.error().message;
    // A secret's view is of a whole std::string, so it ends with a NUL; no copy stays behind.
  } else if (ssh_pki_import_privkey_file(path.c_str(), passphrase->reveal().data(), nullptr,
                                         nullptr, &key) != SSH_OK) {
    entry.trouble = "is locked, and the passphrase is not its";
  } else {
    entry.key.reset(key);
  }
}

SshKeys::Loaded SshKeys::load(const std::string& path, const std::vector<std::string>& certificates,
                              bool may_unlock) {
  const std::lock_guard lock(mutex_);
  Entry& found = entry(path);
  if (!found.key && found.locked && may_unlock) unlock(path, found);
  Loaded out{.locked = found.locked && !found.key, .trouble = found.trouble};
  if (!found.key) return out;
  add_certificates(path, certificates, found.key.get(), out.identities);
  const std::string fingerprint =
      HostKey::from_blob(public_key_blob(found.key.get())).fingerprint();
  // Signing changes nothing in a key, but libssh promises nothing about sharing one: a copy each.
  out.identities.push_back({printable(path) + " (" + fingerprint + ")", fingerprint,
                            SshKeyHandle(ssh_key_dup(found.key.get()))});
  return out;
}

std::string SshKeys::public_blob(const std::string& path) {
  if (std::string blob = blob_of_file(path + ".pub"); !blob.empty()) return blob;
  const std::lock_guard lock(mutex_);
  const Entry& found = entry(path);
  return found.key ? public_key_blob(found.key.get()) : std::string();
}

}  // namespace holdfast
