"""Which processor works for what, where there are few. On a small virtual machine it costs up to a third of all time to wake another processor
for each answer: a test and its hosts, which wait for one another, keep to one."""

import fcntl
import os
import tempfile

FEW = 4
_ALL = sorted(os.sched_getaffinity(0))
_kept = []  # locks, as long as this process lives


def keep_to_one():
    """This process, and what it starts, to the processor on which the fewest others keep."""
    if len(_ALL) > FEW:
        return
    for place in range(len(_ALL) * 16):
        processor = _ALL[place % len(_ALL)]
        lock = open(f"{tempfile.gettempdir()}/holdfast-processor-{processor}-{place}", "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        _kept.append(lock)
        os.sched_setaffinity(0, {processor})
        return


def keep_thread_to_one(number):
    """The calling thread, of several that work side by side, and what it starts."""
    if len(_ALL) <= FEW:
        os.sched_setaffinity(0, {_ALL[number % len(_ALL)]})
