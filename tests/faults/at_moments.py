"""Faults that take something away at a moment: a process, the power, the cable, sudo, room on a disk. Each leaves the host to itself
with the cause removed, and returns the exit code (None: there is nobody to say one) and the output of the first controller."""

import time

import crash
from bench import APPLY, LEASE, PATIENCE
from disturb import Disturb
from moment import Stopped
from scenes import RECOVER

# --- at a system call on the host


def at_call(do):
    """A process, or all of the run's, is killed there; the controller lives."""

    def fault(bench, scene, moment):
        scene.begin(bench)
        with Disturb(scene.pids(bench), scene.match, after=scene.after, at=moment, do=do) as disturb:
            running = scene.start(bench)
            disturb.wait(lambda: running.poll() is not None and bench.at_rest())
            out, _ = running.communicate(timeout=120)
        return (running.returncode if running.returncode >= 0 else None), f"{disturb.reached}\n{out}"

    return fault


def power_at_call(bench, scene, moment):
    """The host loses its power there; at odd moments the controller with it."""
    scene.begin(bench)
    with Disturb(scene.pids(bench), scene.match, after=scene.after, at=moment, do="stand") as disturb:
        running = scene.start(bench)
        reached = disturb.wait(lambda: running.poll() is not None and bench.at_rest())
        if reached:
            if moment % 2 == 1:
                running.kill()
            bench.host.kill()
    if reached:
        bench.host.boot()
    out, _ = running.communicate(timeout=120)
    return (running.returncode if running.returncode >= 0 else None), f"{disturb.reached}\n{out}"


def cut_guard_kill(bench, scene, moment):
    """The cable is cut; the guard, as it takes back, is killed; then the cable is whole again."""
    running = bench.hold()
    with Disturb(scene.pids(bench), scene.match, after=scene.after, at=moment) as disturb:
        bench.host.cut()
        disturb.wait(bench.at_rest)
    bench.settle(3 * LEASE + PATIENCE)
    bench.host.heal()
    out, _ = running.communicate(timeout=180)
    return running.returncode, f"{disturb.reached}\n{out}"


def ten_at_call(bench, scene, moment):
    """Recovery is killed ten times, later each time, and then left alone."""
    scene.begin(bench)
    for again in range(10):
        with Disturb(scene.pids(bench), scene.match, at=moment + 7 * again) as disturb:
            running = scene.start(bench)
            disturb.wait(lambda: running.poll() is not None)
            out, _ = running.communicate(timeout=120)
    running = bench.start(*RECOVER)
    out, _ = running.communicate(timeout=120)
    return running.returncode, out


# --- where the controller sends


def at_send(act):
    """The controller stands still there while `act` is done."""

    def fault(bench, scene, moment):
        return act(bench, Stopped.at(bench, (*APPLY, "site.yaml"), moment))

    return fault


def killed(_, running):
    running.kill()
    return None, ""


def stands_still(bench, running):
    time.sleep(LEASE + 2)
    bench.settle()
    return running.finish()


def cut(bench, running):
    bench.host.cut()
    running.go_on()
    time.sleep(LEASE + 2)
    bench.settle()
    bench.host.heal()
    return running.finish()


def cut_shortly(bench, running):
    bench.host.cut()
    running.go_on()
    time.sleep(1)
    bench.host.heal()
    return running.finish()


def power(bench, running):
    bench.host.kill()
    running.kill()
    bench.host.boot()
    return None, ""


def second(bench, running):
    other = bench.start(*APPLY, "site.yaml")
    time.sleep(1)
    running.go_on()
    code, said = running.finish()
    out, _ = other.communicate(timeout=120)
    for ended in (code, other.returncode):
        assert ended in (0, 4, 5), f"of two controllers one ended with {ended}:\n{said}\n{out}"
    return code if code == 0 else other.returncode, said + out


AWAY = ("mv /etc/sudoers.d /etc/sudoers.d.away; mkdir -m 750 /etc/sudoers.d; cp -a /etc/sudoers /root/sudoers; "
        "sed -i '/^deploy/d' /etc/sudoers")
BACK = "rmdir /etc/sudoers.d; mv /etc/sudoers.d.away /etc/sudoers.d; mv /root/sudoers /etc/sudoers"


def logins_by_sudo(bench):
    return int(bench.judge.on_host("journalctl --sync; journalctl -q -o cat _COMM=sudo | grep -c ' COMMAND='; :"))


def without_sudo(bench, scene, moment):
    argv = [*APPLY, "site.yaml"]
    argv[argv.index("hosts.yaml")] = "sudo.yaml"
    before = logins_by_sudo(bench)
    running = Stopped.at(bench, argv, moment)
    confirmed = logins_by_sudo(bench) - before > 1  # the run's own, and the fresh one
    bench.judge.on_host(AWAY)
    running.go_on()
    code, said = running.finish()
    bench.settle()
    bench.judge.on_host(f"{BACK}; sync")
    assert code != 0 or confirmed, f"kept, though no login gets through sudo:\n{said}"
    return code, said


JOURNAL = "/var/lib/holdfast"
# room -> how it is taken, and given back
ROOM = {
    "journal": ("cat /dev/zero >/var/lib/holdfast/fill 2>/dev/null; :", "rm -f /var/lib/holdfast/fill"),
    "files": ("mount -o remount,nr_inodes=1 /var/lib/holdfast", "mount -o remount,nr_inodes=4096 /var/lib/holdfast"),
    "root": ("fallocate -l 1T /var/cache/fill 2>/dev/null; cat /dev/zero >>/var/cache/fill 2>/dev/null; :", "rm -f /var/cache/fill"),
}


def full_disk(room):
    """No room in the journal's file system, no number for another file there, or no room on the whole host."""

    def fault(bench, scene, moment):
        take, give = ROOM[room]
        if room != "root":
            bench.judge.on_host(f"mkdir -p -m 700 {JOURNAL}; mount -t tmpfs -o size=2m,nr_inodes=4096,mode=700 tmpfs {JOURNAL}")
        running = Stopped.at(bench, (*APPLY, "site.yaml"), moment)
        bench.judge.on_host(take)
        running.go_on()
        code, said = running.finish()
        bench.settle()
        bench.judge.on_host(give)
        return code, said

    return fault


# --- at named points of the test build


def controller_crash(bench, scene, moment):
    """The controller dies there."""
    scene.begin(bench)
    running = scene.start(bench, program=crash.PROGRAM, env={"HOLDFAST_CRASH_AT": f"{moment[0]}:{moment[1]}"})
    out, _ = running.communicate(timeout=120)
    return (running.returncode if running.returncode >= 0 else None), out


def host_crash(bench, scene, moment):
    """The programs of the login, or the guard, die there."""
    scene.begin(bench)
    name = moment[0].removeprefix("host/")
    running = scene.start(bench, lambda: crash.ask(bench, name, moment[1], "kill"), program=crash.PROGRAM)
    out, _ = running.communicate(timeout=120)
    crash.wait(bench, bench.at_rest)
    crash.end(bench)
    return (running.returncode if running.returncode >= 0 else None), out


def host_crash_power(bench, scene, moment):
    """The host loses its power there."""
    scene.begin(bench)
    name = moment[0].removeprefix("host/")
    running = scene.start(bench, lambda: crash.ask(bench, name, moment[1], "stand"), program=crash.PROGRAM)
    if crash.wait(bench, lambda: running.poll() is not None and bench.at_rest()):
        bench.host.kill()
        bench.host.boot()
    out, _ = running.communicate(timeout=120)
    crash.end(bench)
    return (running.returncode if running.returncode >= 0 else None), out
