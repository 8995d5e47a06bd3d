#include <algorithm>
#include <array>
#include <charconv>

#include "engine/core/secret_names.h"
#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/inventory/inventory.h"
#include "engine/inventory/python_text.h"
#include "engine/inventory/ssh_arguments.h"

namespace holdfast {
namespace {

/// Names of one setting; of those that are set the last counts, as in Ansible.
using Names = std::vector<std::string>;
const Names kAddress{"ansible_host", "ansible_ssh_host"};
const Names kPort{"ansible_port", "ansible_ssh_port"};
const Names kUser{"ansible_user", "ansible_ssh_user"};
const Names kIdentity{"ansible_private_key_file", "ansible_ssh_private_key_file"};
const Names kPassword{"ansible_password", "ansible_ssh_pass", "ansible_ssh_password"};
const Names kBecomeUser{"ansible_become_user", "ansible_sudo_user"};
const Names kBecomePassword{"ansible_become_password", "ansible_become_pass", "ansible_sudo_pass"};
const Names kBecomeFlags{"ansible_become_flags", "ansible_sudo_flags"};
const Names kBecomeProgram{"ansible_become_exe", "ansible_sudo_exe"};
const Names kHostKeyChecking{"ansible_host_key_checking", "ansible_ssh_host_key_checking"};
const Names kArguments{"ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"};
const Names kSingle{"ansible_connection",     "ansible_become",     "ansible_become_method",
                    "ansible_ssh_executable", "ansible_shell_type", "holdfast_host_key"};

/// Those that concern how Ansible itself works, not the way to a host.
const Names kIgnored{"ansible_ssh_pipelining",       "ansible_ssh_retries",
                     "ansible_ssh_timeout",          "ansible_ssh_transfer_method",
                     "ansible_ssh_use_tty",          "ansible_ssh_control_path",
                     "ansible_ssh_control_path_dir", "ansible_ssh_private_key_passphrase"};
/// A variable of one of these families that is none of the above would change the way.
constexpr std::array<std::string_view, 6> kFamilies{"ansible_ssh_",  "ansible_become_",
                                                    "ansible_sudo_", "ansible_su_",
                                                    "ansible_runas", "holdfast_"};
constexpr std::array<std::string_view, 4> kRefused{
    "ansible_sudo", "ansible_su", "ansible_pkcs11_provider", "ansible_paramiko_proxy_command"};

bool boolean(std::string_view text, bool& out) {
  const std::string word = to_lower(trim(text));
  for (const std::string_view yes : {"y", "yes", "on", "1", "true", "t", "1.0"}) {
    if (word == yes) out = true;
    if (word == yes) return true;
  }
  for (const std::string_view no : {"n", "no", "off", "0", "false", "f", "0.0"}) {
    if (word == no) out = false;
    if (word == no) return true;
  }
  return false;
}

/// Whether a text may be an address, an account or a list of jumps: nothing that ssh or a shell
/// would take for something else.
bool plain_word(std::string_view text, std::string_view extra) {
  if (text.empty() || text.front() == '-') return false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    const bool allowed =
        c < 0x80 && std::string_view("-._").find(static_cast<char>(c)) != std::string_view::npos;
    const bool more = c < 0x80 && extra.find(static_cast<char>(c)) != std::string_view::npos;
    if (!allowed && !more && !python_word(c)) return false;
  }
  return true;
}

std::string without_collection(const std::string& text) {
  static constexpr std::string_view kOwn = "ansible.builtin.";
  return starts_with(text, kOwn) ? text.substr(kOwn.size()) : text;
}

class SettingsReader {
 public:
  explicit SettingsReader(const InventoryHost& host) : host_(host) {}

  Result<ConnectionSettings> read() {
    HF_CHECK(refuse_unknown());
    HF_CHECK(transport());
    HF_CHECK(ssh());
    HF_CHECK(become());
    if (out_.transport == "ssh") HF_CHECK(check_words());
    return std::move(out_);
  }

 private:
  struct Setting {
    std::string name;
    std::string text;
    Position where{};
  };

  Error unsupported(const std::string& name, const Position& where, const std::string& what,
                    std::string hint = {}) const {
    return Error{.code = Code::ConnectionUnsupported,
                 .message = name + " of '" + printable(host_.name) + "' " + what,
                 .where = where,
                 .hint = std::move(hint)};
  }
  Error invalid(const Setting& setting, const std::string& what, std::string hint = {}) const {
    const std::string shown =
        sounds_secret(setting.name) ? "wrong" : "'" + printable(setting.text) + "'";
    return Error{
        .code = Code::ConnectionInvalid,
        .message = setting.name + " of '" + printable(host_.name) + "' is " + shown + ": " + what,
        .where = setting.where,
        .hint = std::move(hint)};
  }

  Error without_value(const std::string& name, const Variable& variable) const {
    return on_host(
        {.code = Code::ConnectionInvalid,
         .message = name + " has no value: " + printable(variable.value.as_unknown().cause),
         .where = variable.where,
         .hint = "its expression may use the host's variables, and no facts"},
        host_.name);
  }

