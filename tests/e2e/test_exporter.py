"""The runner's exporter on hosts: put there by the worked example, beside a stand-in for the runner."""

import json
import re
import time

import pytest
from lab import PROGRAM, ROOT, difference, run

UNIT = "actions.runner.o-r.h.service"
STAND_IN = (ROOT / "tests/support/stand_in_runner.sh").read_text()
BINARY = "/opt/runner-exporter/holdfast-runner-exporter"

# Run on the host itself: no client is bounded by the network there.
FLOOD = """
import json, socket, urllib.request
def connect(): return socket.create_connection(("127.0.0.1", 9101), timeout=30)
def health(): return urllib.request.urlopen("http://127.0.0.1:9101/health", timeout=30).read().decode()
half = []
for k in range(200):
    half.append(connect())
    half[-1].sendall(b"GET /metrics HT" if k % 2 else b"")
said = {"half open": health()}
slow = []
for k in range(200):
    slow.append(connect())
    slow[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    slow[-1].sendall(b"GET /metrics HTTP/1.0\\r\\n\\r\\n")
said["not reading"] = health()
def status(request):
    with connect() as c:
        c.sendall(request)
        c.settimeout(30)
        return c.makefile("rb").readline().decode().strip()
said["garbage"] = status(b"\\x16\\x03\\x01\\x02\\x00nonsense\\r\\n\\r\\n")
said["endless"] = status(b"GET /" + b"a" * 100000)
said["after all"] = health()
print(json.dumps(said))
"""

SCRAPES = """
import json, re, urllib.request
took = []
for k in range(1000):
    text = urllib.request.urlopen("http://127.0.0.1:9101/metrics", timeout=30).read().decode()
    took.append(float(re.search(r"^runner_exporter_scrape_duration_seconds.* (.*)$", text, re.M).group(1)))
took.sort()
print(json.dumps({"least": took[0], "median": took[500], "99 %": took[990]}))
"""


class Runner:
    """The host with the stand-in and the exporter; `prometheus` may ask it, `other` may not."""

    def __init__(self, hosts, home):
        self.host, self.prometheus, self.other = hosts
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
        self.host.sh(STAND_IN)
        self.before = self.host.snapshot()

    def holdfast(self, command, *args, expect=0):
        done = run([PROGRAM, command, "-e", "runners", "--ssh-config", self.host.lab.variables["HOLDFAST_LAB_SSH_CONFIG"],
                    "--limit", self.host.name, *args], cwd=ROOT, env=self.env, timeout=300)
        assert done.code == expect, str(done)
        return done

    def manifests(self, command, *args, expect=0):
        return self.holdfast(command, "--set", f"prometheus_host={self.prometheus.address}",
                             "--set", "runner_credential_expiry=2026-12-31", *args, expect=expect)

    def text(self):
        return self.host.sh("curl -sS --max-time 30 http://127.0.0.1:9101/metrics")

    def scrape(self):
        """Name -> (labels, value); of several samples of one name the last."""
        out = {}
        for line in self.text().splitlines():
            if not line.startswith("#"):
                name, labels, value = re.fullmatch(r"(\w+)\{(.*)\} (\S+)", line).groups()
                out[name] = (dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(value))
        return out

    def until(self, name, value):
        """The scrape in which that metric is so; fails where it doesn't come to be."""
        for _ in range(100):
            seen = self.scrape()
            if seen[name][1] == value:
                return seen
            time.sleep(0.1)
        pytest.fail(f"{name} does not become {value}: {seen[name]}")

    def show(self, unit, what):
        return self.host.sh(f"systemctl show --value -p {what} {unit}").strip()


@pytest.fixture(scope="module")
def runner(lab, tmp_path_factory):
    assert (ROOT / "build/exporter/amd64/holdfast-runner-exporter").exists(), "./dev exporter makes it"
    hosts = lab.take(3)
    made = Runner(hosts, tmp_path_factory.mktemp("home"))
    made.manifests("apply", "--yes")
    yield made
    lab.give_back(hosts)


def test_a_second_plan_is_empty(runner):
    runner.manifests("plan", "--detailed-exitcode")


def test_every_metric_is_there_and_right(runner):
    seen = runner.scrape()
    common = {"hostname": runner.host.name, "environment": "staging"}
    assert seen["runner_status"] == ({**common, "authorized_for_prod": "false", "active_state": "active"}, 1)
    assert seen["runner_busy"] == (common, 0)
    assert seen["runner_version_info"] == ({**common, "runner_name": "h1-runner", "version": "2.329.0"}, 1)
    assert seen["runner_jobs_total"] == (common, 0)
    assert seen["runner_credential_expiry_timestamp_seconds"] == (common, 1798675200)
    total, available = (int(n) * 1024 for n in runner.host.sh(
        "awk '/^MemTotal|^MemAvailable/ {print $2}' /proc/meminfo").split())
    assert seen["runner_memory_total_bytes"] == (common, total)
    assert abs(seen["runner_memory_usage_percent"][1] - 100 * (1 - available / total)) < 10
    assert 0 <= seen["runner_cpu_usage_percent"][1] <= 100
    left, percent = runner.host.sh(
        "df -B1 --output=avail,pcent /opt/actions-runner | tail -n 1").replace("%", "").split()
    assert abs(seen["runner_disk_available_bytes"][1] / int(left) - 1) < 0.1
    assert abs(seen["runner_disk_usage_percent"][1] - int(percent)) < 3
    written = float(runner.host.sh("stat -c %.9Y /opt/actions-runner/_diag/Runner_*.log"))
    assert abs(seen["runner_last_check_in_timestamp_seconds"][1] - written) < 0.001
    collectors = re.findall(r'runner_collector_success\{.*collector="(\w+)"\} (\d)', runner.text())
    assert collectors == [(name, "1") for name in (
        "service", "cpu", "memory", "disk", "check_in", "jobs", "version", "credential")]


