"""The second channel: heartbeats, and the end of what hangs."""

import signal
import time

from lab import difference

FILES = ("-i", "hosts.yaml", "site.yaml")

# Ignores TERM and leaves a child in a process group of its own; says where they are once both run.
STUBBORN = """\
  - file: /etc/first
    content: after
  - command: hangs
    argv: [bash, -c, "trap '' TERM; set -m; bash -c \\"trap '' TERM; sleep 612\\" & echo $! >/root/there; sleep 613; sleep 613"]
    always: true
    requires: [file /etc/first]
"""


def left(host):
    return host.sh("pgrep -fa 'sleep 61[23]'", check=False)


def prepared(host, project, manifest=STUBBORN, **inventory):
    host.write("/etc/first", "before\n")
    host.write("/root/there", "")
    project.inventory([host], **inventory)
    project.manifest(manifest)
    return host.snapshot()


def changed(before, host):
    return [line for line in difference(before, host.snapshot()) if "/root/there" not in line]


def interrupt_twice(host, running):
    host.wait_for("cat /root/there")
    running.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert running.poll() is None, "the first signal lets the block go on"
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    return out + err


def test_a_second_interrupt_kills_what_runs_and_the_host_is_rolled_back(host, project):
    before = prepared(host, project)
    running = project.start("apply", "--yes", *FILES)
    beat = int(host.wait_for("cat /run/holdfast/*/heartbeat"))
    assert host.wait_for("cat /run/holdfast/*/act").strip().isdigit()
    said = interrupt_twice(host, running)
    assert running.returncode == 130, said
    assert "killed: the run was interrupted" in said and beat >= 1
    assert left(host) == ""
    assert changed(before, host) == []
    assert host.sh("ls -d /run/holdfast", check=False) == ""
    project.run("plan", *FILES)  # no open run is in the way


def test_heartbeats_go_on_while_a_program_works(host, project):
    prepared(host, project, "  - command: works\n    argv: [sleep, '12']\n    always: true\n")
    running = project.start("apply", "--yes", *FILES)
    first = int(host.wait_for("cat /run/holdfast/*/heartbeat"))
    host.wait_for(f"[ \"$(cat /run/holdfast/*/heartbeat)\" -gt {first} ] && echo grown", 9)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, out + err
    assert host.sh("ls -d /run/holdfast", check=False) == ""


def test_a_program_past_its_limit_leaves_nothing_and_the_host_is_rolled_back(host, project):
    before = prepared(host, project, STUBBORN + "    timeout: 2s\n")
    done = project.run("apply", "--yes", *FILES, expect=7)
    assert "took longer than 2 s and was killed" in done.out + done.err
    assert left(host) == ""
    assert changed(before, host) == []


def test_an_account_whose_sudo_asks_gets_a_second_channel_too(host, project):
    before = prepared(host, project, user="asks")
    running = project.start("apply", "--yes", "--become-password-command", "echo asks", *FILES)
    host.wait_for("cat /run/holdfast/*/heartbeat")
    said = interrupt_twice(host, running)
    assert running.returncode == 130, said
    assert left(host) == "" and changed(before, host) == []


def test_a_host_that_allows_one_session_is_reached_by_another_login(host, project):
    host.sh("echo 'MaxSessions 1' >/etc/ssh/sshd_config.d/00-one.conf; systemctl reload ssh")
    before = prepared(host, project)
    running = project.start("apply", "--yes", *FILES)
    host.wait_for("cat /run/holdfast/*/heartbeat")
    said = interrupt_twice(host, running)
    assert running.returncode == 130 and "without a second channel" not in said, said
    assert left(host) == "" and changed(before, host) == []


def test_a_short_run_and_an_empty_plan_open_no_second_channel(host, project):
    """sshd logs each session of a connection at level VERBOSE."""
    host.sh("echo 'LogLevel VERBOSE' >/etc/ssh/sshd_config.d/00-verbose.conf; systemctl reload ssh")
    prepared(host, project, "  - file: /etc/first\n    content: after\n")

    def sessions():
        return int(host.sh("journalctl --sync; journalctl -u ssh --no-pager | grep -c 'Starting session: command'", check=False))

    def opened(content):
        project.manifest(f"  - file: /etc/first\n    content: {content}\n")
        before = sessions()
        project.run("apply", "--yes", *FILES)
        return sessions() - before

    # One that changes something has another one, of the login that confirms it. What takes a fifth of a second is
    # long, which on a busy machine anything may.
    for turn in range(20):
        if (found := opened(f"after {turn}")) == 2:
            break
        assert found == 3
    assert found == 2, "no run was short"
    assert opened(host.read("/etc/first")) == 1
