# Makes a C++ source that holds a text file as a string: `std::string_view SYMBOL()`.
function(holdfast_embed target file symbol)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  file(READ "${file}" text)
  set(source "${PROJECT_BINARY_DIR}/embedded/${symbol}.cc")
  file(GENERATE OUTPUT "${source}" CONTENT
"#include <string_view>\n
namespace holdfast {
std::string_view ${symbol}();
std::string_view ${symbol}() { return R\"HOLDFAST(${text})HOLDFAST\"; }
}  // namespace holdfast\n")
  target_sources(${target} PRIVATE "${source}")
endfunction()
