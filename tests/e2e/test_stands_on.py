"""holdfast as a job on the very runner host that it manages, and over a jump host that it changes: what would end the
run itself comes last, or after the job; nothing is lost, and nothing is done twice."""

import json
import shlex
import shutil
import subprocess

import pytest
from lab import PROGRAM

SERVICE = "actions.runner.o-r.h1.service"

# Like actions/runner: the service's main process, a listener that hands out jobs and lives on, a worker for each job,
# and a stop that cancels the job at hand.
RUNNER = {
    "runsvc.sh": """#!/bin/bash
./bin/Runner.Listener & listener=$!
trap 'kill -TERM $listener' TERM INT
wait $listener; trap - TERM INT; wait $listener
""",
    "bin/Runner.Listener": """#!/bin/bash
cancel() { echo cancelled >>log/cancelled; pkill -TERM -P $worker; kill -TERM $worker; exit; }
trap '[ -z "$worker" ] && exit; cancel' TERM
while :; do
  for job in queue/*.sh; do
    [ -e "$job" ] || continue
    mv "$job" work/; ./bin/Runner.Worker "work/${job##*/}" & worker=$!
    wait $worker; worker=
  done
  sleep 0.1 & wait $!
done
""",
    "bin/Runner.Worker": """#!/bin/bash
name=$(basename "$1" .sh)
/bin/bash "$1" >"log/$name" 2>&1
# Steps of a job that come after: they must not be cut off either.
sleep 1
echo "exit $?" >"log/$name.over"
""",
}

UNIT = f"""\
  - systemd_unit: {SERVICE}
    content: |
      [Unit]
      Description=GitHub Actions Runner
      [Service]
      ExecStart=%s
      User=deploy
      WorkingDirectory=/srv/runner
      KillMode=process
      KillSignal=SIGTERM
      TimeoutStopSec=5min
      Environment=NUMBER=%s
      [Install]
      WantedBy=multi-user.target
    enabled: true
    state: running
    when: inventory_hostname == '%s'
  - file: /etc/number
    content: "%s"
"""

PROJECT = """project: runners
environments:
  all: {inventory: hosts.yaml, manifests: [site.yaml]}
default: all
"""


class Runner:
    """Host h1 as a runner whose jobs run holdfast, and what they manage."""

    def __init__(self, host, others, project, connection):
        self.host, self.others, self.project = host, others, project
        self.root = f"{project.lab.variables['HOLDFAST_LAB_DIR']}/{host.name}/root"
        self.install_program()
        host.sh("mkdir -p /srv/runner/bin /srv/runner/queue /srv/runner/work /srv/runner/log /srv/project")
        for name, text in RUNNER.items():
            host.write(f"/srv/runner/{name}", text, mode="0755")
        project.write("holdfast.yaml", PROJECT)
        project.inventory([host, *others])
        host.write("/srv/project/holdfast.yaml", PROJECT)
        self.write_inventory(connection)
        self.manifest(1)
        host.sh("chown -R deploy: /srv/runner /srv/project")
        project.run("apply", "--yes")

    def install_program(self):
        """The program, and those of its libraries that the host lacks."""
        needed = [line.split("=>")[1].split()[0] for line in
                  subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True).stdout.splitlines()
                  if "=> /" in line]
        folder = f"{self.root}/usr/local/lib/x86_64-linux-gnu"
        self.host.sh("mkdir -p /usr/local/lib/x86_64-linux-gnu")
        for library in needed:
            name = library.rsplit("/", 1)[1]
            if not self.host.sh(f"ls /lib/x86_64-linux-gnu/{name} 2>/dev/null", check=False):
                shutil.copy(library, folder)
        subprocess.run(["strip", "-o", f"{self.root}/usr/local/bin/holdfast", PROGRAM], check=True)
        self.host.sh("chmod 755 /usr/local/bin/holdfast; ldconfig")

    def write_inventory(self, connection):
        v = self.project.lab.variables
        for name, path in (("HOLDFAST_LAB_KEY", "key"), ("HOLDFAST_LAB_KNOWN_HOSTS", "known_hosts")):
            with open(v[name], encoding="utf-8") as file:
                self.host.write(f"/srv/project/{path}", file.read(), mode="0600")
        own = {"local": "ansible_connection: local, ansible_become: true",
               "ssh": f"ansible_host: {self.host.address}, ansible_user: root"}[connection]
        lines = ["all:", "  vars:", "    ansible_ssh_private_key_file: /srv/project/key",
                 "    ansible_ssh_common_args: -o UserKnownHostsFile=/srv/project/known_hosts",
                 "  children:", "    lab:", "      hosts:", f"        {self.host.name}: {{{own}}}"]
        lines += [f"        {h.name}: {{ansible_host: {h.address}, ansible_user: root}}" for h in self.others]
        self.host.write("/srv/project/hosts.yaml", "\n".join(lines) + "\n")

    def manifest(self, number, *, start="/srv/runner/runsvc.sh", more=""):
        text = ("manifest: site\nhosts: lab\nresources:\n" +
                UNIT % (start, number, self.host.name, number) + more)
        self.host.write("/srv/project/site.yaml", text)
        self.project.write("site.yaml", text)

    def queue(self, name, script):
        self.host.write(f"/srv/runner/work/{name}.new", "cd /srv/project\n" + script, mode="0755")
        self.host.sh(f"mv /srv/runner/work/{name}.new /srv/runner/queue/{name}.sh")

    def log(self, name, *, until=""):
        file = shlex.quote(f"/srv/runner/log/{name}")
        return self.host.wait_for(f"grep -q {shlex.quote(until)} {file} && cat {file}" if until
                                  else f"[ -e {file}.over ] && cat {file}")

    def life(self):
        return self.host.sh(f"systemctl show -p InvocationID --value {SERVICE}").strip()

    def later(self):
        """What the unit that does it later has said; waits for its end."""
        self.host.wait_for("systemctl list-units --all --no-legend 'holdfast-later-*' | grep -q later || echo over")
        return self.host.sh("journalctl --no-pager -o cat -u 'holdfast-later-*'")

    def never_cancelled(self):
        assert self.host.sh("ls /srv/runner/log/cancelled 2>/dev/null", check=False) == ""
        assert self.host.sh(f"systemctl is-active {SERVICE}").strip() == "active"

    def nothing_waits(self):
        assert self.host.sh("ls -d /run/holdfast 2>/dev/null", check=False) == ""
        assert self.host.sh("flock -n /var/lib/holdfast/lock echo free").strip() == "free"
        assert self.project.run("plan", "--detailed-exitcode").out.startswith("Nothing to change")


