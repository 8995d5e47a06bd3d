# The closed set of acts. Each is called as `hf_… STEP …` after its undo is on the disk; STEP is its number in the run. An act that
# fails leaves its reason in hf_why and ends the block. hf_take BYTES passes on that much of the frame; hf_left counts what remains.
hf_why=
# Paths that got an owner, each between line ends.
hf_given=

hf_error() {
  hf_why="$1"
  [ -s "$hf_run/out" ] && hf_why="$hf_why: $(tail -c 3000 "$hf_run/out")"
  true >"$hf_run/out"
  return 1
}

# STEP: from here on it may have acted. Where that can't be written, nothing may be done. A plain `:` would end the shell there.
hf_will_act() {
  true 2>/dev/null >"$hf_run/acted/$1" || { hf_why='no room for the way back'; return 1; }
}

# Whether the run may go on: the controller may have asked for its end.
hf_go_on() {
  [ -e "$hf_live/killed" ] || return 0
  read -r hf_word <"$hf_live/killed"
  hf_error "killed: $hf_word"
}

# INDEX: the controller is told which act of the block begins.
hf_begin_act() {
  hf_record act "$1" ''
  # crash point: act.begin
  hf_go_on
}

hf_enter() {
  [ "$hf_cwd" = "$1" ] || hf_leave || return 1
  hf_cd "$1" && return 0
  if [ $? = 2 ]; then hf_why="unsafe: $1 leads through something that another user controls"
  elif [ -e "$1" ]; then hf_why="$1 is not a folder that can be entered"
  else hf_why="the folder $1 does not exist"; fi
  return 1
}

# DIR: new files are made beside the old ones; where somebody else may change the folder, in one of root's own inside it, which serves all
# files of the folder. hf_new, hf_old: what to put before their names, from here. hf_cwd ends with a slash while we are in there.
hf_stage() {
  if [ "$hf_cwd" != "$1/" ]; then
    hf_enter "$1" || return 1
    if [ "$hf_safe" = yes ]; then
      hf_new=./.hf-$hf_id- hf_old=./
      return 0
    fi
    hf_cwd=
    if [ ! -d "./.hf-$hf_id-new" ]; then
      hf_private ".hf-$hf_id-new" 2>"$hf_run/out" && hf_strip || { hf_error "can't work in $1"; return 1; }
    elif ! hf_inside ".hf-$hf_id-new" || [ "$(stat -c '%u %a' .)" != '0 700' ]; then
      hf_why="unsafe: somebody else works in $1"
      return 1
    fi
    hf_cwd=$1/
  fi
  hf_new=./ hf_old=../
}

# Out of such a folder: what waits in it is synced; it goes when nothing does.
hf_leave() {
  case $hf_cwd in ?*/) ;; *) return 0 ;; esac
  hf_cwd=
  for hf_piece in *; do
    [ -e "$hf_piece" ] || break
    sync -- * 2>"$hf_run/out" || { hf_error "can't sync"; return 1; }
    return 0
  done
  cd -P .. && rmdir -- "./.hf-$hf_id-new" 2>"$hf_run/out" || { hf_error "can't remove .hf-$hf_id-new"; return 1; }
}

# FROM EXPECT PATH; EXPECT: "any", "absent", "dir", "file:DIGEST", "file:", "link:TARGET". FROM: PATH from here.
hf_expect() {
  [ "$2" = any ] && return 0
  hf_ident "$1"
  case $2 in
    file:) case $hf_is in file:*) return 0 ;; esac ;;
    link:) case $hf_is in link:*) return 0 ;; esac ;;
    *) [ "$hf_is" = "$2" ] && return 0 ;;
  esac
  hf_why="moved: $3 is no longer what the plan saw"
  return 1
}

