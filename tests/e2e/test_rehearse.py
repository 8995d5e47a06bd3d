"""--rehearse: a plan and its way back, done in a copy of the host's files that nobody keeps."""

import signal
import statistics
import time

import pytest
from everything import public_key
from lab import difference

FILES = ("-i", "hosts.yaml", "site.yaml")

PREPARE = r"""
set -e
mkdir -p /srv/app/old/deep /srv/app/emptied
echo old >/srv/app/replaced; chmod 640 /srv/app/replaced; chown deploy:adm /srv/app/replaced
setfacl -m u:plain:r /srv/app/replaced; setfattr -n user.note -v kept /srv/app/replaced
echo x >/srv/app/old/deep/file; ln -s file /srv/app/old/deep/link; chmod 2750 /srv/app/old/deep
echo stray >/srv/app/emptied/stray
ln -s elsewhere /srv/app/link; echo going >/srv/app/gone
groupadd -g 3000 existing; useradd -m -G existing staying; useradd -m -s /bin/sh leaving
echo 'staying:$6$salt$hash' | chpasswd -e
mkdir -m 700 /root/.ssh 2>/dev/null || :; echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMine mine' >>/root/.ssh/authorized_keys
ufw --force enable >/dev/null; ufw allow 22/tcp >/dev/null; ufw deny 111/udp comment old >/dev/null
printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/mine.service
systemctl daemon-reload; systemctl enable --now mine.service 2>/dev/null
setpriv --reuid leaving --regid leaving --clear-groups sleep 1000 >/dev/null 2>&1 &
"""

MIXED = f"""\
  - group: fresh
  - group: existing
    gid: 4001
  - user: newcomer
    groups: [fresh]
    shell: /bin/bash
  - user: staying
    shell: /bin/bash
    groups: [adm]
    locked: true
  - user: leaving
    ensure: absent
    remove_home: true
  - directory: /srv/app/new
    owner: newcomer
    mode: 0750
  - directory: /srv/app/emptied
    purge: true
    mode: 0700
  - directory: /srv/app/old
    ensure: absent
  - file: /srv/app/new/file
    content: new
    owner: newcomer
    mode: 0600
  - file: /srv/app/replaced
    content: new
    mode: 0600
  - file: /srv/app/gone
    ensure: absent
  - symlink: /srv/app/link
    target: /srv/app/replaced
  - symlink: /srv/app/new/link
    target: file
  - authorized_key: another
    user: root
    key: {public_key(1)}
  - authorized_key: first
    user: newcomer
    key: {public_key(2)}
  - systemd_unit: mine.service
    state: stopped
    enabled: false
    drop_ins:
      "50-more.conf": "[Service]\\nNice=5\\n"
  - systemd_unit: yours.service
    content: "[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n"
    enabled: true
    state: running
  - systemd_unit: ssh.socket
    masked: true
  - firewall_rule: one
    allow: {{port: 9101/tcp}}
  - firewall_rule: refused
    reject: {{port: 111/udp}}
  - firewall: ufw
    incoming: deny
    outgoing: reject
    logging: full
  - sysctl: net.ipv4.ip_forward
    value: 1
  - command: stamp
    argv: [touch, /srv/app/stamp]
    creates: /srv/app/stamp
    undo: [rm, -f, /srv/app/stamp]
    rehearse: true
  - command: reach out
    argv: [touch, /srv/app/reached]
    creates: /srv/app/reached
    undo: [rm, -f, /srv/app/reached]
  - check: ssh
    tcp: {{port: 22}}
"""


def begin(host, project, resources, prepare=PREPARE):
    """A host that was applied to before, and is as it was made but for `prepare`."""
    project.inventory([host])
    project.manifest("  - file: /etc/known\n    content: x\n", path="known.yaml")
    project.run("apply", "--yes", "-i", "hosts.yaml", "known.yaml")
    host.sh(prepare, timeout=120)
    project.manifest(resources)


