"""What came of the cells: told as they end, and as a table."""

import threading
import time

from faults import FAULTS


class Report:
    def __init__(self, seconds=None):
        self.lock = threading.Lock()
        self.began = time.monotonic()
        self.seconds = seconds
        self.results, self.broken_kinds = [], []

    @property
    def stopped(self):
        return self.seconds is not None and time.monotonic() > self.began + self.seconds

    def say(self, text):
        with self.lock:
            print(text, flush=True)

    def broken(self, kind, error):
        self.broken_kinds.append(kind)
        self.say(f"FAILED {kind} could not be measured\n{error}")

    def add(self, cell, error, took):
        with self.lock:
            self.results.append((cell, error))
            print(f"{'FAILED ' if error else ''}{cell}: {cell.found or '?'}{' by recover' if cell.recovered else ''} ({took:.1f} s)"
                  + (f"\n{error}" if error else ""), flush=True)

    def failed(self):
        return [(cell, error) for cell, error in self.results if error]

    def exit_code(self):
        return 1 if self.failed() or self.broken_kinds or not self.results else 0

    def table(self):
        kinds = list(dict.fromkeys(cell.kind for cell, _ in self.results))
        out = ["| fault | " + " | ".join(kinds) + " | before | after | failed |", "| --- " * (len(kinds) + 4) + "|"]
        rows = [(fault.doc, [r for r in self.results if r[0].fault is fault]) for fault in FAULTS.values()] + [("all", self.results)]
        for doc, mine in rows:
            if not mine:
                continue
            counts = [sum(cell.kind == kind for cell, _ in mine) for kind in kinds]
            ends = [sum(cell.found == found and not error for cell, error in mine) for found in ("before", "after")]
            out.append(f"| {doc} | " + " | ".join(map(str, [*counts, *ends, sum(bool(error) for _, error in mine)])) + " |")
        mixtures = sum(cell.found == "between" for cell, _ in self.results)
        took = time.monotonic() - self.began
        out.append(f"\n{len(self.results)} cells in {took / 60:.0f} minutes; {len(self.failed())} failed, {mixtures} mixtures.")
        return "\n".join(out + [f"  {cell}" for cell, _ in self.failed()]) + "\n"
