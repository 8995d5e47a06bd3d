"""Whoever goes away in the middle of a run, the host goes back to what it was, alone."""

import signal
import time

import pytest
from lab import difference

FILES = ("-i", "hosts.yaml", "site.yaml")
LEASE = 6

# Changes a file, a link and a unit, then works for longer than any test waits.
LONG = """\
  - file: /etc/first
    content: after
  - symlink: /etc/link
    target: /etc/first
  - systemd_unit: sample.service
    content: |
      [Service]
      ExecStart=/bin/sleep infinity
      [Install]
      WantedBy=multi-user.target
    enabled: true
    state: running
    settle: 0s
  - command: works
    argv: [sh, -c, "setsid sleep 611 & sleep 612"]
    always: true
    requires: [systemd_unit sample.service, file /etc/first, symlink /etc/link]
"""


def begin(host, project, manifest=LONG, *options):
    """A run that is at its long program. Returns the judge's word from before and the process."""
    host.write("/etc/first", "before\n")
    project.inventory([host])
    # The first run of all brings the boot unit, which stays.
    project.manifest("  - directory: /etc/known\n")
    project.run("apply", "--yes", *FILES)
    before = host.snapshot()
    project.manifest("  - directory: /etc/known\n" + manifest)
    running = project.start("apply", "--yes", "--lease", LEASE, *options, *FILES)
    host.wait_for("pgrep -f 'sleep 61[2]'")
    assert host.read("/etc/first") == "after"
    assert host.sh("systemctl is-active sample.service").strip() == "active"
    return before, running


def cut_off(host, project):
    """A run that is half done and that nobody watches any more. Returns the judge's word from before and its id."""
    before, running = begin(host, project)
    run = host.sh("basename $(readlink /var/lib/holdfast/armed)").strip()
    running.kill()
    running.communicate()
    # Not even the guard: as if somebody had stopped it, and then all the rest.
    host.sh("systemctl stop 'holdfast-guard-*'; pkill -9 -f 'sleep 61[12]'", check=False)
    host.wait_for("pgrep -f 'sleep 61[12]' || echo none")
    host.wait_for("flock -n /var/lib/holdfast/lock echo free")
    return before, run


def ended(host, seconds=LEASE + 15):
    host.wait_for("[ -e /var/lib/holdfast/armed ] || echo gone", seconds)
    host.wait_for("systemctl list-units --all --no-legend 'holdfast-*' | grep -q guard || echo gone")


def nothing_left(host, before):
    assert difference(before, host.snapshot()) == []
    assert host.sh("pgrep -fa 'sleep 61[12]'", check=False) == ""
    assert host.sh("ls -d /run/holdfast", check=False) == ""
    assert host.sh("flock -n /var/lib/holdfast/lock echo free").strip() == "free"


def test_a_controller_that_is_killed(host, project):
    before, running = begin(host, project)
    running.kill()
    running.communicate()
    ended(host)
    nothing_left(host, before)
    said = project.run("plan", *FILES).out
    assert "taken back by the host itself" in said and "nobody kept it alive" in said
    assert '"by": "guard"' in host.sh("cat /var/lib/holdfast/runs/*/meta.json")
    # A run that changes something says nothing more of it afterwards.
    project.manifest("  - file: /etc/other\n    content: x\n")
    project.run("apply", "--yes", *FILES)
    assert "by the host itself" not in project.run("plan", *FILES).out


