"""Hosts as they are found: odd shells, banners, no /tmp to run from, sudo that asks, keys that changed, nobody there."""

import signal
import time
from pathlib import Path

MANIFEST = "  - file: /etc/odd\n    content: there\n"
FILES = ("-i", "hosts.yaml", "site.yaml")


def test_a_login_shell_that_is_fish(host, project):
    project.inventory([host], user="fish")
    project.manifest(MANIFEST)
    project.run("apply", "--yes", *FILES)
    assert host.read("/etc/odd") == "there"
    project.run("plan", "--detailed-exitcode", *FILES, expect=0)


def test_a_shell_that_greets_and_a_banner_before_the_login(host, project):
    host.sh("echo 'echo welcome; echo $((1/0))' >/root/.bashrc; echo 'Banner /etc/banner' >/etc/ssh/sshd_config.d/banner.conf;"
            "printf 'no trespassing\\n7\\n' >/etc/banner; systemctl reload ssh")
    project.inventory([host])
    project.manifest(MANIFEST)
    project.run("apply", "--yes", *FILES)
    assert host.read("/etc/odd") == "there"


def test_a_tmp_from_which_nothing_runs_and_which_is_full(host, project):
    host.sh("mount -t tmpfs -o size=4k,noexec none /tmp; head -c 8192 /dev/zero >/tmp/full || true; mount -o remount,noexec /dev/shm")
    project.inventory([host])
    project.manifest(MANIFEST)
    project.run("apply", "--yes", *FILES)
    assert host.read("/etc/odd") == "there"


def test_an_account_without_a_shell_is_named(host, project):
    host.sh("useradd -m -s /usr/sbin/nologin locked; cp -r /root/.ssh /home/locked/; chown -R locked: /home/locked")
    project.inventory([host], user="locked")
    project.manifest(MANIFEST)
    done = project.run("plan", *FILES, expect=3)
    assert "'locked' has nologin for its login shell" in done.out and "usermod -s /bin/sh locked" in done.out, str(done)


def test_a_look_that_is_given_up_leaves_no_process(host, project):
    host.sh("echo old >/etc/odd; printf '#!/bin/sh\\nyes >/dev/null\\n' >/usr/local/bin/sha256sum; chmod +x /usr/local/bin/sha256sum")
    project.inventory([host], user="deploy")
    project.manifest(MANIFEST)

    def left():
        return host.sh("pgrep -x yes; pgrep -x sudo; true")

    def nothing_left():
        end = time.monotonic() + 30
        while left() and time.monotonic() < end:
            time.sleep(0.1)
        return left() == ""

    project.run("plan", "--timeout", "3", *FILES, expect=3)
    assert nothing_left()
    with project.start("plan", *FILES) as looking:
        end = time.monotonic() + 60
        while not left() and time.monotonic() < end:
            time.sleep(0.1)
        looking.send_signal(signal.SIGINT)
        assert looking.wait(60) == -signal.SIGINT
    assert nothing_left()


def test_sudo_that_asks_is_refused_or_gets_its_password(host, project):
    project.inventory([host], user="asks")
    project.manifest(MANIFEST)
    before = host.snapshot()
    done = project.run("apply", "--yes", *FILES, expect=None)
    assert done.code not in (0, 2) and "sudo" in done.out + done.err, str(done)
    assert host.snapshot() == before
    project.run("apply", "--yes", "--become-password-command", "echo asks", *FILES)
    assert host.read("/etc/odd") == "there"


def test_a_changed_host_key_stops_before_anything_is_said(host, project):
    host.sh("rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key;"
            "systemctl restart ssh")
    project.inventory([host])
    project.manifest(MANIFEST)
    done = project.run("apply", "--yes", *FILES, expect=3)
    assert "key" in done.out + done.err, str(done)
    assert host.sh("test -e /etc/odd || echo no") == "no\n"


def test_a_host_that_is_gone_is_reported_and_stops_no_other(hosts, project):
    near, far = hosts(2)
    far.cut()
    project.inventory([near, far])
    project.manifest(MANIFEST)
    begin = time.monotonic()
    done = project.run("apply", "--yes", "--connect-timeout", "3", *FILES, expect=3)
    assert time.monotonic() - begin < 60
    assert far.name in done.out + done.err
    assert near.read("/etc/odd") == "there"
    far.heal()
    project.run("apply", "--yes", *FILES)
    assert far.read("/etc/odd") == "there"


