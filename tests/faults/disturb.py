"""Disturbs programs on a host from outside (disturb.cc), without their help, at a chosen one of their system calls."""

import select
import subprocess
from pathlib import Path

from bench import MOMENT
from lab import PROGRAM

DISTURB = PROGRAM.with_name("holdfast_disturb")

class Disturb:
    """Follows what `pids` start; programs with `match` in their command line, and their children, are counted."""

    def __init__(self, pids, match, *, after="", at=0, do="all", file=None):
        argv = [str(DISTURB), "--match", match, "--at", str(at), "--do", do]
        argv += [word for pid in pids for word in ("--pid", str(pid))]
        argv += ["--after", after] if after else []
        argv += ["--list", str(file)] if file else []
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self.process.stdout.readline() == b"ready\n", "disturb could not attach"
        self.reached = None

    def wait(self, over, seconds=MOMENT):
        """True once the moment is there; False where over() says that there will be none."""
        for _ in range(int(seconds / 0.05)):
            if select.select([self.process.stdout], [], [], 0.05)[0]:
                line = self.process.stdout.readline().decode(errors="replace").strip()
                if line:
                    self.reached = line.split(" ", 2)[2]
                    return True
                return False
            if over():
                return False
        raise AssertionError("neither was the moment reached nor did the run end")

    def close(self):
        """What was held goes on, unless it was killed."""
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stdin = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

def moments(file):
    """What a listed run did, in its order."""
    return [line.split("\t", 1)[1] for line in Path(file).read_text(errors="replace").splitlines()]
