#!/usr/bin/python3
"""Gives every inventory in fixtures/ to Ansible and to holdfast, which must say the same.

usage: compare_with_ansible.py INVENTORY_TOOL [FIXTURE…]

A fixture is a folder with an inventory named hosts*, or a folder `inventory`. Compared are --list
(as JSON), --graph (as text), and for the patterns in the file `patterns` the hosts they select.
Fixtures named refused_* must be refused by both. Ansible is loaded once, and each question is
answered by a fork of it: starting it anew takes a second.
"""
import json
import os
import subprocess
import sys
import tempfile

HOME = tempfile.mkdtemp(prefix="holdfast-ansible-")
CONFIG = os.path.join(HOME, "ansible.cfg")
with open(CONFIG, "w", encoding="utf-8"):
    pass
os.environ.update(ANSIBLE_CONFIG=CONFIG, ANSIBLE_HOME=HOME, ANSIBLE_NOCOLOR="1",
                  ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="1", LC_ALL="C.UTF-8",
                  ANSIBLE_LOCALHOST_WARNING="0", ANSIBLE_PYTHON_INTERPRETER="/usr/bin/python3")
sys.path.insert(0, "/usr/lib/python3/dist-packages")

from ansible.cli.adhoc import AdHocCLI  # noqa: E402
from ansible.cli.inventory import InventoryCLI  # noqa: E402

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures")
NAME_LISTS = ["h1,", "h1,h2:2222,10.0.0.1", "a, b ,c", "[::1]:22,x"]


def ask_ansible(cli, arguments):
    """Exit status and standard output and error of an Ansible command, run in a fork."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.close(0)
            os.open("/dev/null", os.O_RDONLY)
            status = 250
            try:
                cli.cli_executor([cli.__name__] + arguments)
                status = 0
            except SystemExit as stop:
                status = stop.code if isinstance(stop.code, int) else 1
            except BaseException as error:  # a crash of Ansible is a refusal
                sys.stderr.write(repr(error))
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        _, state = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        return os.waitstatus_to_exitcode(state), out.read().decode(), err.read().decode()


def ask_holdfast(tool, arguments):
    done = subprocess.run([tool] + arguments, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def inventory_of(fixture):
    for name in sorted(os.listdir(fixture)):
        if name == "inventory" or name.startswith("hosts"):
            return os.path.join(fixture, name)
    raise SystemExit(f"{fixture} holds no inventory")


class Comparison:
    def __init__(self, tool):
        self.tool = tool
        self.failures = []
        self.compared = 0

    def fail(self, what, expected, got, said=""):
        self.failures.append(what)
        print(f"DIFFERS {what}\n  ansible:  {expected}\n  holdfast: {got}\n  {said.strip()}")

    def compare(self, what, ansible, holdfast, read):
        """Both fail, or both say the same."""
        self.compared += 1
        if (ansible[0] == 0) != (holdfast[0] == 0):
            self.fail(what, f"exit {ansible[0]}: {ansible[2][-300:]}", f"exit {holdfast[0]}",
                      holdfast[2])
        elif ansible[0] == 0 and read(ansible[1]) != read(holdfast[1]):
            self.fail(what, read(ansible[1]), read(holdfast[1]))
        elif holdfast[0] not in (0, 1):
            self.fail(what, "an error", f"exit {holdfast[0]}", holdfast[2])

    def views(self, name, path):
        for view, read in (("--list", json.loads), ("--graph", lambda text: text)):
            self.compare(f"{name} {view}", ask_ansible(InventoryCLI, ["-i", path, view]),
                         ask_holdfast(self.tool, ["-i", path, "--trusted", view]), read)

    def refusal(self, name, path):
        self.compared += 1
        ansible = ask_ansible(InventoryCLI, ["-i", path, "--list"])
        holdfast = ask_holdfast(self.tool, ["-i", path, "--trusted", "--list"])
        if ansible[0] == 0:
            self.fail(name, "accepted: this fixture is wrong", f"exit {holdfast[0]}")
        if holdfast[0] != 1 or "error" not in holdfast[2]:
            self.fail(name, "refused: " + ansible[2][-300:], f"exit {holdfast[0]}", holdfast[2])

    def hosts(self, name, path):
        """--host for every host that there is."""
        listed = ask_holdfast(self.tool, ["-i", path, "--trusted", "--list"])
        for host in sorted(json.loads(listed[1])["_meta"]["hostvars"])[:2]:
            self.compare(f"{name} --host {host}",
                         ask_ansible(InventoryCLI, ["-i", path, "--host", host]),
                         ask_holdfast(self.tool, ["-i", path, "--trusted", "--host", host]),
                         json.loads)

    def patterns(self, name, path, patterns):
        for pattern in patterns:
            self.compared += 1
            ansible = ask_ansible(AdHocCLI, ["-i", path, "--list-hosts", "--", pattern])
            holdfast = ask_holdfast(self.tool, ["-i", path, "--trusted", "--hosts", pattern])
            # Ansible only warns of a name that nothing matches, and ends with an error where no
            # host is left; holdfast refuses the first and lets the caller judge the second.
            unmatched = "Could not match supplied host pattern" in ansible[2]
            expected = sorted(line.strip() for line in ansible[1].splitlines()[1:])
            got = sorted(holdfast[1].split("\n"))[1:]
            what = f"{name} pattern {pattern!r}"
            refused = unmatched or ("leaves us with no hosts" not in ansible[2] and
                                    ansible[0] != 0)
            if refused != (holdfast[0] != 0):
                self.fail(what, f"exit {ansible[0]}: {expected} {ansible[2][-300:]}",
                          f"exit {holdfast[0]}: {got}", holdfast[2])
            elif not refused and expected != got:
                self.fail(what, expected, got)


def main():
    comparison = Comparison(os.path.abspath(sys.argv[1]))
    only = sys.argv[2:]
    for name in sorted(os.listdir(FIXTURES)):
        fixture = os.path.join(FIXTURES, name)
        if only and name not in only:
            continue
        path = inventory_of(fixture)
        if name.startswith("refused_"):
            comparison.refusal(name, path)
            continue
        comparison.views(name, path)
        comparison.hosts(name, path)
        patterns = os.path.join(fixture, "patterns")
        if os.path.exists(patterns):
            with open(patterns, encoding="utf-8") as lines:
                comparison.patterns(name, path, lines.read().splitlines())
    if not only:
        for names in NAME_LISTS:
            comparison.views(f"names {names}", names)
    print(f"{comparison.compared} comparisons, {len(comparison.failures)} differences")
    return 1 if comparison.failures else 0


if __name__ == "__main__":
    STATUS = main()
    subprocess.run(["rm", "-rf", "--", HOME], check=False)
    sys.exit(STATUS)
