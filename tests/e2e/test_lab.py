"""The lab keeps what it promises; without that, nothing that the other tests say about hosts means anything."""

import os
import subprocess

import pytest
from lab import LAB, difference, run


def test_hosts_are_machines_of_their_own(hosts):
    first, second = hosts(2)
    for file in ("/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key.pub", "/proc/sys/kernel/random/boot_id"):
        assert first.read(file) != second.read(file), file
    assert first.ssh("hostname").out.strip() == first.name
    assert first.ssh("systemctl is-system-running").out.strip() == "running"


@pytest.mark.parametrize("user, sudo", [("deploy", True), ("plain", False), ("asks", False), ("fish", True)])
def test_accounts_log_in_and_have_the_rights_they_should(host, user, sudo):
    done = host.ssh("sudo -n id -u", user=user, check=False)
    assert (done.out.strip() == "0") == sudo, str(done)


def test_the_account_that_sudo_asks_gets_through_with_its_password(host):
    assert host.ssh("sudo -S -p '' id -u", user="asks", stdin="asks\n").out.strip() == "0"


def test_a_host_has_no_way_out(host):
    assert "default" not in host.sh("ip route; ip -6 route")


def test_what_was_written_survives_a_boot_and_is_forgotten_by_a_reset(host, lab):
    before = host.read("/proc/sys/kernel/random/boot_id")
    host.write("/etc/marker", "here\n")
    host.boot()
    assert host.read("/etc/marker") == "here\n"
    assert host.read("/proc/sys/kernel/random/boot_id") != before
    key = host.read("/etc/ssh/ssh_host_ed25519_key.pub")
    lab.command("reset", host.name)
    assert host.sh("cat /etc/marker 2>&1", check=False).strip().endswith("No such file or directory")
    assert host.read("/etc/ssh/ssh_host_ed25519_key.pub") == key


def test_a_cut_cable_stops_the_network_but_not_the_host(host):
    host.cut()
    with pytest.raises(subprocess.TimeoutExpired):
        host.ssh("true", timeout=3)
    assert host.sh("echo alive") == "alive\n"
    host.heal()
    assert host.ssh("echo back").out == "back\n"


def test_a_pulled_plug_ends_every_process_at_once(host):
    marker = f"sleep 98765{os.getpid()}"
    host.sh(f"setsid {marker} >/dev/null 2>&1 </dev/null &")
    assert run(["pgrep", "-f", "-x", marker]).code == 0
    host.kill()
    assert run(["pgrep", "-f", "-x", marker]).code == 1
    host.boot()
    assert host.ssh("echo back").out == "back\n"


def test_the_firewall_works(host):
    host.ssh("ufw allow 22/tcp && ufw --force enable")
    assert "Status: active" in host.ssh("ufw status").out
    assert "ufw-user-input" in host.snapshot()


def test_packet_filter_and_kernel_settings_end_with_the_power(host, lab):
    for again in (host.boot, lambda: lab.command("reset", host.name)):
        host.sh("nft add table inet marker; sysctl -qw net.ipv4.ip_forward=1")
        again()
        assert host.ssh("echo at once", timeout=15).out == "at once\n"
        assert host.sh("nft list tables; cat /proc/sys/net/ipv4/ip_forward") == "0\n"


def test_the_snapshot_is_stable_and_blind_to_logins(host):
    for moves in (False, True):
        before = host.snapshot(moves=moves)
        host.ssh("sudo -n true", user="deploy")
        host.ssh("true", user="plain")
        assert difference(before, host.snapshot(moves=moves)) == []


CHANGES = {
    "content": "sed -i s/nobody/nobodx/ /etc/hosts.allow; echo '# x' >>/etc/hosts.allow",
    "mode": "chmod 600 /etc/hosts.allow",
    "owner": "chown deploy /etc/hosts.allow",
    "new file with a newline in its name": "touch '/srv/a\nb'",
    "file of the system": "touch /usr/lib/left-behind",
    "file in /tmp": "touch /tmp/left-behind",
    "link": "ln -sfn /nowhere /etc/mtab",
    "access list": "setfacl -m u:deploy:r /etc/hosts.allow",
    "extended attribute": "setfattr -n user.holdfast -v x /etc/hosts.allow",
    "account": "useradd --system left-behind",
    "password": "echo plain:other | chpasswd",
    "unit stopped": "systemctl stop cron.service ssh.service 2>/dev/null; true",
    "unit enabled": "systemctl disable --quiet ssh.service",
    "unit masked": "systemctl mask --quiet ssh.service",
    "hold": "apt-mark hold curl >/dev/null",
    "packet filter": "nft add table inet left_behind",
    "kernel setting": "sysctl -qw net.ipv4.ip_forward=1",
    "run": "mkdir /run/left-behind",
}


