"""What closes a hole is not opened again by a way back that nobody asked for."""

from lab import difference

FILES = ("-i", "hosts.yaml", "site.yaml")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEb8CyMxF+rH3XcHYPkQ3Eyn1MkbFlVj8t0yTtDVbL1t old"
GIVEN = f"""\
  - user: worker
  - authorized_key: old
    user: worker
    key: {KEY}
  - file: /etc/sample
    content: one
"""
REMOVED = GIVEN.replace("    user: worker\n    key", "    user: worker\n    ensure: absent\n    key").replace("one", "two")
FAILS = REMOVED + """\
  - command: fails
    argv: ["false"]
    always: true
    requires: [file /etc/sample]
"""


def keys(host):
    return host.sh("cat ~worker/.ssh/authorized_keys", check=False)


def begin(host, project):
    project.inventory([host])
    project.manifest(GIVEN)
    project.run("apply", "--yes", *FILES)
    assert KEY.split()[1] in keys(host)
    return host.snapshot()


def test_a_key_that_a_failed_run_removed_stays_removed(host, project):
    begin(host, project)
    project.manifest(FAILS)
    done = project.run("apply", "--yes", *FILES, expect=7)
    assert "stays: authorized_key old" in done.out, str(done)
    assert KEY.split()[1] not in keys(host)
    assert host.read("/etc/sample") == "one"
    project.manifest(GIVEN.replace("    user: worker\n    key", "    user: worker\n    ensure: absent\n    key"))
    project.run("plan", "--detailed-exitcode", *FILES)


def test_a_key_that_was_removed_stays_removed_where_the_host_goes_back_alone(host, project):
    begin(host, project)
    project.manifest(REMOVED + """\
  - command: works
    argv: [sleep, "612"]
    always: true
    requires: [file /etc/sample]
""")
    running = project.start("apply", "--yes", "--lease", "6", *FILES)
    host.wait_for("pgrep -f '^sleep 612'")
    running.kill()
    running.communicate()
    host.wait_for("[ -e /var/lib/holdfast/armed ] || echo gone")
    assert KEY.split()[1] not in keys(host)
    assert host.read("/etc/sample") == "one"


def test_an_old_key_goes_before_the_new_one_comes_and_both_go_back_together(host, project):
    """The keys of the run's own login: what one lets in, the other doesn't."""
    own = " ".join(host.sh("cat /root/.ssh/authorized_keys").split()[:2])
    host.sh("cp -a /root/.ssh /root/.ssh2; : >/root/.ssh2/authorized_keys; "
            "echo 'AuthorizedKeysFile .ssh/authorized_keys .ssh2/authorized_keys' >/etc/ssh/sshd_config.d/00-two.conf; systemctl reload ssh")
    project.inventory([host])
    old = f"  - authorized_key: old\n    user: root\n    key: {own}\n    ensure: absent\n"
    new = f"  - file: /root/.ssh2/authorized_keys\n    content: |\n      {own} new\n    mode: 0600\n"
    before = host.snapshot()
    fails = '  - command: fails\n    argv: ["false"]\n    always: true\n    requires: [file /root/.ssh2/authorized_keys]\n'
    project.manifest(old + new + fails)
    project.run("apply", "--yes", *FILES, expect=7)
    assert difference(before, host.snapshot()) == []
    project.manifest(old + new)
    project.run("apply", "--yes", *FILES)
    assert host.read("/root/.ssh/authorized_keys") == ""
    host.ssh("true")


def test_a_rollback_lists_what_it_would_reopen_and_wants_it_said(host, project):
    before = begin(host, project)
    project.manifest(REMOVED)
    plan = project.run("plan", *FILES).out
    assert "one way" in plan and "1 that no rollback takes back" in plan
    refused = project.run("apply", "--yes", "--require-reversible", *FILES, expect=4)
    assert "authorized_key old can't be taken back" in refused.err and KEY.split()[1] in keys(host)
    project.run("apply", "--yes", *FILES)
    refused = project.run("rollback", "--last", "-i", "hosts.yaml", expect=4)
    assert "authorized_key" in refused.out and "--allow-reopen" in refused.out, str(refused)
    assert KEY.split()[1] not in keys(host)
    project.run("rollback", "--last", "--allow-reopen", "-i", "hosts.yaml")
    assert difference(before, host.snapshot()) == []


def test_a_way_back_by_hand_leaves_it_too_unless_told(host, project):
    before = begin(host, project)
    project.manifest(REMOVED)
    project.run("apply", "--yes", *FILES)
    run = host.sh("ls -t /var/lib/holdfast/runs | head -1").strip()
    host.sh(f"sh /var/lib/holdfast/runs/{run}/rollback.sh")
    assert KEY.split()[1] not in keys(host) and host.read("/etc/sample") == "one"
    host.sh(f"sh /var/lib/holdfast/runs/{run}/rollback.sh --allow-reopen")
    assert difference(before, host.snapshot()) == []
