"""The kind github_runner on a real host, with stand-ins for GitHub and its runner: a runner's whole life."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from lab import difference
from stand_in import github_for, runner_archive

ROOT = "/opt/actions-runner"
UNIT = "actions.runner.octo-hello.one.service"
PROJECT = "project: runners\nenvironments: {lab: {inventory: hosts.yaml, manifests: [site.yaml]}}\ndefault: lab\n"
OLD, NEW = "2.329.0", "2.330.0"


@pytest.fixture
def github(lab, host):
    with github_for(lab) as made:
        made.broker.timing.poll, made.broker.timing.retry = 1.0, 0.2
        yield made
    assert made.defects == []


class Site:
    def __init__(self, project, host, github, folder):
        self.project, self.host, self.github = project, host, github
        self.scope = github.repository("octo/hello")
        # The token is the canary: no output, no file, no argument may show it.
        github.store.add_token(project.canary, kind="fine-grained", permissions={"administration": "write"}, expires=time.time() + 86400)
        self.archives = {}
        for version in (OLD, NEW):
            path, digest = runner_archive(version, folder)
            github.release(version, path)
            self.archives[version] = (f"{github.url}/archives/{path.name}", digest)
        project.inventory([host])
        project.write("holdfast.yaml", PROJECT)
        host.sh("useradd -r -m -s /usr/sbin/nologin actions-runner")

    def put(self, *, name="one", version=OLD, labels="[primary, gpu]", more="", url=None, digest=None):
        archive, good = self.archives[version]
        self.project.manifest(f"""\
  - github_runner: {name}
    url: {url or self.github.url + "/octo/hello"}
    api: {self.github.url}
    token: !env HOLDFAST_TEST_SECRET
    version: {version}
    sha256: {digest or good}
    archive: {archive}
    labels: {labels}
    idle_for: 2s
{more}""")

    def apply(self, *more, expect=0):
        return self.project.run("apply", "--yes", *more, expect=expect, timeout=300)

    def plan(self):
        return self.project.run("plan").out.replace("->", "→")

    @property
    def runner(self):
        return self.scope.named("one")

    def online(self):
        return self.runner is not None and self.github.broker.online(self.runner)

    def labels(self):
        return sorted(label["name"] for label in self.runner.json(True)["labels"] if label["type"] == "custom")


@pytest.fixture
def site(project, host, github, tmp_path):
    folder = tmp_path / "archives"
    folder.mkdir()
    return Site(project, host, github, folder)


def test_a_runners_whole_life(site, host, github):
    # A run that is over leaves the boot unit: what comes is compared with that.
    site.project.manifest("  - directory: /etc/known\n")
    site.project.run("apply", "--yes")
    before = host.snapshot()
    site.put()
    planned = site.plan()
    assert "github_runner one" in planned and "does not exist" in planned, planned
    assert difference(before, host.snapshot()) == []
    site.apply()
    assert site.online() and site.labels() == ["gpu", "primary"]
    assert host.sh(f"systemctl is-active {UNIT}; systemctl is-enabled {UNIT}").split() == ["active", "enabled"]
    assert host.sh(f"readlink {ROOT}/bin; stat -c %U {ROOT}/.runner {ROOT}").split() == [f"bin.{OLD}", "actions-runner", "actions-runner"]
    assert "NoNewPrivileges=yes" in host.read(f"/etc/systemd/system/{UNIT}.d/50-holdfast.conf")
    moves = host.snapshot(moves=True)
    assert "Nothing to change" in site.plan()
    assert difference(moves, host.snapshot(moves=True)) == []

    # Labels go through the API: the service is not touched.
    started = host.sh(f"systemctl show -P ActiveEnterTimestampMonotonic {UNIT}")
    site.put(labels="[primary, large]")
    site.apply()
    assert site.labels() == ["large", "primary"]
    assert host.sh(f"systemctl show -P ActiveEnterTimestampMonotonic {UNIT}") == started

    # A new version waits for the job that runs, and no other comes meanwhile.
    job = github.broker.enqueue(site.scope, ["self-hosted", "primary"], seconds=4)
    assert github.broker.wait(lambda: job.state == "running")
    site.put(version=NEW, labels="[primary, large]")
    apply = site.project.start("apply", "--yes")
    assert github.broker.wait(lambda: site.labels() == [])
    late = github.broker.enqueue(site.scope, ["self-hosted", "primary"])
    out, err = apply.communicate(timeout=300)
    assert apply.returncode == 0, out + err
    assert job.conclusion == "success" and host.sh(f"readlink {ROOT}/bin").strip() == f"bin.{NEW}"
    assert github.broker.wait(lambda: late.conclusion == "success") and github.broker.troubles() == []
    assert site.labels() == ["large", "primary"] and "Nothing to change" in site.plan()

    # Taken back, version and labels are the old ones.
    site.project.run("rollback", "--last", timeout=300)
    assert host.sh(f"readlink {ROOT}/bin").strip() == f"bin.{OLD}"

    # Somebody removed it at GitHub: it is registered anew.
    github.broker.forget(site.runner)
    del site.scope.runners[site.runner.id]
    site.put(labels="[primary, large]")
    assert "registered: false → true" in site.plan()
    site.apply()
    assert github.broker.wait(site.online) and site.labels() == ["large", "primary"]


def test_a_runner_that_updated_itself_is_left_alone(site, host, github):
    site.put(labels="[self-hosted, Linux, primary]")
    site.apply()
    assert "Nothing to change" in site.plan(), "GitHub's own labels are none that it lacks"
    github.broker.update_runners = True
    assert github.broker.wait(lambda: site.runner.version == NEW and site.online())
    assert host.sh(f"readlink {ROOT}/bin").strip() == f"{ROOT}/bin.{NEW}"
    assert "Nothing to change" in site.plan()
    # The manifest follows: nothing is fetched, and what the runner works from stays.
    site.put(version=NEW, labels="[self-hosted, Linux, primary]")
    assert "Nothing to change" in site.plan()
    assert site.online() and github.broker.troubles() == []


def test_a_way_back_waits_for_the_job(site, host, github):
    site.put()
    site.apply()
    site.put(version=NEW)
    site.apply()
    job = github.broker.enqueue(site.scope, ["self-hosted", "primary"], seconds=6)
    assert github.broker.wait(lambda: job.state == "running")
    site.project.run("rollback", "--last", timeout=300)
    assert job.conclusion == "success" and github.broker.troubles() == []
    assert host.sh(f"readlink {ROOT}/bin").strip() == f"bin.{OLD}" and github.broker.wait(site.online)
    assert site.labels() == ["gpu", "primary"]


def test_another_name_and_another_scope_are_replacements_that_lose_no_job(site, host, github):
    site.put()
    site.apply()
    job = github.broker.enqueue(site.scope, ["self-hosted", "primary"], seconds=6)
    assert github.broker.wait(lambda: job.state == "running")
    site.put(name="two")
    assert "registered_as: one → two" in site.plan()
    site.apply()
    assert job.conclusion == "success" and github.broker.troubles() == []
    assert site.scope.named("one") is None and github.broker.wait(lambda: github.broker.online(site.scope.named("two")))
    assert host.sh(f"ls -d /etc/systemd/system/{UNIT}* 2>/dev/null || true") == ""
    assert "Nothing to change" in site.plan()

    elsewhere = github.repository("octo/other")
    job = github.broker.enqueue(site.scope, ["self-hosted", "primary"], seconds=6)
    assert github.broker.wait(lambda: job.state == "running")
    site.put(name="two", url=site.github.url + "/octo/other")
    site.apply()
    assert job.conclusion == "success" and github.broker.troubles() == []
    assert site.scope.named("two") is None and github.broker.wait(lambda: github.broker.online(elsewhere.named("two")))
    assert "Nothing to change" in site.plan()


def test_nothing_of_its_folder_runs_as_root(site, host, github):
    """A job may write there whatever it likes."""
    site.put()
    site.apply()
    github.broker.timing.offline = 1.0
    host.sh(f"systemctl stop {UNIT}; cd {ROOT}; rm .credentials .service; sed -i '2i touch /tmp/ran' svc.sh; "
            "sed -i 's/^User=.*/User=root/' bin/actions.runner.service.template; chown -R actions-runner: .")
    assert github.broker.wait(lambda: not site.online())
    site.apply()
    assert host.sh("ls /tmp/ran 2>/dev/null || true") == ""
    assert host.sh(f"systemctl show -P User {UNIT}").strip() == "actions-runner" and github.broker.wait(site.online)


def test_what_fails_leaves_both_sides_as_they_were(site, host, github):
    site.project.manifest("  - directory: /etc/known\n")
    site.project.run("apply", "--yes")
    before = host.snapshot()
    site.put(digest="0" * 64)
    assert "wrong digest" in site.apply(expect=7).out
    for fault in ({"what": "status", "verb": "POST", "path": ".*registration-token", "status": 500, "times": 9},
                  {"what": "status", "verb": "GET", "path": ".*runners", "status": 401, "times": 1}):
        github.faults.clear()
        github.faults.add(**fault)
        site.put()
        site.apply(expect=None)
        github.faults.clear()
        assert site.runner is None and difference(before, host.snapshot()) == [], fault
    # It registers, and then what comes after it fails.
    site.put(more="  - {command: fails, argv: [/bin/false], always: true, requires: github_runner one}\n")
    site.apply(expect=7)
    assert site.runner is None, "the registration was taken back"
    assert difference(before, host.snapshot()) == []


def test_the_token_is_seen_nowhere(site, host):
    site.put()
    seen = []
    apply = site.project.start("apply", "--yes")
    while apply.poll() is None:
        with contextlib.suppress(AssertionError):
            seen.append(host.sh("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"))
    out, err = apply.communicate()
    assert apply.returncode == 0, out + err
    # Also those that GitHub issued for a moment.
    secrets = (site.project.canary, *site.github.store.short_tokens)
    assert len(secrets) > 1 and seen
    for text in [*seen, out, err, host.sh("journalctl --no-pager || true")]:
        assert all(secret not in text for secret in secrets), text
    # In no file either, but in one that shows what this search finds.
    host.write("/srv/known", site.project.canary)
    assert host.files_with(*secrets) == ["/srv/known"]
    # Nor on the controller, in whatever it keeps, or leaves where temporary files are.
    known = site.project.write("known", site.project.canary)
    patterns = [word for secret in secrets for word in ("-e", secret)]
    found = subprocess.run(["find", site.project.folder, "/tmp", "/run", "-xdev", "-type", "f", "-newer", site.project.folder / "hosts.yaml",
                            "-exec", "grep", "-lFs", *patterns, "--", "{}", "+"], capture_output=True, text=True, check=False).stdout
    assert set(found.splitlines()) == {str(known)}, found


@contextlib.contextmanager
def cores_wanted():
    """What is started meanwhile leaves a core dump when it is aborted, as far as it has no say in that."""
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


def test_no_core_dump_has_a_token(site, host, github):
    with cores_wanted():
        site.put()
        hanging = github.faults.add("hang", path=".*/actions/runner-registration", seconds=60)
        apply = site.project.start("apply", "--yes")
        while hanging.times > 0 and apply.poll() is None:
            time.sleep(0.05)
        assert apply.poll() is None, apply.communicate()
    # On the host, what has the registration token in its environment.
    holders = host.sh("""for process in /proc/[0-9]*; do
        tr '\\0' '\\n' <$process/environ 2>/dev/null | grep -q ^ACTIONS_RUNNER_INPUT_TOKEN= && echo $(grep 'core file' $process/limits)
    done; true""").splitlines()
    assert holders and all(line.startswith("Max core file size 0 ") for line in holders), holders
    # The controller, which holds the credential, too.
    apply.send_signal(signal.SIGABRT)
    _, status = os.waitpid(apply.pid, 0)
    assert os.WTERMSIG(status) == signal.SIGABRT and not os.WCOREDUMP(status)
    assert [path.name for path in site.project.folder.iterdir() if path.name.startswith("core")] == []


def test_no_other_process_of_the_account_sees_into_it(project, tmp_path):
    """Whoever may read a process' memory and environment is its owner, and of holdfast that is root."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-"))
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        shutil.copy(project.program, folder / "holdfast")
        (folder / "hosts.yaml").write_text(f"all: {{hosts: {{silent: {{ansible_host: 127.0.0.1, ansible_port: {silent.getsockname()[1]}}}}}}}\n")
        folder.chmod(0o755)
        argv = [folder / "holdfast", "facts", "-i", folder / "hosts.yaml", "--connect-timeout", "60"]
        for process in (started := [subprocess.Popen(argv, cwd=folder, env={"HOME": str(folder)}, **nobody), subprocess.Popen(["sleep", "60"], **nobody)]):
            stack.callback(process.wait)
            stack.callback(process.kill)
        silent.settimeout(30)
        stack.enter_context(silent.accept()[0])
        read = [subprocess.run(["cat", f"/proc/{process.pid}/environ"], capture_output=True, check=False, **nobody).returncode for process in started]
        assert read == [1, 0]


