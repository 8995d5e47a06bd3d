#!/bin/sh
# Makes a stand-in for a GitHub Actions runner on this host, as root: its account, its folder with `.service` and `_diag`, and
# its unit with a process named Runner.Listener. SIGUSR1 to the unit's main process begins a job, SIGUSR2 ends it.
set -e
home=/opt/actions-runner
unit=actions.runner.o-r.h.service
useradd --system --home-dir $home --shell /usr/sbin/nologin actions-runner
mkdir -p $home/_diag $home/bin
cp /bin/sleep $home/bin/Runner.Listener
cp /bin/sleep $home/bin/Runner.Worker
cat >$home/runsvc.sh <<'EOF'
#!/bin/sh
log=_diag/Runner_$(date -u +%Y%m%d-%H%M%S)-utc.log
trap 'worker' USR1
trap 'kill "$job"' USR2
trap 'kill "$listener"; exit 0' TERM
worker() {
  bin/Runner.Worker 100000 &
  job=$!
  echo "[2026-11-28 21:00:09Z INFO Terminal] WRITE LINE: 2026-11-28 21:00:09Z: Running job: build" >>"$log"
}
echo '[2026-11-28 21:00:00Z INFO Listener] Version: 2.329.0' >"$log"
bin/Runner.Listener 100000 &
listener=$!
echo '[2026-11-28 21:00:01Z INFO Terminal] WRITE LINE: 2026-11-28 21:00:01Z: Listening for Jobs' >>"$log"
while :; do wait; sleep 0.1; done
EOF
chmod 755 $home/runsvc.sh
echo $unit >$home/.service
chown -R actions-runner:actions-runner $home
cat >/etc/systemd/system/$unit <<EOF
[Service]
ExecStart=$home/runsvc.sh
User=actions-runner
WorkingDirectory=$home
KillMode=process
[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
systemctl enable --quiet --now $unit
