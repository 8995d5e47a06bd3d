# What a run leaves on its host, and for how long. Known to the run's shell, its guard and rollback.sh. hf_home: /var/lib/holdfast. hf_run,
# hf_id: the run that is spoken of.
#
# runs/ID/retention  "SECRETS AGE NUMBER SIZE HISTORY": seconds for old secrets, seconds, how many and how many KiB for ways back, seconds
#                    for the mere record
# runs/ID/ended      when it ended, by this host's clock
# runs/ID/size       KiB of its way back
# runs/ID/gone       there are steps that can't be taken back any more: their old secrets were deleted
# runs/ID/dropped    there is no way back any more, and why: age, number, size
# secrets/ID         link to a run that still has old secrets

# shellcheck disable=SC2154,SC2034,SC3013  # whoever reads this in sets hf_home; dash and busybox know -ef

hf_read_retention() {
  hf_for_secrets=3600 hf_for_age=2592000 hf_for_number=50 hf_for_size=1048576 hf_for_history=15552000
  if [ -s "$hf_run/retention" ]; then
    read -r hf_for_secrets hf_for_age hf_for_number hf_for_size hf_for_history <"$hf_run/retention"
  fi
}

# Steps whose way back holds what not everybody may know, in hf_secret. Undo scripts begin with "# WORD CLOSED_BY WHAT"; WORD: `open`;
# `secret`, where the backup is; `input`, where the script is; `mode`, as who could read what lies in the backup; `gone`.
hf_find_secrets() {
  hf_secret='' hf_closed=''
  for hf_piece in "$hf_run"/backup/[0-9]*; do
    { [ -e "$hf_piece" ] || [ -L "$hf_piece" ]; } || break
    # One look at all of them, whatever names lie below.
    hf_closed="
$(cd "$hf_run/backup" && find . -mindepth 1 ! -type l \( ! -perm -004 -o -type d ! -perm -001 \) -print0 | tr '\n\0' '?\n' | cut -d / -f 2 | sort -u)
"
    break
  done
  for hf_script in "$hf_run"/undo/*.sh; do
    [ -e "$hf_script" ] || break
    hf_n=${hf_script##*/} hf_n=${hf_n%.sh} hf_word=''
    { read -r hf_mark hf_word hf_rest; } <"$hf_script"
    [ "$hf_mark" = '#' ] || hf_word=mode
    case $hf_word in
      open) continue ;;
      input) ;;
      *)
        { [ -e "$hf_run/backup/$hf_n" ] || [ -L "$hf_run/backup/$hf_n" ]; } || continue
        [ "$hf_word" != mode ] || [ -e "$hf_run/acted/$hf_n.private" ] || case $hf_closed in *"
$hf_n
"*) ;; *) continue ;; esac ;;
    esac
    hf_secret="$hf_secret $hf_n"
  done
}

# Old secrets of the run go. A step that rested on them says from now on that it can't be taken back; one that was not done, or was taken
# back, needn't.
hf_drop_secrets() {
  hf_find_secrets
  hf_over=no hf_rebooted=
  grep -q '"status": "rolled-back"' "$hf_run/meta.json" && hf_over=yes
  for hf_n in $hf_secret; do
    hf_script=$hf_run/undo/$hf_n.sh hf_word='' hf_closed_by=0 hf_what=''
    { read -r hf_mark hf_word hf_closed_by hf_what; } <"$hf_script"
    [ "$hf_mark" = '#' ] || hf_word=mode hf_closed_by=0 hf_what="step $hf_n"
    if [ "$hf_word" != gone ]; then
      if { [ ! -e "$hf_run/acted/$hf_n" ] && ! hf_was_rebooted; } || { [ $hf_over = yes ] && [ "$hf_closed_by" = 0 ]; }; then
        rm -f "$hf_script"
      else
        true >"$hf_run/gone"
        {
          printf '# gone %s %s\n' "$hf_closed_by" "$hf_what"
          [ "$hf_closed_by" = 0 ] || printf "hf_reopens %s '' %s || return 0\n" "$hf_n" "$hf_closed_by"
          printf 'hf_undo_gone %s\n' "$hf_n"
        } >"$hf_script.tmp" && sync "$hf_script.tmp" && mv -T -- "$hf_script.tmp" "$hf_script" || return 1
      fi
    fi
    # crash point: keep.gone
    # Only now: a script without its backup must never be read as one that needs none.
    rm -rf -- "$hf_run/backup/$hf_n" || return 1
  done
  sync "$hf_run/undo" "$hf_run/backup"
  # crash point: keep.deleted
  hf_forget_secrets "$hf_id"
}

