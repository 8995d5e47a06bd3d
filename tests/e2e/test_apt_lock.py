"""Another process holds the locks of apt and dpkg: an apply names it, waits, and gets through."""

import time

FILES = ("-i", "hosts.yaml", "site.yaml")

# As apt does it: a lock of the whole file. "ready" comes once all are held.
HOLD = """import fcntl, sys, time
files = [open(name, "w") for name in sys.argv[2:]]
for file in files:
    fcntl.lockf(file, fcntl.LOCK_EX)
open("/root/holds", "w").write("ready")
time.sleep(float(sys.argv[1]))
"""
LOCKS = "/var/lib/dpkg/lock-frontend /var/lib/apt/lists/lock"


def hold(host, seconds):
    """The process that holds them for so long."""
    host.write("/root/hold.py", HOLD)
    host.sh(f"rm -f /root/holds; systemd-run -q --collect -u holds-apt python3 /root/hold.py {seconds} {LOCKS}; "
            "until [ -s /root/holds ]; do sleep 0.1; done", timeout=60)
    return host.sh("systemctl show -P MainPID holds-apt").strip()


def test_an_apply_names_who_holds_the_lock_and_waits(host, project):
    host.add_repository(update=False)
    project.inventory([host])
    project.manifest("  - package: hf-hello\n")
    holder, began = hold(host, 20), time.monotonic()
    assert f"held by process {holder} (python3)" in project.run("plan", *FILES).out
    done = project.run("apply", "--yes", *FILES)
    assert f"waits up to 120 s for the lock of apt, held by process {holder} (python3)" in done.out, str(done)
    assert time.monotonic() - began > 15, "it waited"
    assert host.sh("hf-hello") != ""
    assert "held by" not in project.run("plan", *FILES).out


def test_one_that_waits_too_long_says_for_whom(host, project):
    host.add_repository()
    project.inventory([host])
    project.manifest("  - package: hf-hello\n    lock_timeout: 2s\n")
    holder = hold(host, 600)
    done = project.run("apply", "--yes", *FILES, expect=7)
    assert f"held by process {holder} (python3)" in done.err + done.out, str(done)
    assert host.sh("command -v hf-hello; :") == ""