def test_a_controller_that_is_stopped_learns_what_the_host_did(host, project):
    before, running = begin(host, project)
    running.send_signal(signal.SIGSTOP)
    ended(host)
    nothing_left(host, before)
    running.send_signal(signal.SIGCONT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 7, out + err


def test_a_cut_cable(host, project):
    before, running = begin(host, project)
    host.cut()
    ended(host)
    nothing_left(host, before)
    host.heal()
    out, err = running.communicate(timeout=120)
    assert running.returncode == 7, out + err
    assert "taken back" in out + err


def test_a_power_cut(host, project):
    before, running = begin(host, project)
    host.kill()
    running.kill()
    running.communicate()
    host.boot()
    host.wait_for("systemctl is-system-running --wait; echo up", 60)
    assert host.sh("[ -e /var/lib/holdfast/armed ] || echo gone").strip() == "gone"
    nothing_left(host, before)
    log = host.sh("journalctl -b -o short-monotonic -u holdfast-boot.service -u ssh.service --no-pager")
    assert log.index("rolled-back") < log.index("OpenBSD Secure Shell"), log
    assert "lost its power" in project.run("plan", *FILES).out


def test_an_open_run_that_nobody_watches_is_recovered(host, project):
    before, _ = cut_off(host, project)
    said = project.run("plan", *FILES, expect=6).out
    assert "cut off" in said and "holdfast recover" in said
    refused = project.run("apply", "--yes", *FILES, expect=6)
    assert "holdfast recover" in refused.out + refused.err
    project.run("recover", "-i", "hosts.yaml")
    nothing_left(host, before)
    assert "No run was cut off" in project.run("recover", "-i", "hosts.yaml").out


def to_be_taken_back(host, project, undo):
    """A manifest whose way back runs `undo`, not applied yet. Returns the judge's word from before."""
    host.write("/etc/first", "before\n")
    project.inventory([host])
    # The first run of all brings the boot unit, which stays.
    project.manifest("  - directory: /etc/known\n")
    project.run("apply", "--yes", *FILES)
    project.manifest(f"""\
  - directory: /etc/known
  - file: /etc/first
    content: after
  - command: works
    argv: [touch, /run/made]
    creates: /run/made
    undo: [sh, -c, "{undo}"]
    requires: [file /etc/first]
""")
    return host.snapshot()


def test_a_rollback_that_nobody_watches_is_gone_on_with(host, project):
    before = to_be_taken_back(host, project, "[ -e /run/soon ] || sleep 612; rm -f /run/made /run/soon")
    project.run("apply", "--yes", *FILES)
    running = project.start("rollback", "--last", "-i", "hosts.yaml")
    host.wait_for("pgrep -f 'sleep 61[2]'")
    host.sh("""systemctl stop 'holdfast-guard-*'
        for run in /run/holdfast/*/run; do
          for process in /proc/[0-9]*; do [ ! "$process/fd/6" -ef "$run" ] || kill -KILL "${process#/proc/}"; done
        done
        pkill -9 -f 'sleep 61[2]'; touch /run/soon""", check=False)
    running.kill()
    running.communicate()
    host.wait_for("flock -n /var/lib/holdfast/lock echo free")
    assert host.read("/etc/first") == "after"
    assert "holdfast recover" in project.run("plan", *FILES, expect=6).out
    project.run("recover", "-i", "hosts.yaml")
    nothing_left(host, before)
    assert "No run was cut off" in project.run("recover", "-i", "hosts.yaml").out


def test_a_rollback_that_is_told_to_stop_gets_to_its_end_and_once_more_goes_on_alone(host, project):
    before = to_be_taken_back(host, project, "sleep 6.12; rm -f /run/made")
    for signals, code in ((1, 130), (2, 6)):
        project.run("apply", "--yes", *FILES)
        running = project.start("rollback", "--last", "-i", "hosts.yaml")
        host.wait_for("pgrep -f 'sleep 6[.]12'")
        for _ in range(signals):
            running.send_signal(signal.SIGTERM)
            time.sleep(0.5)
        out, err = running.communicate(timeout=60)
        assert running.returncode == code, out + err
        if signals == 2:
            assert host.read("/etc/first") == "after", "it is still at work"
            ended(host, 90)
        nothing_left(host, before)


def test_a_cut_off_run_stays_open_until_another_one_goes_on(host, project):
    before, run = cut_off(host, project)
    resume = ("recover", "--resume", *FILES)

    def still_open():
        assert host.sh("readlink /var/lib/holdfast/armed").strip() == f"runs/{run}"
        assert '"status": "open"' in host.read(f"/var/lib/holdfast/runs/{run}/meta.json")

    project.manifest("  - fil: /etc/first\n")
    project.run(*resume, "--yes", expect=1)
    still_open()
    project.manifest("  - directory: /etc/known\n" + LONG.replace("setsid sleep 611 & sleep 612", "exit 3"))
    project.run(*resume, expect=4)
    still_open()
    host.sh("systemd-run --quiet --collect --unit=holds flock /var/lib/holdfast/lock sleep 614")
    host.wait_for("pgrep -f 'flock /var/lib/holdfast/lock'")
    held = project.run(*resume, "--yes", expect=5)
    assert "is held by" in held.out + held.err
    still_open()
    host.sh("systemctl stop holds.service")
    failed = project.run(*resume, "--yes", expect=6)
    assert f"`holdfast rollback {run}`" in failed.out
    assert host.sh("ls /var/lib/holdfast/armed", check=False) == ""
    assert '"status": "stopped"' in host.read(f"/var/lib/holdfast/runs/{run}/meta.json")
    project.run("rollback", run, "-i", "hosts.yaml")
    nothing_left(host, before)


def test_another_run_goes_on_from_one_that_was_cut_off(host, project):
    _, run = cut_off(host, project)
    project.manifest("  - directory: /etc/known\n" + LONG[:LONG.index("  - command")])
    assert f"went on from run {run}" in project.run("recover", "--resume", "--yes", *FILES).out
    nothing_left(host, host.snapshot())
    project.run("plan", "--detailed-exitcode", *FILES)


def test_a_guard_that_is_killed_is_followed_by_another(host, project):
    before, running = begin(host, project)
    host.sh("systemctl kill -s KILL 'holdfast-guard-*'")
    running.kill()
    running.communicate()
    # While it takes back, too: it waits for the lock, which this holds.
    host.sh("systemd-run --quiet --collect --unit=holds flock /var/lib/holdfast/lock sleep 614")
    host.wait_for("pgrep -f 'flock /var/lib/holdfast/lock' && ! pgrep -f 'sleep 61[12]'", LEASE + 15)
    host.sh("systemctl kill -s KILL 'holdfast-guard-*'; systemctl stop holds.service")
    ended(host, 2 * LEASE + 15)
    nothing_left(host, before)
    assert project.run("plan", *FILES).out.count("taken back by the host itself") == 1


def test_a_host_without_a_word_from_its_guard_is_not_touched_before_the_lease(host, project):
    _, running = begin(host, project, LONG.replace("sleep 612", "sleep 9; : sleep 612"))
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, out + err
    assert host.read("/etc/first") == "after"
    assert host.sh("systemctl list-units --all --no-legend 'holdfast-guard*'") == ""


@pytest.mark.parametrize("policy", ["rollback", "stop"])
@pytest.mark.parametrize("lock_out", [
    "  - file: /etc/ssh/sshd_config.d/00-nobody.conf\n    content: \"AllowUsers nobody\\n\"\n"
    "  - systemd_unit: ssh.service\n    reload_on: [file /etc/ssh/sshd_config.d/00-nobody.conf]\n",
    "  - directory: /root/.ssh\n    mode: 0777\n",
    "  - user: root\n    shell: /usr/sbin/nologin\n",
    # One way else: but what shuts everybody out is no hole that was closed.
    "  - file: /root/.ssh/authorized_keys\n    ensure: absent\n",
], ids=["AllowUsers", "mode", "shell", "key"])
def test_what_locks_everybody_out_is_taken_back(host, project, lock_out, policy):
    project.inventory([host])
    project.manifest("  - directory: /etc/known\n")
    project.run("apply", "--yes", *FILES)
    before = host.snapshot()
    project.manifest("  - directory: /etc/known\n" + lock_out)
    done = project.run("apply", "--yes", "--on-failure", policy, *FILES, expect=7)
    assert "a new login fails after these changes" in done.out + done.err
    host.ssh("true")
    nothing_left(host, before)
