"""What the stand-in knows: repositories, organizations, enterprises, their runners and groups, and who may do what."""

import datetime
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field

LABEL_LIMIT = 256
SYSTEM_LABELS = {"self-hosted", "linux", "windows", "macos", "x64", "arm64", "arm"}


def instant(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def as_date(seconds):
    return instant(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


class Refused(Exception):
    """An answer that is not the one wanted."""

    def __init__(self, status, message, *, errors=None, headers=None):
        super().__init__(message)
        self.status, self.message, self.errors, self.headers = status, message, errors, headers or {}


@dataclass
class Label:
    id: int
    name: str
    type: str

    def json(self):
        return {"id": self.id, "name": self.name, "type": self.type}


@dataclass
class Runner:
    id: int
    name: str
    scope: "Scope"
    group: int
    labels: list
    os: str = "Linux"
    ephemeral: bool = False
    version: str | None = None
    disable_update: bool = False
    client_id: str = ""
    secret_digest: str = ""
    session: object = None
    job: object = None  # the one that it has acquired

    @property
    def busy(self):
        return self.job is not None

    def names(self):
        return {label.name.lower() for label in self.labels}

    def json(self, online):
        return {"id": self.id, "name": self.name, "os": self.os, "status": "online" if online else "offline", "busy": self.busy,
                "ephemeral": self.ephemeral, "runner_group_id": self.group, "version": self.version,
                "labels": [label.json() for label in self.labels]}


@dataclass
class Group:
    id: int
    name: str
    default: bool = False
    visibility: str = "all"
    public: bool = False


@dataclass
class Scope:
    """A repository, an organization or an enterprise."""

    kind: str  # "repository", "organization", "enterprise"
    name: str
    runners: dict = field(default_factory=dict)
    groups: dict = field(default_factory=lambda: {1: Group(1, "Default", default=True)})

    @property
    def path(self):
        return {"repository": "/repos/", "organization": "/orgs/", "enterprise": "/enterprises/"}[self.kind] + self.name

    @property
    def web_path(self):
        return ("/enterprises/" if self.kind == "enterprise" else "/") + self.name

    def named(self, name):
        return next((r for r in self.runners.values() if r.name.lower() == name.lower()), None)


@dataclass
class Token:
    """A personal access token. @param kind: classic (then it has scopes) or fine-grained (then it has permissions, and only
    for the `owners` it was made for; an empty list means all)."""

    value: str
    kind: str = "classic"
    scopes: tuple = ("repo", "admin:org", "manage_runners:enterprise")
    permissions: dict = field(default_factory=dict)
    owners: tuple = ()
    expires: float | None = None
    revoked: bool = False
    sso_wanted: bool = False

    def usable(self, now):
        return not self.revoked and (self.expires is None or self.expires > now)


@dataclass
class ShortToken:
    """A registration or removal token."""

    scope: Scope
    purpose: str  # "register", "remove"
    expires: float


class Store:
    """All of it. Whoever reads or changes it holds `lock`, and tells `changed` of what others may wait for."""

    def __init__(self):
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.scopes, self.tokens, self.short_tokens = {}, {}, {}
        self.releases = []  # what /downloads lists, oldest first
        self.next_id = 1

    def number(self):
        self.next_id += 1
        return self.next_id

    def add_scope(self, kind, name):
        scope = Scope(kind, name)
        self.scopes[scope.path.lower()] = scope
        return scope

    def scope_of_url(self, path):
        """The scope that a page of the web site is about: /o/r, /o, /enterprises/e."""
        parts = [part for part in path.split("/") if part]
        if len(parts) == 2 and parts[0] == "enterprises":
            key = f"/enterprises/{parts[1]}"
        else:
            key = {1: "/orgs/", 2: "/repos/"}.get(len(parts), "/none/") + "/".join(parts)
        return self.scopes.get(key.lower())

    def add_token(self, value=None, **what):
        token = Token(value or f"ghp_{secrets.token_hex(18)}", **what)
        self.tokens[token.value] = token
        return token

    def short_token(self, scope, purpose):
        value = "A" + secrets.token_hex(14).upper()
        self.short_tokens[value] = ShortToken(scope, purpose, time.time() + 3600)
        return value, self.short_tokens[value].expires

    def labels(self, names, *, read_only=()):
        made = {name.lower(): Label(self.number(), name, "read-only") for name in read_only}
        for name in names:
            if not name.strip() or len(name) > LABEL_LIMIT:
                raise Refused(422, "Validation Failed", errors=[f"label '{name[:20]}' is empty or longer than {LABEL_LIMIT}"])
            made.setdefault(name.lower(), Label(self.number(), name, "custom"))
        return list(made.values())

    def add_runner(self, scope, name, *, labels=(), read_only=("self-hosted", "Linux", "X64"), group=1, **what):
        if scope.named(name) is not None:
            raise Refused(409, f"Already exists - A runner with the name {name} already exists.")
        if group not in scope.groups:
            raise Refused(404, "Not Found")
        runner = Runner(self.number(), name, scope, group, self.labels(labels, read_only=read_only), **what)
        scope.runners[runner.id] = runner
        return runner

    def give_credentials(self, runner, secret):
        runner.client_id = secrets.token_hex(16)
        runner.secret_digest = hashlib.sha256(secret.encode()).hexdigest()

    def by_client_id(self, client_id):
        return next((r for s in self.scopes.values() for r in s.runners.values() if client_id and r.client_id == client_id), None)

    def by_id(self, runner_id):
        return next((s.runners[runner_id] for s in self.scopes.values() if runner_id in s.runners), None)
