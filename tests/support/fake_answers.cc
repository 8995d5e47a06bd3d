#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "tests/support/fake_archives.h"
#include "tests/support/fake_host.h"
#include "tests/support/fake_nft.h"
#include "tests/support/fake_packages.h"
#include "tests/support/fake_ufw.h"
#include "tests/support/fake_units.h"

namespace holdfast {
namespace {

std::int64_t type_bits(const std::string& type) {
  return type == "directory" ? 0040000 : type == "link" ? 0120000 : 0100000;
}

std::string hex(std::int64_t number) {
  std::string out;
  for (; number > 0; number /= 16) out.insert(out.begin(), "0123456789abcdef"[number % 16]);
  return out;
}

/// As coreutils does with QUOTING_STYLE=c and LC_ALL=C.
std::string c_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte >= 0x20 && byte < 0x7F) {
      out += c;
      continue;
    }
    out += '\\';
    for (const unsigned shift : {6U, 3U, 0U})
      out += static_cast<char>('0' + ((byte >> shift) & 7U));
  }
  return out + "\"";
}

std::string stat_line(const FakeHost& host, const std::string& path, const FakeHost::Node& node) {
  std::int64_t mode = type_bits(node.type);
  std::int64_t bits = 0;
  for (const char c : node.mode) bits = bits * 8 + (c - '0');
  mode |= bits;
  const auto account = host.accounts.find(node.owner);
  const auto group = host.groups.find(node.group);
  std::string out = hex(mode) + " ";
  out += std::to_string(account == host.accounts.end() ? 0 : account->second.uid) + " ";
  out += std::to_string(group == host.groups.end() ? 0 : group->second.gid) + " ";
  out += std::to_string(node.content.size()) + " 1700000000:" + node.owner + ":" + node.group + ":";
  out += c_quoted(path);
  return node.type == "link" ? out + " -> " + c_quoted(node.content) : out;
}

using Keys = std::vector<std::string>;

std::string stat_text(const FakeHost& host, const Keys& keys) {
  std::string out;
  std::string errors;
  for (const std::string& key : keys) {
    const auto found = host.files.find(key);
    if (found == host.files.end()) {
      errors += "stat: cannot statx '" + key + "': No such file or directory\n";
    } else {
      out += stat_line(host, key, found->second) + "\n";
    }
  }
  return out + "errors\n" + errors;
}

std::string digest_text(const FakeHost& host, const Keys& keys) {
  std::string letters;
  std::string found;
  for (const std::string& key : keys) {
    const auto node = host.files.find(key);
    const bool regular = node != host.files.end() && node->second.type == "file";
    letters += node == host.files.end() ? 'a' : regular ? 'f' : 'o';
    if (regular) found += fake_digest(node->second.content) + "  " + key + "\n";
  }
  return "s " + letters + "\n" + found;
}

std::string content_text(const FakeHost& host, const Keys& keys) {
  std::string out;
  for (const std::string& key : keys) {
    const auto node = host.files.find(key);
    if (node == host.files.end() || node->second.type != "file") {
      out += "key absent\n";
      continue;
    }
    const bool open = node->second.mode.back() >= '4';
    out += std::string("key ") + (open ? "public " : "private ") +
           std::to_string(node->second.content.size()) + " " + base64_encode(node->second.content) +
           "\n";
  }
  return out + "end";
}

std::string listing_text(const FakeHost& host, const Keys& keys) {
  std::string letters;
  std::string found;
  for (const std::string& key : keys) {
    const auto folder = host.files.find(key);
    const bool there = folder != host.files.end() && folder->second.type == "directory";
    letters += folder == host.files.end() ? 'a' : there ? 'd' : 'o';
    for (const auto& [path, node] : host.files) {
      if (there && parent_path(path) == key) found += stat_line(host, path, node) + "\n";
    }
  }
  return "s " + letters + "\nfound\n" + found + ".";
}

std::string group_line(const std::string& name, const FakeHost::Group& group) {
  const std::vector<std::string> members(group.members.begin(), group.members.end());
  return name + ":x:" + std::to_string(group.gid) + ":" + join(members, ",") + "\n";
}

std::string group_text(const FakeHost& host, const Keys& keys) {
  std::string out;
  for (const std::string& key : keys) {
    const auto found = host.groups.find(key);
    if (found != host.groups.end()) out += group_line(key, found->second);
  }
  return out + "end";
}