def test_a_host_behind_another(hosts, project):
    door, inner = hosts(2)
    # Only the door may come in: what gets through came through it.
    inner.sh(f"nft add table inet wall; nft 'add chain inet wall in {{ type filter hook input priority 0; }}';"
             f"nft add rule inet wall in tcp dport 22 ip saddr != {door.address} drop")
    project.inventory([door, inner], groups={"inner": [inner]})
    # ssh's own rule: the jump host's key is looked up where its own configuration says, not the inner host's options.
    project.write("home/.ssh/known_hosts", Path(door.lab.variables["HOLDFAST_LAB_KNOWN_HOSTS"]).read_text())
    project.write("group_vars/inner.yaml", f"ansible_ssh_common_args: -o ProxyJump=root@{door.address}\n")
    project.manifest(MANIFEST)
    project.run("apply", "--yes", *FILES)
    assert inner.read("/etc/odd") == "there"


def test_a_disk_without_room_leaves_the_host_as_it_was(host, project):
    host.sh("mkdir /srv/small && mount -t tmpfs -o size=64k none /srv/small && echo before >/srv/small/kept")
    project.inventory([host])
    big = "x" * 100 + "\n"
    project.manifest("  - file: /srv/small/kept\n    content: after\n  - file: /srv/small/big\n    requires: [file /srv/small/kept]\n"
                     "    content: |\n" + ("      " + big) * 2000)
    project.run("apply", "--yes", *FILES, expect=7)
    assert host.read("/srv/small/kept") == "before\n"
    assert host.sh("ls -A /srv/small") == "kept\n"


def test_names_that_a_shell_would_trip_over(host, project):
    names = ["a b", "quote'", 'double"quote', "$(touch injected)", "`id`", "-rf", "semi;colon", "star*", "back\\slash", "ü", "new\nline"]
    project.inventory([host])
    items = [{"directory": "/srv/names"}, *({"file": f"/srv/names/{n}", "content": n} for n in names)]
    from everything import as_yaml
    project.manifest(as_yaml(items))
    done = project.run("apply", "--yes", *FILES, expect=None)
    assert host.sh("find / -xdev -name injected") == ""
    if done.code == 1:  # a newline in a name may be refused, but then by name and before anything was done
        assert "new" in done.err + done.out and host.sh("test -e /srv/names || echo no") == "no\n", str(done)
        names.remove("new\nline")
        project.manifest(as_yaml([i for i in items if "new\nline" not in str(i.get("content"))]))
        project.run("apply", "--yes", *FILES)
    assert host.sh("ls -A /srv/names | wc -l").strip() == str(sum(n.count("\n") + 1 for n in names))
    project.run("plan", "--detailed-exitcode", *FILES, expect=0)
    project.run("rollback", "--last", "-i", "hosts.yaml")
    assert host.sh("test -e /srv/names || echo no") == "no\n"


def test_a_secret_reaches_the_host_and_nothing_else(host, project):
    project.inventory([host])
    project.manifest("  - file: /etc/with-secret\n    mode: 0600\n    content: !env HOLDFAST_TEST_SECRET\n"
                     "  - file: /etc/with-secret-inside\n    mode: 0600\n    content: 'password={{ secret }}'\n",
                     head="manifest: site\nhosts: lab\nvars:\n  secret: !env HOLDFAST_TEST_SECRET\n")
    project.run("trust", "--yes", *FILES, expect=None)
    for command in (("validate",), ("plan", "-v"), ("plan", "--json"), ("plan", "--out", "plan.hf"), ("apply", "--yes", "-v"),
                    ("drift",), ("plan",)):
        project.run(*command, *FILES, expect=None)
    assert host.read("/etc/with-secret") == project.canary
    assert host.read("/etc/with-secret-inside") == f"password={project.canary}"
    found = host.sh(f"grep -rlF {project.canary} / --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev 2>/dev/null", check=False)
    assert set(found.split()) == {"/etc/with-secret", "/etc/with-secret-inside"}, found
    assert host.sh(f"journalctl -q --no-pager | grep -cF {project.canary}", check=False).strip() == "0"
    assert project.canary.encode() not in (project.folder / "plan.hf").read_bytes()
    host.sh("echo other >/etc/with-secret")
    assert "(secret)" in project.run("plan", *FILES).out
