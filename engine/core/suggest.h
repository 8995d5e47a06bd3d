#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// The candidates nearest to `word` (Damerau-Levenshtein, at most a third of its letters changed),
/// best first, at most 3.
std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);
/// "did you mean 'content'?", or "" where nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace holdfast
