"""What lab hosts are given that their base has not."""

import base64
import shutil
import subprocess
from pathlib import Path


def logrotate():
    """A script for a host: it puts this machine's own logrotate there."""
    program = shutil.which("logrotate", path="/usr/sbin:/usr/bin:/sbin")
    assert program, "missing on this machine: logrotate; ./dev setup installs it"
    libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    needed = [line.split()[2] for line in libraries.splitlines() if "libpopt" in line]
    lines = ["set -e"]
    for path in [program, *needed]:
        data = base64.encodebytes(Path(path).read_bytes()).decode()
        lines.append(f"base64 -d >{path} <<'END'\n{data}END\nchmod 755 {path}")
    return "\n".join([*lines, "mkdir -p /etc/logrotate.d /var/lib/logrotate\n"])
