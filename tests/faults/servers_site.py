"""One host with a runner, rules and a dashboard, and the servers around it: GitHub, Grafana and Prometheus, each behind a proxy that can fail."""

import contextlib
import json
import os
import time
import urllib.error
import urllib.request

from faulty_proxy import FaultyProxy
from judge import Judge
from monitoring import install_monitoring
from stand_in import github_for, runner_archive
from grafana.server import Grafana

VERSIONS = {"one": "2.329.0", "two": "2.330.0"}
PROJECT = "project: servers\nenvironments: {lab: {inventory: hosts.yaml, manifests: [site.yaml]}}\ndefault: lab\n"
LEASE = int(os.environ.get("HOLDFAST_FAULTS_LEASE", "8"))  # seconds; a busy machine needs more
# What the runner and the servers note while they work, and what another registration or start writes anew.
OWN = ("/var/lib/prometheus", "/opt/actions-runner/_diag", "/opt/actions-runner/_work")
NEW_EACH_TIME = ("/opt/actions-runner/.runner", "/opt/actions-runner/.credentials")

DASHBOARD = {
    "uid": "sample", "title": "Sample", "schemaVersion": 39, "tags": [], "time": {"from": "now-6h", "to": "now"},
    "panels": [{"id": 1, "type": "timeseries", "title": "Status", "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
                "datasource": {"type": "prometheus", "uid": "prometheus"}, "targets": [{"refId": "A", "expr": "runner_status"}]}]}


def manifest(site, which, *, runner_last=True, version=None, fails_after=None, through="direct"):
    """@param which: "one", or "two", in which everything is changed. @param runner_last: else it comes before all that servers have.
    @param version: of the runner. @param fails_after: then the n-th resource is followed by a command that fails. @param through: how
    Grafana is reached."""
    two = which == "two"
    archive, digest = site.archives[version or VERSIONS[which]]
    grafana = f"    server: {site.grafana_proxy.url}\n    through: {through}\n    token: !env HOLDFAST_TEST_SECRET\n"
    prometheus = f"    url: {site.prometheus_proxy.url}\n    wait: 15s\n"
    host = [
        f"  - file: /etc/sample/first\n    content: {which}\n",
        f"""\
  - systemd_unit: sample.service
    content: |
      [Service]
      ExecStart=/bin/sleep {"1e6" if two else "1e5"}
      [Install]
      WantedBy=multi-user.target
    enabled: true
    state: running
    settle: 0s
"""]
    dashboards = [
        f"  - grafana_folder: runners\n    title: Runners {which}\n{grafana}",
        f"""\
  - grafana_datasource: Prometheus
    uid: prometheus
    type: prometheus
    url: http://localhost:{9091 if two else 9090}
    json: {{httpMethod: POST}}
    secrets: {{httpHeaderValue1: !env HOLDFAST_TEST_SECRET}}
{grafana}""",
        f"  - grafana_dashboard: sample\n    source: {which}.json\n    provision: api\n    folder: runners\n{grafana}"]
    rules = [
        f"""\
  - prometheus_scrape: sample
    scrape_interval: 1s
    scrape_timeout: 1s
    targets: [{{address: "127.0.0.1:9101", labels: {{version: "{which}"}}}}]
{prometheus}""",
        f"""\
  - prometheus_rules: sample
    groups:
      - name: sample
        interval: 1s
        rules: [{{alert: Offline, expr: runner_status < {2 if two else 1}, for: 5m}}]
{prometheus}"""]
    runner = [f"""\
  - github_runner: one
    url: {site.github_proxy.url}/octo/hello
    api: {site.github_proxy.url}
    token: !env HOLDFAST_TEST_SECRET
    version: {version or VERSIONS[which]}
    update: pinned
    disable_update: true
    sha256: {digest}
    archive: {archive}
    labels: [primary, {which}]
    idle_for: 1s
"""]
    last = [f"""\
  - file: /etc/sample/last
    content: {which}
    requires: [github_runner one, grafana_dashboard sample, prometheus_rules sample, prometheus_scrape sample]
"""]
    servers = [*dashboards, *rules, *runner] if runner_last else [*runner, *rules, *dashboards]
    resources = [*host, *servers, *last]
    if fails_after is not None:
        kind, _, name = resources[fails_after].split("\n")[0].removeprefix("  - ").partition(": ")
        resources.insert(fails_after + 1, f"  - command: fails\n    argv: [/bin/false]\n    always: true\n    requires: [{kind} {name}]\n")
    return "  - directory: /etc/sample\n" + "".join(resources)


RESOURCES = 9  # of the manifest, without the directory


class Worlds:
    """What is so in all four, as something else than holdfast sees it."""

    def __init__(self, judge, host, github, grafana, prometheus):
        self.judge, self.host, self.servers = judge, host, {"GitHub": github, "Grafana": grafana, "Prometheus": prometheus}

    def differs(self, before, *, anew=False):
        """Lines; none: they are the same. @param anew: but for what another registration writes anew."""
        out = [f"host: {line}" for line in self.judge.difference(before.host, self.host) if not (anew and line.startswith(NEW_EACH_TIME))]
        for name, mine in self.servers.items():
            if mine != before.servers[name]:
                out.append(f"{name}: {json.dumps(before.servers[name], sort_keys=True)} -> {json.dumps(mine, sort_keys=True)}")
        return out


