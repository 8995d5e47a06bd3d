"""Lab hosts, and runs of the program against them, for the tests in tests/e2e."""

import base64
import json
import os
import secrets
import shlex
import subprocess
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "tests/lab/lab"
PROGRAM = Path(os.environ.get("HOLDFAST_PROGRAM", ROOT / "build/release/holdfast"))

CLEAN = ("/usr/bin/env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8")
# Ends what a held run left on the host, but not what it did: as if everything had been killed at once.
KILL_ALL_OF_RUN = """
systemctl stop 'holdfast-guard-*'
for run in /run/holdfast/*/run; do
  for process in /proc/[0-9]*; do [ ! "$process/fd/6" -ef "$run" ] || kill -KILL "${process#/proc/}"; done
done
"""


def pull_real_plugs():
    """Labs that are made from now on lose with their power what was not synced, where memory has room for their disks."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK):
        room = os.statvfs(memory)
        if room.f_bavail * room.f_frsize >= 4 << 30:
            os.environ.setdefault("HOLDFAST_LAB_DISKS", memory)


class Finished:
    """What a process left: its exit code and both outputs."""

    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err = argv, code, out, err

    def __str__(self):
        return f"$ {shlex.join(map(str, self.argv))}\nexit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    def json(self):
        return json.loads(self.out)

    def events(self):
        """One JSON object a line, as --json prints while it runs."""
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]


def run(argv, *, stdin="", env=None, cwd=None, timeout=120):
    done = subprocess.run(
        [str(a) for a in argv], input=stdin, env=env, cwd=cwd, timeout=timeout,
        capture_output=True, encoding="utf-8", errors="backslashreplace", check=False)
    return Finished(argv, done.returncode, done.stdout, done.stderr)


class Host:
    """One lab host. ssh() goes over the network as a person would; console() works without it."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.resetting = None

    @property
    def address(self):
        return self.lab.variables[f"HOLDFAST_LAB_{self.name.upper()}"]

    def ssh(self, command, *, user="root", stdin="", timeout=60, check=True):
        done = run([LAB, "ssh", f"{user}@{self.name}", command], stdin=stdin, env=self.lab.env, timeout=timeout)
        assert not check or done.code == 0, str(done)
        return done

    def init(self):
        """The process id, on this machine, of its first process; None: it is off."""
        try:
            nspawn = (Path(self.lab.variables["HOLDFAST_LAB_DIR"]) / self.name / "pid").read_text().split()[0]
            return int(Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError, IndexError):
            return None

    def inside(self, script):
        """What runs a script there, as `lab console` does, without a shell in between: some tests ask ten times a second."""
        return ["nsenter", "-t", str(self.init()), "-m", "-u", "-i", "-n", "-p", "-C", "--wdns=/", "--", *CLEAN, "/bin/sh", "-c", script]

    def console(self, script, *, stdin="", timeout=60):
        if self.init() is None:
            return Finished([self.name, script], 1, "", f"{self.name} is not running")
        return run(self.inside(script), stdin=stdin, timeout=timeout)

    def sh(self, script, *, check=True, timeout=60):
        """The standard output of a script that root runs, network or not."""
        done = self.console(script, timeout=timeout)
        assert not check or done.code == 0, str(done)
        return done.out

    def wait_for(self, script, seconds=90):
        """What a script prints, once it prints something."""
        end = time.monotonic() + seconds
        while not (found := self.sh(script, check=False)).strip():
            assert time.monotonic() < end, f"not within {seconds} s: {script}"
            time.sleep(0.2)
        return found

    def read(self, path):
        return self.sh(f"cat -- {shlex.quote(path)}")

    def files_with(self, *texts):
        """Of all files there those that hold one of these texts."""
        wanted = " ".join(f"-e {shlex.quote(text)}" for text in texts)
        return self.sh(f"find / /run /tmp /dev/shm -xdev -type f -exec grep -lFs {wanted} -- {{}} + || true", timeout=120).splitlines()

    def write(self, path, text, mode="0644"):
        done = self.console(f"cat >{shlex.quote(path)} && chmod {mode} {shlex.quote(path)}", stdin=text)
        assert done.code == 0, str(done)

    def snapshot(self, *, moves=False, journal=False):
        """The state that the judge sees. @param moves: with inode, times and process ids. @param journal: with
        /var/lib/holdfast."""
        argv = [LAB, "snapshot", self.name] + ["--moves"] * moves + ["--journal"] * journal
        done = run(argv, env=self.lab.env)
        assert done.code == 0, str(done)
        assert done.out.count("\n== ") == 9, f"a snapshot of nine sections, but:\n{done.out[-2000:]}"
        self.lab.ignored.update(done.err.split())
        return done.out

    def become_copy_of(self, other):
        """Wakes up with all that was written on the other, and with a machine id, a host key and a name of its own."""
        self.lab.command("clone", other.name, self.name)

    def boot(self):
        self.lab.command("boot", self.name)

    def kill(self):
        self.lab.command("kill", self.name)

    def cut(self):
        self.lab.command("cut", self.name)

    def heal(self):
        self.lab.command("heal", self.name)

    def add_repository(self, *, update=True):
        """Makes the lab's package repository known to the host."""
        self.lab.command("repository", self.name)
        if update:
            self.sh("apt-get -q update", timeout=120)

    def start_reset(self):
        self.resetting = subprocess.Popen([LAB, "reset", self.name], env=self.lab.env, stdin=subprocess.DEVNULL,
                                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finish_reset(self):
        if self.resetting is not None:
            _, err = self.resetting.communicate(timeout=120)
            assert self.resetting.returncode == 0, f"reset of {self.name} failed: {err}"
            self.resetting = None


class Lab:
    """A lab of this process alone. Hosts are handed out as they were made, and reset behind the test's back."""

    def __init__(self, name):
        self.env = {**os.environ, "HOLDFAST_LAB": name}
        self.variables = {}
        self.idle = []
        self.ignored = set()

    def command(self, *argv, timeout=600):
        done = run([LAB, *argv], env=self.env, timeout=timeout)
        assert done.code == 0, str(done)
        return done.out

    def take(self, count):
        """`count` hosts on which nothing was written yet."""
        missing = count - len(self.idle)
        if missing > 0:
            known = len(self.variables.get("HOLDFAST_LAB_HOSTS", "").split())
            fresh = [f"h{k}" for k in range(known + 1, known + missing + 1)]
            self.command("up", *fresh)
            self.variables = {
                k: shlex.split(v)[0] if v else "" for k, v in
                (line.split("=", 1) for line in self.command("env").splitlines())}
            self.idle += [Host(self, name) for name in fresh]
        taken, self.idle = self.idle[:count], self.idle[count:]
        for host in taken:
            host.finish_reset()
        return taken

    def give_back(self, hosts):
        for host in hosts:
            host.start_reset()
        self.idle += hosts

    def down(self):
        for host in self.idle:
            host.finish_reset()
        self.command("down")


class Project:
    """A project folder and the program run in it. Every output is searched for the canary."""

    program = PROGRAM

    def __init__(self, folder, lab):
        self.folder, self.lab = folder, lab
        self.canary = f"canary{secrets.token_hex(12)}"
        home = folder / "home"
        (home / ".ssh").mkdir(parents=True, mode=0o700)
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TERM": "dumb",
            "HOLDFAST_TEST_SECRET": self.canary,
        }
        for name, value in os.environ.items():  # where sanitizers and coverage write
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_", "GCOV_")):
                self.env[name] = value

    def write(self, path, text, mode=None):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            file.write_bytes(text)
        else:
            file.write_text(text, encoding="utf-8")
        if mode is not None:
            file.chmod(mode)
        return file

    def inventory(self, hosts, *, user="root", path="hosts.yaml", variables="", groups=None):
        """An inventory of `hosts` in group `lab`, reached as `user`. @param variables: more lines under all.vars.
        @param groups: name -> hosts."""
        v = self.lab.variables
        lines = [
            "all:", "  vars:", f"    ansible_user: {user}",
            f"    ansible_ssh_private_key_file: {v['HOLDFAST_LAB_KEY']}",
            f"    ansible_ssh_common_args: -o UserKnownHostsFile={v['HOLDFAST_LAB_KNOWN_HOSTS']}"]
        lines += ["    ansible_become: true"] if user != "root" else []
        lines += [f"    {line}" for line in variables.splitlines()]
        lines += ["  children:"]
        for name, members in {"lab": hosts, **(groups or {})}.items():
            lines += [f"    {name}:", "      hosts:"]
            lines += [f"        {h.name}: {{ansible_host: {h.address}}}" for h in members]
        return self.write(path, "\n".join(lines) + "\n")

    def manifest(self, resources, *, path="site.yaml", head="manifest: site\nhosts: lab\n"):
        return self.write(path, head + "resources:\n" + resources)

    def start(self, *args, env=None):
        """The program in the background, for tests that disturb it."""
        return subprocess.Popen([PROGRAM, *map(str, args)], cwd=self.folder, env={**self.env, **(env or {})},
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                encoding="utf-8", errors="backslashreplace")

    def run(self, *args, expect=0, stdin="", env=None, timeout=120):
        """Runs the program in the folder. @param expect: the exit code; None: any but a crash."""
        assert PROGRAM.exists(), f"{PROGRAM} is not there: ./dev build makes it"
        done = run([PROGRAM, *args], stdin=stdin, env={**self.env, **(env or {})}, cwd=self.folder, timeout=timeout)
        assert 0 <= done.code < 128 or done.code == 130, f"it crashed: {done}"
        for written in (done.out, done.err):
            for form in spellings(self.canary):
                assert form not in written, f"a secret got out: {done}"
        assert expect is None or done.code == expect, f"expected exit code {expect}: {done}"
        return done


def spellings(secret):
    """A text as it would look in a log: plain, hex, and base64 at each of the three alignments."""
    raw = secret.encode()
    yield secret
    yield raw.hex()
    yield urllib.parse.quote(secret)
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        # The first and the last characters depend on what stands beside the secret.
        yield encoded[4 if shift else 0:-4]


def difference(before, after):
    """The lines that differ between two snapshots, each with < or >; empty when there are none."""
    old, new = before.splitlines(), after.splitlines()
    gone, come = set(old) - set(new), set(new) - set(old)
    return [f"< {line}" for line in old if line in gone] + [f"> {line}" for line in new if line in come]
