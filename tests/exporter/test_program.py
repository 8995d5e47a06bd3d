"""The built programs, without a host: what they are, what they say, and that both are made the same again."""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "build/exporter"
NAME = "holdfast-runner-exporter"
MUST = ["--environment", "staging", "--authorized-for-prod", "false"]
# How each is run here, and what readelf calls its machine.
PROGRAMS = {"amd64": ([], "Advanced Micro Devices X86-64"), "arm64": (["qemu-aarch64-static"], "AArch64")}


def argv(arch):
    program = BUILT / arch / NAME
    assert program.exists(), f"{program} is not there: ./dev exporter makes it"
    return [*PROGRAMS[arch][0], str(program)]


def run(*command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, check=False, **more)


class Serving:
    """The program on a free port of the loopback."""

    def __init__(self, arch, *args):
        self.process = subprocess.Popen([*argv(arch), *MUST, "--listen", "127.0.0.1", "--port", "0", *args],
                                        stderr=subprocess.PIPE, text=True)
        self.port = int(re.search(r"listening on port (\d+)", self.process.stderr.readline()).group(1))

    def ask(self, request):
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(request)
            head, _, body = connection.makefile("rb").read().decode().partition("\r\n\r\n")
        return head.split("\r\n"), body

    def get(self, path, accept=""):
        return self.ask(f"GET {path} HTTP/1.1\r\nHost: h\r\n{accept}\r\n".encode())

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture(params=PROGRAMS)
def serving(request):
    made = Serving(request.param)
    yield made
    assert made.end() == 0, "SIGTERM is no failure"


@pytest.mark.parametrize("arch", PROGRAMS)
def test_it_is_one_small_static_file(arch):
    program = argv(arch)[-1]
    size = os.path.getsize(program)
    print(f"{arch}: {size} bytes")
    assert size <= 3 << 20
    assert PROGRAMS[arch][1] in run("readelf", "-h", program).stdout
    assert "INTERP" not in run("readelf", "-l", program).stdout, "it needs a loader"
    assert "NEEDED" not in run("readelf", "-d", program).stdout, "it needs libraries"
    assert ".symtab" not in run("readelf", "-S", program).stdout, "it is not stripped"


@pytest.mark.parametrize("arch", PROGRAMS)
def test_it_is_the_same_bytes_when_built_elsewhere(arch, tmp_path):
    shutil.copytree(ROOT / "exporter", tmp_path / "a/copy/exporter")
    shutil.copy(ROOT / "CMakeLists.txt", tmp_path / "a/copy")
    toolchain = [] if arch == "amd64" else ["-DCMAKE_TOOLCHAIN_FILE=arm64.cmake"]
    made = run("cmake", "-S", tmp_path / "a/copy/exporter", "-B", tmp_path / "b", "-G", "Ninja", *toolchain)
    assert made.returncode == 0, made.stdout + made.stderr
    made = subprocess.run(["cmake", "--build", tmp_path / "b"], capture_output=True, text=True, timeout=600, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    digest = [hashlib.sha256(Path(p).read_bytes()).hexdigest() for p in (argv(arch)[-1], tmp_path / "b" / NAME)]
    assert digest[0] == digest[1]


@pytest.mark.parametrize("arch", PROGRAMS)
def test_it_prints_its_metrics_once(arch):
    done = run(*argv(arch), *MUST, "--once", "--disk", "/")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^runner_memory_total_bytes\{hostname=\"[^\"]+\",environment=\"staging\"\} \d+$", done.stdout, re.M)
    assert f'arch="{arch}"' in done.stdout
    assert 'collector="service"} 0' in done.stdout, "there is no runner here"
    assert "runner_status" not in done.stdout
    linted = run("promtool", "check", "metrics", input=done.stdout)
    assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")


def test_it_answers_what_it_is_asked(serving):
    head, body = serving.get("/health")
    assert (head[0], body) == ("HTTP/1.1 200 OK", "OK")
    head, body = serving.get("/metrics")
    assert head[0] == "HTTP/1.1 200 OK"
    assert "Content-Type: text/plain; version=0.0.4; charset=utf-8" in head
    assert body.startswith("# HELP ") and "# EOF" not in body
    head, body = serving.ask(b"HEAD /metrics HTTP/1.0\r\n\r\n")
    assert (head[0], body) == ("HTTP/1.1 200 OK", "")
    assert serving.get("/nothing")[0][0] == "HTTP/1.1 404 Not Found"
    head, _ = serving.ask(b"POST /metrics HTTP/1.0\r\n\r\n")
    assert head[0] == "HTTP/1.1 405 Method Not Allowed" and "Allow: GET, HEAD" in head
    assert serving.ask(b"\x00\x01\r\n\r\n")[0][0] == "HTTP/1.1 400 Bad Request"
    assert serving.get("/" + "a" * 9000)[0][0] == "HTTP/1.1 431 Request Header Fields Too Large"


def test_it_speaks_openmetrics(serving):
    head, body = serving.get("/metrics", "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n")
    assert "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8" in head
    families = {family.name: family for family in text_string_to_metric_families(body)}
    assert families["runner_exporter_build"].type == "info"
    assert families["runner_memory_total_bytes"].unit == "bytes"
    assert {"service", "cpu"} <= {s.labels["collector"] for s in families["runner_collector_success"].samples}


def test_a_runners_metrics_are_openmetrics_too(tmp_path):
    (tmp_path / "_diag").mkdir()
    log = tmp_path / "_diag/Runner_20261128-210000-utc.log"
    log.write_text("[2026-11-28 21:00:00Z INFO Listener] Version: 2.329.0\n")
    (tmp_path / "expiry").write_text("2026-12-31\n")
    serving = Serving("amd64", "--runner-dir", str(tmp_path), "--unit", "actions.runner.o-r.h.service", "--runner-name", 'a"\\b',
                      "--credential-file", str(tmp_path / "expiry"))
    with log.open("a") as file:
        file.write("[t INFO Terminal] WRITE LINE: 2026-11-28 21:00:09Z: Running job: build\n")
    _, body = serving.get("/metrics", "Accept: application/openmetrics-text\r\n")
    assert serving.end() == 0
    families = {family.name: family for family in text_string_to_metric_families(body)}
    jobs = families["runner_jobs"]
    assert (jobs.type, jobs.samples[0].name, jobs.samples[0].value) == ("counter", "runner_jobs_total", 1)
    assert families["runner_version"].samples[0].labels["runner_name"] == 'a"\\b'
    assert families["runner_credential_expiry_timestamp_seconds"].samples[0].value == 1798675200


def test_it_says_what_is_wrong_with_its_flags():
    done = run(*argv("amd64"), *MUST, "--port", "nonsense")
    assert done.returncode == 64
    assert done.stderr == (f"{NAME}: --port needs a number from 0 to 65535, not 'nonsense'\n"
                           f"See {NAME} --help.\n")
    done = run(*argv("amd64"), env={})
    assert (done.returncode, done.stdout) == (64, "")
    assert "--environment (or ENVIRONMENT) must say" in done.stderr
    assert run(*argv("amd64"), "--help").stdout.startswith(NAME)
    assert re.fullmatch(NAME + r" \d+\.\d+\.\d+\n", run(*argv("amd64"), "--version").stdout)


@pytest.mark.parametrize("arch", PROGRAMS)
def test_a_port_that_is_taken_is_named(arch):
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(*argv(arch), *MUST, "--port", port)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{NAME}: port {port} is taken by another program\n")
