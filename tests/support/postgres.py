"""A PostgreSQL of one's own, for as long as it is needed."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


class Postgres:
    """A server on a loopback port, in a temporary folder; the account `holdfast` has a password and may make databases."""

    def __enter__(self):
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        assert binaries, "PostgreSQL's server is not here: ./dev setup installs it"
        self.bin = binaries[-1].parent
        self.folder = Path(tempfile.mkdtemp(prefix="holdfast-postgres-"))
        self.password = secrets.token_hex(12)
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(self.folder, "postgres", "postgres")
            shutil.chown(password_file, "postgres", "postgres")
        self._run(self.bin / "initdb", "-D", self.folder / "data", "-U", "holdfast", "-A", "scram-sha-256", "-E", "UTF8",
                  "--no-sync", f"--pwfile={password_file}")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        try:
            self._run(self.bin / "pg_ctl", "-D", self.folder / "data", "-w", "-t", "120", "-l", self.folder / "log", "-o",
                      f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off", "start")
        except AssertionError as error:
            log = self.folder / "log"
            raise AssertionError(f"{error}\n{log.read_text() if log.exists() else ''}") from error
        return self

    def __exit__(self, *_):
        self._run(self.bin / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder)

    @property
    def url(self):
        return f"postgresql://holdfast@127.0.0.1:{self.port}"

    @property
    def env(self):
        return {"HOLDFAST_TEST_POSTGRES": self.url, "PGPASSWORD": self.password}

    def sql(self, statement, database="postgres"):
        """Rows of text."""
        done = subprocess.run([self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", f"{self.url}/{database}", "-c", statement],
                              env={**os.environ, **self.env}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def _run(self, *argv):
        as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        done = subprocess.run([*as_postgres, *map(str, argv)], cwd="/", stdin=subprocess.DEVNULL, text=True, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=300, check=False)
        assert done.returncode == 0, f"{argv[0]}: {done.stderr}"
