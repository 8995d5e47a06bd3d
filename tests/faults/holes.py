"""Holes that a run closes, for the tightening runs: how each is made, closed by a manifest, and found out to be open or not
by somebody who tries to get through."""

import subprocess
from dataclasses import dataclass, field
from typing import Callable

from everything import as_yaml

LOGIN = "echo through"
OLD, NEW = "old secret of the tests", "new secret of the tests"


@dataclass
class Hole:
    make: str  # shell
    close: str  # resources
    is_open: Callable  # bench -> bool
    touches: list  # what may differ once it is closed, as patterns of the judge's lines
    environment: dict = field(default_factory=dict)


@dataclass
class Person:
    """Somebody with an account on the host, and both halves of a key."""

    name: str
    public: str
    private: str

    @property
    def make(self):
        home = f"/home/{self.name}"
        return (f"useradd -m -s /bin/bash {self.name}; install -d -m 700 -o {self.name} -g {self.name} {home}/.ssh; "
                f"echo '{self.public}' >{home}/.ssh/authorized_keys; chown {self.name}: {home}/.ssh/authorized_keys")


def key(draw, who):
    path = f"/home/{who.name}/.ssh/authorized_keys"
    close = draw.choice([
        {"authorized_key": f"of {who.name}", "user": who.name, "key": " ".join(who.public.split()[:2]), "ensure": "absent"},
        {"file": path, "ensure": "absent"}])
    return Hole(who.make, as_yaml([close]), lambda bench: bench.gets_in(who.name, key=who.private, command=LOGIN), [f" {path}"])


def account(draw, who):
    close = {"user": who.name, "ensure": "absent", **({"remove_home": True} if draw.random() < 0.3 else {})}
    return Hole(who.make, as_yaml([close]),
                lambda bench: bench.gets_in(who.name, key=who.private, command=LOGIN) or who.name in bench.host.sh("getent passwd"),
                [r" /etc/(passwd|shadow|group|gshadow|subuid|subgid)($|\t)", f" {who.name}:", rf" /home/{who.name}(/|$|\t)",
                 rf"  /home/{who.name}/", f"file: /home/{who.name}"])


def sudo_rule(draw, who):
    path = f"/etc/sudoers.d/{who.name}"
    rule = draw.choice(["NOPASSWD: ALL", "NOPASSWD: /usr/bin/true"])
    return Hole(f"{who.make}; echo '{who.name} ALL=(ALL) {rule}' >{path}; chmod 440 {path}",
                as_yaml([{"file": path, "ensure": "absent"}]),
                lambda bench: bench.gets_in(who.name, key=who.private, command="sudo -n /usr/bin/true && echo through"), [f" {path}"])


def secret(draw, who):
    path, variable = f"/etc/{who.name}.secret", f"SECRET_OF_{who.name.upper()}"
    text = NEW + draw.choice(["", "\n"])
    return Hole(f"umask 077; printf %s '{OLD}' >{path}", f"  - file: {path}\n    mode: 0600\n    content: !env {variable}\n",
                lambda bench: bench.host.read(path) != text, [f" {path}"], {variable: text})


def password(_, who):
    old, new = (subprocess.run(["openssl", "passwd", "-6", "-salt", salt, word], capture_output=True, text=True, check=True).stdout.strip()
                for salt, word in (("one", OLD), ("two", NEW)))
    variable = f"HASH_OF_{who.name.upper()}"
    return Hole(f"useradd -m -p '{old}' {who.name}", f"  - user: {who.name}\n    password: !env {variable}\n",
                lambda bench: old in bench.host.read("/etc/shadow"), [r" /etc/shadow($|\t)", f" {who.name}:"], {variable: new})


HOLES = {"key": key, "account": account, "sudo rule": sudo_rule, "secret": secret, "password": password}
