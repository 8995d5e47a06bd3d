"""The whole of it from one plan, on three bare hosts: two runners and the host that watches them, with Debian's own Prometheus and Alertmanager and
stand-ins for GitHub, its runner and Grafana."""

import json
import re
import shutil
import time

import pytest
import yaml
from lab import ROOT, difference
from monitoring import install_monitoring, until
from stand_in import HostGrafana, github_for, runner_archive

SHIPPED = yaml.safe_load((ROOT / "holdfast.yaml").read_text())["environments"]["production"]["manifests"]
PROJECT = f"project: fleet\nenvironments: {{lab: {{inventory: hosts.yaml, manifests: {json.dumps(SHIPPED)}}}}}\ndefault: lab\n"
METRICS = ("runner_status", "runner_cpu_usage_percent", "runner_memory_usage_percent", "runner_memory_total_bytes",
           "runner_disk_usage_percent", "runner_disk_available_bytes", "runner_last_check_in_timestamp_seconds",
           "runner_credential_expiry_timestamp_seconds")


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
    runner_credential_expiry: "2099-12-31"
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
        {watcher.name}: {{ansible_host: {watcher.address}, scrape_interval: 2s, scrape_timeout: 2s, offline_primary: 2s, offline_secondary: 2s}}
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


class Points:
    """The eight points by which a fleet is found well, and what breaks one of them and no other."""

    answers = "until curl -fs -o /dev/null http://127.0.0.1:9101/health; do sleep 0.1; done"

    def __init__(self, fleet):
        self.project, (self.runner, _), self.watcher, self.watch, self.github, self.scope = fleet
        self.project.env["GRAFANA_TOKEN"] = self.project.canary
        token = json.dumps({"value": self.project.canary, "role": "Viewer"})
        self.watcher.sh(f"curl -sS --fail -d '{token}' http://127.0.0.1:3000/_control/token")

    def wrong(self):
        """Those that don't hold: number -> what is said."""
        done = self.project.run("verify", "manifests/validate-runner.yaml", "--set", "patience=0s", "--json", expect=None)
        told = done.json()
        assert len(told["checks"]) == 12 and told["unasked"] == [], done
        found = {int(check["address"].split()[1]): check for check in told["checks"] if not check["passed"]}
        assert done.code == (1 if found else 0), done
        return found

    def status(self, wanted):
        until(lambda: sorted(value for _, value in self.watch.query("runner_status")) == wanted, f"runner_status {wanted}")

    def metrics(self, name, count):
        until(lambda: len(self.watch.query(name)) == count, f"{count} of {name}")

    def broken_one_by_one(self):
        """(number, what is said of it): while each is broken."""
        one = self.scope.named("one")
        with self.github.store.changed:
            one.name = "renamed"
        yield 1, "GitHub has no runner one in octo/hello"
        with self.github.store.changed:
            one.name = "one"

        # Something of an older runner, say.
        self.runner.sh("systemd-run -q --unit actions.runner.octo-hello.old.service /bin/false; until systemctl -q is-failed actions.runner.octo-hello.old; do sleep 0.05; done")
        yield 2, "actions.runner.octo-hello.old.service is failed (exit-code, failed), not active"
        self.runner.sh("systemctl reset-failed actions.runner.octo-hello.old")

        model = "/var/lib/grafana/dashboards/github-runner-health.json"
        shown = "until curl -sS -u admin:admin http://127.0.0.1:3000/api/dashboards/uid/github-runner-health | grep -q '\"title\": \"{}\"'; do sleep 0.1; done"
        self.watcher.sh(f"cp -p {model} /run/kept; sed -i 's/GitHub Runner Health Dashboard/Runners/' {model}; {shown.format('Runners')}")
        yield 5, "dashboard github-runner-health is called 'Runners', not 'GitHub Runner Health Dashboard'"
        self.watcher.sh(f"cat /run/kept >{model}; {shown.format('GitHub Runner Health Dashboard')}")

        rules = "/etc/prometheus/runner-alerts.yml"
        few = "groups: [{name: github_runner_health, rules: [{alert: A, expr: up == 0}]}]"
        self.watcher.sh(f"cp -p {rules} /run/kept; echo '{few}' >{rules}; systemctl reload prometheus")
        until(lambda: "A" in self.watch.loaded(), "the reload")
        yield 6, "group github_runner_health has 1 rule, not 4 or more: A"
        self.watcher.sh(f"cat /run/kept >{rules}; rm /run/kept; systemctl reload prometheus")
        until(lambda: "A" not in self.watch.loaded(), "the reload")

        service = "/opt/actions-runner/.service"
        self.runner.sh(f"cp -p {service} /run/kept; echo actions.runner.octo-hello.old.service >{service}")
        self.status([0, 1])
        yield 3, 'runner_name="one"'
        self.runner.sh(f"cat /run/kept >{service}")

        env = "/etc/runner-exporter.env"
        self.runner.sh(f"cp -p {env} /run/kept; sed -i s,DISK_PATH=,DISK_PATH=/nowhere, {env}; systemctl restart runner-exporter")
        self.metrics("runner_disk_usage_percent", 1)
        self.status([1, 1])
        yield 4, "3.0, not == 4"
        self.runner.sh(f"cat /run/kept >{env}; systemctl restart runner-exporter; {self.answers}")

        # Another program has the port, and says the same to Prometheus.
        self.runner.sh("mkdir /run/other; curl -sS -o /run/other/metrics http://127.0.0.1:9101/metrics; systemctl stop runner-exporter; "
                       "systemd-run -q --unit other python3 -m http.server 9101 -d /run/other; until curl -fs -o /dev/null http://127.0.0.1:9101; do sleep 0.1; done")
        self.metrics("runner_disk_usage_percent", 2)
        yield 7, "http://127.0.0.1:9101/health answered 404, not 200"
        self.runner.sh(f"systemctl stop other; systemctl start runner-exporter; {self.answers}")

        rule = f"allow from {self.watcher.address} to any port 9101 proto tcp"
        self.runner.sh(f"ufw allow 9101/tcp >/dev/null; ufw delete {rule} >/dev/null")
        self.status([1, 1])
        yield 8, "printed no 'ufw allow from"
        self.runner.sh(f"ufw {rule} comment 'Runner exporter for Prometheus' >/dev/null; ufw delete allow 9101/tcp >/dev/null; rm -r /run/kept /run/other")