std::string passwd_text(const FakeHost& host, const Keys& keys) {
  std::string out;
  for (const std::string& key : keys) {
    const auto found = host.accounts.find(key);
    if (found == host.accounts.end()) continue;
    const FakeHost::Account& a = found->second;
    out += key + ":x:" + std::to_string(a.uid) + ":" + std::to_string(a.gid) + ":" + a.comment +
           ":" + a.home + ":" + a.shell + "\n";
  }
  out += "groups\n";
  for (const auto& [name, group] : host.groups) out += group_line(name, group);
  return out + "end";
}

std::string shadow_text(const FakeHost& host, const Keys& keys) {
  std::string out;
  for (const std::string& key : keys) {
    const auto colon = key.find(':');
    const std::string salt = colon == std::string::npos ? "" : key.substr(0, colon);
    const auto found = host.accounts.find(colon == std::string::npos ? key : key.substr(colon + 1));
    if (found == host.accounts.end()) continue;
    const std::string& field = found->second.hash;
    const std::string core = field.substr(std::min(field.find_first_not_of('!'), field.size()));
    const bool locked = starts_with(field, "!") || starts_with(field, "*");
    const bool set = !core.empty() && core.front() != '*';
    const std::string& expires = found->second.expires;
    out += key + (locked ? " yes " : " no ") + (set ? "yes " : "no ") +
           (salt.empty() ? "-" : sha256_hex(salt + core)) + " " +
           (expires.empty() ? "-" : expires) + "\n";
  }
  return out + "end";
}

std::string keys_text(const FakeHost& host, const Keys& keys) {
  std::string out;
  for (const std::string& key : keys) {
    std::string path = key;
    if (!starts_with(key, "/")) {
      const auto account = host.accounts.find(key);
      if (account == host.accounts.end()) {
        out += "key account\n";
        continue;
      }
      path = account->second.home + "/.ssh/authorized_keys";
    }
    const auto file = host.files.find(path);
    if (file == host.files.end()) {
      out += "key absent\n";
      continue;
    }
    out += "key text\n";
    int number = 0;
    for (const std::string_view line : lines(file->second.content)) {
      ++number;
      if (line.find(" AAAA") == std::string_view::npos) continue;
      out += std::to_string(number) + ":" + std::string(line) + "\n";
    }
  }
  return out + "end";
}

std::string sysctl_text(const FakeHost& host, const Keys& keys) {
  std::string letters;
  std::string found;
  for (const std::string& key : keys) {
    const auto setting = host.settings.find(key);
    letters += setting == host.settings.end() ? 'a' : 'w';
    if (setting != host.settings.end()) found += "/proc/sys/" + key + ":" + setting->second + "\n";
  }
  return "s " + letters + "\nfound\n" + found;
}

/// The controller comes by SSH from a documentation network.
std::string login_text(const FakeHost&, const Keys&) {
  return "login 192.0.2.7 50000 192.0.2.80 22\ninterface eth0\n";
}

/// sshd reads the folder first of all, and nothing is set there.
std::string sshd_text(const FakeHost&, const Keys&) {
  return "file /etc/ssh/sshd_config\ninclude /etc/ssh/sshd_config.d/*.conf\n"
         "included /etc/ssh/sshd_config.d/*.conf\nend\n";
}

/// No container runs.
std::string docker_text(const FakeHost&, const Keys&) { return " end\n"; }

/// Understands one guard: `… test -e PATH`.
std::string guard_text(const FakeHost& host, const Keys& keys) {
  std::string out;
  for (const std::string& key : keys) {
    const bool there = host.files.count(key.substr(key.rfind(' ') + 1)) > 0;
    out += there ? "status 0\n" : "status 1\n";
  }
  return out;
}

}  // namespace

std::string FakeHost::answer_text(const std::string& collector, const Keys& keys) const {
  using Answer = std::string (*)(const FakeHost&, const Keys&);
  static const std::map<std::string, Answer> kAnswers{
      {"stat", stat_text},     {"digest", digest_text},        {"listing", listing_text},
      {"group", group_text},   {"passwd", passwd_text},        {"shadow", shadow_text},
      {"sysctl", sysctl_text}, {"authorized_keys", keys_text}, {"guard", guard_text},
      {"systemd", unit_text},  {"dpkg", package_text},         {"ufw", ufw_text},
      {"nftables", nft_text},  {"login", login_text},          {"content", content_text},
      {"sshd", sshd_text},     {"docker", docker_text},        {"archives", archives_text}};
  const auto found = kAnswers.find(collector);
  return found == kAnswers.end() ? "the fake host has no " + collector : found->second(*this, keys);
}

}  // namespace holdfast
