"""The REST endpoints: pure answers, out of the store; the server has checked the request against the description."""

import base64
import json
import secrets

from .store import Group, Refused, as_date

DEFAULT_PER_PAGE = 30


class Rest:
    def __init__(self, store, broker, address):
        self.store, self.broker, self.address = store, broker, address
        self.table = {
            ("GET", "runners"): self.list_runners,
            ("GET", "runners/downloads"): self.downloads,
            ("POST", "runners/registration-token"): lambda s, v, q, b: self.token(s, "register"),
            ("POST", "runners/remove-token"): lambda s, v, q, b: self.token(s, "remove"),
            ("POST", "runners/generate-jitconfig"): self.jit,
            ("GET", "runners/{runner_id}"): lambda s, v, q, b: (200, self.shown(self.runner(s, v))),
            ("DELETE", "runners/{runner_id}"): self.delete_runner,
            ("GET", "runners/{runner_id}/labels"): lambda s, v, q, b: self.labels(self.runner(s, v)),
            ("POST", "runners/{runner_id}/labels"): lambda s, v, q, b: self.set_labels(s, v, b["labels"], keep=True),
            ("PUT", "runners/{runner_id}/labels"): lambda s, v, q, b: self.set_labels(s, v, b["labels"]),
            ("DELETE", "runners/{runner_id}/labels"): lambda s, v, q, b: self.set_labels(s, v, []),
            ("DELETE", "runners/{runner_id}/labels/{name}"): self.delete_label,
            ("GET", "runner-groups"): self.list_groups,
            ("POST", "runner-groups"): self.create_group,
            ("GET", "runner-groups/{runner_group_id}"): lambda s, v, q, b: (200, self.shown_group(s, self.group(s, v))),
            ("PATCH", "runner-groups/{runner_group_id}"): self.update_group,
            ("DELETE", "runner-groups/{runner_group_id}"): self.delete_group,
            ("GET", "runner-groups/{runner_group_id}/runners"): self.group_runners,
            ("PUT", "runner-groups/{runner_group_id}/runners"): self.set_group_runners,
            ("PUT", "runner-groups/{runner_group_id}/runners/{runner_id}"): self.add_to_group,
            ("DELETE", "runner-groups/{runner_group_id}/runners/{runner_id}"): self.take_from_group,
            ("GET", "runs/{run_id}/jobs"): self.run_jobs,
            ("GET", "jobs/{job_id}"): self.job,
        }

    def handler(self, operation):
        return self.table.get((operation.verb, operation.path.partition("/actions/")[2]))

    # Runners

    def runner(self, scope, values):
        runner = scope.runners.get(int(values["runner_id"]))
        if runner is None:
            raise Refused(404, "Not Found")
        return runner

    def shown(self, runner):
        return runner.json(self.broker.online(runner))

    def page(self, items, query):
        """A page of them, and how many there are."""
        size = min(max(int(query.get("per_page", DEFAULT_PER_PAGE)), 1), 100)
        page = max(int(query.get("page", 1)), 1)
        return items[(page - 1) * size:page * size]

    def list_runners(self, scope, _values, query, _body):
        wanted = query.get("name")
        found = [r for r in scope.runners.values() if wanted is None or r.name.lower() == wanted.lower()]
        return 200, {"total_count": len(found), "runners": [self.shown(r) for r in self.page(found, query)]}

    def delete_runner(self, scope, values, _query, _body):
        runner = self.runner(scope, values)
        if runner.busy:
            raise Refused(422, f"Bad request - Runner \"{runner.name}\" is still running a job")
        self.broker.forget(runner)
        del scope.runners[runner.id]
        return 204, None

    def downloads(self, _scope, _values, _query, _body):
        rows = []
        if self.store.releases:
            release = self.store.releases[-1]
            rows.append({"os": "linux", "architecture": "x64", "filename": release.filename,
                         "download_url": f"{self.address()}/archives/{release.filename}", "sha256_checksum": release.sha256})
        return 200, rows

    def token(self, scope, purpose):
        value, expires = self.store.short_token(scope, purpose)
        return 201, {"token": value, "expires_at": as_date(expires)}

    def jit(self, scope, _values, _query, body):
        secret = secrets.token_hex(32)
        names = [n for n in body["labels"] if n.lower() not in ("self-hosted", "linux", "x64")]
        read_only = [n for n in body["labels"] if n not in names]
        runner = self.store.add_runner(scope, body["name"], labels=names, read_only=read_only, group=body["runner_group_id"], ephemeral=True)
        self.store.give_credentials(runner, secret)
        files = self.broker.settings_files(runner, secret, self.address(), scope.web_path, body.get("work_folder", "_work"))
        packed = {name: base64.b64encode(text.encode()).decode() for name, text in files.items()}
        return 201, {"runner": self.shown(runner), "encoded_jit_config": base64.b64encode(json.dumps(packed).encode()).decode()}

    # Labels

    def labels(self, runner):
        return 200, {"total_count": len(runner.labels), "labels": [label.json() for label in runner.labels]}

    def set_labels(self, scope, values, names, *, keep=False):
        runner = self.runner(scope, values)
        kept = [label for label in runner.labels if keep or label.type == "read-only"]
        known = {label.name.lower() for label in kept}
        fresh = [label for label in self.store.labels(names) if label.name.lower() not in known]
        runner.labels = kept + fresh
        self.broker.wake()
        return self.labels(runner)

    def delete_label(self, scope, values, _query, _body):
        runner = self.runner(scope, values)
        label = next((label for label in runner.labels if label.name.lower() == values["name"].lower()), None)
        if label is None:
            raise Refused(404, "Not Found")
        if label.type == "read-only":
            raise Refused(422, "Validation Failed", errors=[f"{label.name} is a read-only label"])
        runner.labels.remove(label)
        return self.labels(runner)

    # Groups

    def group(self, scope, values):
        group = scope.groups.get(int(values["runner_group_id"]))
        if group is None:
            raise Refused(404, "Not Found")
        return group

    def shown_group(self, scope, group):
        url = f"{self.address()}{scope.path}/actions/runner-groups/{group.id}"
        row = {"id": group.id, "name": group.name, "visibility": group.visibility, "default": group.default, "runners_url": f"{url}/runners",
               "allows_public_repositories": group.public, "restricted_to_workflows": False, "selected_workflows": []}
        if scope.kind == "organization":
            row.update(inherited=False, hosted_runners_url=f"{url}/hosted-runners")
        return row

    def list_groups(self, scope, _values, query, _body):
        groups = list(scope.groups.values())
        return 200, {"total_count": len(groups), "runner_groups": [self.shown_group(scope, g) for g in self.page(groups, query)]}

    def create_group(self, scope, _values, _query, body):
        self._name_is_free(scope, body["name"])
        group = Group(self.store.number(), body["name"], visibility=body.get("visibility", "all"), public=body.get("allows_public_repositories", False))
        scope.groups[group.id] = group
        for number in body.get("runners", []):
            self.runner(scope, {"runner_id": number}).group = group.id
        return 201, self.shown_group(scope, group)

    def _name_is_free(self, scope, name):
        if any(g.name.lower() == name.lower() for g in scope.groups.values()):
            raise Refused(422, f"Runner group with the name {name} already exists.")

    def update_group(self, scope, values, _query, body):
        group = self.group(scope, values)
        if "name" in body and body["name"].lower() != group.name.lower():
            self._name_is_free(scope, body["name"])
        group.name = body.get("name", group.name)
        group.visibility = body.get("visibility", group.visibility)
        group.public = body.get("allows_public_repositories", group.public)
        return 200, self.shown_group(scope, group)

    def delete_group(self, scope, values, _query, _body):
        group = self.group(scope, values)
        if group.default:
            raise Refused(422, "The default runner group can not be deleted.")
        for runner in scope.runners.values():
            runner.group = 1 if runner.group == group.id else runner.group
        del scope.groups[group.id]
        return 204, None

    def group_runners(self, scope, values, query, _body):
        group = self.group(scope, values)
        found = [r for r in scope.runners.values() if r.group == group.id]
        return 200, {"total_count": len(found), "runners": [self.shown(r) for r in self.page(found, query)]}

    def set_group_runners(self, scope, values, _query, body):
        group, chosen = self.group(scope, values), [self.runner(scope, {"runner_id": n}) for n in body["runners"]]
        for runner in scope.runners.values():
            runner.group = group.id if runner in chosen else 1 if runner.group == group.id else runner.group
        return 204, None

    def add_to_group(self, scope, values, _query, _body):
        self.runner(scope, values).group = self.group(scope, values).id
        return 204, None

    def take_from_group(self, scope, values, _query, _body):
        runner, group = self.runner(scope, values), self.group(scope, values)
        if runner.group != group.id:
            raise Refused(404, "Not Found")
        runner.group = 1
        return 204, None

    # Jobs of workflows

    def run_jobs(self, scope, values, query, _body):
        found = [j for j in self.broker.jobs if j.scope is scope and j.run_id == int(values["run_id"])]
        if not found:
            raise Refused(404, "Not Found")
        return 200, {"total_count": len(found), "jobs": [self.shown_job(j) for j in self.page(found, query)]}

    def job(self, scope, values, _query, _body):
        job = next((j for j in self.broker.jobs if j.scope is scope and j.id == int(values["job_id"])), None)
        if job is None:
            raise Refused(404, "Not Found")
        return 200, self.shown_job(job)

    def shown_job(self, job):
        runner = job.runner
        status = {"running": "in_progress", "done": "completed"}.get(job.state, "queued")
        api, web = f"{self.address()}{job.scope.path}", f"{self.address()}{job.scope.web_path}"
        group = job.scope.groups.get(runner.group) if runner else None
        return {
            "id": job.id, "node_id": f"CR_{job.id}", "run_id": job.run_id, "run_url": f"{api}/actions/runs/{job.run_id}", "run_attempt": 1,
            "head_sha": "0" * 40, "workflow_name": "work", "head_branch": "main", "name": job.name, "url": f"{api}/actions/jobs/{job.id}",
            "html_url": f"{web}/actions/runs/{job.run_id}/job/{job.id}", "status": status,
            "conclusion": job.conclusion if status == "completed" else None, "created_at": as_date(job.created),
            "started_at": as_date(job.started or job.created), "completed_at": as_date(job.ended) if job.ended else None, "steps": [],
            "check_run_url": f"{api}/check-runs/{job.id}", "labels": list(job.labels), "runner_id": runner.id if runner else None,
            "runner_name": runner.name if runner else None, "runner_group_id": group.id if group else None,
            "runner_group_name": group.name if group else None}
