"""Faults that add something: somebody's hand, a program that hangs, another time of day."""

import contextlib
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import crash
from bench import APPLY, OPTIONS
from lab import KILL_ALL_OF_RUN, PROGRAM

# --- somebody's hand

# kind -> what somebody does by hand, what shows that it is still done, and what makes it as it was before all
EDITS = {
    "file": ("echo by hand >/etc/sample/old", "cat /etc/sample/old", "by hand",
             "echo old >/etc/sample/old; chmod 644 /etc/sample/old; setfacl -b -m u:plain:r /etc/sample/old"),
    "account": ("usermod -c by-hand olduser", "getent passwd olduser", ":by-hand:", "usermod -c '' olduser"),
    "unit": ("printf '[Service]\\nExecStart=/bin/sleep 7000000\\n' >/etc/systemd/system/other.service",
             "cat /etc/systemd/system/other.service", "sleep 7000000",
             "cp /etc/systemd/system/oldunit.service /etc/systemd/system/other.service; systemctl daemon-reload; "
             "systemctl restart other.service"),
    "command": ("sysctl -qw net.ipv4.conf.lo.log_martians=2", "sysctl net.ipv4.conf.lo.log_martians", "= 2",
                "sysctl -qw net.ipv4.conf.lo.log_martians=0"),
}
EDITS_BEFORE = ["lock.before:1", "lock.after:1", "open.after:1"]


def still_edited(bench):
    _, show, word, _ = EDITS[bench.kind]
    shown = bench.judge.on_host(show)
    assert word in shown, f"what somebody did by hand is gone: {shown}"


def edit_goes(bench):
    """It is still there, and then all is as before it."""
    still_edited(bench)
    bench.judge.on_host(EDITS[bench.kind][3])


def stopped(bench, point, *args):
    """The test build, standing still at a point."""
    running = bench.start(*args, program=crash.PROGRAM, env={"HOLDFAST_CRASH_AT": f"{point}:stop"})
    bench.wait_for(lambda: running.poll() is not None or "T (stopped)" in Path(f"/proc/{running.pid}/status").read_text(), 60, point)
    assert running.poll() is None, f"it ended before {point}: {running.stdout.read()}"
    return running


def edit_before(bench, _, moment):
    """Between the plan and the steps: the host is left alone, the edit above all. Once it is looked at under the lock, only the step itself sees it."""
    running = stopped(bench, moment, *APPLY, "site.yaml")
    bench.judge.on_host(EDITS[bench.kind][0])
    running.send_signal(signal.SIGCONT)
    out, _ = running.communicate(timeout=120)
    edit_goes(bench)
    if moment.startswith("lock.before"):
        assert running.returncode == 4, f"ended with {running.returncode}:\n{out}"
    return running.returncode, out


def edit_after(bench, _, moment):
    """After the steps, before the undo: all but the edit goes back, and what is left is said."""
    running = stopped(bench, moment, *APPLY, "site.yaml")
    bench.judge.on_host(EDITS[bench.kind][0])
    running.kill()
    running.communicate()
    bench.settle()
    still_edited(bench)
    # Whoever looks after the rest is told what it is.
    recovering = bench.start("recover", *OPTIONS)
    out, _ = recovering.communicate(timeout=120)
    edited = EDITS[bench.kind][1].split()[-1]
    assert recovering.returncode == 6, f"somebody's change is left, and recover ends with {recovering.returncode}:\n{out}"
    assert re.search(f"left: .*{re.escape(edited)}", out), f"it is not said that {edited} is left:\n{out}"
    edit_goes(bench)
    return None, out


# --- a child


def child(bench, _, __):
    """Without guard and shell the run's program still works: until it is gone nobody else may."""
    running = bench.hold()
    bench.judge.on_host("systemctl stop 'holdfast-guard-*'; for shell in $(pgrep -f hf_loop); do kill -KILL $shell; done")
    running.kill()
    running.communicate()
    for command in (("recover", *OPTIONS), (*APPLY, "site.yaml")):
        other = bench.start(*command)
        out, _ = other.communicate(timeout=120)
        assert other.returncode in (5, 6), f"while a program of the run still works, {command[0]} ends with {other.returncode}:\n{out}"
    assert bench.armed(), "a run whose program still works was taken for over"
    bench.judge.on_host(KILL_ALL_OF_RUN)
    recovered = bench.start("recover", *OPTIONS)
    out, _ = recovered.communicate(timeout=120)
    assert recovered.returncode == 0, f"recover ends with {recovered.returncode}:\n{out}"
    return None, out


# --- programs that hang

def hanging(calls):
    """PROGRAM:CALL:HOW for what an undisturbed run starts; the last of a program's calls stands for its later ones."""
    started = Counter(Path(call.split()[-1]).name for call in calls if "\texecve /" in call and Path(call.split()[-1]).name not in ("bin", "sbin"))
    return [f"{program}:{call}:{how}" for program, times in sorted(started.items()) for call in sorted({1, 2, times} & set(range(times + 1)))
            for how in ("deaf", "leaves")]


