"""The part of GitHub that hands out jobs: sessions, long polls, assignments, and what becomes of those nobody takes.

The protocol is shaped like the one that actions/runner speaks. It is published nowhere, so nothing vouches for its details;
what is modelled with care is when a job belongs to a runner, and when the rest of the world can see that.
"""

import json
import random
import secrets
import threading
import time
from dataclasses import dataclass, field

from .store import Refused


@dataclass
class Timing:
    """In seconds, as GitHub has them; a test shortens what it waits for."""

    poll: float = 50  # how long an empty poll stays open
    assignment: float = 61  # within it an assigned job must be acquired
    stranded: float = 600  # how long a job stays with a runner that is gone
    lost: float = 600  # how long a running job is believed in without a sign of life
    offline: float = 60  # after the last poll
    retry: float = 30  # what a runner waits before it asks for a session again
    busy_delivery: float = 0  # how long a message is on its way to a poll that was opened while a job ran
    busy_share: float = 1  # of those messages, how many take so long; the others come at once
    attempts: int = 3  # assignments that may come to nothing before a job is cancelled


@dataclass
class Job:
    id: int
    scope: object
    name: str
    labels: tuple
    seconds: float
    result: str = "Succeeded"
    run_id: int = 0
    state: str = "queued"  # queued, assigned, running, done
    conclusion: str | None = None
    runner: object = None
    request: str | None = None
    since: float = 0.0  # of the state, or the last sign of life
    attempts: int = 0
    acquired: int = 0
    stranded: bool = False
    note: str = ""
    created: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    events: list = field(default_factory=list)

    def tell(self, what, **more):
        self.events.append({"at": time.time(), "what": what, **more})

    def json(self):
        return {"id": self.id, "name": self.name, "labels": list(self.labels), "state": self.state, "conclusion": self.conclusion,
                "runner": self.runner.name if self.runner else None, "attempts": self.attempts, "acquired": self.acquired,
                "stranded": self.stranded, "note": self.note, "events": self.events}


@dataclass
class Session:
    id: str
    runner: object
    seen: float
    status: str = "Online"
    polls: int = 0
    outbox: list = field(default_factory=list)
    job: Job | None = None  # assigned, not yet acquired
    refreshed: bool = False


class Gate:
    """Holds the next request of its kind until it is opened."""

    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()

    def open(self):
        self.opened.set()


def version_key(version):
    return tuple(int(part) for part in version.split("."))


