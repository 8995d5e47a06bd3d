#pragma once

namespace holdfast {

/// What `Kind::read` says of a secret that is there and that nobody can read again. Whether it is
/// the stated one, the host's record tells.
inline constexpr const char* kWrittenOnly = "(set)";

}  // namespace holdfast
