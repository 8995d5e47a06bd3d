#include "engine/transport/ssh_config.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "engine/core/text.h"
#include "engine/transport/host_pattern.h"
#include "engine/transport/ssh_config_file.h"
#include "engine/transport/ssh_config_values.h"

namespace holdfast {
namespace {

/// Other names for the same thing.
const std::map<std::string, std::string>& aliases() {
  static const std::map<std::string, std::string> kAliases{
      {"challengeresponseauthentication", "kbdinteractiveauthentication"},
      {"pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"},
      {"rsaminsize", "requiredrsasize"},
  };
  return kAliases;
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 33> kHonoured{
    "addressfamily",
    "bindaddress",
    "certificatefile",
    "ciphers",
    "compression",
    "connectionattempts",
    "connecttimeout",
    "globalknownhostsfile",
    "hostkeyalgorithms",
    "hostkeyalias",
    "hostname",
    "identitiesonly",
    "identityagent",
    "identityfile",
    "ignoreunknown",
    "kbdinteractiveauthentication",
    "kexalgorithms",
    "loglevel",
    "macs",
    "passwordauthentication",
    "port",
    "preferredauthentications",
    "proxycommand",
    "proxyjump",
    "pubkeyacceptedalgorithms",
    "pubkeyauthentication",
    "rekeylimit",
    "requiredrsasize",
    "serveralivecountmax",
    "serveraliveinterval",
    "stricthostkeychecking",
    "user",
    "userknownhostsfile",
};

/// What these say changes nothing for a program that forwards nothing, shares no sockets, has no
/// terminal and learns no keys; or what holdfast does is stricter.
constexpr std::array<std::string_view, 56> kHarmless{
    "addkeystoagent",
    "batchmode",
    "canonicaldomains",
    "canonicalizefallbacklocal",
    "canonicalizemaxdots",
    "canonicalizepermittedcnames",
    "casignaturealgorithms",
    "channeltimeout",
    "checkhostip",
    "clearallforwardings",
    "compressionlevel",
    "controlmaster",
    "controlpath",
    "controlpersist",
    "dynamicforward",
    "enableescapecommandline",
    "enablesshkeysign",
    "escapechar",
    "exitonforwardfailure",
    "fingerprinthash",
    "forkafterauthentication",
    "forwardagent",
    "forwardx11",
    "forwardx11timeout",
    "forwardx11trusted",
    "gatewayports",
    "gssapiauthentication",
    "gssapidelegatecredentials",
    "gssapikeyexchange",
    "gssapitrustdns",
    "hashknownhosts",
    "hostbasedacceptedalgorithms",
    "hostbasedauthentication",
    "hostbasedkeytypes",
    "ipqos",
    "kbdinteractivedevices",
    "localforward",
    "logverbose",
    "nohostauthenticationforlocalhost",
    "numberofpasswordprompts",
    "obscurekeystroketiming",
    "permitremoteopen",
    "remoteforward",
    "requesttty",
    "securitykeyprovider",
    "sendenv",
    "setenv",
    "stdinnull",
    "streamlocalbindmask",
    "streamlocalbindunlink",
    "syslogfacility",
    "tcpkeepalive",
    "updatehostkeys",
    "verifyhostkeydns",
    "visualhostkey",
    "xauthlocation",
};

/// Harmless with this value only.
const std::map<std::string, std::string>& harmless_values() {
  static const std::map<std::string, std::string> kValues{
      {"canonicalizehostname", "no"}, {"knownhostscommand", "none"}, {"permitlocalcommand", "no"},
      {"pkcs11provider", "none"},     {"proxyusefdpass", "no"},      {"remotecommand", "none"},
      {"revokedhostkeys", "none"},    {"sessiontype", "default"},    {"tunnel", "no"},
      {"warnweakcrypto", "yes"},
  };
  return kValues;
}

/// Collects what is active for one host, first value first.
class Collector {
 public:
  explicit Collector(const SshQuery& query) : query_(query) {}

  Result<void> walk(const std::vector<SshConfigLine>& lines) {
    bool active = true;
    for (const SshConfigLine& line : lines) {
      if (line.keyword == "host") {
        active = matches_pattern_list(query_.host, line.arguments);
      } else if (line.keyword == "match") {
        HF_TRY(active, match(line));
      } else if (active && line.keyword == "include") {
        HF_CHECK(walk(line.included));
      } else if (active) {
        HF_CHECK(take(line));
      }
    }
    return {};
  }

  Result<void> take(SshConfigLine line) {
    if (const auto alias = aliases().find(line.keyword); alias != aliases().end()) {
      line.keyword = alias->second;
    }
    if (line.keyword == "identityfile" || line.keyword == "certificatefile") {
      values_.add(std::move(line));
      return {};
    }
    // Whichever of the two comes first wins over the other.
    const bool second_proxy = (line.keyword == "proxyjump" && values_.has("proxycommand")) ||
                              (line.keyword == "proxycommand" && values_.has("proxyjump"));
    if (second_proxy || contains(kHarmless, line.keyword)) return {};
    if (contains(kHonoured, line.keyword)) {
      values_.set(std::move(line));
      return {};
    }
    const auto harmless = harmless_values().find(line.keyword);
    if (harmless != harmless_values().end() && to_lower(line.arguments[0]) == harmless->second) {
      return {};
    }
    if (matches_pattern_list(line.written, values_.text("ignoreunknown", ""))) return {};
    return tl::unexpected<Error>(
        refused_option(line, "is not carried out by holdfast",
                       "take it out for this host (a Host block before it, or `--ssh-config FILE` "
                       "with a configuration of its own)"));
  }

  const SshConfigValues& values() const { return values_; }

 private:
  Result<bool> match(const SshConfigLine& line) {
    for (std::size_t i = 0; i < line.arguments.size(); ++i) {
      std::string name = to_lower(line.arguments[i]);
      const bool negated = starts_with(name, "!");
      if (negated) name.erase(0, 1);
      std::string wanted;
      if (name != "all" && name != "canonical" && name != "final") {
        if (const std::size_t equals = name.find('='); equals != std::string::npos) {
          wanted = line.arguments[i].substr(equals + (negated ? 2 : 1));
          name.erase(equals);
        } else if (i + 1 < line.arguments.size()) {
          wanted = line.arguments[++i];
        }
      }
      HF_TRY(const bool holds, criterion(line, name, wanted));
      if (holds == negated) return false;
    }
    return true;
  }

  Result<bool> criterion(const SshConfigLine& line, const std::string& name,
                         const std::string& wanted) const {
    if (name == "all") return true;
    if (name == "originalhost") return matches_pattern_list(query_.host, wanted);
    if (name == "host") {
      const std::string host = values_.text("hostname", "%h");
      HF_TRY(const std::string expanded, expand_tokens(host, {{'h', query_.host}}, line));
      return matches_pattern_list(expanded, wanted);
    }
    if (name == "user") {
      return matches_pattern_list(values_.text("user", local_user()), wanted);
    }
    if (name == "localuser") return matches_pattern_list(local_user(), wanted);
    return tl::unexpected<Error>(
        refused_option(line, "'" + printable(name) + "' is not carried out by holdfast",
                       "holdfast runs no program to read a configuration and knows no canonical "
                       "names: use Host, or Match host, originalhost, user, localuser"));
  }

  const SshQuery& query_;
  SshConfigValues values_;
};

/// The query's own fields and options as lines, before those of the files.
Result<std::vector<SshConfigLine>> own_lines(const SshQuery& query) {
  std::vector<SshConfigLine> out;
  const auto add = [&](const char* keyword, const std::string& value) {
    out.push_back({.keyword = to_lower(keyword), .written = keyword, .arguments = {value}});
  };
  if (query.user) add("User", *query.user);
  if (query.port) add("Port", std::to_string(*query.port));
  if (query.identity_file) add("IdentityFile", *query.identity_file);
  if (query.proxy_jump) add("ProxyJump", *query.proxy_jump);
  for (const std::string& option : query.options) {
    HF_TRY(SshConfigLine line, parse_ssh_config_line(option, {}));
    if (line.keyword == "host" || line.keyword == "match" || line.keyword == "include") {
      return fail(Code::SshConfigRefused,
                  "'" + printable(option) + "' is no option that a host can have");
    }
    if (!line.keyword.empty()) out.push_back(std::move(line));
  }
  return out;
}

}  // namespace

std::string home_directory() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_dir : "/";
}

Result<SshConfig> SshConfig::load(const std::string& path) {
  SshConfig config;
  if (path == "none") return config;
  const std::string user_folder = home_directory() + "/.ssh";
  if (!path.empty()) {
    HF_TRY(auto lines, read_ssh_config(expand_home(path), true, user_folder, 0));
    config.files_.push_back(std::move(lines));
    return config;
  }
  HF_TRY(auto own, read_ssh_config(user_folder + "/config", false, user_folder, 0));
  HF_TRY(auto global, read_ssh_config("/etc/ssh/ssh_config", false, "/etc/ssh", 0));
  config.files_.push_back(std::move(own));
  config.files_.push_back(std::move(global));
  return config;
}

Result<SshConfig> SshConfig::parse(std::string_view text, const std::string& path) {
  SshConfig config;
  HF_TRY(auto lines, parse_ssh_config(text, path, home_directory() + "/.ssh", 0));
  config.files_.push_back(std::move(lines));
  return config;
}

Result<SshOptions> SshConfig::resolve(const SshQuery& query) const {
  Collector collector(query);
  HF_TRY(const std::vector<SshConfigLine> own, own_lines(query));
  for (const SshConfigLine& line : own) HF_CHECK(collector.take(line));
  for (const std::vector<SshConfigLine>& file : files_) HF_CHECK(collector.walk(file));
  HF_TRY(SshOptions options, collector.values().finish(query.host));
  if (!query.known_hosts.empty()) options.known_hosts = query.known_hosts;
  return options;
}

Result<std::vector<JumpHop>> parse_jump(const std::string& text) {
  std::vector<JumpHop> hops;
  for (std::string_view part : split(text, ',')) {
    part = trim(part);
    if (starts_with(part, "ssh://")) part.remove_prefix(6);
    while (ends_with(part, "/")) part.remove_suffix(1);
    JumpHop hop;
    if (const std::size_t at = part.rfind('@'); at != std::string_view::npos) {
      hop.user = std::string(part.substr(0, at));
      part.remove_prefix(at + 1);
    }
    const bool bracketed = starts_with(part, "[") && part.find(']') != std::string_view::npos;
    const std::size_t host_end =
        bracketed ? part.find(']') + 1 : std::min(part.find(':'), part.size());
    hop.host = bracketed ? part.substr(1, host_end - 2) : part.substr(0, host_end);
    const std::string_view rest = part.substr(host_end);
    if (!rest.empty()) hop.port = rest[0] == ':' ? parse_port(rest.substr(1)) : 0;
    const bool valid = !hop.host.empty() && hop.host[0] != '-' && hop.port.value_or(1) > 0 &&
                       (!hop.user || !hop.user->empty());
    if (!valid) {
      return fail(Code::SshConfigRefused, "ProxyJump '" + printable(text) + "' is no list of hosts",
                  "write [user@]host[:port], several separated by commas");
    }
    hops.push_back(std::move(hop));
  }
  return hops;
}

}  // namespace holdfast