class Broker:
    def __init__(self, store, *, seed=1):
        self.store, self.timing, self.random = store, Timing(), random.Random(seed)
        self.jobs, self.sessions, self.gates = [], {}, {}
        self.update_runners, self.deprecated = False, set()
        self.stopping = False

    # What tests say

    def enqueue(self, scope, labels, *, seconds=0.2, name=None, result="Succeeded"):
        with self.store.changed:
            number = self.store.number()
            job = Job(number, scope, name or f"job-{number}", tuple(labels), seconds, result, run_id=self.store.number(), since=time.time())
            job.tell("queued")
            self.jobs.append(job)
            self.wake()
            return job

    def cancel(self, job):
        """What somebody does who presses the button on the web site."""
        with self.store.changed:
            if job.state == "running" and job.runner.session:
                job.runner.session.outbox.append({"type": "JobCancellation", "jobId": job.id})
                self.store.changed.notify_all()
            elif job.state != "done":
                self._release(job)
                self._end(job, "cancelled", "cancelled by a user")

    def gate(self, what):
        """@param what: acknowledge, acquire, complete"""
        return self.gates.setdefault(what, Gate())

    def wait(self, condition, *, seconds=120):
        """True once condition() holds."""
        deadline = time.monotonic() + seconds
        with self.store.changed:
            while not condition():
                if time.monotonic() > deadline:
                    return False
                self.store.changed.wait(0.1)
            return True

    def troubles(self):
        """Jobs that did not run exactly once to their end."""
        return [job.json() for job in self.jobs if job.state == "done" and (job.acquired != 1 or job.conclusion != "success") or job.stranded]

    # What the rest of the stand-in asks

    def online(self, runner):
        session = runner.session
        return session is not None and (session.polls > 0 or time.time() - session.seen < self.timing.offline)

    def wake(self):
        with self.store.changed:
            self._settle()
            self.store.changed.notify_all()

    def forget(self, runner):
        """A runner was deleted."""
        with self.store.changed:
            self._leave(runner, "its runner was deleted")

    def settings_files(self, runner, secret, address, web_path, work):
        """The files of a configured runner. The first three bytes of .runner are a mark, as GitHub's own runner writes it."""
        settings = {"agentId": runner.id, "agentName": runner.name, "poolId": runner.group, "poolName": runner.scope.groups[runner.group].name,
                    **({"disableUpdate": True} if runner.disable_update else {}), **({"ephemeral": True} if runner.ephemeral else {}), "serverUrl": f"{address}/broker/",
                    "gitHubUrl": address + web_path, "workFolder": work, "useV2Flow": True, "serverUrlV2": f"{address}/broker/"}
        credentials = {"scheme": "OAuth", "data": {"clientId": runner.client_id, "authorizationUrl": f"{address}/oauth/token",
                                                   "requireFipsCryptography": "True"}}
        key = {name: secret if name == "d" else "AQAB" for name in ("d", "dp", "dq", "exponent", "inverseQ", "modulus", "p", "q")}
        return {".runner": "\ufeff" + json.dumps(settings, indent=2), ".credentials": "\ufeff" + json.dumps(credentials, indent=2),
                ".credentials_rsaparams": json.dumps(key)}

    # What runners ask

    def open_session(self, runner, version):
        with self.store.changed:
            if version in self.deprecated:
                raise Refused(403, f"Runner version v{version} is deprecated and cannot receive messages.", errors=["AccessDenied"])
            if runner.session is not None and self.online(runner):
                raise Refused(409, "A session for this runner already exists.")
            if runner.session is not None:
                self._leave(runner, "its session was taken over")
            runner.version = version
            runner.session = Session(secrets.token_hex(16), runner, time.time())
            self.sessions[runner.session.id] = runner.session
            self.wake()
            return runner.session

    def close_session(self, session_id):
        with self.store.changed:
            session = self.sessions.get(session_id)
            if session is not None:
                self._leave(session.runner, "its runner left")

    def next_message(self, session_id, status, gone):
        """(what was waiting or came in time, else None; how long it is on its way). @param gone: says whether nobody waits any more."""
        with self.store.changed:
            session = self.sessions.get(session_id)
            if session is None:
                raise Refused(401, "the session is gone")
            session.status, session.polls = status, session.polls + 1
            deadline = time.monotonic() + self.timing.poll
            try:
                self.wake()
                while not session.outbox:
                    left = deadline - time.monotonic()
                    if left <= 0 or self.stopping:
                        return None, 0
                    self.store.changed.wait(left)
                    if self.sessions.get(session_id) is not session:
                        raise Refused(401, "the session is gone")
                if gone():
                    return None, 0
                message = session.outbox.pop(0)
                # From here on it counts as delivered, whether or not anybody reads it.
                if session.job and message.get("request") == session.job.request:
                    session.job.tell("delivered", status=status)
                    self.store.changed.notify_all()
                slow = status == "Busy" and self.random.random() < self.timing.busy_share
                return message, self.timing.busy_delivery if slow else 0
            finally:
                session.polls -= 1
                session.seen = time.time()

    def acknowledge(self, runner, request):
        self._pass("acknowledge")
        with self.store.changed:
            self._assigned(runner, request, 404).tell("acknowledged")
            self.store.changed.notify_all()

    def acquire(self, runner, request):
        self._pass("acquire")
        with self.store.changed:
            job = self._assigned(runner, request, 409)
            runner.session.job, runner.job = None, job
            job.state, job.since, job.started, job.acquired = "running", time.time(), time.time(), job.acquired + 1
            job.tell("acquired", runner=runner.name)
            self.store.changed.notify_all()
            return {"jobId": job.id, "name": job.name, "seconds": job.seconds, "result": job.result, "renewEvery": self.timing.lost / 4}

    def renew(self, runner, job_id):
        with self.store.changed:
            if runner.job is None or runner.job.id != job_id:
                raise Refused(404, "job not found")
            runner.job.since = time.time()

    def complete(self, runner, job_id, result):
        self._pass("complete")
        with self.store.changed:
            job = runner.job
            if job is None or job.id != job_id:
                raise Refused(404, "job not found")
            runner.job = None
            self._end(job, {"Succeeded": "success", "Canceled": "cancelled"}.get(result, "failure"))
            if runner.ephemeral:
                runner.scope.runners.pop(runner.id, None)
            # The next one is given away at this very moment, on the poll that is still open as Busy.
            self.wake()

    # How jobs move

    def tick(self):
        with self.store.changed:
            self._settle()

    def _pass(self, what):
        gate = self.gates.pop(what, None)
        if gate is not None:
            gate.reached.set()
            gate.opened.wait(120)

    def _assigned(self, runner, request, status):
        job = runner.session.job if runner.session else None
        if job is None or job.request != request:
            raise Refused(status, "job not found" if status == 404 else "job assignment is invalid: MissingKey")
        return job

    def _end(self, job, conclusion, note=""):
        job.state, job.conclusion, job.ended, job.note = "done", conclusion, time.time(), note
        job.tell("done", conclusion=conclusion, note=note)
        self.store.changed.notify_all()

    def _release(self, job):
        """Takes an assigned job off its runner."""
        if job.runner is not None and job.runner.session is not None and job.runner.session.job is job:
            job.runner.session.job = None

    def _leave(self, runner, why):
        session, runner.session = runner.session, None
        if session is None:
            return
        self.sessions.pop(session.id, None)
        if session.job is not None:
            session.job.stranded = True
            session.job.tell("stranded", why=why)
        self.store.changed.notify_all()

    def _settle(self):
        now = time.time()
        for job in self.jobs:
            if job.state == "assigned":
                self._judge_assigned(job, now)
            elif job.state == "running" and now - job.since > self.timing.lost:
                job.runner.job = None
                self._end(job, "failure", "The self-hosted runner lost communication with the server.")
        for job in self.jobs:
            if job.state == "queued":
                runner = self._pick(job)
                if runner is not None:
                    self._assign(job, runner)
        if self.update_runners and self.store.releases:
            self._refresh(self.store.releases[-1])

    def _judge_assigned(self, job, now):
        session = job.runner.session
        alive = session is not None and session.job is job
        if now - job.since <= (self.timing.assignment if alive else self.timing.stranded):
            return
        if alive:
            # It is delivered again, but too late to be taken.
            session.outbox.append({"type": "RunnerJobRequest", "request": job.request})
            session.job = None
        job.attempts, job.state, job.since, job.request = job.attempts + 1, "queued", now, None
        job.tell("missed", attempts=job.attempts)
        if job.attempts >= self.timing.attempts:
            self._end(job, "cancelled", "The job was not acquired by Runner of type self-hosted even after multiple attempts")

    def _pick(self, job):
        wanted = {label.lower() for label in job.labels}
        owner = self.store.scopes.get(f"/orgs/{job.scope.name.split('/')[0]}".lower())
        candidates = [r for scope in {id(s): s for s in (job.scope, owner) if s is not None}.values() for r in scope.runners.values()
                      if self.online(r) and not r.busy and r.session.job is None and wanted <= r.names()
                      and not (r.ephemeral and r.session.refreshed)]
        return self.random.choice(candidates) if candidates else None

    def _assign(self, job, runner):
        job.state, job.runner, job.request, job.since = "assigned", runner, secrets.token_hex(16), time.time()
        job.tell("assigned", runner=runner.name)
        runner.session.job = job
        runner.session.outbox.append({"type": "RunnerJobRequest", "request": job.request})
        self.store.changed.notify_all()

    def _refresh(self, release):
        for session in self.sessions.values():
            runner = session.runner
            if session.refreshed or runner.disable_update or version_key(runner.version) >= version_key(release.version):
                continue
            session.refreshed = True
            session.outbox.append({"type": "RunnerRefresh", "version": release.version, "path": f"/archives/{release.filename}", "sha256": release.sha256})
            self.store.changed.notify_all()


class Feed(threading.Thread):
    """Queues jobs at random moments. @param every: seconds between two, on average. @param seconds: how long one runs, at most.
    @param most: while so many wait for a runner it queues no more, so that they keep coming as fast as they are worked off."""

    def __init__(self, broker, scope, labels, *, count, every, seconds, seed=1, most=None):
        super().__init__(daemon=True)
        self.broker, self.scope, self.labels, self.most = broker, scope, labels, most
        self.count, self.every, self.seconds, self.random = count, every, seconds, random.Random(seed)
        self.jobs = []

    def run(self):
        for _ in range(self.count):
            time.sleep(self.random.expovariate(1 / self.every))
            while self.most is not None and self.waiting() >= self.most:
                time.sleep(0.05)
            self.jobs.append(self.broker.enqueue(self.scope, self.labels, seconds=self.random.uniform(0, self.seconds)))

    def waiting(self):
        return sum(job.state == "queued" for job in self.jobs)

    def done(self):
        return sum(job.state == "done" for job in self.jobs)

    def finished(self):
        return not self.is_alive() and all(job.state == "done" for job in self.jobs)
