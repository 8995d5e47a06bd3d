#include "engine/inventory/ssh_arguments.h"

#include <algorithm>
#include <array>

#include "engine/core/text.h"
#include "engine/inventory/python_text.h"

namespace holdfast {
namespace {

/// Flags that change nothing for a tool without a terminal.
constexpr std::string_view kDroppedFlags = "nqtTvxXyk";
/// Flags with an argument, of which these two change nothing either.
constexpr std::string_view kDroppedWithArgument = "eES";
constexpr std::array<std::string_view, 9> kDroppedOptions{
    "batchmode", "checkhostip", "controlmaster", "controlpath",  "controlpersist",
    "loglevel",  "requesttty",  "escapechar",    "visualhostkey"};

Error unsupported(std::string message, std::string hint = {}) {
  return Error{
      .code = Code::ConnectionUnsupported, .message = std::move(message), .hint = std::move(hint)};
}

Error insecure(const std::string& option) {
  return unsupported("'" + printable(option) +
                         "' turns off the check of host keys, which holdfast "
                         "never does",
                     "pin the host's key with holdfast_host_key: SHA256:…, or add it to "
                     "~/.ssh/known_hosts");
}

void set_first(std::optional<std::string>& slot, std::string_view value) {
  if (!slot) slot = std::string(value);
}

class ArgumentReader {
 public:
  explicit ArgumentReader(SshArguments& into) : into_(into) {}

  Result<void> read(const std::vector<std::string>& words) {
    for (at_ = 0; at_ < words.size(); ++at_) {
      const std::string& word = words[at_];
      if (!starts_with(word, "-") || word.size() < 2) {
        return fail(unsupported("'" + printable(word) + "' is no option of ssh"));
      }
      HF_CHECK(flags(words));
    }
    return {};
  }

 private:
  /// One word of flags: "-4C", "-p2222", "-o" "Name=Value".
  Result<void> flags(const std::vector<std::string>& words) {
    const std::string& word = words[at_];
    for (std::size_t i = 1; i < word.size(); ++i) {
      const char flag = word[i];
      if (std::string_view("opilJbcm").find(flag) == std::string_view::npos &&
          kDroppedWithArgument.find(flag) == std::string_view::npos) {
        HF_CHECK(simple(flag));
        continue;
      }
      std::string value = word.substr(i + 1);
      if (value.empty()) {
        if (at_ + 1 >= words.size()) {
          return fail(Error{.code = Code::ConnectionInvalid,
                            .message = std::string("nothing stands behind -") + flag});
        }
        value = words[++at_];
      }
      return with_value(flag, value);
    }
    return {};
  }

  Result<void> simple(char flag) {
    if (kDroppedFlags.find(flag) != std::string_view::npos) return {};
    if (flag == '4') return add("AddressFamily", "inet");
    if (flag == '6') return add("AddressFamily", "inet6");
    if (flag == 'A') return add("ForwardAgent", "yes");
    if (flag == 'a') return add("ForwardAgent", "no");
    if (flag == 'C') return add("Compression", "yes");
    return fail(unsupported(std::string("holdfast does not honour the ssh option -") +
                            printable(std::string(1, flag))));
  }

  Result<void> with_value(char flag, const std::string& value) {
    if (flag == 'o') return option(value);
    if (flag == 'p') set_first(into_.port, value);
    if (flag == 'i') set_first(into_.identity_file, value);
    if (flag == 'l') set_first(into_.user, value);
    if (flag == 'J') set_first(into_.proxy_jump, value);
    if (flag == 'b') return add("BindAddress", value);
    if (flag == 'c') return add("Ciphers", value);
    if (flag == 'm') return add("MACs", value);
    return {};
  }

  Result<void> option(const std::string& text) {
    const std::string_view all = trim(text);
    const auto end = all.find_first_of("= \t");
    const std::string_view name = all.substr(0, end);
    std::string_view value = end == std::string_view::npos ? "" : trim(all.substr(end));
    if (starts_with(value, "=")) value = trim(value.substr(1));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    if (name.empty() || value.empty()) {
      return fail(Error{.code = Code::ConnectionInvalid,
                        .message = "the ssh option '" + printable(text) + "' has no value",
                        .hint = "write -o Name=Value"});
    }
    return add(name, value);
  }

  Result<void> add(std::string_view name, std::string_view value) {
    const std::string lower = to_lower(name);
    const std::string setting = to_lower(value);
    const std::string whole = std::string(name) + "=" + std::string(value);
    if (lower == "stricthostkeychecking") {
      if (setting == "yes" || setting == "ask") return {};
      return fail(insecure(whole));
    }
    if ((lower == "userknownhostsfile" || lower == "globalknownhostsfile") &&
        (setting == "/dev/null" || setting == "none")) {
      return fail(insecure(whole));
    }
    if (std::find(kDroppedOptions.begin(), kDroppedOptions.end(), lower) != kDroppedOptions.end()) {
      return {};
    }
    if (lower == "port") set_first(into_.port, value);
    if (lower == "user") set_first(into_.user, value);
    if (lower == "identityfile") set_first(into_.identity_file, value);
    if (lower == "proxyjump") set_first(into_.proxy_jump, value);
    const bool own =
        lower == "port" || lower == "user" || lower == "identityfile" || lower == "proxyjump";
    const bool known =
        std::any_of(into_.options.begin(), into_.options.end(), [&](const std::string& o) {
          return to_lower(std::string_view(o).substr(0, o.find('='))) == lower;
        });
    if (!own && !known) into_.options.push_back(whole);
    return {};
  }

  SshArguments& into_;
  std::size_t at_ = 0;
};

}  // namespace

Result<void> take_ssh_arguments(std::string_view text, SshArguments& into) {
  auto words = shell_words(text, false);
  if (!words) {
    words.error().code = Code::ConnectionInvalid;
    return fail(std::move(words.error()));
  }
  return ArgumentReader(into).read(*words);
}

}  // namespace holdfast
