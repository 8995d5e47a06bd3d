#pragma once

#include <string>
#include <vector>

#include "tests/support/fake_host.h"

namespace holdfast {

/// What the collector `dpkg` prints of these packages.
std::string package_text(const FakeHost& host, const std::vector<std::string>& names);
/// Each package on a line: "package NAME VERSION STATUS auto|manual".
std::string packages_snapshot(const FakeHost& host);

FakeHost::Outcome apt_get(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome apt_mark(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome undo_mark(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome capture_packages(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome remove_packages(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome undo_packages(FakeHost& host, const FakeHost::Call& call);

}  // namespace holdfast
