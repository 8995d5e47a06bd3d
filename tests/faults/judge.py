"""The quick judge: what tests/support/snapshot looks at, seen from outside through the host's layers.

A host's root is a stack of layers of which only the uppermost is written, so what can differ lies there: a look costs
some hundredths of a second, not half a second. Whatever does not lie in files (what units do, packet filter, kernel settings) one
script on the host tells. Knows nothing of holdfast but which paths snapshot.ignore leaves out."""

import fnmatch
import hashlib
import os
import re
import stat
import subprocess
from pathlib import Path

SUPPORT = Path(__file__).resolve().parents[1] / "support"
UNIT_PROPERTIES = ("LoadState", "ActiveState", "SubState", "UnitFileState", "FragmentPath", "DropInPaths", "NeedDaemonReload")
PASSING_UNITS = re.compile(r"^(user@|user-runtime-dir@|run-user-|run-credentials-)")
PASSING_SETTINGS = re.compile(r"^/proc/sys/net/(netfilter/nf_conntrack_count|ipv[46]/route/|netfilter/nf_log)")
# Empty folders that a killed systemd-analyze leaves, and the host's tmpfiles sweep away.
PASSING_FILES = re.compile(r"^/tmp/systemd-(analyze|temporary)-......$")
# On a busy machine systemd takes longer to answer than systemctl waits.
ASK = f"""
export SYSTEMD_BUS_TIMEOUT=300
systemctl show --all -p Id,{','.join(UNIT_PROPERTIES)} '*.service' '*.socket' '*.timer' '*.path' '*.mount' '*.swap'
echo; echo == filter
nft -s list ruleset 2>/dev/null
echo == settings
grep -rs . /proc/sys/net
echo == over
"""


def ignored_paths():
    lines = (SUPPORT / "snapshot.ignore").read_text().splitlines()
    return [re.sub(r"\s*#.*", "", line) for line in lines if re.sub(r"\s*#.*", "", line)]


def shown(old, new):
    """Of two folders, only what they don't both hold."""
    lists = [re.search(r"\[(.*?)\]", state) for state in (old, new)]
    if not all(lists):
        return old[:300], new[:300]
    both = set(lists[0][1].split()) & set(lists[1][1].split())
    return [state.replace(found[1], " ".join(n for n in found[1].split() if n not in both)) for state, found in
            zip((old, new), lists)]