hf_forget_secrets() {
  rm -f "$hf_home/secrets/$1"
  rmdir "$hf_home/secrets" 2>/dev/null
  :
}

# FOLDER: when that run ended, in hf_ended; nothing where a power cut left no number.
hf_read_ended() {
  hf_ended=''
  { read -r hf_ended; } 2>/dev/null <"$1/ended"
  case $hf_ended in *[!0-9]*) hf_ended='' ;; esac
}

# Whether the run's old secrets have lain here for long enough; else hf_rest says for how many seconds more. A clock that went back has told
# nothing.
hf_secrets_due() {
  hf_read_retention
  hf_read_ended "$hf_run"
  hf_rest=$((${hf_ended:-0} + hf_for_secrets - $(date +%s)))
  [ $hf_rest -le 0 ] || [ $hf_rest -gt "$hf_for_secrets" ]
}

# SECONDS: the host deletes the run's old secrets by itself, then. At a boot nothing waits for what waits for us.
hf_time_secrets() {
  if [ ! -d /run/systemd/system ] ||
    ! systemd-run --quiet --collect --on-active="$1" --timer-property=AccuracySec=1s --timer-property=DefaultDependencies=no --unit="holdfast-secrets-$hf_id" \
      --description="Deletes old secrets that run $hf_id kept" /bin/sh "$hf_run/guard.sh" secrets </dev/null; then
    setsid sh "$hf_run/guard.sh" secrets "$1" </dev/null >/dev/null 2>&1 6<&- 8>&- 9>&- &
  fi
}

# Whether something that the run left for later still waits: where that fails the run is taken back yet.
hf_waits() {
  hf_guard=
  { read -r hf_guard <"/run/holdfast/later/$hf_id/guard"; } 2>/dev/null
  [ -n "$hf_guard" ] && [ "/proc/$hf_guard/fd/5" -ef "/run/holdfast/later/$hf_id/guard" ]
}

# The run ends: what must go later is written down. Nothing of this may keep it from ending, and nothing goes yet: a host that is killed before
# the end is confirmed takes the run back.
hf_note_end() {
  rm -f "$hf_run/out" "$hf_run/undo.out" "$hf_run/check"
  [ -s "$hf_run/ended" ] || date +%s >"$hf_run/ended"
  hf_read_retention
  hf_find_secrets
  [ -n "$hf_secret" ] || return 0
  # Its hour is counted already: a run that ended is being taken back.
  [ ! -L "$hf_home/secrets/$hf_id" ] || return 0
  # crash point: keep.note
  mkdir -p "$hf_home/secrets"
  ln -sfn "../runs/$hf_id" "$hf_home/secrets/$hf_id"
  sync "$hf_run/ended" "$hf_run" "$hf_home" "$hf_home/secrets"
  hf_time_secrets "$hf_for_secrets"
  :
}

# Old secrets of all runs that are due, where no timer did it: after a boot, or without systemd. The lock is held.
hf_drop_due_secrets() {
  hf_this_run=$hf_run hf_this_id=$hf_id
  for hf_link in "$hf_home"/secrets/*; do
    [ -L "$hf_link" ] || break
    hf_id=${hf_link##*/}
    hf_run=$hf_home/runs/$hf_id
    if [ ! -d "$hf_run/undo" ]; then hf_forget_secrets "$hf_id"
    elif hf_secrets_due && ! hf_waits; then hf_drop_secrets; fi
  done
  hf_run=$hf_this_run hf_id=$hf_this_id
}

# RUN WHY: its way back goes; that it was, and what it changed, stays. The undo scripts go first: without them there is no way back.
hf_drop_way_back() {
  # crash point: keep.drop
  [ -z "$2" ] || printf '%s\n' "$2" >"$hf_home/runs/$1/dropped"
  if [ -L "$hf_home/secrets/$1" ]; then
    hf_forget_secrets "$1"
    [ ! -d /run/systemd/system ] || systemctl --quiet stop "holdfast-secrets-$1.timer" 2>/dev/null
  fi
  (
    cd "$hf_home/runs/$1" || exit
    [ ! -d undo ] || { mv -T undo undo.old && sync .; }
    # crash point: keep.dropped
    rm -rf undo.old backup acted undo.lib act.lib later.sh later.acts guard.sh rollback.sh targets instead audit boot state.sum size gone
  )
}

