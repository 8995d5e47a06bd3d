# What acting and undoing have in common, and the undoing itself. POSIX sh; lies beside the undo scripts of every run, so that `sh rollback.sh`
# works without holdfast. hf_run: the run's folder. hf_id: its id. hf_say: how results are told.
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
hf_cwd= hf_safe=no hf_public=no hf_is= hf_remains=0 hf_again=never hf_patient=yes hf_reopen=unseen hf_places= hf_rebooted=
hf_calls=say hf_below= hf_call=

# Whether nobody but root can change this folder: "OWNER MODE" of it.
hf_root_only() {
  case $1 in
    "0 "*[2367]? | "0 "*[2367]) case $1 in "0 1"???) return 0 ;; esac; return 1 ;;
    "0 "*) return 0 ;;
    *) return 1 ;;
  esac
}

# DIR: in PWD is then where we are, and not where we were to go. Only bash makes that up from the name.
hf_go() {
  cd -P -- "$1" 2>/dev/null || return 1
  [ -z "${BASH_VERSION-}" ] || PWD=$(exec /bin/pwd -P)
}

# Goes to a folder. A link on the way must be root's, in a folder that only root can change. hf_safe tells whether somebody else could
# exchange things here while we work, hf_public whether everybody can come here.
hf_cd() {
  [ "$hf_cwd" = "$1" ] && return 0
  hf_cwd=
  hf_go "$1" || return 1
  if [ "$PWD" != "$1" ]; then hf_walk "$1" || return 2; fi
  hf_rest=$PWD hf_up=. hf_safe=yes hf_public=yes
  set -- "$1"
  while [ -n "$hf_rest" ] && [ "$hf_rest" != / ]; do
    set -- "$@" "$hf_up"
    hf_up=$hf_up/.. hf_rest=${hf_rest%/*}
  done
  hf_want=$1
  shift
  hf_owners=$(stat -c '%u %a' -- "$@" / 2>/dev/null) || return 1
  # Where everybody may put things, nobody can exchange ours, but names can be taken beforehand.
  case ${hf_owners%%
*} in "0 "[1357]???) hf_safe=no ;; esac
  while read -r hf_line; do
    hf_root_only "$hf_line" || hf_safe=no
    case $hf_line in *[1357]) ;; *) hf_public=no ;; esac
  done <<END
$hf_owners
END
  hf_cwd=$hf_want
  case "$hf_places
" in *"
$hf_want
"*) ;; *) hf_places="$hf_places
$hf_want" ;; esac
}

# What was done or taken back is on the disk before anybody says that it was: the folders where it was, and where programs work.
hf_sync_places() {
  hf_ifs=$IFS
  IFS='
'
  set -f
  for hf_place in $hf_places; do
    [ ! -d "$hf_place" ] || set -- "$@" "$hf_place"
  done
  set +f
  IFS=$hf_ifs
  sync -f -- / /etc /var/lib/holdfast "$@" 2>/dev/null || sync
}

# Whether the host was booted since the run began: then a mark in acted/ may be lost, though its step was done.
hf_was_rebooted() {
  if [ -z "$hf_rebooted" ]; then
    hf_rebooted=no hf_boot_then= hf_boot_now=
    # Not by cmp: it takes files of /proc to be empty.
    { read -r hf_boot_then <"$hf_run/boot"; read -r hf_boot_now </proc/sys/kernel/random/boot_id; } 2>/dev/null
    [ -z "$hf_boot_then" ] || [ "$hf_boot_then" = "$hf_boot_now" ] || hf_rebooted=yes
  fi
  [ $hf_rebooted = yes ]
}

hf_walk() {
  hf_path=${1#/}
  cd / || return 1
  while [ -n "$hf_path" ]; do
    hf_part=${hf_path%%/*}
    case $hf_path in */*) hf_path=${hf_path#*/} ;; *) hf_path= ;; esac
    [ -n "$hf_part" ] || continue
    if [ -L "./$hf_part" ]; then
      hf_root_only "$(stat -c '%u %a' .)" || return 1
      [ "$(stat -c %u "./$hf_part")" = 0 ] || return 1
      hf_go "./$hf_part" || return 1
    else
      hf_inside "$hf_part" || return 1
    fi
  done
}

# NAME: goes into the folder of that name here, and not to where a link leads that somebody has put there meanwhile.
hf_inside() {
  hf_there=${PWD%/}/$1
  hf_cwd=
  hf_go "./$1" && [ "$PWD" = "$hf_there" ]
}

# What a path, ./NAME or ../NAME, is: absent, file:DIGEST, link:TARGET, dir, other.
hf_ident() {
  if [ -L "$1" ]; then hf_is=link:$(readlink -- "$1")
  elif [ -f "$1" ]; then hf_is=$(hf_digest "$1") && hf_is=file:${hf_is%% *}
  elif [ -d "$1" ]; then hf_is=dir
  elif [ -e "$1" ]; then hf_is=other
  else hf_is=absent; fi
}

# PATH: where somebody else may have put a link or a pipe in its place meanwhile, neither is followed or waited for: that is some other digest.
# Busybox's dd can't do that.
hf_digest() {
  if [ "$hf_safe" = no ] && dd if=/dev/null iflag=nofollow,nonblock status=none 2>/dev/null; then
    { timeout 300 dd if="$1" iflag=nofollow,nonblock bs=64k status=none 2>/dev/null || echo 'not to be read'; } | sha256sum
  else
    sha256sum <"$1"
  fi
}

# MODE PATH: exactly this mode: of a folder chmod leaves setuid and setgid bits alone, but for a mode of five digits or more.
hf_chmod() { chmod -- "0000$1" "$2"; }

# Makes a folder that only root can enter, here, and goes into it: what is built there nobody can exchange. One that is not empty was put in
# its place right then.
hf_private() {
  # Of a folder that is setgid it would inherit that.
  mkdir -m 700 -- "./$1" && hf_inside "$1" && { [ ! -g . ] || hf_chmod 700 .; } && [ "$(stat -c '%u %a' .)" = '0 700' ] &&
    { [ "$hf_safe" = yes ] || [ -z "$(ls -A .)" ]; }
}

# Here, in such a folder: no list that the folder around it hands down says who else may read what is made in it. Needs no room.
hf_strip() {
  [ "$hf_safe" = no ] || return 0
  case $(ls -ld .) in ??????????+*) ;; *) return 0 ;; esac
  setfacl -b -k . 2>/dev/null || tar --acls --no-recursion -C / -cf - . | tar --acls -xpf - 2>/dev/null
  hf_chmod 700 .
  case $(ls -ld .) in ??????????+*) return 1 ;; esac
}

