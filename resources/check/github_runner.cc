#include "engine/core/text.h"
#include "resources/check/question.h"
#include "resources/github/runner_check.h"
#include "resources/github/scope.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

std::optional<bool> stated_choice(const ValueMap& map, const char* name) {
  if (stated(map, name) == nullptr) return std::nullopt;
  return stated_bool(map, name, true);
}

decltype(Probe::ask) ask(const std::string& check, const ValueMap& map) {
  const std::string name = stated_text(map, "name");
  const GithubPlace place = github_place(stated_text(map, "url")).value_or(GithubPlace{});
  GithubRunnerCheck wanted{.online = stated_bool(map, "online", true),
                           .idle = stated_choice(map, "idle"),
                           .labels = stated_list(map, "labels")};
  if (stated(map, "token_at_least") != nullptr) {
    wanted.token_holds = std::chrono::duration_cast<std::chrono::seconds>(
        stated_duration(map, "token_at_least", std::chrono::milliseconds(0)));
  }
  Probe::Remote out{.server = {.service = "github", .address = stated_text(map, "api", place.api)},
                    .question = github_check_text(place.scope, name, wanted),
                    .note = "whether runner " + printable(name) + " is " +
                            (wanted.online ? "on" : "off") + "line" +
                            (wanted.idle ? (*wanted.idle ? ", idle" : ", with a job") : "")};
  while (ends_with(out.server.address, "/")) out.server.address.pop_back();
  out.server.credential_name = "the token of check " + check;
  if (const Value* token = stated(map, "token")) {
    out.server.credential = Secret(std::string(token->bytes()));
  }
  return out;
}

std::vector<QuestionFlaw> flaws(const ValueMap& map) {
  const std::string url = stated_text(map, "url");
  if (url.empty() || github_place(url)) return {};
  return {{": '" + printable(url) + "' is no repository, organization or enterprise",
           "such as https://github.com/OWNER/REPOSITORY"}};
}

}  // namespace

CheckQuestion github_runner_check_question() {
  return {{.name = "github_runner",
           .type = Type::object(
               {{.name = "url",
                 .type = {TypeKind::Url},
                 .doc = "What the runner works for: a repository, an organization or an "
                        "enterprise, as `github_runner` has it.",
                 .required = true},
                {.name = "name", .doc = "The runner's name at GitHub.", .required = true},
                {.name = "token",
                 .type = {TypeKind::Secret},
                 .doc = "A token of GitHub's API that may read its runners.",
                 .required = true},
                {.name = "api",
                 .type = {TypeKind::Url},
                 .doc = "Where GitHub's REST API is. Not stated: as the url says."},
                {.name = "online",
                 .type = {TypeKind::Bool},
                 .doc = "Whether GitHub must call it online.",
                 .default_value = true},
                {.name = "idle",
                 .type = {TypeKind::Bool},
                 .doc = "`true`: it must have no job; `false`: it must have one. Not stated: "
                        "either."},
                {.name = "labels",
                 .type = Type::list_of({}),
                 .doc = "Labels that it must have, beside any others."},
                {.name = "token_at_least",
                 .type = {TypeKind::Duration},
                 .doc = "For so long the token must still hold, where GitHub says when it "
                        "expires."}}),
           .doc = "A self-hosted runner as GitHub knows it. The controller asks, not the host."},
          ask,
          flaws,
          {"- check: the runner is ready for a job\n"
           "  github_runner:\n"
           "    url: https://github.com/rmnanney/PAWS360\n"
           "    name: dell-r640-01-runner\n"
           "    token: !env GITHUB_TOKEN\n"
           "    idle: true\n"}};
}

}  // namespace holdfast
