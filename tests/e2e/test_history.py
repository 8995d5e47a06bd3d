"""Whoever looks later finds what was done: in the host's own journal, in its chain of runs, and in the controllers' history."""

import hashlib
import json
import sqlite3
import time

import pytest
from lab import Project
from postgres import Postgres

FILES = ("-i", "hosts.yaml", "site.yaml")
ONE = "  - file: /etc/one\n    content: 1\n"
TWO = "  - file: /etc/two\n    content: 2\n"
FAILS = ONE + """\
  - command: fails
    argv: ["false"]
    always: true
    requires: [file /etc/one]
"""
LONG = ONE + """\
  - command: works
    argv: [sleep, "612"]
    always: true
    requires: [file /etc/one]
"""


def told(host, count):
    """What the host's journal has of holdfast's runs, oldest first, once there are so many."""
    for _ in range(100):
        lines = host.sh("journalctl -t holdfast -o json --no-pager", check=False).splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        if len(entries) >= count:
            break
        time.sleep(0.2)
    return entries


def messages(host, count):
    return [entry["MESSAGE"] for entry in told(host, count)]


def apply(project, resources, *options, expect=0, **more):
    project.manifest(resources)
    return project.run("apply", "--yes", *options, *FILES, expect=expect, **more)


def verdicts(project, expect, *options):
    done = project.run("runs", "--verify", "--json", *options, "-i", "hosts.yaml", expect=expect)
    return {host["host"]: host for host in done.json()}


def test_the_hosts_journal_tells_who_did_what_and_how_it_ended(host, project):
    project.inventory([host])
    ci = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "paws360/app\nMESSAGE=forged\x1b[31m", "GITHUB_RUN_ID": "12",
          "GITHUB_SHA": "0f1e2d3c"}
    apply(project, ONE, env=ci)
    kept = host.sh("ls /var/lib/holdfast/runs").strip()
    apply(project, FAILS, expect=7)
    project.run("rollback", kept, "-i", "hosts.yaml")
    entries = told(host, 7)
    said = [entry["MESSAGE"] for entry in entries]
    runs = host.sh("ls /var/lib/holdfast/runs").split()
    first = min(runs, key=lambda run: host.sh(f"cat /var/lib/holdfast/runs/{run}/number"))
    assert said[0].startswith(f"run {first} begins: apply by root from ") and said[0].endswith(", 1 change"), said
    assert ", key SHA256:" in said[0] and ", plan " in said[0]
    assert ", CI paws360/app\\nMESSAGE=forged\\x1b[31m run 12 @0f1e2d3c" in said[0], said
    assert said[1] == f"run {first} ended: done, by its controller"
    assert "begins: apply" in said[2] and "ended: rolled-back, by its controller" in said[3], said
    assert f"begins: rollback of run {first}" in said[4], said
    assert f"run {first} ended: rolled-back, by run " in said[5] and ": rollback of root from " in said[5], said
    assert "ended: done, by its controller" in said[6], said
    begin, end = entries[0], entries[1]
    assert begin["HOLDFAST_RUN"] == end["HOLDFAST_RUN"] == first
    assert (begin["HOLDFAST_EVENT"], end["HOLDFAST_EVENT"]) == ("begin", "end")
    assert begin["HOLDFAST_KEY"].startswith("SHA256:") and begin["HOLDFAST_USER"] == "root"
    assert end["HOLDFAST_STATUS"] == "done" and end["HOLDFAST_BY"] == "controller"
    # For people: a line each, nothing forged.
    lines = host.sh("journalctl -t holdfast --no-pager -o cat").splitlines()
    assert len(lines) == len(said) and all(line.startswith("run ") for line in lines), lines
    # A look says nothing there.
    project.run("plan", *FILES)
    assert len(told(host, 7)) == 7