def is_free(host):
    """Whether nobody holds the lock, and nothing of a rehearsal is left."""
    host.sh("flock -n /var/lib/holdfast/lock true")
    assert host.sh("pgrep -f '[r]ehearsal' || :") == ""
    assert host.sh("grep -c holdfast-rehearsal /proc/self/mountinfo || :") == "0\n"
    assert host.sh("ls /var/lib/holdfast/runs").count("\n") == 1, "only the run that was applied"
    return True


def wait_for(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.2)
    pytest.fail(f"{what}: not within {seconds} s")


def test_a_mixed_plan_goes_there_and_back_and_nothing_real_moves(host, project):
    begin(host, project, MIXED)
    sleeper = host.sh("pgrep -u leaving sleep")
    before = host.snapshot(moves=True, journal=True)
    done = project.run("plan", "--rehearse", *FILES)
    assert difference(before, host.snapshot(moves=True, journal=True)) == []
    assert host.sh("pgrep -u leaving sleep") == sleeper
    assert is_free(host)
    assert "taken back in a copy" in done.out and "all was as before" in done.out, str(done)
    for said in ("systemd_unit (3): it acts on the running systemd", "sysctl (1): it sets the running kernel",
                 "firewall (1): without the running packet filter", "firewall_rule (2): without the running packet filter",
                 "command (1): it may reach beyond files", "check (1): it asks the running host"):
        assert said in done.out, (said, str(done))


def test_apply_rehearses_first_and_then_applies(host, project):
    begin(host, project, MIXED)
    done = project.run("apply", "--yes", "--rehearse", *FILES)
    assert done.out.index("Rehearsal: ") < done.out.index(" changed"), str(done)
    assert "Rehearsal" not in project.run("plan", "--rehearse", *FILES).out, "a no-op rehearses nothing"
    assert host.read("/srv/app/new/file") == "new"


def test_a_wrong_undo_is_named_before_anything_is_changed(host, project):
    begin(host, project, """\
  - file: /srv/app/new
    content: new
  - command: stamp
    argv: [touch, /srv/app/stamp]
    creates: /srv/app/stamp
    undo: [rm, -f, /srv/app/stampp]
    rehearse: true
""")
    before = host.snapshot(moves=True, journal=True)
    done = project.run("apply", "--yes", "--rehearse", *FILES, expect=4)
    assert "command stamp: the undo of 'touch /srv/app/stamp' is wrong: after it /srv/app/stamp is left behind" in done.err
    assert "HF6022" in done.err and "site.yaml:6" in done.err, str(done)
    assert difference(before, host.snapshot(moves=True, journal=True)) == []
    told = project.run("plan", "--rehearse", "--json", *FILES, expect=4).json()["rehearsal"]
    assert told["sound"] is False and len(told["hosts"][0]["faults"]) == 1, told
    assert "refused" not in done.out
    project.run("plan", "--rehearse", "--out", "plan.hf", *FILES, expect=4)
    assert not (project.folder / "plan.hf").exists(), "a plan that was refused is not saved"


def test_a_step_that_fails_in_the_rehearsal_stops_it_all(host, project):
    begin(host, project, """\
  - file: /srv/app/first
    content: x
  - file: /srv/app/second
    content: x
    owner: nobody-there
""")
    done = project.run("apply", "--yes", "--rehearse", *FILES, expect=4)
    assert "file /srv/app/second: 'write /srv/app/second' fails: " in done.err and "nobody-there" in done.err, str(done)
    assert host.sh("ls /srv/app | grep -c 'first\\|second' || :") == "0\n"


def test_a_saved_plan_is_rehearsed_and_events_tell_of_it(host, project):
    begin(host, project, "  - file: /srv/app/new\n    content: x\n")
    project.run("plan", "--out", "plan.hf", *FILES)
    events = project.run("apply", "--rehearse", "--json", "plan.hf").events()
    told = [e for e in events if e["event"] == "rehearsal"]
    assert len(told) == 1 and told[0]["sound"] and told[0]["hosts"][0]["steps"] == 1, events
    assert host.read("/srv/app/new") == "x"