def test_a_runner_for_one_job(site, host, github):
    site.put(more="    mode: jit\n")
    site.apply()
    unit = "actions.runner.jit.one.service"
    assert site.online() and site.runner.ephemeral and site.labels() == ["gpu", "primary"]
    assert host.sh(f"systemctl is-active {unit}; cat {ROOT}/.service").split() == ["active", unit]
    modes = host.sh(f"stat -c '%a %U' {ROOT}/.credentials {ROOT}/.credentials_rsaparams").split()
    assert modes == ["600", "actions-runner"] * 2
    # What it was handed: in no argument, no file, nothing that systemd tells.
    handed = next(e["answer"]["encoded_jit_config"] for e in github.exchanges if e["path"].endswith("generate-jitconfig"))
    part = handed[100:140]
    told = host.sh(f"systemctl show {unit}; systemctl cat {unit}; cat /proc/[0-9]*/cmdline | tr '\\0' ' '; journalctl --no-pager")
    assert part not in told
    assert host.files_with(part) == []
    assert host.sh("ls -A /run/holdfast-runner 2>/dev/null || true").strip() == ""
    assert "Nothing to change" in site.plan()

    # Its labels change while it waits; then it has its job, and is no more.
    site.put(labels="[primary]", more="    mode: jit\n")
    site.apply()
    first = site.runner.id
    assert site.labels() == ["primary"]
    job = github.broker.enqueue(site.scope, ["self-hosted", "primary"], seconds=0.5)
    assert github.broker.wait(lambda: job.conclusion == "success" and site.runner is None)
    ended = host.sh(f"for n in $(seq 300); do systemctl is-active -q {unit} || break; sleep 0.1; done; systemctl show -P ActiveState,Result {unit}; ls -A {ROOT}")
    assert set(ended.split()[:2]) == {"inactive", "success"} and ".runner" not in ended.split()
    planned = site.plan()
    assert "state: done → running" in planned and "one more job" in planned
    assert "No drift" in site.project.run("drift").out, "that a job was done is nobody's doing"
    site.apply()
    assert site.online() and site.runner.id != first and "Nothing to change" in site.plan()

    # A new version while it waits: nothing can reach it, and another registration takes its place.
    site.put(version=NEW, labels="[primary]", more="    mode: jit\n")
    site.apply()
    assert site.online() and host.sh(f"readlink {ROOT}/bin").strip() == f"bin.{NEW}"
    # As a service, and back.
    site.put(version=NEW, labels="[primary]")
    site.apply()
    assert site.online() and not site.runner.ephemeral and host.sh(f"systemctl is-active {UNIT}").strip() == "active"
    assert host.sh("ls /etc/systemd/system | grep jit || true").strip() == ""
    assert github.broker.troubles() == []


