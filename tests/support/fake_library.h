#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// A server in memory, of shelves with a text each, and what happens to it.
class FakeLibrary {
 public:
  std::map<std::string, std::string> shelves{};
  std::vector<std::string> log{};  ///< "TOKEN put a: old" of each change that was asked for.
  /// What goes wrong with a change, before it is made or after.
  std::function<Result<void>(const std::string& act)> before = [](const auto&) {
    return Result<void>();
  };
  std::function<Result<void>(const std::string& act)> after = [](const auto&) {
    return Result<void>();
  };
  /// What goes wrong with a question.
  std::function<Result<void>(const std::string& shelf)> asked = [](const auto&) {
    return Result<void>();
  };
  /// What a change sends on its way, before `before`.
  std::function<void(const Contact&)> sent = [](const auto&) {};
  /// Of the test that runs.
  static FakeLibrary& now();
  static void open(FakeLibrary* library);
};

/// All real kinds, and `shelf`: {shelf: a, text: …, token: …}, a text on the server. One of which
/// the server says "see b" holds what b does.
Registry kinds_with_library();

}  // namespace holdfast
