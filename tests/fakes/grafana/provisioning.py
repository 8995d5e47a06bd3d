"""Dashboards from files, as Grafana provisions them: it reads the providers when it starts, and their folders again and again."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .store import Refused


@dataclass
class Provider:
    name: str
    path: Path
    folder: str = ""
    folder_uid: str = ""
    keep: bool = False  # disableDeletion
    editable: bool = False  # allowUiUpdates
    seen: dict = field(default_factory=dict)  # file: (mtime, size)
    uids: dict = field(default_factory=dict)  # file: uid


class Provisioning:
    """@param root: where the file system of the Grafana's host begins."""

    def __init__(self, store, folder, root="/"):
        self.store, self.folder, self.root = store, Path(folder), Path(root)
        self.providers, self.complaints = [], []

    def read_providers(self):
        providers = []
        for file in sorted((self.folder / "dashboards").glob("*.y*ml")):
            said = yaml.safe_load(file.read_text()) or {}
            if said.get("apiVersion") != 1:
                self.complaints.append(f"{file.name}: apiVersion is not 1")
                continue
            for one in said.get("providers", []):
                if one.get("type", "file") != "file" or not one.get("options", {}).get("path"):
                    self.complaints.append(f"{file.name}: a provider without a path")
                    continue
                providers.append(Provider(one["name"], self.root / one["options"]["path"].lstrip("/"), one.get("folder", ""), one.get("folderUid", ""),
                                          bool(one.get("disableDeletion")), bool(one.get("allowUiUpdates"))))
        before = {p.name: p for p in self.providers}
        for provider in providers:
            if provider.name in before and before[provider.name].path == provider.path:
                provider.uids = before[provider.name].uids
        with self.store.lock:
            self.providers = providers
        self.scan()

    def scan(self):
        with self.store.lock:
            for provider in self.providers:
                self._scan(provider)

    def _scan(self, provider):
        files = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(provider.path.rglob("*.json"))}
        for path in [one for one in provider.uids if one not in files]:
            uid = provider.uids.pop(path)
            provider.seen.pop(path, None)
            found = self.store.dashboards.get(uid)
            if found is not None and found.provisioned == str(path):
                if provider.keep:
                    found.provisioned = ""
                else:
                    del self.store.dashboards[uid]
        for path, stamp in files.items():
            if provider.seen.get(path) == stamp:
                continue
            provider.seen[path] = stamp
            try:
                self._load(provider, path)
            except (Refused, ValueError, KeyError) as error:
                self.complaints.append(f"{path.name}: {error}")

    def _load(self, provider, path):
        model = json.loads(path.read_text())
        folder = self._folder(provider)
        model.setdefault("uid", path.stem)
        found = self.store.dashboards.get(model["uid"])
        if found is not None and found.provisioned == str(path) and {**model, "id": 0, "version": 0} == {**found.model, "id": 0, "version": 0}:
            provider.uids[path] = found.uid
            found.editable = provider.editable
            return
        model.pop("id", None)
        made = self.store.save(model, folder, "", True, "provisioning", file=str(path))
        made.editable = provider.editable
        provider.uids[path] = made.uid

    def _folder(self, provider):
        if not provider.folder:
            return ""
        found = next((f for f in self.store.folders.values() if f.title == provider.folder), None)
        return (found or self.store.add_folder(provider.folder_uid, provider.folder)).uid
