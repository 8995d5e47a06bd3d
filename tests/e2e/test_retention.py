"""What runs leave on a host: for how long it can be taken back, and where old secrets end."""

import secrets
import time

import pytest
from lab import difference, spellings

FILES = ("-i", "hosts.yaml", "site.yaml")
SHORT = ("--retention", "secrets=3s")

# Each step that keeps something secret: a secret file, a private one, a password hash, a home, an edit of a public file that held a secret.
MANIFEST = """\
  - file: /etc/secret
    content: !env HOLDFAST_TEST_SECRET
    mode: 0644
  - file: /etc/private
    content: new
  - file: /root/below-a-private-folder
    content: new
  - file: /etc/public
    content: new
  - user: worker
    password: $6$salt$newhash
  - user: leaver
    ensure: absent
    remove_home: true
  - file: /etc/hidden
    sensitive: true
    content: new
"""


def prepare(host, project):
    """A host full of old secrets, and the words to look for."""
    old = f"canary{secrets.token_hex(12)}"
    digest = f"$6$salt${old}"
    host.sh(f"""
set -e
umask 022
for f in /etc/secret /root/below-a-private-folder /etc/hidden; do echo {old} >$f; done
echo {old} >/etc/private; chmod 640 /etc/private
echo old >/etc/public
useradd -m worker; echo 'worker:{digest}' | chpasswd -e
useradd -m leaver; echo 'leaver:{digest}' | chpasswd -e; echo {old} >/home/leaver/notes; chmod 700 /home/leaver
setfattr -n user.note -v kept /home/leaver/notes; chmod 4711 /home/leaver/notes; mkdir -m 1770 /home/leaver/drop
""")
    project.inventory([host])
    project.manifest(MANIFEST)
    return old


def found(host, word):
    """Files that hold a word in whatever spelling, anywhere but in the process table, sshd's and the kernel's."""
    patterns = " ".join(f"-e {form}" for form in set(spellings(word)))
    return sorted(host.sh(f"grep -rlF {patterns} /var /run /etc /root /home /tmp /usr/local /opt /srv 2>/dev/null", check=False).split())


def kept(host, word):
    return [path for path in found(host, word) if path.startswith("/var/lib/holdfast/")]


