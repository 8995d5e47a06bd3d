"""Hosts that are lost in the middle of a run of many disturb no other one."""

LEASE = 5
FILES = ("-i", "hosts.yaml", "site.yaml")
MANIFEST = """\
  - directory: /etc/known
  - file: /etc/first
    content: x
  - command: takes long
    argv: [sh, -c, "sleep 5.5; touch /etc/second"]
    creates: /etc/second
    undo: [rm, -f, /etc/second]
    requires: file /etc/first
"""


def test_the_others_come_to_their_end_and_the_lost_ones_are_gone_on_with(hosts, project):
    everyone = hosts(4)
    lost, others = everyone[:2], everyone[2:]
    project.inventory(everyone)
    # The first run of all brings the boot unit, which stays.
    project.manifest("  - directory: /etc/known\n")
    project.run("apply", "--yes", *FILES)
    before = [host.snapshot() for host in lost]
    project.manifest(MANIFEST)
    running = project.start("apply", "--yes", "--lease", LEASE, *FILES)
    try:
        for host in lost:
            host.wait_for("pgrep -f 'sleep 5[.]5'", 30)
            host.cut()
        out, err = running.communicate(timeout=240)
    finally:
        for host in lost:
            host.heal()
    assert running.returncode == 6, f"how they end is not known:\n{out}\n{err}"
    for host in others:
        assert f"{host.name}  applied" in out, out
    for host in lost:
        assert f"{host.name}: half-done" in out, out
    assert out.count("the connection was lost in the middle of run") == len(lost), out
    names = ",".join(host.name for host in lost)
    assert f"To go on with the others: --limit {names}\n" in out, out
    for host, was in zip(lost, before):
        host.wait_for("[ -e /var/lib/holdfast/armed ] || echo over", 2 * LEASE + 30)
        assert host.snapshot() == was, "it goes back alone"
    told = project.run("apply", "--yes", "--limit", names, *FILES).out
    assert f"{', '.join(host.name for host in lost)}  (each)" in told and "was taken back by the host itself" in told, told
    project.run("plan", "--detailed-exitcode", *FILES)
