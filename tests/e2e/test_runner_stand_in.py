"""The stand-in runner on a host, as its own service, through its whole life: what a kind that manages runners has to deal with."""

import shlex
import textwrap

import pytest
from stand_in import github_for, runner_archive

ROOT = "/opt/actions-runner"
UNIT = "actions.runner.octo-hello.h1-runner.service"
VERSION = "2.329.0"


class Installed:
    """One runner on a host, as somebody sets it up who follows GitHub's own page."""

    def __init__(self, host, github, scope, archive):
        self.host, self.github, self.scope = host, github, scope
        host.sh(f"useradd -r -m -s /usr/sbin/nologin actions-runner; mkdir {ROOT}")
        github.release(VERSION, archive)
        host.sh(f"curl -fsS {github.url}/archives/{archive.name} | tar -xz --no-same-owner -C {ROOT} && chown -R actions-runner: {ROOT}")

    def as_user(self, command, purpose):
        token = self.github.store.short_token(self.scope, purpose)[0]
        return self.host.ssh(f"cd {ROOT}; read -r ACTIONS_RUNNER_INPUT_TOKEN; export ACTIONS_RUNNER_INPUT_TOKEN; exec runuser -u actions-runner -- {command}",
                             stdin=token + "\n", check=False)

    def service(self, *words, check=True):
        return self.host.ssh(f"cd {ROOT} && ./svc.sh {shlex.join(words)}", check=check)

    @property
    def registered(self):
        return self.scope.named("h1-runner")

    def online(self):
        return self.registered is not None and self.github.broker.online(self.registered)

    def is_active(self):
        return self.host.ssh(f"systemctl is-active {UNIT}", check=False).out.strip()


@pytest.fixture
def github(lab, host):
    with github_for(lab) as made:
        made.broker.timing.poll, made.broker.timing.retry = 1.0, 0.2
        yield made
    assert made.defects == []


@pytest.fixture
def installed(github, host, tmp_path):
    made = Installed(host, github, github.repository("octo/hello"), runner_archive(VERSION, tmp_path)[0])
    done = made.as_user(f"./config.sh --unattended --url {github.url}/octo/hello --name h1-runner --labels primary", "register")
    assert done.code == 0, str(done)
    return made


def test_the_life_of_a_runner(host, github, installed):
    broker = github.broker
    assert installed.as_user("./svc.sh install actions-runner", "register").code == 1, "only root makes services"
    installed.service("install", "actions-runner")
    assert host.read(f"/etc/systemd/system/{UNIT}") == textwrap.dedent(f"""\
        [Unit]
        Description=GitHub Actions Runner (octo-hello.h1-runner)
        After=network-online.target

        [Service]
        ExecStart={ROOT}/runsvc.sh
        User=actions-runner
        WorkingDirectory={ROOT}
        KillMode=process
        KillSignal=SIGTERM
        TimeoutStopSec=5min

        [Install]
        WantedBy=multi-user.target
        """)
    assert host.sh(f"stat -c '%a %U' /etc/systemd/system/{UNIT} {ROOT}/.service {ROOT}/runsvc.sh; cat {ROOT}/.service").split() == [
        "664", "root", "644", "actions-runner", "755", "actions-runner", UNIT]
    assert "error: exists" in installed.service("install", "actions-runner", check=False).err
    installed.service("start")
    assert broker.wait(installed.online), host.sh(f"journalctl -u {UNIT}")
    assert installed.is_active() == "active"
    host.sh(f"for i in $(seq 300); do grep -q 'Listening for Jobs' {ROOT}/_diag/Runner_* && exit 0; sleep 0.1; done; exit 1")
    gate = broker.gate("complete")
    job = broker.enqueue(installed.scope, ["self-hosted", "primary"])
    assert gate.reached.wait(60)
    assert installed.registered.busy and host.sh("pgrep -c -x Runner.Worker").strip() == "1" and host.sh("pgrep -c -x Runner.Listener").strip() == "1"
    gate.open()
    assert broker.wait(lambda: job.conclusion == "success")
    assert "Uninstall service first" in installed.as_user("./config.sh remove", "remove").err
    installed.service("stop", check=False)  # the status that it ends with is that of a unit that is down
    assert not installed.online() and installed.is_active() == "inactive"
    installed.service("uninstall", check=False)
    assert installed.as_user("./config.sh remove", "remove").code == 0
    assert installed.registered is None and broker.troubles() == []
    assert host.sh(f"ls -A {ROOT}; ls /etc/systemd/system").split().count(UNIT) == 0
    assert ".runner" not in host.sh(f"ls -A {ROOT}").split()


def test_stopping_the_service_loses_the_job_that_nothing_shows_yet(host, github, installed):
    broker = github.broker
    installed.service("install", "actions-runner")
    installed.service("start")
    assert broker.wait(installed.online), host.sh(f"journalctl -u {UNIT}")
    gate = broker.gate("acquire")
    job = broker.enqueue(installed.scope, ["primary"])
    assert gate.reached.wait(60)
    assert not installed.registered.busy and host.ssh("pgrep Runner.Worker", check=False).out == "", "it looks idle"
    host.ssh(f"systemctl stop {UNIT}")
    gate.open()
    assert installed.is_active() == "inactive" and host.sh(f"systemctl show -P Result {UNIT}").strip() == "success"
    assert job.stranded and job.acquired == 0
    # A registration that is gone ends the service, successfully: "active" and "inactive" say little.
    broker.forget(installed.registered)
    del installed.scope.runners[installed.registered.id]
    host.ssh(f"systemctl start {UNIT}")
    host.sh(f"for i in $(seq 300); do [ $(systemctl is-active {UNIT}) = inactive ] && exit 0; sleep 0.1; done; exit 1")
    assert host.sh(f"systemctl show -P Result {UNIT}").strip() == "success"
