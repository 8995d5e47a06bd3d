#pragma once

#include <string>
#include <vector>

#include "tests/support/fake_host.h"

namespace holdfast {

/// What the collector `nftables` prints.
std::string nft_text(const FakeHost& host, const std::vector<std::string>& keys);
/// The kernel's tables, a line each.
std::string nft_snapshot(const FakeHost& host);

/// The programs of resources/nftables. They take a text for good if its braces are closed.
FakeHost::Outcome load_nft(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome capture_nft(FakeHost& host, const FakeHost::Call& call);
FakeHost::Outcome undo_nft(FakeHost& host, const FakeHost::Call& call);

}  // namespace holdfast
