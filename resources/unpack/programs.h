#pragma once

#include <string>

namespace holdfast {

/// The programs of put.sh, unpack.sh … with what they share.
/// `die`, `fetch` and what they need, for programs that go on from there.
std::string fetch_program();
std::string put_program();
std::string put_capture_program();
std::string put_undo_program();
std::string unpack_program();
std::string unpack_undo_program();
std::string state_program();
std::string state_undo_program();

}  // namespace holdfast