# NAME PRIVATE: what its owner and mode are looked at and set by, in hf_it, so that nobody can exchange it meanwhile: a folder from inside it;
# in a folder that others can change, anything else by another name in PRIVATE, one of root's own.
hf_grip() {
  hf_gripped=
  if [ -d "./$1" ] && [ ! -L "./$1" ]; then
    hf_it=. hf_gripped=inside
    hf_inside "$1"
  elif [ "$hf_safe" = yes ]; then hf_it=./$1
  else
    hf_it=./it hf_gripped=$2
    hf_private "$2" && ln -- "../$1" ./it
  fi
}

hf_let_go() {
  case $hf_gripped in
    '') ;;
    inside) hf_cwd= ;;
    *) rm -f ./it && hf_leave_private "$hf_gripped" ;;
  esac
}

hf_leave_private() {
  hf_cwd=
  cd -P .. && rmdir -- "./$1"
}

# Puts the backup of step $1 back as ./$2, whole.
hf_restore() {
  # crash point: restore
  hf_private ".hf-$hf_id-$1-undo" && { hf_strip || :; } && cp -a --reflink=auto -T -- "$hf_run/backup/$1" ./it || return 1
  if [ -L ./it ]; then :; elif [ -d ./it ]; then sync -f ./it; else sync ./it; fi || return 1
  # crash point: restore.rename
  mv -T -- ./it "../$2" &&
    # crash point: restored
    hf_leave_private ".hf-$hf_id-$1-undo"
}

