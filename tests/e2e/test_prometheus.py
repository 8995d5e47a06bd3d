"""Debian's own Prometheus and Alertmanager on a host: a scrape job, rules and a route put there, proved, and taken back."""

import json
import re

import pytest
from lab import ROOT, Project
from monitoring import install_monitoring, until

ALL = """\
  - use: runner-monitoring
    with:
      targets:
        - address: 127.0.0.1:9101
          labels: {environment: staging, runner_name: blue, runner_role: primary, authorized_for_prod: "true"}
      interval: 1s
      timeout: 1s
      evaluation: 1s
      offline_primary: 1s
      group_wait: 0s
      wait: 60s
  - check: the runner is online
    prometheus: {query: 'runner_status{job="github-runner-health"}', is: == 1, for: 1s}
    retry: {for: 60s}
    requires: [prometheus_scrape github-runner-health]
"""

# What comes into prometheus.yml, in the order of the file.
OURS = """\
  - /etc/prometheus/runner-alerts.yml
  # holdfast: prometheus_scrape github-runner-health
  - job_name: github-runner-health
    scrape_interval: 1s
    scrape_timeout: 1s
    metrics_path: /metrics
    scheme: http
    honor_labels: true
    file_sd_configs:
      - files:
          - /etc/prometheus/file_sd/github-runner-health.yml"""

@pytest.fixture(scope="module")
def monitoring(lab, tmp_path_factory):
    [host] = lab.take(1)
    project = Project(tmp_path_factory.mktemp("monitoring"), lab)
    found = install_monitoring(host, project)
    (project.folder / "runner-monitoring.yaml").write_text((ROOT / "manifests/runner-monitoring.yaml").read_text())
    project.inventory([host])
    found.bare, found.original = found.files(), host.read("/etc/prometheus/prometheus.yml")
    yield found
    lab.give_back([host])


@pytest.fixture(scope="module")
def applied(monitoring):
    """All of it is there."""
    monitoring.apply(ALL)
    return monitoring


def test_one_apply_puts_all_of_it_there_and_a_second_plan_is_empty(applied):
    targets = [t for t in applied.ask("/api/v1/targets")["activeTargets"] if t["scrapePool"] == "github-runner-health"]
    assert [t["health"] for t in targets] == ["up"]
    assert targets[0]["labels"]["runner_name"] == "blue"
    rules = {rule["name"]: rule for group in applied.ask("/api/v1/rules")["groups"] for rule in group["rules"]}
    assert set(rules) == {"GitHubRunnerOffline", "GitHubRunnerHighCPU", "GitHubRunnerHighMemory", "GitHubRunnerHighDisk",
                          "GitHubRunnerCredentialExpiring"}
    assert {rule["health"] for rule in rules.values()} == {"ok"}
    assert rules["GitHubRunnerHighDisk"]["duration"] == 900
    assert rules["GitHubRunnerHighCPU"]["annotations"]["summary"].startswith("CPU of {{ $labels.hostname }}")
    before = applied.files()
    applied.run("plan", "--detailed-exitcode")
    applied.apply()
    assert applied.files() == before


def test_only_our_lines_come_into_files_that_others_write(applied):
    host = applied.host
    prometheus = host.read("/etc/prometheus/prometheus.yml")
    rest, ours = iter(prometheus.splitlines()), []
    for line in applied.original.splitlines():
        for other in rest:
            if other == line:
                break
            ours.append(other)
        else:
            pytest.fail(f"it has lost {line!r}")
    assert "\n".join(ours) == OURS, prometheus
    alertmanager = host.read("/etc/prometheus/alertmanager.yml")
    assert "  routes:\n  # holdfast: alertmanager_route github-runners\n  - receiver: oncall-sre\n" in alertmanager
    assert alertmanager.index("receiver: oncall-sre") < alertmanager.index('team="a"')
    assert "# nobody's business" in alertmanager


