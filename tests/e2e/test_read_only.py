"""Invariant 8: plan, drift and verify write nothing on a host; and drift tells what is whose."""

import pytest
from everything import as_yaml, resources
from lab import difference


@pytest.mark.parametrize("state", ["fresh", "converged", "drifted"])
def test_looking_moves_nothing(host, project, state):
    host.add_repository()
    project.inventory([host])
    project.manifest(as_yaml(resources()))
    if state != "fresh":
        project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", timeout=600)
    if state == "drifted":
        host.sh("echo x >>/etc/everything-replaced; systemctl stop everything-1.service; ufw delete allow 80/tcp >/dev/null;"
                "sysctl -qw net.ipv4.ip_forward=0; userdel hf-user-2; rm -r /opt/everything/4")
    before = host.snapshot(moves=True, journal=True)
    for command in ("plan", "drift", "verify"):
        project.run(command, "-i", "hosts.yaml", "site.yaml", expect=None)
        assert difference(before, host.snapshot(moves=True, journal=True)) == [], command


def test_drift_is_told_from_pending(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/a\n    content: a1\n  - file: /etc/b\n    content: b1\n  - file: /etc/c\n    content: c1\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    project.run("drift", "-i", "hosts.yaml", "site.yaml", expect=0)
    host.write("/etc/a", "somebody was here\n")
    project.manifest("  - file: /etc/a\n    content: a1\n  - file: /etc/b\n    content: b2\n  - file: /etc/c\n    content: c1\n")
    said = project.run("drift", "-i", "hosts.yaml", "site.yaml", expect=2).out
    of = {name: next((line for line in said.splitlines() if name in line), "") for name in ("/etc/a", "/etc/b", "/etc/c")}
    assert of["/etc/a"] and of["/etc/b"], said
    assert "pending" in said and "drift" in said, said
    assert not of["/etc/c"], said
    host.sh("rm /etc/a /etc/b; mkdir /etc/a; ln -s /etc/c /etc/b")
    project.manifest("  - file: /etc/a\n    content: a1\n  - file: /etc/b\n    content: b1\n  - file: /etc/c\n    content: c1\n")
    said = project.run("drift", "-i", "hosts.yaml", "site.yaml", expect=2).out
    assert "Drift: 2 changed by somebody else" in said and "pending" not in said, said
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=4)
    host.sh("cd /var/lib/holdfast && cp state.json kept && echo '{' >state.json")
    for command in (("plan",), ("drift",), ("apply", "--yes"), ("verify",)):
        done = project.run(*command, "-i", "hosts.yaml", "site.yaml", expect=4)
        assert "state.json on the host can't be read" in done.out and "unreachable" not in done.out, str(done)
    host.sh("rm /var/lib/holdfast/state.json")
    said = project.run("drift", "-i", "hosts.yaml", "site.yaml", expect=None).out
    assert "no record on this host, though runs have ended here" in said, said