def test_the_snapshot_sees_every_kind_of_change(host):
    """Each alone, and each leaves the next a clean start: what is compared is the state just before it."""
    before = host.snapshot()
    for name, change in CHANGES.items():
        host.sh(change)
        after = host.snapshot()
        assert difference(before, after), f"unseen: {name}"
        before = after


def test_moves_show_a_change_that_was_taken_back(host):
    before = host.snapshot(moves=True)
    host.sh("cp -p /etc/hosts /etc/hosts.new && mv /etc/hosts.new /etc/hosts; systemctl restart dbus.service")
    seen = "\n".join(difference(before, host.snapshot(moves=True)))
    assert "/etc/hosts\t" in seen and "dbus.service" in seen


def test_packages_come_from_the_labs_own_signed_repository(host):
    host.add_repository()
    install = "DEBIAN_FRONTEND=noninteractive apt-get -q -y install"
    host.sh(f"{install} hf-tool hf-daemon hf-hello=1.1", timeout=120)
    assert host.sh("hf-hello; hf-tool; systemctl is-active hf-daemon") == "hello 1.1\ntool 1.0\nactive\n"
    assert host.sh("dpkg-query -W -f '${Version}' hf-libdep") == "1.0"
    assert "hf-broken" in host.sh(f"{install} hf-broken 2>&1", check=False, timeout=120)
    host.sh("sed -i 's/^Signed-By.*/Signed-By: \\/etc\\/apt\\/keyrings\\/none.asc/' /etc/apt/sources.list.d/lab.sources")
    assert "NO_PUBKEY" in host.sh("apt-get -q update 2>&1", check=False)


def test_the_inventory_is_one_that_ansible_reads(hosts, lab, tmp_path):
    host = hosts(1)[0]
    file = tmp_path / "hosts.yaml"
    file.write_text(lab.command("inventory"))
    done = run(["ansible-inventory", "-i", file, "--host", host.name])
    assert done.json()["ansible_host"] == host.address, str(done)


@pytest.mark.parametrize("argv, words", [
    (["up", "0x"], "neither a number"), (["up", "h0"], "'h0' names no host"), (["up", "h241"], "'h241' names no host"),
    (["boot", "h200"], "has no host h200"), (["reset"], "which host?")])
def test_wrong_usage_is_told(lab, argv, words):
    done = run([LAB, *argv], env=lab.env)
    assert done.code == 1 and words in done.err, str(done)


def test_without_root_it_fails_and_says_so(lab):
    done = run(["setpriv", "--reuid", "65534", "--clear-groups", "/bin/bash", "-s", "up", "1"],
               stdin=LAB.read_text(), env=lab.env)
    assert done.code == 1 and "needs root" in done.err, str(done)


def test_a_missing_program_is_named_with_its_package(lab, tmp_path):
    for name in ("bash", "id", "env", "dirname"):
        (tmp_path / name).symlink_to(run(["which", name]).out.strip())
    done = run([tmp_path / "bash", LAB, "list"], env={**lab.env, "PATH": str(tmp_path)})
    assert done.code == 1 and "systemd-nspawn (package systemd-container)" in done.err, str(done)


def test_two_labs_live_side_by_side(hosts, lab):
    ours = hosts(1)[0]
    other = {**lab.env, "HOLDFAST_LAB": "e" + lab.env["HOLDFAST_LAB"][1:][::-1].replace("0", "z")[:5]}
    assert other["HOLDFAST_LAB"] != lab.env["HOLDFAST_LAB"]
    try:
        assert run([LAB, "up", "h1"], env=other).code == 0
        theirs = run([LAB, "list"], env=other).out
        assert "running" in theirs and ours.address not in theirs
    finally:
        assert run([LAB, "down"], env=other).code == 0
    assert ours.ssh("echo still here").out == "still here\n"