def test_what_a_host_ends_alone_is_told_and_linked_too(host, project):
    project.inventory([host])
    apply(project, TWO)
    project.manifest(LONG)
    running = project.start("apply", "--yes", "--lease", "5", *FILES)
    host.wait_for("pgrep -f 'sleep 61[2]'")
    running.kill()
    running.communicate()
    run = host.sh("readlink /var/lib/holdfast/armed").strip().rpartition("/")[2]
    listed = project.run("history", "--json").json()["runs"]
    assert [(r["run"], r["hosts"][0]["end"]) for r in listed][0] == (run, "open")
    host.wait_for("[ -e /var/lib/holdfast/armed ] || echo gone")
    said = messages(host, 4)
    assert said[-1] == f"run {run} ended: rolled-back, by its guard: nobody kept it alive", said
    # The history knows the link before; whoever looks next learns the rest.
    before = verdicts(project, 2)[host.name]
    assert before["verdict"] == "unanchored" and "up to link 1 of 2" in before["what"], before
    project.run("plan", *FILES)
    assert verdicts(project, 0)[host.name]["anchored"] == 2
    ended = project.run("history", "--json").json()["runs"][0]["hosts"][0]
    assert (ended["end"], ended["ended_by"]) == ("rolled-back", "guard"), ended
    # By hand, without holdfast.
    done = next(r for r in host.sh("ls /var/lib/holdfast/runs").split() if r != run)
    host.sh(f"sh /var/lib/holdfast/runs/{done}/rollback.sh")
    assert messages(host, 5)[-1] == f"run {done} ended: rolled-back, by rollback.sh, which root started by hand"
    project.run("plan", *FILES)
    assert verdicts(project, 0)[host.name]["links"] == 3


def test_a_chain_shows_what_was_changed_afterwards(host, project):
    project.inventory([host])
    for resources in (ONE, TWO, ONE):
        apply(project, resources.replace("content: 1", f"content: {time.monotonic_ns()}"))
    assert verdicts(project, 0)[host.name]["verdict"] == "ok"
    assert f"{host.name}: ok  (3 links, 3 runs compared)\n" == project.run("runs", "--verify", "-i", "hosts.yaml").out
    # Another history knows nothing of it, and so does a deleted one.
    assert verdicts(project, 2, "--history", "sqlite:other.sqlite")[host.name]["verdict"] == "unanchored"
    assert verdicts(project, 2, "--history", "none")[host.name]["verdict"] == "unanchored"
    # A run's meta.json says something else.
    meta = host.sh("ls /var/lib/holdfast/runs/*/meta.json").split()[0]
    host.sh(f"cp -a {meta} /root/meta; sed -i 's/\"user\": \"root\"/\"user\": \"mallory\"/' {meta}")
    found = verdicts(project, 1)[host.name]
    assert found["verdict"] == "broken" and found["runs"] == [meta.split("/")[-2]], found
    host.sh(f"cp -a /root/meta {meta}")
    # The last run never was.
    host.sh("cp -a /var/lib/holdfast /root/whole; sed -i 2d /var/lib/holdfast/chain;"
            "cd /var/lib/holdfast/runs; rm -r $(head -n 2 /root/whole/chain | tail -n 1 | cut -d ' ' -f 2)")
    cut = verdicts(project, 1)[host.name]
    assert cut["verdict"] == "behind" and "link 3" in cut["what"], cut
    # An everyday look notices, too, once nobody else can have seen more in the meantime.
    database = project.folder / "home/.local/state/holdfast/history.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE holdfast_anchors SET seen = '2020-01-01T00:00:00Z'")
    connection.close()
    assert "its chain of runs is shorter than it was: link 2, where link 3 was seen" in project.run("plan", *FILES).err
    # Somebody knows why, and says so.
    assert "from now on, link 2" in project.run("runs", "--accept", "-i", "hosts.yaml").out
    assert verdicts(project, 0)[host.name]["verdict"] == "ok"
    # Of a host that does not answer nothing is accepted, and that is said.
    host.cut()
    said = project.run("runs", "--accept", "-i", "hosts.yaml", "--connect-timeout", "2", expect=3)
    host.heal()
    assert "from now on" not in said.out and host.name in said.err


def test_a_history_that_is_deleted_begins_anew(host, project):
    project.inventory([host])
    apply(project, ONE)
    folder = project.folder / "home/.local/state/holdfast"
    assert (folder.stat().st_mode & 0o777, (folder / "history.sqlite").stat().st_mode & 0o777) == (0o700, 0o600)
    for file in folder.iterdir():
        file.unlink()
    found = verdicts(project, 2)[host.name]
    assert found["verdict"] == "unanchored" and "nothing of this host's chain" in found["what"], found
    project.run("plan", *FILES)
    assert verdicts(project, 0)[host.name]["verdict"] == "ok"


