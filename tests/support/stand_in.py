"""A GitHub for lab hosts, and archives of a runner that works with it (tests/fakes)."""

import subprocess
import sys
from pathlib import Path

FAKES = Path(__file__).resolve().parents[1] / "fakes"
sys.path.insert(0, str(FAKES))
from github.server import Github  # noqa: E402


def github_for(lab):
    """To be entered: a GitHub that the hosts of a lab reach; the lab must have a host."""
    return Github(lab.variables["HOLDFAST_LAB_GATEWAY"])


def runner_archive(version, folder, *, server=None):
    """(path, SHA-256) of the stand-in runner. @param server: where it turns instead of to the address it is configured with."""
    more = ["--server", server] if server else []
    done = subprocess.run([FAKES / "runner/build", *more, version, folder], capture_output=True, text=True, check=True)
    path, digest = done.stdout.split()
    return Path(path), digest
