#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "engine/core/code.h"
#include "engine/core/position.h"

namespace holdfast {

/// A second place that an error speaks of: the other definition, the include that led here.
struct Note {
  Position where{};
  std::string message;
};

struct Error {
  Code code{};                       ///< Stable number, explained in docs/errors.md, never reused.
  std::string message;               ///< What is wrong, quoting the offending value.
  Position where{};                  ///< file:line:column, when the user wrote the cause.
  std::string hint{};                ///< What to do next.
  std::vector<Note> notes{};         ///< Other places that belong to it.
  std::vector<std::string> trail{};  ///< Innermost first: "observing web1".
  /// Whose resources it was found in, where it isn't everybody's: what is one mistake is told once.
  std::vector<std::string> hosts{};
  /// Where the message names them, and in how many bytes; length 0 where it doesn't.
  std::size_t hosts_at = 0, hosts_length = 0;
};

/// Adds " on HOST" to the message, and what follows it.
Error on_host(Error error, const std::string& host, std::string_view more = {});

/// A value, or why there is none.
template <class T>
struct [[nodiscard]] Result : tl::expected<T, Error> {
  using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline tl::unexpected<Error> fail(Code code, std::string message, std::string hint = {}) {
  return tl::unexpected<Error>(
      Error{.code = code, .message = std::move(message), .hint = std::move(hint)});
}

/// Errors of a whole run, collected so that all are shown at once. Not thread-safe.
class Diagnostics {
 public:
  void error(Error error) { errors_.push_back(std::move(error)); }
  void warning(Error warning) { warnings_.push_back(std::move(warning)); }
  bool failed() const { return !errors_.empty(); }
  const std::vector<Error>& errors() const { return errors_; }
  const std::vector<Error>& warnings() const { return warnings_; }
  /// Puts these in the place of all that it holds.
  void replace(std::vector<Error> errors, std::vector<Error> warnings) {
    errors_ = std::move(errors);
    warnings_ = std::move(warnings);
  }

 private:
  std::vector<Error> errors_;
  std::vector<Error> warnings_;
};

#define HF_CONCAT_INNER(a, b) a##b
#define HF_CONCAT(a, b) HF_CONCAT_INNER(a, b)
#define HF_TRY_IMPL(temporary, declaration, expression)                  \
  auto temporary = (expression);                                         \
  if (!temporary) return ::holdfast::fail(std::move(temporary.error())); \
  declaration = std::move(*temporary)
/// HF_TRY(auto x, f()): x is f()'s value, or the error is returned to the caller.
#define HF_TRY(declaration, expression) \
  HF_TRY_IMPL(HF_CONCAT(hf_try_, __LINE__), declaration, expression)
/// The same for Result<void>.
#define HF_CHECK(expression)                                \
  do {                                                      \
    if (auto hf_check = (expression); !hf_check)            \
      return ::holdfast::fail(std::move(hf_check.error())); \
  } while (false)

}  // namespace holdfast
