"""What is disturbed: six scenes, each with its moments."""

import crash
from bench import APPLY, LEASE, OPTIONS
from disturb import Disturb, moments
from lab import KILL_ALL_OF_RUN

RUN_SHELL, GUARD = "hf_loop", "guard.sh"
# Seconds in which a host comes to rest whose programs are followed step by step.
FOLLOWED = 120
RECOVER = ("recover", "--lease", str(LEASE), *OPTIONS)
RESUME = ("recover", "--resume", "--yes", "--lease", str(LEASE), *OPTIONS, "site.yaml")
ROLLBACK = ("rollback", "--last", "--allow-reopen", "--lease", str(LEASE), *OPTIONS)


class Scene:
    """One way in which steps are made or taken back on a host. @param code: of the program, undisturbed."""

    def pids(self, bench):
        return [bench.sshd()]

    match, after, code = RUN_SHELL, "", 0
    # Whether a run that was cut off before may stay open until somebody recovers it; and whether only a host made anew is as before again.
    may_stay_open, anew = False, False

    def fits(self, bench, code, found):
        """Whether an exit code (None: there is nobody to say one) and how the host is found say the same."""
        return code in (None, 6) or (code == 0) == (found == "after")

    def begin(self, bench):
        """What comes before anything is counted."""

    def start(self, bench, ready=lambda: None, **how):
        """The program whose work on the host is disturbed. @param ready: called before what counts begins."""
        raise NotImplementedError

    def moments(self, bench):
        """Names of all moments of an undisturbed run, in order. Leaves the host as before."""
        self.begin(bench)
        file = bench.project.folder / "moments"
        with Disturb(self.pids(bench), self.match, after=self.after, file=file):
            running = self.start(bench)
            out, _ = running.communicate(timeout=120)
            assert bench.settle(FOLLOWED), f"an undisturbed run does not come to rest:\n{out}"
        assert running.returncode == self.code, f"an undisturbed run ends with {running.returncode}:\n{out}"
        self.clear(bench)
        return moments(file)

    def points(self, bench):
        """Names of all crash points that an undisturbed run of the test build passes, in order: the controller's, the host's."""
        self.begin(bench)
        trace = bench.project.folder / "trace"
        trace.unlink(missing_ok=True)
        crash.trace(bench)
        running = self.start(bench, lambda: crash.trace(bench), program=crash.PROGRAM, env={"HOLDFAST_CRASH_TRACE": str(trace)})
        out, _ = running.communicate(timeout=120)
        assert bench.settle(), f"an undisturbed run does not come to rest:\n{out}"
        assert running.returncode == self.code, f"an undisturbed run ends with {running.returncode}:\n{out}"
        passed = trace.read_text().split() if trace.exists() else []
        passed += crash.traced(bench)
        crash.end(bench)
        self.clear(bench)
        return passed

    def clear(self, bench):
        if self.anew:
            bench.prepare(bench.kind)
            return
        if bench.judge.difference(bench.before, bench.judge.look()):
            bench.go_back()
        bench.forget()


class Apply(Scene):
    """A run that succeeds."""

    def start(self, bench, ready=lambda: None, **how):
        ready()
        return bench.start(*APPLY, "site.yaml", **how)


class Fails(Scene):
    """A run whose last step fails: its controller takes it back."""

    after, code = "/bin/false", 7

    def start(self, bench, ready=lambda: None, **how):
        ready()
        return bench.start(*APPLY, "fails.yaml", **how)


class Guarded(Scene):
    """A run that loses its controller after its last step: the guard takes it back."""

    match, after, code = GUARD, "grep", -9

    def pids(self, bench):
        return [bench.judge.init()]

    def start(self, bench, ready=lambda: None, **how):
        running = bench.hold(**how)
        ready()
        running.kill()
        return running


class Recover(Scene):
    """A run of which everything was killed: somebody recovers it."""

    may_stay_open = True

    def fits(self, bench, code, found):
        return found == "before"

    def begin(self, bench):
        running = bench.hold()
        bench.judge.on_host(KILL_ALL_OF_RUN)
        running.kill()
        running.communicate()

    def start(self, bench, ready=lambda: None, **how):
        ready()
        return bench.start(*RECOVER, **how)


class Resume(Recover):
    """The same, but somebody goes on from it: another run ends it, and is itself taken back where it is cut off."""

    anew = True

    def fits(self, bench, code, found):
        return Scene.fits(self, bench, code, found)

    def begin(self, bench):
        super().begin(bench)
        bench.judge.on_host("rm -f /run/faults-held")  # what goes on knows nothing of that

    def start(self, bench, ready=lambda: None, **how):
        ready()
        return bench.start(*RESUME, **how)


class Rollback(Scene):
    """A run that is over: somebody takes it back. Once that was opened, the guard carries it to its end."""

    def fits(self, bench, code, found):
        carried = any(run["command"] == "rollback" and run["status"] == "done" for run in bench.runs())
        return carried == (found == "before") and (code in (None, 6) or (code == 0) == carried)

    def begin(self, bench):
        bench.project.run(*APPLY, "site.yaml")
        bench.judge.on_host("sync")  # it was over long ago

    def start(self, bench, ready=lambda: None, **how):
        ready()
        return bench.start(*ROLLBACK, **how)


SCENES = {"apply": Apply(), "fails": Fails(), "guarded": Guarded(), "recover": Recover(), "resume": Resume(), "rollback": Rollback()}
