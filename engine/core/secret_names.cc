#include "engine/core/secret_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "engine/core/suggest.h"
#include "engine/core/text.h"

namespace holdfast {

bool name_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-' || byte == '.';
}

std::vector<std::string_view> name_words(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && name_byte(text[end])) ++end;
    if (end > at) out.push_back(text.substr(at, end - at));
    at = std::max(end, at + 1);
  }
  return out;
}

bool sounds_secret(std::string_view name) {
  static const std::vector<std::string> kWords{"password",   "passwd", "passphrase", "secret",
                                               "credential", "token",  "apikey"};
  static constexpr std::array<std::string_view, 8> kShort{"pass", "pw",  "pwd",  "psk",
                                                          "pin",  "key", "cred", "creds"};
  static constexpr std::array<std::string_view, 3> kOpen{"authorized", "public", "host"};
  constexpr std::size_t kLongestSlip = 16;
  const std::string low = to_lower(name);
  if (std::any_of(kWords.begin(), kWords.end(),
                  [&](const std::string& word) { return low.find(word) != std::string::npos; })) {
    return true;
  }
  std::vector<std::string> parts(1);
  for (const char c : low) {
    if (c == '_' || c == '-' || c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const auto is = [](const auto& list, const std::string& part) {
    return std::find(list.begin(), list.end(), part) != list.end();
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    // A key alone is many a thing; with a word before it, it opens something.
    const bool key = parts[i] == "key";
    if (key && (i == 0 || is(kOpen, parts[i - 1]))) continue;
    if (is(kShort, parts[i]) && (!key || i + 1 == parts.size())) return true;
    if (parts[i].size() < kLongestSlip && !nearest(parts[i], kWords).empty()) return true;
  }
  return false;
}

bool speaks_of_secrets(std::string_view text) {
  const auto words = name_words(text);
  return std::any_of(words.begin(), words.end(), sounds_secret);
}

}  // namespace holdfast