def test_a_command_in_the_copy_reaches_nothing(host, project):
    """Neither other processes, nor the network, nor daemons, nor the kernel; and its secret input comes to it alone."""
    begin(host, project, """\
  - command: reach out
    shell: |
      read -r secret
      exec >/srv/app/said 2>&1
      case $secret in ????????????????????*) ;; *) exit 11 ;; esac
      [ "$(ls /proc | grep -c '^[0-9]')" -lt 12 ] || exit 12
      [ "$(ip -o link | wc -l)" = 1 ] || exit 13
      [ -z "$(find /run -type s)" ] || exit 14
      ! { echo 1 >/proc/sys/kernel/panic; } || exit 15
      ! mknod /srv/app/disk b 254 0 || exit 16
      ! date -s 2001-01-01 || exit 17
      [ ! -e /dev/kmsg ] || exit 18
      systemctl stop ssh
      pkill sshd
      hostname changed
      touch /srv/app/done
    input: !env HOLDFAST_TEST_SECRET
    always: true
    undo: [rm, -f, /srv/app/said, /srv/app/done]
    rehearse: true
""")
    before = host.snapshot(moves=True, journal=True)
    project.run("plan", "--rehearse", *FILES)
    assert difference(before, host.snapshot(moves=True, journal=True)) == []
    assert host.sh("systemctl is-active ssh; hostname") == f"active\n{host.name}\n"
    assert abs(int(host.sh("date +%s")) - time.time()) < 600


SLOW = """\
  - file: /srv/app/new
    content: x
  - command: slow
    argv: [sleep, "300"]
    always: true
    undo: ["true"]
    rehearse: true
"""


def copy_is_there(host):
    return host.sh("pgrep -f '[s]leep 300' || :") != ""


@pytest.mark.parametrize("killed", ["controller", "first process", "session"])
def test_killed_in_the_middle_it_leaves_nothing(host, project, killed):
    begin(host, project, SLOW)
    before = host.snapshot(moves=True, journal=True)
    running = project.start("plan", "--rehearse", *FILES)
    wait_for(lambda: copy_is_there(host), "the copy")
    if killed == "controller":
        running.kill()
    elif killed == "first process":
        host.sh("pkill -KILL -f '[r]ehearsal'")
    else:
        host.sh("kill -KILL $(fuser /var/lib/holdfast/lock 2>/dev/null) 2>/dev/null; "
                "for p in /proc/[0-9]*; do [ \"$p/fd/8\" -ef /var/lib/holdfast/lock ] && kill -KILL ${p#/proc/}; done; :")
    out, err = running.communicate(timeout=60)
    if killed == "first process":
        assert running.returncode == 4 and "or was killed" in err, (out, err)
    elif killed == "session":
        assert running.returncode == 3, (out, err)
    wait_for(lambda: not copy_is_there(host), "the end of the copy")
    wait_for(lambda: host.sh("flock -n /var/lib/holdfast/lock echo free || :") == "free\n", "the lock")
    assert is_free(host)
    assert difference(before, host.snapshot(moves=True, journal=True)) == []


def test_an_interrupt_ends_it(host, project):
    begin(host, project, SLOW)
    running = project.start("apply", "--yes", "--rehearse", *FILES)
    wait_for(lambda: copy_is_there(host), "the copy")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, (out, err)
    wait_for(lambda: not copy_is_there(host), "the end of the copy")
    assert host.sh("test -e /srv/app/new && echo there || echo not") == "not\n"


@pytest.mark.parametrize("broken,said", [
    ("mv /usr/bin/unshare /usr/bin/unshared", "it has no unshare"),
    ("printf '#!/bin/sh\\necho unshare failed: Operation not permitted >&2; exit 1\\n' >/usr/local/bin/unshare; "
     "chmod 755 /usr/local/bin/unshare", "it makes no namespaces: unshare failed: Operation not permitted"),
    ("printf '#!/bin/sh\\ncase $* in *overlay*) echo unknown filesystem type >&2; exit 32 ;; esac; exec /usr/bin/mount \"$@\"\\n' "
     ">/usr/local/bin/mount; chmod 755 /usr/local/bin/mount", "it makes no overlay: unknown filesystem type"),
], ids=["no unshare", "no namespaces", "no overlay"])
def test_a_host_that_can_not_says_so(host, project, broken, said):
    begin(host, project, "  - file: /srv/app/new\n    content: x\n", PREPARE + broken)
    done = project.run("apply", "--yes", "--rehearse", *FILES, expect=4)
    assert f"nothing can be rehearsed on {host.name}: {said}" in done.err and "HF6023" in done.err, str(done)
    assert host.sh("test -e /srv/app/new && echo there || echo not") == "not\n"
    project.run("apply", "--yes", *FILES)


