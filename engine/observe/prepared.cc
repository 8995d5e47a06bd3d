#include "engine/observe/prepared.h"

#include "engine/core/hash.h"
#include "engine/observe/program.h"
#include "engine/observe/remote_host.h"

namespace holdfast {

std::string_view cease_sh();

namespace {

constexpr const char* kHead = R"(#!/bin/sh
# Answers holdfast's questions about this host and changes nothing: what an account that may only plan runs through sudo.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
# For collectors: no bytes of a file leave the host that not everybody on it may read.
hf_plans_only=yes
exec 9>&1 1>&2
hf_record() { printf 'HF %s %s %s %s\n%s\n' "$hf_nonce" "$1" "$2" "${#3}" "$3" >&9; }
)";

/// Only what the same account runs of this same program is ended.
constexpr const char* kCease = R"sh(
hf_may_cease() {
  [ -n "$SUDO_UID" ] && cmp -s "/proc/$1/cmdline" "/proc/$$/cmdline" &&
    tr '\0' '\n' <"/proc/$1/environ" | grep -qx "SUDO_UID=$SUDO_UID"
}
hf_more() {
  case $hf_name in
    cease) hf_cease "$1" ;;
    *) return 127 ;;
  esac
}
)sh";

constexpr const char* kTail = R"(
hf_first=yes
while read -r hf_nonce hf_size hf_left; do
  # Scripts are not run here, whatever they say.
  dd bs="$hf_size" count=1 iflag=fullblock >/dev/null 2>&1 || exit 97
  if [ "$hf_first" = yes ]; then
    hf_first=no
    hf_record ready 0 "$$"
  else
    if [ "$hf_left" -gt 0 ]; then hf_observe; fi
    hf_record end 0 ''
  fi
done
)";

}  // namespace

std::string prepared_program(const Registry& registry) {
  return kHead + observe_program(registry) + std::string(cease_sh()) + kCease + kTail;
}

std::string sudoers_line(const std::string& account, const std::string& program) {
  return account + " ALL=(root) NOPASSWD: sha256:" + sha256_hex(program) + " " + kPreparedProgram +
         " \"\"\n";
}

}  // namespace holdfast
