"""One cell: a fault at one moment, and the verdict on what is left."""

from bench import OPTIONS
from scenes import SCENES

LEFT = ("systemctl list-units --all --no-legend 'holdfast-guard*'; ls -d /var/lib/holdfast/armed 2>/dev/null; "
        "[ ! -e /var/lib/holdfast/lock ] || flock -n /var/lib/holdfast/lock true || echo locked")
# Runs that the host ended alone, "RUN BY STATUS" a line, and the words by which a plan tells why.
ALONE = "cat /var/lib/holdfast/alone 2>/dev/null"
# Why something is not as before.
KEPT = ("tail -n 40 /var/lib/holdfast/runs/*/left 2>/dev/null; "
        "journalctl -q --no-pager -o short-monotonic -n 60 -u holdfast-boot.service -u 'holdfast-guard-*'")
WHY = {"guard": "nobody kept it alive", "boot": "the host lost its power"}


def tells_alone(ended, planned):
    """What the host did alone is said by the next command, whoever gives it."""
    for run, by, status in map(str.split, ended.splitlines()):
        words = f"run {run} was {'carried to its end' if status == 'done' else 'taken back'} by the host itself"
        told = next((line for line in planned.splitlines() if words in line), "")
        assert WHY[by] in told, f"the next plan does not say that {words}: {WHY[by]}\n{planned}"


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
            kept = bench.judge.on_host(KEPT)
            raise AssertionError(f"{error}\n--- exit code {code}\n{said[-3000:]}\n--- on the host\n{kept}") from None

    def judge(self, bench, code, said):
        scene = SCENES[self.fault.scene]
        alone = bench.settle(may_stay_open=scene.may_stay_open)
        if code == 6 or not alone:
            # What is left goes once the cause is gone.
            self.recovered = True
            bench.start("recover", *OPTIONS).communicate(timeout=120)
        assert alone or scene.may_stay_open, "the host did not come to rest alone"
        lost = "journal is lost" in self.fault.rules
        if lost:
            bench.judge.on_host("umount /var/lib/holdfast")
        ended_alone = bench.judge.on_host(ALONE)
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
        if "says failed" not in self.fault.rules:
            assert scene.fits(bench, code, self.found), f"the exit code is {code}, but the host is as {self.found}"
        tells_alone(ended_alone, planned)
        # What a run did from which another one went on may still stand, with a restart that is due.
        stands = scene.anew and self.found == "after" and code != 0
        if not lost and not stands:
            assert plan.returncode == (0 if self.found == "after" else 2), f"the next plan ends with {plan.returncode}:\n{planned}"

    def clear(self, bench):
        """The host as before, for the next one."""
        if self.found == "after":
            if "journal is lost" in self.fault.rules or SCENES[self.fault.scene].anew:
                bench.prepare(self.kind)
            else:
                bench.go_back()
        else:
            bench.forget()
