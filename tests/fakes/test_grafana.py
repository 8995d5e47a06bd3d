"""The stand-in for Grafana: what it answers, what it adds by itself, how it provisions files, and how it fails on demand."""

import base64
import copy
import json
import subprocess
import time
import urllib.error

import pytest
from conftest import HERE, Client
from grafana.server import Grafana
from grafana.store import all_panels, as_written_today

MODEL = {
    "uid": "one", "title": "One", "schemaVersion": 27, "tags": ["a"],
    "panels": [
        {"id": 1, "type": "timeseries", "title": "Up", "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0}, "datasource": {"type": "prometheus", "uid": "p"},
         "fieldConfig": {"defaults": {"unit": "percent", "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": None}]}}, "overrides": []},
         "targets": [{"expr": "up", "refId": "A"}]},
        {"id": 2, "type": "row", "collapsed": False, "title": "More", "panels": []},
    ]}


@pytest.fixture
def grafana():
    with Grafana() as made:
        yield made


@pytest.fixture
def ask(grafana):
    return Client(grafana.url, grafana.store.add_token())


def save(ask, model, **more):
    return ask("POST", "/api/dashboards/db", {"dashboard": model, **more})


def held_to_the_types(models):
    done = subprocess.run(["node", str(HERE / "validate-dashboards.mjs")], input=json.dumps(models), capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), f"validate-dashboards.mjs failed; ./dev setup installs what it needs\n{done.stderr}"
    report = json.loads(done.stdout)
    assert report["checked"] == len(models)
    return report["wrong"]


def test_dashboards_keep_to_the_published_types(grafana, ask):
    assert save(ask, MODEL).status == 200
    shown = ask("GET", "/api/dashboards/uid/one").json["dashboard"]
    ours = json.loads((HERE.parents[1] / "manifests/files/github-runner-health.json").read_text())
    assert held_to_the_types([MODEL, shown, ours, as_written_today(copy.deepcopy(ours))]) == []
    bad = []
    for at, value in ((("schemaVersion",), "27"), (("tags",), "a"), (("panels", 0, "gridPos"), {"h": 8}), (("panels", 0, "targets"), {}),
                      (("panels", 0, "fieldConfig", "defaults", "thresholds", "mode"), "relative"), (("panels", 0, "no_such"), 1), (("templating",), {"list": [{}]})):
        model = copy.deepcopy(MODEL)
        place = model
        for step in at[:-1]:
            place = place[step]
        place[at[-1]] = value
        bad.append(model)
    assert {wrong["at"] for wrong in held_to_the_types(bad)} == set(range(len(bad)))


def test_a_version_is_what_a_save_rests_on(ask):
    made = save(ask, MODEL).json
    assert (made["version"], made["uid"], made["status"], made["url"]) == (1, "one", "success", "/d/one/one")
    assert save(ask, {**MODEL, "version": 1, "tags": ["b"]}, message="mine").json["version"] == 2
    late = save(ask, {**MODEL, "version": 1})
    assert (late.status, late.json["status"]) == (412, "version-mismatch")
    assert save(ask, MODEL).status == 412, "none is another version, too"
    assert save(ask, MODEL, overwrite=True).json["version"] == 3
    assert [v["message"] for v in ask("GET", "/api/dashboards/uid/one/versions").json["versions"]] == ["", "mine", ""]
    twin = save(ask, {**MODEL, "uid": "two"})
    assert (twin.status, twin.json["status"]) == (412, "name-exists")
    assert save(ask, {**MODEL, "uid": "x" * 41, "title": "Long"}).status == 400
    assert save(ask, {**MODEL, "uid": "a/b", "title": "Odd"}).status == 400
    assert save(ask, {**MODEL, "title": " "}).json["status"] == "empty-name"
    assert save(ask, {**MODEL, "id": 999, "uid": "", "title": "By id"}).status == 404
    assert ask("POST", "/api/dashboards/db", {"folderUid": "x"}).status == 400
    assert ask("DELETE", "/api/dashboards/uid/one").json["title"] == "One"
    assert ask("GET", "/api/dashboards/uid/one").status == 404


def test_a_save_without_a_folder_moves_it_to_the_root(ask):
    assert ask("POST", "/api/folders", {"uid": "ops", "title": "Ops"}).json["version"] == 1
    assert save(ask, MODEL, folderUid="ops").json["folderUid"] == "ops"
    assert ask("GET", "/api/dashboards/uid/one").json["meta"]["folderTitle"] == "Ops"
    assert len(ask("GET", "/api/search?folderUIDs=ops").json) == 1
    assert save(ask, MODEL, overwrite=True).status == 200
    assert ask("GET", "/api/dashboards/uid/one").json["meta"]["folderUid"] == ""
    assert save(ask, {**MODEL, "uid": "y", "title": "Y"}, folderUid="none").status == 404


