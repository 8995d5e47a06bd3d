"""All faults of the matrix."""

import at_moments as at
import others


class Fault:
    """@param moments: "call" on the host, "program" that it starts, "send" of the controller, "point" of the test build ("host-point": on the host), or a list of its
    own, in words. @param stride: in a whole round, every so many of them. @param kinds: where not of all. @param rules: how its end differs
    from what is said of every cell."""

    def __init__(self, doc, scene, moments, carry_out, stride, *, kinds=None, rules=()):
        self.doc, self.scene, self.moments, self.carry_out, self.stride = doc, scene, moments, carry_out, stride
        self.kinds, self.rules = kinds, frozenset(rules)


FAULTS = {
    # The release build, at each piece that it sends.
    "controller-kill": Fault("the controller is killed", "apply", "send", at.at_send(at.killed), 1),
    "controller-stop": Fault("the controller stands still", "apply", "send", at.at_send(at.stands_still), 8),
    "cut": Fault("the cable is cut until it is over", "apply", "send", at.at_send(at.cut), 8),
    "cut-shortly": Fault("the cable is cut for a second", "apply", "send", at.at_send(at.cut_shortly), 8),
    "power": Fault("host and controller lose their power", "apply", "send", at.at_send(at.power), 8),
    "second": Fault("a second controller applies, too", "apply", "send", at.at_send(at.second), 8),
    "no-sudo": Fault("sudo is taken away", "apply", "send", at.without_sudo, 8),
    "full-journal": Fault("no room for the journal", "apply", "send", at.full_disk("journal"), 12, rules=["journal is lost"]),
    "no-inodes": Fault("no more files in the journal", "apply", "send", at.full_disk("files"), 24, rules=["journal is lost"]),
    "full-disk": Fault("no room on the host", "apply", "send", at.full_disk("root"), 12),
    # The release build, at each system call of the run on the host that changes something.
    "host-kill": Fault("all of the run on the host is killed", "apply", "call", at.at_call("all"), 12),
    "program-kill": Fault("one program on the host is killed", "apply", "call", at.at_call("it"), 24),
    "host-power": Fault("the host loses its power", "apply", "call", at.power_at_call, 48),
    "undo-kill": Fault("the controller's undo is killed on the host", "fails", "call", at.at_call("all"), 12),
    "undo-power": Fault("the host loses its power in the controller's undo", "fails", "call", at.power_at_call, 48),
    "guard-kill": Fault("the guard is killed while it takes back", "guarded", "call", at.at_call("all"), 12),
    "guard-power": Fault("the host loses its power in the guard's undo", "guarded", "call", at.power_at_call, 48),
    "cut-guard-kill": Fault("the cable is cut, then the guard is killed", "guarded", "call", at.cut_guard_kill, 64),
    "recover-kill": Fault("recover is killed on the host ten times", "recover", "call", at.ten_at_call, 96),
    "recover-power": Fault("the host loses its power in a recovery", "recover", "call", at.power_at_call, 64),
    "rollback-kill": Fault("all of a rollback on the host is killed", "rollback", "call", at.at_call("all"), 48),
    "rollback-power": Fault("the host loses its power in a rollback", "rollback", "call", at.power_at_call, 96),
    # The test build, at its points.
    "crash": Fault("the controller dies at a point", "apply", "point", at.controller_crash, 1),
    "undo-crash": Fault("the controller dies at a point of its undo", "fails", "point", at.controller_crash, 1),
    "recover-crash": Fault("the controller dies at a point of a recovery", "recover", "point", at.controller_crash, 1),
    "rollback-crash": Fault("the controller dies at a point of a rollback", "rollback", "point", at.controller_crash, 3),
    "resume-crash": Fault("the controller dies at a point of going on", "resume", "point", at.controller_crash, 3),
    "resume-host-crash": Fault("the host's shell dies at a point of going on", "resume", "host-point", at.host_crash, 6),
    "host-crash": Fault("the host's shell dies at a point", "apply", "host-point", at.host_crash, 2),
    "host-crash-power": Fault("the host loses its power at a point", "apply", "host-point", at.host_crash_power, 16),
    "guard-crash": Fault("the guard dies at a point", "guarded", "host-point", at.host_crash, 2),
    # What else the world does.
    "edit-before": Fault("somebody changes the host after the plan", "apply", others.EDITS_BEFORE, others.edit_before, 1,
                         kinds=["file", "account", "unit", "command"], rules=["edited"]),
    "edit-after": Fault("somebody changes the host, then it goes back", "guarded", ["confirm.before:1"], others.edit_after, 1,
                        kinds=["file", "account", "unit", "command"], rules=["edited"]),
    "child": Fault("only the run's shell dies; what it started works on", "guarded", ["held"], others.child, 1),
    "hang": Fault("a program hangs", "apply", "program", others.hangs("site.yaml"), 12),
    "undo-hang": Fault("a program hangs while it is taken back", "fails", "program", others.hangs("fails.yaml"), 24, rules=["may leave"]),
    "clock": Fault("the clocks jump by a day", "apply", others.JUMPS, others.clock, 3),
    "full-output": Fault("the controller's disk is full", "apply", ["/dev/full"], others.full_output, 1, rules=["says failed"]),
    "full-state": Fault("no room for the controller's history", "apply", list(others.STATE_FOLDERS), others.full_state, 1),
}
