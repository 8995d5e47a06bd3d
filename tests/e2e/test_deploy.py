"""An application is deployed to two hosts, primary first, and every way in which that comes to grief ends at the release before."""

import base64
import hashlib
import io
import json
import shutil
import signal
import tarfile
import time
from types import SimpleNamespace

import pytest
from lab import ROOT, Project

APP = "/opt/paws360"
STATE = "/var/lib/paws360-production-state.json"
APPLY = ("apply", "--yes", "-i", "hosts.yaml", "manifests/app-deploy.yaml")

# What a person would ask after a deployment, in one go.
LOOK = f"""\
cat {STATE}
echo
for part in backend:8080 frontend:3000; do
  cat {APP}/${{part%:*}}/current/version.txt
  curl -fsS http://127.0.0.1:${{part#*:}}/health && echo
  curl -fsS http://127.0.0.1:${{part#*:}}/version && echo
done
find / -xdev ! -path '/proc/*' \\( -name '.hf-*' -o -name '*.tmp' -o -name '.deploy-*' \\) 2>/dev/null
ls /var/lib/holdfast/armed 2>/dev/null; :
"""


def archive(component, version, broken):
    """What a build would leave: one folder with the program in it."""
    out = io.BytesIO()
    files = {"app.py": (ROOT / "manifests/files/app/app.py").read_bytes(), "version.txt": f"{version}\n".encode()}
    if broken:
        files["broken"] = b""
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"{component}-{version}/{name}")
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


# By version: which of its components is not well.
RELEASES = {"1.0.0": "", "1.1.0": "", "1.2.0": "backend", "1.3.0": "frontend", "1.4.0": ""}


class Production:
    """Two hosts with the releases at hand, and a project that deploys them."""

    def __init__(self, lab, hosts, folder):
        self.hosts, self.project = hosts, Project(folder, lab)
        self.primary, self.secondary = hosts
        shutil.copytree(ROOT / "manifests", folder / "manifests")
        self.project.inventory(hosts, groups={"app_primary": [hosts[0]], "app_secondary": [hosts[1]]})
        packed = {(component, version): archive(component, version, broken == component)
                  for version, broken in RELEASES.items() for component in ("backend", "frontend")}
        self.digests = {key: hashlib.sha256(data).hexdigest() for key, data in packed.items()}
        lines = ["mkdir -p /srv/artifacts; cd /srv/artifacts"]
        for (component, version), data in packed.items():
            lines.append(f"base64 -d >{component}-{version}.tar.gz <<'END'\n{base64.encodebytes(data).decode()}END")
        lines.append("systemd-run -q -u artifacts python3 -m http.server 8000 --bind 127.0.0.1 -d /srv/artifacts")
        for host in hosts:
            host.write("/run/artifacts.sh", "\n".join(lines))
            host.sh("sh /run/artifacts.sh")

    def settings(self, version, patience):
        given = {"version": version, "artifacts": "http://127.0.0.1:8000", "deployed_by": "ann", "patience": patience,
                 "backend_sha256": self.digests["backend", version], "frontend_sha256": self.digests["frontend", version]}
        return [word for name, value in given.items() for word in ("--set", f"{name}={value}")]

    def deploy(self, version, expect=0, patience="20s"):
        return self.project.run(*APPLY, *self.settings(version, patience), expect=expect)

    def start(self, version, *options):
        """A deployment that waits for a release that will not be well."""
        return self.project.start(*APPLY, *options, *self.settings(version, "100s"))

    @staticmethod
    def look(host):
        """What is deployed there: seen on the host, not by what holdfast says."""
        lines = host.sh(LOOK).splitlines()
        at = lines.index("}") + 1
        state = json.loads("\n".join(lines[:at]))
        rest = [line for line in lines[at:] if line]
        return SimpleNamespace(state=state, seen=rest[:6], left=rest[6:])

    def must_be(self, version, what, hosts=None):
        said = [version, '{"status": "UP"}', f'{{"version": "{version}"}}'] * 2
        for host in hosts or self.hosts:
            deadline = time.monotonic() + 30
            # A service that was started again takes a moment to listen.
            while (found := self.look(host)).seen != said and time.monotonic() < deadline:
                time.sleep(0.2)
            assert found.seen == said, f"{what}, {host.name}: {found}"
            assert found.state["current_version"] == version, f"{what}, {host.name}: {found}"
            assert found.left == [], f"{what}, {host.name}: {found.left}"
        print(f"{what}: {version} on {', '.join(h.name for h in hosts or self.hosts)}, UP, nothing left over")

    def wait_for(self, host, release):
        """Until the link of the backend there leads to the release: the deployment is in the middle."""
        deadline = time.monotonic() + 60
        while f"/{release}" not in host.sh(f"readlink {APP}/backend/current; :"):
            assert time.monotonic() < deadline, f"{release} never came to {host.name}"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def production(lab, tmp_path_factory):
    hosts = lab.take(2)
    made = Production(lab, hosts, tmp_path_factory.mktemp("production"))
    made.deploy("1.0.0")
    made.deploy("1.1.0")
    yield made
    lab.give_back(hosts)


