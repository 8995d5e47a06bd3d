#include "resources/unpack/programs.h"

#include <string_view>

namespace holdfast {

std::string_view enter_sh();
std::string_view unpack_common_sh();
std::string_view unpack_fetch_sh();
std::string_view unpack_put_sh();
std::string_view unpack_put_capture_sh();
std::string_view unpack_put_undo_sh();
std::string_view unpack_unpack_sh();
std::string_view unpack_unpack_undo_sh();
std::string_view unpack_state_sh();
std::string_view unpack_state_undo_sh();

namespace {

std::string common_program() { return std::string(enter_sh()) + std::string(unpack_common_sh()); }

}  // namespace

std::string fetch_program() { return common_program() + std::string(unpack_fetch_sh()); }
std::string put_program() { return fetch_program() + std::string(unpack_put_sh()); }
std::string put_capture_program() {
  return common_program() + std::string(unpack_put_capture_sh());
}
std::string put_undo_program() { return common_program() + std::string(unpack_put_undo_sh()); }
std::string unpack_program() { return fetch_program() + std::string(unpack_unpack_sh()); }
std::string unpack_undo_program() {
  return common_program() + std::string(unpack_unpack_undo_sh());
}
std::string state_program() { return common_program() + std::string(unpack_state_sh()); }
std::string state_undo_program() { return common_program() + std::string(unpack_state_undo_sh()); }

}  // namespace holdfast
