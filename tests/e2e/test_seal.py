"""A golden image: what was copied from a sealed host is at home on the copy."""

import json
import time

from lab import difference

FILES = ("-i", "hosts.yaml", "site.yaml")
MANIFEST = """\
  - file: /etc/first
    content: one
  - file: /etc/token
    content: !env HOLDFAST_TEST_SECRET
  - user: worker
    password: $6$salt$hash
  - systemd_unit: sample.service
    content: |
      [Service]
      ExecStart=/bin/sleep infinity
      [Install]
      WantedBy=multi-user.target
    enabled: true
    state: running
    settle: 0s
    restart_on: [file /etc/first, file /etc/token]
"""


def state(host):
    return json.loads(host.read("/var/lib/holdfast/state.json"))


def test_a_copy_of_a_sealed_host_takes_its_record_over(hosts, project):
    golden, copy = hosts(2)
    project.inventory([golden, copy])
    project.manifest(MANIFEST)
    limit = ("--limit", golden.name)
    project.run("apply", "--yes", *limit, *FILES)
    project.manifest(MANIFEST.replace("content: one", "content: two"))
    project.run("apply", "--yes", *limit, *FILES)
    project.run("pause", golden.name, "-i", "hosts.yaml", "--for", "1s", "--reason", "x")
    time.sleep(2)

    said = project.run("seal", golden.name, "-i", "hosts.yaml", expect=4).err
    assert "nobody agreed" in said and host_has(golden, "key")
    said = project.run("seal", golden.name, "-i", "hosts.yaml", "--yes").out
    assert "4 objects" in said and "2 runs" in said, said
    assert golden.sh("ls -A /var/lib/holdfast").split() == ["lock", "state.json"]
    sealed = golden.read("/var/lib/holdfast/state.json")
    assert "hmac:" not in sealed and golden.read("/etc/machine-id").strip() not in sealed
    assert project.canary not in golden.sh("grep -rl . /var/lib/holdfast", check=False)
    assert golden.sh("systemctl list-units --all --no-legend 'holdfast-secrets-*'", check=False).strip() == ""
    before = golden.snapshot(moves=True, journal=True)
    assert "sealed already" in project.run("seal", golden.name, "-i", "hosts.yaml", "--yes").out
    assert golden.read("/var/lib/holdfast/state.json") == sealed
    assert [line for line in difference(before, golden.snapshot(journal=True, moves=True)) if "/var/lib/holdfast/" in line
            and "lock" not in line] == []

    copy.become_copy_of(golden)
    plan = project.run("plan", "--detailed-exitcode", "--limit", copy.name, *FILES).out
    assert "stranger" not in plan and "adopt" not in plan, plan
    project.manifest(MANIFEST.replace("content: one", "content: three"))
    changed = project.run("plan", "--limit", copy.name, "--json", *FILES).json()
    standings = {row["address"]: row.get("standing") for row in changed["hosts"][0]["rows"]
                 if row["action"] != "unchanged"}
    assert standings.get("file /etc/first") == "pending", changed
    assert "stranger" not in standings.values()

    project.run("apply", "--yes", "--limit", copy.name, *FILES)
    assert state(copy)["machine"] == copy.read("/etc/machine-id").strip() and "sealed" not in state(copy)
    assert all(o["owner"]["host"] == copy.name for o in state(copy)["objects"].values())
    assert host_has(copy, "key")
    project.run("rollback", "--last", "-i", "hosts.yaml")
    assert copy.read("/etc/first") == "two"
    # What no manifest names any more goes there as it would here.
    project.manifest(MANIFEST.replace("  - file: /etc/first\n    content: one\n", "").replace("file /etc/first, ", ""))
    project.run("apply", "--yes", "--prune", "--limit", copy.name, *FILES)
    assert copy.sh("ls /etc/first 2>/dev/null", check=False) == ""


def host_has(host, name):
    return host.sh(f"[ ! -e /var/lib/holdfast/{name} ] || echo yes", check=False).strip() == "yes"


def test_a_copy_of_a_host_that_was_not_sealed_is_refused(hosts, project):
    golden, copy = hosts(2)
    project.inventory([golden, copy])
    project.manifest(MANIFEST)
    project.run("apply", "--yes", "--limit", golden.name, *FILES)
    copy.become_copy_of(golden)
    refused = project.run("plan", "--limit", copy.name, *FILES, expect=None)
    assert "belongs to another machine" in refused.out + refused.err
    refused = project.run("seal", copy.name, "-i", "hosts.yaml", "--yes", expect=4)
    assert "belongs to another machine" in refused.err
    assert golden.read("/var/lib/holdfast/state.json") == copy.read("/var/lib/holdfast/state.json")


def test_a_host_that_is_not_at_rest_is_not_sealed(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/first\n    content: x\n")
    project.run("apply", "--yes", *FILES)
    before = host.snapshot(journal=True)

    project.run("pause", host.name, "-i", "hosts.yaml", "--for", "1h", "--reason", "a 'release'")
    refused = project.run("seal", host.name, "-i", "hosts.yaml", "--yes", expect=4)
    assert "a 'release'" in refused.err
    project.run("pause", host.name, "-i", "hosts.yaml", "--end")

    project.manifest("  - command: hangs\n    argv: [sleep, '616']\n    always: true\n")
    running = project.start("apply", "--yes", *FILES)
    for _ in range(150):
        if host.sh("pgrep -f 'sleep 61[6]'", check=False):
            break
        time.sleep(0.2)
    held = project.run("seal", host.name, "-i", "hosts.yaml", "--yes", expect=5)
    assert "is held by run" in held.err
    # The first lets what is under way end, the second does not.
    running.terminate()
    time.sleep(1)
    running.terminate()
    running.communicate(timeout=120)

    host.sh("ln -s runs/$(ls /var/lib/holdfast/runs | head -1) /var/lib/holdfast/armed")
    refused = project.run("seal", host.name, "-i", "hosts.yaml", "--yes", expect=6)
    assert "has not ended" in refused.err and "holdfast recover" in refused.err
    host.sh("rm /var/lib/holdfast/armed")
    assert [line for line in difference(before, host.snapshot(journal=True)) if "state.json" in line] == []
    assert "which hosts" in project.run("seal", "-i", "hosts.yaml", expect=64).err
