#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "engine/apply/lockable.h"
#include "engine/core/error.h"

namespace holdfast {

struct LockOptions {
  int parallel = 32;
  /// How long to wait for another run that holds a host; 0: not at all.
  std::chrono::seconds timeout{0};
  /// Number of Ctrl-C so far: none is waited for any more after the first.
  const std::atomic<int>* interrupts = nullptr;
  /// How long a host keeps a lock of which it hears nothing, at least.
  std::chrono::seconds lease{45};
};

/// Takes the locks of all hosts before the first change, and looks again under them. First at all
/// of them at once. Where another run is in the way all are given back, and taken in one order that
/// every controller keeps: of two runs that each held what the other wanted, one gets all. While it
/// waits (`LockOptions::timeout`) it holds nothing.
/// @return for each host whether it takes part; where one is still locked none should.
std::vector<char> take_locks(const std::vector<Lockable*>& hosts, const LockOptions& options);

/// HF6103 with who holds the host, as Begun::holder tells it.
Error held(const std::string& host, const std::string& holder);

/// Whether another run holds one of the hosts.
bool any_locked(const std::vector<Lockable*>& hosts);

}  // namespace holdfast
