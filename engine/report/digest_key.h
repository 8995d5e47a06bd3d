#pragma once

#include <string>

namespace holdfast {

/// Keys the digests of private texts that this program shows: a bare one would let whoever reads a
/// log try guesses. Random, as long as the program lives; one output compares with itself only.
const std::string& digest_key();
/// For texts that must come out alike each time, before the first use.
void set_digest_key(std::string key);

}  // namespace holdfast
