#include "engine/transport/proxy_command.h"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <vector>

namespace holdfast {
namespace {

/// Flags of ssh(1) that take an argument.
constexpr std::string_view kWithArgument = "BbcDEeFIiJLlmOopPQRSWw";

/// Quotes only keep together what has spaces: a path, which is of no interest here.
std::vector<std::string> words_of(std::string command) {
  command.erase(
      std::remove_if(command.begin(), command.end(), [](char c) { return c == '"' || c == '\''; }),
      command.end());
  std::istringstream in(command);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

bool is_ssh(std::string_view program) { return program.substr(program.rfind('/') + 1) == "ssh"; }

}  // namespace

std::optional<ProxiedWay> way_of_proxy_command(const std::string& command) {
  if (command.find_first_of("\\`$;&|<>()") != std::string::npos) return std::nullopt;
  const std::vector<std::string> words = words_of(command);
  std::size_t at = !words.empty() && words[0] == "exec" ? 1 : 0;
  if (at >= words.size() || !is_ssh(words[at])) return std::nullopt;
  std::optional<std::string> before;
  std::string port;
  for (++at; at < words.size() && words[at].size() > 1 && words[at][0] == '-'; ++at) {
    const std::string& word = words[at];
    const std::size_t flag = word.find_first_of(kWithArgument, 1);
    if (flag == std::string::npos) continue;
    std::string value = word.substr(flag + 1);
    if (value.empty() && at + 1 < words.size()) value = words[++at];
    if (word[flag] == 'J') before = value;
    if (word[flag] == 'p') port = ":" + value;
  }
  if (at >= words.size()) return std::nullopt;
  const auto hops = parse_jump(words[at] + port);
  if (!hops || hops->size() != 1) return std::nullopt;
  return ProxiedWay{hops->front(), before};
}

}  // namespace holdfast
