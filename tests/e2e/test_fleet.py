"""The whole of it from one plan, on three bare hosts: two runners and the host that watches them, with Debian's own Prometheus and Alertmanager and
stand-ins for GitHub, its runner and Grafana."""

import shutil
import time

import pytest
from lab import ROOT, difference
from monitoring import install_monitoring, until
from stand_in import HostGrafana, github_for, runner_archive

PROJECT = "project: fleet\nenvironments: {lab: {inventory: hosts.yaml, manifests: [manifests/base.yaml, manifests/fleet.yaml]}}\ndefault: lab\n"
METRICS = ("runner_status", "runner_cpu_usage_percent", "runner_memory_usage_percent", "runner_memory_total_bytes",
           "runner_disk_usage_percent", "runner_disk_available_bytes", "runner_last_check_in_timestamp_seconds")


def inventory(project, runners, watcher, github, archive, digest):
    v = project.lab.variables
    lines = f"""\
all:
  vars:
    ansible_user: root
    ansible_ssh_private_key_file: {v['HOLDFAST_LAB_KEY']}
    ansible_ssh_common_args: -o UserKnownHostsFile={v['HOLDFAST_LAB_KNOWN_HOSTS']}
    github_url: {github.url}/octo/hello
    github_api: {github.url}
    runner_archive: {archive}
    runner_sha256: {digest}
    runner_idle_for: 2s
    prometheus_host: {watcher.address}
  children:
    github_runners:
      vars:
        exporter_target:
          address: "{{{{ ansible_host }}}}:9101"
          labels:
            service: github-runner
            environment: "{{{{ environment }}}}"
            runner_name: "{{{{ runner_name }}}}"
            authorized_for_prod: "{{{{ 'true' if authorized_for_prod else 'false' }}}}"
            runner_role: "{{{{ runner_role }}}}"
      hosts:
        {runners[0].name}: {{ansible_host: {runners[0].address}, environment: production, authorized_for_prod: true, runner_name: one, runner_labels: [production, primary], runner_role: primary}}
        {runners[1].name}: {{ansible_host: {runners[1].address}, environment: staging, authorized_for_prod: false, runner_name: two, runner_labels: [staging], runner_role: secondary}}
    monitoring:
      hosts:
        {watcher.name}: {{ansible_host: {watcher.address}, scrape_interval: 1s, scrape_timeout: 1s, offline_primary: 2s, offline_secondary: 2s}}
"""
    project.write("hosts.yaml", lines)


@pytest.fixture
def fleet(hosts, project, lab, tmp_path):
    taken = hosts(3)
    runners, watcher = taken[:2], taken[2]
    with github_for(lab) as github:
        github.broker.timing.poll, github.broker.timing.retry = 1.0, 0.2
        scope = github.repository("octo/hello")
        github.store.add_token(project.canary, kind="fine-grained", permissions={"administration": "write"}, expires=time.time() + 86400)
        folder = tmp_path / "archives"
        folder.mkdir()
        path, digest = runner_archive("2.329.0", folder)
        github.release("2.329.0", path)
        shutil.copytree(ROOT / "manifests", project.folder / "manifests")
        binaries = ROOT / "build/exporter"
        assert binaries.exists(), "no exporter: ./dev exporter builds it"
        (project.folder / "build").mkdir()
        shutil.copytree(binaries, project.folder / "build/exporter")
        project.write("holdfast.yaml", PROJECT)
        project.env["GITHUB_TOKEN"] = project.canary
        inventory(project, runners, watcher, github, f"{github.url}/archives/{path.name}", digest)
        watch = install_monitoring(watcher, project)
        HostGrafana(watcher)
        yield project, runners, watcher, watch, github, scope
    assert github.defects == []


def test_from_bare_hosts_to_a_watched_fleet_and_back(fleet):
    project, runners, watcher, watch, github, scope = fleet
    every = [*runners, watcher]
    # What a first run leaves on every host, the boot unit, is not what is compared.
    project.write("first.yaml", "manifest: first\nhosts: all\nresources:\n  - directory: /etc/known\n")
    project.run("apply", "--yes", "-i", "hosts.yaml", "first.yaml")
    before = {host.name: host.snapshot() for host in every}
    began = time.monotonic()
    project.run("apply", "--yes", timeout=600)
    print(f"three bare hosts to a watched fleet: {time.monotonic() - began:.1f} s")

    assert [github.broker.online(scope.named(name)) for name in ("one", "two")] == [True, True]
    for metric in METRICS:
        assert len(watch.query(metric)) == 2, metric
    assert [value for _, value in watch.query('up{job="github-runner-health"}')] == [1, 1]
    assert len([name for name in watch.loaded() if name.startswith("GitHubRunner")]) >= 4
    # The firewall of the monitoring host lets nobody ask Grafana but the host itself.
    dashboard = "curl -sS -u admin:admin http://127.0.0.1:3000/api/dashboards/uid/github-runner-health"
    until(lambda: "GitHub Runner Health" in watcher.sh(dashboard), "the dashboard")
    url = f"http://{runners[0].address}:9101/health"
    assert watcher.sh(f"curl -sS --max-time 5 {url}") == "OK"
    assert runners[1].ssh(f"curl -sS --max-time 2 {url}", check=False).code != 0, "9101 is open to more than the monitoring host"
    assert "Nothing to change" in project.run("plan").out
    assert "0 failed" in project.run("verify", timeout=120).out

    # The primary's runner fails: it is seen, it is said, it is put right, it is taken back.
    unit = runners[0].sh("cat /opt/actions-runner/.service").strip()
    runners[0].sh(f"systemctl stop {unit}")
    seen = until(lambda: any(value == 0 for _, value in watch.query("runner_status")), "runner_status 0", 15)
    firing = until(lambda: "GitHubRunnerOffline" in watch.firing(), "the alert")
    project.run("apply", "--yes", timeout=300)
    resolved = until(lambda: "GitHubRunnerOffline" not in watch.firing(), "its end")
    print(f"offline seen after {seen:.1f} s, alert fires after {firing:.1f} s more, gone {resolved:.1f} s after the apply")

    # Both runs go back, the last one first.
    project.run("rollback", "--last", timeout=300)
    project.run("rollback", "--last", "--allow-reopen", timeout=600)
    assert scope.named("one") is None and scope.named("two") is None
    for host in every:
        # What Prometheus and Alertmanager have noted meanwhile is their own.
        left = [line for line in difference(before[host.name], host.snapshot()) if " /var/lib/prometheus/" not in line]
        assert left == [], host.name