# Goes on until it is let.
APPLY = """holdfast apply --yes %s
echo "apply ended with $?"
while [ ! -e /srv/runner/work/go ]; do sleep 0.1; done
echo "the job goes on to its end"
"""


@pytest.fixture
def runner(hosts, project):
    def make(connection="local", others=1):
        own, *rest = hosts(1 + others)
        return Runner(own, rest, project, connection)
    return make


@pytest.mark.parametrize("connection", ["local", "ssh"])
def test_a_job_changes_its_own_runner(runner, connection):
    r = runner(connection)
    other = r.others[0].name
    before = r.life()
    r.manifest(2, more=f"  - check: the runner runs\n    unit: {{name: {SERVICE}}}\n"
                       f"    when: inventory_hostname == '{r.host.name}'\n")
    r.queue("one", "holdfast plan; holdfast plan --json >/srv/runner/work/plan.json\n" + APPLY % "--json")
    said = r.log("one", until="apply ended")
    assert f"this run works here itself, in {SERVICE}: this host comes last" in said, said
    assert f"later:  restart {SERVICE}; " in said and ", once this run's job is over" in said, said
    assert "not asked now, because what it rests on starts anew later: check the runner runs" in said, said
    assert "apply ended with 0" in said, said

    events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    told = [(e["event"], e.get("host")) for e in events]
    assert told.index(("host_ends", other)) < told.index(("act", r.host.name)), told
    ended = next(e for e in events if e["event"] == "host_ends" and e["host"] == r.host.name)
    unit = f"holdfast-later-{ended['run']}.service"
    assert ended["end"] == "applied" and ended["later"]["unit"] == unit, ended
    assert ended["later"]["steps"][0] == f"restart {SERVICE}", ended
    plan = json.loads(r.host.read("/srv/runner/work/plan.json"))
    own = next(h for h in plan["hosts"] if h["host"] == r.host.name)
    assert own["own"] == {"unit": SERVICE} and own["after"] == [other], own
    assert own["unasked"] == ["check the runner runs"], own
    row = next(row for row in own["rows"] if row["kind"] == "systemd_unit")
    assert row["later"][0] == f"restart {SERVICE}", row

    # The job is not over: nothing has moved, and whoever looks is told who will do it.
    assert r.life() == before
    assert "NUMBER=2" in r.host.sh(f"systemctl cat {SERVICE}")
    said = r.project.run("plan", "--detailed-exitcode", expect=0).out
    assert "left the restart of" in said and unit.removesuffix(".service") in said, said
    r.project.run("apply", "--yes")
    assert r.life() == before

    r.host.sh("touch /srv/runner/work/go")
    assert "the job goes on to its end" in r.log("one")
    said = r.later()
    assert "its job is over" in said and "what it left is done" in said, said
    assert r.life() != before
    r.never_cancelled()
    r.nothing_waits()


