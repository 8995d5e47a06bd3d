#pragma once

#include <compare>
#include <string_view>

namespace holdfast {

/// Which of two Debian versions is older, as deb-version(7) says: epoch, upstream, revision.
std::strong_ordering compare_versions(std::string_view a, std::string_view b);

/// Whether a version is what is wanted: the same, or with the same beginning where that ends with
/// *.
bool version_matches(std::string_view version, std::string_view wanted);

}  // namespace holdfast