def wait_until_forgotten(host, word, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        left = kept(host, word)
        if not left:
            return
        time.sleep(0.5)
    raise AssertionError(f"still there: {left}")


def no_timer_left(host):
    for _ in range(60):
        units = host.sh("systemctl list-units --all --no-legend 'holdfast-secrets-*' 'holdfast-guard-*'; ls -d /var/lib/holdfast/secrets 2>/dev/null", check=False)
        if not units.strip():
            return
        time.sleep(0.5)
    raise AssertionError(units)


def last_run(host):
    return host.sh("ls -t /var/lib/holdfast/runs | head -1").strip()


def test_old_secrets_are_deleted_by_the_host_alone_and_the_rest_can_still_be_taken_back(host, project):
    old = prepare(host, project)
    project.run("apply", "--yes", "--retention", "secrets=25s", *FILES)
    assert len(kept(host, old)) >= 6, kept(host, old)
    run = last_run(host)
    wait_until_forgotten(host, old)
    # The account tools keep the previous version themselves.
    assert [path for path in found(host, old) if path != "/etc/shadow-"] == []
    assert "worker:$6$salt$newhash" in host.read("/etc/shadow")
    no_timer_left(host)

    listed = project.run("runs", "-i", "hosts.yaml").out
    line = next(line for line in listed.splitlines() if run in line)
    assert "can be rolled back but for" in line, listed
    for step in ("/etc/secret", "/etc/private", "/root/below-a-private-folder", "worker", "leaver", "/etc/hidden"):
        assert any("can't be taken back any more" in line and step in line for line in listed.splitlines()), listed
    assert "/etc/public" not in listed
    entry = project.run("runs", "--json", "-i", "hosts.yaml").json()[0]["runs"][-1]
    assert entry["can_be_rolled_back"] and len(entry["gone"]) >= 6

    after = host.snapshot()
    refused = project.run("rollback", run, "-i", "hosts.yaml", expect=4)
    assert "/etc/private" in refused.err and "--partial" in refused.err and "nothing was changed" in refused.err
    by_hand = host.sh(f"sh /var/lib/holdfast/runs/{run}/rollback.sh 2>&1; echo $?", check=False)
    assert by_hand.endswith("\n4\n") and "/etc/private" in by_hand
    assert difference(after, host.snapshot()) == []

    done = project.run("rollback", run, "--partial", "--allow-reopen", "-i", "hosts.yaml", expect=6)
    assert host.read("/etc/public") == "old\n"
    assert "write /etc/private: its old secrets were deleted" in done.out, str(done)
    assert "/etc/public" not in done.out
    assert host.read("/etc/private") == "new"


@pytest.mark.parametrize("how", ["fails", "taken back", "by hand", "by the guard"])
def test_old_secrets_of_a_run_that_was_taken_back_go_too(host, project, how):
    old = prepare(host, project)
    before = host.snapshot()
    flags = ["--retention", "secrets=12s"] if how != "fails" else list(SHORT)
    if how == "fails":
        project.manifest(MANIFEST + "  - command: fails\n    argv: [\"false\"]\n    always: true\n"
                         "    requires: [file /etc/secret, file /etc/private, user worker, user leaver]\n")
        project.run("apply", "--yes", *flags, *FILES, expect=7)
    elif how == "by the guard":
        project.manifest(MANIFEST + "  - command: hangs\n    argv: [sleep, '614']\n    always: true\n"
                         "    requires: [file /etc/secret, file /etc/private, user worker, user leaver]\n")
        running = project.start("apply", "--yes", "--lease", "4", *flags, *FILES)
        for _ in range(100):
            if host.sh("pgrep -f 'sleep 61[4]'", check=False):
                break
            time.sleep(0.2)
        running.kill()
        running.communicate()
        for _ in range(200):
            if not host.sh("ls -d /var/lib/holdfast/armed 2>/dev/null", check=False):
                break
            time.sleep(0.2)
    else:
        project.run("apply", "--yes", *flags, *FILES)
        assert kept(host, old)
        if how == "taken back":
            project.run("rollback", "--last", "--allow-reopen", "-i", "hosts.yaml")
        else:
            host.sh(f"sh /var/lib/holdfast/runs/{last_run(host)}/rollback.sh --allow-reopen")
    if how in ("taken back", "by hand"):
        assert difference(before, host.snapshot()) == []
    assert host.read("/etc/private").strip() == old
    wait_until_forgotten(host, old)
    no_timer_left(host)
    listed = project.run("runs", "-i", "hosts.yaml").out
    assert "any more" not in listed, listed


def test_a_host_that_was_off_deletes_them_when_it_boots(host, project):
    old = prepare(host, project)
    project.run("apply", "--yes", "--retention", "secrets=20s", *FILES)
    assert kept(host, old)
    host.kill()
    host.boot()
    wait_until_forgotten(host, old)
    no_timer_left(host)

    project.manifest("  - file: /etc/public\n    content: newer\n    mode: 0600\n  - file: /etc/private\n    content: newer\n")
    host.write("/etc/private", old, "0600")
    project.run("apply", "--yes", "--retention", "secrets=8s", *FILES)
    assert kept(host, old)
    host.kill()
    time.sleep(9)
    host.boot()
    wait_until_forgotten(host, old)
    no_timer_left(host)


def test_the_next_run_deletes_what_no_timer_did(host, project):
    old = prepare(host, project)
    project.run("apply", "--yes", "--retention", "secrets=5s", *FILES)
    host.sh("systemctl stop 'holdfast-secrets-*.timer'")
    time.sleep(6)
    assert kept(host, old)
    project.manifest("  - file: /etc/other\n    content: x\n")
    project.run("plan", *FILES)
    assert kept(host, old), "a plan writes nothing"
    project.run("apply", "--yes", *FILES)
    assert kept(host, old) == []


def test_a_host_without_systemd_deletes_them_too(host, project):
    """Its own detached shell does, while nobody connects."""
    old = prepare(host, project)
    host.sh("mkdir /run/none; mount --bind /run/none /run/systemd")
    project.manifest("  - file: /etc/private\n    content: new\n")
    done = project.run("apply", "--yes", *SHORT, *FILES, expect=None)
    assert done.code == 0, str(done)
    assert kept(host, old)
    wait_until_forgotten(host, old)
    assert host.sh("ls -d /var/lib/holdfast/secrets", check=False) == ""
    host.sh("umount /run/systemd; rmdir /run/none")


def test_ways_back_go_by_number_and_the_record_stays(host, project):
    project.inventory([host])
    for n in range(5):
        project.manifest(f"  - file: /etc/number-{n}\n    content: x\n", head=f"manifest: m{n}\nhosts: lab\n")
        project.run("apply", "--yes", "--retention", "number=3", *FILES)
    listed = project.run("runs", "-i", "hosts.yaml").out
    assert listed.count("can be rolled back") == 3
    assert listed.count("no way back: there were too many (`retention: number`)") == 2, listed
    runs = project.run("runs", "--json", "-i", "hosts.yaml").json()[0]["runs"]
    assert [run["can_be_rolled_back"] for run in runs] == [False, False, True, True, True]
    assert runs[0]["way_back"] == "number" and runs[0]["changes"] == ["create file /etc/number-0"]
    before = host.snapshot()
    refused = project.run("rollback", runs[0]["id"], "-i", "hosts.yaml", expect=4)
    assert "no way back any more" in refused.err and "too many" in refused.err, str(refused)
    assert difference(before, host.snapshot()) == []
    assert host.sh(f"ls /var/lib/holdfast/runs/{runs[0]['id']}").split() == ["dropped", "ended", "machine", "meta.json", "number", "retention"]
    project.run("rollback", runs[2]["id"], "-i", "hosts.yaml")
    assert host.sh("ls /etc/number-*").split() == ["/etc/number-0", "/etc/number-1", "/etc/number-3", "/etc/number-4"]


def test_holdfast_yaml_says_how_long(host, project):
    project.inventory([host])
    project.write("holdfast.yaml", "retention:\n  size: 64KiB\n  secrets: 2h\n")
    for n in range(2):
        project.manifest(f"  - file: /etc/large\n    content: \"{'x' * 100}{n}\"\n")
        host.sh("head -c 300000 /dev/urandom | base64 >/etc/large")
        project.run("apply", "--yes", *FILES)
    runs = project.run("runs", "--json", "-i", "hosts.yaml").json()[0]["runs"]
    assert [(run["can_be_rolled_back"], run["way_back"]) for run in runs] == [(False, "size"), (True, "there")]
    project.write("holdfast.yaml", "retention:\n  sise: 64KiB\n  age: long\n")
    refused = project.run("apply", "--yes", *FILES, expect=1).err
    assert "holdfast.yaml:2:3" in refused and "did you mean 'size'" in refused
    assert "holdfast.yaml:3:8" in refused and "a duration" in refused
    assert "--retention takes" in project.run("apply", "--yes", "--retention", "ag=1d", *FILES, expect=64).err
