"""What a Grafana knows: dashboards with their versions, folders, data sources, who may do what."""

import copy
import hashlib
import json
import re
import secrets
import threading
import time
from dataclasses import dataclass, field

LATEST_SCHEMA = 42
ROLES = ("Viewer", "Editor", "Admin")


class Refused(Exception):
    """@param status_word: Grafana's own word beside some refusals."""

    def __init__(self, status, message, status_word=None, **more):
        super().__init__(message)
        self.status, self.answer = status, {"message": message, **({"status": status_word} if status_word else {}), **more}


@dataclass
class Access:
    role: str
    login: str
    expires: float = float("inf")


@dataclass
class Dashboard:
    id: int
    uid: str
    folder: str
    model: dict
    created: str
    updated: str = ""
    by: str = ""
    provisioned: str = ""  # the file that it comes from
    deletable: bool = True
    editable: bool = True
    history: list = field(default_factory=list)  # (version, message, login, model)

    @property
    def version(self):
        return self.model["version"]


@dataclass
class Folder:
    id: int
    uid: str
    title: str
    parent: str = ""
    version: int = 1


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def slug(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def check_uid(uid):
    if len(uid) > 40:
        raise Refused(400, "uid too long, max 40 characters")
    if not re.fullmatch(r"[a-zA-Z0-9\-_]*", uid):
        raise Refused(400, "uid contains illegal characters")


class Store:
    def __init__(self):
        self.lock = threading.RLock()
        self.dashboards, self.folders, self.sources = {}, {}, {}
        self.tokens, self.users = {}, {"admin": (Access("Admin", "admin"), "admin")}
        self._last = 0

    def number(self):
        self._last += 1
        return self._last

    def add_token(self, role="Admin", *, login="sa-holdfast", expires=float("inf"), value=None):
        value = value or "glsa_" + secrets.token_hex(16) + "_" + secrets.token_hex(4)
        self.tokens[value] = Access(role, login, expires)
        return value

    def add_user(self, login, password, role="Admin"):
        self.users[login] = (Access(role, login), password)

    # Dashboards

    def save(self, model, folder, message, overwrite, login, *, file=None):
        """As the server saves one that it is given. @param file: it comes from one that is provisioned."""
        model = copy.deepcopy(model)
        uid = model.get("uid") or ""
        check_uid(uid)
        if not str(model.get("title") or "").strip():
            raise Refused(400, "Dashboard title cannot be empty", "empty-name")
        if folder and folder not in self.folders:
            raise Refused(404, "folder not found", "not-found")
        old = self.dashboards.get(uid) if uid else None
        if model.get("id") and old is None:
            old = next((d for d in self.dashboards.values() if d.id == model["id"]), None)
            if old is None:
                raise Refused(404, "Dashboard not found", "not-found")
        if old is not None and old.provisioned and file is None and not old.editable:
            raise Refused(400, "Cannot save provisioned dashboard")
        twin = next((d for d in self.dashboards.values() if d is not old and d.folder == folder and d.model["title"] == model["title"]), None)
        if twin is not None:
            raise Refused(412, "A dashboard with the same name in the folder already exists", "name-exists")
        if old is not None and not overwrite and file is None and model.get("version") != old.version:
            raise Refused(412, "The dashboard has been changed by someone else", "version-mismatch")
        return self._put(old, model, uid, folder, message, login, file)

    def _put(self, old, model, uid, folder, message, login, file):
        uid = uid or (old.uid if old else hashlib.sha1(secrets.token_bytes(8)).hexdigest()[:14])
        made = old or Dashboard(self.number(), uid, folder, {}, now())
        model.update(id=made.id, uid=uid, version=(made.version + 1) if old else 1)
        made.folder, made.model, made.updated, made.by = folder, model, now(), login
        if file is not None:
            made.provisioned = file
        made.history.append((model["version"], message, login, copy.deepcopy(model)))
        self.dashboards[uid] = made
        return made

    def shown(self, dashboard, migrates):
        """What is answered: a newer server answers with the model as it would write it today."""
        model = copy.deepcopy(dashboard.model)
        return as_written_today(model) if migrates else model

    # Folders

    def add_folder(self, uid, title, parent=""):
        check_uid(uid)
        if not title.strip():
            raise Refused(400, "folder title cannot be empty")
        uid = uid or "f" + secrets.token_hex(6)
        if uid in self.folders or any(f.title == title and f.parent == parent for f in self.folders.values()):
            raise Refused(409, "a folder with the same name already exists in the current location")
        if parent and parent not in self.folders:
            raise Refused(404, "folder not found", "not-found")
        made = self.folders[uid] = Folder(self.number(), uid, title, parent)
        return made

    def contents(self, folder):
        return [d for d in self.dashboards.values() if d.folder == folder], [f for f in self.folders.values() if f.parent == folder]

    def drop_folder(self, uid):
        """With everything in it, as Grafana does."""
        inside, below = self.contents(uid)
        for dashboard in inside:
            del self.dashboards[dashboard.uid]
        for folder in below:
            self.drop_folder(folder.uid)
        return self.folders.pop(uid)


def as_written_today(model):
    """What a newer server or its browser part adds of itself (facts known of Grafana 9 to 12)."""
    model["schemaVersion"] = max(LATEST_SCHEMA, model.get("schemaVersion") or 0)
    annotations = model.setdefault("annotations", {}).setdefault("list", [])
    if not any(one.get("builtIn") for one in annotations):
        annotations.insert(0, {
            "builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "hide": True,
            "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard"})
    for name, value in (("templating", {"list": []}), ("links", []), ("editable", True), ("fiscalYearStartMonth", 0), ("graphTooltip", 0), ("panels", []),
                        ("tags", []), ("timepicker", {}), ("timezone", "browser"), ("time", {"from": "now-6h", "to": "now"}), ("preload", False)):
        model.setdefault(name, value)
    taken = [panel.get("id") for panel in all_panels(model)]
    free = max([one for one in taken if isinstance(one, int)] or [0])
    seen = set()
    for panel in all_panels(model):
        if not panel.get("id") or panel["id"] in seen:
            free += 1
            panel["id"] = free
        seen.add(panel["id"])
        if panel.get("type") != "row":
            panel.setdefault("pluginVersion", "12.4.0")
            panel.setdefault("options", {})
            panel.setdefault("fieldConfig", {"defaults": {}, "overrides": []})
            panel["fieldConfig"].setdefault("overrides", [])
            for index, target in enumerate(panel.get("targets", [])):
                target.setdefault("refId", "ABCDEFGHIJ"[index])
        for source in (panel, *panel.get("targets", [])):
            if isinstance(source.get("datasource"), str):
                source["datasource"] = {"uid": source["datasource"]}
    return model


def all_panels(model):
    for panel in model.get("panels", []):
        yield panel
        yield from panel.get("panels", [])


def text_of(model):
    return json.dumps(model, sort_keys=True)
