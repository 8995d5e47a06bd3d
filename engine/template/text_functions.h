#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/core/error.h"
#include "engine/core/value.h"
#include "engine/template/budget.h"

namespace holdfast::jinja {

/// Python's strip: without `chars`, white space.
std::string strip(std::string_view text, const std::optional<std::string>& chars, bool left,
                  bool right);
/// Python's replace. @param count  At most so many; negative: all. @errors HF2105.
Result<std::string> replaced(std::string_view text, std::string_view old, std::string_view fresh,
                             std::int64_t count, Budget& budget);
/// Python's split. Without a separator: at runs of white space. @param times  Negative: no limit.
Result<ValueList> split_words(std::string_view text, const std::optional<std::string>& separator,
                              std::int64_t times, Budget& budget);
/// Python's rsplit with a separator.
Result<ValueList> split_words_from_end(std::string_view text, const std::string& separator,
                                       std::int64_t times, Budget& budget);

enum class Padding { Left, Right, Center };
/// A text brought to a width; Left: the text stands at the right. @errors HF2105 a width above
/// 100,000.
Result<std::string> padded(std::string_view text, std::int64_t width, std::string_view fill,
                           Padding where);

}  // namespace holdfast::jinja
