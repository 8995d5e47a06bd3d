#include "resources/ufw/batch.h"

#include <nlohmann/json.hpp>

namespace holdfast {

std::string_view ufw_batch_py();

namespace {

// The files that ufw's commands write, as a tar, and what it does to the kernel when it starts; as
// pairs of words: what, base64. Not the shell's read: it reads byte by byte, and a setting answers
// only once.
constexpr const char* kCapture = R"sh(
cd / || exit
set -- etc/ufw/user.rules etc/ufw/user6.rules etc/ufw/ufw.conf etc/default/ufw etc/ufw/after.rules etc/ufw/after6.rules
for f do [ -r "$f" ] || { echo "/$f can't be read" >&2; exit 1; }; done
{ failed=$({ { tar -cf - -- "$@" || echo yes >&3; } | { printf 'files '; base64 -w 0; echo; } >&4; } 3>&1); } 4>&1
[ -z "$failed" ] || exit
settings=$(sed -n 's/^ *IPT_SYSCTL=//p' /etc/default/ufw)
{ echo; sed -n 's,^ *\([a-z][a-z0-9_./]*\) *=.*,/proc/sys/\1,p' "$settings" 2>/dev/null | xargs -r grep -sH '' -- |
    sed 's,^/proc/sys/\([^:]*\):,\1=,'; } | { printf 'sysctl '; base64 -w 0; echo; }
for what in tables chains; do
  listed=
  ! command -v nft >/dev/null || listed=$(nft -j list $what) || exit
  printf '\n%s' "$listed" | { printf '%s ' $what; base64 -w 0; echo; }
done
)sh";

}  // namespace

Run ufw_batch(const std::vector<UfwCommand>& commands) {
  // ufw's own interpreter; -I: nothing of the caller's environment or folder gets in.
  const Argv program = {"/usr/bin/python3", "-I", "-c", std::string(ufw_batch_py())};
  Run run;
  run.argv = program;
  run.argv.emplace_back("apply");
  for (const UfwCommand& command : commands) {
    run.operands.push_back(
        nlohmann::json(command).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  run.joinable = true;
  run.in_order = true;
  run.limit = std::chrono::minutes(2);
  run.capture = {"sh", "-c", kCapture, "ufw-capture"};
  Argv undo = program;
  undo.emplace_back("undo");
  run.undo = undo;
  // The last word of each is the mode.
  Argv files = program;
  files.emplace_back("apply-files");
  undo.back() = "undo-files";
  run.rehearsal = Rehearsal{.argv = std::move(files),
                            .undo = std::move(undo),
                            .leaves = {"/run/ufw.lock"},
                            .without = "the running packet filter"};
  run.undo_operands = run.operands;
  run.note = "ufw";
  return run;
}

}  // namespace holdfast