# PATH [MARK]: a backup is on the disk with all that is in it, and its mark; of a link, the folder is synced that names it.
hf_sync_kept() {
  if [ -L "$1" ]; then sync "${1%/*}"
  elif [ -d "$1" ]; then sync -f "$1"
  else sync "$@"; fi
}

# STEP FROM PATH: keeps a file, a folder or a link as it is, synced, before it goes, and whether its folder is everybody's. FROM: PATH from
# here. What has no room is not kept in part: the way back of what was done before needs the rest.
hf_keep() {
  set -- "$1" "$2" "$3" "$hf_run/backup/$1"
  if [ $hf_public = no ]; then
    true 2>/dev/null >"$hf_run/acted/$1.private" || { hf_why='no room for the way back'; return 1; }
    set -- "$@" "$hf_run/acted/$1.private"
  fi
  hf_seize "$1" "$2" "$3" || return 1
  # crash point: keep
  if cp -a --reflink=auto -T -- "$hf_seized" "$4" 2>"$hf_run/out" && hf_sync_kept "$4" ${5:+"$5"} 2>"$hf_run/out"; then
    # crash point: kept
    hf_let_loose
    return 0
  fi
  hf_let_loose
  rm -rf -- "$4"
  hf_error "no room for the backup of $3"
}

# STEP FROM PATH: what a file or link is read by, in hf_seized: in a folder of root's own another name for it, which nobody can exchange for a
# link or a pipe.
hf_seize() {
  hf_seized=$2 hf_held=
  case $hf_cwd in
    ?*/)
      hf_seized=./$1.was hf_held=./$1.was
      ln -- "$2" "$hf_seized" 2>"$hf_run/out" && { [ -L "$hf_seized" ] || [ -f "$hf_seized" ]; } && return 0
      hf_let_loose
      hf_why="moved: $3 is no longer what the plan saw"
      return 1 ;;
  esac
}

hf_let_loose() { [ -z "$hf_held" ] || rm -f -- "$hf_held"; }

# STEP DIR NAME EXPECT OWNER MODE BYTES [TEXT]: makes the new file beside the old one; its bytes are TEXT, or on standard input. OWNER ""
# keeps, MODE "" keeps; a new file's are always given.
hf_prepare() {
  hf_stage "$2" && hf_expect "$hf_old$3" "$4" "$2/$3" || return 1
  hf_new=$hf_new$1 hf_old=$hf_old$3
  case $6 in
    '' | *[1357]* ) umask 077 ;;
    0644) umask 022 ;;
    *) umask 077 ;;
  esac
  # crash point: prepare
  set -C
  true 2>|"$hf_run/out" >"$hf_new"
  hf_rc=$?
  set +C
  umask 077
  # Where a folder hands down who may read what is made there, umask counts for nothing.
  if [ $hf_rc = 0 ] && [ "$hf_safe$6" = yes0600 ]; then
    chmod -- 0600 "$hf_new" 2>"$hf_run/out"
    hf_rc=$?
  fi
  if [ $hf_rc = 0 ]; then
    if [ $# = 8 ]; then printf '%s' "$8" 2>"$hf_run/out" >>"$hf_new"
    else hf_take "$7" 2>"$hf_run/out" >>"$hf_new"; fi
    hf_rc=$?
  fi
  [ $hf_rc = 0 ] || { hf_error "can't write $2/$3"; return 1; }
  # crash point: prepare.attributes
  hf_exists=no hf_mode=$6
  if [ -f "$hf_old" ] && [ ! -L "$hf_old" ]; then
    hf_take_attributes "$@" || return 1
    touch -- "$hf_new"
  fi
  if [ -n "$5" ] && { [ $hf_exists = yes ] || [ "$5" != root:root ] || [ -g . ]; }; then
    chown -h -- "$5" "$hf_new" 2>"$hf_run/out" || { hf_error "can't give $2/$3 to $5"; return 1; }
  fi
  if [ -n "$hf_mode" ] && { [ $hf_exists = yes ] || { [ "$hf_mode" != 0644 ] && [ "$hf_mode" != 0600 ]; }; }; then
    chmod -- "$hf_mode" "$hf_new" 2>"$hf_run/out" || { hf_error "can't set the mode of $2/$3"; return 1; }
  fi
}

