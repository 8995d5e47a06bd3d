"""Jobs go to the first runner that is well: the shipped manifest on real hosts, with Debian's Prometheus and stand-ins for GitHub and its runner."""

import json
import shutil
import time

import pytest
from lab import ROOT
from monitoring import install_monitoring, until
from stand_in import github_for, runner_archive

ROUTE = "route-production"
PROJECT = """\
project: runners
environments:
  fleet: {inventory: hosts.yaml, manifests: [site.yaml]}
  failover: {inventory: hosts.yaml, manifests: [manifests/runner-failover.yaml]}
default: failover
"""
SITE = """\
manifest: site
hosts: github_runners
resources:
  - github_runner: "{{ runner_name }}"
    url: "{{ github_url }}"
    api: "{{ github_api }}"
    token: !env GITHUB_TOKEN
    version: 2.329.0
    sha256: "{{ runner_sha256 }}"
    archive: "{{ runner_archive }}"
    labels: "{{ runner_labels }}"
    idle_for: 1s
---
manifest: watch
hosts: monitoring
resources:
  - prometheus_scrape: runners
    scrape_interval: 1s
    scrape_timeout: 1s
    targets: [{address: "127.0.0.1:9101"}]
"""


class Site:
    def __init__(self, project, hosts, github, archive, digest):
        self.project, self.github = project, github
        self.primary, self.secondary, self.watcher = hosts
        self.scope = github.repository("octo/hello")
        self.archive, self.digest = archive, digest
        github.store.add_token(project.canary, kind="fine-grained", permissions={"administration": "write"}, expires=time.time() + 86400)
        project.env["GITHUB_TOKEN"] = project.canary
        project.write("holdfast.yaml", PROJECT)
        project.write("site.yaml", SITE)
        (project.folder / "manifests").mkdir()
        shutil.copy(ROOT / "manifests/runner-failover.yaml", project.folder / "manifests")
        self.inventory()

    def inventory(self, secondary_may=True):
        v = self.project.lab.variables
        self.project.write("hosts.yaml", f"""\
all:
  vars:
    ansible_user: root
    ansible_ssh_private_key_file: {v['HOLDFAST_LAB_KEY']}
    ansible_ssh_common_args: -o UserKnownHostsFile={v['HOLDFAST_LAB_KNOWN_HOSTS']}
    github_url: {self.github.url}/octo/hello
    github_api: {self.github.url}
    runner_archive: {self.archive}
    runner_sha256: {self.digest}
  children:
    github_runners:
      hosts:
        {self.primary.name}: {{ansible_host: {self.primary.address}, authorized_for_prod: true, runner_name: one, runner_labels: [production, primary]}}
        {self.secondary.name}: {{ansible_host: {self.secondary.address}, authorized_for_prod: {str(secondary_may).lower()}, runner_name: two, runner_labels: [production, secondary]}}
    monitoring:
      hosts:
        {self.watcher.name}: {{ansible_host: {self.watcher.address}, route_primary: {self.primary.name}, route_secondary: {self.secondary.name}, over: 2s}}
""")

    def figures(self, one=(1, 10), two=(1, 10)):
        """What both exporters say: (runner_status, cpu)."""
        lines = []
        for name, (status, cpu) in (("one", one), ("two", two)):
            labels = f'runner_name="{name}",environment="production"'
            lines += [f'runner_status{{{labels},authorized_for_prod="true"}} {status}', f"runner_cpu_usage_percent{{{labels}}} {cpu}",
                      f"runner_memory_usage_percent{{{labels}}} 20"]
        self.watcher.write("/run/metrics.new", "\n".join(lines) + "\n")
        self.watcher.sh("mv /run/metrics.new /run/metrics")

    def holders(self):
        with self.github.store.changed:
            return [r.name for r in self.scope.runners.values() if any(label.name == ROUTE for label in r.labels)]

    def failover(self, command="apply", *more, expect=0, back_after="1h"):
        agree = ["--yes"] if command == "apply" else []
        return self.project.run(command, *agree, "--set", f"back_after={back_after}", *more, expect=expect, timeout=120)

    def until_moved(self, runner, **more):
        """The seconds until a timer's runs have brought the label there."""
        began = time.monotonic()
        while self.holders() != [runner]:
            done = self.failover(expect=None, **more)
            assert time.monotonic() - began < 120, f"the route is not at {runner}: {done}"
        return time.monotonic() - began

    def job(self, seconds=0.2):
        return self.github.broker.enqueue(self.scope, ["self-hosted", ROUTE], seconds=seconds)

    def ran_on(self, job):
        assert self.github.broker.wait(lambda: job.state == "done"), job.json()
        assert job.conclusion == "success", job.json()
        return job.runner.name

    def label_changes(self):
        """Requests that gave a label, or took one."""
        return [(x["verb"], x["path"]) for x in self.github.exchanges if "/labels" in x["path"] and x["verb"] != "GET"]


