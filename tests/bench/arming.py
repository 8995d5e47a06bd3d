"""What an apply pays to be taken back whatever happens: the lock, the second look and the guard before its first act, and
the fresh login after its last. Read from the times of the program's own events; an apply without a change has none."""

import json
import shutil
import statistics
from datetime import datetime

from workload import File, Workload

EVENTS = ("host_begins", "act", "confirming", "host_ends")


def times(output):
    """Event -> when it came, in seconds; of several the first. A note counts by its first word."""
    found = {}
    for event in (json.loads(line) for line in output.splitlines() if line.startswith("{")):
        if "time" in event:
            name = event["note"].split()[0] if "note" in event else event["event"]
            found.setdefault(name, datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp())
    return found


def measure(bench, tool, site, folder, repetitions):
    """Rows of (title, seconds of each repetition)."""
    changed, unchanged, before, after = [], [], [], []
    for repetition in range(repetitions):
        for row in (changed, unchanged):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            tool.write(folder, site, Workload(files=[File("/etc/bench-armed", f"{repetition}\n")]))
            seconds, _, code, output = bench.run(tool, folder, site, "events")
            found = times(output)
            if code != 0 or bool(found.keys() & set(EVENTS)) != (row is changed):
                raise AssertionError(f"ended with {code}: {output[-600:]}")
            row.append(seconds)
            if row is changed:
                begins, act, confirming, ends = (found[name] for name in EVENTS)
                before.append(act - begins)
                after.append(ends - confirming)
    return [("apply that changes one file", changed), ("of it before its first act: lock, second look, guard, undo", before),
            ("of it after its last: fresh login, record, end of the guard", after), ("apply that changes nothing", unchanged)]


def show(rows):
    print("\n### What it costs to be armed and confirmed, 1 host\n\n| | seconds, median (min–max) | n |\n|---|---|---|")
    for title, seconds in rows:
        print(f"| {title} | {statistics.median(seconds):.3f} ({min(seconds):.3f}–{max(seconds):.3f}) | {len(seconds)} |")
