"""One job: its hooks, its time, its result."""

import json
import os
import signal
import subprocess
import sys
import threading

from . import common
from .common import Request

EXIT = {"Succeeded": 100, "Failed": 102, "Canceled": 103}


def hook(name, log):
    """False where a hook failed."""
    program = os.environ.get(f"ACTIONS_RUNNER_HOOK_JOB_{name}")
    if not program:
        return True
    code = subprocess.run([program], check=False, stdin=subprocess.DEVNULL).returncode if os.path.isabs(program) else -1
    log.trace(f"hook {program}: {code}", part="Worker")
    return code == 0


def main():
    cancelled = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: cancelled.set())
    job = json.load(sys.stdin)
    log = common.Log("Worker")
    os.makedirs(os.path.join(common.ROOT, job["work"]), exist_ok=True)
    log.trace(f"Job {job['jobId']} started", part="Worker")
    well = hook("STARTED", log)
    if well:
        cancelled.wait(job["seconds"])
    well = hook("COMPLETED", log) and well
    result = "Canceled" if cancelled.is_set() else job["result"] if well else "Failed"
    log.trace(f"Job {job['jobId']} ends: {result}", part="Worker")
    try:
        Request("POST", f"{job['root']}/run/completejob", bearer=job["bearer"], body={"jobId": job["jobId"], "result": result}, timeout=30).send()
    except (common.Answered, OSError) as error:
        log.trace(f"The result could not be told: {error}", "ERR", "Worker")
    return EXIT[result]
