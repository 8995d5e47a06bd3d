#include "engine/apply/masking.h"

#include "engine/core/hide_secrets.h"

namespace holdfast {
namespace {

void mask_value(std::string& text, const Value& value) {
  if (value.is_secret()) hide_secret(text, value.bytes());
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
