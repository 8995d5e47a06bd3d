#pragma once

#include <string>
#include <vector>

#include "tests/support/fake_host.h"

namespace holdfast {

/// What `systemctl show` prints of these units.
std::string unit_text(const FakeHost& host, const std::vector<std::string>& units);
/// systemctl, and the programs that start units and judge them.
FakeHost::Outcome systemctl(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome start_units(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome look_at_units(FakeHost& host, const FakeHost::Call& call);

}  // namespace holdfast