_WRAPPER = """#!/bin/sh
# Hangs at its Nth call: deaf to TERM, or ended itself with a child that keeps what it was given open.
read -r left </var/cache/holdfast-hang/{name} 2>/dev/null || left=0
echo $((left - 1)) >/var/cache/holdfast-hang/{name}
if [ "$left" = 1 ]; then
  : >/var/cache/holdfast-hang/hung
  case {how} in
    deaf) trap '' TERM INT HUP; while :; do sleep 1000; done ;;
    leaves) sleep 1000 & ;;
  esac
fi
exec {path} "$@"
"""


def hangs(manifest):
    def fault(bench, scene, moment):
        name, call, how = moment.split(":")
        path = next(f"/usr/{place}/{name}" for place in ("sbin", "bin") if (bench.judge.root / f"usr/{place}/{name}").exists())
        folder = bench.judge.root / "var/cache/holdfast-hang"
        folder.mkdir()
        (folder / name).write_text(f"{call}\n")
        wrapper = bench.judge.root / f"usr/local/sbin/{name}"
        wrapper.write_text(_WRAPPER.format(name=name, how=how, path=path))
        wrapper.chmod(0o755)
        running = bench.start(*APPLY, "--timeout", "20", bench.limited(manifest))
        try:
            out, _ = running.communicate(timeout=300)
        finally:
            running.kill()
            hung = (folder / "hung").exists()
            bench.judge.on_host(f"for p in $(pgrep -f '^/bin/sh /usr/local/sbin/{name}|^sleep 1000$'); do kill -KILL $p; done")
            wrapper.unlink()
            shutil.rmtree(folder)
        assert hung or running.returncode == scene.code, f"nothing hung, and it ends with {running.returncode}:\n{out}"
        return running.returncode, out

    return fault


# --- clocks

JUMPS = [f"{point} {days:+d}d" for point in ("lock.before:1", "open.after:1", "block.sent:1", "act:2", "confirm.before:1", "end.before:1")
         for days in (1, -1)]
_FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@contextlib.contextmanager
def clocks(bench):
    """The environment of a controller whose clock jumps together with the guard's, and what makes them jump."""
    assert _FAKETIME, "the package libfaketime is missing"
    folder = bench.judge.root / "var/cache/holdfast-clock"
    folder.mkdir()
    shutil.copy(_FAKETIME, folder / "faketime.so")
    now = bench.project.folder / "clock"

    def set_to(jump):
        for file in (folder / "now", now):
            file.write_text(f"{jump}\n")

    def jump_by(jump):
        set_to(jump)
        time.sleep(1.2)  # the guard looks once a second

    set_to("+0d")
    host = "LD_PRELOAD=/var/cache/holdfast-clock/faketime.so FAKETIME_TIMESTAMP_FILE=/var/cache/holdfast-clock/now FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1"
    bench.judge.on_host(f"systemctl set-environment {host}")
    try:
        yield {"LD_PRELOAD": str(_FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(now), "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"}, jump_by
    finally:
        bench.judge.on_host("systemctl unset-environment LD_PRELOAD FAKETIME_TIMESTAMP_FILE FAKETIME_NO_CACHE DONT_FAKE_MONOTONIC")
        bench.settle()
        shutil.rmtree(folder)
        bench.judge.on_host("rm -f /dev/shm/*faketime*")


def clock(bench, _, moment):
    """What counts time by anything but a clock goes on as if nothing had happened."""
    point, jump = moment.split()
    with clocks(bench) as (env, jump_by):
        running = bench.start(*APPLY, "site.yaml", program=crash.PROGRAM, env={"HOLDFAST_CRASH_AT": f"{point}:stop", **env})
        bench.wait_for(lambda: running.poll() is not None or "T (stopped)" in Path(f"/proc/{running.pid}/status").read_text(), 60, point)
        jump_by(jump)
        if running.poll() is None:
            running.send_signal(signal.SIGCONT)
        out, _ = running.communicate(timeout=120)
    assert running.returncode == 0, f"a clock jumped, and it ends with {running.returncode}:\n{out}"
    return 0, out


# --- the controller's disk


def full_output(bench, _, __):
    """Nothing that the controller says can be written."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PROGRAM, *APPLY, "site.yaml"], cwd=bench.project.folder, env=bench.project.env,
                              stdin=subprocess.DEVNULL, stdout=full, stderr=full, timeout=120, check=False)
    assert done.returncode != 0, "nothing could be said, and it ends with 0"
    return done.returncode, ""


# A file system that soon has no more of it.
STATE_FOLDERS = {"room": "size=16k", "files": "nr_inodes=1"}


def full_state(bench, _, moment):
    """The controller's history can't be written, which fails no run."""
    folder = bench.project.folder / "state"
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", STATE_FOLDERS[moment], "tmpfs", folder], check=True)
    try:
        running = bench.start(*APPLY, "site.yaml", env={"XDG_STATE_HOME": str(folder)})
        out, _ = running.communicate(timeout=120)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()
    assert running.returncode >= 0, f"it ends with signal {-running.returncode}:\n{out}"
    assert "not written into the history" in out, f"nobody is told that the history has no room:\n{out}"
    return running.returncode, out
