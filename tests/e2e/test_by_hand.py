"""`sh rollback.sh` on the host does what `holdfast rollback` does: for every kind, the record included."""

import json

import pytest
from everything import PREPARE, as_yaml, resources
from lab import KILL_ALL_OF_RUN, difference

FILES = ("-i", "hosts.yaml", "site.yaml")

# What closes holes, and takes away: each kind that the big manifest only creates.
CLOSING = """\
  - user: deploy
    ensure: absent
    remove_home: true
  - user: plain
    password: $6$salt$hash
  - authorized_key: lab
    user: root
    ensure: absent
    key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEb8CyMxF+rH3XcHYPkQ3Eyn1MkbFlVj8t0yTtDVbL1t
  - group: voice
    ensure: absent
  - file: /etc/secret
    content: !env HOLDFAST_TEST_SECRET
  - package: hf-hello
    ensure: absent
"""


def record(host):
    """The record without what tells two machines apart."""
    text = host.sh("cat /var/lib/holdfast/state.json 2>/dev/null || echo none", check=False)
    return text.replace(host.read("/etc/machine-id").strip(), "MACHINE").replace(f'"{host.name}"', '"HOST"')


def by_hand(host, *flags, expect=0):
    run = host.sh("ls -t /var/lib/holdfast/runs | head -1").strip()
    said = host.sh(f"sh /var/lib/holdfast/runs/{run}/rollback.sh {' '.join(flags)} 2>&1; echo $?", check=False, timeout=600)
    assert said.splitlines()[-1] == str(expect), said
    return said


def status(host):
    """Of each apply."""
    runs = map(json.loads, host.sh("for f in $(ls -tr /var/lib/holdfast/runs/*/meta.json); do tr -d '\\n' <$f; echo; done").splitlines())
    return [run["status"] for run in runs if run["command"] == "apply"]


@pytest.mark.parametrize("first", [False, True], ids=["with-a-record", "without-a-record"])
def test_both_ways_leave_the_same_host(hosts, project, first):
    ours, hand = hosts(2)
    for host in (ours, hand):
        host.add_repository(update=False)
        host.sh(PREPARE, timeout=300)
        host.sh("echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEb8CyMxF+rH3XcHYPkQ3Eyn1MkbFlVj8t0yTtDVbL1t old' >>/root/.ssh/authorized_keys; "
                "echo old >/etc/secret; chmod 600 /etc/secret")
    project.inventory([ours, hand])
    if not first:
        project.manifest("  - file: /etc/before\n    content: x\n", head="manifest: before\nhosts: lab\n")
        project.run("apply", "--yes", *FILES)
    for manifest in (as_yaml(resources()), CLOSING):
        if manifest == CLOSING and first:
            continue
        before = {host: host.snapshot() for host in (ours, hand)}
        records = {host: record(host) for host in (ours, hand)}
        project.manifest(manifest)
        project.run("apply", "--yes", *FILES, timeout=600)
        project.run("rollback", "--last", "--allow-reopen", "-i", "hosts.yaml", "--limit", ours.name, timeout=600)
        by_hand(hand, "--allow-reopen")
        for host in (ours, hand):
            diff = difference(before[host], host.snapshot())
            assert diff == [], "\n".join([host.name, *diff])
            assert record(host) == records[host], host.name
        assert record(ours) == record(hand)
        left = "ls -d /var/lib/holdfast/armed /run/holdfast 2>/dev/null; flock -n /var/lib/holdfast/lock true || echo locked"
        assert hand.sh(left, check=False) == ""
        assert status(hand)[-1] == "rolled-back"
        listed = project.run("runs", "-i", "hosts.yaml", "--limit", hand.name, "--json").json()[0]["runs"][-1]
        assert listed["status"] == "rolled-back" and listed["by"] == "hand" and not listed["can_be_rolled_back"]
        # Again changes nothing, either way.
        by_hand(hand, "--allow-reopen")
        project.run("rollback", listed["id"], "-i", "hosts.yaml", "--limit", ours.name)
        assert difference(before[hand], hand.snapshot()) == []


def test_by_hand_a_rollback_that_was_cut_off_is_carried_to_its_end(host, project):
    """It was allowed to open a hole again, and was killed in the midst of it."""
    project.inventory([host])
    host.sh("echo old >/etc/closed")
    before = host.snapshot()
    project.manifest("  - file: /etc/closed\n    content: new\n    rollback: never\n"
                     "  - file: /etc/other\n    content: x\n"
                     "  - command: slow\n    argv: [touch, /run/slow]\n    creates: /run/slow\n"
                     "    undo: [sh, -c, 'rm -f /run/slow; [ -e /run/undoing ] || { touch /run/undoing; sleep 60; }']\n"
                     "    requires: [file /etc/other, file /etc/closed]\n")
    project.run("apply", "--yes", *FILES)
    running = project.start("rollback", "--last", "--allow-reopen", "--lease", "300", "-i", "hosts.yaml")
    host.sh("until [ -e /run/undoing ]; do sleep 0.1; done")
    running.kill()
    running.communicate()
    host.sh(KILL_ALL_OF_RUN)
    cut_off = host.sh("basename $(readlink /var/lib/holdfast/armed)").strip()
    assert host.read("/etc/closed") == "new"
    said = host.sh(f"sh /var/lib/holdfast/runs/{cut_off}/rollback.sh 2>&1; echo $?; rm /run/undoing", check=False, timeout=120)
    assert said.endswith("0\n"), said
    diff = difference(before, host.snapshot())
    assert diff == [], "\n".join(diff)
    assert status(host) == ["rolled-back"]
    assert "No run was cut off" in project.run("recover", "-i", "hosts.yaml").out


def test_both_ways_refuse_what_stands_on_it(host, project):
    project.inventory([host])
    for text in ("one", "two"):
        project.manifest(f"  - file: /etc/changed\n    content: {text}\n")
        project.run("apply", "--yes", *FILES)
    runs = host.sh("ls -tr /var/lib/holdfast/runs").split()
    project.run("rollback", runs[0], "-i", "hosts.yaml", expect=4)
    said = host.sh(f"sh /var/lib/holdfast/runs/{runs[0]}/rollback.sh 2>&1; echo $?", check=False)
    assert said.endswith("\n4\n") and runs[1] in said
    assert host.read("/etc/changed") == "two"
    by_hand(host)
    assert host.read("/etc/changed") == "one"
    host.sh(f"sh /var/lib/holdfast/runs/{runs[0]}/rollback.sh")
    assert host.sh("ls /etc/changed", check=False) == ""


def test_both_ways_say_what_is_left(host, project):
    """Somebody else's change stays, the rest goes back, and the run is half done."""
    project.inventory([host])
    manifest = "  - file: /etc/mine\n    content: x\n  - file: /etc/theirs\n    content: x\n"
    for way in ("holdfast", "hand"):
        project.manifest(manifest)
        project.run("apply", "--yes", *FILES)
        host.write("/etc/theirs", "changed by hand\n")
        if way == "holdfast":
            done = project.run("rollback", "--last", "-i", "hosts.yaml", expect=6).out
        else:
            done = by_hand(host, expect=1)
        assert "/etc/theirs was changed by somebody else since" in done
        assert host.sh("cat /etc/mine /etc/theirs", check=False) == "changed by hand\n"
        assert status(host).count("half-done") == (1 if way == "holdfast" else 2)
        host.sh("rm /etc/theirs")