  /// The last of the names that is set to something, as a text.
  Result<std::optional<Setting>> get(const Names& names) const {
    std::optional<Setting> out;
    for (const std::string& name : names) {
      const auto found = host_.variables.find(name);
      if (found == host_.variables.end()) continue;
      const Value& value = found->second.value;
      if (value.is_null() || value == Value("")) continue;
      if (value.is_unknown()) return fail(without_value(name, found->second));
      Setting setting{name, value.display(), found->second.where};
      if (value.is_list() || value.is_map()) {
        return fail(invalid(setting, "it must be a text"));
      }
      if (value.is_text() && value.as_text().find("{{") != std::string::npos) {
        return fail(invalid(setting, "its expression was not rendered"));
      }
      out = std::move(setting);
    }
    return out;
  }

  std::optional<Value> secret(const Setting& setting) const {
    const Value& value = host_.variables.at(setting.name).value;
    return value.is_secret() ? value : Value(Secret(setting.text));
  }

  Result<bool> truth(const Setting& setting) const {
    bool out = false;
    if (!boolean(setting.text, out)) return fail(invalid(setting, "it must be true or false"));
    return out;
  }

  Result<void> refuse_unknown() const {
    const std::vector<std::string>& known = connection_variable_names();
    for (const auto& entry : host_.variables) {
      const std::string& name = entry.first;
      const Variable& variable = entry.second;
      const auto listed = [&](const Names& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
      };
      if (listed(known) || listed(kIgnored) || variable.value.is_null()) continue;
      if (starts_with(name, "ansible_ssh_host_key_")) continue;  // A fact.
      const bool refused =
          std::find(kRefused.begin(), kRefused.end(), name) != kRefused.end() ||
          std::any_of(kFamilies.begin(), kFamilies.end(),
                      [&](std::string_view family) { return starts_with(name, family); });
      if (!refused) continue;
      std::string hint = did_you_mean(name, known);
      if (hint.empty()) hint = "docs/inventory.md lists the variables that are honoured";
      return fail(unsupported(printable(name), variable.where, "is not honoured by holdfast",
                              std::move(hint)));
    }
    return {};
  }

  Result<void> transport() {
    HF_TRY(const auto connection, get({"ansible_connection"}));
    const std::string kind = connection ? without_collection(connection->text) : "ssh";
    if (kind == "local") out_.transport = "local";
    if (kind != "ssh" && kind != "smart" && kind != "local") {
      return fail(unsupported(
          connection->name, connection->where,
          "is '" + printable(connection->text) + "', and holdfast knows only ssh and local"));
    }
    HF_TRY(const auto shell, get({"ansible_shell_type"}));
    if (shell && (shell->text == "powershell" || shell->text == "cmd")) {
      return fail(unsupported(shell->name, shell->where,
                              "is '" + shell->text + "', and holdfast needs a POSIX shell"));
    }
    HF_TRY(const auto program, get({"ansible_ssh_executable"}));
    if (program && program->text != "ssh" && program->text != "/usr/bin/ssh") {
      return fail(
          unsupported(program->name, program->where,
                      "is '" + printable(program->text) + "', and holdfast runs no ssh program",
                      "ProxyJump and ~/.ssh/config are honoured"));
    }
    HF_TRY(const auto checking, get(kHostKeyChecking));
    if (!checking) return {};
    HF_TRY(const bool strict, truth(*checking));
    if (strict) return {};
    return fail(unsupported(checking->name, checking->where,
                            "turns off the check of host keys, which holdfast never does",
                            "take it out, and pin the key with holdfast_host_key: SHA256:…, or "
                            "add it to ~/.ssh/known_hosts"));
  }

  /// ssh takes the first value it is given, and Ansible gives it ansible_ssh_args, then the single
  /// variables, then the other two.
  Result<void> ssh() {
    out_.address = host_.name;
    HF_TRY(const auto address, get(kAddress));
    if (address) out_.address = address->text;
    SshArguments arguments;
    HF_CHECK(take("ansible_ssh_args", arguments));
    HF_CHECK(single(kPort, arguments.port));
    HF_CHECK(single(kUser, arguments.user));
    HF_CHECK(single(kIdentity, arguments.identity_file));
    HF_CHECK(take("ansible_ssh_common_args", arguments));
    HF_CHECK(take("ansible_ssh_extra_args", arguments));
    if (arguments.port) {
      HF_TRY(out_.port, port(*arguments.port));
    }
    out_.user = arguments.user;
    out_.identity_file = arguments.identity_file;
    if (arguments.proxy_jump != "none") out_.proxy_jump = arguments.proxy_jump;
    out_.ssh_options = std::move(arguments.options);
    HF_TRY(const auto password, get(kPassword));
    if (password) out_.password = secret(*password);
    return pin();
  }

