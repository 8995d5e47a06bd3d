"""Invariants 1 and 9: the second apply finds nothing to do and moves nothing; what a plan costs is no matter of how much
there is to look at."""

import re
import subprocess
import sys
import time
from pathlib import Path

from everything import PREPARE, as_yaml, resources
from lab import ROOT, difference


def test_a_hundred_resources_on_three_hosts_converge_and_stay(hosts, project):
    three = hosts(3)
    for host in three:
        host.add_repository(update=False)
    three[1].sh(PREPARE, timeout=300)
    project.inventory(three)
    project.manifest(as_yaml(resources()))
    project.run("validate", "-i", "hosts.yaml", "site.yaml")
    project.run("plan", "--detailed-exitcode", "-i", "hosts.yaml", "site.yaml", expect=2)
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", timeout=600)

    before = {h: h.snapshot(moves=True, journal=True) for h in three}
    project.run("plan", "--detailed-exitcode", "-i", "hosts.yaml", "site.yaml", expect=0)
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml", expect=0)
    for host in three:
        assert difference(before[host], host.snapshot(moves=True, journal=True)) == [], host.name


def test_an_account_that_needs_sudo_gets_the_same(host, project):
    project.inventory([host], user="deploy")
    project.manifest("  - file: /etc/by-deploy\n    content: x\n    mode: 0600\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("stat -c '%U %a' /etc/by-deploy") == "root 600\n"
    project.run("plan", "--detailed-exitcode", "-i", "hosts.yaml", "site.yaml", expect=0)


def files(count):
    return "".join(f"  - file: /opt/many/{n:03}\n    content: '{n}'\n" for n in range(count))


def started_processes(host, action):
    """How many programs were started on a host while `action` ran, seen from outside it."""
    init = int(subprocess.run(["pgrep", "-P", Path(host.lab.variables["HOLDFAST_LAB_DIR"], host.name, "pid")
                               .read_text().split()[0]], capture_output=True, text=True, check=True).stdout.split()[0])
    sshd = host.sh("systemctl show -p MainPID --value ssh.service").strip()
    inside = subprocess.run(["ps", "-e", "-o", "pid=,pidns="], capture_output=True, text=True, check=True).stdout
    namespace = re.search(r"\d+", str(Path(f"/proc/{init}/ns/pid").readlink())).group()
    daemon = next(pid for pid, ns in (line.split() for line in inside.splitlines())
                  if ns == namespace and f"NSpid:\t{pid}\t{sshd}\n" in Path(f"/proc/{pid}/status").read_text())
    trace = subprocess.Popen(["strace", "-f", "-qq", "-e", "trace=execve", "-e", "signal=none", "-p", daemon],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    action()
    trace.terminate()
    return len(re.findall(r"execve(?:\(.*| resumed>)\) += 0", trace.communicate()[1]))


def test_a_converged_host_starts_as_many_processes_for_200_files_as_for_20(host, project):
    project.inventory([host])
    started = {}
    for count in (20, 200):
        project.manifest("  - directory: /opt/many\n" + files(count), path=f"{count}.yaml")
        project.run("apply", "--yes", "-i", "hosts.yaml", f"{count}.yaml")
        # The least of three: what else a host starts at a login now and then is not the plan's.
        started[count] = min(started_processes(
            host, lambda c=count: project.run("plan", "--detailed-exitcode", "-i", "hosts.yaml", f"{c}.yaml"))
            for _ in range(3))
    assert 0 < started[20] < 60, started
    assert started[200] <= started[20] + 2, started


def test_a_plan_costs_no_round_trip_for_each_resource(host, project):
    """Round trips last 200 ms here: one for every tenth of the 180 further files would already cost 3.6 s."""
    project.inventory([host])
    for count in (20, 200):
        project.manifest("  - directory: /opt/many\n" + files(count), path=f"{count}.yaml")
    project.run("apply", "--yes", "-i", "hosts.yaml", "200.yaml")
    relay = subprocess.Popen([sys.executable, ROOT / "tests/bench/relay.py", "100", f"{host.address}:22"],
                             stdout=subprocess.PIPE, text=True)
    try:
        port = relay.stdout.readline().strip()
        key = Path(host.lab.variables["HOLDFAST_LAB_KNOWN_HOSTS"]).read_text()
        key = next(line.split(" ", 1)[1] for line in key.splitlines() if line.startswith(f"{host.name},"))
        known = project.write("known_hosts", f"[127.0.0.1]:{port} {key}\n")
        project.write("far.yaml", (project.folder / "hosts.yaml").read_text().replace(
            f"ansible_host: {host.address}", f"ansible_host: 127.0.0.1, ansible_port: {port}").replace(
            host.lab.variables["HOLDFAST_LAB_KNOWN_HOSTS"], str(known)))
        seconds = {}
        for count in (20, 200):
            begin = time.monotonic()
            project.run("plan", "--detailed-exitcode", "-i", "far.yaml", f"{count}.yaml", expect=None)
            seconds[count] = time.monotonic() - begin
    finally:
        relay.terminate()
        relay.wait()
    assert seconds[200] - seconds[20] < 2, seconds


def test_a_declared_owner_holds_where_a_link_is_replaced(host, project):
    host.sh("ln -s /etc/shadow /home/plain/config; chown -h plain: /home/plain/config")
    project.inventory([host])
    project.manifest("  - file: /home/plain/config\n    content: x\n    owner: plain\n    group: adm\n    mode: 0640\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "site.yaml")
    assert host.sh("stat -c '%U:%G %a' /home/plain/config").strip() == "plain:adm 640"
    project.run("plan", "--detailed-exitcode", "-i", "hosts.yaml", "site.yaml")


def test_what_every_apply_runs_is_no_drift(host, project):
    project.inventory([host])
    project.manifest("  - command: always\n    argv: ['true']\n    always: true\n"
                     "  - command: as others do\n    argv: [sh, -c, 'mkdir /srv/d; touch /srv/d/f']\n    creates: /srv/d/f\n"
                     "  - command: guarded\n    argv: [touch, /srv/made]\n    unless: [pgrep, -f, no-such-process]\n")
    project.run("plan", "--out", "plan.hf", "-i", "hosts.yaml", "site.yaml")
    project.run("apply", "plan.hf")
    assert host.sh("stat -c %a /srv/d /srv/d/f /srv/made").split() == ["755", "644", "644"]
    project.manifest("  - command: always\n    argv: ['true']\n    always: true\n")
    told = project.run("drift", "-i", "hosts.yaml", "site.yaml")
    assert "No drift" in told.out and "somebody else" not in told.out