# NAME, here: whether nothing is mounted at it or below it. What goes would take another file system's things with it.
hf_nothing_mounted() {
  [ -r /proc/self/mountinfo ] || return 0
  hf_top=${PWD%/}/$1
  while read -r hf_rest hf_rest hf_rest hf_rest hf_at hf_rest; do
    # Blanks in names are written \040.
    case $hf_at in *\\*) hf_at=$(printf '%b' "$hf_at") ;; esac
    case $hf_at in
      "$hf_top" | "$hf_top"/*)
        hf_why="$hf_top can't be removed: something is mounted at $hf_at"
        return 1 ;;
    esac
  done </proc/self/mountinfo
}

# NAME, here: it goes with all that is in it, but nothing that is mounted there. Busybox's rm can't tell.
hf_remove_tree() {
  if rm -f --one-file-system 2>/dev/null; then rm -rf --one-file-system -- "./$1"
  else hf_nothing_mounted "$1" && rm -rf -- "./$1"; fi
}

hf_sweep() {
  for hf_piece in ".hf-$hf_id-$1" ".hf-$hf_id-$1-undo" ".hf-$hf_id-new"; do
    if [ -e "./$hf_piece" ] || [ -L "./$hf_piece" ]; then hf_remove_tree "$hf_piece"; fi
  done
}

# STEP WHAT: it could not be taken back; no news as long as it is to be tried again.
hf_not_undone() {
  [ "$hf_again" = never ] || { hf_again=yes; return; }
  hf_remains=1
  hf_say left "$1" "$2"
}

# STEP DIR LAST: with step LAST it closed a hole, and is taken back only where the hole may be open again: hf_reopen yes, no, or unseen: where no
# new login was seen after it, for it may be what shuts everybody out. What it had prepared in DIR goes in any case.
hf_reopens() {
  [ "$hf_reopen" != yes ] && [ -e "$hf_run/acted/$3.done" ] || return 0
  [ "$hf_reopen" = no ] || [ -e "$hf_run/acted/$3.seen" ] || return 0
  hf_say stays "$1" ''
  if [ -n "$2" ] && hf_cd "$2"; then hf_sweep "$1"; fi
  return 1
}

# STEP: whether what is there, in hf_is, is what the step replaced: an earlier try has put it back.
hf_back() {
  [ -f "$hf_run/backup/$1" ] || [ -L "$hf_run/backup/$1" ] || return 1
  hf_found=$hf_is
  hf_ident "$hf_run/backup/$1"
  [ "$hf_found" = "$hf_is" ]
}

# STEP DIR NAME NEW OLD: a file or link was put, or removed (NEW absent).
hf_undo_object() {
  hf_cd "$2" || {
    { [ "$5" = absent ] && [ ! -e "$2" ]; } || [ ! -e "$hf_run/acted/$1" ] && return 0
    hf_not_undone "$1" "$2/$3: its folder can't be entered safely"
    return 1
  }
  hf_sweep "$1"
  hf_ident "./$3"
  [ "$4" != "$5" ] && [ "$hf_is" = "$5" ] && return 0
  if [ ! -e "$hf_run/acted/$1" ]; then
    [ "$hf_is" = "$4" ] && hf_was_rebooted || return 0
  fi
  if [ "$hf_is" != "$4" ]; then
    hf_back "$1" && return 0
    # Whatever was there, nothing was: an earlier try has taken it away, or the step did not come to put it.
    [ "$5" = any ] && [ "$hf_is" = absent ] && [ ! -e "$hf_run/backup/$1" ] && [ ! -L "$hf_run/backup/$1" ] && return 0
    hf_not_undone "$1" "$2/$3 was changed by somebody else since; left as it is"
    return 1
  fi
  if [ -e "$hf_run/backup/$1" ] || [ -L "$hf_run/backup/$1" ]; then hf_restore "$1" "$3"
  else case $5 in absent | any) rm -f -- "./$3" ;; *) false ;; esac; fi ||
    { hf_not_undone "$1" "$2/$3 could not be put back"; return 1; }
}

# STEP DIR NAME: a folder was made.
hf_undo_directory() {
  [ -e "$hf_run/acted/$1" ] || hf_was_rebooted || return 0
  hf_cd "$2" || return 0
  [ -d "./$3" ] && [ ! -L "./$3" ] || return 0
  # crash point: undo.directory
  rmdir -- "./$3" 2>/dev/null || { hf_not_undone "$1" "$2/$3 holds what others put there; left as it is"; return 1; }
}

# STEP: owner or mode of what is gripped is as it was before the step. Steps before that go back after it, which is no stranger's change to it
# where it is all begun again.
hf_is_back() {
  if [ -L "$hf_it" ]; then sync .; else sync "$hf_it"; fi
  # crash point: undo.back
  true >"$hf_run/acted/$1.back"
  :
} 2>/dev/null

# STEP DIR NAME: owner or mode was set. The step left "before" and "after" lines.
hf_undo_metadata() {
  hf_cd "$2" || return 0
  hf_sweep "$1"
  [ -s "$hf_run/backup/$1" ] && [ ! -e "$hf_run/acted/$1.back" ] || return 0
  { read -r hf_before; read -r hf_after; } <"$hf_run/backup/$1"
  [ -e "./$3" ] || [ -L "./$3" ] || return 0
  if ! hf_grip "$3" ".hf-$hf_id-$1-undo"; then
    hf_not_undone "$1" "owner or mode of $2/$3 could not be put back: somebody else works there"
    return 1
  fi
  hf_put_metadata_back "$@"
  hf_rc=$?
  hf_let_go
  return $hf_rc
}

hf_put_metadata_back() {
  hf_now=$(stat -c '%u:%g %a' -- "$hf_it")
  [ "$hf_now" = "$hf_before" ] && { hf_is_back "$1"; return 0; }
  if [ -n "$hf_after" ] && ! hf_is_between "$hf_now"; then
    hf_not_undone "$1" "owner or mode of $2/$3 was changed by somebody else since; left as they are"
    return 1
  fi
  if hf_would_lend "${hf_before#* }" && [ "${hf_before% *}" != "${hf_now% *}" ]; then
    hf_not_undone "$1" "set-id bits of $2/$3 are not put back where somebody else may have put another file in its place"
    return 1
  fi
  # crash point: undo.metadata
  chown -h -- "${hf_before% *}" "$hf_it" &&
    # crash point: undo.owner
    { [ -L "$hf_it" ] || hf_chmod "${hf_before#* }" "$hf_it"; } &&
    { [ ! -f "$hf_run/backup/$1.kept" ] || [ -L "$hf_it" ] || [ ! -f "$hf_it" ] ||
      cp --attributes-only --preserve=xattr -T -- "$hf_run/backup/$1.kept" "$hf_it" 2>/dev/null; } && hf_is_back "$1" ||
    { hf_not_undone "$1" "owner or mode of $2/$3 could not be put back"; return 1; }
}

# MODE: whether whoever put what is gripped there would work with its owner's rights.
hf_would_lend() {
  case $hf_gripped in '' | inside) return 1 ;; esac
  case $1 in *[2-7]???) return 0 ;; esac
  return 1
}

# OWNER MODE: each of them is as before the step or as after it. A try that was killed has put back one of them.
hf_is_between() {
  case ${1% *} in "${hf_before% *}" | "${hf_after% *}") ;; *) return 1 ;; esac
  case ${1#* } in "${hf_before#* }" | "${hf_after#* }") ;; *) return 1 ;; esac
}

# DIR PROGRAM…, as another account: the program gets neither the lock nor the line to the controller, nor a folder that only root can enter.
hf_alone='exec 8>&- 9>&-
cd -P -- "$1" || exit 126
shift
exec "$@"'

# STEP LIMIT USER PROGRAM…: a program was run; this one takes it back. Its input, if any, is on standard input.
hf_undo_run() {
  hf_n=$1 hf_limit=$2 hf_user=$3
  shift 3
  [ -e "$hf_run/acted/$hf_n" ] || return 0
  hf_cwd=
  cd /
  if [ -n "$hf_user" ]; then set -- runuser -u "$hf_user" -- sh -c "$hf_alone" sh / "$@"; fi
  hf_say limit "$hf_n" "$hf_limit"
  setsid -w timeout -k 5 "$hf_limit" env -i LC_ALL=C PATH="$PATH" ${HF_BOOT:+HF_BOOT=yes} HF_CAPTURE="$hf_run/backup/$hf_n" "$@" \
    >"$hf_run/undo.out" 2>&1 9>&-
  hf_rc=$?
  # What hung would hang again.
  case $hf_rc in 124 | 137) hf_again=never ;; esac
  if [ $hf_rc != 0 ]; then
    hf_not_undone "$hf_n" "exit status $hf_rc of the undo$(hf_words)"
    [ $hf_again = never ] && return 2 || return 1
  fi
  # crash point: undo.ran
  rm -f "$hf_run/acted/$hf_n"
}

# STATUS of hf_undo_run, where it ran in a shell of its own: at the end of a pipe.
hf_piped() {
  if [ "$1" = 2 ]; then hf_again=never hf_remains=1; else hf_again=yes; fi
}

# STEP WORDS DATA: a server was changed. Only a controller can take that back: where one does (hf_calls: ask), it is handed DATA now.
hf_undo_call() {
  [ -e "$hf_run/acted/$1" ] || return 0
  if [ $hf_calls = ask ]; then
    hf_call=$1 hf_call_data=$3
    return 0
  fi
  hf_not_undone "$1" "still to be done at a server, by \`holdfast rollback $hf_id\`: $2"
  return 1
}

# What an undo printed, unless it may speak of what it got.
hf_words() {
  case $hf_word in secret | input) echo ': what it printed may be secret' ;; *) printf ': '; tail -c 2000 "$hf_run/undo.out" ;; esac
}

# STEP: old secrets that it needed were deleted.
hf_undo_gone() {
  { read -r hf_mark hf_word hf_closed_by hf_what; } <"$hf_run/undo/$1.sh"
  hf_not_undone "$1" "$hf_what: its old secrets were deleted"
  return 1
}

# SCRIPT
hf_take_back_by() {
  { read -r hf_mark hf_word hf_rest; } <"$hf_run/undo/$1"
  # crash point: undo
  . "$hf_run/undo/$1"
  # crash point: undone
  :
}

# Takes back everything that has been written down, last first; of that, what comes below step $hf_below. Ends early, at step $hf_call, where
# the controller must take a call back. What fails is tried once more after all others: its program may need a file that only goes back then.
hf_rollback() {
  hf_remains=0 hf_rebooted= hf_call=
  [ -n "$hf_below" ] || hf_failed=
  for hf_script in $(ls -r "$hf_run/undo"); do
    case $hf_script in *.sh) ;; *) continue ;; esac
    [ -z "$hf_below" ] || [ "${hf_script%.sh}" -lt "$hf_below" ] || continue
    hf_say undo "${hf_script%.sh}" ''
    # A rehearsal is not patient: it names what would fail at first.
    if [ $hf_patient = yes ]; then hf_again=no; else hf_again=never; fi
    hf_take_back_by "$hf_script"
    [ $hf_again != yes ] || hf_failed="$hf_failed $hf_script"
    [ -z "$hf_call" ] || break
  done
  hf_again=never
  if [ -z "$hf_call" ]; then
    for hf_script in $hf_failed; do hf_take_back_by "$hf_script"; done
  fi
  cd /
  hf_cwd=
  return $hf_remains
}

# The record, as it was before the run; only if nobody has written it since.
hf_restore_state() {
  [ -e "$hf_run/backup/state" ] || return 0
  cmp -s "$hf_run/backup/state" /var/lib/holdfast/state.json 2>/dev/null && return 0
  [ -s "$hf_run/backup/state" ] || [ -e /var/lib/holdfast/state.json ] || return 0
  hf_sum=$(sha256sum 2>/dev/null </var/lib/holdfast/state.json)
  if [ -s "$hf_run/state.sum" ]; then
    read -r hf_ours <"$hf_run/state.sum"
    [ "${hf_sum%% *}" = "$hf_ours" ] || return 1
  fi
  # crash point: undo.state
  if [ -s "$hf_run/backup/state" ]; then
    cp -T -- "$hf_run/backup/state" /var/lib/holdfast/state.tmp && sync /var/lib/holdfast/state.tmp &&
      mv -T -- /var/lib/holdfast/state.tmp /var/lib/holdfast/state.json
  else
    rm -f /var/lib/holdfast/state.json
  fi
}
