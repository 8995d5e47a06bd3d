#include "engine/apply/masking.h"

#include "engine/core/text.h"

namespace holdfast {
namespace {

/// Shorter pieces would mask ordinary words.
constexpr std::size_t kShortest = 4;

void mask(std::string& text, std::string_view secret) {
  if (secret.size() < kShortest) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "(secret)");
  }
}

void mask_value(std::string& text, const Value& value) {
  if (!value.is_secret()) return;
  mask(text, value.bytes());
  for (const std::string_view line : lines(value.bytes())) mask(text, trim(line));
}

}  // namespace

std::string mask_secrets(std::string text, const Block& block) {
  for (const Act& act : block.acts) {
    if (const auto* file = std::get_if<WriteFile>(&act.step)) mask_value(text, file->content);
    if (const auto* run = std::get_if<Run>(&act.step)) {
      mask_value(text, run->input);
      mask_value(text, run->undo_input);
    }
    if (const auto* call = std::get_if<Call>(&act.step)) {
      if (call->secret) mask_value(text, Value(*call->secret));
      if (call->server.credential) mask_value(text, Value(*call->server.credential));
    }
  }
  return text;
}

}  // namespace holdfast
