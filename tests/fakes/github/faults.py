"""Answers that go wrong on demand."""

import re
import threading
from dataclasses import dataclass, field


@dataclass
class Fault:
    """The next `times` requests that match go wrong. @param what: status, garbage, truncated, close, hang. @param after: only once
    the request was carried out, so that the one who asked can't know."""

    what: str
    verb: str = ".*"
    path: str = ".*"
    status: int = 500
    after: bool = False
    times: int = 1
    seconds: float = 60
    headers: dict = field(default_factory=dict)
    body: str = "<html><body>Unicorn!</body></html>"
    skip: int = 0  # so many that match are left alone first

    def matches(self, verb, path):
        return re.fullmatch(self.verb, verb) is not None and re.fullmatch(self.path, path) is not None


class Faults:
    def __init__(self):
        self.lock, self.waiting, self.done = threading.Lock(), [], []

    def add(self, what, **more):
        fault = Fault(what, **more)
        with self.lock:
            self.waiting.append(fault)
        return fault

    def clear(self):
        with self.lock:
            self.waiting.clear()

    def take(self, verb, path):
        with self.lock:
            for fault in self.waiting:
                if not fault.matches(verb, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                self.done.append((fault, verb, path))
                return fault
        return None
