"""`holdfast completion SHELL`, in real bash, zsh and fish."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

PROGRAM = Path(os.environ.get("HOLDFAST_PROGRAM", Path(__file__).resolve().parents[2] / "build/release/holdfast"))
SHELLS = ("bash", "zsh", "fish")


@pytest.fixture
def folder(tmp_path):
    """A project; `holdfast` is on PATH."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/holdfast").symlink_to(PROGRAM)
    (tmp_path / "home").mkdir()
    (tmp_path / "holdfast.yaml").write_text(
        "project: demo\ndefault: production\nenvironments:\n"
        "  production: {inventory: hosts.yaml, manifests: [site.yaml]}\n"
        "  staging: {inventory: staging.yaml, manifests: [site.yaml]}\n")
    (tmp_path / "hosts.yaml").write_text(
        "all:\n  hosts:\n    web-1.example:\n    web-2.example:\n    db-1:\n    '$(touch ran)':\n"
        "  children:\n    webservers:\n      hosts: {web-1.example: , web-2.example: }\n")
    (tmp_path / "staging.yaml").write_text("all:\n  hosts:\n    test-1:\n")
    (tmp_path / "one plan.hf").write_text("")
    return tmp_path


def environment(folder):
    return {"PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": str(folder / "home"), "LANG": "C.UTF-8", "TERM": "dumb",
            "XDG_STATE_HOME": str(folder / "home/state")}


def run(folder, *argv):
    done = subprocess.run([str(a) for a in argv], cwd=folder, env=environment(folder), capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0 and done.stderr == "", (argv, done)
    return done.stdout


def in_bash(folder, line):
    """By the function that `complete` knows, as readline calls it; words end at COMP_WORDBREAKS."""
    words = [part for part in re.split(r"(\s+|[=:])", line) if part and not part.isspace()]
    if line[-1].isspace() or line[-1] in "=:":
        words.append("")
    quoted = " ".join(f"'{word}'" for word in words)
    script = (f"source <(holdfast completion bash); COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMP_LINE='{line}'; "
              "COMP_POINT=${#COMP_LINE}; "
              "read -ra by < <(complete -p holdfast); ${by[2]} holdfast; printf '%s\\n' \"${COMPREPLY[@]}\"")
    return run(folder, "bash", "--norc", "-c", script).splitlines()


def in_fish(folder, line):
    out = run(folder, "fish", "--no-config", "-c", f"holdfast completion fish | source; complete -C '{line}'")
    return [row.split("\t")[0] for row in out.splitlines()]


def typed(folder, shell, text, wanted, seconds=30):
    """What an interactive shell shows once somebody has typed a text, until it shows what is wanted."""
    argv = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
    load = {"bash": "source <(holdfast completion bash)\n",
            "zsh": "autoload -Uz compinit; compinit -u -D; source <(holdfast completion zsh)\n"}[shell]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(argv[0], argv, {**environment(folder), "PS1": "> ", "COLUMNS": "200"})
    shown = ""

    def until(mark):
        nonlocal shown
        end = time.monotonic() + seconds
        while mark not in re.sub("\x07|\r|\x1b\\[[0-9;?]*[A-Za-z]", "", shown):
            assert time.monotonic() < end, f"'{mark}' is not in: {shown!r}"
            if select.select([terminal], [], [], 0.2)[0]:
                shown += os.read(terminal, 65536).decode(errors="replace")

    try:
        os.write(terminal, load.encode() + b"echo rea''dy\n")
        until("ready")
        shown = ""
        os.write(terminal, text.encode())
        until(wanted)
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_taken_without_a_word(folder, shell):
    assert shutil.which(shell), f"{shell} is not there: ./dev setup installs it"
    script = folder / f"script.{shell}"
    script.write_text(run(folder, PROGRAM, "completion", shell))
    assert run(folder, shell, "-n", script) == ""


@pytest.mark.parametrize("complete", (in_bash, in_fish))
def test_commands_options_and_choices(folder, complete):
    assert complete(folder, "holdfast pla") == ["plan"]
    assert {"apply", "plan", "show", "report", "completion"} <= set(complete(folder, "holdfast "))
    assert complete(folder, "holdfast plan --detailed") == ["--detailed-exitcode"]
    assert complete(folder, "holdfast plan --format m") == ["markdown", "metrics"]
    assert complete(folder, "holdfast completion ") == ["bash", "fish", "zsh"]


@pytest.mark.parametrize("complete", (in_bash, in_fish))
def test_names_of_the_project(folder, complete):
    assert complete(folder, "holdfast plan -e ") == ["production", "staging"]
    assert complete(folder, "holdfast plan -e staging --limit t") == ["test-1"]
    assert sorted(complete(folder, "holdfast plan --limit we")) == ["web-1.example", "web-2.example", "webservers"]
    assert complete(folder, "holdfast explain grafana_dash") == ["grafana_dashboard"]
    # A name that a shell would run is none to offer.
    assert "db-1" in complete(folder, "holdfast retire ")
    assert not any("$" in word for word in complete(folder, "holdfast retire "))
    assert not (folder / "ran").exists()


def test_a_word_of_several_parts(folder):
    assert in_bash(folder, "holdfast plan --format=ma") == ["markdown"]
    assert in_bash(folder, "holdfast plan --limit webservers:db") == ["db-1"]
    assert in_bash(folder, "holdfast plan --limit=all:webs") == ["webservers"]
    assert in_bash(folder, "holdfast plan --environment=") == ["production", "staging"]
    assert in_fish(folder, "holdfast plan --format=ma") == ["--format=markdown"]
    assert in_fish(folder, "holdfast plan --limit all:webs") == ["all:webservers"]


def test_files(folder):
    assert in_bash(folder, "holdfast show one") == ["one plan.hf"]
    assert in_bash(folder, "holdfast plan -i hos") == ["hosts.yaml"]
    assert in_bash(folder, "holdfast plan --out=hos") == ["hosts.yaml"]
    assert in_fish(folder, "holdfast plan -i hos") == ["hosts.yaml"]
    assert in_fish(folder, "holdfast plan --out=hos") == ["--out=hosts.yaml"]


@pytest.mark.parametrize("shell", ("bash", "zsh"))
@pytest.mark.parametrize("text, wanted", (
    ("holdfast expl\t", "explain"),
    ("holdfast plan --detai\t", "--detailed-exitcode"),
    ("holdfast plan --limit db\t", "--limit db-1"),
    ("holdfast plan --format=htm\t", "--format=html"),
    ("holdfast plan --limit all:webs\t", "all:webservers"),
    ("holdfast plan --out=hos\t", "--out=hosts.yaml"),
    ("holdfast show one\t", "one\\ plan.hf"),
))
def test_typed_at_a_terminal(folder, shell, text, wanted):
    typed(folder, shell, text, wanted)
