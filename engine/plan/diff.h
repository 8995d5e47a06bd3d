#pragma once

#include <optional>

#include "engine/core/kind.h"

namespace holdfast {

/// What must happen so that `observed` becomes `desired`. Pure, and the same for every kind.
///
/// Only what the manifest states is compared: an attribute that `desired` does not hold, or holds
/// as null, is not drift. Texts and secrets compare by bytes. An observed attribute that is unknown
/// is a change with that unknown as its `before`: nobody can tell, so nothing may be promised. A
/// difference of an attribute marked immutable makes the change a replacement.
/// @param desired   In the form that Kind::read gives (Kind::desired).
/// @param observed  None: it does not exist.
/// @param defaults  What a new one gets where nothing is stated (Kind::creation_defaults): listed
///                  in a creation and a replacement, never compared.
/// @return Action None, Create, Update or Replace; the reason is fit for output: no secret, no
///         control character.
Change diff(const Schema& schema, const State& desired, const std::optional<State>& observed,
            const State& defaults = {});

/// The change of a resource: `diff`, or a deletion where it is to be absent and is there.
Change diff(const Kind& kind, const Resource& resource, const std::optional<State>& observed);

}  // namespace holdfast
