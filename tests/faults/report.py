"""What came of the cells: told as they end, kept in a file, and as a table."""

import json
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from faults import FAULTS
from kinds import KINDS


@dataclass
class Result:
    """@param found: "before", "after", "between" or None. @param error: "": it is as promised."""

    fault: str
    kind: str
    label: str
    found: str | None
    error: str
    seconds: float
    by_recover: bool = False

    def __str__(self):
        return f"{self.fault} {self.kind} {self.label}"


class Report:
    """@param kept: a file that has a line for each cell that has ended, also of rounds that were stopped."""

    def __init__(self, seconds=None, kept=None):
        self.lock = threading.Lock()
        self.began = time.monotonic()
        self.seconds = seconds
        self.ended, self.broken_kinds = [], []
        self.earlier, self.file = {}, None  # the last of each cell
        self.kept = kept
        if kept is not None:
            if kept.exists():
                found = [Result(**json.loads(line)) for line in kept.read_text().splitlines()]
                self.earlier = {str(result): result for result in found}
            self.file = Path(kept).open("a", buffering=1)

    @property
    def results(self):
        return [*self.earlier.values(), *self.ended]

    def knows(self, cell):
        return str(cell) in self.earlier

    def moments(self, kind):
        """Of an earlier round: fault -> (moment, label)."""
        file = self._beside(kind)
        if file is None or not file.exists():
            return {}
        return {fault: [(tuple(m) if isinstance(m, list) else m, label) for m, label in found]
                for fault, found in json.loads(file.read_text()).items()}

    def remember(self, kind, moments):
        if self.kept is not None:
            self._beside(kind).write_text(json.dumps({**self.moments(kind), **moments}))

    def _beside(self, kind):
        return None if self.kept is None else self.kept.with_suffix(f".{kind}.moments")

    def stop(self):
        self.seconds = 0

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
        result = Result(cell.fault_name, cell.kind, cell.label, cell.found, error, round(took, 1), cell.recovered)
        with self.lock:
            self.earlier.pop(str(result), None)
            self.ended.append(result)
            if self.file:
                self.file.write(json.dumps(asdict(result)) + "\n")
            print(f"{'FAILED ' if error else ''}{cell}: {cell.found or '?'}{' by recover' if cell.recovered else ''} ({took:.1f} s)"
                  + (f"\n{error}" if error else ""), flush=True)

    def failed(self):
        return [result for result in self.results if result.error]

    def exit_code(self):
        return 1 if self.failed() or self.broken_kinds or not self.results else 0

    def table(self):
        kinds = [kind for kind in KINDS if any(result.kind == kind for result in self.results)]
        out = ["| fault | " + " | ".join(kinds) + " | before | after | failed |", "| --- " * (len(kinds) + 4) + "|"]
        rows = [(fault.doc, [r for r in self.results if r.fault == name]) for name, fault in FAULTS.items()] + [("all", self.results)]
        for doc, mine in rows:
            if not mine:
                continue
            counts = [sum(r.kind == kind for r in mine) for kind in kinds]
            ends = [sum(r.found == found and not r.error for r in mine) for found in ("before", "after")]
            out.append(f"| {doc} | " + " | ".join(map(str, [*counts, *ends, sum(bool(r.error) for r in mine)])) + " |")
        mixtures = sum(r.found == "between" for r in self.results)
        took = sum(r.seconds for r in self.results)
        out.append(f"\n{len(self.results)} cells, {took / 3600:.1f} hours of one host; {len(self.failed())} failed, {mixtures} mixtures.")
        return "\n".join(out + [f"  {result}" for result in self.failed()]) + "\n"
