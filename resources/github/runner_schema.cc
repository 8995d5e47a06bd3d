#include "resources/github/runner_schema.h"

namespace holdfast {
namespace {

std::vector<Attribute> place_attributes() {
  return {{.name = "url",
           .type = {TypeKind::Url},
           .doc = "What it works for: a repository, an organization or an enterprise, "
                  "`https://github.com/OWNER/REPOSITORY`, `https://github.com/ORGANIZATION`, "
                  "`https://HOST/enterprises/NAME`.",
           .required = true,
           .immutable = true},
          {.name = "token",
           .type = {TypeKind::Secret},
           .doc = "A token of GitHub's API that may administer its runners. It stays with "
                  "holdfast; the host gets registration tokens only, one at a time.",
           .required = true},
          {.name = "api",
           .type = {TypeKind::Url},
           .doc = "Where GitHub's REST API is. Not stated: `https://api.github.com`, or "
                  "`https://HOST/api/v3` of another server."},
          {.name = "token_warning",
           .type = {TypeKind::Duration},
           .doc = "How long before the token expires plans begin to warn of it. 0s: never.",
           .default_value = 7 * 24 * 3600.0},
          {.name = "directory",
           .type = {TypeKind::Path},
           .doc = "Where it lives.",
           .default_value = "/opt/actions-runner"},
          {.name = "user",
           .doc = "Account that it works as; its folder belongs to it.",
           .default_value = "actions-runner"}};
}

std::vector<Attribute> version_attributes() {
  return {{.name = "version", .doc = "Its version: `2.329.0`.", .required = true},
          {.name = "sha256", .doc = "SHA-256 of the archive.", .required = true},
          {.name = "archive",
           .doc = "Where the archive is: a URL, or a path on the host that the account may read. "
                  "Not stated: GitHub's own release for x64."},
          {.name = "update",
           .type = Type::one_of({"free", "pinned"}),
           .doc = "`free`: GitHub may update it, and a newer version than the stated one is no "
                  "drift. `pinned`: exactly that version.",
           .default_value = "free"},
          {.name = "disable_update",
           .type = {TypeKind::Bool},
           .doc = "GitHub doesn't update it. Not stated: as `update` says.",
           .immutable = true}};
}

std::vector<Attribute> work_attributes() {
  return {{.name = "labels",
           .type = Type::list_of({}),
           .doc = "Labels that jobs are sent by, beside GitHub's own. Changed through the API, "
                  "without a new registration. Those that begin with `route-` belong to a "
                  "`runner_route`: they are neither given nor taken here, only off while it is "
                  "drained."},
          {.name = "default_labels",
           .type = {TypeKind::Bool},
           .doc = "Whether it gets GitHub's own labels (self-hosted, Linux, X64) when it is "
                  "registered.",
           .default_value = true},
          {.name = "group", .doc = "Runner group, of an organization or an enterprise."},
          {.name = "work", .doc = "Work folder.", .default_value = "_work", .immutable = true},
          {.name = "mode",
           .type = Type::one_of({"service", "jit"}),
           .doc = "`service`: it is configured once and works as GitHub's own service. `jit`: each "
                  "apply that finds its job done registers it through the API for one more, and "
                  "starts it; nothing is configured on the host.",
           .default_value = "service",
           .immutable = true},
          {.name = "ephemeral",
           .type = {TypeKind::Bool},
           .doc = "It is good for one job. With `mode: jit` it always is.",
           .default_value = false,
           .immutable = true},
          {.name = "environment",
           .type = Type::map_of({}),
           .doc = "Variables for it and its jobs, in its `.env`. `{}` empties that; where nothing "
                  "is stated of it, it is let alone."},
          {.name = "proxy", .type = {TypeKind::Url}, .doc = "Proxy for it and its jobs."},
          {.name = "job_started",
           .type = {TypeKind::Path},
           .doc = "A program that runs before each job; the job fails where it does."},
          {.name = "job_completed",
           .type = {TypeKind::Path},
           .doc = "A program that runs after each job."}};
}

std::vector<Attribute> service_attributes() {
  return {{.name = "hardened",
           .type = {TypeKind::Bool},
           .doc = "Whether systemd confines its service (no new privileges, private /tmp, "
                  "read-only /usr and /etc …).",
           .default_value = true},
          {.name = "settings",
           .type = Type::map_of({}),
           .doc = "Further settings of its service's section [Service]: `MemoryMax: 8G`."},
          {.name = "drain_timeout",
           .type = {TypeKind::Duration},
           .doc = "How long its job is waited for before its service is stopped.",
           .default_value = 3600.0},
          {.name = "when_busy",
           .type = Type::one_of({"fail", "stop"}),
           .doc = "What happens if it still has a job then.",
           .default_value = "fail"},
          {.name = "idle_for",
           .type = {TypeKind::Duration},
           .doc = "How long it must have looked idle, without its labels, before it is stopped: "
                  "longer than a poll of GitHub's lasts (50 s), and than GitHub waits for a job "
                  "that it handed out to be taken (60 s).",
           .default_value = 75.0},
          {.name = "registered_as",
           .doc = "Its name at GitHub. Where the folder holds a runner of another name, that one "
                  "is replaced.",
           .immutable = true,
           .computed = true},
          {.name = "registered",
           .type = {TypeKind::Bool},
           .doc = "Whether GitHub and the host agree that it is registered: they do.",
           .computed = true},
          {.name = "environment_file", .doc = "The text of `.env`.", .computed = true},
          {.name = "service_settings", .doc = "Our drop-in for its service.", .computed = true},
          {.name = "enabled",
           .type = {TypeKind::Bool},
           .doc = "Whether its service starts at boot: it does.",
           .computed = true},
          {.name = "state",
           .doc = "What it does: it is `running`, and GitHub calls it online.",
           .computed = true}};
}

Schema make_schema() {
  Schema out{.kind = "github_runner",
             .doc =
                 "A self-hosted runner of GitHub Actions: its files, registration, labels and "
                 "service.",
             .name_doc = "Its name at GitHub.",
             .attributes = {},
             .examples = {"- github_runner: dell-r640-01-runner\n"
                          "  url: https://github.com/rmnanney/PAWS360\n"
                          "  token: !env GITHUB_TOKEN\n"
                          "  version: 2.329.0\n"
                          "  sha256: "
                          "194f1e1e4bd02f80b7e9633fc546084d8d4e19f3928a324d512ea53430102e1d\n"
                          "  labels: [staging, primary]\n",
                          "- github_runner: build-1\n"
                          "  url: https://github.example.org/octo\n"
                          "  token: !env GITHUB_TOKEN\n"
                          "  version: 2.329.0\n"
                          "  sha256: "
                          "194f1e1e4bd02f80b7e9633fc546084d8d4e19f3928a324d512ea53430102e1d\n"
                          "  archive: https://mirror.example.org/actions-runner-2.329.0.tar.gz\n"
                          "  update: pinned\n"
                          "  group: builders\n"
                          "  settings: {MemoryMax: 8G}\n"}};
  for (auto attributes :
       {place_attributes(), version_attributes(), work_attributes(), service_attributes()}) {
    for (Attribute& attribute : attributes) out.attributes.push_back(std::move(attribute));
  }
  return out;
}

}  // namespace

const Schema& runner_schema() {
  static const Schema kSchema = make_schema();
  return kSchema;
}

}  // namespace holdfast
