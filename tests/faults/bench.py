"""One host on which cells run, one after the other: how it is before and after, and the way back between them."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from judge import Judge
from kinds import FAILS, HELD, KINDS, with_last
from lab import PROGRAM, Project

LEASE = int(os.environ.get("HOLDFAST_FAULTS_LEASE", "3"))  # seconds; a busy machine needs more
PATIENCE = int(os.environ.get("HOLDFAST_FAULTS_PATIENCE", "20"))  # seconds for the way back after that; the same
MOMENT = 70 + PATIENCE  # seconds until a moment is there, or the run is over
OPTIONS = ("--connect-timeout", "10", "-i", "hosts.yaml")
APPLY = ("apply", "--yes", "--quiet", "--lease", str(LEASE), *OPTIONS)


class Bench:
    def __init__(self, lab, host, folder):
        folder.mkdir()
        self.host, self.lab = host, lab
        self.judge = Judge(host)
        self.project = Project(folder, lab)
        self.project.inventory([host])
        self.project.inventory([host], user="deploy", path="sudo.yaml")
        self.kind = self.before = self.after = None
        self.preparations = 0

    # --- before and after

    def prepare(self, kind):
        """The host as it was made, and then as this kind finds it."""
        self.preparations += 1
        self.host.start_reset()
        self.host.finish_reset()
        self.judge = Judge(self.host)
        if kind == "package":
            self.host.add_repository(update=False)
        before, after = KINDS[kind]
        self.project.manifest(after)
        self.project.manifest(with_last(after, HELD), path="held.yaml")
        self.project.manifest(with_last(after, FAILS), path="fails.yaml")
        self.host.sh("set -e\n" + before + "\nsync", timeout=120)
        if self.kind != kind:
            self.kind, self.after = kind, None
        self.before = self.judge.look()

    def learn(self):
        """What a clean run makes of the host; and a rollback must make it what it was."""
        before = self.host.snapshot()
        self.project.run(*APPLY, "site.yaml")
        self.after = self.judge.look()
        assert self.judge.difference(self.before, self.after), "the manifest changes nothing"
        self.go_back()
        assert self.host.snapshot() == before, "a rollback leaves something that only the slow judge sees"

    def go_back(self):
        """From after to before, as a user would: all runs that stand, the last one first."""
        said = [self.project.run("rollback", "--last", "--allow-reopen", "--quiet", *OPTIONS)
                for meta in self.runs() if meta["command"] == "apply" and meta["status"] == "done"]
        differs = self.judge.difference(self.before, self.judge.look())
        self.forget()
        assert not differs, "a rollback of it leaves:\n" + "\n".join([*differs[:20], *map(str, said)])

    def runs(self):
        """What the host's journal says of each run."""
        return [json.loads(meta.read_text()) for meta in self.judge.root.glob("var/lib/holdfast/runs/*/meta.json")]

    def forget(self):
        """The journal of the last cell, and what counts its hour."""
        if (self.judge.root / "var/lib/holdfast/secrets").exists():
            self.judge.on_host("systemctl stop 'holdfast-secrets-*.timer'; pkill -f 'guard.sh secrets'; :")
        shutil.rmtree(self.judge.root / "var/lib/holdfast", ignore_errors=True)
        self.judge.on_host("sync")  # or the next cell's power cut would bring this one's end back

    # --- what a cell needs

    def start(self, *args, env=None, program=PROGRAM):
        return subprocess.Popen([program, *args], cwd=self.project.folder, env={**self.project.env, **(env or {})},
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                encoding="utf-8", errors="backslashreplace")

    def limited(self, manifest):
        """The same manifest, where no program may take long."""
        text = (self.project.folder / manifest).read_text()
        self.project.write("limited.yaml", re.sub(r"^  - .*", r"\g<0>\n    timeout: 10s", text, flags=re.M))
        return "limited.yaml"

    def sshd(self):
        """The process that all logins descend from."""
        init = self.judge.init()
        for child in open(f"/proc/{init}/task/{init}/children").read().split():
            if open(f"/proc/{child}/comm").read() == "sshd\n":
                return int(child)
        raise AssertionError("no sshd on the host")

    def wait_for(self, found, seconds, what):
        end = time.monotonic() + seconds
        while not found():
            assert time.monotonic() < end, f"never: {what}"
            time.sleep(0.05)

    def hold(self, **how):
        """A run that has done all its steps and works for long."""
        running = self.start(*APPLY, "held.yaml", **how)
        held = f"/proc/{self.judge.init()}/root/run/faults-held"
        try:
            self.wait_for(lambda: os.path.exists(held) or running.poll() is not None, 60, "the run holds")
            assert running.poll() is None, running.stdout.read()
        except AssertionError:
            running.kill()
            raise
        return running

    @staticmethod
    def _guards(init):
        """Also one that has not done anything yet."""
        for child in Path(f"/proc/{init}/task/{init}/children").read_text().split():
            try:
                words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            # One that waits for the hour of secrets is no watch over a run.
            if any(word.endswith(b"guard.sh") for word in words) and b"secrets" not in words:
                return True
        return False

    def armed(self):
        return os.path.lexists(self.judge.root / "var/lib/holdfast/armed")

    def at_rest(self):
        """Whether no run is open and nobody holds the lock."""
        try:
            open_runs = any(Path(f"/proc/{self.judge.init()}/root/run/holdfast").glob("*/run"))
        except FileNotFoundError:  # it went as it was looked at
            open_runs = False
        return not self.armed() and not open_runs and self.deserted()

    def deserted(self):
        """Whether nobody is there who could end a run: no shell of one, and no guard."""
        try:
            with open(self.judge.root / "var/lib/holdfast/lock", "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            pass
        except OSError:
            return False
        init = self.judge.init()
        transient = Path(f"/proc/{init}/root/run/systemd/transient")
        return not any(transient.glob("holdfast-guard-*")) and not self._guards(init)

    def settle(self, seconds=LEASE + PATIENCE, *, may_stay_open=False):
        """Whether the host came to rest alone, in time. @param may_stay_open: where nobody is left to do that for five seconds, nobody waits."""
        end = time.monotonic() + seconds
        looks = deserted = 0
        while looks < 3:  # a guard that was just asked for is not there yet
            looks = looks + 1 if self.at_rest() else 0
            deserted = deserted + 1 if may_stay_open and self.deserted() else 0
            if deserted == 50 or time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True
