#pragma once

#include "engine/template/builtin.h"

namespace holdfast::jinja {

/// Ansible's version test: the subject against arguments version, operator, strict, version_type
/// (loose, strict, semver). @errors HF2104.
Result<Term> version_holds(Call& call);

}  // namespace holdfast::jinja
