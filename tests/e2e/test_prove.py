"""`prove --live` on Debian's own Prometheus and Alertmanager: each alert fires by series that say what they are, or by a unit that is stopped, is seen at
the receiver, and leaves nothing behind, also where its controller dies."""

import json
import signal

import pytest
from lab import ROOT, Project
from monitoring import FILES, install_monitoring, until

LEASE = 6
ALERTS = ["GitHubRunnerCredentialExpiring", "GitHubRunnerHighCPU", "GitHubRunnerHighDisk", "GitHubRunnerHighMemory", "GitHubRunnerOffline"]

MANIFEST = """\
  - use: runner-monitoring
    with:
      targets:
        - address: 127.0.0.1:9102
          labels: {environment: staging, runner_name: blue, runner_role: primary}
      interval: 1s
      timeout: 1s
      evaluation: 1s
      offline_primary: 1s
      offline_secondary: 2s
      cpu_for: 1s
      memory_for: 1s
      disk_for: 2s
      credential_for: 1s
      group_wait: 0s
      wait: 60s
"""

EXPORTER = """\
cat >/usr/local/bin/exporter <<'END'
import http.server
class Exporter(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Type", "text/plain; version=0.0.4"); self.end_headers()
        self.wfile.write(b'runner_status{hostname="h"} 1\\n')
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 9102), Exporter).serve_forever()
END
printf '[Service]\\nExecStart=/usr/bin/python3 /usr/local/bin/exporter\\n' >/etc/systemd/system/exporter.service
systemctl daemon-reload; systemctl start exporter
"""

LEFT = "systemctl list-units --all --plain --no-legend 'holdfast-prove*'; ls -d /run/holdfast-prove* /etc/systemd/system/holdfast-prove* 2>/dev/null || :"


@pytest.fixture(scope="module")
def watched(lab, tmp_path_factory):
    [host] = lab.take(1)
    project = Project(tmp_path_factory.mktemp("prove"), lab)
    found = install_monitoring(host, project)
    host.sh(EXPORTER)
    (project.folder / "runner-monitoring.yaml").write_text((ROOT / "manifests/runner-monitoring.yaml").read_text())
    project.inventory([host])
    found.apply(MANIFEST)
    found.before = found.files()
    yield found
    lab.give_back([host])


def told(host):
    """What the receiver was told: [(status, labels)]."""
    lines = host.sh("cat /run/told 2>/dev/null || :").split("\n")
    return [(alert["status"], alert["labels"]) for line in lines if line for alert in json.loads(line)["alerts"]]


def nothing_is_left(watched):
    assert watched.host.sh(LEFT) == ""
    assert watched.files() == watched.before
    until(lambda: "holdfast-prove" not in watched.jobs(), "that the job is gone")


def test_each_shipped_alert_fires_and_is_seen_at_the_receiver(watched):
    host = watched.host
    host.sh("rm -f /run/told")
    done = watched.run("prove", "--live", "--yes", "--stop", f"{host.name}:exporter.service", timeout=300)
    assert "All of them were told of" in done.out, str(done)
    seen = told(host)
    marked = [labels for status, labels in seen if status == "firing" and labels.get("holdfast_prove", "").startswith("holdfast-prove-")]
    assert sorted({labels["alertname"] for labels in marked}) == ALERTS
    # Both rules of that name, and all three sides of each, by series of their own.
    offline = {(labels["holdfast_prove"], labels.get("runner_role")) for labels in marked if labels["alertname"] == "GitHubRunnerOffline"}
    assert {role for _, role in offline} == {"primary", None} and len(offline) == 6, offline
    # And the real one, of the unit that was down.
    assert any(status == "firing" and "holdfast_prove" not in labels and labels["runner_name"] == "blue" for status, labels in seen), seen
    assert host.sh("systemctl is-active exporter").strip() == "active"
    nothing_is_left(watched)
    until(lambda: not watched.firing(), "that nothing fires any more")
    watched.run("plan", "--detailed-exitcode")


def test_nothing_happens_before_somebody_agrees(watched):
    refused = watched.run("prove", "--live", expect=4)
    assert "prometheus_scrape holdfast-prove" in refused.out and "nobody agreed" in refused.err, str(refused)
    nothing_is_left(watched)


def test_a_rule_that_cannot_fire_on_the_server_is_named(watched):
    host = watched.host
    host.sh("sed -i 's/runner_cpu_usage_percent > 90/runner_cpu_usage_percent > 9000/' /etc/prometheus/runner-alerts.yml; systemctl reload prometheus")
    changed = watched.files()
    failed = watched.run("prove", "--live", "--yes", "--alert", "GitHubRunnerHighCPU", "--alert", "GitHubRunnerHighMemory", expect=1, timeout=300)
    assert "alert 'GitHubRunnerHighCPU' is silent" in failed.err and "HF3120" in failed.err, str(failed)
    assert "alert GitHubRunnerHighMemory" in failed.out and "oncall-sre" in failed.out, str(failed)
    assert watched.files() == changed
    watched.apply()
    nothing_is_left(watched)


def test_a_controller_that_dies_leaves_nothing(watched):
    host = watched.host
    host.sh("sed -i 's/runner_disk_usage_percent > 85/runner_disk_usage_percent > 8500/' /etc/prometheus/runner-alerts.yml; systemctl reload prometheus")
    changed = watched.files()
    running = watched.project.start("prove", "--live", "--yes", "--lease", LEASE, "--stop", f"{host.name}:exporter.service", *FILES)
    until(lambda: "holdfast-prove" in watched.jobs() and host.sh("systemctl is-active exporter || :").strip() != "active", "the proof", 240)
    running.send_signal(signal.SIGKILL)
    until(lambda: host.sh(LEFT) == "" and watched.files() == changed, "that the host took it back", LEASE + 60)
    assert host.sh("systemctl is-active exporter").strip() == "active"
    until(lambda: "holdfast-prove" not in watched.jobs(), "that the job is gone")
    until(lambda: not watched.firing(), "that nothing fires any more")
    watched.run("apply", "--yes", "--lock-timeout", "60s", timeout=300)
    nothing_is_left(watched)