# As hf_prepare: the old file's lists and attributes are the new one's, and what is not stated of owner and mode. Where somebody else could have
# put a file of his own there, he keeps no right to one that is to be another account's.
hf_take_attributes() {
  hf_seize "$1" "$hf_old" "$2/$3" && [ ! -L "$hf_seized" ] || {
    hf_let_loose
    hf_why="moved: $2/$3 is no longer what the plan saw"
    return 1
  }
  if [ "$hf_safe" = no ] && [ -n "${5%%:*}" ]; then
    hf_rest=$(stat -c '%u %U %a' -- "$hf_seized" 2>"$hf_run/out")
    case $hf_rest in
      "${5%%:*} "* | *" ${5%%:*} "*) ;;
      *)
        hf_let_loose
        [ -n "$hf_mode" ] || hf_mode=$(printf '%s' "0${hf_rest##* }" | tail -c 3)
        return 0 ;;
    esac
  fi
  cp -P --attributes-only --preserve=all -T -- "$hf_seized" "$hf_new" 2>"$hf_run/out" && [ -f "$hf_new" ] && [ ! -L "$hf_new" ] ||
    { hf_let_loose; hf_error "can't keep the attributes of $2/$3"; return 1; }
  hf_let_loose
  hf_exists=yes
}

# STEP DIR: the new file's path for a program, in hf_temporary. In a folder of somebody else's it is a copy that only root can reach.
hf_show() {
  hf_temporary=$2/.hf-$hf_id-$1
  [ "$hf_safe" = no ] || return 0
  hf_temporary=$hf_run/check
  cp -a -T -- "$hf_new" "$hf_temporary" 2>"$hf_run/out" || hf_error "can't copy what is new of $2"
}

# STEP DIR PROGRAM…: "%s" among its words was replaced by the temporary's path.
hf_validate() {
  shift 2
  hf_leave || return 1
  hf_run_limited 60 '' / 0 "$@"
  hf_valid=$?
  rm -f -- "$hf_run/check"
  [ $hf_valid = 0 ] || { hf_why="refused by its validate command: $hf_why"; return 1; }
}

