"""A self-update: the new version beside the old one, and links that point to it. `.runner` stays as it is."""

import hashlib
import io
import os
import shutil
import tarfile

from . import common
from .common import Request


def update(message, root, work, log):
    status, raw, _ = Request("GET", f"{root}{message['path']}").raw()
    if status != 200 or hashlib.sha256(raw).hexdigest() != message["sha256"]:
        raise ValueError(f"the archive could not be had whole ({status})")
    folder = os.path.join(common.ROOT, work, "_update")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        archive.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(folder)
    old, new = common.version(), message["version"]
    for name in ("bin", "externals"):
        there, fresh = common.path(name), common.path(f"{name}.{new}")
        shutil.rmtree(fresh, ignore_errors=True)
        os.rename(os.path.join(folder, name), fresh)
        if os.path.islink(there):
            os.unlink(there)
        else:
            os.rename(there, common.path(f"{name}.{old}"))
        os.symlink(fresh, there)  # GitHub's update.sh leads there by the whole path
    for name in ("config.sh", "env.sh", "run.sh", "run-helper.sh.template"):
        os.replace(os.path.join(folder, name), common.path(name))
    if os.path.exists(common.path("runsvc.sh")):
        shutil.copy(os.path.join(common.ROOT, "bin/runsvc.sh"), common.path("runsvc.sh"))
    shutil.rmtree(folder)
    log.say("Runner will exit shortly for update, should be back online within 10 seconds.")
