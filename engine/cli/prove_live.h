#pragma once

#include "engine/cli/prove_tests.h"
#include "engine/cli/session.h"
#include "engine/report/exit_code.h"

namespace holdfast {

/// What is to be proved.
struct ProofRequest {
  const Options& options;
  const Session& session;  ///< That has validated the manifests.
  const Catalog& catalog;
  const Wiring& wiring;
};

/// Makes alerts fire on the running servers and sees them at their receivers. What that takes is a
/// run like another (plan, agreement, lock, undo first, guard) that nobody keeps: series on a page
/// that a temporary job scrapes, and stopped units where the user names them.
/// @param shown  What promtool has shown of the alerts.
Exit prove_live(const ProofRequest& request, PromtoolProof& shown, const ProofFolder& folder);

}  // namespace holdfast