def eight_of_eight(fleet):
    """The fleet is found well, and each of the eight points is missed alone."""
    points = Points(fleet)
    project = fleet[0]
    table = project.run("verify", "manifests/validate-runner.yaml").out
    print(table)
    shown = project.run("plan", "--json", "manifests/validate-runner.yaml").out
    assert shown.count('"(secret)"') == 3, "a token of each runner's check, and one of Grafana's"
    assert table.endswith("12 passed, 0 failed; 8 of 8 checks hold\n"), table
    said = (project.folder / "manifests/validate-runner.yaml").read_text()
    began, missed = time.monotonic(), []
    for number, what in points.broken_one_by_one():
        wrong = points.wrong()
        assert list(wrong) == [number], {n: check["error"] for n, check in wrong.items()}
        assert what in wrong[number]["error"], wrong
        assert wrong[number]["hint"] and wrong[number]["hint"][:12] in said, wrong
        missed.append(number)
    assert sorted(missed) == list(range(1, 9)) and points.wrong() == {}
    # Nobody is that idle: it is told, and the deployment may begin.
    gate = project.run("verify", "manifests/deploy-gate.yaml", "--set", "busy_percent=-1", "--json").json()
    assert (gate["failed"], gate["warned"]) == (0, 2), gate
    print(f"each of the eight broken, found, and put back: {time.monotonic() - began:.1f} s")
    return points