def test_folders_have_versions_and_take_what_is_in_them_along(ask):
    ask("POST", "/api/folders", {"uid": "ops", "title": "Ops"})
    assert ask("POST", "/api/folders", {"uid": "ops", "title": "Again"}).status == 409
    assert ask("PUT", "/api/folders/ops", {"title": "Operations", "version": 7}).json["status"] == "version-mismatch"
    assert ask("PUT", "/api/folders/ops", {"title": "Operations", "version": 1}).json["version"] == 2
    assert ask("POST", "/api/folders", {"uid": "sub", "title": "Sub", "parentUid": "ops"}).json["parentUid"] == "ops"
    save(ask, MODEL, folderUid="sub")
    assert [f["uid"] for f in ask("GET", "/api/folders").json] == ["ops", "sub"]
    assert ask("DELETE", "/api/folders/ops").status == 200
    assert ask("GET", "/api/dashboards/uid/one").status == 404
    assert ask("GET", "/api/folders/sub").status == 404


def test_it_adds_what_a_newer_server_and_a_browser_add(grafana, ask):
    given = copy.deepcopy(MODEL)
    del given["panels"][1]["id"]
    save(ask, given)
    shown = ask("GET", "/api/dashboards/uid/one").json["dashboard"]
    assert shown["schemaVersion"] == 42 and shown["annotations"]["list"][0]["builtIn"] == 1 and shown["templating"] == {"list": []}
    assert [panel["id"] for panel in all_panels(shown)] == [1, 2] and shown["panels"][0]["pluginVersion"]
    grafana.migrates = False
    plain = ask("GET", "/api/dashboards/uid/one").json["dashboard"]
    assert plain == {**given, "id": plain["id"], "version": 1}
    grafana.edit("one", lambda model: model["panels"][0]["targets"][0].update(expr="down"))
    edited = ask("GET", "/api/dashboards/uid/one").json
    assert edited["dashboard"]["panels"][0]["targets"][0]["expr"] == "down"
    assert edited["meta"]["version"] == 2 and edited["meta"]["updatedBy"] == "somebody"


def test_secrets_of_data_sources_are_written_only(ask):
    made = {"name": "Prometheus", "uid": "p", "type": "prometheus", "access": "proxy", "url": "http://localhost:9090",
            "jsonData": {"httpMethod": "POST"}, "secureJsonData": {"basicAuthPassword": "hidden"}}
    assert ask("POST", "/api/datasources", made).json["datasource"]["version"] == 1
    assert ask("POST", "/api/datasources", {**made, "uid": "q"}).status == 409
    assert ask("POST", "/api/datasources", {"name": "x"}).status == 400
    for path in ("/api/datasources", "/api/datasources/uid/p", "/api/datasources/name/Prometheus"):
        assert b"hidden" not in ask("GET", path).raw
    shown = ask("GET", "/api/datasources/uid/p").json
    assert shown["secureJsonFields"] == {"basicAuthPassword": True} and shown["readOnly"] is False
    assert ask("PUT", "/api/datasources/uid/p", {**made, "version": 3}).status == 409
    assert ask("PUT", "/api/datasources/uid/p", {**made, "url": "http://x", "version": 1}).json["datasource"]["version"] == 2
    assert ask("GET", "/api/datasources/uid/p/health").json["status"] == "OK"
    assert ask("DELETE", "/api/datasources/uid/p").status == 200
    assert ask("GET", "/api/datasources/name/Prometheus").status == 404


def test_who_may_do_what(grafana, ask):
    basic = {"Authorization": "Basic " + base64.b64encode(b"admin:admin").decode()}
    anyone = Client(grafana.url)
    assert anyone("GET", "/api/health").json["database"] == "ok"
    assert anyone("GET", "/api/folders").status == 401
    assert anyone("GET", "/api/folders", headers=basic).status == 200
    assert anyone("GET", "/api/folders", headers={"Authorization": "Basic x"}).json["message"] == "Invalid username or password"
    assert Client(grafana.url, "glsa_wrong")("GET", "/api/folders").json["message"] == "Invalid API key"
    assert Client(grafana.url, grafana.store.add_token(expires=1))("GET", "/api/folders").json["message"] == "Expired API key"
    viewer, editor = (Client(grafana.url, grafana.store.add_token(role)) for role in ("Viewer", "Editor"))
    assert save(viewer, MODEL).status == 403 and save(editor, MODEL).status == 200
    assert "Permissions needed" in editor("GET", "/api/datasources").json["message"]
    assert ask("GET", "/api/nothing").status == 404 and ask("POST", "/api/folders", raw=b"{").status == 400


