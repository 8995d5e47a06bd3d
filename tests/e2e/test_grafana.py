"""Dashboards on a host's Grafana: from files and by its API, edited by others, failing at each step, taken back."""

import shutil
import time

import pytest
from lab import ROOT, difference
from stand_in import HostGrafana

FILES = ("-i", "hosts.yaml", "site.yaml")
UID = "github-runner-health"
SERVER = "    server: http://127.0.0.1:3000\n    through: ssh\n    token: !env HOLDFAST_TEST_SECRET\n"
BY_API = f"""\
  - file: /etc/beside
    content: new
  - grafana_folder: runners
    title: Runners
{SERVER}\
  - grafana_datasource: Prometheus
    uid: prometheus
    type: prometheus
    url: http://localhost:9090
    json: {{httpMethod: POST}}
    secrets: {{httpHeaderValue1: !env HOLDFAST_TEST_SECRET}}
{SERVER}\
  - grafana_dashboard: {UID}
    source: manifests/files/{UID}.json
    provision: api
    folder: runners
{SERVER}"""


@pytest.fixture
def grafana(host, project):
    made = HostGrafana(host)
    made.tell("token", value=project.canary)
    return made


@pytest.fixture
def site(host, project):
    shutil.copytree(ROOT / "manifests", project.folder / "manifests")
    project.inventory([host])
    project.write("holdfast.yaml", "environments:\n  lab: {inventory: hosts.yaml, manifests: [site.yaml]}\n")
    project.manifest("  - directory: /etc/known\n")
    project.run("apply", "--yes", *FILES)  # the first run leaves the boot unit
    return project


def eventually(what):
    deadline = time.monotonic() + 120
    while not what():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def test_from_a_file(host, grafana, site):
    before = host.snapshot()
    site.manifest("  - use: manifests/runner-dashboard.yaml\n")
    site.run("apply", "--yes", *FILES)
    eventually(lambda: grafana.dashboard(UID)[0])
    model, meta = grafana.dashboard(UID)
    assert meta["provisioned"] and meta["folderTitle"] == "Runners" and len(model["panels"]) == 7
    assert "Nothing to change" in site.run("plan", *FILES).out
    # A dashboard that changes restarts nothing; Grafana sees it by itself.
    life = host.sh("systemctl show -p InvocationID grafana-server")
    text = (ROOT / f"manifests/files/{UID}.json").read_text()
    site.write(f"manifests/files/{UID}.json", text.replace('"CPU Usage"', '"CPU"'))
    assert '"title": "CPU"' in site.run("plan", *FILES).out
    site.run("apply", "--yes", *FILES)
    eventually(lambda: any(panel["title"] == "CPU" for panel in grafana.dashboard(UID)[0]["panels"]))
    assert host.sh("systemctl show -p InvocationID grafana-server") == life
    host.sh(f"sed -i s/now-6h/now-1h/ /var/lib/grafana/dashboards/{UID}.json")
    assert "now-1h" in site.run("drift", *FILES, expect=2).out
    host.sh(f"sed -i s/now-1h/now-6h/ /var/lib/grafana/dashboards/{UID}.json")
    for _ in range(2):
        site.run("rollback", "--last", "-e", "lab")
    grafana.wait()  # it was restarted on its provider, so it is now
    eventually(lambda: grafana.dashboard(UID)[0] is None)
    assert difference(before, host.snapshot()) == []


