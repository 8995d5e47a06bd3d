"""A GitHub for lab hosts, archives of a runner that works with it, and a Grafana on a host (tests/fakes)."""

import base64
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

FAKES = Path(__file__).resolve().parents[1] / "fakes"
sys.path.insert(0, str(FAKES))
from github.server import Github  # noqa: E402


def github_for(lab):
    """To be entered: a GitHub that the hosts of a lab reach; the lab must have a host."""
    return Github(lab.variables["HOLDFAST_LAB_GATEWAY"])


def runner_archive(version, folder, *, server=None):
    """(path, SHA-256) of the stand-in runner. @param server: where it turns instead of to the address it is configured with."""
    more = ["--server", server] if server else []
    done = subprocess.run([FAKES / "runner/build", *more, version, folder], capture_output=True, text=True, check=True)
    path, digest = done.stdout.split()
    return Path(path), digest


GRAFANA_UNIT = """\
[Unit]
Description=A stand-in for Grafana
[Service]
Type=simple
ExecStart=/opt/stand-in/fake-grafana --address 0.0.0.0 --interval 0.1
"""


class HostGrafana:
    """A Grafana on a lab host, as grafana-server.service, on port 3000."""

    def __init__(self, host):
        self.host, self.url = host, f"http://{host.address}:3000"
        files = subprocess.run(
            ["tar", "-C", FAKES, "-c", "--exclude=__pycache__", "grafana", "github/__init__.py", "github/faults.py", "fake-grafana",
             "-C", str(Path(yaml.__file__).parents[1]), "yaml"], capture_output=True, check=True).stdout
        host.write("/run/stand-in", base64.b64encode(files).decode())
        host.sh("mkdir -p /opt/stand-in /etc/grafana/provisioning/dashboards /var/lib/grafana"
                "; base64 -d </run/stand-in | tar -x -C /opt/stand-in; rm /run/stand-in")
        host.write("/etc/systemd/system/grafana-server.service", GRAFANA_UNIT)
        host.sh("systemctl daemon-reload; systemctl start grafana-server")
        self.wait()

    def wait(self):
        deadline = time.monotonic() + 120
        while True:
            try:
                return self.ask("GET", "/api/health")
            except OSError:
                assert time.monotonic() < deadline, "it did not start"
                time.sleep(0.1)

    def ask(self, verb, path, body=None):
        """Its answer as administrator; None where it refuses."""
        request = urllib.request.Request(self.url + path, method=verb, data=None if body is None else json.dumps(body).encode())
        request.add_header("Authorization", "Basic " + base64.b64encode(b"admin:admin").decode())
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError:
            return None

    def tell(self, said_to, /, **body):
        answer = self.ask("POST", f"/_control/{said_to}", body)
        assert answer is not None, said_to
        return answer

    def dashboard(self, uid):
        """(model, meta); (None, None) where there is none."""
        found = self.ask("GET", f"/api/dashboards/uid/{uid}")
        return (found["dashboard"], found["meta"]) if found else (None, None)
