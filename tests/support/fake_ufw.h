#pragma once

#include <string>
#include <vector>

#include "tests/support/fake_host.h"

namespace holdfast {

/// What the collector `ufw` prints.
std::string ufw_text(const FakeHost& host, const std::vector<std::string>& keys);
/// Settings and rules, one a line.
std::string ufw_snapshot(const FakeHost& host);

/// The batch of ufw commands (resources/ufw/batch.py), as far as examples need it.
FakeHost::Outcome ufw_commands(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome capture_ufw(FakeHost& host, const FakeHost::Call& call);

}  // namespace holdfast
