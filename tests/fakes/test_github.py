"""The stand-in for GitHub's REST API: what it answers, that it keeps to GitHub's published description, and how it fails on demand."""

import base64
import json
import socket
import ssl
import subprocess
import time
import urllib.error
from pathlib import Path

import pytest
from conftest import HERE, Client, check_with_ajv
from github.description import Description
from github.server import Github

RUNNERS = "/repos/octo/hello/actions/runners"


def every_endpoint(ask, path, *, groups):
    """Asks each endpoint of a scope, well and badly."""
    store_id = ask("POST", f"{path}/runners/generate-jitconfig", {"name": "one", "runner_group_id": 1, "labels": ["self-hosted", "gpu"]}).json["runner"]["id"]
    one = f"{path}/runners/{store_id}"
    for verb, where, body, status in [
        ("GET", f"{path}/runners", None, 200), ("GET", f"{path}/runners?per_page=1&page=1&name=one", None, 200), ("GET", f"{path}/runners?per_page=x", None, 422),
        ("GET", f"{path}/runners/downloads", None, 200), ("POST", f"{path}/runners/registration-token", None, 201),
        ("POST", f"{path}/runners/remove-token", None, 201), ("GET", one, None, 200), ("GET", f"{path}/runners/999999", None, 404),
        ("GET", f"{one}/labels", None, 200), ("POST", f"{one}/labels", {"labels": ["a"]}, 200), ("POST", f"{one}/labels", {"labels": []}, 422),
        ("POST", f"{one}/labels", {}, 422), ("POST", f"{one}/labels", None, 422), ("PUT", f"{one}/labels", {"labels": ["b", "c"]}, 200),
        ("PUT", f"{one}/labels", {"labels": "b"}, 422), ("PUT", f"{one}/labels", {"labels": ["x" * 257]}, 422),
        ("DELETE", f"{one}/labels/b", None, 200), ("DELETE", f"{one}/labels/b", None, 404), ("DELETE", f"{one}/labels/self-hosted", None, 422),
        ("DELETE", f"{one}/labels", None, 200), ("POST", f"{path}/runners/generate-jitconfig", {"name": "two", "labels": ["x"]}, 422),
        ("POST", f"{path}/runners/generate-jitconfig", {"name": "one", "runner_group_id": 1, "labels": ["x"]}, 409),
    ]:
        answer = ask(verb, where, body)
        assert answer.status == status, f"{verb} {where} {body}: {answer.status} {answer.raw}"
    if groups:
        every_group_endpoint(ask, path, store_id)
    assert ask("DELETE", one).status == 204
    assert ask("DELETE", one).status == 404


def every_group_endpoint(ask, path, runner):
    made = ask("POST", f"{path}/runner-groups", {"name": "fleet", "visibility": "all"})
    assert made.status == 201, made.raw
    group = f"{path}/runner-groups/{made.json['id']}"
    for verb, where, body, status in [
        ("POST", f"{path}/runner-groups", {"name": "Fleet"}, 422), ("POST", f"{path}/runner-groups", {}, 422), ("GET", f"{path}/runner-groups", None, 200),
        ("GET", group, None, 200), ("PATCH", group, {"name": "fleet2"}, 200), ("PATCH", group, {"name": 2}, 422), ("PUT", f"{group}/runners/{runner}", None, 204),
        ("GET", f"{group}/runners", None, 200), ("DELETE", f"{group}/runners/{runner}", None, 204), ("PUT", f"{group}/runners", {"runners": [runner]}, 204),
        ("PUT", f"{group}/runners", {}, 422), ("DELETE", f"{path}/runner-groups/1", None, 422), ("DELETE", group, None, 204), ("GET", group, None, 404),
    ]:
        answer = ask(verb, where, body)
        assert answer.status == status, f"{verb} {where} {body}: {answer.status} {answer.raw}"


