"""`apply --confirm` asks a person at a terminal, who can read the question; without a yes in time all goes back."""

import contextlib
import os
import pty
import re
import subprocess
import time

import pytest
from lab import PROGRAM

FILES = ("-i", "hosts.yaml", "site.yaml")
QUESTION = "Keep these changes? Type 'yes' within"


class Terminal:
    """The program at a terminal of its own."""

    def __init__(self, project, *args):
        self.master, slave = pty.openpty()
        self.running = subprocess.Popen([PROGRAM, *args], cwd=project.folder, env={**project.env, "TERM": "xterm"},
                                        stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        self.shown = ""

    def read(self, until=None, seconds=60):
        """What it shows, until a text of it, or its end."""
        end = time.monotonic() + seconds
        with contextlib.suppress(OSError):  # it has ended
            while until is None or until not in self.shown:
                assert time.monotonic() < end, self.shown
                piece = os.read(self.master, 4096).decode("utf-8", "backslashreplace")
                self.shown += piece
        return self.shown

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        self.read()
        os.close(self.master)
        return self.running.wait(timeout=60)


@pytest.mark.parametrize(("answer", "code"), [("yes\n", 0), ("no\n", 7), (None, 7)], ids=["yes", "no", "nobody"])
def test_what_a_person_says_is_done(host, project, answer, code):
    project.inventory([host])
    project.manifest("  - file: /etc/first\n    content: x\n")
    terminal = Terminal(project, "apply", "--yes", "--confirm", "60s" if answer else "3s", *FILES)
    terminal.type("yes\n")  # before it is asked, it is no answer
    terminal.read(until=QUESTION)
    time.sleep(1)  # frames of ten a second would be drawn meanwhile
    os.set_blocking(terminal.master, False)
    with contextlib.suppress(BlockingIOError):
        terminal.shown += os.read(terminal.master, 4096).decode("utf-8", "backslashreplace")
    os.set_blocking(terminal.master, True)
    asked = terminal.shown[terminal.shown.index(QUESTION):]
    assert not re.search(r"\x1b\[\d*[AJ]", asked), f"the question is written over: {asked!r}"
    if answer:
        assert terminal.running.poll() is None
        terminal.type(answer)
    assert terminal.end() == code, terminal.shown
    assert host.sh("ls /etc/first", check=False) == ("/etc/first\n" if code == 0 else "")
    if code != 0:
        assert "nobody confirmed these changes in time" in terminal.shown


def test_without_a_terminal_nothing_is_begun(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/first\n    content: x\n")
    said = project.run("apply", "--yes", "--confirm", "60s", *FILES, expect=64)
    assert "there is no terminal to ask at" in said.err
    assert host.sh("ls /etc/first", check=False) == ""