def test_a_job_that_comes_meanwhile_is_not_cut_off(runner):
    r = runner(others=0)
    before = r.life()
    r.manifest(2)
    r.queue("a-first", "holdfast apply --yes\n")
    r.queue("b-second", "sleep 3; systemctl show -p InvocationID --value " + SERVICE + "; echo whole\n")
    second = r.log("b-second")
    assert before in second and "whole" in second, second
    assert "what it left is done" in r.later()
    assert r.life() != before
    r.never_cancelled()
    r.nothing_waits()


def test_a_runner_that_does_not_start_any_more_gets_its_old_unit_back(runner):
    r = runner(others=0)
    r.manifest(2, start="/bin/false")
    r.queue("one", "holdfast apply --yes\n")
    r.log("one")
    said = r.later()
    assert "what it left failed" in said and "rolled-back" in said, said
    assert r.host.read("/etc/number") == "1"
    assert "NUMBER=1" in r.host.sh(f"systemctl cat {SERVICE}")
    r.never_cancelled()
    r.manifest(1)
    said = r.project.run("plan", "--detailed-exitcode", expect=0).out
    assert "taken back by the host itself: what it had left for later failed" in said, said


def test_a_boot_is_a_restart_too(runner):
    r = runner(others=0)
    r.manifest(2)
    r.queue("one", APPLY % "")
    r.log("one", until="apply ended with 0")
    r.host.boot()
    r.nothing_waits()
    assert "NUMBER=2" in r.host.sh(f"systemctl show -p Environment {SERVICE}")


def test_what_was_given_up_is_still_due(runner):
    r = runner(others=0)
    before = r.life()
    r.manifest(2)
    r.queue("one", APPLY % "--later-limit 1s")
    r.log("one", until="apply ended with 0")
    assert "its job is not over after 1 s" in r.later()
    assert r.life() == before
    assert "restart is still due from an earlier run" in r.project.run("plan", "--detailed-exitcode", expect=2).out
    # The next job leaves it again; nobody's restart is lost.
    r.host.sh("touch /srv/runner/work/go")
    r.log("one")
    r.queue("two", "holdfast apply --yes; echo \"apply ended with $?\"\n")
    assert "apply ended with 0" in r.log("two")
    assert "what it left is done" in r.later()
    assert r.life() != before
    r.never_cancelled()
    r.nothing_waits()


def test_what_would_end_the_job_for_good_is_refused(runner):
    r = runner(others=0)
    r.host.write("/srv/project/site.yaml", "manifest: site\nhosts: lab\nresources:\n"
                 f"  - systemd_unit: {SERVICE}\n    ensure: absent\n  - user: deploy\n    ensure: absent\n"
                 "  - file: /etc/number\n    content: \"3\"\n")
    r.queue("one", "holdfast apply --yes; echo \"apply ended with $?\"\n"
                   "holdfast rollback --last; echo \"rollback ended with $?\"\n")
    said = r.log("one")
    assert said.count("HF5012") >= 2 and "apply ended with 4" in said, said
    assert f"this run works in {SERVICE}" in said and "this run works as deploy" in said, said
    assert "rollback ended with 4" in said, said
    assert f"{SERVICE} would be stopped or start anew" in said, said
    assert r.host.read("/etc/number") == "1"
    r.never_cancelled()


def test_a_container_is_told_from_the_host(runner):
    """A process namespace stands for one: the program knows another id of itself than the host does."""
    r = runner("ssh", others=0)
    r.manifest(2)
    # A lab host has a boot id of its own, laid over the kernel's: a new /proc would show that one.
    boot = "/proc/sys/kernel/random/boot_id"
    r.host.write("/srv/in_container", f"mount --bind /srv/boot_id {boot} && exec holdfast plan \"$@\"\n")
    child = "sudo unshare --pid --fork --mount-proc sh /srv/in_container"
    # A container's daemon starts it, and not the job that asks for it.
    daemon = "sudo systemd-run --quiet --wait --pipe --same-dir " + child.removeprefix("sudo ")
    r.queue("one", f"sudo cp {boot} /srv/boot_id; {child}; {daemon}; {daemon} --under {SERVICE}\n")
    said = r.log("one")
    assert said.count("Plan: ") == 3, said
    in_job, alone, told = said.split("Plan: ")[:3]
    for said in (in_job, alone, told):
        assert "this run works here itself" in said, said
    for said in (in_job, told):
        assert f"later:  restart {SERVICE}" in said and "--under" not in said, said
    assert "which service gave it its job can't be told; --under UNIT says it" in alone, alone
    assert "later:" not in alone, alone