  Result<void> take(const std::string& name, SshArguments& arguments) const {
    HF_TRY(const auto setting, get({name}));
    if (!setting) return {};
    auto taken = take_ssh_arguments(setting->text, arguments);
    if (taken) return {};
    taken.error().message = name + " of '" + printable(host_.name) + "': " + taken.error().message;
    taken.error().where = setting->where;
    return taken;
  }

  Result<void> single(const Names& names, std::optional<std::string>& slot) const {
    HF_TRY(auto setting, get(names));
    if (setting && !slot) slot = std::move(setting->text);
    return {};
  }

  Result<int> port(const std::string& text) const {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    if (whole && value >= 1 && value <= 65535) return value;
    return fail(
        invalid({"ansible_port", text, place(kPort)}, "a port is a number from 1 to 65535"));
  }

  Result<void> pin() {
    HF_TRY(const auto key, get({"holdfast_host_key"}));
    if (!key) return {};
    std::string text = key->text;
    while (ends_with(text, "=")) text.pop_back();
    const bool shape = starts_with(text, "SHA256:") && text.size() == 50 &&
                       std::all_of(text.begin() + 7, text.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '+' || c == '/';
                       });
    if (!shape) {
      return fail(invalid(*key, "it must be a fingerprint, SHA256: and 43 characters",
                          "on the host: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`"));
    }
    out_.host_key = text;
    return {};
  }

  Result<void> become() {
    HF_TRY(const auto wanted, get({"ansible_become"}));
    if (wanted) {
      HF_TRY(out_.become, truth(*wanted));
    }
    HF_TRY(const auto user, get(kBecomeUser));
    if (user) out_.become_user = user->text;
    if (user && !plain_word(user->text, "@+$\\")) {
      return fail(invalid(*user, "no account has such a name"));
    }
    HF_TRY(const auto password, get(kBecomePassword));
    if (password) out_.become_password = secret(*password);
    HF_TRY(const auto method, get({"ansible_become_method"}));
    if (method && without_collection(method->text) != "sudo") {
      return fail(
          unsupported(method->name, method->where,
                      "is '" + printable(method->text) + "', and holdfast knows only sudo"));
    }
    HF_TRY(const auto program, get(kBecomeProgram));
    if (program && program->text != "sudo" && program->text != "/usr/bin/sudo") {
      return fail(
          unsupported(program->name, program->where,
                      "is '" + printable(program->text) + "', and holdfast runs only sudo"));
    }
    HF_TRY(const auto flags, get(kBecomeFlags));
    if (!flags) return {};
    for (const std::string_view flag : split(flags->text, ' ')) {
      if (flag.empty() || flag == "-H" || flag == "-S" || flag == "-n") continue;
      return fail(unsupported(flags->name, flags->where,
                              "holds '" + printable(flag) + "', which holdfast does not honour"));
    }
    return {};
  }

  Result<void> check_words() const {
    const auto check = [&](const std::string& what, const std::string& text, const Names& names,
                           std::string_view extra) -> Result<void> {
      if (plain_word(text, extra)) return {};
      return fail(Error{.code = Code::ConnectionInvalid,
                        .message = "'" + printable(text) + "' can't be the " + what + " of '" +
                                   printable(host_.name) + "'",
                        .where = place(names),
                        .hint = what == "address" ? "set ansible_host" : ""});
    };
    HF_CHECK(check("address", out_.address, kAddress, ":%"));
    if (out_.user) HF_CHECK(check("user", *out_.user, kUser, "@+$\\"));
    if (out_.proxy_jump) HF_CHECK(check("jump host", *out_.proxy_jump, kArguments, "@,:[]%/+"));
    return {};
  }

  /// Where the last of the names is set, else the host.
  Position place(const Names& names) const {
    Position out = host_.where;
    for (const std::string& name : names) {
      const auto found = host_.variables.find(name);
      if (found != host_.variables.end()) out = found->second.where;
    }
    return out;
  }

  const InventoryHost& host_;
  ConnectionSettings out_;
};

}  // namespace

const std::vector<std::string>& connection_variable_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> out;
    for (const Names* names :
         {&kAddress, &kPort, &kUser, &kIdentity, &kPassword, &kBecomeUser, &kBecomePassword,
          &kBecomeFlags, &kBecomeProgram, &kHostKeyChecking, &kArguments, &kSingle}) {
      out.insert(out.end(), names->begin(), names->end());
    }
    return out;
  }();
  return kNames;
}

Result<ConnectionSettings> connection_settings(const InventoryHost& host) {
  return SettingsReader(host).read();
}

std::vector<std::string> programs_on_the_way(const ConnectionSettings& settings) {
  std::vector<std::string> out;
  for (const std::string& option : settings.ssh_options) {
    const auto at = option.find('=');
    if (at == std::string::npos || to_lower(option.substr(0, at)) != "proxycommand") continue;
    const std::string command = option.substr(at + 1);
    if (to_lower(command) != "none") out.push_back(command);
  }
  return out;
}

}  // namespace holdfast
