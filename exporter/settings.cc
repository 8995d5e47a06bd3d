#include "exporter/settings.h"

#include <arpa/inet.h>

#include <array>
#include <utility>

#include "exporter/numbers.h"
#include "exporter/runner_service.h"

namespace holdfast::exporter {
namespace {

constexpr std::string_view kBegin =
    "holdfast-runner-exporter: health of a self-hosted GitHub Actions runner, for Prometheus\n"
    "\n"
    "usage: holdfast-runner-exporter --environment NAME --authorized-for-prod true|false [FLAG…]\n"
    "\n"
    "What stands in brackets is an environment variable that can be set instead; a flag counts "
    "more.\n"
    "\n";
constexpr std::string_view kEnd =
    "  --once                     print the metrics and end\n"
    "  --version                  print the version and end\n"
    "  --help                     print this and end\n"
    "\n"
    "GET /metrics gives the metrics, GET /health says OK. It ends with 0 when told to (SIGTERM, "
    "SIGINT),\n"
    "1 where it can't listen, 64 for wrong flags.\n";

/// What is wrong with a value; empty: nothing.
using Check = std::string (*)(std::string_view value);

struct Flag {
  const char* name;
  const char* variable;
  const char* value;
  const char* doc;
  Check check;
  void (*set)(Settings& settings, std::string_view value);
};

std::string check_port(std::string_view value) {
  return whole_number<std::uint16_t>(value) ? "" : "a number from 0 to 65535";
}

std::string check_address(std::string_view value) {
  std::array<char, 16> bytes{};
  const std::string text(value);
  const bool good = inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
                    inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
  return good && text.find('\0') == std::string::npos ? "" : "an IPv4 or IPv6 address";
}

std::string check_path(std::string_view value) {
  return value.starts_with('/') && value.find('\0') == std::string_view::npos ? ""
                                                                              : "an absolute path";
}

std::string check_unit(std::string_view value) {
  return names_a_service(value) ? ""
                                : "the name of a service, such as actions.runner.o-r.name.service";
}

std::string check_word(std::string_view value) {
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      return "a text without control characters";
  }
  return value.size() <= 256 ? "" : "a text of at most 256 bytes";
}

std::string check_truth(std::string_view value) {
  return value == "true" || value == "false" ? "" : "true or false";
}

// clang-format off
constexpr auto kFlags = std::to_array<Flag>({
    {"--environment", "ENVIRONMENT", "NAME", "label environment; must be given", check_word,
     [](Settings& s, std::string_view v) { s.environment = v; }},
    {"--authorized-for-prod", "AUTHORIZED_FOR_PROD", "true|false", "label authorized_for_prod; must be given", check_truth,
     [](Settings& s, std::string_view v) { s.authorized_for_prod = v; }},
    {"--runner-dir", "RUNNER_DIR", "PATH", "where the runner is (/opt/actions-runner)", check_path,
     [](Settings& s, std::string_view v) { s.runner_dir = v; }},
    {"--runner-name", "RUNNER_NAME", "NAME", "label runner_name of runner_version_info (none)", check_word,
     [](Settings& s, std::string_view v) { s.runner_name = v; }},
    {"--unit", "RUNNER_UNIT", "NAME", "the runner's service (what .service in the runner's folder says)", check_unit,
     [](Settings& s, std::string_view v) { s.unit = v; }},
    {"--disk", "DISK_PATH", "PATH", "a path on the file system to report (the runner's folder)", check_path,
     [](Settings& s, std::string_view v) { s.disk = v; }},
    {"--credential-file", "CREDENTIAL_FILE", "PATH", "a file that says when the runner's credential ends (none)", check_path,
     [](Settings& s, std::string_view v) { s.credential_file = v; }},
    {"--port", "EXPORTER_PORT", "N", "TCP port (9101); 0: any free one, said on standard error", check_port,
     [](Settings& s, std::string_view v) { s.port = whole_number<std::uint16_t>(v).value_or(0); }},
    {"--listen", "EXPORTER_LISTEN", "ADDRESS", "listen on this address only (all)", check_address,
     [](Settings& s, std::string_view v) { s.listen = v; }},
});
// clang-format on

const Flag* find_flag(std::string_view name) {
  for (const Flag& flag : kFlags) {
    if (name == flag.name) return &flag;
  }
  return nullptr;
}

std::string help() {
  std::string out(kBegin);
  for (const Flag& flag : kFlags) {
    const std::string usage = std::string("  ") + flag.name + " " + flag.value;
    out += usage;
    out += usage.size() < 28 ? std::string(29 - usage.size(), ' ') : "\n" + std::string(29, ' ');
    out.append(flag.doc).append(" [").append(flag.variable).append("]\n");
  }
  return out.append(kEnd);
}

std::string quoted(std::string_view value) {
  std::string out = "'";
  for (const char c : value.substr(0, 100)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  return out += "'";
}

using Read = std::variant<Settings, Notice, UsageError>;

class Reader {
 public:
  /// @return Why it stops there.
  std::optional<Read> flags(std::span<const std::string_view> arguments) {
    while (!arguments.empty()) {
      const std::string_view argument = arguments.front();
      arguments = arguments.subspan(1);
      if (argument == "--help" || argument == "-h") return Notice{help()};
      if (argument == "--version") return Notice{"holdfast-runner-exporter " EXPORTER_VERSION "\n"};
      if (argument == "--once") {
        settings_.once = true;
        continue;
      }
      const std::size_t equals = argument.find('=');
      const std::string name(argument.substr(0, equals));
      const Flag* flag = find_flag(name);
      if (flag == nullptr) return UsageError{"it takes no " + quoted(argument)};
      if (equals != std::string_view::npos) {
        set(*flag, name, argument.substr(equals + 1));
      } else if (arguments.empty()) {
        return UsageError{name + " needs a value"};
      } else {
        set(*flag, name, arguments.front());
        arguments = arguments.subspan(1);
      }
      given_[static_cast<std::size_t>(flag - kFlags.data())] = true;
    }
    return std::nullopt;
  }

  void variables(const std::function<const char*(const char*)>& variable) {
    for (std::size_t k = 0; k < kFlags.size(); ++k) {
      const char* value = variable(kFlags[k].variable);
      if (given_[k] || value == nullptr || *value == '\0') continue;
      set(kFlags[k], kFlags[k].variable, value);
    }
  }

  Read finish() {
    if (!error_.empty()) return UsageError{std::move(error_)};
    if (settings_.environment.empty()) {
      return UsageError{
          "--environment (or ENVIRONMENT) must say which environment the runner belongs to"};
    }
    if (settings_.authorized_for_prod.empty()) {
      return UsageError{"--authorized-for-prod (or AUTHORIZED_FOR_PROD) must be true or false"};
    }
    return std::move(settings_);
  }

 private:
  void set(const Flag& flag, std::string_view by, std::string_view value) {
    const std::string wanted = value.empty() ? "a value" : flag.check(value);
    if (wanted.empty()) {
      flag.set(settings_, value);
    } else if (error_.empty()) {
      error_ = std::string(by) + " needs " + wanted + ", not " + quoted(value);
    }
  }

  std::array<bool, kFlags.size()> given_{};
  std::string error_;  ///< The first one.
  Settings settings_;
};

}  // namespace

Read read_settings(std::span<const std::string_view> arguments,
                   const std::function<const char*(const char*)>& variable) {
  Reader reader;
  if (auto stopped = reader.flags(arguments)) return std::move(*stopped);
  reader.variables(variable);
  return reader.finish();
}

}  // namespace holdfast::exporter