# BYTES PATH …: prepared files are whole and on the disk before any of them is swapped in.
hf_flush() {
  hf_leave || return 1
  hf_sizes= hf_count=$#
  while [ "$hf_count" -gt 0 ]; do
    if [ -f "$2" ]; then
      hf_sizes="$hf_sizes$1
"
      set -- "$@" "$2"
    fi
    shift 2
    hf_count=$((hf_count - 2))
  done
  [ $# -gt 0 ] || return 0
  # crash point: flush
  sync -- "$@" 2>"$hf_run/out" || { hf_error "can't sync"; return 1; }
  [ "$(stat -c %s -- "$@")
" = "$hf_sizes" ] || { hf_error "a file did not arrive whole"; return 1; }
  # crash point: flushed
}

# STEP DIR NAME EXPECT
hf_swap() {
  hf_stage "$2" || return 1
  hf_old=$hf_old$3
  if [ -e "$hf_old" ] || [ -L "$hf_old" ]; then
    hf_keep "$1" "$hf_old" "$2/$3" || return 1
    case $4 in file:?*)
      [ -f "$hf_run/backup/$1" ] && [ ! -L "$hf_run/backup/$1" ] || { hf_why="moved: $2/$3 is no longer what the plan saw"; return 1; }
      hf_sum=$(sha256sum <"$hf_run/backup/$1")
      [ "${hf_sum%% *}" = "${4#file:}" ] || { hf_why="moved: $2/$3 is no longer what the plan saw"; return 1; } ;;
    esac
  fi
  hf_will_act "$1" || return 1
  # crash point: swap
  mv -T -- "$hf_new$1" "$hf_old" 2>"$hf_run/out" || { hf_error "can't put $2/$3"; return 1; }
  # crash point: swapped
}

# STEP DIR NAME OWNER MODE
hf_make_directory() {
  hf_enter "$2" && hf_expect "./$3" absent "$2/$3" || return 1
  hf_will_act "$1" || return 1
  # crash point: directory.make
  if [ "$4" = root:root ] && [ "$5" = 0755 ] && [ ! -g . ] && [ "$hf_safe" = yes ]; then
    mkdir -m 0755 -- "./$3" 2>"$hf_run/out" || { hf_error "can't make $2/$3"; return 1; }
    return 0
  fi
  # Closed until it has its owner: nobody may put anything there meanwhile.
  hf_private "$3" 2>"$hf_run/out" && hf_strip &&
    # crash point: directory.made
    { { [ "$4" = root:root ] && [ "$(stat -c %g .)" = 0 ]; } || chown -- "$4" . 2>"$hf_run/out"; } &&
    { [ "$5" = 0700 ] || hf_chmod "$5" . 2>"$hf_run/out"; } || { hf_error "can't make $2/$3"; return 1; }
}

# STEP DIR NAME EXPECT TARGET OWNER
hf_link() {
  hf_stage "$2" && hf_expect "$hf_old$3" "$4" "$2/$3" || return 1
  hf_new=$hf_new$1 hf_old=$hf_old$3
  if [ -e "$hf_old" ] || [ -L "$hf_old" ]; then hf_keep "$1" "$hf_old" "$2/$3" || return 1; fi
  hf_will_act "$1" || return 1
  ln -s -T -- "$5" "$hf_new" 2>"$hf_run/out" &&
    { [ -z "$6" ] || { [ "$6" = root:root ] && [ ! -g . ]; } || chown -h -- "$6" "$hf_new" 2>"$hf_run/out"; } &&
    # crash point: link.rename
    mv -T -- "$hf_new" "$hf_old" 2>"$hf_run/out" || { hf_error "can't link $2/$3"; return 1; }
  # crash point: linked
  hf_leave
}

# STEP DIR NAME EXPECT
hf_remove() {
  hf_enter "$2" && hf_expect "./$3" "$4" "$2/$3" && hf_nothing_mounted "$3" || return 1
  hf_listed=$(hf_list_below "./$3")
  [ "$hf_safe" = yes ] || hf_whole=$(hf_list_below "./$3" whole)
  hf_keep "$1" "./$3" "$2/$3" && hf_is_untouched "./$3" "$2/$3" || return 1
  # A folder that was exchanged for a moment leads elsewhere, and what is there would come back as somebody else's.
  if [ "$hf_safe" = no ] && [ "$(hf_list_below "$hf_run/backup/$1" whole)" != "$hf_whole" ]; then
    rm -rf -- "$hf_run/backup/$1"
    hf_why="moved: $2/$3 was exchanged while it was kept for the way back"
    return 1
  fi
  hf_will_act "$1" || return 1
  # crash point: remove
  mv -T -- "./$3" "./.hf-$hf_id-$1" 2>"$hf_run/out" || { hf_error "can't remove $2/$3"; return 1; }
  # crash point: remove.aside
  hf_is_untouched "./.hf-$hf_id-$1" "$2/$3" || {
    # Whoever writes there may have made it anew.
    mv -T -- "./.hf-$hf_id-$1" "./$3" 2>/dev/null ||
      { mv -T -- "./.hf-$hf_id-$1" "./$3.of-$hf_id" && hf_why="$hf_why; what there was lies in $2/$3.of-$hf_id"; }
    rm -f "$hf_run/acted/$1"
    return 1
  }
  hf_remove_tree ".hf-$hf_id-$1" 2>"$hf_run/out" || { hf_error "can't remove $2/$3"; return 1; }
}

# PATH [whole], of a folder, from here: a digest of the names, sizes and times below it, in an order that outlasts a copy: of an overlay it may
# be one that goes aside. `whole`: of seconds, as not every file system has parts of them.
hf_list_below() {
  [ ! -d "$1" ] || [ -L "$1" ] ||
    find "$1" -xdev \( -type d -printf '%P %T@\n' -o -printf '%P %s %T@\n' \) | sort | sed "${2:+s/\\.[0-9]*\$//}" | sha256sum
}

# FROM PATH: whether nothing below was written since hf_listed was made.
hf_is_untouched() {
  [ "$(hf_list_below "$1")" = "$hf_listed" ] && return 0
  hf_why="moved: $2 was written to while it was kept for the way back"
  return 1
}

# STEP DIR NAME OWNER MODE WAS-OWNER WAS-GROUP WAS-MODE: any may be "". The kernel takes a file's capabilities away with its owner; they are
# nobody's wish, so they stay.
hf_set_metadata() {
  hf_enter "$2" || return 1
  hf_grip "$3" ".hf-$hf_id-$1" 2>"$hf_run/out" || { hf_error "can't see $2/$3"; return 1; }
  hf_change_metadata "$@"
  hf_rc=$?
  hf_let_go && return $hf_rc
}

# STEP DIR NAME OWNER MODE WAS-OWNER WAS-GROUP WAS-MODE: each is as the plan saw it, or as it is to be. OWNER: USER, USER:GROUP or :GROUP.
hf_expect_metadata() {
  hf_group=
  case $4 in *:*) hf_group=${4#*:} ;; esac
  hf_rest=${hf_before% *}
  hf_names=${hf_modes#* }
  hf_is_among "${hf_rest%:*}" "${hf_names%:*}" "$6" "${4%%:*}" && hf_is_among "${hf_rest#*:}" "${hf_names#*:}" "$7" "$hf_group" &&
    hf_is_among "${hf_modes%% *}" '' "$8" "$5" && return 0
  hf_why="moved: owner or mode of $2/$3 is no longer what the plan saw"
  return 1
}

# NUMBER NAME EXPECTED WANTED: a name that is nobody's any more was the run's own to take.
hf_is_among() {
  case $3 in '' | "$1" | "$2") return 0 ;; esac
  [ "$2" != UNKNOWN ] || return 0
  case $4 in '') return 1 ;; "$1" | "$2") ;; *) return 1 ;; esac
}

