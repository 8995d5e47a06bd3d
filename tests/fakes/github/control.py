"""What tests in another process say to the stand-in, under /_control/."""

import json
import time

from .store import Refused


class Control:
    def __init__(self, github):
        self.github = github
        self.table = {
            ("POST", "scope"): self.scope, ("POST", "token"): self.token, ("POST", "runner"): self.runner, ("POST", "runner-state"): self.runner_state,
            ("POST", "release"): self.release, ("POST", "fault"): self.fault, ("DELETE", "fault"): self.clear_faults, ("POST", "limit"): self.limit,
            ("POST", "timing"): self.timing, ("POST", "job"): self.job, ("GET", "jobs"): self.jobs, ("GET", "requests"): self.requests,
            ("GET", "defects"): self.defects,
        }

    def answer(self, verb, path, query, raw):
        handler = self.table.get((verb, path))
        if handler is None:
            return 404, {}, {"message": f"no {verb} /_control/{path}; there are {', '.join(' '.join(key) for key in self.table)}"}
        try:
            with self.github.store.changed:
                return 200, {}, handler({**query, **(json.loads(raw) if raw else {})})
        except Refused as refusal:
            return refusal.status, {}, self.github.complaint(refusal)
        except (KeyError, TypeError, ValueError, StopIteration) as error:
            return 400, {}, {"message": f"{type(error).__name__}: {error}"}

    def _scope(self, said):
        return self.github.store.scopes[said.pop("scope").lower()]

    def scope(self, said):
        return {"scope": self.github.store.add_scope(said["kind"], said["name"]).path}

    def token(self, said):
        if "expires_in" in said:
            said["expires"] = time.time() + said.pop("expires_in")
        for name in ("scopes", "owners"):
            if name in said:
                said[name] = tuple(said[name])
        return {"token": self.github.store.add_token(**said).value}

    def runner(self, said):
        scope = self._scope(said)
        runner = self.github.store.add_runner(scope, said.pop("name"), **said)
        return {"id": runner.id}

    def runner_state(self, said):
        """A runner that is online or busy, or not, without a process behind it."""
        from .broker import Job, Session
        runner = self.github.store.by_id(said["id"])
        if "online" in said:
            runner.session = Session("by hand", runner, time.time() + 1e6) if said["online"] else None
        if "busy" in said:
            runner.job = Job(0, runner.scope, "by hand", (), 0) if said["busy"] else None
        return {}

    def release(self, said):
        made = self.github.release(said["version"], said["archive"])
        return {"url": f"{self.github.url}/archives/{made.filename}", "sha256": made.sha256}

    def fault(self, said):
        self.github.faults.add(said.pop("what"), **said)
        return {}

    def clear_faults(self, _said):
        self.github.faults.clear()
        return {}

    def limit(self, said):
        limits = self.github.limits
        if "exhaust" in said:
            limits.exhaust(said["exhaust"])
        if "hold_off" in said:
            limits.hold_off(said["hold_off"], status=said.get("status", 403), retry_after=said.get("retry_after", True))
        if said.get("clear"):
            limits.used, limits.secondary_until = 0, 0.0
        return limits.json()

    def timing(self, said):
        for name, value in said.items():
            if not hasattr(self.github.broker.timing, name):
                raise ValueError(f"there is no timing '{name}'")
            setattr(self.github.broker.timing, name, value)
        return vars(self.github.broker.timing)

    def job(self, said):
        return self.github.broker.enqueue(self._scope(said), said.pop("labels"), **said).json()

    def jobs(self, _said):
        return [job.json() for job in self.github.broker.jobs]

    def requests(self, _said):
        return self.github.exchanges

    def defects(self, _said):
        return self.github.defects
