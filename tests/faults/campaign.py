"""What the campaigns share: cases drawn from a seed, hosts that work them off side by side, a line for each, a table."""

import argparse
import json
import os
import queue
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from lab import Lab, Project, pull_real_plugs, run  # noqa: E402
from processors import keep_thread_to_one  # noqa: E402

LEASE = 5
FILES = ("-i", "hosts.yaml", "site.yaml")


class Bench:
    """The hosts of one worker, and a folder to run the program in."""

    def __init__(self, lab, hosts, folder):
        self.lab, self.hosts, self.host = lab, hosts, hosts[0]
        self.project = Project(folder, lab)
        self.project.inventory(hosts)

    def renew(self):
        """All hosts as they were made."""
        for host in self.hosts:
            host.start_reset()
        for host in self.hosts:
            host.finish_reset()

    @property
    def controller(self):
        """The address from which the program reaches the hosts."""
        return self.lab.variables["HOLDFAST_LAB_GATEWAY"]

    def gets_in(self, user="deploy", *, key=None, command="exec sudo -n /bin/sh -c 'echo through'"):
        """Whether a fresh login of `user` gets through, as ssh and sudo tell it, and comes to a shell of root's (or
        `command` says so); by the lab's key or another one alone."""
        v = self.lab.variables
        argv = ["ssh", "-F", "/dev/null", "-i", key or v["HOLDFAST_LAB_KEY"], "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
                "-o", f"UserKnownHostsFile={v['HOLDFAST_LAB_KNOWN_HOSTS']}", "-o", "StrictHostKeyChecking=yes",
                "-o", "ConnectTimeout=8", f"{user}@{self.host.address}", command]
        try:
            done = run(argv, timeout=20)
        except subprocess.TimeoutExpired:
            return False
        return done.code == 0 and "through" in done.out

    def over(self):
        return self.over_on(self.host)

    @staticmethod
    def over_on(host):
        """Whether no run is open and no guard of one works, seen without the network."""
        script = ("[ ! -e /var/lib/holdfast/armed ] && ! systemctl list-units --all --no-legend 'holdfast-guard*' | grep -q . && "
                  "{ [ ! -e /var/lib/holdfast/lock ] || flock -n /var/lib/holdfast/lock true; } && echo over")
        return "over" in host.sh(script, check=False)

    def wait_until_over(self, seconds=90):
        wait_for(self.over, seconds, "the host did not end the run")

    def left_behind(self):
        return self.host.sh("ls -d /run/holdfast /var/lib/holdfast/armed 2>/dev/null; "
                            "find /etc /srv /home /root -xdev -name '.hf-*'", check=False).strip()


def wait_for(condition, seconds, otherwise):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError(otherwise)


class Case:
    """One drawn case. `draw` is its own source of chance: the same seed and name give the same case, whatever else is run."""

    renews = True  # it wants hosts on which nothing was written yet
    kept = True  # what came of it may count another time

    def __init__(self, group, number, seed):
        self.group, self.number, self.seed = group, number, seed
        self.draw = random.Random(f"{seed} {self}")
        self.facts, self.error = {}, None

    def __str__(self):
        return f"{self.group}-{self.number}"

    def name(self):
        """Which no other case of any seed has."""
        return f"{self.seed} {self}"


class Results:
    """What came of cases, a line each, so that a campaign can be stopped and gone on with; those that failed are run again."""

    def __init__(self, file):
        self.file, self.known = file, {}
        if file and file.exists():
            self.known = {case.pop("name"): case for case in map(json.loads, file.read_text().splitlines())}

    def take(self, cases):
        """Those that have ended, as they ended; and the others."""
        ended = [case for case in cases if case.name() in self.known]
        for case in ended:
            vars(case).update(self.known[case.name()])
        return ended, [case for case in cases if case.name() not in self.known]

    def add(self, case):
        if self.file and case.kept and not case.error:
            plain = {k: v for k, v in vars(case).items() if isinstance(v, (str, int, float, dict, type(None)))}
            with self.file.open("a") as out:
                out.write(json.dumps({"name": case.name(), **plain}) + "\n")


class Campaign:
    """Reads the command line and works cases off. @param more: adds options of its own to the parser."""

    def __init__(self, description, *, hosts=2, more=lambda parser: None):
        parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of a run to be repeated")
        parser.add_argument("--hosts", type=int, default=hosts, help="hosts at once (default: %(default)s)")
        parser.add_argument("--only", action="append", help="a case, as it is printed, or a group of them; may be repeated")
        parser.add_argument("--results", type=Path, metavar="FILE", help="keeps what came of each case; what it holds already is counted, and not run again")
        parser.add_argument("-v", "--verbose", action="store_true", help="print manifests and outputs of every case")
        more(parser)
        self.options = parser.parse_args()
        if os.geteuid() != 0:
            sys.exit("faults: real hosts need root; run it as root")
        # One that is told to stop takes its hosts down, too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))

    def cases(self, kind, groups, each):
        made = [kind(group, number, self.options.seed) for number in range(each) for group in groups]
        only = self.options.only
        return [c for c in made if not only or str(c) in only or c.group in only]

    def run(self, cases, *, hosts_each=1):
        """Each case's run(bench), until all are done; a case that fails keeps its error. Returns them as they ended."""
        results = Results(self.options.results)
        ended, left = results.take(cases)
        print(f"seed {self.options.seed}: {len(cases)} cases" + (f", {len(ended)} have ended" if ended else ""), flush=True)
        if not left:
            return ended
        pull_real_plugs()
        lab = Lab("c" + format(os.getpid() % 46656, "05d"))
        lab.command("down")
        waiting = queue.Queue()
        for case in left:
            waiting.put(case)
        lock = threading.Lock()
        try:
            with tempfile.TemporaryDirectory() as folder:
                count = max(1, self.options.hosts // hosts_each)
                taken = lab.take(count * hosts_each)
                benches = []
                for n in range(count):
                    (Path(folder) / str(n)).mkdir()
                    benches.append(Bench(lab, taken[n * hosts_each:(n + 1) * hosts_each], Path(folder) / str(n)))
                threads = [threading.Thread(target=self._work, args=(n, b, waiting, ended, results, lock), daemon=True)
                           for n, b in enumerate(benches)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
        finally:
            lab.down()
        return ended

    def _work(self, number, bench, waiting, ended, results, lock):
        keep_thread_to_one(number)
        while True:
            try:
                case = waiting.get_nowait()
            except queue.Empty:
                return
            began = time.monotonic()
            try:
                if case.renews:
                    bench.renew()
                case.run(bench)
            except Exception as caught:  # noqa: BLE001: whatever it is, it is this case's result
                case.error = str(caught) or repr(caught)
            with lock:
                ended.append(case)
                results.add(case)
                told = " ".join(f"{k}={v}" for k, v in case.facts.items())
                print(f"{'FAILED ' if case.error else ''}{case}: {told} ({time.monotonic() - began:.0f} s)", flush=True)
                if case.error or self.options.verbose:
                    print(f"{case.explain()}\n{case.error or ''}", flush=True)

    def end(self, cases, header, row, group_of=lambda case: case.group):
        """Prints the table, a row for each group, and exits. @param row: (group, its cases) -> cells."""
        print("\n| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
        for group in sorted({group_of(c) for c in cases}):
            print("| " + " | ".join(str(cell) for cell in row(group, [c for c in cases if group_of(c) == group])) + " |")
        failed = [c for c in cases if c.error]
        print(f"\n{len(cases)} cases with seed {self.options.seed}, {len(failed)} failed" + "".join(f"\n  {c}" for c in failed))
        sys.exit(1 if failed or not cases else 0)