@pytest.fixture
def site(hosts, project, lab, tmp_path):
    taken = hosts(3)
    with github_for(lab) as github:
        github.broker.timing.poll, github.broker.timing.retry, github.broker.timing.offline = 1.0, 0.2, 2.0
        folder = tmp_path / "archives"
        folder.mkdir()
        path, digest = runner_archive("2.329.0", folder)
        github.release("2.329.0", path)
        made = Site(project, taken, github, f"{github.url}/archives/{path.name}", digest)
        for host in taken[:2]:
            host.sh("useradd -r -m -s /usr/sbin/nologin actions-runner")
        made.watch = install_monitoring(taken[2], project)
        made.figures()
        project.run("apply", "--yes", "-e", "fleet", timeout=300)
        yield made
    assert github.defects == []


def test_jobs_go_to_the_first_runner_that_is_well(site):
    site.until_moved("one")
    assert site.ran_on(site.job()) == "one"
    for environment in ("failover", "fleet"):
        assert "Nothing to change" in site.project.run("plan", "-e", environment).out, environment
    assert json.loads(site.project.run("pick").out) == ["self-hosted", "production", "primary"]

    # Degraded: the job that runs there goes on, the next one is the secondary's.
    long = site.job(seconds=4)
    assert site.github.broker.wait(lambda: long.state == "running")
    site.figures(one=(1, 97))
    took = site.until_moved("two")
    assert site.ran_on(site.job()) == "two" and site.ran_on(long) == "one"
    print(f"degraded primary: the route is the secondary's after {took:.1f} s")
    picked = site.project.run("pick", "--json")
    found = json.loads(picked.out)
    assert found["picked"] == "two" and "97.0, not <= 90" in found["candidates"][0]["why"], found

    # Well again: not before it has been so for a while, and then back.
    site.figures()
    until(lambda: json.loads(site.project.run("pick", "--json").out)["picked"] == "one", "a primary that is fit")
    site.failover()
    assert site.holders() == ["two"], "it came back at once"
    print(f"recovered primary: back after {site.until_moved('one', back_after='2s'):.1f} s")

    # Its service stops while a job waits for the route, and two controllers act at once.
    unit = site.primary.sh("cat /opt/actions-runner/.service").strip()
    site.primary.sh(f"systemctl stop {unit}")
    began = time.monotonic()
    job = site.job()
    site.figures(one=(0, 10))
    until(lambda: "sends jobs" in site.failover("plan").out, "the plan to move")
    before = len(site.label_changes())
    applies = [site.project.start("apply", "--yes", "--set", "back_after=1h") for _ in range(2)]
    told = [apply.communicate(timeout=120) for apply in applies]
    codes = sorted(apply.returncode for apply in applies)
    assert codes[0] == 0 and codes[1] in (0, 4, 5), (codes, told)
    assert len(site.label_changes()) == before + 2, "one took the label off and gave it, the other did nothing"
    assert site.holders() == ["two"] and site.ran_on(job) == "two"
    print(f"stopped primary: its job ran on the secondary {time.monotonic() - began:.1f} s later")

    # Nobody is well: it stays, and each is told of.
    site.figures(one=(0, 10), two=(1, 99))
    until(lambda: site.project.run("pick", expect=None).code == 4, "a gate that nobody passes")
    said = site.project.run("pick", expect=4).err
    assert "HF5017" in said and "one: " in said and "two: " in said, said
    assert "no candidate is fit" in site.failover(expect=1).out and site.holders() == ["two"]
    site.figures(one=(0, 10))

    # One that may not never gets it, and whoever has it by hand loses it.
    evil = site.github.store.add_runner(site.scope, "evil", labels=[ROUTE])
    site.until_moved("two")
    assert all(label.name != ROUTE for label in evil.labels)
    site.inventory(secondary_may=False)
    assert "runner two is not authorized" in site.failover(expect=1).err
    site.inventory()

    # The primary is put right by an ordinary apply, and gets its jobs again.
    site.project.run("apply", "--yes", "-e", "fleet", timeout=300)
    site.figures()
    site.until_moved("one", back_after="2s")
    assert site.ran_on(site.job()) == "one"

    # Cut off between taking the label and giving it: nobody else acts, and by whoever has the token all is as before.
    site.figures(one=(1, 97))
    until(lambda: "sends jobs" in site.failover("plan").out, "the plan to move")
    site.github.faults.add("hang", verb="POST", path=".*/labels", seconds=600)
    apply = site.project.start("apply", "--yes", "--lease", "600")
    until(lambda: site.holders() == [], "the moment without the label")
    apply.kill()
    apply.communicate()
    until(lambda: site.failover(expect=None).code == 6, "the run that is in the way")
    site.project.run("recover", timeout=120)
    assert site.holders() == ["one"], "the label is not where it was"
    site.until_moved("two")
    assert site.github.broker.troubles() == []