def test_runs_plans_and_drift_can_be_asked_for_without_the_hosts(host, project):
    project.write("holdfast.yaml", "project: demo\nenvironments:\n  lab: {inventory: hosts.yaml, manifests: [site.yaml]}\n")
    project.inventory([host])
    project.manifest("  - file: /etc/token\n    content: !env HOLDFAST_TEST_SECRET\n    mode: 0600\n" + ONE)
    shown = project.run("plan", "--json").out
    project.run("plan")
    project.run("apply", "--yes")
    project.run("drift")
    project.run("drift")
    host.write("/etc/one", "somebody was here\n")
    project.run("drift", expect=2)
    host.cut()
    runs = project.run("history", "--json").json()["runs"]
    assert [(r["command"], r["project"], r["environment"], [h["end"] for h in r["hosts"]]) for r in runs] == \
        [("apply", "demo", "lab", ["applied"])]
    run = runs[0]
    assert project.run("history", "--host", host.name, "--since", "1h").out == project.run("history").out
    assert "no such run" in project.run("history", "--host", "h99").out
    said = project.run("history", run["run"][:20]).out
    assert f"{host.name}: applied, 2 changes" in said and f"plan {run['plan']}" in said, said
    plan = project.run("history", run["plan"][:10], "--json").json()
    # The plan is what `plan --json` printed, and goes by the digest of that.
    assert plan["plan"] == json.loads(shown) and hashlib.sha256(shown.encode()).hexdigest() == run["plan"]
    assert "create  file /etc/token" in project.run("history", run["plan"][:10]).out
    looks = project.run("history", "--drift", "--json").json()["looks"]
    assert [(entry["result"], entry["looks"], entry["what"]) for entry in looks] == [
        ("drift", 1, ["file /etc/one"]), ("same", 2, []), ("pending", 3, [])], looks
    assert "drift (1 drifted of 2): file /etc/one" in project.run("history", "--drift").out
    database = (project.folder / "home/.local/state/holdfast/history.sqlite").read_bytes()
    database += (project.folder / "home/.local/state/holdfast/history.sqlite-wal").read_bytes()
    assert project.canary.encode() not in database
    project.run("history", "nonesuch", expect=1)
    project.run("history", "--since", "yesterday", expect=64)
    host.heal()


def test_a_history_that_cannot_be_written_fails_nothing_unless_it_is_required(host, project):
    project.inventory([host])
    done = apply(project, ONE, "--history", "sqlite:/dev/full/history")
    assert "not written into the history" in done.err and host.read("/etc/one") == "1"
    refused = apply(project, TWO, "--history", "sqlite:/dev/full/history", "--require-history", expect=1)
    assert "nothing was changed" in refused.err, refused
    assert host.sh("ls /etc/two", check=False) == ""
    none = apply(project, TWO, "--history", "none", "--require-history", expect=1)
    assert "it is required, and there is none" in none.err
    apply(project, TWO, "--require-history")
    # holdfast.yaml says so, too, where it is trusted.
    project.write("holdfast.yaml", "project: demo\nhistory: {to: \"sqlite:history.sqlite\", required: true}\n")
    three = ONE.replace("one", "three")
    assert "may not say on this machine" in apply(project, three, expect=1).err
    project.run("trust", "--yes", *FILES)
    apply(project, three)
    assert (project.folder / "history.sqlite").exists()


@pytest.fixture(scope="module")
def server():
    with Postgres() as started:
        yield started


def test_two_controllers_share_one_history(hosts, project, server, tmp_path):
    one, two = hosts(2)
    server.sql("CREATE DATABASE runs")
    history = ("--history", server.url + "/runs")
    (tmp_path / "other").mkdir()
    others = Project(tmp_path / "other", project.lab)
    for controller, host in ((project, one), (others, two)):
        controller.inventory([host])
        controller.manifest(ONE)
    # Both at once, the first ones to come: they make the tables, too.
    running = [c.start("apply", "--yes", *history, *FILES, env=server.env) for c in (project, others)]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0 and "history" not in err, out + err
        assert server.password not in out + err
    listed = project.run("history", *history, "--json", env=server.env).json()["runs"]
    assert sorted((r["hosts"][0]["host"], r["hosts"][0]["end"]) for r in listed) == [(one.name, "applied"), (two.name, "applied")]
    # What one has seen vouches for the host before the other.
    others.inventory([one])
    assert verdicts(others, 2)[one.name]["verdict"] == "unanchored"
    done = others.run("runs", "--verify", *history, "-i", "hosts.yaml", env=server.env)
    assert f"{one.name}: ok" in done.out
    assert server.sql("SELECT count(*) FROM holdfast_plans", "runs") == ["2"]
    # A password in a place that everybody reads is refused.
    refused = project.run("plan", "--history", f"postgresql://holdfast:{server.password}@127.0.0.1/runs", *FILES, expect=None)
    assert "holds a password" in refused.err and server.password not in refused.out + refused.err
    # Nor does a server that is gone fail what was done.
    lost = apply(project, TWO, "--history", "postgresql://holdfast@127.0.0.1:1/runs")
    assert "not written into the history" in lost.err
