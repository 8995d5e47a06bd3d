#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "engine/report/ink.h"

namespace holdfast {

/// What one check asked on one host, and what came of it.
struct CheckVerdict {
  std::string host{}, address{};
  std::string asked{};
  std::string got{};   ///< The answer; of a wrong one, what is wrong.
  std::string hint{};  ///< What to do next; "" where nothing is.
  bool passed = false;
  bool warns = false;  ///< A wrong answer fails nothing.
  std::chrono::milliseconds took{0};
};

/// Something that could not be asked.
struct Unasked {
  std::string host{}, address{};  ///< `address` "": the whole host.
  std::string why{}, hint{};
  bool refused = false;  ///< Not unreachable: its record, or what is stated, can't be used.
};

struct Verification {
  std::vector<CheckVerdict> checks{};
  std::vector<Unasked> unasked{};
  std::size_t failed() const;
  std::size_t warned() const;
};

/// A table, a line a check.
std::string verification_text(const Verification& verification, const Ink& ink);
/// docs/json.md
std::string verification_json(const Verification& verification);
/// JUnit's XML, a suite a host: what is right passes, what is wrong is a failure, what could not be
/// asked an error.
std::string verification_junit(const Verification& verification);

}  // namespace holdfast
