"""What a runner itself asks: registration with a short-lived token, its own credentials, sessions, messages, jobs."""

import hashlib
import secrets
import time
import urllib.parse

from .store import Refused


class Private:
    def __init__(self, store, broker, address):
        self.store, self.broker, self.address = store, broker, address
        self.admin, self.access = {}, {}  # bearer token -> short token; -> runner
        self.table = {
            ("POST", "/actions/runner-registration"): self.begin,
            ("GET", "/actions/runner-groups"): self.groups,
            ("GET", "/actions/runners"): self.find,
            ("POST", "/actions/runners/register"): self.register,
            ("POST", "/actions/runners/remove"): self.remove,
            ("POST", "/oauth/token"): self.token,
            ("POST", "/broker/session"): self.open_session,
            ("DELETE", "/broker/session"): self.close_session,
            ("GET", "/broker/message"): self.message,
            ("POST", "/broker/acknowledge"): lambda r, q, b: (200, self.broker.acknowledge(self.runner(r), b["request"])),
            ("POST", "/run/acquirejob"): lambda r, q, b: (200, self.broker.acquire(self.runner(r), b["request"])),
            ("POST", "/run/renewjob"): lambda r, q, b: (200, self.broker.renew(self.runner(r), b["jobId"])),
            ("POST", "/run/completejob"): lambda r, q, b: (200, self.broker.complete(self.runner(r), b["jobId"], b["result"])),
        }

    def answer(self, verb, path, query, headers, body):
        """(status, body), or None where the path is not one of these."""
        handler = self.table.get((verb, path))
        if handler is None:
            return None
        try:
            return handler(headers, query, body or {})
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(400, f"the request lacks {error}") from error

    def _bearer(self, headers):
        return (headers.get("Authorization") or "").partition(" ")[2]

    def registering(self, headers):
        found = self.admin.get(self._bearer(headers))
        if found is None:
            raise Refused(401, "Bad credentials")
        return found

    def runner(self, headers):
        runner = self.access.get(self._bearer(headers))
        if runner is None or runner.scope.runners.get(runner.id) is not runner:
            raise Refused(401, "invalid_client", errors=["invalid_client"])
        return runner

    def begin(self, headers, _query, body):
        with self.store.lock:
            scheme, _, value = (headers.get("Authorization") or "").partition(" ")
            short = self.store.short_tokens.get(value)
            scope = self.store.scope_of_url(urllib.parse.urlparse(body["url"]).path)
            if scheme != "RemoteAuth" or short is None or short.expires < time.time() or scope is None:
                raise Refused(404, "Not Found")
            if short.scope is not scope or short.purpose != body["runner_event"]:
                raise Refused(403, "the token was made for something else")
            bearer = secrets.token_hex(20)
            self.admin[bearer] = short
            return 200, {"url": f"{self.address()}/broker/", "token_schema": "OAuthAccessToken", "token": bearer, "use_v2_flow": True}

    def groups(self, headers, _query, _body):
        with self.store.lock:
            scope = self.registering(headers).scope
            return 200, [{"id": g.id, "name": g.name, "default": g.default} for g in scope.groups.values()]

    def find(self, headers, query, _body):
        with self.store.lock:
            runner = self.registering(headers).scope.named(query["name"])
            return 200, [{"id": runner.id, "name": runner.name}] if runner else []

    def register(self, headers, _query, body):
        with self.store.changed:
            short = self.registering(headers)
            if short.purpose != "register":
                raise Refused(403, "the token was made for something else")
            old = short.scope.named(body["name"])
            if old is None:
                runner = self.store.add_runner(short.scope, body["name"], labels=body["labels"], read_only=body["system_labels"],
                                               group=body["group_id"])
            elif body["replace"]:
                runner = old
                self.broker.forget(runner)
                runner.labels = self.store.labels(body["labels"], read_only=body["system_labels"])
                runner.group = body["group_id"]
            else:
                raise Refused(409, f"A runner exists with the same name {body['name']}.")
            runner.version, runner.ephemeral, runner.disable_update = body["version"], body["ephemeral"], body["updates_disabled"]
            runner.client_id, runner.secret_digest = secrets.token_hex(16), body["public_key"]
            files = self.broker.settings_files(runner, "", self.address(), short.scope.web_path, body["work"])
            return 200, {"id": runner.id, "files": {".runner": files[".runner"], ".credentials": files[".credentials"]}}

    def remove(self, headers, _query, body):
        with self.store.changed:
            short = self.registering(headers)
            runner = short.scope.runners.get(body["id"])
            if short.purpose != "remove":
                raise Refused(403, "the token was made for something else")
            if runner is None:
                raise Refused(404, "Not Found")
            if runner.busy:
                raise Refused(422, f"Runner \"{runner.name}\" is currently running a job and cannot be deleted")
            self.broker.forget(runner)
            del short.scope.runners[runner.id]
            return 200, None

    def token(self, _headers, _query, body):
        with self.store.lock:
            runner = self.store.by_client_id(body["client_id"])
            if runner is None or hashlib.sha256(body["client_assertion"].encode()).hexdigest() != runner.secret_digest:
                raise Refused(400, "invalid_client", errors=["invalid_client"])
            bearer = secrets.token_hex(20)
            self.access[bearer] = runner
            return 200, {"access_token": bearer, "token_type": "access_token", "expires_in": 3600}

    def open_session(self, headers, _query, body):
        return 200, {"sessionId": self.broker.open_session(self.runner(headers), body["version"]).id}

    def close_session(self, headers, query, _body):
        self.runner(headers)
        self.broker.close_session(query["sessionId"])
        return 200, None

    def message(self, headers, query, _body):
        self.runner(headers)
        message, underway = self.broker.next_message(query["sessionId"], query["status"], headers.gone)
        if underway:
            time.sleep(underway)
        return (202, None) if message is None else (200, message)