def test_a_host_that_retires_keeps_nothing(site, host, github):
    bare = host.snapshot()
    site.put(more="  - {file: /srv/more, content: more}\n")
    site.apply()
    assert site.online()
    # Another host scrapes it, and isn't asked: whoever retires this one is told.
    hosts = site.project.folder / "hosts.yaml"
    alone = hosts.read_text()
    watched = alone + "    watch:\n      hosts:\n        mon: {ansible_host: 192.0.2.1}\n"
    job = f'  - prometheus_scrape: runners\n    targets: [{{address: "{host.address}:9101"}}]\n'
    site.project.manifest(job, path="watch.yaml", head="manifest: watch\nhosts: watch\n")
    hosts.write_text(watched)
    both = PROJECT.replace("[site.yaml]", "[site.yaml, watch.yaml]")
    site.project.write("holdfast.yaml", both)
    told = site.project.run("retire", "h1", "--yes", timeout=300).out
    assert "nothing of holdfast is left there. Take it out of the inventory, then `holdfast apply --limit mon`" in told
    hosts.write_text(alone)
    site.project.write("holdfast.yaml", PROJECT)
    assert site.runner is None and difference(bare, host.snapshot()) == []
    # One that can't be reached any more: what GitHub has of it goes without it, once it is offline.
    site.apply()
    host.cut()
    assert "online" in site.project.run("retire", "h1", "--gone", "--yes", expect=1).err
    github.broker.timing.offline = 1.0
    assert github.broker.wait(lambda: not site.online())
    assert "remove runner one" in site.project.run("retire", "h1", "--gone", "--yes").out
    assert site.runner is None
    assert "No server has anything of it. Take it out of the inventory.\n" in site.project.run("retire", "h1", "--gone", "--yes").out
    hosts.write_text(watched)
    site.project.write("holdfast.yaml", both)
    assert "then `holdfast apply --limit mon`" in site.project.run("retire", "h1", "--gone", "--yes").out
    host.heal()


