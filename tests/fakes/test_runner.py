"""The stand-in runner, without a host: its command line, its files, jobs, and how a naive stop loses them."""

import json
import os
import signal
import stat
import subprocess
import tarfile
import time

import pytest
from conftest import HERE
from github.broker import Feed

VERSION = "2.329.0"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def archive_of(version, folder):
    done = subprocess.run([HERE / "runner/build", version, folder], capture_output=True, text=True, check=True)
    return done.stdout.split()[0]


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    return archive_of(VERSION, tmp_path_factory.mktemp("archive"))


@pytest.fixture
def quick(github):
    """GitHub's waits, shortened."""
    timing = github.broker.timing
    timing.poll, timing.stranded, timing.retry, timing.offline, timing.attempts = 1.0, 60, 0.1, 1.0, 100
    return github


class Runner:
    """An unpacked archive, as root, which the real one refuses too unless it is told so."""

    def __init__(self, github, scope, folder, archive, name):
        self.github, self.scope, self.folder, self.name, self.process = github, scope, folder, name, None
        folder.mkdir()
        with tarfile.open(archive) as packed:
            packed.extractall(folder)
        self.env = {"PATH": PATH, "LANG": "C.UTF-8", "RUNNER_ALLOW_RUNASROOT": "1", "RUNNER_STAND_IN_RELAUNCH": "0.2"}

    def script(self, *argv, env=None, timeout=60):
        return subprocess.run([str(a) for a in argv], cwd=self.folder, env={**self.env, **(env or {})}, capture_output=True, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL, check=False)

    def config(self, *flags, token=None, url=None):
        token = token or self.github.store.short_token(self.scope, "register")[0]
        return self.script("./config.sh", "--unattended", "--url", url or self.github.url + self.scope.web_path, "--name", self.name, *flags,
                           env={"ACTIONS_RUNNER_INPUT_TOKEN": token})

    def configured(self, *flags):
        done = self.config(*flags)
        assert done.returncode == 0, done.stdout + done.stderr
        return self

    def remove(self, *flags, token=None):
        return self.script("./config.sh", "remove", *flags, env={"ACTIONS_RUNNER_INPUT_TOKEN": token or self.github.store.short_token(self.scope, "remove")[0]})

    @property
    def registered(self):
        return self.scope.named(self.name)

    def start(self):
        """As the unit starts it."""
        with open(self.folder / "service.log", "ab") as log:
            self.process = subprocess.Popen([self.folder / "bin/runsvc.sh"], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        assert self.github.broker.wait(lambda: self.registered and self.github.broker.online(self.registered)), self.log()
        return self

    def log(self):
        return (self.folder / "service.log").read_text()

    def diagnostics(self):
        return "".join(path.read_text() for path in (self.folder / "_diag").glob("Runner_*"))

    def stop(self):
        """What `systemctl stop` does."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.process = None
        return code

    def has_worker(self):
        """What a supervisor sees who looks for Runner.Worker below this folder."""
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/comm", encoding="utf-8") as comm:
                    if comm.read().strip() == "Runner.Worker" and os.readlink(f"/proc/{entry}/cwd") == str(self.folder):
                        return True
            except OSError:
                continue
        return False

    def settings(self):
        return json.loads((self.folder / ".runner").read_text(encoding="utf-8-sig"))


@pytest.fixture
def repository(github):
    return github.repository("octo/hello")


@pytest.fixture
def runner(quick, repository, tmp_path, archive):
    made = []

    def make(name="one"):
        made.append(Runner(quick, repository, tmp_path / name, archive, name))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None:
            one.stop()


def events(job):
    return [event["what"] for event in job.events]


def test_configuring_leaves_the_files_of_the_real_one(quick, runner, repository):
    one = runner().configured("--labels", "primary,production", "--disableupdate", "--work", "work")
    assert (one.folder / ".runner").read_bytes().startswith(b"\xef\xbb\xbf{"), "the real one begins the file with a mark"
    settings = one.settings()
    assert settings["agentName"] == "one" and settings["gitHubUrl"] == quick.url + "/octo/hello" and settings["disableUpdate"] is True
    assert settings["agentId"] == one.registered.id and settings["workFolder"] == "work" and "ephemeral" not in settings
    assert json.loads((one.folder / ".credentials").read_text(encoding="utf-8-sig"))["scheme"] == "OAuth"
    assert stat.S_IMODE((one.folder / ".credentials_rsaparams").stat().st_mode) == 0o600
    assert (one.folder / ".path").read_text().strip() == PATH and "LANG=C.UTF-8" in (one.folder / ".env").read_text()
    assert 'SVC_NAME="actions.runner.octo-hello.one.service"' in (one.folder / "svc.sh").read_text()
    assert [(label.name, label.type) for label in one.registered.labels] == [
        ("self-hosted", "read-only"), ("Linux", "read-only"), ("X64", "read-only"), ("primary", "custom"), ("production", "custom")]
    assert one.script("bin/Runner.Listener", "--version").stdout == VERSION + "\n"


def test_the_token_is_seen_nowhere(quick, runner, repository):
    token = quick.store.short_token(repository, "register")[0]
    one = runner()
    assert one.config(token=token).returncode == 0
    for path in one.folder.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path


def test_what_config_refuses(quick, runner, repository):
    one = runner().configured()
    assert "already configured" in (again := one.config()).stderr and again.returncode == 1
    two = Runner(quick, repository, one.folder.parent / "clash", archive_of(VERSION, one.folder.parent), "one")
    assert "A runner exists with the same name one." in (clash := two.config()).stderr and clash.returncode == 1
    wrong = two.config(token=quick.store.short_token(repository, "remove")[0])
    assert wrong.returncode == 1 and "403" in wrong.stderr
    assert "404" in two.config(token="unknown").stderr
    assert "needs --labels" in two.config("--no-default-labels").stderr
    assert "runner group named" in two.config("--runnergroup", "none").stderr
    assert "Terminating unattended configuration" in two.script("./config.sh", "--unattended", "--url", quick.url + "/octo/hello").stderr
    assert "Unrecognized" in two.config("--frobnicate").stderr
    as_root = two.script("./config.sh", "--unattended", env={"RUNNER_ALLOW_RUNASROOT": ""})
    assert as_root.returncode == 1 and "Must not run with sudo" in as_root.stdout


def test_replacing_keeps_the_id_and_clears_the_labels(quick, runner, repository, archive):
    one = runner().configured("--labels", "old")
    number = one.registered.id
    two = Runner(quick, repository, one.folder.parent / "again", archive, "one").configured("--replace", "--labels", "new", "--no-default-labels")
    assert one.registered.id == number and [label.name for label in one.registered.labels] == ["new"]
    assert one.script("bin/Runner.Listener", "run").returncode == 1, "the credentials that were replaced still work"
    assert two.settings()["agentId"] == number


def test_removing_has_its_order(quick, runner):
    one = runner().configured()
    (one.folder / ".service").write_text("some.service\n")
    assert "Uninstall service first" in (refused := one.remove()).stderr and refused.returncode == 1 and one.registered
    (one.folder / ".service").unlink()
    one.registered.job = quick.broker.enqueue(one.scope, ["none"])
    assert one.remove().returncode == 1 and (one.folder / ".runner").exists()
    one.registered.job = None
    assert one.remove().returncode == 0 and one.registered is None and not (one.folder / ".runner").exists()
    assert "Skipping removing runner from the server" in one.remove().stdout
    one.configured()
    assert one.script("./config.sh", "remove", "--local").returncode == 0
    assert one.registered is not None and not (one.folder / ".credentials").exists()


def test_a_name_that_is_too_long_for_a_unit_gets_a_number(quick, runner):
    one = runner()
    one.name = "n" * 140
    one.configured()
    name = next(line for line in (one.folder / "svc.sh").read_text().splitlines() if line.startswith("SVC_NAME=")).split('"')[1]
    assert len(name) == 150 and name.startswith("actions.runner.octo-hello.nnn") and name[-13:-8].startswith("-")
    assert one.script("./config.sh", "--generateServiceConfig").returncode == 0


def test_a_job_runs_and_the_world_sees_it(quick, runner, ask):
    one = runner().configured().start()
    path = f"/repos/octo/hello/actions/runners/{one.registered.id}"
    assert (shown := ask("GET", path).json)["status"] == "online" and shown["version"] == VERSION and not shown["busy"]
    assert quick.broker.wait(lambda: "Listening for Jobs" in one.diagnostics())
    job = quick.broker.enqueue(one.scope, ["self-hosted", "linux"], seconds=1)
    assert quick.broker.wait(lambda: job.state == "running")
    assert ask("GET", path).json["busy"] and ask("DELETE", path).status == 422
    assert quick.broker.wait(lambda: one.has_worker())
    assert quick.broker.wait(lambda: job.state == "done") and job.conclusion == "success" and job.acquired == 1
    assert ask("GET", f"/repos/octo/hello/actions/jobs/{job.id}").json["runner_name"] == "one"
    assert one.stop() == 0 and ask("GET", path).json["status"] == "offline"
    assert quick.broker.troubles() == []


def test_a_job_goes_only_where_all_its_labels_are(quick, runner, ask):
    one = runner().configured("--labels", "primary").start()
    job = quick.broker.enqueue(one.scope, ["self-hosted", "secondary"])
    assert not quick.broker.wait(lambda: job.state != "queued", seconds=1.5)
    ask("PUT", f"/repos/octo/hello/actions/runners/{one.registered.id}/labels", {"labels": ["Secondary"]})
    assert quick.broker.wait(lambda: job.conclusion == "success")


def test_hooks_of_jobs(quick, runner):
    one = runner().configured()
    hook = one.folder.parent / "hook"
    hook.write_text(f"#!/bin/sh\necho hooked >>{one.folder.parent}/seen\n[ ! -e {one.folder.parent}/fail ]\n")
    hook.chmod(0o755)
    with open(one.folder / ".env", "a", encoding="utf-8") as file:
        file.write(f"ACTIONS_RUNNER_HOOK_JOB_STARTED={hook}\n")
    one.start()
    job = quick.broker.enqueue(one.scope, ["self-hosted"])
    assert quick.broker.wait(lambda: job.conclusion == "success") and (one.folder.parent / "seen").exists()
    (one.folder.parent / "fail").touch()
    job = quick.broker.enqueue(one.scope, ["self-hosted"])
    assert quick.broker.wait(lambda: job.conclusion == "failure")


def test_many_jobs_one_after_the_other(quick, runner):
    one = runner().configured().start()
    jobs = [quick.broker.enqueue(one.scope, ["self-hosted"], seconds=0) for _ in range(12)]
    assert quick.broker.wait(lambda: all(job.state == "done" for job in jobs)), one.log()
    assert quick.broker.troubles() == []


def test_a_worker_that_dies_fails_its_job(quick, runner):
    one = runner().configured()
    (one.folder / "bin/Runner.Worker").write_text("#!/bin/sh\nexit 1\n")
    one.start()
    job = quick.broker.enqueue(one.scope, ["self-hosted"])
    assert quick.broker.wait(lambda: job.conclusion == "failure") and not one.registered.busy


def test_stopping_cancels_the_job_that_runs(quick, runner):
    one = runner().configured().start()
    job = quick.broker.enqueue(one.scope, ["self-hosted"], seconds=60)
    assert quick.broker.wait(lambda: job.state == "running" and one.has_worker())
    assert one.stop() == 0
    assert job.conclusion == "cancelled" and quick.broker.troubles()


@pytest.mark.parametrize("where", ["acknowledge", "acquire"])
def test_a_naive_stop_loses_a_job_that_was_dispatched(quick, runner, ask, where):
    """actions/runner's pull request 4461: nothing shows that the runner was given a job until it has acquired it."""
    one = runner().configured().start()
    gate = quick.broker.gate(where)
    job = quick.broker.enqueue(one.scope, ["self-hosted"])
    assert gate.reached.wait(20)
    shown = ask("GET", f"/repos/octo/hello/actions/runners/{one.registered.id}").json
    assert not shown["busy"] and not one.has_worker(), "it looks idle"
    one.stop()
    gate.open()
    assert job.state == "assigned" and job.stranded and job.acquired == 0, "the job was lost, and nobody was told"
    two = runner("two").configured().start()
    assert not quick.broker.wait(lambda: job.acquired, seconds=2), "another took it at once"
    quick.broker.timing.stranded = 0
    assert quick.broker.wait(lambda: job.conclusion == "success") and job.runner is two.registered


def test_a_runner_that_looks_idle_can_be_deleted_under_its_job(quick, runner, ask):
    one = runner().configured().start()
    gate = quick.broker.gate("acquire")
    job = quick.broker.enqueue(one.scope, ["self-hosted"])
    assert gate.reached.wait(20)
    assert ask("DELETE", f"/repos/octo/hello/actions/runners/{one.registered.id}").status == 204
    gate.open()
    assert job.stranded and job.acquired == 0
    assert one.process.wait(timeout=30) == 0, "the service stays up for a runner that is gone"
    assert "registration has been deleted" in one.log()
    one.process = None


def next_job_on_the_busy_poll(quick, one):
    """Two jobs; when the first is done the second is on its way to a poll that the runner then cuts off."""
    session = one.registered.session
    assert quick.broker.wait(lambda: session.polls and session.status == "Online")
    quick.broker.timing.busy_delivery = 10.0
    first = quick.broker.enqueue(one.scope, ["self-hosted"], seconds=1)
    assert quick.broker.wait(lambda: first.state == "running" and session.polls and session.status == "Busy")
    second = quick.broker.enqueue(one.scope, ["self-hosted"])
    assert quick.broker.wait(lambda: first.state == "done" and "delivered" in events(second))
    return second


def test_a_naive_stop_loses_the_next_job(quick, runner, ask):
    """actions/runner's issue 4728: the next job goes to a poll that nobody reads any more."""
    one = runner().configured().start()
    second = next_job_on_the_busy_poll(quick, one)
    shown = ask("GET", f"/repos/octo/hello/actions/runners/{one.registered.id}").json
    assert not shown["busy"], "it looks idle"
    one.stop()
    assert second.stranded and second.acquired == 0


def test_a_job_that_is_missed_is_given_again_and_in_the_end_cancelled(quick, runner):
    quick.broker.timing.assignment = 1.5
    one = runner().configured().start()
    second = next_job_on_the_busy_poll(quick, one)
    quick.broker.timing.busy_delivery = 0
    assert quick.broker.wait(lambda: second.conclusion == "success")
    assert second.attempts >= 1 and second.acquired == 1 and "missed" in events(second)
    quick.broker.timing.attempts = 1
    third = next_job_on_the_busy_poll(quick, one)
    assert quick.broker.wait(lambda: third.conclusion == "cancelled") and "not acquired by Runner" in third.note
    assert quick.broker.wait(lambda: "Skipping message Job" in one.diagnostics())


def stop_with_care(quick, one):
    """Off the routing label, until nothing can be underway, and only then down."""
    registered = one.registered
    kept = [label for label in registered.labels if label.type == "custom"]
    with quick.store.changed:
        for label in kept:
            registered.labels.remove(label)
    window = quick.broker.timing.assignment + quick.broker.timing.poll
    quiet_since = time.monotonic()
    while True:
        looked = time.monotonic()
        if registered.busy or one.has_worker():
            quiet_since = time.monotonic()
        elif looked - quiet_since > window:
            break
        time.sleep(0.05)
    one.stop()
    return kept


def test_a_careful_stop_loses_no_job(quick, runner):
    timing = quick.broker.timing
    timing.busy_delivery, timing.assignment, timing.poll, timing.attempts = 0.05, 2.0, 0.4, 1000
    both = [runner(name).configured("--labels", "work").start() for name in ("one", "two")]
    feed = Feed(quick.broker, both[0].scope, ["work"], count=16, every=0.3, seconds=0.3)
    feed.start()
    for one in both:
        kept = stop_with_care(quick, one)
        with quick.store.changed:
            one.registered.labels += kept
        one.start()
    assert quick.broker.wait(feed.finished), [job.json() for job in feed.jobs if job.state != "done"]
    assert quick.broker.troubles() == [] and len(feed.jobs) == 16


def test_two_of_one_registration_are_refused(quick, runner):
    quick.broker.timing.retry = 0.02
    one = runner().configured().start()
    second = one.script("bin/Runner.Listener", "run")
    assert second.returncode == 5 and "A session for this runner already exists." in second.stderr


def test_a_version_that_is_too_old_is_refused(quick, runner):
    quick.broker.deprecated = {VERSION}
    one = runner().configured()
    assert one.script("bin/Runner.Listener", "run").returncode == 7
    one.env["GITHUB_ACTIONS_SERVICE_EXIT_AFTER_N_FAILURES"] = "2"
    service = one.script("bin/runsvc.sh")
    assert service.returncode == 0 and "after 2 consecutive failures" in service.stdout


def test_it_updates_itself(quick, runner, tmp_path):
    one = runner().configured().start()
    before = (one.folder / ".runner").read_bytes()
    quick.release("2.330.0", archive_of("2.330.0", tmp_path))
    quick.broker.update_runners = True
    assert quick.broker.wait(lambda: one.registered.version == "2.330.0"), one.log()
    assert os.readlink(one.folder / "bin") == str(one.folder / "bin.2.330.0") and (one.folder / "bin.2.329.0").is_dir()
    assert os.readlink(one.folder / "externals") == str(one.folder / "externals.2.330.0")
    assert one.script("bin/Runner.Listener", "--version").stdout == "2.330.0\n" and (one.folder / ".runner").read_bytes() == before
    assert "exited with error code 3" in one.log()
    job = quick.broker.enqueue(one.scope, ["self-hosted"])
    assert quick.broker.wait(lambda: job.conclusion == "success")


def test_a_runner_for_one_job(quick, runner, ask):
    made = ask("POST", "/repos/octo/hello/actions/runners/generate-jitconfig", {"name": "one", "runner_group_id": 1, "labels": ["self-hosted", "gpu"]}).json
    one = runner()
    jobs = [quick.broker.enqueue(one.scope, ["gpu"]) for _ in range(2)]
    done = one.script("./run.sh", "--jitconfig", made["encoded_jit_config"])
    assert done.returncode == 0 and "completed with result: Succeeded" in done.stdout, done.stdout + done.stderr
    assert [job.state for job in jobs].count("done") == 1 and one.registered is None and not (one.folder / ".runner").exists()


def test_a_runner_for_all_of_github_can_be_pointed_here(quick, runner, repository, tmp_path):
    done = subprocess.run([HERE / "runner/build", "--server", quick.enterprise_url, VERSION, tmp_path], capture_output=True, text=True, check=True)
    one = Runner(quick, repository, tmp_path / "pointed", done.stdout.split()[0], "pointed")
    assert one.config(url="https://github.com/octo/hello").returncode == 0
    assert one.settings()["gitHubUrl"] == "https://github.com/octo/hello" and one.registered
