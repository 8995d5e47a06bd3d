#include "engine/cli/agree.h"

#include <unistd.h>

#include <cstdio>

#include "engine/cli/output.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

bool must_be_named(const Session& session) {
  const auto found = session.project().environments.find(session.environment());
  return found != session.project().environments.end() && found->second.protect;
}

Error name_it(const Session& session, const std::string& beside) {
  const std::string name = printable(session.environment());
  return {.code = Code::None,
          .message = "nothing was changed: environment '" + name + "' is protected",
          .hint = "beside " + beside + " its name must be said: -e " + name};
}

}  // namespace

std::optional<Error> unnamed_environment(const Session& session) {
  const Options& options = session.options();
  if (!options.yes || !options.environment.empty() || !must_be_named(session)) return std::nullopt;
  return name_it(session, "--yes");
}

std::optional<Error> unnamed_beside_plan(const Session& session, const Options& typed) {
  if (!typed.environment.empty() || !must_be_named(session)) return std::nullopt;
  if (!typed.yes && person_types(session.environment(), "Carry this plan out?"))
    return std::nullopt;
  return name_it(session, "a saved plan");
}

bool agreed(const Session& session) {
  if (session.options().yes) return true;
  return person_types(must_be_named(session) ? session.environment() : "yes", "Do this?");
}

std::optional<Error> disagreed(const Session& session, const std::string& heading,
                               const std::vector<std::string>& objects) {
  if (auto unnamed = unnamed_environment(session)) return unnamed;
  if (!session.options().yes) {
    say(heading + "\n");
    for (const std::string& object : objects) say("   " + printable(object) + "\n");
    flush_output();
  }
  if (agreed(session)) return std::nullopt;
  return nobody_agreed();
}

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