def test_memory_bounds_it(host, project):
    begin(host, project, "  - directory: /srv/big\n    ensure: absent\n",
          "mkdir /srv/big; truncate -s 3G /srv/big/hole; head -c 900M /dev/zero >/srv/big/file")
    done = project.run("plan", "--rehearse", *FILES, expect=4, timeout=300)
    assert "memory" in done.err and "HF6023" in done.err, str(done)
    assert host.sh("ls /srv/big") == "file\nhole\n"


def test_a_host_that_is_held_is_left_alone(host, project):
    begin(host, project, "  - file: /srv/app/new\n    content: x\n")
    host.sh("flock -n /var/lib/holdfast/lock sleep 300 >/dev/null 2>&1 &")
    wait_for(lambda: host.sh("flock -n /var/lib/holdfast/lock echo free || :") == "", "the lock")
    project.run("plan", "--rehearse", *FILES, expect=5)


def test_whoever_is_refused_meanwhile_is_told_by_whom(host, project):
    begin(host, project, SLOW)
    running = project.start("plan", "--rehearse", *FILES)
    wait_for(lambda: copy_is_there(host), "the copy")
    held = project.run("apply", "--yes", *FILES, expect=5)
    assert f"{host.name} is held by `holdfast plan --rehearse` of " in held.out + held.err, str(held)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)


def test_what_a_package_would_bring_is_no_mistake(host, project):
    host.add_repository()
    begin(host, project, """\
  - package: hf-tool
  - file: /usr/lib/hf-tool-brings/this
    content: x
  - file: /srv/app/new
    content: x
""")
    done = project.run("plan", "--rehearse", *FILES)
    assert "package (1): it works on the whole system" in done.out, str(done)
    assert "package hf-tool, which is not rehearsed, may bring what it needs" in done.out, str(done)
    assert "1 step on" in done.out, str(done)


def test_other_file_systems_are_in_the_copy(host, project):
    begin(host, project, """\
  - file: /mnt/data/a/file
    content: x
  - directory: /mnt/data/deep/er/new
  - file: /tmp/here
    content: x
  - file: /run/there
    content: x
""", PREPARE + "mkdir -p /mnt/data; mount -t tmpfs mine /mnt/data; mkdir -p /mnt/data/a /mnt/data/deep/er; mount -t tmpfs two /mnt/data/deep/er\n"
     "touch /etc/bound; mount --bind /etc/hostname /etc/bound\n")
    before = host.snapshot(moves=True, journal=True)
    done = project.run("plan", "--rehearse", *FILES)
    assert "4 steps on" in done.out, str(done)
    assert difference(before, host.snapshot(moves=True, journal=True)) == []
    assert host.sh("find /mnt/data | sort") == "/mnt/data\n/mnt/data/a\n/mnt/data/deep\n/mnt/data/deep/er\n"


def test_its_cost_beside_a_plan(host, project, capsys):
    begin(host, project, MIXED)
    times = {"plan": [], "plan --rehearse": []}
    for _ in range(3):
        for words, taken in times.items():
            start = time.monotonic()
            project.run(*words.split(), *FILES)
            taken.append(time.monotonic() - start)
    plan, rehearsed = (statistics.median(t) for t in times.values())
    with capsys.disabled():
        print(f"\nrehearsal of {MIXED.count('  - ') - MIXED.count('    - ')} resources: plan {plan * 1000:.0f} ms, "
              f"plan --rehearse {rehearsed * 1000:.0f} ms")
    assert rehearsed < 60, "however busy the machine is"
