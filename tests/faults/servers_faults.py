"""What goes wrong with a server at a request, and how it becomes well again."""

import contextlib
import time

from faulty_proxy import Fault
from servers_site import LEASE

FROM_THEN_ON = {"lasts": "all"}
LIMITED = {"headers": {"Retry-After": "3600"}, "message": "API rate limit exceeded for user ID 1."}


class Made:
    """A fault that was made for one run. @param mend: removes the cause. @param later: after so many seconds, though the run goes on.
    @param kills: the run has no exit code of its own."""

    def __init__(self, fault, *, mend=lambda: None, later=None, kills=False):
        self.fault, self.mend, self.later, self.kills = fault, mend, later, kills

    def mend_later(self, proxy, ended):
        """Where the cause must go while the run still works."""
        if self.later is None:
            return
        while not proxy.struck:
            if ended.wait(0.05):
                return
        if not ended.wait(self.later):
            self.mend()


class Kind:
    """@param make: (site, running) -> Made. @param fits: (server, moment) -> whether it makes sense there. @param keeps_something: the host can't
    take all of it back alone."""

    def __init__(self, make, fits=lambda server, moment: True, *, keeps_something=False):
        self.make, self.fits, self.keeps_something = make, fits, keeps_something


def plain(*what, fits=lambda server, moment: True, **more):
    return Kind(lambda site, running: Made(Fault(*what, **more)), fits)


def changes(_server, moment):
    return moment.is_change


def api(server, moment):
    return server != "Prometheus" and moment.asker == "controller"


def change_of_api(server, moment):
    return api(server, moment) and moment.is_change


def first_of_api(server, moment):
    return api(server, moment) and moment.nth == 0


def prometheus(server, moment):
    return server == "Prometheus" and moment.nth == 0


def controller(_server, moment):
    return moment.asker == "controller" and moment.nth == 0


def killed(after):
    return Kind(lambda site, running: Made(Fault(call=running.kill, after=after, what="close"), kills=True), changes if after else controller,
                keeps_something=after)


def cut_off(seconds):
    def make(site, _running):
        def heal():
            with contextlib.suppress(AssertionError):
                site.host.heal()
        return Made(Fault(call=site.host.cut), mend=heal, later=seconds)
    return Kind(make, controller)


def on_host(break_it, mend_it, *, later=None):
    """Something that somebody does on the monitoring host."""
    def make(site, _running):
        return Made(Fault(call=lambda: site.host.sh(break_it)), mend=lambda: (site.host.sh(mend_it), time.sleep(0.5)), later=later)
    return Kind(make, prometheus)


FAULTS = {
    "500 once": plain("status"),
    "500 at each such request": plain("status", lasts="same"),
    "500 from then on": plain("status", **FROM_THEN_ON),
    "401 from then on": plain("status", 401, message="Bad credentials", fits=first_of_api, **FROM_THEN_ON),
    "403, limited for an hour": plain("status", 403, fits=first_of_api, **FROM_THEN_ON, **LIMITED),
    "429, limited for a second": plain("status", 429, headers={"Retry-After": "1"}, fits=api),
    "412": plain("status", 412, fits=change_of_api),
    "422": plain("status", 422, fits=change_of_api),
    "garbage at each such request": plain("garbage", lasts="same"),
    "half an answer": plain("half", after=True),
    "cut before": plain("close"),
    "the answer is lost": plain("close", after=True, fits=changes),
    "time-out after it was done": plain("hang", after=True, fits=change_of_api),
    "gone": plain("gone", **FROM_THEN_ON, fits=controller),
    "gone once it was done": plain("gone", after=True, fits=changes, **FROM_THEN_ON),
    "controller killed": killed(False),
    "controller killed once it was done": killed(True),
    "host cut off": cut_off(LEASE + 4),
    "host cut off for a second": cut_off(1),
    "Prometheus stops": on_host("systemctl stop prometheus", "systemctl start prometheus"),
    "Prometheus stands still": on_host("systemctl kill -s STOP prometheus", "systemctl kill -s CONT prometheus"),
    "firewall closes Prometheus' port": on_host(
        "nft add table inet closed; nft add chain inet closed in '{ type filter hook input priority 0; }'; nft add rule inet closed in tcp dport 9090 drop",
        "nft delete table inet closed"),
}
HOST_FAULTS = ("a step on the host fails",)


def fitting(server, moment):
    """The faults that make sense at a request."""
    return [name for name, kind in FAULTS.items() if kind.fits(server, moment)]