def test_an_alert_fires_and_reaches_the_receiver_and_resolves(applied):
    host = applied.host
    host.sh("rm -f /run/told; echo 0 >/run/status")
    until(lambda: "firing" in host.sh("cat /run/told 2>/dev/null || :"), "the alert at the receiver")
    told = json.loads(host.sh("head -n 1 /run/told"))
    assert told["receiver"] == "oncall-sre"
    assert told["alerts"][0]["labels"]["alertname"] == "GitHubRunnerOffline"
    assert told["alerts"][0]["annotations"]["summary"] == "Runner blue (staging) is offline"
    failed = applied.run("verify", expect=1)
    assert "'runner_status{job=\"github-runner-health\"}' gives runner_status{" in failed.out, str(failed)
    assert "0.0, not == 1" in failed.out, str(failed)
    host.sh("echo 1 >/run/status")
    until(lambda: '"status":"resolved"' in host.sh("cat /run/told"), "that it is resolved, at the receiver")
    applied.run("verify")


def test_rollback_leaves_the_host_as_it_was(applied):
    applied.project.run("rollback", "--last", "-i", "hosts.yaml", timeout=300)
    assert applied.files() == applied.bare
    until(lambda: "github-runner-health" not in applied.jobs() and applied.loaded() == [], "the old configuration, loaded")
    applied.apply()


def test_what_somebody_edits_is_drift_of_just_that(applied):
    host = applied.host
    host.sh("""cd /etc/prometheus
sed -i 's/honor_labels: true/honor_labels: false/' prometheus.yml
sed -i 's/runner_name: blue/runner_name: red/' file_sd/github-runner-health.yml
sed -i 's/> 90/> 99/' runner-alerts.yml
sed -i 's/receiver: oncall-sre$/receiver: nobody/' alertmanager.yml
echo '# somebody was here' >>prometheus.yml""")
    drift = applied.run("drift", expect=2)
    for said in ('"honor_labels":false', "red", "> 99", '"receiver":"nobody"'):
        assert said in drift.out, str(drift)
    applied.apply()
    assert "# somebody was here" in host.read("/etc/prometheus/prometheus.yml")
    assert applied.run("drift").code == 0
    host.sh("sed -i '/# somebody was here/d' /etc/prometheus/prometheus.yml")
    assert "GitHubRunnerHighCPU" in applied.loaded()


def test_a_target_that_is_not_up_takes_the_run_back(applied):
    before = applied.files()
    down = ALL.replace("127.0.0.1:9101\n", "127.0.0.1:9\n").replace("wait: 60s", "wait: 3s")
    failed = applied.apply(down, expect=7)
    # Its file may not have been seen yet, or its first scrape failed.
    assert re.search(r"job 'github-runner-health'.* 127\.0\.0\.1:9[ ,].*HF6006", failed.out + failed.err), str(failed)
    assert applied.files() == before
    until(lambda: [t["scrapeUrl"] for t in applied.ask("/api/v1/targets")["activeTargets"]
                   if t["scrapePool"] == "github-runner-health"] == ["http://127.0.0.1:9101/metrics"], "the old target")


def test_what_prometheus_refuses_never_goes_live(applied):
    before = applied.files()
    bad = ALL + "  - prometheus_scrape: bad\n    targets: []\n    settings: {no_such_key: 1}\n"
    failed = applied.apply(bad, expect=7)
    assert "no_such_key" in failed.out + failed.err, str(failed)
    assert applied.files() == before
    assert applied.ask("/api/v1/status/runtimeinfo")["reloadConfigSuccess"] is True


def test_a_broken_rule_is_said_before_any_host_is_asked(applied):
    applied.project.manifest(ALL + """\
  - prometheus_rules: broken
    groups:
      - name: g
        rules:
          - alert: A
            expr: sum(up
""")
    said = applied.run("validate", expect=1)
    assert re.search(r"site\.yaml:\d+:\d+: error: .*'A'", said.err + said.out), str(said)
    assert "expr: sum(up" in said.err + said.out
    applied.project.manifest(ALL + "  - alertmanager_route: nowhere\n    receiver: nobody-there\n    matchers: [a=b]\n")
    refused = applied.run("plan", expect=None)
    assert "no receiver 'nobody-there'" in refused.out + refused.err, str(refused)


def test_a_removal_leaves_the_rest_and_the_server_forgets_it(applied):
    applied.apply(ALL + "  - prometheus_rules: more\n    groups:\n      - {name: m, rules: [{record: a:b, expr: vector(1)}]}\n")
    assert "a:b" in applied.loaded()
    applied.apply(ALL + "  - prometheus_rules: more\n    ensure: absent\n")
    assert "a:b" not in applied.loaded()
