"""Grafana's HTTP API, as far as it is used."""

import base64
import re
import time

from .store import ROLES, Refused, slug

ROUTES = []


def route(verb, pattern, role):
    def add(function):
        ROUTES.append((verb, re.compile(pattern.replace(":uid", r"(?P<uid>[^/]+)").replace(":name", r"(?P<uid>.+)")), role, function))
        return function
    return add


class Rest:
    def __init__(self, grafana):
        self.grafana, self.store = grafana, grafana.store

    def answer(self, verb, path, query, headers, body):
        """(status, body)"""
        if path == "/api/health" and verb == "GET":
            return 200, {"commit": "0000000", "database": "ok", "version": self.grafana.version}
        access = self._access(headers.get("Authorization") or "")
        known = False
        for route_verb, pattern, role, function in ROUTES:
            match = pattern.fullmatch(path)
            known = known or bool(match)
            if route_verb != verb or not match:
                continue
            if ROLES.index(access.role) < ROLES.index(role):
                raise Refused(403, f"You'll need additional permissions to perform this action. Permissions needed: {role}", accessErrorId="ACE0000000001",
                              title="Access denied")
            if verb in ("POST", "PUT") and function is not Rest.reload and not isinstance(body, dict):
                raise Refused(400, "bad request data")
            with self.store.lock:
                return 200, function(self, *match.groups(), query=query, body=body, login=access.login)
        raise Refused(404, "Not found")

    def _access(self, header):
        scheme, _, rest = header.partition(" ")
        found = None
        if scheme == "Bearer":
            found = self.store.tokens.get(rest)
            if found is None:
                raise Refused(401, "Invalid API key", messageId="api-key.invalid", statusCode=401, traceID="")
            if found.expires < time.time():
                raise Refused(401, "Expired API key", messageId="api-key.expired", statusCode=401, traceID="")
        elif scheme == "Basic":
            try:
                login, _, password = base64.b64decode(rest).decode().partition(":")
            except ValueError:
                login, password = "", ""
            known, right = self.store.users.get(login, (None, None))
            if known is None or right != password:
                raise Refused(401, "Invalid username or password", messageId="password-auth.failed", statusCode=401, traceID="")
            found = known
        if found is None:
            raise Refused(401, "Unauthorized", messageId="auth.unauthorized", statusCode=401, traceID="")
        return found

    # Dashboards

    @route("POST", "/api/dashboards/db", "Editor")
    def save(self, *, query, body, login):
        del query
        if not isinstance(body.get("dashboard"), dict):
            raise Refused(400, "bad request data")
        made = self.store.save(body["dashboard"], body.get("folderUid") or "", body.get("message", ""), bool(body.get("overwrite")), login)
        return {"folderUid": made.folder, "id": made.id, "slug": slug(made.model["title"]), "status": "success", "uid": made.uid,
                "url": f"/d/{made.uid}/{slug(made.model['title'])}", "version": made.version}

    def _dashboard(self, uid):
        found = self.store.dashboards.get(uid)
        if found is None:
            raise Refused(404, "Dashboard not found")
        return found

    @route("GET", "/api/dashboards/uid/:uid", "Viewer")
    def dashboard(self, uid, **_):
        found = self._dashboard(uid)
        name = slug(found.model["title"])
        folder = self.store.folders.get(found.folder)
        return {
            "meta": {"type": "db", "canSave": True, "canEdit": True, "canAdmin": True, "canStar": True, "canDelete": True, "slug": name,
                     "url": f"/d/{uid}/{name}", "expires": "0001-01-01T00:00:00Z", "created": found.created, "updated": found.updated,
                     "updatedBy": found.by, "createdBy": found.history[0][2], "version": found.version, "hasAcl": False, "isFolder": False,
                     "folderId": folder.id if folder else 0, "folderUid": found.folder, "folderTitle": folder.title if folder else "General",
                     "folderUrl": f"/dashboards/f/{found.folder}/{slug(folder.title)}" if folder else "",
                     "provisioned": bool(found.provisioned), "provisionedExternalId": found.provisioned},
            "dashboard": self.store.shown(found, self.grafana.migrates)}

    @route("DELETE", "/api/dashboards/uid/:uid", "Editor")
    def drop(self, uid, **_):
        found = self._dashboard(uid)
        if found.provisioned:
            raise Refused(400, "provisioned dashboard cannot be deleted")
        del self.store.dashboards[uid]
        return {"id": found.id, "message": f"Dashboard {found.model['title']} deleted", "title": found.model["title"]}

    @route("GET", "/api/dashboards/uid/:uid/versions", "Editor")
    def versions(self, uid, **_):
        found = self._dashboard(uid)
        return {"continueToken": "", "versions": [
            {"id": version, "dashboardId": found.id, "uid": uid, "version": version, "message": message, "createdBy": login, "created": found.updated}
            for version, message, login, _ in reversed(found.history)]}

    @route("GET", "/api/search", "Viewer")
    def search(self, *, query, **_):
        wanted = query.get("folderUIDs", "").split(",")
        found = []
        for uid in wanted:
            dashboards, folders = self.store.contents("" if uid == "general" else uid)
            found += [{"uid": d.uid, "title": d.model["title"], "type": "dash-db", "folderUid": uid} for d in dashboards]
            found += [{"uid": f.uid, "title": f.title, "type": "dash-folder"} for f in folders]
        return found

    # Folders

    @staticmethod
    def _folder_json(folder):
        more = {"parentUid": folder.parent} if folder.parent else {}
        return {"id": folder.id, "uid": folder.uid, "orgId": 1, "title": folder.title, "url": f"/dashboards/f/{folder.uid}/{slug(folder.title)}",
                "hasAcl": False, "canSave": True, "canEdit": True, "canAdmin": True, "canDelete": True, "version": folder.version, **more}

    def _folder(self, uid):
        found = self.store.folders.get(uid)
        if found is None:
            raise Refused(404, "folder not found", "not-found")
        return found

    @route("GET", "/api/folders", "Viewer")
    def folders(self, **_):
        return [{"id": f.id, "uid": f.uid, "title": f.title} for f in self.store.folders.values()]

    @route("POST", "/api/folders", "Editor")
    def add_folder(self, *, body, **_):
        return self._folder_json(self.store.add_folder(body.get("uid") or "", str(body.get("title") or ""), body.get("parentUid") or ""))

    @route("GET", "/api/folders/:uid", "Viewer")
    def folder(self, uid, **_):
        return self._folder_json(self._folder(uid))

    @route("PUT", "/api/folders/:uid", "Editor")
    def change_folder(self, uid, *, body, **_):
        found = self._folder(uid)
        if not body.get("overwrite") and body.get("version") != found.version:
            raise Refused(412, "the folder has been changed by someone else", "version-mismatch")
        found.title, found.version = str(body.get("title") or found.title), found.version + 1
        return self._folder_json(found)

    @route("DELETE", "/api/folders/:uid", "Editor")
    def drop_folder(self, uid, **_):
        self._folder(uid)
        gone = self.store.drop_folder(uid)
        return {"id": gone.id, "message": f"Folder {gone.title} deleted", "title": gone.title}

    # Data sources

    def _source(self, uid):
        found = self.store.sources.get(uid)
        if found is None:
            raise Refused(404, "Data source not found")
        return found

    @staticmethod
    def _source_json(source):
        """Secrets are written only."""
        shown = {name: value for name, value in source.items() if name != "secureJsonData"}
        shown["secureJsonFields"] = {name: True for name in source["secureJsonData"]}
        return shown

    @route("GET", "/api/datasources", "Admin")
    def sources(self, **_):
        return [{k: v for k, v in self._source_json(s).items() if k != "secureJsonFields"} for s in self.store.sources.values()]

    @route("GET", "/api/datasources/uid/:uid", "Admin")
    def source(self, uid, **_):
        return self._source_json(self._source(uid))

    @route("GET", "/api/datasources/name/:name", "Admin")
    def source_by_name(self, name, **_):
        found = next((s for s in self.store.sources.values() if s["name"] == name), None)
        return self._source_json(self._source(found["uid"] if found else ""))

    @route("GET", "/api/datasources/uid/:uid/health", "Admin")
    def source_health(self, uid, **_):
        self._source(uid)
        return {"message": "Successfully queried the Prometheus API.", "status": "OK"}

    def _checked_source(self, body, but=None):
        for name in ("name", "type", "access"):
            if not body.get(name):
                raise Refused(400, "bad request data")
        if any(s["name"] == body["name"] and s is not but for s in self.store.sources.values()):
            raise Refused(409, "data source with the same name already exists")

    @staticmethod
    def _source_from(body):
        made = {"orgId": 1, "typeLogoUrl": "public/img/icn-datasource.svg", "url": "", "user": "", "database": "", "basicAuth": False, "basicAuthUser": "",
                "withCredentials": False, "isDefault": False, "readOnly": False}
        for name in ("name", "type", "access", "url", "user", "database", "basicAuth", "basicAuthUser", "withCredentials", "isDefault"):
            if name in body:
                made[name] = body[name]
        made["jsonData"] = body.get("jsonData") or {}
        return made

    @route("POST", "/api/datasources", "Admin")
    def add_source(self, *, body, **_):
        self._checked_source(body)
        uid = body.get("uid") or "P" + base64.b32encode(body["name"].encode()).decode()[:16].rstrip("=")
        if uid in self.store.sources:
            raise Refused(409, "data source with the same uid already exists")
        made = {"id": self.store.number(), "uid": uid, **self._source_from(body), "secureJsonData": body.get("secureJsonData") or {}, "version": 1}
        self.store.sources[uid] = made
        return {"datasource": self._source_json(made), "id": made["id"], "message": "Datasource added", "name": made["name"]}

    @route("PUT", "/api/datasources/uid/:uid", "Admin")
    def change_source(self, uid, *, body, **_):
        found = self._source(uid)
        if found["readOnly"]:
            raise Refused(403, "Cannot update read-only data source")
        self._checked_source(body, found)
        if body.get("version") and body["version"] != found["version"]:
            raise Refused(409, "Datasource has already been updated by someone else. Please reload and try again")
        secure = {**found["secureJsonData"], **(body.get("secureJsonData") or {})}
        found.update(self._source_from(body), secureJsonData=secure, version=found["version"] + 1)
        return {"datasource": self._source_json(found), "id": found["id"], "message": "Datasource updated", "name": found["name"]}

    @route("DELETE", "/api/datasources/uid/:uid", "Admin")
    def drop_source(self, uid, **_):
        found = self._source(uid)
        if found["readOnly"]:
            raise Refused(403, "Cannot delete read-only data source")
        del self.store.sources[uid]
        return {"id": found["id"], "message": "Data source deleted"}

    @route("POST", "/api/admin/provisioning/dashboards/reload", "Admin")
    def reload(self, **_):
        self.grafana.provisioning.read_providers()
        return {"message": "Dashboards config reloaded"}
