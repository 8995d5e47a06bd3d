#pragma once

#include <string>

#include "engine/transport/descriptor.h"

namespace holdfast {

enum class AddressFamily { Any, Inet, Inet6 };

struct TcpTarget {
  std::string host;  ///< Name or number.
  int port = 22;
  std::string bind_address{};
  AddressFamily family = AddressFamily::Any;
};

/// A connected, blocking stream: no Nagle, kernel keep-alive on, so that a peer that has silently
/// gone is noticed within half a minute. Every address of the name is tried in turn.
/// @param retryable  Set where another try may pass: refused, reset, timed out.
/// @param begun  What begin_tcp() gave for this target; used if there is one.
/// @errors HF4001, HF4004.
Result<Descriptor> connect_tcp(const TcpTarget& target, Deadline deadline, bool& retryable,
                               Descriptor begun = Descriptor());

/// Begins to connect, without waiting for anything; none where the address is a name, or it fails
/// at once.
Descriptor begin_tcp(const TcpTarget& target);

}  // namespace holdfast