def test_the_linter_of_prometheus_has_nothing_to_say(runner):
    done = run(["promtool", "check", "metrics"], stdin=runner.text())
    assert (done.code, done.out, done.err) == (0, "", ""), str(done)


def test_a_new_date_of_the_credential_restarts_nothing(runner):
    main = runner.show("runner-exporter", "MainPID")
    runner.manifests("apply", "--yes", "--set", "runner_credential_expiry=2027-01-31T00:00:00Z")
    assert runner.scrape()["runner_credential_expiry_timestamp_seconds"][1] == 1801353600
    assert runner.show("runner-exporter", "MainPID") == main


def test_a_job_is_seen_and_counted(runner):
    main = runner.show(UNIT, "MainPID")
    runner.host.sh(f"kill -USR1 {main}")
    runner.until("runner_busy", 1)
    assert runner.until("runner_jobs_total", 1)["runner_status"][1] == 1
    runner.host.sh(f"kill -USR2 {main}")
    runner.until("runner_busy", 0)


def test_a_stopped_service_shows_at_the_next_scrape(runner):
    runner.host.sh(f"systemctl stop {UNIT}")
    labels, value = runner.scrape()["runner_status"]
    assert (labels["active_state"], value) == ("inactive", 0)
    runner.host.sh(f"systemctl start {UNIT}")
    assert runner.until("runner_status", 1)["runner_status"][0]["active_state"] == "active"


def test_active_is_not_online(runner):
    runner.host.sh("pkill -x Runner.Listener")
    labels, _ = runner.until("runner_status", 0)["runner_status"]
    assert labels["active_state"] == "active", "its script goes on without the listener"
    runner.host.sh(f"systemctl restart {UNIT}")
    runner.until("runner_status", 1)


def test_only_prometheus_gets_through_the_firewall(runner):
    url = f"http://{runner.host.address}:9101/health"
    assert runner.prometheus.sh(f"curl -sS --max-time 30 {url}") == "OK"
    closed = runner.other.sh(f"curl -sS --max-time 2 {url} || echo closed")
    assert closed == "closed\n"
    rules = re.findall(r"^9101/tcp +ALLOW +(.*?) +#", runner.host.sh("ufw status"), re.M)
    assert rules == [runner.prometheus.address]


def test_the_sandbox_is_tight_and_the_memory_small(runner):
    verdict = runner.host.sh("systemd-analyze security --no-pager runner-exporter.service | tail -n 1")
    score = float(re.search(r"service: ([\d.]+) ", verdict).group(1))
    took = json.loads(runner.host.sh(f"python3 - <<'END'\n{SCRAPES}END", timeout=300))
    kib = int(runner.host.sh(f"awk '/VmHWM/ {{print $2}}' /proc/{runner.show('runner-exporter', 'MainPID')}/status"))
    print(f"exposure {score}; {kib} KiB after 1,000 scrapes; scrape, ms: " +
          ", ".join(f"{name} {value * 1000:.2f}" for name, value in took.items()))
    assert score <= 2.0
    assert kib <= 8192
    assert took["least"] <= 0.002


def test_it_survives_floods_slow_readers_and_garbage(runner):
    main = runner.show("runner-exporter", "MainPID")
    said = json.loads(runner.host.sh(f"python3 - <<'END'\n{FLOOD}END", timeout=300))
    assert said == {"half open": "OK", "not reading": "OK", "garbage": "HTTP/1.1 400 Bad Request",
                    "endless": "HTTP/1.1 431 Request Header Fields Too Large", "after all": "OK"}
    assert runner.show("runner-exporter", "MainPID") == main, "it was not started again"


def test_a_port_that_is_taken_is_named_and_the_host_goes_back(runner):
    said = runner.host.sh(f"{BINARY} --environment e --authorized-for-prod false 2>&1; echo $?")
    assert said == "holdfast-runner-exporter: port 9101 is taken by another program\n1\n"
    runner.host.sh("systemd-run --quiet --unit taken python3 -m http.server 9109; "
                   "until curl -s -o /dev/null http://127.0.0.1:9109/; do sleep 0.1; done")
    runner.manifests("apply", "--yes", "--set", "runner_exporter_port=9109", expect=7)
    assert "port 9109 is taken by another program" in runner.host.sh("journalctl --no-pager -u runner-exporter.service")
    runner.host.sh("systemctl stop taken")
    assert runner.scrape()["runner_status"][1] == 1, "it works as before"


def test_rollback_leaves_nothing(runner):
    first = runner.holdfast("runs", "--json").json()[0]["runs"][0]
    runner.holdfast("rollback", first["id"], "--through")
    left = difference(runner.before, runner.host.snapshot())
    assert [line for line in left if "/opt/actions-runner/_diag/" not in line] == [], "the runner's own logs aside"