def test_a_release_comes_to_the_primary_first(production):
    production.must_be("1.1.0", "two deployments")
    first, second = (production.look(host).state for host in production.hosts)
    for state in (first, second):
        assert state["previous_version"] == "1.0.0" and state["deployed_by"] == "ann", state
        assert state["deploy_start"] <= state["last_deploy_timestamp"], state
    written = [float(host.sh(f"stat -c %.9Y {STATE}; stat -c %.9Y {APP}/backend/releases/1.1.0/.holdfast-archive").split()[i])
               for i, host in enumerate(production.hosts)]
    assert written[0] < written[1], f"the secondary got its archive at {written[1]}, before the primary was done at {written[0]}"
    assert "Nothing to change" in production.deploy("1.1.0").out
    assert production.primary.sh(f"ls {APP}/backend/releases") == "1.0.0\n1.1.0\n"


def test_the_gate_tells_whether_its_hosts_are_well(production):
    verify = ("verify", "-i", "hosts.yaml", "manifests/app-gate.yaml", "--json")
    told = production.project.run(*verify).json()
    assert (told["passed"], told["failed"]) == (12, 0), told
    production.secondary.sh("systemctl stop paws360-frontend")
    told = production.project.run(*verify, "--tags", "after", "--set", "patience=0s", expect=1).json()
    production.secondary.sh("systemctl start paws360-frontend; until curl -fsS -o /dev/null http://127.0.0.1:3000/health; do sleep 0.1; done")
    wrong = [(check["host"], check["address"]) for check in told["checks"] if not check["passed"]]
    assert wrong == [(production.secondary.name, f"check {what}") for what in ("paws360-frontend.service is active", "the frontend has /health")], told
    assert all("rollback --last" in check["hint"] for check in told["checks"] if not check["passed"])


def test_a_controller_that_dies_leaves_the_release_before(production):
    run = production.start("1.2.0", "--lease", "8")
    production.wait_for(production.primary, "1.2.0")
    run.send_signal(signal.SIGKILL)
    run.wait()
    deadline = time.monotonic() + 60
    while "1.2.0" in production.primary.sh(f"readlink {APP}/backend/current; ls -d /var/lib/holdfast/armed 2>&1 | grep -v No; :") or \
            production.primary.sh("ls -d /var/lib/holdfast/armed 2>/dev/null; :"):
        assert time.monotonic() < deadline, "the host never went back"
        time.sleep(0.2)
    production.must_be("1.1.0", "3.1 kill -9 of the controller in the middle")


def test_a_release_that_is_not_well_goes_back_by_itself(production):
    production.deploy("1.2.0", expect=7, patience="1s")
    production.must_be("1.1.0", "3.2 the backend is DOWN after it was installed")


def test_a_second_component_that_fails_takes_the_first_one_back(production):
    production.deploy("1.3.0", expect=7, patience="1s")
    production.must_be("1.1.0", "3.3 the frontend fails, after the backend was well")
    assert production.primary.sh(f"ls {APP}/backend/releases") == "1.0.0\n1.1.0\n"


def test_a_secondary_that_fails_takes_the_primary_back(production):
    # The release before must start there: what the run takes back starts it again.
    production.secondary.sh("mkdir -p /etc/systemd/system/paws360-frontend.service.d; cd /etc/systemd/system/paws360-frontend.service.d; "
                            f"printf '[Service]\\nExecStartPre=grep -q 1.1.0 {APP}/frontend/current/version.txt\\n' >broken.conf; systemctl daemon-reload")
    production.deploy("1.4.0", expect=7, patience="2s")
    production.secondary.sh("rm -r /etc/systemd/system/paws360-frontend.service.d; systemctl daemon-reload")
    production.must_be("1.1.0", "a secondary that fails")


def test_one_deployment_at_a_time_and_a_cancelled_one_leaves_production_well(production):
    run = production.start("1.2.0")
    production.wait_for(production.primary, "1.2.0")
    second = production.deploy("1.4.0", expect=5)
    print("two dispatches: the second one ends with 5:", next(line for line in (second.out + second.err).splitlines() if "run" in line))
    run.send_signal(signal.SIGTERM)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130, out + err
    production.must_be("1.1.0", "cancelled in the middle")


def test_a_primary_that_is_down_holds_the_secondary_back(production):
    production.primary.cut()
    try:
        production.project.run(*APPLY, "--connect-timeout", "2", *production.settings("1.4.0", "20s"), expect=3)
    finally:
        production.primary.heal()
    production.must_be("1.1.0", "the primary is down", [production.secondary])


def test_a_retry_comes_to_the_release_that_was_wanted(production):
    production.deploy("1.3.0", expect=7, patience="1s")
    production.deploy("1.4.0")
    production.must_be("1.4.0", "3.4 failed, taken back, tried again")
    assert production.look(production.primary).state["previous_version"] == "1.1.0"