hf_change_metadata() {
  hf_before=$(stat -c '%u:%g %a
%04a %U:%G' -- "$hf_it" 2>"$hf_run/out") || { hf_error "can't see $2/$3"; return 1; }
  hf_modes=${hf_before#*
} hf_before=${hf_before%%
*}
  hf_expect_metadata "$@" || return 1
  printf '%s\n' "$hf_before" >"$hf_run/backup/$1" && sync "$hf_run/backup/$1" 2>"$hf_run/out" ||
    { hf_error "no room for the way back"; return 1; }
  hf_kept=
  if [ -n "$4" ] && [ -f "$hf_it" ] && [ ! -L "$hf_it" ] &&
    cp --attributes-only --preserve=xattr -T -- "$hf_it" "$hf_run/backup/$1.kept" 2>/dev/null; then
    hf_kept=$hf_run/backup/$1.kept
    sync "$hf_kept"
  fi
  # crash point: metadata.set
  if [ -n "$4" ]; then
    chown -h -- "$4" "$hf_it" 2>"$hf_run/out" || { hf_error "can't give $2/$3 to $4"; return 1; }
    hf_given="$hf_given
$2/$3
"
  fi
  [ -z "$hf_kept" ] || cp --attributes-only --preserve=xattr -T -- "$hf_kept" "$hf_it" 2>/dev/null
  if [ -n "$5" ]; then
    [ ! -L "$hf_it" ] || { hf_why="moved: $2/$3 has become a link"; return 1; }
    if hf_would_lend "$5"; then
      case $hf_given in *"
$2/$3
"*)
        hf_why="unsafe: somebody else may have put a file of his own in the place of $2/$3 before it got its owner; remove it, and it is made anew"
        return 1 ;;
      esac
    fi
    hf_chmod "$5" "$hf_it" 2>"$hf_run/out" || { hf_error "can't set the mode of $2/$3"; return 1; }
  fi
  # crash point: metadata.were-set
  stat -c '%u:%g %a' -- "$hf_it" >>"$hf_run/backup/$1"
}

# LIMIT USER DIR CODES PROGRAM…: in its own session, with a limit; what it prints is kept for an error. Input: hf_input bytes of standard input.
hf_run_limited() {
  hf_limit=$1 hf_user=$2 hf_dir=$3 hf_codes=$4
  shift 4
  set -- env -i LC_ALL=C PATH="$PATH" "$@"
  if [ -n "$hf_user" ]; then
    # Where that account can't go root doesn't take it.
    set -- runuser -u "$hf_user" -- sh -c "$hf_alone" sh "$hf_dir" "$@"
    hf_dir=/
  fi
  case $hf_dir in /) cd / ;; *) hf_enter "$hf_dir" || return 1 ;; esac
  hf_cwd=
  if [ "${hf_input:-0}" -gt 0 ]; then
    hf_take "$hf_input" | { hf_in_session "$hf_limit" "$@" >"$hf_run/out" 2>&1; hf_rc=$?; cat >/dev/null; exit $hf_rc; }
    hf_rc=$?
    hf_left=$((hf_left - hf_input))
  else
    hf_in_session "$hf_limit" "$@" >"$hf_run/out" 2>&1 </dev/null
    hf_rc=$?
  fi
  hf_input=0
  hf_go_on || return 1
  for hf_code in $hf_codes; do [ "$hf_rc" = "$hf_code" ] && return 0; done
  case $hf_rc in
    124 | 137) hf_error "took longer than $hf_limit s and was killed" ;;
    *) hf_error "exit status $hf_rc" ;;
  esac
  return 1
}

