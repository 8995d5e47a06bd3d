#include "engine/transport/ssh_config_values.h"

#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <limits>

#include "engine/core/text.h"
#include "engine/transport/ssh_config_file.h"

namespace holdfast {
namespace {

template <class T>
bool parse_number(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// ssh_config(5), TIME FORMATS: "90", "1m30s", "2h".
bool parse_time(std::string_view text, std::chrono::seconds& time) {
  constexpr long long kMost = 365LL * 24 * 3600;
  long long total = 0;
  if (text.empty()) return false;
  while (!text.empty()) {
    long long count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count < 0 || count > kMost) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    long long unit = 1;
    if (!text.empty()) {
      static constexpr std::string_view kLetters = "smhdw";
      static constexpr long long kSeconds[] = {1, 60, 3600, 86400, 604800};
      const std::size_t letter = kLetters.find(to_lower(text.substr(0, 1)));
      if (letter == std::string_view::npos) return false;
      unit = kSeconds[letter];
      text.remove_prefix(1);
    }
    total += count * unit;
    if (total > kMost) return false;
  }
  time = std::chrono::seconds(total);
  return true;
}

/// "${NAME}" of the environment; ssh allows it in paths.
Result<std::string> expand_environment(const std::string& text, const SshConfigLine& line) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", from)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    const std::string name = text.substr(at + 2, end - at - 2);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) {
      return tl::unexpected<Error>(
          refused_option(line, "names the variable '" + printable(name) + "', which is not set"));
    }
    out.append(text, from, at - from).append(value);
    from = end + 1;
  }
  return out.append(text, from);
}

std::string local_host_name() {
  std::string name(256, '\0');
  ::gethostname(name.data(), name.size() - 1);
  name.resize(name.find('\0'));
  return name;
}

}  // namespace

Error refused_option(const SshConfigLine& line, const std::string& reason, std::string hint) {
  return {
      .code = Code::SshConfigRefused,
      .message = "'" + printable(line.written + " " + join(line.arguments, " ")) + "' " + reason,
      .where = line.where,
      .hint = std::move(hint)};
}

std::string local_user() {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_name : std::to_string(::geteuid());
}

int parse_port(std::string_view text) {
  int port = 0;
  return parse_number(text, port) && port > 0 && port <= 65535 ? port : 0;
}

Result<std::string> expand_tokens(const std::string& text,
                                  const std::map<char, std::string>& tokens,
                                  const SshConfigLine& line) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const char token = ++i < text.size() ? text[i] : '\0';
    const auto found = tokens.find(token);
    if (token == '%') {
      out += '%';
    } else if (found != tokens.end()) {
      out += found->second;
    } else {
      return tl::unexpected<Error>(refused_option(line, "has the token '%" +
                                                            printable(std::string(1, token)) +
                                                            "', which holdfast does "
                                                            "not know here"));
    }
  }
  return out;
}

std::string SshConfigValues::text(const std::string& keyword, std::string fallback) const {
  const auto found = first_.find(keyword);
  return found == first_.end() ? fallback : found->second.arguments.front();
}

Result<bool> SshConfigValues::flag(const std::string& keyword, bool fallback) const {
  const auto found = first_.find(keyword);
  if (found == first_.end()) return fallback;
  const std::string value = to_lower(found->second.arguments.front());
  if (value == "yes" || value == "true" || value == "on") return true;
  if (value == "no" || value == "false" || value == "off") return false;
  return tl::unexpected<Error>(refused_option(found->second, "is neither yes nor no"));
}

Result<std::optional<int>> SshConfigValues::number(const std::string& keyword, int least,
                                                   int most) const {
  const auto found = first_.find(keyword);
  if (found == first_.end()) return std::optional<int>();
  int value = 0;
  if (!parse_number(found->second.arguments.front(), value) || value < least || value > most) {
    return tl::unexpected<Error>(refused_option(
        found->second,
        "is no number from " + std::to_string(least) + " to " + std::to_string(most)));
  }
  return std::optional<int>(value);
}

Result<std::optional<std::chrono::seconds>> SshConfigValues::time(
    const std::string& keyword) const {
  const auto found = first_.find(keyword);
  std::chrono::seconds value{};
  if (found == first_.end() || found->second.arguments.front() == "none") {
    return std::optional<std::chrono::seconds>();
  }
  if (!parse_time(found->second.arguments.front(), value)) {
    return tl::unexpected<Error>(refused_option(found->second, "is no time", "30, 90s, 2m"));
  }
  return std::optional<std::chrono::seconds>(value);
}

