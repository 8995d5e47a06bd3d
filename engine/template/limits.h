#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast::jinja {

inline constexpr std::int64_t kMaxSteps = 1'000'000;   ///< Evaluations of one rendering.
inline constexpr std::size_t kMaxText = 16U << 20;     ///< Bytes of any one text.
inline constexpr std::size_t kMaxTemplate = 4U << 20;  ///< Bytes of a template itself.
inline constexpr int kMaxNesting = 100;                ///< Brackets and blocks in each other.
inline constexpr int kMaxDepth = 250;                  ///< Levels of an expression's tree.
inline constexpr int kMaxLevels = 100;                 ///< Lists in lists that a template makes.
inline constexpr int kMaxValueDepth = 400;             ///< Levels of a value that is looked into.
inline constexpr std::int64_t kMaxRange = 100'000;     ///< Items of range().
inline constexpr std::size_t kMaxPattern = 4096;       ///< Bytes of a regular expression.
inline constexpr std::size_t kMaxSubject = 1U << 20;   ///< Bytes that one is applied to.

}  // namespace holdfast::jinja
