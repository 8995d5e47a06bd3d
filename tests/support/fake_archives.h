#pragma once

#include <string>
#include <vector>

#include "tests/support/fake_host.h"

namespace holdfast {

/// Files fetched and archives unpacked in memory: a file that was fetched says in its text which
/// digest its bytes would have.
std::string fake_digest(const std::string& content);

FakeHost::Outcome put_download(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome capture_download(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome undo_download(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome put_state(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome unpack_archive(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome undo_archive(FakeHost& host, const FakeHost::Call& call);

/// The answer of the collector `archives`.
std::string archives_text(const FakeHost& host, const std::vector<std::string>& keys);

}  // namespace holdfast