Result<std::vector<std::string>> SshConfigValues::paths(const std::string& keyword,
                                                        const Tokens& tokens) const {
  std::vector<SshConfigLine> lines;
  if (const auto one = first_.find(keyword); one != first_.end()) lines.push_back(one->second);
  if (const auto all = all_.find(keyword); all != all_.end()) lines = all->second;
  std::vector<std::string> out;
  for (const SshConfigLine& line : lines) {
    for (const std::string& argument : line.arguments) {
      if (argument == "none") continue;
      HF_TRY(const std::string expanded, expand_tokens(argument, tokens, line));
      HF_TRY(const std::string path, expand_environment(expanded, line));
      out.push_back(expand_home(path));
    }
  }
  return out;
}

Result<void> SshConfigValues::address(SshOptions& options, const std::string& original_host) const {
  options.host_name = original_host;
  if (const auto name = first_.find("hostname"); name != first_.end()) {
    HF_TRY(options.host_name,
           expand_tokens(name->second.arguments.front(), {{'h', original_host}}, name->second));
  }
  HF_TRY(const std::optional<int> port, number("port", 1, 65535));
  options.port = port.value_or(22);
  options.user = text("user", local_user());
  options.bind_address = text("bindaddress", "");
  const std::string family = to_lower(text("addressfamily", "any"));
  if (family == "inet") options.family = AddressFamily::Inet;
  if (family == "inet6") options.family = AddressFamily::Inet6;
  HF_TRY(options.compression, flag("compression", false));
  return {};
}

