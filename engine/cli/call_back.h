#pragma once

#include "engine/apply/rollback.h"
#include "engine/cli/options.h"

namespace holdfast {

/// Lets a rollback take changes of servers back, with the credentials that the project's resources
/// state: it is loaded only where there is such a change. A host says what is to be taken back, but
/// only the project says who gets a credential.
void use_project_credentials(RollbackOptions& rollback, const Options& options,
                             const Registry& registry);

}  // namespace holdfast
