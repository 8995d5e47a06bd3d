import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from lab import Lab, Project, pull_real_plugs  # noqa: E402
from processors import keep_to_one  # noqa: E402


@pytest.fixture(scope="session")
def lab(request):
    if os.geteuid() != 0:
        pytest.fail("these tests start real hosts, which needs root; run them as root", pytrace=False)
    # A name of this process's own: several of these run side by side.
    name = "e" + "".join("0123456789abcdefghijklmnopqrstuvwxyz"[os.getpid() // 36**k % 36] for k in range(5))
    # A test run that is told to stop takes its hosts down, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    # A power cut loses what was not synced; but such disks lie in memory, and are small: only where other tests don't have this lab.
    if all("host.kill()" in file.read_text() for file in {item.path for item in request.session.items}):
        pull_real_plugs()
    keep_to_one()
    made = Lab(name)
    made.command("down")
    yield made
    made.down()


@pytest.fixture
def hosts(lab):
    """Called with a number: that many hosts, as they were made."""
    taken = []

    def take(count):
        taken.extend(lab.take(count))
        return taken[-count:]

    yield take
    lab.give_back(taken)


@pytest.fixture
def host(hosts):
    return hosts(1)[0]


@pytest.fixture
def project(tmp_path, lab):
    return Project(tmp_path, lab)
