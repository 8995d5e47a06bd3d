"""Stops the program at a chosen moment: when one of its threads sends its k-th piece to the network. strace does it,
without help from the program, so it is the release build that is disturbed."""

import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from lab import PROGRAM

STRACE = ["strace", "-f", "-qq", "-e", "trace=sendto", "-e", "signal=none"]


class NoMoment(Exception):
    """The program ended first."""


class Stopped:
    """The program under strace, stopped at its moments one after the other."""

    @classmethod
    def at(cls, bench, argv, moment):
        """Standing still where, for the n-th time, a thread sends its k-th piece; or ended, where there is no such moment."""
        n, k = moment
        running = cls([PROGRAM, *argv], k, cwd=bench.project.folder, env=bench.project.env)
        stops = 0
        while running.wait_for_stop():
            stops += 1
            if stops == n:
                break
            running.go_on()
            time.sleep(0.05)
        return running

    def __init__(self, argv, k, *, cwd, env):
        self.process = subprocess.Popen(
            [*STRACE, "-o", "/dev/null", "-e", f"inject=sendto:signal=SIGSTOP:when={k}", *map(str, argv)],
            cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="backslashreplace")
        self.program, self.pid = argv[0], None

    def wait_for_stop(self, seconds=60):
        """True where it stands still; False where it ended first."""
        end = time.monotonic() + seconds
        still = 0
        while time.monotonic() < end:
            if self.process.poll() is not None:
                return False
            still = still + 1 if self._stands() else 0
            if still == 4:
                return True
            time.sleep(0.03)
        raise AssertionError("it neither stopped nor ended")

    def _stands(self):
        if self.pid is None:
            self.pid = self._find()
            return False
        try:
            threads = list(Path(f"/proc/{self.pid}/task").iterdir())
            return bool(threads) and all(
                re.search(r"^State:\t[tT]", (t / "status").read_text(), re.M) for t in threads)
        except OSError:
            return False

    def _find(self):
        """strace has other children, for a moment, before it starts the program."""
        for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            try:
                if Path(f"/proc/{child}/exe").resolve() == Path(self.program).resolve():
                    return int(child)
            except OSError:
                continue
        return None

    def go_on(self):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGCONT)

    def kill(self):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self.finish()

    def finish(self, seconds=150):
        """Lets it run to its end, through whatever moments are still to come. Returns exit code and output."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, "it did not end"
            try:
                if self._stands():
                    self.go_on()
                out, _ = self.process.communicate(timeout=0.1)
                return self.process.returncode, out
            except (subprocess.TimeoutExpired, ProcessLookupError):
                continue
        out, _ = self.process.communicate()
        return self.process.returncode, out


def count(argv, *, cwd, env):
    """How often each thread sends, in the order in which the threads began to."""
    with tempfile.NamedTemporaryFile("r") as trace:
        done = subprocess.run([*STRACE, "-o", trace.name, *map(str, argv)], cwd=cwd, env=env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        sends = {}
        for line in trace.read().splitlines():
            thread = line.split()[0]
            if "sendto(" in line and "resumed" not in line:
                sends[thread] = sends.get(thread, 0) + 1
        return list(sends.values())


def moments(sends):
    """The n-th thread's k-th piece, as far as n is told apart: plan and work are two threads, one after the other."""
    plan, work = sends[0], max(sends[1:], default=0)
    out = [(1, k) for k in range(1, plan + 1)] + [(2, k) for k in range(1, min(plan, work) + 1)]
    return out + [(1, k) for k in range(plan + 1, work + 1)]  # there the first thread has ended, or stops no more
