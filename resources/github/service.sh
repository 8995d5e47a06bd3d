# The service of the runner in ROOT, as GitHub's own script (svc.sh) makes it; what is ours lies in a drop-in. All that lies in ROOT is the
# runner's to write, and so its jobs': nothing of it is run as root.
verb=$1 root=$2
shift 2
ours=50-holdfast.conf handed=/run/holdfast-runner
enter "$root" || { echo "$root can't be entered safely"; exit 1; }

# FILE: what it holds. Somebody may put a pipe there right now.
small() { [ -f "$1" ] && [ ! -L "$1" ] && timeout 3 head -c 65536 "$1" 2>/dev/null; }

# Its name. The file is the runner's own to write, so it is believed only as far as it can't harm: no other runner's service is touched.
find_unit() {
  unit=$(small .service | head -n 1)
  can_be_unit || { echo "$root/.service doesn't name the runner's service"; return 1; }
}
can_be_unit() {
  file=/etc/systemd/system/$unit
  case $unit in
    *[!A-Za-z0-9._-]* | */*) return 1 ;;
    actions.runner.?*.service) ;;
    *) return 1 ;;
  esac
  [ ! -e "$file" ] || grep -q -x -F -e "WorkingDirectory=$root" -e "WorkingDirectory=$(in_unit "$(pwd -P)")" -- "$file"
}

# PATH, as a unit says it.
in_unit() { printf '%s' "$1" | sed 's/%/%%/g'; }

# The name that the registration gave it.
find_given() {
  unit=$(small svc.sh | sed -n 's/^SVC_NAME="\(.*\)"$/\1/p' | head -n 1 | tr ' ' _)
  can_be_unit || { echo "$root/svc.sh names no service that is free for this runner"; return 1; }
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
    find_given || return 1
    runuser -u "$1" -- sh -c 'rm -f .service runsvc.sh && cp bin/runsvc.sh runsvc.sh && chmod 755 runsvc.sh &&
      printf "%s\n" "$1" >.service && sync .service' sh "$unit" && find_unit || return 1
    made=/etc/systemd/system/.$unit
    cat >"$made" <<END || return 1
[Unit]
Description=GitHub Actions Runner (${unit%.service})
After=network-online.target

[Service]
ExecStart=$(in_unit "$root")/runsvc.sh
User=$1
WorkingDirectory=$(in_unit "$root")
KillMode=process
KillSignal=SIGTERM
TimeoutStopSec=5min

[Install]
WantedBy=multi-user.target
END
    place_unit || return 1
  fi
  settings && systemctl enable --quiet -- "$unit"
}

place_unit() { chmod 0644 "$made" && sync "$made" && mv -T -- "$made" "$file"; }

# USER UNIT, and the drop-in on standard input: a unit of our own. Its standard input is the configuration for its one job, which systemd
# opens as root: so that is in no argument and in no file that others can read, and only in the environment of the runner's own account,
# where GitHub's runner looks for it. The files that the runner makes of it are made beforehand, so that nobody else can read them.
install_for_one_job() {
  runuser -u "$1" -- sh -c 'rm -f .service && printf "%s\n" "$1" >.service' sh "$2" && find_unit || return 1
  made=/etc/systemd/system/.$unit
  cat >"$made" <<END || return 1
# Kept by holdfast.
[Unit]
Description=GitHub Actions runner for one job ($unit)
After=network-online.target

[Service]
Type=exec
User=$1
WorkingDirectory=$(in_unit "$root")
Environment=RUNNER_MANUALLY_TRAP_SIG=1
StandardInput=file:$handed/$unit
StandardOutput=journal
StandardError=journal
ExecStart=/bin/sh -c 'read -r ACTIONS_RUNNER_INPUT_JITCONFIG && export ACTIONS_RUNNER_INPUT_JITCONFIG && (umask 077 && rm -f .credentials .credentials_rsaparams && : >.credentials && : >.credentials_rsaparams) && exec ./run.sh </dev/null'
KillMode=mixed
TimeoutStopSec=5min
END
  place_unit && settings
}

# The configuration on standard input: it is handed to the service, and gone.
start_for_one_job() {
  find_unit && umask 077 && mkdir -p "$handed" && { cat && echo; } >"$handed/$unit" || return 1
  systemctl start -- "$unit"
  result=$?
  rm -f -- "$handed/$unit"
  rmdir -- "$handed" 2>/dev/null
  return $result
}

uninstall() {
  find_unit >/dev/null || return 0
  systemctl disable --now --quiet -- "$unit"
  rm -rf -- "$file" "$file.d" .service runsvc.sh && systemctl daemon-reload && settle
}

# One that had to be killed is remembered as failed, though it is gone.
settle() { systemctl reset-failed -- "$unit" 2>/dev/null || :; }

# [UNIT]: the name that a service which is made gets.
find_made() { if [ $# = 0 ]; then find_given; else unit=$1 && can_be_unit; fi; }

# FILE…: those that are there, by their names from here, as a line of text.
packed() {
  for part do
    shift
    if [ -e "$part" ] || [ -L "$part" ]; then set -- "$@" "${part#/}"; fi
  done
  [ $# = 0 ] || tar -cf - -- "$@" | base64 -w 0
  echo
}
unpacked() { base64 -d | tar -xf -; }

# [UNIT]: all that makes the service, with the links by which it starts at boot: a line of what is systemd's, and one of what lies in the
# runner's own folder, which goes back to where we are by then, and not to where its path leads. Where .service names none, one that would be
# overwritten.
save() {
  find_unit >/dev/null || find_made "$@" >/dev/null || return 0
  (cd / && packed "$file" "$file.d" /etc/systemd/system/*.wants/"$unit")
  packed .service runsvc.sh
}

# What was saved is there again.
restore() {
  [ -s "$HF_CAPTURE" ] || return 0
  system=$(sed -n 1p -- "$HF_CAPTURE") here=$(sed -n 2p -- "$HF_CAPTURE")
  [ -z "$system" ] || (cd / && printf '%s' "$system" | unpacked) || return 1
  [ -z "$here" ] || printf '%s' "$here" | unpacked || return 1
  systemctl daemon-reload
}

start() { find_unit && settle && systemctl start -- "$unit"; }

# SECONDS: as long may a job be on its way, which nothing shows. Whoever asks for this says how long a job is waited for.
wait_idle() {
  find_unit >/dev/null && systemctl is-active --quiet -- "$unit" || return 0
  quiet=0 told=
  while [ $quiet -lt "$1" ]; do
    quiet=$((quiet + 1))
    if works_in "$root"; then
      [ -n "$told" ] || is_free "$root"
      quiet=0 told=yes
    fi
    sleep 1
  done
}

# On the way back: no job is lost by it. What was there before `install` is there again.
stop_idle() { wait_idle "$1" && stop; }
put_back_idle() { is_free "$root" && uninstall && restore; }

stop() { ! find_unit >/dev/null || { systemctl stop -- "$unit" && settle; }; }

"$verb" "$@"
