"""What is measured: each tool says how to write the workload in its own language and how it is run, cold."""

import base64
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Site:
    """The hosts as the tools reach them: name -> (address, port), and how to log in."""

    def __init__(self, folder, hosts, key, host_keys):
        self.folder, self.hosts, self.key = folder, hosts, key
        folder.mkdir(parents=True, exist_ok=True)
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.write_text("".join(
            f"{name},{address if port == 22 else f'[{address}]:{port}'} {host_keys[name]}\n"
            for name, (address, port) in hosts.items()))
        plain = "".join(f"Host {name}\n  HostName {address}\n  Port {port}\n  HostKeyAlias {name}\n"
                        for name, (address, port) in hosts.items())
        plain += (f"Host *\n  User root\n  IdentityFile {key}\n  IdentitiesOnly yes\n"
                  f"  UserKnownHostsFile {self.known_hosts}\n  StrictHostKeyChecking yes\n  BatchMode yes\n")
        self.ssh_config = folder / "ssh_config"
        self.ssh_config.write_text(plain)
        self.sockets = Path(f"/tmp/hf-bench-{os.getpid()}")
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self.mux_config = folder / "ssh_config.mux"
        self.mux_config.write_text(
            f"{plain}  ControlMaster auto\n  ControlPersist 60s\n  ControlPath {self.sockets}/%C\n")

    def inventory(self, path):
        lines = ["all:", "  vars:", "    ansible_user: root", f"    ansible_ssh_private_key_file: {self.key}",
                 f"    ansible_ssh_common_args: -o UserKnownHostsFile={self.known_hosts}",
                 "    ansible_python_interpreter: /usr/bin/python3", "  hosts:"]
        lines += [f"    {n}: {{ansible_host: {a}, ansible_port: {p}}}" for n, (a, p) in self.hosts.items()]
        path.write_text("\n".join(lines) + "\n")

    def close_sockets(self):
        """The next run connects anew."""
        for socket in self.sockets.iterdir():
            subprocess.run(["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "none"],
                           stdin=subprocess.DEVNULL, capture_output=True, check=False)
            socket.unlink(missing_ok=True)


class Tool:
    """@member acts  of "plan" and "apply", what it can do."""

    name = ""
    packages = ()
    acts = ("plan", "apply")
    slow = False
    leaves = ()  # paths of its own that an apply leaves on a host

    def write(self, folder, site, workload):
        raise NotImplementedError

    def argv(self, folder, site, act):
        raise NotImplementedError

    def environment(self, folder, site):
        return {}

    def nothing_changed(self, act, code, output):
        """Whether a run found everything as it should be."""
        return code == 0


# --- The floors ------------------------------------------------------------------------------------------

class Floor(Tool):
    """One cold ssh a host, all hosts at once, each with a script on its standard input."""

    def script(self, workload):
        raise NotImplementedError

    def write(self, folder, site, workload):
        (folder / "script").write_text(self.script(workload))
        lines = [f"ssh -F {site.ssh_config} {host} sh -s <{folder}/script >{folder}/{host}.out 2>&1 & pids=\"$pids $!\""
                 for host in site.hosts]
        (folder / "run").write_text("\n".join(["pids=", *lines, "for p in $pids; do wait $p || exit 1; done\n"]))

    def argv(self, folder, site, act):
        return ["/bin/sh", folder / "run"]


class FloorSsh(Floor):
    name, acts = "floor-ssh", ("plan",)

    def script(self, workload):
        return "true\n"


class FloorPlan(Floor):
    """Asks what a plan must know, and compares nothing."""

    name, acts = "floor-plan", ("plan",)

    def script(self, w):
        files = [*(f.path for f in w.files), *(f"/etc/systemd/system/{u.name}" for u in w.units)]
        paths = shlex.join([*w.directories, *files, *(path for path, _ in w.links)])
        lines = [f"stat -c '%n %F %a %U %G %s %N' {paths}", f"sha256sum {shlex.join(files)}"]
        if w.group:
            lines += [f"getent group {w.group}", f"getent passwd {w.user}"]
        if w.units:
            lines.append("systemctl show -p Id,LoadState,ActiveState,UnitFileState,NeedDaemonReload "
                         + " ".join(u.name for u in w.units))
        if w.packages:
            lines.append("dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n' " + " ".join(w.packages))
        if w.rules:
            lines.append("ufw status verbose")
        return "\n".join(lines) + "\n"


class FloorApply(Floor):
    """Does it all blind: no question, no undo."""

    name, acts = "floor-apply", ("apply",)

    def write(self, folder, site, workload):
        super().write(folder, site, workload)
        tree = folder / "tree"
        units = [(f"/etc/systemd/system/{u.name}", u.text, "0644") for u in workload.units]
        for path, text, mode in [*((f.path, f.text, f.mode) for f in workload.files), *units]:
            target = tree / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            target.chmod(int(mode, 8))
        members = [os.path.relpath(p, tree) for p in tree.rglob("*") if p.is_file()]
        packed = subprocess.run(["tar", "-C", tree, "--owner=0", "--group=0", "-cz", *members],
                                stdout=subprocess.PIPE, check=True).stdout
        text = (folder / "script").read_text().replace("@TAR@", base64.encodebytes(packed).decode())
        (folder / "script").write_text(text)

    def script(self, w):
        lines = ["set -e"]
        if w.group:
            lines += [f"groupadd --system {w.group}",
                      f"useradd --system -g {w.group} -d {w.home} -s /usr/sbin/nologin {w.user}"]
        lines += [f"mkdir -p {shlex.join(w.directories)}",
                  "base64 -d <<'END' | tar -xz -C / --no-overwrite-dir\n@TAR@END"]
        if w.user:
            lines.append(f"chown {w.user}:{w.group} {shlex.join(w.directories)}")
        lines += [f"ln -s {shlex.quote(target)} {shlex.quote(path)}" for path, target in w.links]
        if w.units:
            names = " ".join(u.name for u in w.units)
            lines += ["systemctl daemon-reload", f"systemctl enable -q {names}", f"systemctl start {names}"]
        lines += [f"ufw allow {port}/{protocol}" for port, protocol in w.rules]
        if w.rules:
            lines.append("ufw --force enable")
        return "\n".join(lines) + "\n"


# --- holdfast --------------------------------------------------------------------------------------------

class Holdfast(Tool):
    """@member how  What it is called with for each act; "look" is a plan of what is still to be done; of "events" each
    has its time."""

    name = "holdfast"
    how = {"plan": ["plan", "--detailed-exitcode"], "apply": ["apply", "--yes"], "look": ["plan"],
           "rehearse": ["plan", "--rehearse"], "events": ["apply", "--yes", "--json"]}
    acts = tuple(how)
    leaves = ("/var/lib/holdfast",)

    def write(self, folder, site, w):
        site.inventory(folder / "hosts.yaml")
        (folder / "manifests/files").mkdir(parents=True)
        r = []
        if w.group:
            r += [{"group": w.group, "system": True},
                  {"user": w.user, "system": True, "group": w.group, "home": w.home, "shell": "/usr/sbin/nologin"}]
        owner = {"owner": w.user, "group": w.group} if w.user else {}
        r += [{"directory": path, **owner, "mode": "0755"} for path in w.directories]
        for n, f in enumerate(w.files):
            (folder / f"manifests/files/{n}").write_text(f.text)
            r.append({"file": f.path, "source": f"files/{n}", "mode": f.mode})
        r += [{"symlink": path, "target": target} for path, target in w.links]
        r += [{"systemd_unit": u.name, "content": u.text, "enabled": True, "state": "running"} for u in w.units]
        if w.rules:
            r.append({"firewall": "ufw", "enabled": True})
            r += [{"firewall_rule": f"port {port}", "allow": {"port": f"{port}/{protocol}"}} for port, protocol in w.rules]
        r += [{"package": name} for name in w.packages]
        # JSON is YAML; one resource a line keeps it readable.
        body = "\n".join(f"  - {json.dumps(item)}" for item in r)
        (folder / "manifests/site.yaml").write_text(f"manifest: bench\nhosts: all\nresources:\n{body}\n")

    def argv(self, folder, site, act):
        program = os.environ.get("HOLDFAST_PROGRAM", ROOT / "build/release/holdfast")
        return [program, *self.how[act], "-i", folder / "hosts.yaml", folder / "manifests/site.yaml"]


# --- The others ------------------------------------------------------------------------------------------

class Ansible(Tool):
    name = "ansible"
    packages = ("ansible-core", "ansible")
    slow = True
    leaves = ("/root/.ansible",)
    configuration = "[ssh_connection]\npipelining = True\n"

    def write(self, folder, site, w):
        site.inventory(folder / "hosts.yaml")
        t = []
        if w.group:
            t += [{"group": {"name": w.group, "system": True}},
                  {"user": {"name": w.user, "system": True, "group": w.group, "home": w.home, "create_home": False,
                            "shell": "/usr/sbin/nologin"}}]
        owner = {"owner": w.user or "root", "group": w.group or "root"}
        t.append({"file": {"path": "{{ item }}", "state": "directory", "mode": "0755", **owner}, "loop": w.directories})
        (folder / "files").mkdir()
        copies = []
        for n, f in enumerate(w.files):
            (folder / f"files/{n}").write_text(f.text)
            copies.append({"src": f"files/{n}", "dest": f.path, "mode": f.mode})
        copy = {"src": "{{ item.src }}", "dest": "{{ item.dest }}", "mode": "{{ item.mode }}", "owner": "root", "group": "root"}
        t.append({"copy": copy, "loop": copies})
        if w.links:
            t.append({"file": {"path": "{{ item.path }}", "src": "{{ item.src }}", "state": "link"},
                      "loop": [{"path": path, "src": target} for path, target in w.links]})
        if w.units:
            for u in w.units:
                (folder / "files" / u.name).write_text(u.text)
            t += [{"copy": {"src": "files/{{ item }}", "dest": "/etc/systemd/system/{{ item }}", "mode": "0644"},
                   "loop": [u.name for u in w.units], "register": "units"},
                  {"systemd": {"daemon_reload": True}, "when": "units is changed"},
                  {"systemd": {"name": "{{ item }}", "enabled": True, "state": "started"}, "loop": [u.name for u in w.units]}]
        if w.rules:
            t += [{"community.general.ufw": {"rule": "allow", "port": "{{ item.port }}", "proto": "{{ item.proto }}"},
                   "loop": [{"port": str(port), "proto": protocol} for port, protocol in w.rules]},
                  {"community.general.ufw": {"state": "enabled"}}]
        # The apt module wants python3-apt on the host and a way out to fetch it: in its favour, only a look.
        t += [{"command": {"argv": ["dpkg-query", "-W", name]}, "changed_when": False, "check_mode": False} for name in w.packages]
        (folder / "site.yaml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": t}], indent=1))
        (folder / "ansible.cfg").write_text(
            f"[defaults]\nforks = 10\nretry_files_enabled = False\n{self.defaults()}{self.configuration}"
            f"ssh_args = -F {site.mux_config}\ncontrol_path = {site.sockets}/a-%%C\n")

    def defaults(self):
        return ""

    def argv(self, folder, site, act):
        return ["/usr/bin/ansible-playbook", "-i", folder / "hosts.yaml", *(["--check"] if act == "plan" else []),
                folder / "site.yaml"]

    def environment(self, folder, site):
        return {"ANSIBLE_CONFIG": str(folder / "ansible.cfg"), "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
                "ANSIBLE_NOCOLOR": "1"}

    def nothing_changed(self, act, code, output):
        recap = [line for line in output.splitlines() if "changed=" in line]
        return code == 0 and bool(recap) and all("changed=0 " in line for line in recap)


