"""The crash points of the test build: the controller's are asked for by its environment, the host's by files on the host."""

import os
import shutil
import time
from pathlib import Path

from bench import MOMENT

PROGRAM = Path(os.environ.get("HOLDFAST_TEST_PROGRAM", Path(__file__).resolve().parents[2] / "build/faults/holdfast"))


def _folder(bench):
    folder = bench.judge.root / "var/cache/holdfast-crash"
    folder.mkdir(exist_ok=True)
    return folder


def trace(bench):
    """From now on the host writes down what it passes."""
    (_folder(bench) / "trace").write_text("")


def traced(bench):
    return (_folder(bench) / "trace").read_text().split()


def ask(bench, point, passing, how):
    """At that passing, from now on, the shell is killed with its programs, or stands still."""
    (_folder(bench) / "at").write_text(f"{point} {passing} {how}\n")


def reached(bench):
    return (_folder(bench) / "reached").exists()


def wait(bench, over, seconds=MOMENT):
    end = time.monotonic() + seconds
    while not reached(bench):
        if over():
            return False
        assert time.monotonic() < end, "neither was the point reached nor did the run end"
        time.sleep(0.05)
    return True


def end(bench):
    shutil.rmtree(_folder(bench))


def passings(names):
    """(point, passing) in order."""
    counts, out = {}, []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        out.append((name, counts[name]))
    return out
