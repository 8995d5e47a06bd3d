#pragma once

#include <map>
#include <utility>

#include "engine/transport/ssh_config.h"

namespace holdfast {

/// The lines that count for one host, by keyword, and their typed reading.
class SshConfigValues {
 public:
  bool has(const std::string& keyword) const { return first_.count(keyword) > 0; }
  /// Keeps the first.
  void set(SshConfigLine line) { first_.emplace(line.keyword, std::move(line)); }
  /// Keeps all, in order.
  void add(SshConfigLine line) { all_[line.keyword].push_back(std::move(line)); }
  /// The first argument as it is written.
  std::string text(const std::string& keyword, std::string fallback) const;

  /// Types, tokens and defaults. @errors HF4006 a value that isn't one.
  Result<SshOptions> finish(const std::string& original_host) const;

 private:
  using Tokens = std::map<char, std::string>;
  Result<void> address(SshOptions& options, const std::string& original_host) const;
  Result<void> trust(SshOptions& options, const Tokens& tokens) const;
  Result<void> identities(SshOptions& options, const Tokens& tokens) const;
  Result<void> proxies(SshOptions& options, const Tokens& tokens) const;
  Result<void> patience(SshOptions& options) const;
  Result<void> algorithms(SshOptions& options) const;
  Result<void> methods(SshOptions& options) const;

  Result<bool> flag(const std::string& keyword, bool fallback) const;
  Result<std::optional<int>> number(const std::string& keyword, int least, int most) const;
  Result<std::optional<std::chrono::seconds>> time(const std::string& keyword) const;
  Result<std::vector<std::string>> paths(const std::string& keyword, const Tokens& tokens) const;

  std::map<std::string, SshConfigLine> first_;
  std::map<std::string, std::vector<SshConfigLine>> all_;
};

/// HF4006: "FILE:LINE: 'ProxyUseFdpass yes' REASON".
Error refused_option(const SshConfigLine& line, const std::string& reason, std::string hint = {});
/// Replaces %h and the like. @errors HF4006 a token that isn't in `tokens`.
Result<std::string> expand_tokens(const std::string& text,
                                  const std::map<char, std::string>& tokens,
                                  const SshConfigLine& line);
/// The account that runs holdfast.
std::string local_user();
/// 1 to 65535, 0 where it is no port.
int parse_port(std::string_view text);

}  // namespace holdfast
