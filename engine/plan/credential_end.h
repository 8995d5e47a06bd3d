#pragma once

#include <chrono>

#include "engine/plan/plan.h"

namespace holdfast {

/// When a credential that a resource states ends, as its server says.
struct CredentialEnd {
  std::string what;                   ///< For people: "the token for https://api.github.com".
  std::int64_t at = 0;                ///< Seconds since 1970.
  std::chrono::milliseconds early{};  ///< So long before, plans begin to warn; 0: never.
  Position where{};
  std::string hint{};
};

/// A kind whose server says, beside what it is asked anyway, how long the credential is good.
class HasCredential {
 public:
  virtual ~HasCredential() = default;
  virtual std::optional<CredentialEnd> credential_end(const Resource& resource,
                                                      const Answers& answers) const = 0;
};

/// A warning (HF7182) for each credential that ends soon: one, however many resources state it.
void warn_of_credentials(const std::vector<Declaration>& declarations,
                         const std::vector<HostInput>& inputs, const Registry& registry,
                         std::int64_t now, Diagnostics& diagnostics);

}  // namespace holdfast