Result<void> SshConfigValues::trust(SshOptions& options, const Tokens& tokens) const {
  options.host_key_alias = text("hostkeyalias", "");
  if (const auto strict = first_.find("stricthostkeychecking"); strict != first_.end()) {
    const std::string value = to_lower(strict->second.arguments.front());
    // These never learn a key that changed; holdfast learns none at all.
    const bool safe = value == "yes" || value == "true" || value == "ask" || value == "accept-new";
    if (!safe) {
      return tl::unexpected<Error>(
          refused_option(strict->second, "would accept any host key, and holdfast never does",
                         "take it out, and put the hosts' keys into known_hosts or pin them in the "
                         "inventory (holdfast_host_key: SHA256:…)"));
    }
  }
  HF_TRY(std::vector<std::string> own, paths("userknownhostsfile", tokens));
  if (!has("userknownhostsfile")) {
    own = {expand_home("~/.ssh/known_hosts"), expand_home("~/.ssh/known_hosts2")};
  }
  HF_TRY(std::vector<std::string> global, paths("globalknownhostsfile", tokens));
  if (!has("globalknownhostsfile")) {
    global = {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"};
  }
  options.known_hosts = std::move(own);
  options.known_hosts.insert(options.known_hosts.end(), global.begin(), global.end());
  return {};
}

Result<void> SshConfigValues::identities(SshOptions& options, const Tokens& tokens) const {
  HF_TRY(options.identity_files, paths("identityfile", tokens));
  HF_TRY(options.certificate_files, paths("certificatefile", tokens));
  HF_TRY(options.identities_only, flag("identitiesonly", false));
  const char* socket = std::getenv("SSH_AUTH_SOCK");
  options.identity_agent = socket != nullptr ? socket : "";
  if (const auto agent = first_.find("identityagent"); agent != first_.end()) {
    const std::string& value = agent->second.arguments.front();
    if (value == "none") {
      options.identity_agent.clear();
    } else if (starts_with(value, "$") && !starts_with(value, "${")) {
      const char* named = std::getenv(value.substr(1).c_str());
      options.identity_agent = named != nullptr ? named : "";
    } else if (value != "SSH_AUTH_SOCK") {
      HF_TRY(const std::vector<std::string> path, paths("identityagent", tokens));
      options.identity_agent = path.front();
    }
  }
  return {};
}

Result<void> SshConfigValues::proxies(SshOptions& options, const Tokens& tokens) const {
  options.proxy_jump = text("proxyjump", "none");
  if (to_lower(options.proxy_jump) == "none") options.proxy_jump.clear();
  const auto command = first_.find("proxycommand");
  if (command != first_.end() && to_lower(command->second.arguments.front()) != "none") {
    HF_TRY(options.proxy_command,
           expand_tokens(command->second.arguments.front(), tokens, command->second));
  }
  return {};
}

Result<void> SshConfigValues::patience(SshOptions& options) const {
  HF_TRY(options.connect_timeout, time("connecttimeout"));
  if (options.connect_timeout == std::chrono::seconds(0)) options.connect_timeout.reset();
  HF_TRY(options.connection_attempts, number("connectionattempts", 1, 1000));
  HF_TRY(const auto interval, time("serveraliveinterval"));
  options.server_alive_interval = interval.value_or(std::chrono::seconds(0));
  HF_TRY(const auto count, number("serveralivecountmax", 0, 1'000'000));
  options.server_alive_count_max = count.value_or(3);
  return {};
}

Result<void> SshConfigValues::algorithms(SshOptions& options) const {
  options.ciphers = text("ciphers", "");
  options.macs = text("macs", "");
  options.kex_algorithms = text("kexalgorithms", "");
  options.host_key_algorithms = text("hostkeyalgorithms", "");
  options.pubkey_accepted_algorithms = text("pubkeyacceptedalgorithms", "");
  HF_TRY(options.required_rsa_size, number("requiredrsasize", 768, 65536));
  const auto rekey = first_.find("rekeylimit");
  if (rekey == first_.end()) return {};
  std::string size = rekey->second.arguments.front();
  if (size != "default" && size != "none") {
    static constexpr std::string_view kUnits = "kmg";
    const std::size_t unit = kUnits.find(to_lower(size.substr(size.empty() ? 0 : size.size() - 1)));
    std::uint64_t bytes = 0;
    if (unit != std::string_view::npos) size.pop_back();
    const bool valid = parse_number(size, bytes) && bytes < (std::uint64_t{1} << 32U);
    if (!valid) return tl::unexpected<Error>(refused_option(rekey->second, "is no size"));
    options.rekey_bytes =
        unit == std::string_view::npos ? bytes : bytes << (10U * (static_cast<unsigned>(unit) + 1));
  }
  if (rekey->second.arguments.size() > 1 && rekey->second.arguments[1] != "none") {
    std::chrono::seconds time{};
    if (!parse_time(rekey->second.arguments[1], time)) {
      return tl::unexpected<Error>(refused_option(rekey->second, "has no valid time"));
    }
    options.rekey_seconds = static_cast<std::uint32_t>(time.count());
  }
  return {};
}

Result<void> SshConfigValues::methods(SshOptions& options) const {
  HF_TRY(options.password, flag("passwordauthentication", true));
  HF_TRY(options.keyboard_interactive, flag("kbdinteractiveauthentication", true));
  const std::string pubkey = to_lower(text("pubkeyauthentication", "yes"));
  options.pubkey = pubkey != "no" && pubkey != "false";
  const std::string preferred =
      text("preferredauthentications", "publickey,keyboard-interactive,password");
  for (const std::string_view method : split(preferred, ',')) {
    options.preferred_authentications.emplace_back(trim(method));
  }
  const std::string level = to_lower(text("loglevel", "info"));
  if (level == "verbose") options.log_verbosity = 1;
  if (starts_with(level, "debug")) options.log_verbosity = level == "debug3" ? 4 : 3;
  return {};
}

Result<SshOptions> SshConfigValues::finish(const std::string& original_host) const {
  SshOptions options;
  HF_CHECK(address(options, original_host));
  const std::string local = local_host_name();
  const std::string alias = text("hostkeyalias", options.host_name);
  const Tokens tokens{{'d', home_directory()},
                      {'h', options.host_name},
                      {'i', std::to_string(::getuid())},
                      {'k', alias},
                      {'L', local.substr(0, local.find('.'))},
                      {'l', local},
                      {'n', original_host},
                      {'p', std::to_string(options.port)},
                      {'r', options.user},
                      {'u', local_user()}};
  HF_CHECK(trust(options, tokens));
  HF_CHECK(identities(options, tokens));
  HF_CHECK(proxies(options, tokens));
  HF_CHECK(patience(options));
  HF_CHECK(algorithms(options));
  HF_CHECK(methods(options));
  return options;
}

}  // namespace holdfast
