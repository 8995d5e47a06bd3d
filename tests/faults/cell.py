"""One cell: a fault at one moment, and the verdict on what is left."""

from bench import OPTIONS
from scenes import SCENES

LEFT = ("systemctl list-units --all --no-legend 'holdfast-guard*'; ls -d /var/lib/holdfast/armed 2>/dev/null; "
        "[ ! -e /var/lib/holdfast/lock ] || flock -n /var/lib/holdfast/lock true || echo locked")


class Cell:
    def __init__(self, name, fault, kind, moment, label):
        self.fault_name, self.fault, self.kind, self.moment, self.label = name, fault, kind, moment, label
        self.found = None  # "before", "after"
        self.recovered = False

    def __str__(self):
        return f"{self.fault_name} {self.kind} {self.label}"

    def run(self, bench):
        code, said = self.fault.carry_out(bench, SCENES[self.fault.scene], self.moment)
        try:
            self.judge(bench, code, said)
        except AssertionError as error:
            raise AssertionError(f"{error}\n--- exit code {code}\n{said[-3000:]}") from None

    def judge(self, bench, code, said):
        alone = bench.settle()
        if code == 6 or not alone:
            # What is left goes once the cause is gone.
            self.recovered = True
            bench.start("recover", *OPTIONS).communicate(timeout=120)
        assert alone or self.fault.scene == "recover", "the host did not come to rest alone"
        lost = "journal is lost" in self.fault.rules
        if lost:
            bench.judge.on_host("umount /var/lib/holdfast")
        # The next plan comes by a fresh login of somebody who needs sudo.
        plan = bench.start("plan", "--detailed-exitcode", *OPTIONS[:-1], "sudo.yaml", "site.yaml")
        planned, _ = plan.communicate(timeout=120)
        now = bench.judge.look()
        changed = bench.judge.difference(bench.before, now)
        missing = [] if bench.after is None else bench.judge.difference(bench.after, now) if changed else ["all"]
        self.found = "before" if not changed else "after" if not missing else "between"
        nearer = min(changed, missing, key=len)
        assert self.found != "between", "neither before nor after:\n" + "\n".join(nearer[:30])
        assert plan.returncode in (0, 2), f"a fresh login by sudo fails, or its plan:\n{planned}"
        left = bench.judge.on_host(LEFT).strip()
        assert left == "", f"left behind: {left}"
        if code not in (None, 6) and self.fault.scene != "recover" and "says failed" not in self.fault.rules:
            assert (code == 0) == (self.found == "after"), f"the exit code is {code}, but the host is as {self.found}"
        if not lost:
            assert plan.returncode == (0 if self.found == "after" else 2), f"the next plan ends with {plan.returncode}:\n{planned}"

    def clear(self, bench):
        """The host as before, for the next one."""
        if self.found == "after":
            if "journal is lost" in self.fault.rules:
                bench.prepare(self.kind)
            else:
                bench.go_back()
        else:
            bench.forget()
