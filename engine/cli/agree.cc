#include "engine/cli/agree.h"

#include <unistd.h>

#include <cstdio>

#include "engine/core/text.h"

namespace holdfast {

bool person_types(const std::string& wanted, const std::string& question) {
  if (isatty(STDIN_FILENO) != 1) return false;
  std::fprintf(stderr, "%s Type '%s': ", printable(question).c_str(), printable(wanted).c_str());
  std::string answer;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar())
    answer += static_cast<char>(c);
  return trim(answer) == wanted;
}

Error nobody_agreed() {
  return {.code = Code::None,
          .message = "nothing was changed: nobody agreed",
          .hint = "--yes agrees beforehand"};
}

}  // namespace holdfast