class Judge:
    """Of one host, as long as it is not reset."""

    def __init__(self, host):
        self.host = host
        self.folder = Path(host.lab.variables["HOLDFAST_LAB_DIR"]) / host.name
        self.ignore = ignored_paths()
        self.ignored = re.compile("|".join(f"(?:{fnmatch.translate(p)})" for p in self.ignore))
        units = [p.rsplit("/", 1)[1] for p in self.ignore if re.search(r"/systemd/(system|transient)/", p)]
        self.ignored_units = re.compile("|".join(f"(?:{fnmatch.translate(p)})" for p in units))
        self.hashes = {}
        self.base = None

    @property
    def root(self):
        return self.folder / "root"

    def init(self):
        return self.host.init()

    def on_host(self, script):
        """What a script of root's prints there."""
        done = subprocess.run(self.host.inside(script), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=300, check=False)
        return done.stdout.decode("utf-8", "backslashreplace")

    # --- files

    def look(self):
        """Everything that may differ from how the host was made: name -> state."""
        seen = {}
        self._walk(self._upper(), "", seen, self.root)
        for place in ("/tmp", "/dev/shm"):
            self._walk(Path(f"/proc/{self.init()}/root{place}"), place, seen, Path(f"/proc/{self.init()}/root"))
        for entry in os.listdir(f"/proc/{self.init()}/root/run"):
            if not self.ignored.match(f"/run/{entry}"):
                seen[f"/run/{entry}"] = "there"
        self._ask(seen)
        return seen

    def _upper(self):
        return self.folder / ("disk/upper" if (self.folder / "disk/upper").exists() else "upper")

    def _walk(self, layer, path, seen, root):
        try:
            entries = list(os.scandir(f"{layer}{path}" if root == self.root else layer))
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            name = f"{path}/{entry.name}"
            if self.ignored.match(name) or PASSING_FILES.match(name):
                continue
            seen[name] = self._state([root], name)
            if entry.is_dir(follow_symlinks=False):
                self._walk(layer if root == self.root else Path(entry.path), name, seen, root)

    def _below(self, name):
        """The state of what the uppermost layer says nothing of."""
        if self.base is None:
            mount = next(line for line in Path("/proc/mounts").read_text().splitlines() if f" {self.root} " in line)
            self.base = [Path(p) for p in re.search(r"lowerdir=([^,]*)", mount)[1].split(":")]
        return self._state(self.base, name)

    def _state(self, layers, name):
        for layer in layers:
            path = f"{layer}{name}"
            try:
                found = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            out = f"{stat.filemode(found.st_mode)} {found.st_uid}:{found.st_gid}"
            if stat.S_ISLNK(found.st_mode):
                return f"{out[0]}{out[10:]} -> {os.readlink(path)}"
            if stat.S_ISREG(found.st_mode):
                out += f" {found.st_size} {self._digest(path, found)}"
            elif stat.S_ISDIR(found.st_mode):
                names = {n for below in layers for n in self._names(f"{below}{name}")}
                out += " [" + " ".join(sorted(n for n in names if not self.ignored.match(f"{name}/{n}"))) + "]"
            return out + self._attributes(path)
        return "absent"

    @staticmethod
    def _names(path):
        try:
            return os.listdir(path)
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _digest(self, path, found):
        key = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)
        if key not in self.hashes:
            with open(path, "rb") as file:
                self.hashes[key] = hashlib.sha256(file.read()).hexdigest()[:16]
        return self.hashes[key]

    @staticmethod
    def _attributes(path):
        names = sorted(n for n in os.listxattr(path, follow_symlinks=False) if not n.startswith("trusted.overlay."))
        return "".join(f" {n}={os.getxattr(path, n, follow_symlinks=False).hex()}" for n in names)

    # --- what does not lie in files

    def _ask(self, seen):
        said = self.on_host(ASK)
        assert said.rstrip().endswith("== over"), f"the host does not say what state it is in:\n{said[-2000:]}"
        units, rest = said.split("\n== filter\n", 1)
        rules, rest = rest.split("== settings\n", 1)
        for block in units.split("\n\n"):
            values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
            name = values.get("Id")
            if name is None or PASSING_UNITS.match(name) or self.ignored_units.match(name):
                continue
            if values["ActiveState"] != "inactive" or values.get("NeedDaemonReload") != "no":
                seen[f"unit {name}"] = " ".join(values.get(p, "") for p in UNIT_PROPERTIES)
        # ufw and iptables leave empty ones behind, which no boot keeps.
        seen["packet filter"] = re.sub(r"table \S+ \S+ \{\n\}\n", "", rules)
        for line in rest.splitlines():
            name, _, value = line.partition(":")
            if name.startswith("/proc/") and not PASSING_SETTINGS.match(name):
                seen[name] = value
        self._packages(seen)

    def _packages(self, seen):
        """From dpkg's own record, read here: an entry for each package."""
        text = (self.root / "var/lib/dpkg/status").read_text(encoding="utf-8", errors="backslashreplace")
        key = hashlib.sha256(text.encode()).hexdigest()
        if key not in self.hashes:
            found = {}
            for block in text.split("\n\n"):
                values = dict(re.findall(r"^(Package|Status|Version|Architecture): (.*)$", block, re.M))
                if values and not values["Status"].endswith(" not-installed"):
                    found[f"package {values['Package']}"] = f"{values['Status']} {values.get('Version')} {values.get('Architecture')}"
            self.hashes[key] = found
        seen.update(self.hashes[key])
        marks = self.root / "var/lib/apt/extended_states"
        if marks.exists():
            for name, automatic in re.findall(r"^Package: (.*)\n(?:.*\n)*?Auto-Installed: (\d)", marks.read_text(), re.M):
                if automatic == "1" and f"package {name}" in seen:
                    seen[f"package {name}"] += " automatic"

    def difference(self, before, after):
        """What differs between two looks, a line each."""
        out = []
        for name in sorted(set(before) | set(after)):
            states = []
            for look in (before, after):
                state = look.get(name)
                if state is None:
                    state = self._below(name) if name.startswith("/") and not name.startswith(("/run/", "/proc/", "/tmp", "/dev/")) else "absent"
                states.append(state)
            if states[0] != states[1]:
                out.append(f"{name}: " + " -> ".join(shown(*states)))
        return out