class Site:
    def __init__(self, lab, host, project):
        self.lab, self.host, self.project = lab, host, project
        self.stack = contextlib.ExitStack()
        self.monitoring = self.github = self.grafana = None

    @property
    def proxies(self):
        return {"GitHub": self.github_proxy, "Grafana": self.grafana_proxy, "Prometheus": self.prometheus_proxy}

    def build(self):
        """Everything anew, on a host as it was made."""
        self.stack.close()
        self.stack = contextlib.ExitStack()
        gateway = self.lab.variables["HOLDFAST_LAB_GATEWAY"]
        self.project.inventory([self.host])
        self.project.write("holdfast.yaml", PROJECT)
        for which in VERSIONS:
            self.project.write(f"{which}.json", json.dumps({**DASHBOARD, "title": f"Sample {which}"}))
        self.github = self.stack.enter_context(github_for(self.lab))
        timing = self.github.broker.timing
        timing.poll, timing.retry = 0.5, 0.2
        self.scope = self.github.repository("octo/hello")
        self.github.store.add_token(self.project.canary, kind="fine-grained", permissions={"administration": "write"}, expires=time.time() + 864000)
        self.grafana = self.stack.enter_context(Grafana(gateway))
        self.grafana.store.add_token(value=self.project.canary)
        self.github_proxy = self.stack.enter_context(FaultyProxy(gateway, self.github.url))
        self.grafana_proxy = self.stack.enter_context(FaultyProxy(gateway, self.grafana.url))
        # Nobody but one host asks it, and reloads come from its shell.
        self.prometheus_proxy = self.stack.enter_context(FaultyProxy(gateway, f"http://{self.host.address}:9090", asker="controller"))
        self.judge, self.archives = Judge(self.host), {}
        for version in VERSIONS.values():
            path, digest = runner_archive(version, self.project.folder)
            self.github.release(version, path)
            self.archives[version] = (f"{self.github_proxy.url}/archives/{path.name}", digest)
        self.monitoring = install_monitoring(self.host, self.project)
        self.host.sh("systemctl stop prometheus-alertmanager; useradd -r -m -s /usr/sbin/nologin actions-runner; "
                     "echo 'ARGS=\"--web.enable-lifecycle\"' >/etc/default/prometheus; systemctl restart prometheus")
        # The first run leaves the boot unit: what comes is compared with that.
        self.project.manifest("  - directory: /etc/sample\n")
        self.apply()

    def close(self):
        self.stack.close()

    # --- holdfast

    def apply(self, *more, expect=0):
        return self.project.run("apply", "--yes", "--lease", str(LEASE), *more, expect=expect, timeout=300)

    def put(self, which, **more):
        self.project.manifest(manifest(self, which, **more))

    def start(self, *args):
        return self.project.start(*args, "--lease", str(LEASE))

    # --- what is so

    def labels(self, runner):
        return sorted(label["name"] for label in runner.json(True)["labels"] if label["type"] == "custom")

    def see_github(self):
        with self.github.store.lock:
            return {r.name: [self.labels(r), r.group, self.github.broker.online(r)] for r in self.scope.runners.values()}

    def see_prometheus(self):
        """None while it can't be asked."""
        def ask(path):
            with urllib.request.urlopen(f"http://{self.host.address}:9090{path}", timeout=5) as answer:
                return json.loads(answer.read())["data"]
        try:
            rules = sorted(f"{rule['name']} {rule['query']}" for group in ask("/api/v1/rules")["groups"] for rule in group["rules"])
            targets = sorted(f"{t['scrapePool']} {t['scrapeUrl']} {t['labels'].get('version', '')} {t['health']}" for t in ask("/api/v1/targets")["activeTargets"]
                             if t["scrapePool"] == "sample")
            return {"rules": rules, "targets": targets, "reloaded": ask("/api/v1/status/runtimeinfo")["reloadConfigSuccess"]}
        except (OSError, ValueError, urllib.error.URLError):
            return None

    def see(self):
        host = {name: state for name, state in self.judge.look().items() if not name.startswith(OWN)}
        return Worlds(self.judge, host, self.see_github(), self.grafana.snapshot(), self.see_prometheus())

    def see_settled(self):
        """As it is once nothing moves any more: its runner, if there is one, is online, and its target is up."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            seen = self.see_prometheus()
            if seen and all(t.endswith(" up") for t in seen["targets"]) and all(online for *_, online in self.see_github().values()):
                break
            time.sleep(0.2)
        return self.see()

    def settled(self, *wanted, seconds=20):
        """What is so, once the servers have come to one of the wanted states, or after some time. A runner that starts takes a moment to be
        online, and Prometheus one to look again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen = {"GitHub": self.see_github(), "Grafana": self.grafana.snapshot(), "Prometheus": self.see_prometheus()}
            if any(seen == w.servers for w in wanted):
                break
            time.sleep(0.1)
        return self.see()

    def at_rest(self):
        script = ("[ ! -e /var/lib/holdfast/armed ] && ! systemctl list-units --all --no-legend 'holdfast-guard*' | grep -q . && "
                  "{ [ ! -e /var/lib/holdfast/lock ] || flock -n /var/lib/holdfast/lock true; } && echo over")
        return "over" in self.host.sh(script, check=False, timeout=300)

    def wait_for_rest(self, seconds=90):
        end = time.monotonic() + seconds
        while not self.at_rest():
            assert time.monotonic() < end, "the host did not end the run"
            time.sleep(0.2)
