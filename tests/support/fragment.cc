#include "tests/support/fragment.h"

#include <array>
#include <cstdio>

#include "engine/core/shell_quote.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");  // NOLINT: a test's own words
  if (pipe == nullptr) return "popen failed";
  std::array<char, 4096> buffer{};
  std::size_t got = 0;
  while ((got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) out.append(buffer.data(), got);
  pclose(pipe);
  return out;
}

std::string run_fragment(const Collector& collector, const std::vector<std::string>& keys,
                         const std::string& shell) {
  const std::string program =
      "hf_c() {\n" + collector.shell() + "\n}\nhf_out=$(hf_c \"$@\" 2>&1)\nprintf '%s' \"$hf_out\"";
  return output_of("LC_ALL=C " + shell + " -c " + shell_quote(program) + " hf " +
                   shell_quote(keys) + " </dev/null");
}

Value field(const Value& answer, const char* name) {
  const Value* found = answer.is_map() ? answer.as_map().find(name) : nullptr;
  return found == nullptr ? Value{} : *found;
}

std::string run_program(std::string_view program, const std::vector<std::string>& arguments,
                        const std::string& input, const std::string& environment) {
  const TempFolder folder;
  const std::string file = folder.write("input", input);
  return output_of("{ " + environment + " LC_ALL=C sh -c " + shell_quote(program) + " hf " +
                   shell_quote(arguments) + " <" + shell_quote(file) + "; echo status $?; } 2>&1");
}

}  // namespace holdfast