def test_what_a_host_left_that_nobody_retired_is_an_orphan(site, host, github):
    site.put()
    # The token holds a day yet: that is said, and no reason to fail.
    applied = site.apply("--json")
    warning = next(event for event in applied.events() if event["event"] == "plan")["warnings"]
    assert [one["code"] for one in warning] == ["HF7182"] and applied.err.count("HF7182") == 1
    assert "expires in" in applied.err and site.online()
    github.broker.timing.offline = 1.0
    host.sh(f"systemctl disable --now {UNIT}")
    assert github.broker.wait(lambda: not site.online())
    # Somebody took it out of the inventory. (What has its place there is the same machine: a lab has few.)
    hosts = site.project.folder / "hosts.yaml"
    hosts.write_text(hosts.read_text().replace(" h1:", " h9:"))
    site.put(more="  - {file: /srv/new, content: new}\n")
    planned = site.project.run("plan", expect=None)
    assert "h1  (in no inventory any more)" in planned.out and "orphan  github_runner one" in planned.out
    assert site.project.run("plan", "--json", expect=None).json()["gone"] == [{"host": "h1", "orphans": ["github_runner one"]}]
    assert "in no inventory" not in site.project.run("plan", "--limit", "h9", expect=None).out
    assert "remove runner one" in site.project.run("retire", "h1", "--gone", "--yes").out
    assert site.runner is None
    assert "in no inventory" not in site.project.run("plan", expect=None).out
