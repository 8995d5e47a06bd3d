# The service of the runner in ROOT: GitHub's own script makes it and says its name; what is ours lies in a drop-in.
verb=$1 root=$2
shift 2
ours=50-holdfast.conf
cd -- "$root" || exit 1

# Its name. The file is the runner's own to write, so it is believed only as far as it can't harm.
find_unit() {
  unit=
  [ -f .service ] && [ ! -L .service ] && IFS= read -r unit <.service
  can_be_unit || { echo "$root/.service doesn't name the runner's service"; return 1; }
}
can_be_unit() {
  file=/etc/systemd/system/$unit
  case $unit in
    *[!A-Za-z0-9._-]* | */*) return 1 ;;
    actions.runner.?*.service) ;;
    *) return 1 ;;
  esac
}

# One that GitHub's script has begun to make: it says the name only at its end.
find_begun() {
  [ -f svc.sh ] && [ ! -L svc.sh ] && [ ! -e .service ] || return 1
  unit=$(sed -n 's/^SVC_NAME="\(.*\)"$/\1/p' svc.sh | head -n 1 | tr ' ' _)
  can_be_unit && grep -q -x -F -- "ExecStart=$(pwd -P)/runsvc.sh" "$file" 2>/dev/null
}

# Standard input becomes our drop-in; where it is empty there is none.
settings() {
  find_unit && mkdir -p -- "$file.d" && cat >"$file.d/.$ours" || return 1
  if [ -s "$file.d/.$ours" ]; then
    chmod 0644 "$file.d/.$ours" && sync "$file.d/.$ours" && mv -T -- "$file.d/.$ours" "$file.d/$ours"
  else
    rm -f -- "$file.d/.$ours" "$file.d/$ours"
    rmdir -- "$file.d" 2>/dev/null || :
  fi && systemctl daemon-reload
}

# Our drop-in on standard input; it starts at boot.
enable() { settings && systemctl enable --quiet -- "$unit"; }

show_settings() { ! find_unit >/dev/null || cat -- "$file.d/$ours" 2>/dev/null || :; }

# USER, and the drop-in on standard input.
install() {
  if ! find_unit >/dev/null || [ ! -f "$file" ]; then
    rm -f .service
    ! find_begun || rm -f -- "$file" || return 1
    ./svc.sh install "$1" </dev/null || return 1
  fi
  settings
}

uninstall() {
  find_unit >/dev/null || find_begun || return 0
  systemctl disable --now --quiet -- "$unit"
  rm -rf -- "$file" "$file.d" .service runsvc.sh && systemctl daemon-reload
}

# All that makes the service, as text.
save() {
  find_unit >/dev/null || return 0
  set -- "${file#/}" "${root#/}/.service" "${root#/}/runsvc.sh"
  [ ! -d "$file.d" ] || set -- "$@" "${file#/}.d"
  tar -C / -cf - -- "$@" | base64
}

# What was saved is there again.
restore() {
  [ -s "$HF_CAPTURE" ] || return 0
  base64 -d <"$HF_CAPTURE" | tar -C / -xf - && find_unit && systemctl daemon-reload && systemctl enable --quiet -- "$unit"
}

start() { find_unit && systemctl start -- "$unit"; }
stop() { ! find_unit >/dev/null || systemctl stop -- "$unit"; }

"$verb" "$@"