def test_by_the_api(host, grafana, site):
    site.manifest(BY_API)
    planned = site.run("plan", *FILES).out
    assert "title: GitHub Runner Health Dashboard" in planned and "more: -vv shows them" in planned and "grafana_folder runners" in planned
    site.run("apply", "--yes", *FILES)
    model, meta = grafana.dashboard(UID)
    assert meta["folderUid"] == "runners" and len(model["panels"]) == 7
    again = site.run("plan", *FILES)
    assert "Nothing to change" in again.out, again
    assert "No drift" in site.run("drift", *FILES).out
    # Somebody in a browser: a query, and a panel more.
    grafana.tell("edit", uid=UID, at=["panels", 1, "targets", 0, "expr"], to="up")
    grafana.tell("edit", uid=UID, at=["panels", 7], to={"type": "text", "title": "Note"})
    drifted = site.run("drift", *FILES, expect=2).out.replace("→", "->")
    assert "panel 'CPU Usage': targets[0].expr: up -> runner_cpu_usage_percent" in drifted and "panel 'Note'" in drifted
    site.run("apply", "--yes", *FILES)
    assert "Nothing to change" in site.run("plan", *FILES).out
    site.run("rollback", "--last", "-e", "lab")
    # Its history there tells who: the applies, what was done in the browser, and the way back.
    messages = [version["message"] for version in reversed(grafana.ask("GET", f"/api/dashboards/uid/{UID}/versions")["versions"])]
    ours = {message for message in messages if message.startswith("holdfast: ")}
    assert len(ours) == 3 and all(f"{host.name}, run 20" in message for message in ours), messages
    model = grafana.dashboard(UID)[0]
    assert model["panels"][1]["targets"][0]["expr"] == "up" and model["panels"][7]["title"] == "Note"
    # A changed secret is told by the record alone.
    site.manifest(BY_API.replace("httpHeaderValue1: !env HOLDFAST_TEST_SECRET", "httpHeaderValue1: !env OTHER"))
    assert "httpHeaderValue1" in site.run("plan", *FILES, env={"OTHER": "another"}).out
    assert site.canary not in host.sh("grep -r . /var/lib/holdfast /etc /run/holdfast 2>/dev/null; journalctl -o cat; ps axeww")


def test_all_new_or_all_old(host, grafana, site):
    before = host.snapshot()
    site.manifest(BY_API)
    for fault in ({"what": "status", "status": 422}, {"what": "status", "status": 500, "times": 9}):
        grafana.tell("fault", verb="POST", path="/api/dashboards/db", **fault)
        ended = site.run("apply", "--yes", *FILES, expect=7)
        grafana.tell("clear-faults")
        assert "/api/dashboards/db" in ended.out + ended.err
        assert grafana.tell("snapshot") == {"dashboards": {}, "folders": {}, "sources": {}}
        assert difference(before, host.snapshot()) == []
    # An answer that is lost is read back.
    grafana.tell("fault", verb="POST", path="/api/dashboards/db", what="status", status=500, after=True)
    grafana.tell("fault", verb="POST", path="/api/datasources", what="close", after=True)
    site.run("apply", "--yes", *FILES)
    assert "Nothing to change" in site.run("plan", *FILES).out


def test_what_is_refused(host, grafana, site):
    good = (ROOT / f"manifests/files/{UID}.json").read_text()
    by_file = f"  - grafana_dashboard: {UID}\n    source: bad.json\n"
    cases = {
        "HF7161": (good.replace('"title": "CPU Usage",', '"title": "CPU Usage"'), by_file, "bad.json:"),
        "HF7162": (good.replace('"id": 3,', '"id": 2,', 1), by_file, "panel 'Memory Usage' has the id 2"),
        "HF7160": (good, by_file + "    folder: x\n", "provision: api"),
        "HF": (good, by_file + by_file.replace("bad.json", "bad.json\n    provision: api") + SERVER, UID),
    }
    for code, (text, resources, word) in cases.items():
        site.write("bad.json", text)
        site.manifest(resources)
        said = site.run("validate", *FILES, expect=1)
        assert code in said.out + said.err and word in said.out + said.err, said
    # A folder that nobody makes, a credential that won't do, a server that isn't there.
    site.write("bad.json", good)
    api = by_file + "    provision: api\n    folder: nowhere\n" + SERVER
    site.manifest(api)
    assert "grafana-folder nowhere" in str(site.run("plan", *FILES, expect=None))
    site.manifest(api.replace("!env HOLDFAST_TEST_SECRET", "!env WRONG"))
    assert "Invalid API key" in str(site.run("plan", *FILES, env={"WRONG": "glsa_x"}, expect=None))
    site.manifest(api.replace(":3000", ":3001").replace("through: ssh", "through: direct"))
    assert "127.0.0.1:3001" in str(site.run("plan", *FILES, expect=None))
