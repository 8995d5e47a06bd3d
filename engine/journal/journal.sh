# The run's own book-keeping on the host. Layout: docs/decisions and /var/lib/holdfast itself.
hf_home=/var/lib/holdfast

hf_take_lock() {
  umask 077
  [ -d "$hf_home" ] || mkdir -p -m 700 "$hf_home" || return 2
  exec 8>>"$hf_home/lock" || return 2
  flock -n 8
}

hf_drop_lock() { exec 8>&-; }

# What only a run that works has: its count of heartbeats, the session of its act. In memory: no disk is touched every few seconds, and no
# stale count outlives a boot.
hf_drop_live() {
  rm -rf "$hf_live"
  rmdir /run/holdfast 2>/dev/null
  :
}

# Writes $2 as the file $1, whole or not at all.
hf_save() {
  printf '%s' "$2" >"$1.tmp" && sync "$1.tmp" && mv -T -- "$1.tmp" "$1"
}

# Opens run $1 with meta.json $2: from now on something may have to be taken back.
hf_open_run() {
  hf_id=$1 hf_run=$hf_home/runs/$1 hf_live=/run/holdfast/$1
  umask 077
  mkdir -p "$hf_home/runs" /run/holdfast && mkdir "$hf_live" "$hf_run" "$hf_run/undo" "$hf_run/backup" "$hf_run/acted" || return 1
  [ -s "$hf_home/key" ] || hf_save "$hf_home/key" "$(head -c 32 /dev/urandom | sha256sum | cut -c 1-64)" || return 1
  if [ -s "$hf_home/state.json" ]; then
    cp -T -- "$hf_home/state.json" "$hf_run/backup/state"
  else
    : >"$hf_run/backup/state"
  fi || return 1
  # Which run came after which: clocks of controllers don't agree, and two runs fit in a second.
  hf_number=0
  [ -s "$hf_home/number" ] && read -r hf_number <"$hf_home/number"
  hf_number=$((hf_number + 1))
  hf_save "$hf_home/number" "$hf_number
" && cp -- "$hf_home/number" "$hf_run/number" || return 1
  printf '%s' "$hf_undo_library" >"$hf_run/undo.lib" && printf '%s' "$hf_by_hand" >"$hf_run/rollback.sh" &&
    hf_save "$hf_run/meta.json" "$2" && sync "$hf_run/backup/state" "$hf_run/undo.lib" "$hf_run/rollback.sh" "$hf_run" &&
    ln -s "runs/$1" "$hf_home/armed" && sync "$hf_home"
}

hf_save_state() {
  hf_save "$hf_home/state.json" "$1" || return 1
  hf_sum=$(sha256sum <"$hf_home/state.json")
  printf '%s\n' "${hf_sum%% *}" >"$hf_run/state.sum"
}

# Ends the run with meta.json $1.
hf_end_run() {
  hf_save "$hf_run/meta.json" "$1" && rm -f "$hf_run/out" "$hf_run/undo.out" && rm -f "$hf_home/armed" &&
    sync "$hf_home" && hf_drop_live
}
