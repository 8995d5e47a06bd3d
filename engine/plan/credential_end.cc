#include "engine/plan/credential_end.h"

#include <algorithm>

#include "engine/core/clock.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

std::string left_text(std::int64_t seconds) {
  constexpr std::int64_t kHour = 3600, kDay = 24 * kHour;
  if (seconds <= 0) return "has expired";
  if (seconds >= 2 * kDay) return "expires in " + std::to_string(seconds / kDay) + " days";
  if (seconds >= 2 * kHour) return "expires in " + std::to_string(seconds / kHour) + " hours";
  return "expires in " + std::to_string(seconds / 60) + " min";
}

}  // namespace

void warn_of_credentials(const std::vector<Declaration>& declarations,
                         const std::vector<HostInput>& inputs, const Registry& registry,
                         std::int64_t now, Diagnostics& diagnostics) {
  std::set<std::string> told;
  for (const Declaration& declaration : declarations) {
    const auto* kind = dynamic_cast<const HasCredential*>(registry.kind(declaration.resource.kind));
    if (kind == nullptr) continue;
    const auto input = std::find_if(inputs.begin(), inputs.end(), [&](const HostInput& one) {
      return one.host == declaration.host;
    });
    if (input == inputs.end() || input->unreachable) continue;
    const auto end = kind->credential_end(declaration.resource, input->seen.answers);
    if (!end ||
        end->at - now > std::chrono::duration_cast<std::chrono::seconds>(end->early).count())
      continue;
    if (end->early.count() == 0 || !told.insert(end->what + time_text(end->at)).second) continue;
    diagnostics.warning({.code = Code::CredentialExpires,
                         .message = printable(end->what) + " " + left_text(end->at - now) + ": " +
                                    time_text(end->at),
                         .where = end->where,
                         .hint = end->hint});
  }
}

}  // namespace holdfast