def test_every_endpoint_keeps_to_the_published_description(github, token, tmp_path):
    archive = tmp_path / "actions-runner-linux-x64-2.329.0.tar.gz"
    archive.write_bytes(b"an archive")
    github.release("2.329.0", archive)
    repository, organization, enterprise = github.repository("octo/hello"), github.organization("octo"), github.enterprise("mega")
    for base in (github.url, github.enterprise_url):
        ask = Client(base, token)
        for scope, groups in ((repository, False), (organization, True), (enterprise, True)):
            every_endpoint(ask, f"{scope.path}/actions", groups=groups)
        job = github.broker.enqueue(repository, ["none"])
        assert ask("GET", f"/repos/octo/hello/actions/jobs/{job.id}").json["status"] == "queued"
        assert ask("GET", f"/repos/octo/hello/actions/runs/{job.run_id}/jobs").json["total_count"] == 1
        assert ask("GET", "/rate_limit").json["rate"]["limit"] == 5000
    served = {operation.id for operation in Description().operations}
    assert served == {e["operation"] for e in github.exchanges if e["status"] < 300}, "an endpoint was not tried, or never succeeded"
    report = check_with_ajv(github.exchanges)
    assert report["wrong"] == []
    assert report["checked"] == len(github.exchanges) > 180 and set(report["operations"]) >= served


def test_ajv_sees_what_breaks_the_description(github, ask):
    github.repository("octo/hello")
    assert ask("GET", RUNNERS).status == 200
    good = github.exchanges[-1]
    bad = [{**good, "answer": {"total_count": 0}}, {**good, "status": 299}, {**good, "query": {"per_page": "x"}},
           {**good, "answer": {"total_count": 1, "runners": [{"id": "1"}]}}, {**good, "path": "/repos/octo/hello/actions/nothing"},
           {**good, "status": 422, "answer": {"message": "Invalid request.", "documentation_url": ""}}]
    assert {wrong["at"] for wrong in check_with_ajv(bad)["wrong"]} == set(range(len(bad)))