# STEP PROGRAM…: keeps what it prints for the undo. One that ends with 75 says why what it sees is no longer what the plan saw.
hf_capture() {
  hf_n=$1
  shift
  hf_in_session 60 env -i LC_ALL=C PATH="$PATH" "$@" >"$hf_run/backup/$hf_n" 2>"$hf_run/out" </dev/null ||
    {
      hf_rc=$?
      hf_go_on || return 1
      if [ $hf_rc = 75 ]; then hf_why="moved: $(cat "$hf_run/out")"; else hf_error "can't see what is there before"; fi
      return 1
    }
  sync "$hf_run/backup/$hf_n" || return 1
  # crash point: captured
}

# Hundredths of a second since the host's boot, in hf_now: no clock that somebody sets.
hf_clock() {
  read -r hf_now hf_rest </proc/uptime
  hf_now=${hf_now%.*}${hf_now#*.}
}

# SINCE WAIT: sleeps until WAIT hundredths of a second have passed since SINCE.
hf_settle() {
  hf_clock
  hf_wait=$(($1 + $2 - hf_now))
  [ "$hf_wait" -le 0 ] || sleep "$((hf_wait / 100)).$((hf_wait / 10 % 10))$((hf_wait % 10))"
}

# STEP LIMIT USER DIR CODES PROGRAM…
hf_execute() {
  hf_will_act "$1" || return 1
  # What takes a program back asks for this mark, also after a power cut.
  sync "$hf_run/acted/$1" 2>"$hf_run/out" || { hf_error 'no room for the way back'; return 1; }
  shift
  # crash point: execute
  hf_run_limited "$@" || return 1
  # crash point: executed
}
