"""What servers and archives do wrong: each is said clearly, with what to do, and the host stays as it was."""

import shutil
import time

import pytest
from lab import ROOT, Project, difference
from stand_in import github_for, runner_archive

PROJECT = "project: bad\nenvironments: {lab: {inventory: hosts.yaml, manifests: [site.yaml]}}\ndefault: lab\n"
UNIT = "/etc/systemd/system/actions.runner.octo-hello.one.service"
# A systemctl that fails in the midst of what makes the runner's service.
FAILING = """#!/bin/sh
case "$*" in "enable --quiet -- actions.runner"*) echo "no room" >&2; exit 1 ;; esac
exec /usr/bin/systemctl "$@"
"""
TAKER = "systemd-run --quiet --unit taker python3 -m http.server 9101"


class Site:
    def __init__(self, host, project, github, folder):
        self.host, self.project, self.github = host, project, github
        github.broker.timing.poll, github.broker.timing.retry = 1.0, 0.2
        self.scope = github.repository("octo/hello")
        github.store.add_token(project.canary, kind="fine-grained", permissions={"administration": "write"}, expires=time.time() + 86400)
        path, self.digest = runner_archive("2.329.0", folder)
        github.release("2.329.0", path)
        self.archive = f"{github.url}/archives/{path.name}"
        shutil.copytree(ROOT / "manifests", project.folder / "manifests")
        project.inventory([host])
        project.write("holdfast.yaml", PROJECT)
        project.manifest("  - directory: /etc/known\n")
        project.run("apply", "--yes")  # the first run leaves the boot unit
        project.manifest(self.runner())
        self.before = host.snapshot()

    def runner(self, **other):
        wanted = {"url": f"{self.github.url}/octo/hello", "api": self.github.url, "token": "!env HOLDFAST_TEST_SECRET", "name": "one",
                  "labels": "[primary]", "sha256": self.digest, "archive": self.archive, "idle_for": "1s", **other}
        return "  - use: manifests/github-runner.yaml\n    with: {" + ", ".join(f"{k}: {v}" for k, v in wanted.items()) + "}\n"

    def refused(self, command, code, *words):
        """It ends so, says these words, and nothing has changed anywhere."""
        ended = self.project.run(*command, expect=code, timeout=300)
        for word in words:
            assert word in ended.out + ended.err, f"it doesn't say {word!r}: {ended}"
        self.github.faults.clear()
        # A run's guard ends by itself, a moment after the run.
        self.host.sh("until [ -z \"$(systemctl list-units --plain --no-legend 'holdfast-guard-*')\" ]; do sleep 0.1; done")
        assert difference(self.before, self.host.snapshot()) == []
        assert self.scope.runners == {}


@pytest.fixture(scope="module")
def site(lab, tmp_path_factory):
    [host] = lab.take(1)
    with github_for(lab) as github:
        yield Site(host, Project(tmp_path_factory.mktemp("project"), lab), github, tmp_path_factory.mktemp("archives"))
    lab.give_back([host])


@pytest.mark.parametrize(("what", "words"), [
    ({"what": "status", "status": 401}, ("401", "make a new one on GitHub")),
    ({"what": "status", "status": 404}, ("404", "may not see what is there")),
    ({"what": "status", "status": 403, "headers": {"Retry-After": "3600"}}, ("403", "takes no more requests until")),
    ({"what": "status", "status": 502}, ("502",)),
    ({"what": "garbage"}, ("the answer is no JSON", "answers in its place")),
    ({"what": "close"}, ("Server returned nothing", "if this very plan brings it up")),
], ids=["401", "404", "limit", "502", "garbage", "nothing"])
def test_a_github_that_wont_say_what_there_is_begins_nothing(site, what, words):
    site.github.faults.add(path="/repos/.*", times=99, **what)
    site.refused(("apply", "--yes"), 4, "github_runner one can't be planned", "manifests/github-runner.yaml:", *words)


def test_an_archive_that_is_cut_short_or_has_no_room(site):
    site.github.faults.add("truncated", path="/archives/.*", times=9)
    site.refused(("apply", "--yes"), 7, "the transfer was cut short; nothing was changed")
    site.host.sh("mount -t tmpfs -o size=100k none /opt")
    try:
        ended = site.project.run("apply", "--yes", expect=7, timeout=300)
        assert "No space left on device" in ended.out and "the archive can't be unpacked" in ended.out, str(ended)
        assert site.host.sh("ls -A /opt") == ""
    finally:
        site.host.sh("umount /opt")
    site.refused(("plan",), 0)


def test_a_service_that_is_made_only_in_part_goes_again(site):
    site.host.write("/usr/local/bin/systemctl", FAILING, mode="0755")
    try:
        ended = site.project.run("apply", "--yes", expect=7, timeout=300)
        assert "make the service of one: exit status 1: no room" in ended.out, str(ended)
        assert site.host.sh(f"ls {UNIT} 2>/dev/null || :") == ""
    finally:
        site.host.sh("rm /usr/local/bin/systemctl")
    site.refused(("plan",), 0)


def test_a_host_without_systemd(site):
    site.host.sh("mv /run/systemd/system /run/systemd/away")
    try:
        ended = site.project.run("apply", "--yes", expect=4)
        assert "the host has no systemd" in ended.err and "facts.systemd" in ended.err, str(ended)
    finally:
        site.host.sh("mv /run/systemd/away /run/systemd/system")
    site.refused(("plan",), 0)


def test_a_port_that_another_program_has_taken(site):
    binary = ROOT / "build/exporter/amd64/holdfast-runner-exporter"
    assert binary.exists(), "no exporter: ./dev exporter builds it"
    (site.project.folder / "build/exporter/amd64").mkdir(parents=True)
    shutil.copy(binary, site.project.folder / "build/exporter/amd64")
    site.project.manifest("  - use: manifests/runner-exporter.yaml\n    with: {environment: staging, authorized_for_prod: false, prometheus_host: 10.0.0.1}\n")
    site.host.sh(TAKER + "; until curl -fs http://127.0.0.1:9101 >/dev/null; do sleep 0.1; done")
    try:
        ended = site.project.run("apply", "--yes", expect=7, timeout=300)
        assert "port 9101 is taken by another program" in ended.out, str(ended)
    finally:
        site.host.sh("systemctl stop taker")
    site.refused(("plan",), 0)


def test_a_runner_that_had_to_be_killed_is_forgotten(site):
    site.host.sh("useradd -r -m -s /usr/sbin/nologin actions-runner")
    before = site.host.snapshot()
    site.project.manifest(f"""\
  - github_runner: one
    url: {site.github.url}/octo/hello
    api: {site.github.url}
    token: !env HOLDFAST_TEST_SECRET
    version: 2.329.0
    sha256: {site.digest}
    archive: {site.archive}
    labels: [primary]
    settings: {{KillSignal: SIGCONT, TimeoutStopSec: 1s}}
  - {{command: fails, argv: [/bin/false], always: true, requires: github_runner one}}
""")
    site.project.run("apply", "--yes", expect=7, timeout=300)
    assert site.scope.runners == {} and difference(before, site.host.snapshot()) == []