def test_the_extract_is_what_the_package_says():
    done = subprocess.run([HERE / "github/extract", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_list_comes_in_pages(github, ask):
    scope = github.repository("octo/hello")
    for number in range(7):
        github.store.add_runner(scope, f"r{number}")
    seen, path = [], f"{RUNNERS}?per_page=3"
    while path:
        answer = ask("GET", path)
        assert answer.json["total_count"] == 7
        seen += [runner["name"] for runner in answer.json["runners"]]
        links = dict((part.split("; rel=")[1].strip('"'), part.split(">")[0].strip(" <")) for part in (answer.headers["Link"] or "").split(","))
        path = links["next"][len(github.url):] if "next" in links else None
    assert seen == [f"r{number}" for number in range(7)]
    assert ask("GET", f"{RUNNERS}?name=R3").json["total_count"] == 1
    assert len(ask("GET", f"{RUNNERS}?per_page=1000").json["runners"]) == 7


def test_an_answer_that_has_not_changed_comes_without_a_body_and_counts_nothing(github, ask):
    scope = github.repository("octo/hello")
    tag = ask("GET", RUNNERS).headers["ETag"]
    used = github.limits.used
    same = ask("GET", RUNNERS, headers={"If-None-Match": tag})
    assert same.status == 304 and same.raw == b"" and github.limits.used == used
    github.store.add_runner(scope, "new")
    assert ask("GET", RUNNERS, headers={"If-None-Match": tag}).status == 200


@pytest.mark.parametrize("what, path, verb, status, says", [
    ({"value": "expired", "expires": 1}, RUNNERS, "GET", 401, "Bad credentials"),
    ({"value": "revoked", "revoked": True}, RUNNERS, "GET", 401, "Bad credentials"),
    ({"scopes": ("gist",)}, RUNNERS, "GET", 404, "Not Found"),
    ({"scopes": ("repo",)}, "/orgs/octo/actions/runners", "GET", 403, "admin:org"),
    ({"scopes": ("repo", "admin:org")}, "/enterprises/mega/actions/runners", "GET", 403, "manage_runners:enterprise"),
    ({"kind": "fine-grained", "permissions": {"metadata": "read"}}, RUNNERS, "GET", 403, "not accessible by personal access token"),
    ({"kind": "fine-grained", "permissions": {"administration": "read"}}, f"{RUNNERS}/registration-token", "POST", 403, "not accessible"),
    ({"kind": "fine-grained", "permissions": {"administration": "write"}, "owners": ("other",)}, RUNNERS, "GET", 404, "Not Found"),
    ({"kind": "fine-grained", "permissions": {"administration": "write"}}, "/enterprises/mega/actions/runners", "GET", 403, "not accessible"),
    ({"sso_wanted": True}, "/orgs/octo/actions/runners", "GET", 403, "SAML"),
    ({"kind": "fine-grained", "permissions": {"administration": "write"}}, f"{RUNNERS}/registration-token", "POST", 201, "expires_at"),
    ({"kind": "fine-grained", "permissions": {"organization_self_hosted_runners": "read"}}, "/orgs/octo/actions/runners", "GET", 200, "runners"),
    ({"scopes": ("repo",)}, "/repos/octo/nothing/actions/runners", "GET", 404, "Not Found"),
])
def test_a_token_may_do_what_it_was_made_for(github, what, path, verb, status, says):
    github.repository("octo/hello"), github.organization("octo"), github.enterprise("mega")
    answer = Client(github.url, github.store.add_token(**what).value)(verb, path)
    assert answer.status == status and says in answer.raw.decode()


def test_a_token_says_when_it_expires(github):
    github.repository("octo/hello")
    token = github.store.add_token(expires=1893456000.0)
    answer = Client(github.url, token.value)("GET", RUNNERS)
    assert answer.headers["github-authentication-token-expiration"] == "2030-01-01 00:00:00 UTC"
    assert Client(github.url)("GET", RUNNERS).json["message"] == "Requires authentication"


def test_a_busy_runner_is_not_deleted(github, ask):
    runner = github.store.add_runner(github.repository("octo/hello"), "one")
    runner.job = github.broker.enqueue(runner.scope, ["none"])
    assert ask("DELETE", f"{RUNNERS}/{runner.id}").status == 422
    runner.job = None
    assert ask("DELETE", f"{RUNNERS}/{runner.id}").status == 204


def test_limits_say_how_long_to_wait(github, ask):
    github.repository("octo/hello")
    github.limits.exhaust(30)
    spent = ask("GET", RUNNERS)
    assert spent.status == 403 and spent.headers["x-ratelimit-remaining"] == "0" and "rate limit exceeded" in spent.json["message"]
    assert 0 <= int(spent.headers["x-ratelimit-reset"]) - time.time() <= 32
    github.limits.exhaust(-1)
    assert ask("GET", RUNNERS).status == 200
    github.limits.hold_off(5, status=429)
    held = ask("GET", RUNNERS)
    assert held.status == 429 and 4 <= int(held.headers["Retry-After"]) <= 6 and "secondary rate limit" in held.json["message"]


def test_faults_come_before_or_after_the_commit(github, ask):
    scope = github.repository("octo/hello")
    made = [github.store.add_runner(scope, f"r{number}") for number in range(4)]
    github.faults.add("status", verb="DELETE", status=502)
    assert ask("DELETE", f"{RUNNERS}/{made[0].id}").status == 502 and made[0].id in scope.runners
    github.faults.add("close", verb="DELETE")
    with pytest.raises(OSError):
        ask("DELETE", f"{RUNNERS}/{made[1].id}")
    assert made[1].id in scope.runners
    github.faults.add("hang", verb="DELETE", after=True, seconds=20)
    with pytest.raises((TimeoutError, urllib.error.URLError)):
        ask("DELETE", f"{RUNNERS}/{made[2].id}", timeout=0.5)
    assert made[2].id not in scope.runners, "the time-out came before the commit"
    github.faults.add("garbage", path=RUNNERS)
    assert b"Unicorn" in ask("GET", RUNNERS).raw
    github.faults.add("truncated", path=RUNNERS)
    with pytest.raises(Exception, match="IncompleteRead"):
        ask("GET", RUNNERS)
    github.faults.add("status", path=RUNNERS, status=503, headers={"Retry-After": "7"}, skip=1)
    assert ask("GET", RUNNERS).status == 200
    assert ask("GET", RUNNERS).headers["Retry-After"] == "7"
    assert ask("GET", RUNNERS).status == 200


def test_requests_that_no_description_covers(github, ask):
    github.repository("octo/hello")
    assert ask("POST", f"{RUNNERS}/registration-token", raw=b"{").status == 400
    assert ask("GET", RUNNERS, headers={"User-Agent": ""}).status == 403
    assert ask("GET", RUNNERS, headers={"X-GitHub-Api-Version": "1999-01-01"}).status == 400
    assert ask("GET", "/repos/octo/hello/actions/nothing").status == 404
    assert ask("GET", RUNNERS).headers["X-GitHub-Request-Id"].count(":") == 4


def test_it_speaks_tls(tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key", "-out", tmp_path / "certificate"], check=True, capture_output=True)
    with Github(certificate=(tmp_path / "certificate", tmp_path / "key")) as github:
        github.repository("octo/hello")
        context = ssl.create_default_context(cafile=tmp_path / "certificate")
        assert Client(github.url, github.store.add_token().value, context)("GET", RUNNERS).status == 200
        with socket.create_connection(("127.0.0.1", int(github.url.rpartition(":")[2]))) as silent:
            assert Client(github.url, github.store.add_token().value, context)("GET", RUNNERS, timeout=5).status == 200, f"{silent} held it up"


def test_another_process_says_what_it_knows():
    program = subprocess.Popen([HERE / "fake-github", "--repository", "octo/hello", "--token", "all"], stdout=subprocess.PIPE, text=True)
    try:
        base = program.stdout.readline().strip()
        tell, ask = Client(base), Client(base, "all")
        runner = tell("POST", "/_control/runner", {"scope": "/repos/octo/hello", "name": "one", "labels": ["primary"]}).json["id"]
        assert ask("GET", f"{RUNNERS}/{runner}").json["status"] == "offline"
        assert tell("POST", "/_control/runner-state", {"id": runner, "online": True, "busy": True}).status == 200
        shown = ask("GET", f"{RUNNERS}/{runner}").json
        assert (shown["status"], shown["busy"], shown["labels"][-1]["name"]) == ("online", True, "primary")
        weak = tell("POST", "/_control/token", {"scopes": ["gist"], "expires_in": 60}).json["token"]
        assert Client(base, weak)("GET", RUNNERS).status == 404
        tell("POST", "/_control/fault", {"what": "status", "status": 500})
        assert ask("GET", RUNNERS).status == 500
        tell("POST", "/_control/limit", {"exhaust": 60})
        assert ask("GET", RUNNERS).status == 403
        assert tell("POST", "/_control/limit", {"clear": True}).json["rate"]["used"] == 0
        assert tell("POST", "/_control/scope", {"kind": "organization", "name": "octo"}).json == {"scope": "/orgs/octo"}
        assert tell("POST", "/_control/timing", {"poll": 1}).json["poll"] == 1
        job = tell("POST", "/_control/job", {"scope": "/repos/octo/hello", "labels": ["x"]}).json
        assert tell("GET", "/_control/jobs").json[0]["id"] == job["id"]
        assert any(e["status"] == 403 for e in tell("GET", "/_control/requests").json)
        assert tell("GET", "/_control/defects").json == []
        assert tell("POST", "/_control/nothing", {}).status == 404 and tell("POST", "/_control/timing", {"x": 1}).status == 400
    finally:
        program.terminate()
        assert program.wait(timeout=10) == 0


def test_the_runner_archive_is_the_same_each_time(tmp_path):
    builds = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        done = subprocess.run([HERE / "runner/build", "2.329.0", tmp_path / name], capture_output=True, text=True, check=True)
        builds.append(Path(done.stdout.split()[0]).read_bytes())
    assert builds[0] == builds[1] and json.dumps(len(builds[0]))
    assert base64.b64encode(builds[0][4:8]) == b"AAAAAA==", "the time is in the archive"