def test_faults_come_before_or_after_the_commit(grafana, ask):
    grafana.faults.add("status", verb="POST", status=500)
    assert save(ask, MODEL).status == 500 and not grafana.store.dashboards
    grafana.faults.add("status", verb="POST", status=412)
    assert save(ask, MODEL).json["status"] == "version-mismatch"
    grafana.faults.add("close", verb="POST")
    with pytest.raises(OSError):
        save(ask, MODEL)
    assert not grafana.store.dashboards
    grafana.faults.add("hang", verb="POST", after=True, seconds=20)
    with pytest.raises((TimeoutError, urllib.error.URLError)):
        ask("POST", "/api/dashboards/db", {"dashboard": MODEL}, timeout=0.5)
    assert "one" in grafana.store.dashboards, "the time-out came before the commit"
    grafana.faults.add("garbage")
    assert b"Unicorn" in ask("GET", "/api/dashboards/uid/one").raw
    grafana.faults.add("truncated")
    with pytest.raises(Exception, match="IncompleteRead"):
        ask("GET", "/api/dashboards/uid/one")
    assert ("POST", "/api/dashboards/db", 500) not in grafana.asked("GET")


def eventually(what):
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_files_are_provisioned(tmp_path):
    files, providers = tmp_path / "var/dashboards", tmp_path / "provisioning/dashboards"
    files.mkdir(parents=True), providers.mkdir(parents=True)
    with Grafana(provisioning=tmp_path / "provisioning", root=tmp_path, interval=0.02) as grafana:
        ask, store = Client(grafana.url, grafana.store.add_token()), grafana.store
        (providers / "own.yaml").write_text("apiVersion: 1\nproviders:\n  - {name: own, type: file, folder: Ops, folderUid: ops, options: {path: /var/dashboards}}\n")
        (files / "one.json").write_text(json.dumps(MODEL))
        time.sleep(0.2)
        assert not store.dashboards, "providers are read when it starts"
        assert ask("POST", "/api/admin/provisioning/dashboards/reload").status == 200
        eventually(lambda: "one" in store.dashboards)
        assert store.dashboards["one"].folder == "ops" and ask("GET", "/api/dashboards/uid/one").json["meta"]["provisioned"] is True
        assert save(ask, MODEL, overwrite=True).json["message"] == "Cannot save provisioned dashboard"
        assert ask("DELETE", "/api/dashboards/uid/one").status == 400
        (files / "one.json").write_text(json.dumps({**MODEL, "title": "Another"}))
        eventually(lambda: store.dashboards["one"].model["title"] == "Another")
        (files / "bad.json").write_text("{")
        eventually(lambda: any("bad.json" in one for one in grafana.provisioning.complaints))
        (files / "one.json").unlink()
        eventually(lambda: "one" not in store.dashboards)
        (providers / "own.yaml").write_text("apiVersion: 1\nproviders: [{name: own, type: file, disableDeletion: true, allowUiUpdates: true, options: {path: /var/dashboards}}]\n")
        (files / "one.json").write_text(json.dumps(MODEL))
        assert ask("POST", "/api/admin/provisioning/dashboards/reload").status == 200
        # One look at the files may still be under way, by the provider that was.
        eventually(lambda: save(ask, {**MODEL, "tags": []}, overwrite=True).status == 200)
        (files / "one.json").unlink()
        time.sleep(0.2)
        assert store.dashboards["one"].folder == "", "it stays, without its file"


def test_another_process_says_what_it_knows(tmp_path):
    program = subprocess.Popen([HERE / "fake-grafana", "--port", "0", "--token", "all", "--provisioning", str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        base = program.stdout.readline().strip()
        tell, ask = Client(base), Client(base, "all")
        assert save(ask, MODEL).status == 200
        assert tell("POST", "/_control/edit", {"uid": "one", "at": ["panels", 0, "title"], "to": "Edited"}).status == 200
        assert ask("GET", "/api/dashboards/uid/one").json["dashboard"]["panels"][0]["title"] == "Edited"
        weak = tell("POST", "/_control/token", {"role": "Viewer"}).json["token"]
        assert save(Client(base, weak), MODEL).status == 403
        tell("POST", "/_control/fault", {"what": "status", "status": 500, "path": "/api/.*", "times": 5})
        assert ask("GET", "/api/health").status == 500
        assert tell("POST", "/_control/clear-faults").status == 200 and ask("GET", "/api/health").status == 200
        assert any(e["status"] == 403 for e in tell("GET", "/_control/exchanges").json)
        assert tell("GET", "/_control/nothing").status == 404
    finally:
        program.terminate()
        assert program.wait(timeout=10) == 0
