#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace holdfast::exporter {

struct Settings {
  std::uint16_t port = 9101;
  std::string listen;  ///< An address; empty: all.
  std::string runner_dir = "/opt/actions-runner";
  std::string unit;  ///< Empty: by the runner directory's .service.
  std::string runner_name;
  std::string environment;
  std::string authorized_for_prod;
  std::string disk;  ///< Empty: the runner directory.
  std::string credential_file;
  bool once = false;
};

/// Asked for by --help or --version: the text to print.
struct Notice {
  std::string text;
};
struct UsageError {
  std::string message;
};

/// @param arguments  Without the program's name.
/// @param variable   The value of an environment variable; nullptr: not set. A flag counts more, an
/// empty value as not set.
std::variant<Settings, Notice, UsageError> read_settings(
    std::span<const std::string_view> arguments,
    const std::function<const char*(const char*)>& variable);

}  // namespace holdfast::exporter