def first_seen(watch, state):
    """[when the alert of runners that are offline first stood so, in seconds], or [] where it never did."""
    query = f'min_over_time(timestamp(ALERTS{{alertname="GitHubRunnerOffline", alertstate="{state}"}})[5m:1s])'
    return [when for _, when in watch.query(query)]


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

    def online():
        return [github.broker.online(scope.named(name)) for name in ("one", "two")]

    assert online() == [True, True]
    for metric in METRICS:
        assert len(watch.query(metric)) == 2, metric
    assert [value for _, value in watch.query('up{job="github-runner-health"}')] == [1, 1]
    assert len([name for name in watch.loaded() if name.startswith("GitHubRunner")]) >= 4
    dashboard = "curl -sS -u admin:admin http://127.0.0.1:3000/api/dashboards/uid/github-runner-health"
    until(lambda: "GitHub Runner Health" in watcher.sh(dashboard), "the dashboard")
    url = f"http://{runners[0].address}:9101/health"
    assert watcher.sh(f"curl -sS --max-time 5 {url}") == "OK"
    assert runners[1].ssh(f"curl -sS --max-time 2 {url}", check=False).code != 0, "9101 is open to more than the monitoring host"
    assert "Nothing to change" in project.run("plan").out
    assert "0 failed" in project.run("verify", timeout=120).out
    points = eight_of_eight(fleet)

    # The primary's runner fails: it is seen, it is said, it is put right, it is taken back.
    unit = runners[0].sh("cat /opt/actions-runner/.service").strip()
    runners[0].sh(f"systemctl stop {unit}")
    seen = until(lambda: any(value == 0 for _, value in watch.query("runner_status")), "runner_status 0", 15)
    firing = until(lambda: "GitHubRunnerOffline" in watch.firing(), "the alert")
    # The server writes down at each evaluation how its alerts stood, and is asked for whole seconds.
    until(lambda: first_seen(watch, "firing"), "that it is written down")
    pending, fired = first_seen(watch, "pending"), first_seen(watch, "firing")
    assert pending and pending[0] < fired[0], (pending, fired)
    assert sorted(points.wrong()) == [1, 2, 3]
    assert "FAIL" in project.run("verify", "manifests/deploy-gate.yaml", "--set", "patience=0s", expect=1).out
    project.run("apply", "--yes", timeout=300)
    resolved = until(lambda: "GitHubRunnerOffline" not in watch.firing(), "its end")
    print(f"offline seen after {seen:.1f} s, alert fires after {firing:.1f} s more, {fired[0] - pending[0]:.1f} s of which it is pending, "
          f"gone {resolved:.1f} s after the apply")

    # One whose service can't be found any more is offline, too: its exporter has no runner_status then.
    runners[0].sh("mv /opt/actions-runner/.service /root/service.kept")
    until(lambda: "GitHubRunnerOffline" in watch.firing(), "the alert of a service that nobody can name")
    points.metrics("runner_status", 1)
    runners[0].sh("mv /root/service.kept /opt/actions-runner/.service")
    until(lambda: "GitHubRunnerOffline" not in watch.firing(), "its end")

    # Both runs go back, the last one first.
    project.run("rollback", "--last", timeout=300)
    project.run("rollback", "--last", "--allow-reopen", timeout=600)
    assert scope.named("one") is None and scope.named("two") is None
    for host in every:
        # What Prometheus, Alertmanager and its receiver have noted meanwhile is their own.
        left = [line for line in difference(before[host.name], host.snapshot()) if " /var/lib/prometheus/" not in line and line != "> /run/told f"]
        assert left == [], host.name


ADMIN = """
useradd -m -s /bin/bash ryan && cp -r /home/deploy/.ssh /home/ryan/ && chown -R ryan: /home/ryan/.ssh
echo 'ryan ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ryan && chmod 0440 /etc/sudoers.d/ryan
"""


def test_a_teams_inventory_of_ansible_as_it_stands(fleet):
    """inventories/ansible, with nothing changed but where its hosts are: one machine has two names there, for its two roles."""
    project, (primary, standby), watcher, watch, github, _ = fleet
    places = {"192.168.0.13": primary, "192.168.0.51": standby, "192.168.0.200": watcher}
    for host in places.values():
        host.sh(ADMIN)
    folder = project.folder / "ansible"
    shutil.copytree(ROOT / "inventories/ansible", folder)
    for name in ("hosts", "monitoring.yaml"):
        (folder / name).write_text(re.sub(r"192\.168\.0\.\d+", lambda found: places[found.group()].address, (folder / name).read_text()))
    v = project.lab.variables
    (folder / "group_vars/all.yaml").write_text((folder / "group_vars/all.yaml").read_text() + f"""ansible_ssh_private_key_file: {v['HOLDFAST_LAB_KEY']}
ansible_ssh_common_args: -o UserKnownHostsFile={v['HOLDFAST_LAB_KNOWN_HOSTS']}
""")
    project.write("holdfast.yaml", PROJECT.replace("hosts.yaml", "ansible"))
    scope = github.repository("rmnanney/PAWS360")
    known = yaml.safe_load((project.folder / "hosts.yaml").read_text())["all"]["vars"]
    there = {"github_url": f"{github.url}/rmnanney/PAWS360", "github_api": github.url, "scrape_interval": "2s", "scrape_timeout": "2s",
             **{name: known[name] for name in ("runner_archive", "runner_sha256", "runner_idle_for")}}
    lab = [word for name, value in there.items() for word in ("--set", f"{name}={value}")]

    project.run("apply", "--yes", *lab, timeout=600)
    runners = {name: scope.named(name) for name in ("Serotonin-paws360", "dell-r640-01-runner")}
    assert all(github.broker.online(runner) for runner in runners.values())
    assert {"staging", "primary", "production", "secondary"} < set(runners["dell-r640-01-runner"].names())
    told = watch.query('up{job="github-runner-health"} == 1')
    roles = {(labels["environment"], labels["runner_name"], labels["authorized_for_prod"], labels["runner_role"]) for labels, _ in told}
    assert roles == {("production", "Serotonin-paws360", "true", "primary"), ("production", "dell-r640-01-runner", "true", "secondary"),
                     ("staging", "dell-r640-01-runner", "false", "primary")}, told
    again = project.run("plan", "--json", *lab).json()
    assert [host["also"] for host in again["hosts"] if "also" in host] == [["dell-r640-01-production"]], again["hosts"]
    assert "Nothing to change" in project.run("plan", *lab).out
