#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// SHA-256 (FIPS 180-4), lower-case hex; the same as sha256sum prints.
std::string sha256_hex(std::string_view bytes);
/// HMAC-SHA-256 (RFC 2104), lower-case hex.
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);
/// `count` random bytes from the system's generator, as lower-case hex (twice as many characters).
std::string random_hex(std::size_t count);
std::string base64_encode(std::string_view bytes);
/// Ignores white space; false where it isn't base64.
bool base64_decode(std::string_view text, std::string& bytes);

}  // namespace holdfast