# Goes by what run $hf_run says: ways back that are too old, too many or too large, the oldest first, and records that are too old. The
# newest way back and those of what is half done stay until they are too old. The lock is held, and no run is open.
hf_retain() {
  hf_read_retention
  if [ -s "$hf_run/targets" ]; then hf_drop_way_back "$hf_id" ''  # of a rollback there is none
  else
    hf_size=$(du -sk "$hf_run")
    printf '%s\n' "${hf_size%%[!0-9]*}" >"$hf_run/size"
  fi
  hf_now=$(date +%s) hf_count=0 hf_used=0
  hf_list=$(for hf_file in "$hf_home"/runs/*/number; do
    [ -s "$hf_file" ] && read -r hf_n <"$hf_file" && hf_old=${hf_file%/number} && printf '%s\n' "$hf_n ${hf_old##*/}"
  done | sort -rn)
  while read -r hf_n hf_old; do
    [ -n "$hf_old" ] && [ ! "$hf_home/armed" -ef "$hf_home/runs/$hf_old" ] || continue
    hf_judge_kept "$hf_old"
  done <<END
$hf_list
END
}

# RUN: one of them, newest first.
hf_judge_kept() {
  hf_read_ended "$hf_home/runs/$1"
  [ -n "$hf_ended" ] || hf_ended=$(stat -c %Y "$hf_home/runs/$1/meta.json") || return 0
  hf_age=$((hf_now - hf_ended))
  # What it left for later needs all of it.
  [ ! -e "$hf_home/runs/$1/later" ] || return 0
  if [ ! -d "$hf_home/runs/$1/undo" ]; then
    # What a power cut left of it goes, too.
    if [ -d "$hf_home/runs/$1/undo.old" ] || [ -d "$hf_home/runs/$1/backup" ]; then hf_drop_way_back "$1" ''; fi
    # A folder without meta.json is swept away by the next run, where this comes to no end.
    [ $hf_age -le "$hf_for_history" ] || { rm -f -- "$hf_home/runs/$1/meta.json" && rm -rf -- "$hf_home/runs/${1:?}"; }
    return 0
  fi
  hf_size=0 hf_reason=''
  { read -r hf_size; } 2>/dev/null <"$hf_home/runs/$1/size"
  case $hf_size in '' | *[!0-9]*) hf_size=0 ;; esac
  hf_count=$((hf_count + 1)) hf_used=$((hf_used + hf_size))
  if [ $hf_age -gt "$hf_for_age" ]; then hf_reason=age
  elif [ $hf_count = 1 ]; then return 0
  elif [ $hf_count -gt "$hf_for_number" ]; then hf_reason=number
  elif [ $hf_used -gt "$hf_for_size" ]; then hf_reason=size
  else return 0; fi
  if [ $hf_reason != age ] && grep -q '"status": "half-done"' "$hf_home/runs/$1/meta.json"; then return 0; fi
  hf_drop_way_back "$1" $hf_reason
  hf_count=$((hf_count - 1)) hf_used=$((hf_used - hf_size))
}

# What of the run can't be taken back any more, a line each.
hf_gone() {
  for hf_script in "$hf_run"/undo/*.sh; do
    { read -r hf_mark hf_word hf_closed_by hf_what; } 2>/dev/null <"$hf_script"
    [ "$hf_mark$hf_word" != '#gone' ] || printf '%s\n' "$hf_what"
  done
}

# RUN: the objects that it touched, a line each.
hf_objects() { sed -n '/^ "objects": \[$/,/^ \]/{/^  /{s/,$//;p;};}' "$hf_home/runs/$1/meta.json" | sort -u; }

# Runs after this one that touched the same objects and were not taken back, a line each.
hf_later_runs() {
  read -r hf_own_number <"$hf_run/number" || return 0
  for hf_file in "$hf_home"/runs/*/number; do
    read -r hf_n <"$hf_file" && [ "$hf_n" -gt "$hf_own_number" ] || continue
    hf_other=${hf_file%/number} hf_other=${hf_other##*/}
    grep -q '"command": "apply"' "$hf_home/runs/$hf_other/meta.json" || continue
    ! grep -q '"status": "rolled-back"' "$hf_home/runs/$hf_other/meta.json" || continue
    [ -z "$({ hf_objects "$hf_id"; hf_objects "$hf_other"; } | sort | uniq -d)" ] || printf '%s\n' "$hf_other"
  done
}