class Mitogen(Ansible):
    name = "mitogen"
    packages = ("ansible-core", "ansible", "ansible-mitogen")

    def defaults(self):
        return "strategy_plugins = /usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy\nstrategy = mitogen_linear\n"


class BundleWrap(Tool):
    name = "bundlewrap"
    packages = ("bundlewrap",)
    slow = True
    leaves = ("/var/lib/bundlewrap",)

    def write(self, folder, site, w):
        bundle = folder / "bundles/bench"
        (bundle / "files").mkdir(parents=True)
        (folder / "groups.py").write_text("groups = {}\n")
        (folder / "nodes.py").write_text("nodes = " + repr(
            {name: {"hostname": name, "bundles": ["bench"], "os": "debian", "os_version": (12,)} for name in site.hosts}))
        files, actions = {}, {}
        for n, f in enumerate(w.files):
            (bundle / f"files/{n}").write_text(f.text)
            files[f.path] = {"source": str(n), "content_type": "binary", "mode": f.mode, "owner": "root", "group": "root"}
        for u in w.units:
            (bundle / "files" / u.name).write_text(u.text)
            files[f"/etc/systemd/system/{u.name}"] = {
                "source": u.name, "content_type": "binary", "mode": "0644", "owner": "root", "group": "root",
                "triggers": ["action:daemon-reload"]}
        if w.units:
            actions["daemon-reload"] = {"command": "systemctl daemon-reload", "triggered": True,
                                        "before": [f"svc_systemd:{u.name}" for u in w.units]}
        # Its `users` cannot say that an account is a system's: an action makes the account, the item then looks after it.
        if w.user:
            actions["make-user"] = {
                "command": f"groupadd --system {w.group} && useradd --system -g {w.group} -d {w.home} -s /usr/sbin/nologin {w.user}",
                "unless": f"getent passwd {w.user}", "needed_by": [f"user:{w.user}", f"group:{w.group}"]}
        # One after the other: ufw keeps its rules in the order in which they came.
        previous = []
        for port, protocol in w.rules:
            actions[f"ufw-{port}"] = {"command": f"ufw allow {port}/{protocol}", "needs": previous, "cascade_skip": False,
                                      "unless": f"ufw show added | grep -qx 'ufw allow {port}/{protocol}'"}
            previous = [f"action:ufw-{port}"]
        if w.rules:
            actions["ufw-enable"] = {"command": "ufw --force enable", "needs": previous,
                                     "unless": "ufw status | grep -q 'Status: active'"}
        owner = {"owner": w.user or "root", "group": w.group or "root"}
        items = {
            "groups": {w.group: {}} if w.group else {},
            "users": {w.user: {"gid": w.group, "home": w.home, "shell": "/usr/sbin/nologin", "password_hash": "!"}} if w.user else {},
            "directories": {path: {"mode": "0755", **owner} for path in w.directories},
            "files": files,
            "symlinks": {path: {"target": target, "owner": "root", "group": "root"} for path, target in w.links},
            "svc_systemd": {u.name: {} for u in w.units},
            "pkg_apt": {name: {} for name in w.packages},
            "actions": actions,
        }
        (bundle / "items.py").write_text("".join(f"{kind} = {value!r}\n" for kind, value in items.items()))

    def argv(self, folder, site, act):
        how = ["verify", "-p", "10"] if act == "plan" else ["apply", "-p", "10"]
        return ["/usr/bin/bw", "-r", folder, *how, *site.hosts]

    def environment(self, folder, site):
        return {"BW_SSH_ARGS": f"-F {site.mux_config}", "BW_TABLE_STYLE": "grep"}

    def nothing_changed(self, act, code, output):
        summaries = re.findall(r"(\d+) fixed, \d+ skipped, (\d+) failed", output)
        return code == 0 and (act == "plan" or bool(summaries) and all(s == ("0", "0") for s in summaries))


TOOLS = [FloorSsh(), FloorPlan(), FloorApply(), Holdfast(), BundleWrap(), Mitogen(), Ansible()]
