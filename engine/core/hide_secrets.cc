#include "engine/core/hide_secrets.h"

#include <cctype>
#include <vector>

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::string_view kHidden = "(secret)";
constexpr std::size_t kShortest = 4;
constexpr std::size_t kShortestPart = 3;
constexpr std::string_view kCut = "…";

/// Whether what was found is a part of the word that stands for a secret already.
bool is_hidden(const std::string& text, std::size_t at, std::string_view what) {
  const std::size_t within = kHidden.find(what);
  return within != std::string_view::npos && at >= within &&
         text.compare(at - within, kHidden.size(), kHidden) == 0;
}

void replace_all(std::string& text, std::string_view what) {
  if (what.size() < kShortest) return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    if (is_hidden(text, at, what)) {
      at += what.size();
      continue;
    }
    text.replace(at, what.size(), kHidden);
    at += kHidden.size();
  }
}

bool letter_at(const std::string& text, std::size_t at) {
  return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
}

/// Of what stands in quotes: whether it was taken from a secret, by its beginning where it was cut.
bool is_part(std::string_view quoted, std::string_view secret, std::string_view shown) {
  if (ends_with(quoted, kCut)) quoted.remove_suffix(kCut.size());
  if (quoted == secret || quoted == shown) return !quoted.empty();
  if (quoted.size() < kShortestPart) return false;
  return secret.find(quoted) != std::string_view::npos ||
         shown.find(quoted) != std::string_view::npos;
}

/// An apostrophe within a word opens and closes nothing.
void hide_quoted(std::string& text, std::string_view secret) {
  const std::string shown = printable(secret);
  for (std::size_t from = 0; from < text.size(); ++from) {
    if (text[from] != '\'' || (from > 0 && letter_at(text, from - 1))) continue;
    for (auto to = text.find('\'', from + 1); to != std::string::npos;
         to = text.find('\'', to + 1)) {
      if (letter_at(text, to + 1)) continue;
      if (!is_part(std::string_view(text).substr(from + 1, to - from - 1), secret, shown)) continue;
      text.replace(from, to - from + 1, kHidden);
      break;
    }
  }
}

void collect(const Value& value, std::vector<std::string_view>& secrets) {
  if (value.is_secret()) secrets.push_back(value.bytes());
  if (value.is_list()) {
    for (const Value& item : value.as_list()) collect(item, secrets);
  }
  if (value.is_map()) {
    for (const auto& [name, item] : value.as_map()) collect(item, secrets);
  }
}

}  // namespace

Value without_secrets(const Value& value) {
  if (!value.holds_secret()) return value;
  if (value.is_secret()) return Value(Unknown{"a secret"});
  if (value.is_list()) {
    ValueList items = value.as_list();
    for (Value& item : items) item = without_secrets(item);
    return Value(std::move(items));
  }
  ValueMap map = value.as_map();
  for (auto& [name, item] : map) item = without_secrets(item);
  return Value(std::move(map));
}

void hide_secret(std::string& text, std::string_view secret) {
  replace_all(text, secret);
  replace_all(text, printable(secret));
  for (const std::string_view line : lines(secret)) replace_all(text, trim(line));
}

void hide_secrets(Error& error, const Value& value) {
  std::vector<std::string_view> secrets;
  collect(value, secrets);
  const auto hide = [&](std::string& text) {
    for (const std::string_view secret : secrets) {
      hide_quoted(text, secret);
      hide_secret(text, secret);
    }
  };
  if (secrets.empty()) return;
  hide(error.message);
  hide(error.hint);
  for (Note& note : error.notes) hide(note.message);
}

}  // namespace holdfast
