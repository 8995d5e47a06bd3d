# Makes a C++ source that holds a text file as a string: `std::string_view SYMBOL()`. A line `# crash point: NAME` of a shell program
# is a call in test builds, which the texts after SYMBOL precede, and nothing in every other.
function(holdfast_embed target file symbol)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  file(READ "${file}" text)
  if(HOLDFAST_TEST_BUILD)
    string(REGEX MATCHALL "# crash point: [a-z.-]+" points "${text}")
    string(REGEX REPLACE "# crash point: " "host/" points "${points}")
    set_property(GLOBAL APPEND PROPERTY HOLDFAST_CRASH_POINTS ${points})
    string(REGEX REPLACE "&&\n( *)# crash point: ([a-z.-]+)\n" "&&\n\\1hf_crash_point \\2 &&\n" text "${text}")
    string(REGEX REPLACE "# crash point: ([a-z.-]+)\n" "hf_crash_point \\1\n" text "${text}")
    foreach(before ${ARGN})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${before}")
      file(READ "${before}" more)
      string(PREPEND text "${more}")
    endforeach()
  else()
    string(REGEX REPLACE "( *)# crash point: [^\n]*\n" "" text "${text}")
  endif()
  holdfast_embed_text(${target} ${symbol} "${text}")
endfunction()

function(holdfast_embed_text target symbol text)
  set(source "${PROJECT_BINARY_DIR}/embedded/${symbol}.cc")
  file(GENERATE OUTPUT "${source}" CONTENT
"#include <string_view>\n
namespace holdfast {
std::string_view ${symbol}();
std::string_view ${symbol}() { return R\"HOLDFAST(${text})HOLDFAST\"; }
}  // namespace holdfast\n")
  target_sources(${target} PRIVATE "${source}")
endfunction()
