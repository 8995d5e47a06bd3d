"""Debian's own Prometheus and Alertmanager on a lab host."""

import json
import subprocess
import time
import urllib.parse

from lab import ROOT

FILES = ("-i", "hosts.yaml", "site.yaml")

# What Debian's packages put on a host, without what they show in a browser.
PACKAGED = """\
usr/bin/prometheus usr/bin/promtool usr/bin/prometheus-alertmanager usr/bin/amtool etc/default/prometheus
etc/default/prometheus-alertmanager etc/prometheus/prometheus.yml lib/systemd/system/prometheus.service
lib/systemd/system/prometheus-alertmanager.service usr/share/prometheus/alertmanager/default.tmpl
usr/share/prometheus/alertmanager/email.tmpl""".split()

INSTALL = """\
tar -C / -xf - --keep-directory-symlink
useradd -r -s /usr/sbin/nologin -d /var/lib/prometheus prometheus
for d in . metrics2 alertmanager; do install -d -o prometheus -g prometheus /var/lib/prometheus/$d; done
"""

# An exporter that says what /run/status and /run/metrics hold, and a receiver that notes what it is told.
SERVERS = """\
sed -i 's/: *15s #/: 1s #/; s/interval: 5s/interval: 1s/; s/timeout: 5s/timeout: 1s/' /etc/prometheus/prometheus.yml
cat >/etc/prometheus/alertmanager.yml <<'END'
# Who is told.
global:
  smtp_auth_password: '$HUNTER2'   # nobody's business
route:
  receiver: nobody
  group_interval: 1s
  # In this order.
  routes:
  - matchers: [team="a"]
    receiver: nobody
receivers:
- name: nobody
- name: oncall-sre
  webhook_configs:
  - url: http://127.0.0.1:9300/told
    send_resolved: true
END
cat >/usr/local/bin/servers <<'END'
import http.server, threading
class Exporter(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = ('runner_status{hostname="h"} %s\\nrunner_cpu_usage_percent{hostname="h"} 5\\n' % open("/run/status").read().strip() + open("/run/metrics").read()).encode()
        self.send_response(200); self.send_header("Content-Type", "text/plain; version=0.0.4"); self.end_headers(); self.wfile.write(body)
    def log_message(self, *a): pass
class Receiver(Exporter):
    def do_POST(self):
        with open("/run/told", "ab") as told:
            told.write(self.rfile.read(int(self.headers["Content-Length"])) + b"\\n")
        self.send_response(200); self.end_headers()
threading.Thread(target=http.server.ThreadingHTTPServer(("127.0.0.1", 9300), Receiver).serve_forever).start()
http.server.ThreadingHTTPServer(("127.0.0.1", 9101), Exporter).serve_forever()
END
printf '[Service]\\nExecStart=/usr/bin/python3 /usr/local/bin/servers\\n' >/etc/systemd/system/servers.service
echo 1 >/run/status
: >/run/metrics
echo 'ARGS="--cluster.listen-address="' >/etc/default/prometheus-alertmanager
systemctl daemon-reload
systemctl start servers prometheus prometheus-alertmanager
for k in $(seq 240); do
  curl -fs http://127.0.0.1:9090/-/ready >/dev/null && curl -fs http://127.0.0.1:9093/-/ready >/dev/null && exit
  sleep 0.25
done
systemctl status prometheus prometheus-alertmanager; exit 1
"""


class Monitoring:
    """The host, its servers and a project that is about it."""

    def __init__(self, host, project):
        self.host, self.project = host, project

    def run(self, command, *args, **more):
        return self.project.run(command, *FILES, *args, **more)

    def apply(self, resources=None, expect=0):
        if resources is not None:
            self.project.manifest(resources)
        return self.run("apply", "--yes", expect=expect, timeout=300)

    def ask(self, path, port=9090):
        return json.loads(self.host.sh(f"curl -sS --max-time 30 'http://127.0.0.1:{port}{path}'"))["data"]

    def files(self):
        """All of /etc/prometheus, byte by byte, with owners and modes."""
        return self.host.sh("cd /etc/prometheus && find . -exec stat -c '%n %U %G %a %F' {} + | sort && find . -type f | sort | xargs tail -n +1")

    def loaded(self):
        """The names of the rules of the running server."""
        return [rule["name"] for group in self.ask("/api/v1/rules")["groups"] for rule in group["rules"]]

    def jobs(self):
        return {target["scrapePool"] for target in self.ask("/api/v1/targets")["activeTargets"]}

    def query(self, text):
        """What the running server answers: [(labels, value)]."""
        found = self.ask("/api/v1/query?" + urllib.parse.urlencode({"query": text}))
        return [(one["metric"], float(one["value"][1])) for one in found["result"]]

    def firing(self):
        """The names of the alerts that fire."""
        return {alert["labels"]["alertname"] for alert in self.ask("/api/v1/alerts")["alerts"] if alert["state"] == "firing"}


def until(seen, what, seconds=60):
    """The seconds that it took."""
    began = time.monotonic()
    while not seen():
        assert time.monotonic() - began < seconds, f"never seen: {what}"
        time.sleep(0.2)
    return time.monotonic() - began


def install_monitoring(host, project):
    """Both servers on a host, running, with a receiver `oncall-sre` that notes what it is told in /run/told."""
    packed = subprocess.run(["tar", "-C", "/", "-cf", "-", *PACKAGED], check=True, capture_output=True).stdout
    subprocess.run([ROOT / "tests/lab/lab", "console", host.name, "/bin/sh", "-ec", INSTALL], input=packed, env=project.lab.env, check=True,
                   capture_output=True, timeout=120)
    host.sh(SERVERS.replace("$HUNTER2", project.canary), timeout=120)
    return Monitoring(host, project)
