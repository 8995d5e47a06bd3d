#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "engine/transport/descriptor.h"

namespace holdfast {

/// Which descriptors a child gets as its 0, 1 and 2.
struct ChildStreams {
  int input = -1;
  int output = -1;
  int error = -1;
};

/// A program that we started, in a session of its own. Its end is waited for when the owner goes:
/// what has not ended a moment after its input closed is killed.
class Child {
 public:
  /// @errors HF1006 where it can't be started.
  static Result<Child> start(const std::vector<std::string>& argv, const ChildStreams& streams);
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&&) = delete;
  ~Child();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

}  // namespace holdfast