def test_a_session_that_outlives_its_daemon_is_no_job_of_it(runner):
    """An operator on the host itself restarts sshd in the run, as from anywhere else."""
    r = runner(others=0)
    r.host.write("/srv/project/site.yaml", "manifest: site\nhosts: lab\nresources:\n"
                 "  - systemd_unit: ssh.service\n    drop_ins:\n      90-note.conf: |\n        [Unit]\n"
                 "        Description=sshd\n")
    before = r.host.sh("systemctl show -p InvocationID --value ssh.service")
    said = r.host.ssh("cd /srv/project && holdfast apply --yes", timeout=120).out
    assert "this run works here itself" in said and "later:" not in said, said
    assert r.host.sh("systemctl show -p InvocationID --value ssh.service") != before


def test_a_host_that_a_proxy_command_leads_over_is_a_jump_host(hosts, project):
    jump, behind = hosts(2)
    inventory = project.inventory([jump, behind])
    v = project.lab.variables
    command = f"ssh -i {v['HOLDFAST_LAB_KEY']} -o UserKnownHostsFile={v['HOLDFAST_LAB_KNOWN_HOSTS']} -W %h:%p -q root@{jump.address}"
    own = f"-o UserKnownHostsFile={v['HOLDFAST_LAB_KNOWN_HOSTS']} -o ProxyCommand=\\\"{command}\\\""
    inventory.write_text(inventory.read_text().replace(
        f"{{ansible_host: {behind.address}}}", f'{{ansible_host: {behind.address}, ansible_ssh_common_args: "{own}"}}'))
    project.manifest("  - file: /etc/number\n    content: \"1\"\n")
    project.run("trust", "--yes", "-i", "hosts.yaml", "site.yaml")
    said = project.run("plan", "-i", "hosts.yaml", "site.yaml").out
    assert f"{behind.name} is reached through this host, which comes after" in said, said


def test_a_jump_host_comes_after_those_behind_it(hosts, project):
    jump, *behind = hosts(3)
    inventory = project.inventory([jump, *behind])
    known = project.lab.variables["HOLDFAST_LAB_KNOWN_HOSTS"]
    text = inventory.read_text(encoding="utf-8").replace(
        f"-o UserKnownHostsFile={known} -o StrictHostKeyChecking=yes", "-o StrictHostKeyChecking=yes")
    for h in behind:
        text = text.replace(f"{{ansible_host: {h.address}}}",
                            f"{{ansible_host: {h.address}, ansible_ssh_common_args: '-o ProxyJump=root@{jump.address}'}}")
    inventory.write_text(text, encoding="utf-8")
    files = ("-i", "hosts.yaml", "--known-hosts", known)
    project.manifest("  - file: /etc/number\n    content: \"1\"\n")
    said = project.run("plan", *files, "site.yaml").out
    assert f"{behind[0].name}, {behind[1].name} are reached through this host, which comes after" in said, said
    done = project.run("apply", "--yes", "--json", *files, "site.yaml")
    told = [(e["event"], e.get("host")) for e in done.events()]
    for h in behind:
        assert told.index(("host_ends", h.name)) < told.index(("act", jump.name)), told

    # What cuts the way there is taken back there; those behind are done, and stay so.
    project.manifest("  - file: /etc/number\n    content: \"2\"\n"
                     "  - file: /etc/ssh/sshd_config.d/00-nobody.conf\n    content: \"AllowUsers nobody\\n\"\n"
                     f"    when: inventory_hostname == '{jump.name}'\n"
                     "  - systemd_unit: ssh.service\n    reload_on: [file /etc/ssh/sshd_config.d/00-nobody.conf]\n"
                     f"    when: inventory_hostname == '{jump.name}'\n")
    done = project.run("apply", "--yes", *files, "site.yaml", expect=7)
    assert "a new login fails after these changes" in done.out, str(done)
    assert [h.read("/etc/number") for h in (jump, *behind)] == ["1", "2", "2"]
    project.run("rollback", "--last", *files)
    assert [h.read("/etc/number") for h in (jump, *behind)] == ["1", "1", "1"]
