"""The transport against real hosts: what holdfast_lab_transport (GoogleTest) finds, host by host."""

import shlex

import pytest
from lab import LAB, PROGRAM, run

TRANSPORT = PROGRAM.parent / "holdfast_lab_transport"


@pytest.fixture
def transport(hosts, lab, tmp_path):
    first, second = hosts(2)
    env = {**lab.env, **lab.variables, "HOME": str(tmp_path), "HOLDFAST_LAB_H1": first.address,
           "HOLDFAST_LAB_H2": second.address,
           "HOLDFAST_LAB_CUT": shlex.join([str(LAB), "cut", first.name]),
           "HOLDFAST_LAB_HEAL": shlex.join([str(LAB), "heal", first.name])}
    env.pop("SSH_AUTH_SOCK", None)

    def tests(pattern):
        done = run([TRANSPORT, f"--gtest_filter={pattern}"], env=env, timeout=240)
        assert done.code == 0 and "[  PASSED  ] 0 tests" not in done.out, str(done)
        return first, second

    return tests


@pytest.mark.parametrize("suite", ["HostKeys", "Login", "Sudo", "Keys", "Patience", "Session", "CutCable"])
def test_transport(transport, suite):
    transport(f"{suite}.*")


def test_jump_hosts(transport):
    transport("Jump.*-Jump.ManyHostsBehindOne")


def test_many_hosts_behind_a_jump_host_cost_it_two_logins_at_most(transport):
    first, second = transport("Jump.ManyHostsBehindOne")
    logins = first.sh("journalctl -u ssh --no-pager | grep -c 'Accepted publickey for deploy'", check=False)
    assert 1 <= int(logins) <= 2
    inner = second.sh("journalctl -u ssh --no-pager | grep -c 'Accepted publickey for root'", check=False)
    assert int(inner) >= 20
